//! Dates and instants: a column's patterns first, ISO 8601 always understood after them.

use retail::day::Zone;

use super::iso::{Moment, iso};
use super::{Fault, Parse, Pattern};

/// How a column writes times.
#[derive(Debug, Clone)]
pub struct TimeFormat {
    patterns: Vec<Pattern>,
    /// ISO 8601 is tried too: not where a pattern puts the day before the month in the same shape.
    iso: bool,
    zone: Zone,
    /// The text read last and its instant: neighbouring rows often share their time.
    last: ([u8; REMEMBERED], usize, i64),
}

const REMEMBERED: usize = 32;

impl TimeFormat {
    pub fn new(patterns: Vec<Pattern>, zone: Zone) -> TimeFormat {
        let iso = !patterns.iter().any(Pattern::is_year_day_month);
        TimeFormat { patterns, iso, zone, last: ([0; REMEMBERED], 0, 0) }
    }

    fn moment(&self, bytes: &[u8], native: bool) -> Option<Moment> {
        if native && let Some(moment) = iso(bytes) {
            return Some(moment);
        }
        self.patterns
            .iter()
            .find_map(|pattern| pattern.parse(bytes))
            .or_else(|| if self.iso { iso(bytes) } else { None })
    }

    /// Microseconds since the epoch in UTC; a time without an offset is of the shop's zone.
    fn instant(&mut self, moment: Moment) -> i64 {
        match moment.offset {
            Some(offset) => moment.clock_micros() - i64::from(offset) * 1_000_000,
            None => self.zone.instant(moment.clock_micros()),
        }
    }
}

/// Instants.
#[derive(Debug, Clone)]
pub struct TimestampFormat(pub TimeFormat);

impl Parse for TimestampFormat {
    type Value = i64;

    #[inline]
    fn parse(&mut self, bytes: &[u8], native: bool) -> Result<i64, Fault> {
        let (last, length, value) = &self.0.last;
        if *length == bytes.len() && last[..*length] == *bytes && !native {
            return Ok(*value);
        }
        let moment = self.0.moment(bytes, native).ok_or(Fault::Timestamp)?;
        let instant = self.0.instant(moment);
        if bytes.len() <= REMEMBERED && !native {
            self.0.last.0[..bytes.len()].copy_from_slice(bytes);
            self.0.last.1 = bytes.len();
            self.0.last.2 = instant;
        }
        Ok(instant)
    }
}

/// Days. A time of day is accepted where it is midnight as written.
#[derive(Debug, Clone)]
pub struct DateFormat(pub TimeFormat);

impl Parse for DateFormat {
    type Value = i32;

    #[inline]
    fn parse(&mut self, bytes: &[u8], native: bool) -> Result<i32, Fault> {
        let moment = self.0.moment(bytes, native).ok_or(Fault::Date)?;
        if moment.micros == 0 { Ok(moment.day) } else { Err(Fault::TimeOfDay) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(patterns: &[&str]) -> TimeFormat {
        let patterns = patterns.iter().map(|text| Pattern::new(text).unwrap()).collect();
        TimeFormat::new(patterns, Zone::new("America/Sao_Paulo").unwrap())
    }

    #[test]
    fn local_times_become_instants() {
        let mut times = TimestampFormat(format(&[]));
        let summer = times.parse(b"2017-11-24 23:59:59", false).unwrap();
        assert_eq!(times.parse(b"2017-11-25 01:59:59Z", false).unwrap(), summer);
        assert_eq!(times.parse(b"2017-11-24 23:59:59", false).unwrap(), summer);
        assert_eq!(times.parse(b"", false), Err(Fault::Timestamp));
    }

    #[test]
    fn patterns_then_iso() {
        let mut times = TimestampFormat(format(&["%d/%m/%Y %H:%M", "%d/%m/%Y"]));
        let noon = times.parse(b"2011-03-04 12:00:00", false).unwrap();
        assert_eq!(times.parse(b"04/03/2011 12:00", false).unwrap(), noon);
        let mut odd = DateFormat(format(&["%Y-%d-%m"]));
        assert_eq!(odd.parse(b"2011-04-13", false), Err(Fault::Date));
    }

    #[test]
    fn dates_keep_no_time_of_day() {
        let mut dates = DateFormat(format(&[]));
        assert_eq!(dates.parse(b"1970-01-02 00:00:00", false), Ok(1));
        assert_eq!(dates.parse(b"1970-01-02 00:00:01", false), Err(Fault::TimeOfDay));
    }
}
