//! ISO 8601 as files have it: a date, then perhaps `T` or a blank and a time, a fraction, a zone offset or `Z`.

use super::calendar::civil_day;

/// A date, a time of day, and how far from UTC it was told, if it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub day: i32,
    /// Microseconds since midnight.
    pub micros: i64,
    /// Seconds east of UTC.
    pub offset: Option<i32>,
}

impl Moment {
    /// Microseconds since 1970-01-01 00:00 on the clock that was read.
    pub fn clock_micros(self) -> i64 {
        i64::from(self.day) * 86_400_000_000 + self.micros
    }
}

/// Digits of a second beyond the sixth are cut off: microseconds are what is kept.
pub fn iso(bytes: &[u8]) -> Option<Moment> {
    let (date, rest) = bytes.split_at_checked(10)?;
    if date[4] != b'-' || date[7] != b'-' {
        return None;
    }
    let year = two(date[0], date[1])? * 100 + two(date[2], date[3])?;
    let day = civil_day(year as i32, two(date[5], date[6])?, two(date[8], date[9])?)?;
    if rest.is_empty() {
        return Some(Moment { day, micros: 0, offset: None });
    }
    let [b'T' | b't' | b' ', h1, h2, b':', m1, m2, rest @ ..] = rest else { return None };
    let (hour, minute) = (two(*h1, *h2)?, two(*m1, *m2)?);
    let (second, rest) = match rest {
        [b':', s1, s2, rest @ ..] => (two(*s1, *s2)?, rest),
        _ => (0, rest),
    };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (fraction, rest) = match rest {
        [b'.' | b',', rest @ ..] => fraction(rest)?,
        _ => (0, rest),
    };
    let micros = i64::from(hour * 3600 + minute * 60 + second) * 1_000_000 + fraction;
    let offset = match rest {
        [] => None,
        _ => Some(offset(rest.strip_prefix(b" ").unwrap_or(rest))?),
    };
    Some(Moment { day, micros, offset })
}

#[inline]
fn two(tens: u8, ones: u8) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then(|| u32::from(tens) * 10 + u32::from(ones))
}

/// Microseconds of the digits after the point, and what follows them.
pub fn fraction(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let micros = (0..6).fold(0_i64, |value, at| {
        let digit = if at < digits { bytes[at] - b'0' } else { 0 };
        value * 10 + i64::from(digit)
    });
    Some((micros, &bytes[digits..]))
}

/// `Z`, `UTC`, `+01`, `+0100`, `+01:00` as seconds east.
pub fn offset(bytes: &[u8]) -> Option<i32> {
    let (sign, digits) = match bytes {
        [b'Z' | b'z'] | b"UTC" | b"GMT" => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match digits {
        [a, b] => (two(*a, *b)?, 0),
        [a, b, c, d] | [a, b, b':', c, d] => (two(*a, *b)?, two(*c, *d)?),
        _ => return None,
    };
    (hours <= 18 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<(i64, Option<i32>)> {
        iso(text.as_bytes()).map(|moment| (moment.clock_micros(), moment.offset))
    }

    #[test]
    fn forms() {
        let base = 1_322_067_900_000_000; // 2011-11-23 17:05:00
        assert_eq!(at("2011-11-23 17:05:00"), Some((base, None)));
        assert_eq!(at("2011-11-23T17:05"), Some((base, None)));
        assert_eq!(at("2011-11-23T17:05:00Z"), Some((base, Some(0))));
        assert_eq!(at("2011-11-23 17:05:00.25"), Some((base + 250_000, None)));
        assert_eq!(at("2011-11-23T17:05:00.123456789+01:30"), Some((base + 123_456, Some(5400))));
        assert_eq!(at("2011-11-23 17:05:00 -0300"), Some((base, Some(-10_800))));
        assert_eq!(at("2011-11-23 17:05:00 UTC"), Some((base, Some(0))));
        assert_eq!(at("2011-11-23"), Some((1_322_006_400_000_000, None)));
    }

    #[test]
    fn no_moments() {
        for text in [
            "",
            "2011-11-2",
            "2011-13-01",
            "2011-02-29",
            "2011-11-23 24:00:00",
            "2011-11-23 17:60",
            "2011-11-23 17:05:60",
            "2011-11-23 17:05:00.",
            "2011-11-23X17:05",
            "2011-11-23 17:05:00 +25",
            "2011/11/23",
            "2011-11-23 ",
            "2011-11-23T",
            "20111123",
            "2011-11-23 17:05:00 Berlin",
        ] {
            assert_eq!(at(text), None, "{text}");
        }
    }
}
