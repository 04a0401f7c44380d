//! Pairs: what is bought together, two products at a time, straight from the baskets.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::mine::{Bucket, Buckets, Budget, Prefixes, Range, Rows, START, Stop, encode, ranges};
use super::{Baskets, Contingency, Error, Mining, threads};

/// All pairs in enough baskets.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pairs {
    /// Baskets in all, empty ones included.
    pub baskets: u64,
    /// The most common baskets first; those alike by their items.
    pub found: Vec<Pair>,
}

/// Two items and the baskets that hold them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The smaller number first.
    pub items: [u32; 2],
    /// Baskets with each of them.
    pub counts: [u32; 2],
    /// Baskets with both.
    pub both: u32,
    /// What both are worth in the baskets that hold both; 0 for baskets without weights.
    pub weight: u64,
}

impl Pair {
    /// The counts of the rule from the first item to the second. The other way they are those with antecedent and
    /// consequent swapped.
    pub fn counts(&self, baskets: u64) -> Contingency {
        let [antecedent, consequent] = self.counts.map(u64::from);
        Contingency { baskets, antecedent, consequent, both: u64::from(self.both) }
    }
}

/// All pairs of items that are together in enough baskets. Of `mining` its support, threads and memory limit are used.
/// Quicker than [`itemsets`](super::itemsets()) with at most two items; memory beside the result grows with the baskets'
/// items and not with the square of the products.
pub fn pairs(baskets: Baskets<'_>, mining: &Mining) -> Result<Pairs, Error> {
    let least = mining.least_count(baskets.len())?;
    let Ok(least) = u32::try_from(least) else {
        return Ok(Pairs { baskets: baskets.len() as u64, found: Vec::new() });
    };
    let budget = Budget::new(mining.memory_limit, u64::MAX);
    let rows = encode(baskets, least, 2, &budget)?;
    let reach = rows.reach(false);
    let ranges = ranges(&reach, threads::number(mining.threads));
    let left = AtomicUsize::new(ranges.len());
    let found = threads::on_each(mining.threads, || {
        let mut counter = Counter {
            rows: &rows,
            least,
            budget: &budget,
            counts: vec![0; rows.items() + 1],
            weights: Vec::new(),
            found: Vec::new(),
        };
        // Why it stopped is asked of the budget.
        let _ = counter.count_all(&ranges, &reach, &left);
        counter.found
    });
    budget.outcome("counting pairs")?;
    let mut found = found.concat();
    found.sort_unstable_by(|a, b| b.both.cmp(&a.both).then(a.items.cmp(&b.items)));
    Ok(Pairs { baskets: baskets.len() as u64, found })
}

/// Counts what is before an item in the rows that have it.
struct Counter<'a> {
    rows: &'a Rows,
    least: u32,
    budget: &'a Budget,
    counts: Vec<u32>,
    weights: Vec<u64>,
    found: Vec<Pair>,
}

impl Counter<'_> {
    fn count_all(&mut self, ranges: &[Range], reach: &[usize], left: &AtomicUsize) -> Result<(), Stop> {
        self.budget.take(12 * self.rows.items())?;
        self.weights.resize(if self.rows.worth.is_empty() { 0 } else { self.rows.items() }, 0);
        let mut buckets = Buckets::default();
        while let Ok(range) = left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)) {
            buckets.fill(self.rows, ranges[range - 1], reach, false, self.budget)?;
            buckets.each().try_for_each(|(item, bucket)| self.count(item, bucket))?;
        }
        Ok(())
    }

    fn count(&mut self, item: usize, bucket: &[u32]) -> Result<(), Stop> {
        let mut frequent = Vec::new();
        Bucket(bucket).count(self.least, &mut self.counts, &mut frequent);
        if !self.weights.is_empty() && !frequent.is_empty() {
            self.weights.fill(0);
            self.weigh(bucket);
        }
        for other in frequent {
            self.keep(item, other as usize, self.counts[other as usize])?;
        }
        self.counts[..item].fill(0);
        Ok(())
    }

    /// Adds up what an item is worth with each one before it.
    fn weigh(&mut self, bucket: &[u32]) {
        for row in bucket.chunk_by(|_, next| *next < START) {
            let first = self.rows.starts[(row[0] ^ START) as usize] as usize;
            let own = self.rows.worth[first + row.len() - 1];
            for (other, worth) in row[1..].iter().zip(&self.rows.worth[first..]) {
                self.weights[*other as usize] += own + worth;
            }
        }
    }

    fn keep(&mut self, item: usize, other: usize, both: u32) -> Result<(), Stop> {
        if self.found.len() == self.found.capacity() {
            // Twice: the threads' pairs are put together in the end.
            let more = self.found.len().max(1 << 8);
            self.budget.take(2 * more * size_of::<Pair>())?;
            self.budget.found(more as u64)?;
            self.found.reserve_exact(more);
        }
        let mut sides = [item, other].map(|side| (self.rows.names[side], self.rows.counts[side]));
        sides.sort_unstable();
        let weight = self.weights.get(other).copied().unwrap_or(0);
        self.found.push(Pair { items: sides.map(|side| side.0), counts: sides.map(|side| side.1), both, weight });
        Ok(())
    }
}
