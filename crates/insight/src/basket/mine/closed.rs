//! Closed and maximal sets where baskets have few of the items. A branch is left as soon as an item that it cannot take
//! any more is in all of its baskets: its closed sets are those of another branch (prefix-preserving closure extension;
//! Uno, Asai, Uchida, Arimura, *An efficient algorithm for enumerating closed patterns in transaction databases*, 2004).
//!
//! Here the names of items are their ranks among all.

use super::budget::Stop;
use super::database::{Database, GIVEN};
use super::prefixes::{Around, Whole};
use super::rows::START;
use super::sink::Sink;
use super::sparse::{From, quicker_as_bits};
use super::worker::{Task, Worker};

impl<S: Sink> Worker<'_, S> {
    /// All closed (maximal) sets of the path with items of the database.
    pub fn close(&mut self, database: &Database) -> Result<(), Stop> {
        for item in (0..database.len()).rev() {
            let (from, places) = database.from(item);
            self.close_from(from, places)?;
        }
        Ok(())
    }

    /// All closed (maximal) sets of the path, an item, and items before it.
    pub fn close_from(&mut self, from: From<'_>, rows: impl Around) -> Result<(), Stop> {
        if self.covered(rows) {
            return Ok(());
        }
        let perfect = self.path.perfect.len();
        self.path.base.push(from.names[from.item]);
        let (mut frequent, mut beside) = (self.lists.pop().unwrap_or_default(), self.lists.pop().unwrap_or_default());
        let mut steps = rows.count(self.goal.least, &mut self.table, &mut frequent);
        self.set_always_aside(from, &mut frequent);
        if !frequent.is_empty() || self.goal.maximal {
            steps += self.count_after(rows, &mut beside);
        }
        if !self.goal.maximal || (frequent.is_empty() && beside.is_empty()) {
            self.found(from.count)?;
        }
        if frequent.is_empty() || self.path.len() >= self.goal.most_items {
            self.forget_all(from, rows, steps);
        } else {
            let mut next = self.spare.pop().unwrap_or_default();
            self.project_all(from, rows, steps, (&mut frequent, &mut beside), &mut next)?;
            self.close_projected(&mut next)?;
            self.spare.push(next);
        }
        for mut list in [frequent, beside] {
            list.clear();
            self.lists.push(list);
        }
        self.path.perfect.truncate(perfect);
        self.path.base.pop();
        Ok(())
    }

    /// Whether an item after that of these rows is in all of them.
    fn covered(&mut self, rows: impl Around) -> bool {
        let mut rows = rows.after();
        self.left.clear();
        self.left.extend(rows.next().into_iter().flatten());
        for row in rows {
            if self.left.is_empty() {
                return false;
            }
            let mut row = row.peekable();
            self.left.retain(|item| {
                while row.next_if(|other| other < item).is_some() {}
                row.peek() == Some(item)
            });
        }
        !self.left.is_empty()
    }

    /// Counts what is after the item of these rows; what is frequent goes to `beside`. Gives how many steps that took.
    fn count_after(&mut self, rows: impl Around, beside: &mut Vec<u32>) -> usize {
        let mut steps = 0;
        for item in rows.after().flatten() {
            let count = &mut self.table[item as usize];
            *count += 1;
            if *count == self.goal.least {
                beside.push(item);
            }
            steps += 1;
        }
        steps
    }

    /// Writes frequent items of rows to another database, those to search and those beside it. Clears the table.
    fn project_all(
        &mut self,
        from: From<'_>,
        rows: impl Around,
        steps: usize,
        (frequent, beside): (&mut [u32], &mut [u32]),
        next: &mut Database,
    ) -> Result<(), Stop> {
        frequent.sort_unstable();
        beside.sort_unstable();
        next.clear(rows.size() + steps, self.budget)?;
        for (number, other) in (0..).zip(frequent.iter().chain(&*beside)) {
            next.names.push(from.names[*other as usize]);
            next.counts.push(self.table[*other as usize]);
            self.table[*other as usize] = GIVEN | number;
        }
        next.beside = frequent.len();
        next.add(Whole(rows), &self.table, self.goal.shortest);
        self.forget_all(from, rows, steps);
        Ok(())
    }

    /// As [`Worker::forget`], also after what is after the item was counted.
    fn forget_all(&mut self, from: From<'_>, rows: impl Around, steps: usize) {
        if steps > from.names.len() / 8 {
            self.table[..from.names.len()].fill(0);
        } else {
            rows.all_backwards(|entry| {
                if entry < START {
                    self.table[entry as usize] = 0;
                }
            });
        }
    }

    fn close_projected(&mut self, database: &mut Database) -> Result<(), Stop> {
        match quicker_as_bits(database) {
            Some(rows) => self.close_bits(database, rows),
            None => {
                database.index(true);
                if self.queue.hungry() && database.len() > 16 {
                    self.queue.offer(Task::Sparse(self.path.clone(), std::mem::take(database)));
                    return Ok(());
                }
                self.close(database)
            }
        }
    }

    /// The path's set is one of those sought.
    pub fn found(&mut self, count: u32) -> Result<(), Stop> {
        let mut set = std::mem::take(&mut self.left);
        set.clear();
        set.extend(self.path.items().map(|rank| self.rows.names[rank as usize]));
        let told = self.sink.set(&set, count);
        self.left = set;
        told
    }
}
