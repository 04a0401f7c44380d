//! Which files there are, and which stretch of time each is for.
//!
//! A file of [from, to) has each document that changed in that time, once, as it stands at its end: what a shop's export of
//! "changed since the last time" gives. History may come by the month, what follows comes by the minute, or a few.

use port::{Error, Result};
use serde::{Deserialize, Serialize};

use super::time;
use crate::calendar::DAY_SECONDS;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    All,
    Month,
    Week,
    Day,
    Hour,
    Minute,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// When the shop opens; all in seconds since the epoch.
    pub opening: i64,
    /// Files of history end here, those of a live shop begin.
    pub cut: i64,
    pub every: Every,
    /// What a file of a live shop spans: whole minutes.
    #[serde(default = "a_minute", skip_serializing_if = "is_a_minute")]
    pub beat: i64,
}

pub const MINUTE: i64 = 60;

fn a_minute() -> i64 {
    MINUTE
}

fn is_a_minute(beat: &i64) -> bool {
    *beat == MINUTE
}

impl Every {
    pub const NAMES: [(&'static str, Every); 6] = [
        ("all", Every::All),
        ("month", Every::Month),
        ("week", Every::Week),
        ("day", Every::Day),
        ("hour", Every::Hour),
        ("minute", Every::Minute),
    ];

    fn seconds(self) -> i64 {
        match self {
            Every::All | Every::Month => i64::MAX,
            Every::Week => 7 * DAY_SECONDS,
            Every::Day => DAY_SECONDS,
            Every::Hour => 3600,
            Every::Minute => MINUTE,
        }
    }
}

impl Layout {
    pub fn new(opening: i64, cut: i64, every: Every) -> Result<Layout> {
        if cut < opening || (cut - opening) % MINUTE != 0 {
            return Err(Error::config("history ends before the shop opens, or within a minute"));
        }
        Ok(Layout { opening, cut, every, beat: MINUTE })
    }

    /// With files of so many minutes from `cut` on, which lies in the time of live files or is their beginning. What is in files
    /// of before stays there; a fault's repeat that was due in the file after may come once more, and says what it said.
    pub fn beating(self, minutes: u32, cut: i64) -> Result<Layout> {
        if minutes == 0 || cut < self.cut {
            return Err(Error::config("files of no minute, or of a time that history has"));
        }
        let layout = Layout::new(self.opening, cut, self.every)?;
        Ok(Layout { beat: i64::from(minutes) * MINUTE, ..layout })
    }

    /// With what look-ups need.
    pub fn files(self) -> Files {
        let first_month = month_number(self.opening);
        let mut files = Files { layout: self, history: 0, first_month };
        if self.cut > self.opening {
            files.history = files.of_history(self.cut - 1) + 1;
        }
        files
    }

    /// How many files history has.
    pub fn history(&self) -> u32 {
        self.files().history
    }

    /// The file that an instant belongs to.
    pub fn file(&self, at: i64) -> u32 {
        self.files().file(at)
    }

    /// From when until when a file is.
    pub fn span(&self, file: u32) -> (i64, i64) {
        self.files().span(file)
    }

    /// What tells a file from the others of its table. Names sort in order of time, also across both kinds of files.
    pub fn label(&self, file: u32) -> String {
        let (from, _) = self.span(file);
        let text = time::instant(from);
        let text = std::str::from_utf8(&text).unwrap_or_default();
        let by_day = file < self.history() && !matches!(self.every, Every::Hour | Every::Minute);
        if by_day { text[..10].to_owned() } else { format!("{}-{}", &text[..13], &text[14..16]) }
    }
}

/// A layout with what its look-ups need.
#[derive(Debug, Clone, Copy)]
pub struct Files {
    layout: Layout,
    history: u32,
    first_month: i64,
}

impl Files {
    pub fn file(&self, at: i64) -> u32 {
        match at < self.layout.cut {
            true => self.of_history(at),
            false => self.history + ((at - self.layout.cut) / self.layout.beat) as u32,
        }
    }

    pub fn span(&self, file: u32) -> (i64, i64) {
        let Layout { opening, cut, every, beat } = self.layout;
        if file >= self.history {
            let from = cut + i64::from(file - self.history) * beat;
            return (from, from + beat);
        }
        let (from, to) = match every {
            Every::All => (opening, cut),
            Every::Month => (self.month(file).max(opening), self.month(file + 1)),
            every => {
                let from = opening + i64::from(file) * every.seconds();
                (from, from + every.seconds())
            }
        };
        (from, to.min(cut))
    }

    fn of_history(&self, at: i64) -> u32 {
        match self.layout.every {
            Every::All => 0,
            Every::Month => (month_number(at) - self.first_month) as u32,
            every => ((at - self.layout.opening) / every.seconds()) as u32,
        }
    }

    /// The beginning of the n-th month of history.
    fn month(&self, n: u32) -> i64 {
        let number = self.first_month + i64::from(n);
        time::days(number.div_euclid(12), number.rem_euclid(12) + 1, 1) * DAY_SECONDS
    }
}

/// The files of a layout for looking instants up by the million: those of months are not even in length, and known by the day.
#[derive(Debug, Clone)]
pub struct FilesByDay {
    files: Files,
    first_day: i64,
    /// The file of each day of history, and its end.
    days: Vec<(u32, i64)>,
}

impl FilesByDay {
    pub fn new(layout: Layout) -> FilesByDay {
        let (files, first_day) = (layout.files(), layout.opening.div_euclid(DAY_SECONDS));
        let days = if layout.every == Every::Month { first_day..layout.cut.div_euclid(DAY_SECONDS) } else { 0..0 };
        let of_day = |day: i64| {
            let file = files.file((day * DAY_SECONDS).max(layout.opening));
            (file, files.span(file).1)
        };
        FilesByDay { files, first_day, days: days.map(of_day).collect() }
    }

    /// The file that an instant belongs to.
    #[inline]
    pub fn file(&self, at: i64) -> u32 {
        self.file_with_end(at).0
    }

    #[inline]
    pub fn file_with_end(&self, at: i64) -> (u32, i64) {
        let day = usize::try_from(at.div_euclid(DAY_SECONDS) - self.first_day);
        match day.ok().and_then(|day| self.days.get(day)) {
            Some(known) => *known,
            None => {
                let file = self.files.file(at);
                (file, self.files.span(file).1)
            }
        }
    }
}

fn month_number(at: i64) -> i64 {
    let (year, month, _) = time::civil(at.div_euclid(DAY_SECONDS));
    year * 12 + month - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_cover_time_without_gaps_and_sort_by_name() {
        let opening = time::days(2024, 11, 20) * DAY_SECONDS;
        let cut = time::days(2025, 2, 10) * DAY_SECONDS + 37_260;
        for (at, (_, every)) in Every::NAMES.into_iter().enumerate() {
            let layout = Layout::new(opening, cut, every).unwrap().beating(1 + 2 * at as u32, cut).unwrap();
            let (mut at, mut last) = (opening, String::new());
            for file in 0..layout.history() + 200 {
                let (from, to) = layout.span(file);
                assert_eq!(from, at, "{every:?} {file}");
                assert_eq!((layout.file(from), layout.file(to - 1)), (file, file));
                let by_day = FilesByDay::new(layout);
                assert_eq!([from, to - 1].map(|at| by_day.file_with_end(at)), [(file, to); 2]);
                // As file names: the point before csv sorts before a T.
                let label = format!("{}.csv", layout.label(file));
                assert!(label > last, "{label} after {last}");
                (at, last) = (to, label);
            }
        }
    }
}
