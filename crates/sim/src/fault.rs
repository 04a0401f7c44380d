//! Faults on demand: what goes wrong with an order on its way out, at a rate by kind. An order has one fault at most, so
//! that what becomes of each row can be told beforehand.

use std::collections::BTreeMap;

use port::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::calendar::DAY_SECONDS;
use crate::draw::{Draw, Of};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The order is exported hours to weeks after it changed.
    Late,
    /// A line stands twice in a file.
    Duplicate,
    /// The order is exported again, unchanged, in the next file.
    Overlap,
    /// An old state of the order comes after its last one.
    OutOfOrder,
    /// The order comes with a wrong quantity, and right in the next file.
    Correction,
    /// A cell that must not be empty is.
    Null,
    /// The order's time is in the year 0000 or 2077.
    BadDate,
    /// The row lost a cell; all to the right of it moved.
    Shifted,
    /// A text of the row is in windows-1252, the file in UTF-8.
    Encoding,
    /// A line of an order that nobody knows.
    Orphan,
    NegativePrice,
    /// The row says another currency than the shop's.
    Currency,
}

impl Fault {
    pub const ALL: [(&'static str, Fault); 12] = [
        ("late", Fault::Late),
        ("duplicate", Fault::Duplicate),
        ("overlap", Fault::Overlap),
        ("out_of_order", Fault::OutOfOrder),
        ("correction", Fault::Correction),
        ("null", Fault::Null),
        ("bad_date", Fault::BadDate),
        ("shifted", Fault::Shifted),
        ("encoding", Fault::Encoding),
        ("orphan", Fault::Orphan),
        ("negative_price", Fault::NegativePrice),
        ("currency", Fault::Currency),
    ];

    pub fn name(self) -> &'static str {
        Fault::ALL[self as usize].0
    }

    /// Typed files have no place for it.
    pub fn needs_text(self) -> bool {
        matches!(self, Fault::Shifted | Fault::Encoding)
    }
}

/// Of all orders, by kind.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rates(pub BTreeMap<Fault, f64>);

impl Rates {
    /// The same rate for each kind.
    pub fn each(rate: f64) -> Rates {
        Rates(Fault::ALL.iter().map(|(_, fault)| (*fault, rate)).collect())
    }

    pub fn check(&self) -> Result<()> {
        let all: f64 = self.0.values().sum();
        let right = self.0.values().all(|rate| (0.0..=1.0).contains(rate)) && all <= 1.0;
        match right {
            true => Ok(()),
            false => Err(Error::config("rates of faults are not shares that add up to 1 at most")
                .advise("an order has one fault at most: give lower rates, like late=0.01,null=0.002")),
        }
    }

    /// The fault of an order, with numbers for its details.
    pub fn of(&self, seed: u64, order: u64) -> Option<(Fault, Draw)> {
        if self.0.is_empty() {
            return None;
        }
        let mut draw = Draw::new(seed, Of::Fault, order);
        let mut left = draw.unit();
        for (fault, rate) in &self.0 {
            left -= rate;
            if left < 0.0 {
                return Some((*fault, draw));
            }
        }
        None
    }
}

/// How long a late order is held back: hours as a rule, up to three weeks. In seconds.
pub fn delay(draw: &mut Draw) -> i64 {
    let days = if draw.chance(0.6) { draw.between(0.05, 1.0) } else { draw.between(1.0, 21.0) };
    (days * DAY_SECONDS as f64) as i64
}

/// A row that a fault hit, as truth/faults tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    pub fault: Fault,
    /// From 1 in its file; rows of a part of a file count from its beginning until the part is put in its place.
    pub row: u64,
    pub order: String,
    pub line: i64,
    pub column: &'static str,
    /// What becomes of the row when all files have been landed in the order of their names.
    pub fate: Fate,
    /// The rule that rejects it.
    pub rule: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Used,
    Rejected,
    Merged,
    Superseded,
}

impl Fate {
    pub fn name(self) -> &'static str {
        match self {
            Fate::Used => "used",
            Fate::Rejected => "rejected",
            Fate::Merged => "merged",
            Fate::Superseded => "superseded",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_where_their_faults_do() {
        for (at, (name, fault)) in Fault::ALL.iter().enumerate() {
            assert_eq!(*fault as usize, at);
            assert_eq!(serde_json::to_string(fault).unwrap(), format!("{name:?}"));
        }
    }

    #[test]
    fn rates_are_met() {
        let rates = Rates(BTreeMap::from([(Fault::Late, 0.1), (Fault::Null, 0.02)]));
        let count = |fault| (0..100_000).filter(|order| rates.of(5, *order).is_some_and(|(it, _)| it == fault)).count();
        assert!((9_700..10_300).contains(&count(Fault::Late)));
        assert!((1_850..2_150).contains(&count(Fault::Null)));
        assert_eq!(count(Fault::Shifted), 0);
        assert!(Rates::each(0.1).check().is_err());
    }
}
