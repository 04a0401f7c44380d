//! Whole numbers.

use super::{Fault, Parse};

/// How a table writes numbers.
#[derive(Debug, Clone, Default)]
pub struct IntegerFormat {
    pub decimal: char,
    pub thousands: Option<char>,
}

impl Parse for IntegerFormat {
    type Value = i64;

    #[inline]
    fn parse(&mut self, bytes: &[u8], native: bool) -> Result<i64, Fault> {
        plain(bytes).or_else(|| self.marked(bytes, native)).ok_or(Fault::Integer)
    }
}

impl IntegerFormat {
    /// With thousands marks, or decimals that are all zero (spreadsheets write 17850.0), or beyond 18 digits.
    #[cold]
    fn marked(&self, bytes: &[u8], native: bool) -> Option<i64> {
        let format = if native { IntegerFormat { decimal: '.', thousands: None } } else { self.clone() };
        let (negative, digits, decimals) = split_number(bytes, format.decimal, format.thousands)?;
        if decimals.iter().any(|&digit| digit != b'0') {
            return None;
        }
        let value = digits.iter().try_fold(0_i128, |value, &digit| {
            let next = value * 10 + i128::from(digit - b'0');
            (next <= i128::from(i64::MAX) + 1).then_some(next)
        })?;
        i64::try_from(if negative { -value } else { value }).ok()
    }
}

/// An optional sign and up to 18 digits: what nearly all whole numbers are.
#[inline]
fn plain(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, bytes),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut value = 0_i64;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(if negative { -value } else { value })
}

/// Sign, digits before the decimal mark without thousands marks, digits after it.
/// Thousands marks stand between groups: three digits in the last one, two or three in those before (as in India).
pub fn split_number(bytes: &[u8], decimal: char, thousands: Option<char>) -> Option<(bool, Vec<u8>, Vec<u8>)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, decimals) = text.split_once(decimal).unwrap_or((text, ""));
    let is_mark = |c: char| match thousands {
        Some(' ') => matches!(c, ' ' | '\u{a0}' | '\u{202f}'),
        Some(mark) => c == mark,
        None => false,
    };
    let groups: Vec<&str> = whole.split(is_mark).collect();
    if groups.len() > 1 {
        let (first, rest) = groups.split_first()?;
        let (last, middle) = rest.split_last()?;
        let fits = !first.is_empty() && first.len() <= 3 && last.len() == 3;
        if !fits || middle.iter().any(|group| group.len() != 2 && group.len() != 3) {
            return None;
        }
    }
    let whole: Vec<u8> = groups.concat().into_bytes();
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    let some = !whole.is_empty() || !decimals.is_empty();
    (some && digits(&whole) && digits(decimals.as_bytes())).then(|| (negative, whole, decimals.as_bytes().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<i64, Fault> {
        IntegerFormat { decimal: '.', thousands: Some(',') }.parse(text.as_bytes(), false)
    }

    #[test]
    fn whole_numbers() {
        assert_eq!(parse("17850"), Ok(17850));
        assert_eq!(parse("-6"), Ok(-6));
        assert_eq!(parse("+6"), Ok(6));
        assert_eq!(parse("17850.0"), Ok(17850));
        assert_eq!(parse("1,234,567"), Ok(1_234_567));
        assert_eq!(parse("12,34,567"), Ok(1_234_567));
        assert_eq!(parse("9223372036854775807"), Ok(i64::MAX));
        assert_eq!(parse("-9223372036854775808"), Ok(i64::MIN));
    }

    #[test]
    fn what_is_no_whole_number() {
        for text in ["", "-", "1.5", "1e3", "12,34", "1,2345", "9223372036854775808", "12a", "0x10", "١٢", ","] {
            assert_eq!(parse(text), Err(Fault::Integer), "{text}");
        }
    }
}
