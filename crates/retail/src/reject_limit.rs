//! How many rejected rows of one load a source bears: `max_rejects = "100"` rows or `"2%"` of the load.

use std::fmt;
use std::str::FromStr;

use crate::source::LandedTable;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectLimit {
    Rows(u64),
    /// Millionths of the load's rows, so that comparing needs no floating point.
    Share {
        millionths: u64,
    },
}

impl RejectLimit {
    /// More rows were rejected than the source bears.
    pub fn exceeded(self, rejected: u64, landed: u64) -> bool {
        match self {
            RejectLimit::Rows(limit) => rejected > limit,
            RejectLimit::Share { millionths } => {
                u128::from(rejected) * 1_000_000 > u128::from(landed) * u128::from(millionths)
            }
        }
    }
}

impl LandedTable {
    /// The parsed `max_rejects`; a limit that does not parse was refused when the source was read.
    pub fn reject_limit(&self) -> Option<RejectLimit> {
        self.max_rejects.as_deref().and_then(|text| text.parse().ok())
    }
}

/// The text is neither a count nor a percentage from 0 to 100 with at most four decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotALimit;

impl FromStr for RejectLimit {
    type Err = NotALimit;

    fn from_str(text: &str) -> Result<RejectLimit, NotALimit> {
        match text.trim().strip_suffix('%') {
            None => number(text.trim()).map(RejectLimit::Rows),
            Some(percent) => {
                let (whole, decimals) = percent.trim().split_once('.').unwrap_or((percent.trim(), "0"));
                if decimals.len() > 4 {
                    return Err(NotALimit);
                }
                let whole = number(whole).ok().filter(|whole| *whole <= 100).ok_or(NotALimit)?;
                let millionths = whole * 10_000 + number(&format!("{decimals:0<4}"))?;
                if millionths <= 1_000_000 { Ok(RejectLimit::Share { millionths }) } else { Err(NotALimit) }
            }
        }
    }
}

/// Digits alone: `parse` would take a sign too.
fn number(text: &str) -> Result<u64, NotALimit> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().map_err(|_| NotALimit) } else { Err(NotALimit) }
}

impl fmt::Display for RejectLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RejectLimit::Rows(rows) => write!(f, "{rows} rows"),
            RejectLimit::Share { millionths } => {
                let decimals = format!("{:04}", millionths % 10_000);
                let decimals = decimals.trim_end_matches('0');
                let point = if decimals.is_empty() { "" } else { "." };
                write!(f, "{}{point}{decimals}%", millionths / 10_000)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_shares() {
        assert_eq!("100".parse(), Ok(RejectLimit::Rows(100)));
        assert_eq!("2%".parse(), Ok(RejectLimit::Share { millionths: 20_000 }));
        assert_eq!("0.5 %".parse(), Ok(RejectLimit::Share { millionths: 5_000 }));
        for wrong in ["", "%", "-1", "+1", "101%", "100.1%", "1.00001%", "many", "1e3"] {
            assert_eq!(wrong.parse::<RejectLimit>(), Err(NotALimit), "{wrong}");
        }
        assert_eq!(RejectLimit::Share { millionths: 5_000 }.to_string(), "0.5%");
        assert_eq!(RejectLimit::Share { millionths: 1_000_000 }.to_string(), "100%");
    }

    #[test]
    fn a_limit_itself_is_borne() {
        assert!(!RejectLimit::Rows(3).exceeded(3, 10));
        assert!(RejectLimit::Rows(3).exceeded(4, 10));
        let two_percent = RejectLimit::Share { millionths: 20_000 };
        assert!(!two_percent.exceeded(2, 100));
        assert!(two_percent.exceeded(3, 100));
        assert!(!two_percent.exceeded(0, 0));
    }
}
