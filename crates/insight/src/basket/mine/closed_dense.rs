//! Closed and maximal sets where baskets have many of the items: as in the sparse search, with rows of bits. Items that
//! a branch cannot take any more stay beside it as rows (the pre-set of DCI_Closed; Lucchese, Orlando, Perego, *Fast and
//! memory efficient mining of frequent closed itemsets*, 2006).

use super::budget::Stop;
use super::database::Database;
use super::dense::{Dense, Depth, Table, WORTH_GIVING};
use super::sink::Sink;
use super::worker::{Task, Worker};

impl<S: Sink> Worker<'_, S> {
    /// All closed (maximal) sets of the path with items of the database, which has so many rows.
    pub fn close_bits(&mut self, database: &Database, rows: usize) -> Result<(), Stop> {
        let depth = self.dense.first(database, rows, self.budget)?;
        self.close_depth(depth)
    }

    /// All closed (maximal) sets of the path with items of the table.
    pub fn close_table(&mut self, table: &Table) -> Result<(), Stop> {
        let depth = self.dense.load(table, table.len(), self.budget)?;
        self.close_depth(depth)
    }

    /// All closed (maximal) sets of the path, an item of the table, and items before it.
    pub fn close_from_table(&mut self, table: &Table, item: usize) -> Result<(), Stop> {
        let depth = self.dense.load(table, table.len(), self.budget)?;
        self.close_from_bits(depth, item)
    }

    fn close_depth(&mut self, depth: Depth) -> Result<(), Stop> {
        (0..depth.len).rev().try_for_each(|item| self.close_from_bits(depth, item))
    }

    fn close_from_bits(&mut self, depth: Depth, item: usize) -> Result<(), Stop> {
        if self.dense.covered(depth, item) {
            return Ok(());
        }
        let perfect = self.path.perfect.len();
        let count = self.dense.count(depth, item);
        self.path.base.push(self.dense.name(depth, item));
        let deeper = self.dense.meet(depth, item, self.goal.least, self.budget)?;
        let deeper = self.set_perfect_aside(deeper, count);
        if !self.goal.maximal || (deeper.len == 0 && !self.dense.extendable(depth, item, self.goal.least)) {
            self.found(count)?;
        }
        if deeper.len > 0 && self.path.len() < self.goal.most_items {
            let deeper = self.dense.carry(depth, item, deeper);
            if deeper.len > WORTH_GIVING && self.queue.hungry() {
                self.queue.offer(Task::Dense(self.path.clone(), self.dense.unload(deeper)));
            } else {
                self.close_depth(deeper)?;
            }
            self.dense.beside.truncate(deeper.beside);
        }
        self.path.perfect.truncate(perfect);
        self.path.base.pop();
        Ok(())
    }
}

impl Dense {
    /// The rows of the items that a branch from the item cannot take: those beside, and those after it.
    fn others(&self, depth: Depth, item: usize) -> impl Iterator<Item = &[u64]> {
        let beside = self.beside[depth.beside..depth.beside_end].iter().copied();
        let after = (item + 1..depth.len).map(move |other| depth.word + other * depth.width);
        beside.chain(after).map(move |word| &self.words[word..word + depth.width])
    }

    /// Whether one of the others is in all baskets of the item.
    fn covered(&self, depth: Depth, item: usize) -> bool {
        let row = self.row(depth, item);
        // Most others lack the very first basket.
        let first = row.iter().position(|word| *word != 0).unwrap_or(0);
        let row = &row[first..];
        self.others(depth, item).any(|other| row.iter().zip(&other[first..]).all(|(word, other)| word & !other == 0))
    }

    /// Whether one of the others is in enough baskets of the item.
    fn extendable(&self, depth: Depth, item: usize, least: u32) -> bool {
        let row = self.row(depth, item);
        let met = |other: &[u64]| row.iter().zip(other).map(|(word, other)| (word & other).count_ones()).sum::<u32>();
        self.others(depth, item).any(|other| met(other) >= least)
    }

    /// The depth with what it cannot take beside it.
    fn carry(&mut self, depth: Depth, item: usize, deeper: Depth) -> Depth {
        let start = self.beside.len();
        self.beside.extend_from_within(depth.beside..depth.beside_end);
        self.beside.extend((item + 1..depth.len).map(|other| depth.word + other * depth.width));
        Depth { beside: start, beside_end: self.beside.len(), ..deeper }
    }
}
