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

/// Texts of days, kept for a while: rows tell the time of a few weeks again and again.
#[derive(Debug)]
pub struct Days([(i64, [u8; 20]); 64]);

impl Default for Days {
    fn default() -> Days {
        Days([(i64::MIN, [0; 20]); 64])
    }
}

impl Days {
    pub fn instant(&mut self, seconds: i64) -> [u8; 20] {
        let day = seconds.div_euclid(DAY_SECONDS);
        let (known, text) = &mut self.0[day.rem_euclid(64) as usize];
        if *known != day {
            (*known, *text) = (day, instant(seconds));
        }
        let mut text = *text;
        set_clock(&mut text, seconds);
        text
    }
}

/// ISO 8601 with a Z; years beyond four digits do not occur.
pub fn instant(seconds: i64) -> [u8; 20] {
    let (year, month, day) = civil(seconds.div_euclid(DAY_SECONDS));
    let mut text = *b"0000-00-00T00:00:00Z";
    two(&mut text, 0, year / 100);
    two(&mut text, 2, year % 100);
    two(&mut text, 5, month);
    two(&mut text, 8, day);
    set_clock(&mut text, seconds);
    text
}

/// The same day at another time.
fn set_clock(text: &mut [u8; 20], seconds: i64) {
    let second = seconds.rem_euclid(DAY_SECONDS);
    two(text, 11, second / 3600);
    two(text, 14, second / 60 % 60);
    two(text, 17, second % 60);
}

fn two(text: &mut [u8; 20], at: usize, number: i64) {
    text[at..at + 2].copy_from_slice(&two_digits(number as u64));
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
        let mut days = Days::default();
        for seconds in [1_741_947_072, 1_741_947_072 - 64 * DAY_SECONDS, 1_741_947_073, -1] {
            assert_eq!(days.instant(seconds), instant(seconds));
        }
        assert_eq!(&days.instant(1_741_947_072), b"2025-03-14T10:11:12Z");
    }
}
