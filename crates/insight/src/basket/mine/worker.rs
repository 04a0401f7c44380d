//! What a thread needs to search: its scratch, its place, and where its sets go.

use super::super::Family;
use super::budget::{Budget, Stop};
use super::database::Database;
use super::dense::{Dense, Table};
use super::prefixes::{Bucket, Cut};
use super::queue::{Present, Queue, Work};
use super::rows::{Buckets, Range, Rows};
use super::sink::{Path, Sink};
use super::sparse::From;

/// What is searched for.
#[derive(Debug, Clone, Copy)]
pub struct Goal {
    /// Baskets that a set must be in.
    pub least: u32,
    /// Items that a set may have.
    pub most_items: usize,
    pub family: Family,
    /// Rows of fewer items are of no interest: nothing is bought together with a single item, but what is in all baskets
    /// is told by those of single items too.
    pub shortest: usize,
    pub maximal: bool,
}

/// How all baskets are searched, and what is there to do.
pub enum Plan {
    /// Range by range, with what buckets of each item take.
    Sparse { ranges: Vec<Range>, reach: Vec<usize> },
    /// Item by item.
    Dense(Table),
}

impl Plan {
    /// How many parts there are.
    pub fn len(&self) -> usize {
        match self {
            Plan::Sparse { ranges, .. } => ranges.len(),
            Plan::Dense(table) => table.len(),
        }
    }
}

/// A part of a search that another thread may do: all sets of a path with items of what it comes with.
pub enum Task {
    Sparse(Path, Database),
    Dense(Path, Table),
}

pub struct Worker<'a, S> {
    pub goal: Goal,
    pub budget: &'a Budget,
    pub queue: &'a Queue<Task>,
    pub rows: &'a Rows,
    pub sink: S,
    pub path: Path,
    /// By item: a count, or a number given. All zero between uses.
    pub table: Vec<u32>,
    /// Frequent extensions, a list a depth.
    pub lists: Vec<Vec<u32>>,
    /// Databases to use again.
    pub spare: Vec<Database>,
    pub dense: Dense,
    buckets: Buckets,
    /// In closed searches the names of items there: their ranks.
    ranks: Vec<u32>,
    /// Items that are left of some.
    pub left: Vec<u32>,
}

impl<'a, S: Sink> Worker<'a, S> {
    pub fn new(goal: Goal, budget: &'a Budget, queue: &'a Queue<Task>, rows: &'a Rows, sink: S) -> Worker<'a, S> {
        Worker {
            goal,
            budget,
            queue,
            rows,
            sink,
            path: Path::default(),
            table: Vec::new(),
            lists: Vec::new(),
            spare: Vec::new(),
            dense: Dense::default(),
            buckets: Buckets::default(),
            ranks: Vec::new(),
            left: Vec::new(),
        }
    }

    /// Takes part in the search until it is over.
    pub fn work(&mut self, plan: &Plan) {
        let _present = Present(self.queue);
        if self.work_off(plan) == Err(Stop) {
            self.queue.close();
        }
    }

    fn work_off(&mut self, plan: &Plan) -> Result<(), Stop> {
        let closing = self.goal.family != Family::All;
        // Also what is counted without need has a place.
        self.budget.take(9 * self.rows.items())?;
        self.table.resize(self.rows.items() + 1, 0);
        if closing {
            self.ranks.extend(0..self.rows.items() as u32);
        }
        while let Some(work) = self.queue.next() {
            self.budget.go_on()?;
            match (work, plan) {
                (Work::Part(part), Plan::Sparse { ranges, reach }) => self.search_range(ranges[part], reach)?,
                (Work::Part(item), Plan::Dense(table)) if closing => self.close_from_table(table, item)?,
                (Work::Part(item), Plan::Dense(table)) => self.meet_from_table(table, item)?,
                (Work::Task(Task::Sparse(path, database)), _) => {
                    self.path = path;
                    if closing {
                        self.close(&database)?
                    } else {
                        self.search(&database)?
                    }
                    self.path = Path::default();
                    self.spare.push(database);
                }
                (Work::Task(Task::Dense(path, table)), _) => {
                    self.path = path;
                    if closing {
                        self.close_table(&table)?
                    } else {
                        self.meet_table(&table)?
                    }
                    self.path = Path::default();
                }
            }
        }
        Ok(())
    }

    fn search_range(&mut self, range: Range, reach: &[usize]) -> Result<(), Stop> {
        let closing = self.goal.family != Family::All;
        let (mut buckets, ranks) = (std::mem::take(&mut self.buckets), std::mem::take(&mut self.ranks));
        buckets.fill(self.rows, range, reach, closing, self.budget)?;
        for (item, bucket) in buckets.each() {
            self.budget.go_on()?;
            let count = self.rows.counts[item];
            if closing {
                let rows = Cut { bucket: Bucket(bucket), rows: self.rows };
                self.close_from(From { item, count, names: &ranks }, rows)?;
            } else {
                self.search_from(From { item, count, names: &self.rows.names }, Bucket(bucket))?;
            }
        }
        self.ranks = ranks;
        self.buckets = buckets;
        Ok(())
    }
}
