//! All baskets as the search wants them: items by rank, the most common first, rare ones left out.

use super::budget::{Budget, Stop};

/// Rows of ascending ranks.
#[derive(Debug, Default)]
pub struct Rows {
    /// The number of each item outside, by rank.
    pub names: Vec<u32>,
    /// Baskets with each item.
    pub counts: Vec<u32>,
    pub entries: Vec<u32>,
    /// Where each row starts, and the end of the last.
    pub starts: Vec<u32>,
    /// What each entry is worth, of baskets with weights.
    pub worth: Vec<u64>,
}

/// What marks the start of a row among entries; the lower bits number the row among all.
pub const START: u32 = 1 << 31;

/// Items from one to another, so many that what is before them in rows fits into a buffer of some size.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    pub from: usize,
    pub to: usize,
}

impl Rows {
    /// How many items there are.
    pub fn items(&self) -> usize {
        self.names.len()
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    pub fn row(&self, row: usize) -> &[u32] {
        &self.entries[self.starts[row] as usize..self.starts[row + 1] as usize]
    }

    pub fn all(&self) -> impl Iterator<Item = &[u32]> {
        self.starts.windows(2).map(|pair| &self.entries[pair[0] as usize..pair[1] as usize])
    }

    /// How often two items meet in a row.
    pub fn pairs(&self) -> u64 {
        self.all().map(|row| row.len() as u64).map(|length| length * length.saturating_sub(1) / 2).sum()
    }

    /// What buckets of each item take: itself and the items before it, in each row that has any, or in all.
    pub fn reach(&self, all: bool) -> Vec<usize> {
        let mut reach = vec![0; self.items()];
        for row in self.all() {
            for (place, item) in row.iter().enumerate() {
                reach[*item as usize] += if place > 0 || all { place + 1 } else { 0 };
            }
        }
        reach
    }
}

/// Ranges of items, the rarest first, of about equal work and not too much memory each.
pub fn ranges(reach: &[usize], threads: usize) -> Vec<Range> {
    let total: usize = reach.iter().sum();
    // Each range costs a walk through all rows, so they are few.
    let most = (total / 64).max(1 << 20).min(total / (4 * threads) + 1);
    let mut ranges = Vec::new();
    let (mut to, mut size) = (reach.len(), 0);
    for from in (0..reach.len()).rev() {
        size += reach[from];
        if size >= most || from == 0 {
            ranges.push(Range { from, to });
            (to, size) = (from, 0);
        }
    }
    ranges
}

/// For each item of a range the rows that have it, up to it: what is before it, after a start. Rows are read one after the
/// other and each bucket is, so the memory of all baskets is never jumped about in.
#[derive(Debug, Default)]
pub struct Buckets {
    entries: Vec<u32>,
    bounds: Vec<usize>,
    range: Option<Range>,
}

impl Buckets {
    pub fn fill(&mut self, rows: &Rows, range: Range, reach: &[usize], all: bool, budget: &Budget) -> Result<(), Stop> {
        self.range = Some(range);
        self.bounds.clear();
        let mut end = 0;
        for size in &reach[range.from..range.to] {
            self.bounds.push(end);
            end += size;
        }
        if self.entries.len() < end {
            budget.take(4 * (end - self.entries.len()))?;
            self.entries.resize(end, 0);
        }
        for (number, row) in (0..).zip(rows.all()) {
            let to = row.partition_point(|item| (*item as usize) < range.to);
            for place in (usize::from(!all)..to).rev() {
                let item = row[place] as usize;
                if item < range.from {
                    break;
                }
                let bound = &mut self.bounds[item - range.from];
                self.entries[*bound] = START | number;
                self.entries[*bound + 1..*bound + 1 + place].copy_from_slice(&row[..place]);
                *bound += 1 + place;
            }
        }
        Ok(())
    }

    /// The items of the range and their buckets, the rarest first.
    pub fn each(&self) -> impl Iterator<Item = (usize, &[u32])> {
        let from = self.range.map_or(0, |range| range.from);
        (0..self.bounds.len()).rev().map(move |at| {
            let start = if at == 0 { 0 } else { self.bounds[at - 1] };
            (from + at, &self.entries[start..self.bounds[at]])
        })
    }
}
