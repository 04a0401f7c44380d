//! Frequent itemsets: what is asked for, and the ways in.

use super::{Baskets, Error, Itemsets};

/// What is asked for. `Mining::at(Support::Count(10))` and the fields that should differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Mining {
    /// Sets in fewer baskets are left out.
    pub min_support: Support,
    /// Sets with fewer items are left out; 1 by default. Never the empty set.
    pub min_items: usize,
    /// Sets with more items are left out; no limit by default. Closed and maximal sets are those of the whole data, of
    /// which the lengths then leave some out.
    pub max_items: usize,
    /// All sets by default.
    pub family: Family,
    /// How many threads to use; 0, the default, is as many as there are processors. Results are the same, in whatever
    /// order.
    pub threads: usize,
    /// Bytes that may be taken beside the baskets themselves, results included; `None`, the default, is no limit. What
    /// takes more ends as [`Error::Memory`].
    pub memory_limit: Option<usize>,
}

/// The least support that a set must have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Support {
    /// In this many baskets; 0 means the same as 1, sets that some basket holds.
    Count(u64),
    /// In this share of all baskets, 0 to 1.
    Share(f64),
}

/// Which of the frequent sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    All,
    /// Those with no superset in as many baskets: what all others follow from, with their support.
    Closed,
    /// Those with no frequent superset at all: what all others follow from, without their support.
    Maximal,
}

/// How many sets there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// `by_items[n]` is the number of sets with `n` items. Numbers beyond 2^64 - 1 stay there.
    pub by_items: Vec<u64>,
}

/// All sets that are asked for, with their supports.
pub fn itemsets(baskets: Baskets<'_>, mining: &Mining) -> Result<Itemsets, Error> {
    super::mine::itemsets(baskets, mining)
}

/// The number of sets that [`itemsets`] would give, in less time and memory.
pub fn count(baskets: Baskets<'_>, mining: &Mining) -> Result<Counts, Error> {
    Ok(super::mine::count(baskets, mining, u64::MAX)?.unwrap_or_default())
}

/// The least count of baskets at which there are no more than `sets` sets, of the family and lengths that `mining` asks
/// for; its own support is the lowest that is tried. For who would rather say how much to look at than at which support.
pub fn support_for(baskets: Baskets<'_>, sets: u64, mining: &Mining) -> Result<u64, Error> {
    let (mut low, mut high) = (mining.least_count(baskets.len())?, baskets.len() as u64 + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let at = Mining { min_support: Support::Count(middle), ..mining.clone() };
        match super::mine::count(baskets, &at, sets)? {
            Some(_) => high = middle,
            None => low = middle + 1,
        }
    }
    Ok(low)
}

impl Mining {
    pub fn at(min_support: Support) -> Mining {
        Mining { min_support, min_items: 1, max_items: usize::MAX, family: Family::All, threads: 0, memory_limit: None }
    }

    /// The least number of baskets that a set must be in, of so many.
    pub fn least_count(&self, baskets: usize) -> Result<u64, Error> {
        match self.min_support {
            Support::Count(count) => Ok(count.max(1)),
            Support::Share(share) if !(0.0..=1.0).contains(&share) => {
                Err(Error::option("min_support", format!("is {share}; a share goes from 0 to 1")))
            }
            Support::Share(share) => {
                let baskets = baskets as f64;
                // The product may be a hair off the count whose quotient is the share.
                let near = (share * baskets).round();
                let count = if near / baskets >= share { near } else { near + 1.0 };
                Ok((count as u64).max(1))
            }
        }
    }
}

impl Counts {
    pub fn total(&self) -> u64 {
        self.by_items.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }
}
