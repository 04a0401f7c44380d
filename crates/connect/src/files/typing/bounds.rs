//! A column's limits: bounds and accepted values, read once with the column's own parser.

use port::{Error, Result};
use retail::source::Column;

use super::{Fault, Parse};

/// What a value has to meet beyond its type.
#[derive(Debug, Clone)]
pub struct Limits<V> {
    min: Option<V>,
    max: Option<V>,
    values: Vec<V>,
}

impl<V: Copy + PartialOrd> Limits<V> {
    /// `relative` understands `now` and `now+1d`.
    pub fn new<P: Parse<Value = V>>(
        column: &Column,
        parser: &mut P,
        relative: impl Fn(&str) -> Option<V>,
    ) -> Result<Self> {
        let mut read = |key: &str, text: &str| {
            relative(text).or_else(|| parser.parse(text.trim().as_bytes(), true).ok()).ok_or_else(|| {
                Error::config(format!("column {}: {key} = {text:?} is not a value of its type", column.name)).advise(
                    "write it as source.toml has values of that type: 12, 2.50, 2011-11-23, 2011-11-23 17:05:00; for times also now, now+1d",
                )
            })
        };
        Ok(Limits {
            min: column.min.as_deref().map(|text| read("min", text)).transpose()?,
            max: column.max.as_deref().map(|text| read("max", text)).transpose()?,
            values: column.values.iter().map(|text| read("values", text)).collect::<Result<_>>()?,
        })
    }

    #[inline]
    pub fn check(&self, value: V) -> Result<(), Fault> {
        if self.min.is_some_and(|min| value < min) || self.max.is_some_and(|max| value > max) {
            return Err(Fault::Range);
        }
        if !self.values.is_empty() && !self.values.contains(&value) {
            return Err(Fault::NotAccepted);
        }
        Ok(())
    }
}

/// `now`, `now+1d`, `now-12h`, `now+30m` as microseconds from now.
pub fn from_now(text: &str) -> Option<i64> {
    let rest = text.trim().strip_prefix("now")?;
    if rest.is_empty() {
        return Some(0);
    }
    let (sign, rest) = match rest.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let unit = match rest.chars().last()? {
        'd' => 86_400,
        'h' => 3_600,
        'm' => 60,
        's' => 1,
        _ => return None,
    };
    let count: i64 = rest[..rest.len() - 1].parse().ok()?;
    count.checked_mul(unit * sign * 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_times() {
        assert_eq!(from_now("now"), Some(0));
        assert_eq!(from_now("now+1d"), Some(86_400_000_000));
        assert_eq!(from_now("now-12h"), Some(-43_200_000_000));
        for text in ["", "now+", "now+d", "now 1d", "tomorrow", "now+1w", "now+é"] {
            assert_eq!(from_now(text), None, "{text}");
        }
    }
}
