//! strftime patterns, compiled once and matched byte by byte.

use super::calendar::civil_day;
use super::iso::{Moment, fraction, offset};

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq)]
enum Item {
    Byte(u8),
    /// One or more blanks.
    Blank,
    Year,
    YearOfCentury,
    Month,
    MonthName,
    Day,
    Hour,
    Hour12,
    Minute,
    Second,
    HalfDay,
    Fraction,
    /// `%.f`: a point and a fraction, or nothing.
    PointFraction,
    Offset,
    Epoch,
    Weekday,
}

/// What the specifiers are, for the message about an unknown one.
pub const KNOWN: &str = "%Y %y %m %b %B %d %e %H %I %M %S %p %f %.f %z %s %a %A %D %F %R %T %%";

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl Pattern {
    /// `Err` has the specifier that is not known.
    pub fn new(text: &str) -> Result<Pattern, String> {
        let mut items = Vec::new();
        compile(text, &mut items)?;
        Ok(Pattern { items })
    }

    /// Whether days stand before months right after the year: such text looks like ISO 8601 and is not.
    pub fn is_year_day_month(&self) -> bool {
        let fields: Vec<&Item> =
            self.items.iter().filter(|item| !matches!(item, Item::Byte(_) | Item::Blank)).collect();
        matches!(fields.as_slice(), [Item::Year, Item::Day, Item::Month, ..])
    }

    pub fn parse(&self, bytes: &[u8]) -> Option<Moment> {
        let mut found = Found::default();
        let mut rest = bytes;
        for item in &self.items {
            rest = found.take(item, rest)?;
        }
        if rest.is_empty() { found.moment() } else { None }
    }
}

fn compile(text: &str, items: &mut Vec<Item>) -> Result<(), String> {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte.is_ascii_whitespace() {
            if items.last() != Some(&Item::Blank) {
                items.push(Item::Blank);
            }
            continue;
        }
        if byte != b'%' {
            items.push(Item::Byte(byte));
            continue;
        }
        let mut specifier = bytes.next().unwrap_or(b' ');
        // `%-d`, `%_d`, `%0d`: numbers are read with or without padding anyway.
        if matches!(specifier, b'-' | b'_' | b'0') {
            specifier = bytes.next().unwrap_or(b' ');
        }
        match specifier {
            b'Y' => items.push(Item::Year),
            b'y' => items.push(Item::YearOfCentury),
            b'm' => items.push(Item::Month),
            b'b' | b'B' | b'h' => items.push(Item::MonthName),
            b'd' | b'e' => items.push(Item::Day),
            b'H' | b'k' => items.push(Item::Hour),
            b'I' | b'l' => items.push(Item::Hour12),
            b'M' => items.push(Item::Minute),
            b'S' => items.push(Item::Second),
            b'p' | b'P' => items.push(Item::HalfDay),
            b'f' => items.push(Item::Fraction),
            b'.' if bytes.next() == Some(b'f') => items.push(Item::PointFraction),
            b'z' => items.push(Item::Offset),
            b's' => items.push(Item::Epoch),
            b'a' | b'A' => items.push(Item::Weekday),
            b'F' => compile("%Y-%m-%d", items)?,
            b'D' => compile("%m/%d/%y", items)?,
            b'T' => compile("%H:%M:%S", items)?,
            b'R' => compile("%H:%M", items)?,
            b'%' => items.push(Item::Byte(b'%')),
            other => return Err(format!("%{}", char::from(other))),
        }
    }
    Ok(())
}

#[derive(Default)]
struct Found {
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    hour: u32,
    minute: u32,
    second: u32,
    micros: i64,
    half: Option<bool>,
    twelve: bool,
    offset: Option<i32>,
    epoch: Option<i64>,
}

impl Found {
    /// Takes one item off the front of `bytes`.
    fn take<'a>(&mut self, item: &Item, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let mut rest = bytes;
        match item {
            Item::Byte(byte) => rest = bytes.strip_prefix(std::slice::from_ref(byte))?,
            Item::Blank => {
                let blanks = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                rest = if blanks > 0 { &bytes[blanks..] } else { return None };
            }
            // All four digits: `11` under `%Y` is a mistake, not the year 11.
            Item::Year => self.year = Some(number(&mut rest, 4, 4)? as i32),
            Item::YearOfCentury => {
                let year = number(&mut rest, 2, 2)? as i32;
                self.year = Some(if year < 69 { 2000 + year } else { 1900 + year });
            }
            Item::Month => self.month = Some(number(&mut rest, 1, 2)?),
            Item::MonthName => self.month = Some(name(&mut rest, &MONTHS)? as u32 + 1),
            Item::Day => self.day = Some(number(&mut rest, 1, 2)?),
            Item::Hour => self.hour = number(&mut rest, 1, 2)?,
            Item::Hour12 => {
                self.hour = number(&mut rest, 1, 2).filter(|hour| (1..=12).contains(hour))?;
                self.twelve = true;
            }
            Item::Minute => self.minute = number(&mut rest, 1, 2)?,
            Item::Second => self.second = number(&mut rest, 1, 2)?,
            Item::HalfDay => {
                let (half, after) = bytes.split_at_checked(2)?;
                self.half = Some(match half.to_ascii_lowercase().as_slice() {
                    b"am" => false,
                    b"pm" => true,
                    _ => return None,
                });
                rest = after;
            }
            Item::Fraction => (self.micros, rest) = fraction(bytes)?,
            Item::PointFraction => {
                if let [b'.', after @ ..] = bytes {
                    (self.micros, rest) = fraction(after)?;
                }
            }
            Item::Offset => {
                let length = bytes.iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
                self.offset = Some(offset(&bytes[..length])?);
                rest = &bytes[length..];
            }
            Item::Epoch => {
                let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let text = std::str::from_utf8(&bytes[..digits]).ok()?;
                self.epoch = Some(text.parse::<i64>().ok().filter(|seconds| *seconds < 253_402_300_800)?);
                rest = &bytes[digits..];
            }
            Item::Weekday => {
                name(&mut rest, &WEEKDAYS)?;
            }
        }
        Some(rest)
    }

    fn moment(&self) -> Option<Moment> {
        if let Some(epoch) = self.epoch {
            let micros = epoch.rem_euclid(86_400) * 1_000_000 + self.micros;
            return Some(Moment { day: epoch.div_euclid(86_400) as i32, micros, offset: Some(0) });
        }
        let hour = match (self.twelve, self.half) {
            (true, Some(half)) => self.hour % 12 + if half { 12 } else { 0 },
            (true, None) => return None,
            (false, _) => self.hour,
        };
        if hour > 23 || self.minute > 59 || self.second > 59 {
            return None;
        }
        let day = civil_day(self.year?, self.month?, self.day?)?;
        let seconds = i64::from(hour * 3600 + self.minute * 60 + self.second);
        Some(Moment { day, micros: seconds * 1_000_000 + self.micros, offset: self.offset })
    }
}

fn number(rest: &mut &[u8], least: usize, most: usize) -> Option<u32> {
    let digits = rest.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    if digits < least {
        return None;
    }
    let value = rest[..digits].iter().fold(0, |value, byte| value * 10 + u32::from(byte - b'0'));
    *rest = &rest[digits..];
    Some(value)
}

/// The index of an English name, whole or its first three letters.
fn name(rest: &mut &[u8], names: &[&str]) -> Option<usize> {
    let letters = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let word = rest[..letters].to_ascii_lowercase();
    let index = names.iter().position(|name| word == name.as_bytes() || word == name.as_bytes()[..3])?;
    *rest = &rest[letters..];
    if rest.first() == Some(&b'.') {
        *rest = &rest[1..];
    }
    Some(index)
}

#[cfg(test)]
mod tests {
    use super::super::calendar::day_text;
    use super::*;

    fn at(pattern: &str, text: &str) -> Option<String> {
        let moment = Pattern::new(pattern).unwrap().parse(text.as_bytes())?;
        let minutes = moment.micros / 60_000_000;
        Some(format!("{} {:02}:{:02}", day_text(moment.day), minutes / 60, minutes % 60))
    }

    #[test]
    fn patterns_of_real_shops() {
        assert_eq!(at("%d/%m/%Y %H:%M", "01/12/2010 08:26").as_deref(), Some("2010-12-01 08:26"));
        assert_eq!(at("%m/%d/%Y %H:%M", "12/1/2010 8:26").as_deref(), Some("2010-12-01 08:26"));
        assert_eq!(at("%d.%m.%y", "1.12.10").as_deref(), Some("2010-12-01 00:00"));
        assert_eq!(at("%d %b %Y", "1  Dec 2010").as_deref(), Some("2010-12-01 00:00"));
        assert_eq!(at("%B %d, %Y %I:%M %p", "December 1, 2010 12:26 AM").as_deref(), Some("2010-12-01 00:26"));
        assert_eq!(at("%Y%m%d", "20101201").as_deref(), Some("2010-12-01 00:00"));
        assert_eq!(at("%s", "1291191960").as_deref(), Some("2010-12-01 08:26"));
        assert_eq!(at("%F %T%.f %z", "2010-12-01 08:26:00.5 +0000").as_deref(), Some("2010-12-01 08:26"));
    }

    #[test]
    fn no_guessing() {
        assert_eq!(at("%d/%m/%Y", "13/13/2010"), None);
        assert_eq!(at("%d/%m/%Y", "01/12/10"), None);
        assert_eq!(at("%d/%m/%Y", "01/12/2010 08:26"), None);
        assert_eq!(at("%H:%M", "08:26"), None);
        assert_eq!(at("%d/%m/%Y %I:%M", "01/12/2010 08:26"), None);
        assert_eq!(Pattern::new("%d/%Q").unwrap_err(), "%Q");
        assert_eq!(Pattern::new("%").unwrap_err(), "% ");
        assert!(Pattern::new("%Y-%d-%m").unwrap().is_year_day_month());
    }
}
