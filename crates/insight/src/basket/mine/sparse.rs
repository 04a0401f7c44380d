//! The search where baskets have few of the items: for each item the rows that have it are walked once to count what is
//! there before it (occurrence deliver; Uno, Kiyomi, Arimura, *LCM ver. 2*, FIMI 2004) and once to write what is frequent
//! to a smaller database, which is searched in turn, as bits where that is quicker.

use super::budget::Stop;
use super::database::{Database, GIVEN};
use super::prefixes::{Places, Prefixes};
use super::rows::START;
use super::sink::Sink;
use super::worker::{Task, Worker};

/// An item to go on from: its number among those with these names, and the baskets that have it.
#[derive(Clone, Copy)]
pub struct From<'a> {
    pub item: usize,
    pub count: u32,
    pub names: &'a [u32],
}

impl Database {
    pub fn from(&self, item: usize) -> (From<'_>, Places<'_>) {
        let from = From { item, count: self.counts[item], names: &self.names };
        (from, Places { database: self, places: self.places(item) })
    }
}

impl<S: Sink> Worker<'_, S> {
    /// All sets of the path with items of the database.
    pub fn search(&mut self, database: &Database) -> Result<(), Stop> {
        for item in (0..database.len()).rev() {
            let (from, places) = database.from(item);
            self.search_from(from, places)?;
        }
        Ok(())
    }

    /// All sets of the path, an item, and items before it.
    pub fn search_from(&mut self, from: From<'_>, prefixes: impl Prefixes) -> Result<(), Stop> {
        let perfect = self.path.perfect.len();
        self.path.base.push(from.names[from.item]);
        let mut frequent = self.lists.pop().unwrap_or_default();
        let mut steps = 0;
        if self.path.base.len() < self.goal.most_items {
            steps = prefixes.count(self.goal.least, &mut self.table, &mut frequent);
        }
        self.set_always_aside(from, &mut frequent);
        self.sink.powerset(&self.path, from.count)?;
        if frequent.len() < 2 || self.path.base.len() + 1 == self.goal.most_items {
            for other in &frequent {
                self.path.base.push(from.names[*other as usize]);
                self.sink.powerset(&self.path, self.table[*other as usize])?;
                self.path.base.pop();
            }
            self.forget(from, prefixes, steps);
        } else {
            let mut next = self.spare.pop().unwrap_or_default();
            self.project(from, prefixes, steps, &mut frequent, &mut next)?;
            self.search_projected(&mut next)?;
            self.spare.push(next);
        }
        frequent.clear();
        self.lists.push(frequent);
        self.path.perfect.truncate(perfect);
        self.path.base.pop();
        Ok(())
    }

    /// Takes items that are in all rows off a list of counted ones and onto the path.
    pub fn set_always_aside(&mut self, from: From<'_>, counted: &mut Vec<u32>) {
        let (table, perfect) = (&self.table, &mut self.path.perfect);
        counted.retain(|other| {
            let always = table[*other as usize] == from.count;
            if always {
                perfect.push(from.names[*other as usize]);
            }
            !always
        });
    }

    /// Clears the table after a count, the cheaper way.
    pub fn forget(&mut self, from: From<'_>, prefixes: impl Prefixes, steps: usize) {
        if steps > from.item / 8 {
            self.table[..from.item].fill(0);
        } else {
            prefixes.backwards(|entry| {
                if entry < START {
                    self.table[entry as usize] = 0;
                }
            });
        }
    }

    /// Writes the frequent items of rows to another database. Clears the table.
    pub fn project(
        &mut self,
        from: From<'_>,
        prefixes: impl Prefixes,
        steps: usize,
        frequent: &mut [u32],
        next: &mut Database,
    ) -> Result<(), Stop> {
        frequent.sort_unstable();
        next.clear(prefixes.size(), self.budget)?;
        for (number, other) in (0..).zip(&*frequent) {
            next.names.push(from.names[*other as usize]);
            next.counts.push(self.table[*other as usize]);
            self.table[*other as usize] = GIVEN | number;
        }
        next.beside = next.names.len();
        next.add(prefixes, &self.table, self.goal.shortest);
        self.forget(from, prefixes, steps);
        Ok(())
    }

    fn search_projected(&mut self, database: &mut Database) -> Result<(), Stop> {
        match quicker_as_bits(database) {
            Some(rows) => self.search_bits(database, rows),
            None => {
                database.index(false);
                if self.queue.hungry() && database.len() > 16 {
                    self.queue.offer(Task::Sparse(self.path.clone(), std::mem::take(database)));
                    return Ok(());
                }
                self.search(database)
            }
        }
    }
}

/// The number of rows, where the rows of a database are better searched as bits.
pub fn quicker_as_bits(database: &Database) -> Option<usize> {
    let (rows, pairs) = shape(database);
    bits_are_quicker(database.len(), rows, pairs).then_some(rows)
}

/// Whether so many items in so many rows, which meet so often, are better searched as bits.
pub fn bits_are_quicker(items: usize, rows: usize, pairs: u64) -> bool {
    // Bits of a word meet at once; a step of a walk is a few times a word's meeting.
    let words = (items * items / 2) as u64 * (rows as u64 / 64 + 1);
    words <= 4 * pairs + 64
}

/// How many rows there are, and how often two items to search meet in them.
fn shape(database: &Database) -> (usize, u64) {
    let items = database.len();
    let (mut starts, mut pairs, mut length) = (0, 0, 0u64);
    for entry in database.rows() {
        let start = *entry >= START;
        let item = (*entry as usize) < items;
        starts += usize::from(start);
        length = if start { 0 } else { length };
        pairs += if item { length } else { 0 };
        length += u64::from(item);
    }
    (starts, pairs)
}
