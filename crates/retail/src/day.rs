//! The shop's local days: instants are UTC, a day is the shop's.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

/// Days since 1970-01-01, as Arrow's Date32 has them.
pub type Day = i32;

/// 1970-01-01.
pub const EPOCH: NaiveDate = match NaiveDate::from_ymd_opt(1970, 1, 1) {
    Some(date) => date,
    None => panic!("1970-01-01 is a date"),
};

pub fn day_of(date: NaiveDate) -> Day {
    (date - EPOCH).num_days() as Day
}

pub fn date_of(day: Day) -> NaiveDate {
    EPOCH + chrono::Duration::days(i64::from(day))
}

/// A day as people write it, `2011-11-23`, and in no other way.
pub fn parse_day(text: &str) -> Option<Day> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10).map(day_of)
}

/// Days in any order as few ranges as there are, both ends within.
pub fn ranges(days: &[Day]) -> Vec<(Day, Day)> {
    let mut sorted = days.to_vec();
    sorted.sort_unstable();
    let mut ranges: Vec<(Day, Day)> = Vec::new();
    for day in sorted {
        match ranges.last_mut() {
            Some((_, last)) if day <= *last + 1 => *last = day.max(*last),
            _ => ranges.push((day, day)),
        }
    }
    ranges
}

/// First day of the month that `day` lies in.
pub fn month_of(day: Day) -> Day {
    let date = date_of(day);
    day - (date.day0() as Day)
}

/// Turns instants into local days and local times into instants.
///
/// Zone rules change offsets at whole quarter hours, so the offset found for one quarter hour serves every time in it:
/// rows of one file lie close together, and nearly every look-up hits.
#[derive(Debug, Clone)]
pub struct Zone {
    tz: Tz,
    /// (quarter hour of the instant, offset in seconds)
    instant: (i64, i32),
    /// (quarter hour of the local time, offset in seconds)
    local: (i64, i32),
}

const QUARTER: i64 = 900;
const MICROS: i64 = 1_000_000;
const DAY_SECONDS: i64 = 86_400;

impl Zone {
    pub fn new(name: &str) -> Option<Zone> {
        let tz: Tz = name.parse().ok()?;
        Some(Zone { tz, instant: (i64::MIN, 0), local: (i64::MIN, 0) })
    }

    pub fn name(&self) -> &'static str {
        self.tz.name()
    }

    /// The local day of an instant in microseconds since the epoch.
    pub fn day(&mut self, micros: i64) -> Day {
        let seconds = micros.div_euclid(MICROS);
        let quarter = seconds.div_euclid(QUARTER);
        if self.instant.0 != quarter {
            let offset = DateTime::from_timestamp(seconds, 0)
                .map_or(0, |at| self.tz.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc());
            self.instant = (quarter, offset);
        }
        (seconds + i64::from(self.instant.1)).div_euclid(DAY_SECONDS) as Day
    }

    /// The instant of a local wall-clock time given as microseconds since the epoch.
    /// A time that occurs twice is its first occurrence; one that a clock change skips is moved on by the change.
    pub fn instant(&mut self, local_micros: i64) -> i64 {
        let seconds = local_micros.div_euclid(MICROS);
        let quarter = seconds.div_euclid(QUARTER);
        if self.local.0 != quarter {
            let offset = DateTime::from_timestamp(seconds, 0).map_or(0, |at| self.offset_of_local(at.naive_utc()));
            self.local = (quarter, offset);
        }
        local_micros - i64::from(self.local.1) * MICROS
    }

    fn offset_of_local(&self, local: NaiveDateTime) -> i32 {
        match self.tz.offset_from_local_datetime(&local) {
            chrono::LocalResult::Single(offset) => offset.fix().local_minus_utc(),
            chrono::LocalResult::Ambiguous(first, _) => first.fix().local_minus_utc(),
            // In the gap the offset before the change moves the time on, as PostgreSQL does.
            chrono::LocalResult::None => {
                let before = local - chrono::Duration::days(1);
                self.tz
                    .offset_from_local_datetime(&before)
                    .earliest()
                    .map_or(0, |offset| offset.fix().local_minus_utc())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(text: &str) -> i64 {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap().and_utc().timestamp_micros()
    }

    #[test]
    fn a_late_evening_in_sao_paulo_is_still_that_day() {
        let mut zone = Zone::new("America/Sao_Paulo").unwrap();
        let local = micros("2017-11-24 23:59:59");
        let instant = zone.instant(local);
        assert_eq!(instant, micros("2017-11-25 01:59:59"));
        assert_eq!(date_of(zone.day(instant)).to_string(), "2017-11-24");
    }

    #[test]
    fn clock_changes() {
        let mut zone = Zone::new("Europe/London").unwrap();
        // skipped hour moves on, doubled hour is the first
        assert_eq!(zone.instant(micros("2011-03-27 01:30:00")), micros("2011-03-27 01:30:00"));
        assert_eq!(zone.instant(micros("2011-10-30 01:30:00")), micros("2011-10-30 00:30:00"));
        assert_eq!(zone.instant(micros("2011-07-01 00:30:00")), micros("2011-06-30 23:30:00"));
    }

    #[test]
    fn months() {
        let day = day_of(NaiveDate::from_ymd_opt(2011, 11, 23).unwrap());
        assert_eq!(date_of(month_of(day)).to_string(), "2011-11-01");
        assert_eq!(month_of(-1), day_of(NaiveDate::from_ymd_opt(1969, 12, 1).unwrap()));
    }
}
