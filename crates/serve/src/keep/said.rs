//! What the log was told of a failure that lasts: once for each cause, and then ever more rarely, so that a disk that is full for a
//! night fills no log, and who looks at one later finds that it still is.

use std::time::{Duration, Instant};

/// How long a failure lasts before it is told again; each time twice as long.
const FIRST: Duration = Duration::from_secs(3600);
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// Words of the system about the disk as a whole. What is said around them names a file that is another each time.
const OF_THE_DISK: [&str; 4] =
    ["No space left on device", "Disk quota exceeded", "Read-only file system", "Input/output error"];

pub struct Said {
    cause: String,
    again: Instant,
    wait: Duration,
}

impl Said {
    /// Whether a failure is to be told now, which then it was: it is none of before, or was told long enough ago.
    pub fn is_news(said: &mut Option<Said>, text: &str, now: Instant) -> bool {
        let cause = cause(text);
        let wait = match said {
            Some(said) if said.cause == cause && now < said.again => return false,
            Some(said) if said.cause == cause => (said.wait * 2).min(LONGEST),
            _ => FIRST,
        };
        *said = Some(Said { cause: cause.to_owned(), again: now + wait, wait });
        true
    }
}

fn cause(text: &str) -> &str {
    OF_THE_DISK.into_iter().find(|words| text.contains(words)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_once_whichever_file_meets_it_and_again_ever_more_rarely() {
        let begun = Instant::now();
        let full = |file: u32| format!("cannot write lake/part-{file}.parquet: No space left on device (os error 28)");
        let mut said = None;
        let told: Vec<u64> = (0..400)
            .filter(|minute| {
                Said::is_news(&mut said, &full(*minute), begun + Duration::from_secs(u64::from(*minute) * 600))
            })
            .map(|minute| u64::from(minute) / 6)
            .collect();
        assert_eq!(told, [0, 1, 3, 7, 15, 31, 55], "hours");
        let now = begun + Duration::from_secs(400 * 600);
        assert!(Said::is_news(&mut said, "models/a.sql:1:1: no comment", now));
        assert!(!Said::is_news(&mut said, "models/a.sql:1:1: no comment", now));
        assert!(Said::is_news(&mut said, "models/b.sql:1:1: no comment", now), "another file is another cause");
        assert!(Said::is_news(&mut said, &full(1), now));
    }
}
