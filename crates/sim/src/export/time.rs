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

/// How long a date and its T are.
pub const DATE: usize = 11;

/// Dates of days as text, kept for a while: rows tell the time of a few weeks again and again.
#[derive(Debug)]
pub struct Days([(i64, [u8; 16]); 64]);

impl Default for Days {
    fn default() -> Days {
        Days([(i64::MIN, [0; 16]); 64])
    }
}

impl Days {
    /// The date of a day and a T, with what does not count behind them.
    #[inline]
    pub fn date(&mut self, day: i64) -> [u8; 16] {
        let (known, text) = &mut self.0[(day & 63) as usize];
        if *known != day {
            *known = day;
            text.copy_from_slice(&instant(day * DAY_SECONDS)[..16]);
        }
        *text
    }
}

/// The day since the epoch, and the second of it.
#[inline]
pub fn day_and_second(seconds: i64) -> (i64, u64) {
    // One division: the other of a pair is a multiplication.
    let day = seconds.div_euclid(DAY_SECONDS);
    (day, (seconds - day * DAY_SECONDS) as u64)
}

/// ISO 8601 with a Z; years beyond four digits do not occur.
pub fn instant(seconds: i64) -> [u8; 20] {
    let (year, month, day) = civil(seconds.div_euclid(DAY_SECONDS));
    let mut text = *b"0000-00-00T00:00:00Z";
    for (at, number) in [(0, year / 100), (2, year % 100), (5, month), (8, day)] {
        text[at..at + 2].copy_from_slice(&two_digits(number as u64));
    }
    text[11..19].copy_from_slice(&clock(seconds.rem_euclid(DAY_SECONDS) as u64));
    text
}

/// `10:11:12` of a second of a day.
#[inline]
fn clock(second: u64) -> [u8; 8] {
    let [text @ .., _, _] = clock_with(second, [0; 2]);
    text
}

/// `10:11:12` and two more, put together as a number, since it is to be copied at once.
#[inline]
pub fn clock_with(second: u64, more: [u8; 2]) -> [u8; 10] {
    let minute = second / 60;
    let hour = minute / 60;
    let points = u64::from_le_bytes(*b"\0\0:\0\0:\0\0");
    let clock = two_of(hour) | two_of(minute - 60 * hour) << 24 | two_of(second - 60 * minute) << 48 | points;
    let mut text = [0; 10];
    text[..8].copy_from_slice(&clock.to_le_bytes());
    text[8..].copy_from_slice(&more);
    text
}

/// The two digits of numbers below 100, the first in the lower byte.
const PAIRS: [u16; 100] = {
    let (mut pairs, mut at) = ([0; 100], 0);
    while at < 100 {
        pairs[at as usize] = 0x3030 + at / 10 + (at % 10) * 256;
        at += 1;
    }
    pairs
};

/// The two digits of a number below 100, the first in the lower byte.
#[inline]
pub fn two_of(number: u64) -> u64 {
    u64::from(PAIRS[number as usize])
}

/// Of a number below 100.
#[inline]
pub fn two_digits(number: u64) -> [u8; 2] {
    (two_of(number) as u16).to_le_bytes()
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
        assert!((0..100).all(|number| two_digits(number) == *format!("{number:02}").as_bytes()));
        let mut days = Days::default();
        for seconds in [1_741_947_072, 1_741_947_072 - 64 * DAY_SECONDS, 1_741_947_073, -1] {
            let (day, second) = day_and_second(seconds);
            let date = &days.date(day)[..DATE];
            assert_eq!([date, &clock_with(second, *b"Z,")].concat(), [&instant(seconds)[..], b","].concat());
        }
    }
}
