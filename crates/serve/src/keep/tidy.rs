//! When small files are joined and old ones removed: by what was written since, so that a shop that publishes every few seconds
//! holds little beside its tables, and one that publishes twice a day is left alone.

use std::time::{Duration, Instant};

use port::Volume;

/// A query that reads files of an older state may take so long, at least. A shop that publishes every few seconds writes a file
/// or two for each table and publish, and each is kept so long.
const KEPT: Duration = Duration::from_secs(60);
/// Small files and log entries come with each run, however little it writes.
const RUNS: u32 = 100;
/// So much may be in files of old states, or half of what the tables are, whichever is more.
const BYTES: u64 = 64 << 20;

pub struct Tidy {
    kept: Duration,
    runs: u32,
    written: u64,
    live: u64,
    last: Instant,
}

impl Tidy {
    /// `longest`: how long a query may take.
    pub fn new(longest: Duration, now: Instant) -> Tidy {
        Tidy { kept: KEPT.max(longest * 2), runs: 0, written: 0, live: 0, last: now }
    }

    /// Files that a state of so long ago names stay.
    pub fn kept(&self) -> Duration {
        self.kept
    }

    /// A run published.
    pub fn count(&mut self, volume: Volume) {
        self.runs += 1;
        self.written += volume.written;
        self.live = volume.live;
    }

    pub fn is_due(&self, now: Instant) -> bool {
        let much = self.runs >= RUNS || self.written >= BYTES.max(self.live / 2);
        // What was written since lately could not be removed yet.
        much && now.duration_since(self.last) >= self.kept
    }

    /// It was done, or failed: either way it is tried again after as much as before.
    pub fn done(&mut self, now: Instant) {
        *self = Tidy { runs: 0, written: 0, last: now, ..*self };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_due_by_bytes_and_by_runs_but_not_at_once_again() {
        let begun = Instant::now();
        let after = |seconds| begun + Duration::from_secs(seconds);
        let mut tidy = Tidy::new(Duration::from_secs(30), begun);
        tidy.count(Volume { written: BYTES - 1, live: 1 });
        assert!(!tidy.is_due(after(999)));
        tidy.count(Volume { written: 1, live: 1 });
        assert!(!tidy.is_due(after(59)) && tidy.is_due(after(60)));
        tidy.done(after(60));
        (0..RUNS - 1).for_each(|_| tidy.count(Volume { written: 1, live: 1 }));
        assert!(!tidy.is_due(after(500)));
        tidy.count(Volume::default());
        assert!(!tidy.is_due(after(119)) && tidy.is_due(after(120)));
        tidy.done(after(120));
        tidy.count(Volume { written: BYTES, live: 3 * BYTES });
        assert!(!tidy.is_due(after(500)), "little beside the tables");
        let patient = Tidy::new(Duration::from_secs(300), begun);
        assert_eq!(patient.kept(), Duration::from_secs(600));
    }
}
