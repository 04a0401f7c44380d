//! Instants as text, quickly: `2025-03-14T10:11:12Z`.

use crate::calendar::DAY_SECONDS;

/// Year, month and day of days since the epoch (Howard Hinnant's civil_from_days).
pub fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

/// Days since the epoch of a date (days_from_civil).
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let yoe = year.rem_euclid(400);
    let doy = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

/// Dates of days as text, kept for a while: rows tell the time of a few weeks again and again.
#[derive(Debug)]
pub struct Days([(i64, [u8; 16]); 64]);

impl Default for Days {
    fn default() -> Days {
        Days([(i64::MIN, [0; 16]); 64])
    }
}

impl Days {
    /// The date of an instant and a T, and how long that is.
    #[inline]
    pub fn date(&mut self, seconds: i64) -> ([u8; 16], usize) {
        let day = seconds.div_euclid(DAY_SECONDS);
        let (known, text) = &mut self.0[day.rem_euclid(64) as usize];
        if *known != day {
            *known = day;
            text.copy_from_slice(&instant(seconds)[..16]);
        }
        (*text, 11)
    }
}

/// ISO 8601 with a Z; years beyond four digits do not occur.
pub fn instant(seconds: i64) -> [u8; 20] {
    let (year, month, day) = civil(seconds.div_euclid(DAY_SECONDS));
    let mut text = *b"0000-00-00T00:00:00Z";
    for (at, number) in [(0, year / 100), (2, year % 100), (5, month), (8, day)] {
        text[at..at + 2].copy_from_slice(&two_digits(number as u64));
    }
    text[11..19].copy_from_slice(&clock(seconds));
    text
}

/// `10:11:12`, put together as a number, since it is to be copied at once.
#[inline]
pub fn clock(seconds: i64) -> [u8; 8] {
    let second = seconds.rem_euclid(DAY_SECONDS) as u64;
    let two = |number| u64::from(u16::from_le_bytes(two_digits(number)));
    let points = u64::from_le_bytes(*b"\0\0:\0\0:\0\0");
    (two(second / 3600) | two(second / 60 % 60) << 24 | two(second % 60) << 48 | points).to_le_bytes()
}

/// Of a number below 100.
#[inline]
pub fn two_digits(number: u64) -> [u8; 2] {
    let number = number as u8;
    [b'0' + number / 10, b'0' + number % 10]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_chrono_s() {
        for day in (-20_000..60_000).step_by(17) {
            let date = retail::day::date_of(day);
            let (year, month, of_month) = civil(i64::from(day));
            assert_eq!(format!("{year:04}-{month:02}-{of_month:02}"), date.to_string());
            assert_eq!(days(year, month, of_month), i64::from(day));
        }
        assert_eq!(&instant(1_741_947_072), b"2025-03-14T10:11:12Z");
        let mut days = Days::default();
        for seconds in [1_741_947_072, 1_741_947_072 - 64 * DAY_SECONDS, 1_741_947_073, -1] {
            let (date, length) = days.date(seconds);
            assert_eq!([&date[..length], &clock(seconds), b"Z"].concat(), instant(seconds));
        }
    }
}
