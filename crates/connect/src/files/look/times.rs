//! Which date or time pattern a column's values are written in.

use retail::source::ColumnType;

use super::ColumnLook;
use crate::files::typing::{Pattern, iso};

/// A pattern that fits, with how many values it fits.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The patterns to write as `formats`; empty is ISO 8601.
    pub pattern: Option<String>,
    pub has_time: bool,
    pub count: usize,
}

/// Patterns of dates; those alike but for the order of day and month stand together.
const DATES: [&str; 24] = [
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d.%m.%Y",
    "%m.%d.%Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d-%m-%y",
    "%m-%d-%y",
    "%d.%m.%y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%b %d, %Y",
    "%b %d %Y",
    "%d %b %y",
    "%d/%b/%Y",
    "%a, %d %b %Y",
    "%a, %b %d, %Y",
    "%a %b %d %Y",
    "%Y%m%d",
];
const TIMES: [&str; 6] = ["", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %H:%M:%S%.f"];

/// The patterns that fit the most values, all with the same count; ISO 8601 goes before any other.
pub fn fits(values: &[&str]) -> Vec<Fit> {
    let iso_count = values.iter().filter(|value| iso(value.as_bytes()).is_some()).count();
    let has_time = values.iter().any(|value| value.len() > 10 && iso(value.as_bytes()).is_some());
    let mut best = vec![Fit { pattern: None, has_time, count: iso_count }];
    if iso_count == values.len() {
        return best;
    }
    // One value tells most patterns off, so few are tried on all.
    let probes: Vec<&[u8]> = values.iter().take(200).map(|value| value.as_bytes()).collect();
    for date in DATES {
        for time in TIMES {
            let text = format!("{date}{time}");
            let Ok(pattern) = Pattern::new(&text) else { continue };
            let likely = probes.iter().filter(|value| pattern.parse(value).is_some()).count();
            if likely * 2 < probes.len() {
                continue;
            }
            let count = values.iter().filter(|value| pattern.parse(value.as_bytes()).is_some()).count();
            let fit = Fit { pattern: Some(text), has_time: !time.is_empty(), count };
            match best.first().map_or(0, |best| best.count) {
                most if count > most => best = vec![fit],
                most if count == most => best.push(fit),
                _ => {}
            }
        }
    }
    best
}

impl ColumnLook {
    /// The last of these values, by the formats that they seem to have.
    pub(super) fn latest(&self, values: &[String]) -> Option<(i32, i64)> {
        if !matches!(self.kind.value, ColumnType::Date | ColumnType::Timestamp) {
            return None;
        }
        let patterns: Vec<Pattern> = self.formats.iter().filter_map(|format| Pattern::new(format).ok()).collect();
        let read = |value: &[u8]| iso(value).or_else(|| patterns.iter().find_map(|pattern| pattern.parse(value)));
        values.iter().filter_map(|value| read(value.as_bytes())).map(|time| (time.day, time.micros)).max()
    }
}

/// The first value that is none of these times.
pub fn odd<'a>(values: &[&'a str], fit: &Fit) -> Option<&'a str> {
    let pattern = fit.pattern.as_deref().and_then(|text| Pattern::new(text).ok());
    let reads = |value: &str| match &pattern {
        Some(pattern) => pattern.parse(value.as_bytes()).is_some(),
        None => iso(value.as_bytes()).is_some(),
    };
    values.iter().copied().find(|value| !reads(value))
}
