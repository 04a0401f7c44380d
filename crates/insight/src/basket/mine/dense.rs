//! The search where baskets have many of the items: an item is a row of bits, one for each basket, and sets are found by
//! meeting rows (Eclat; Zaki, *Scalable algorithms for association mining*, 2000).

use super::budget::{Budget, Stop};
use super::database::Database;
use super::kernel::{Meet, meet};
use super::rows::{Rows, START};
use super::sink::Sink;
use super::worker::{Task, Worker};

/// A thread gives searches away that have more items than this.
pub const WORTH_GIVING: usize = 8;

/// Rows of all depths, one depth after the other.
pub struct Dense {
    pub words: Vec<u64>,
    /// Where rows start that stay beside a depth, in closed searches.
    pub beside: Vec<usize>,
    counts: Vec<u32>,
    names: Vec<u32>,
    picks: Vec<u32>,
    meet: Meet,
}

/// The rows of a depth: `len` of them from `row` on, of so many words from `word` on.
#[derive(Debug, Clone, Copy)]
pub struct Depth {
    pub row: usize,
    pub len: usize,
    pub word: usize,
    pub width: usize,
    /// The part of [`Dense::beside`] that belongs to it.
    pub beside: usize,
    pub beside_end: usize,
}

impl Default for Dense {
    fn default() -> Dense {
        Dense {
            words: Vec::new(),
            beside: Vec::new(),
            counts: Vec::new(),
            names: Vec::new(),
            picks: Vec::new(),
            meet: meet(),
        }
    }
}

/// Items as rows of bits, by itself.
pub struct Table {
    names: Vec<u32>,
    counts: Vec<u32>,
    /// Rows of the items, and after them those that stay beside.
    words: Vec<u64>,
    width: usize,
}

impl Table {
    /// All rows, items under those names.
    pub fn of(rows: &Rows, names: Vec<u32>) -> Table {
        let width = rows.len().div_ceil(64).max(1);
        let mut words = vec![0; rows.items() * width];
        for (number, row) in rows.all().enumerate() {
            for item in row {
                words[*item as usize * width + number / 64] |= 1 << (number % 64);
            }
        }
        Table { names, counts: rows.counts.clone(), words, width }
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }
}

impl<S: Sink> Worker<'_, S> {
    /// All sets of the path with items of the database, which has so many rows.
    pub fn search_bits(&mut self, database: &Database, rows: usize) -> Result<(), Stop> {
        let depth = self.dense.first(database, rows, self.budget)?;
        self.meet_all(depth)
    }

    /// All sets of the path with items of the table.
    pub fn meet_table(&mut self, table: &Table) -> Result<(), Stop> {
        let depth = self.dense.load(table, table.len(), self.budget)?;
        self.meet_all(depth)
    }

    /// All sets of the path, an item of the table, and items before it.
    pub fn meet_from_table(&mut self, table: &Table, item: usize) -> Result<(), Stop> {
        let depth = self.dense.load(table, item + 1, self.budget)?;
        self.meet_from(depth, item)
    }

    /// All sets of the path with items of the depth.
    fn meet_all(&mut self, depth: Depth) -> Result<(), Stop> {
        (0..depth.len).rev().try_for_each(|item| self.meet_from(depth, item))
    }

    /// All sets of the path, an item of the depth, and items before it.
    fn meet_from(&mut self, depth: Depth, item: usize) -> Result<(), Stop> {
        let perfect = self.path.perfect.len();
        let count = self.dense.counts[depth.row + item];
        self.path.base.push(self.dense.names[depth.row + item]);
        let deeper = if item > 0 && self.path.base.len() < self.goal.most_items {
            self.dense.meet(depth, item, self.goal.least, self.budget)?
        } else {
            Depth { len: 0, ..depth }
        };
        let deeper = self.set_perfect_aside(deeper, count);
        self.sink.powerset(&self.path, count)?;
        if deeper.len > WORTH_GIVING && self.queue.hungry() {
            self.queue.offer(Task::Dense(self.path.clone(), self.dense.unload(deeper)));
        } else {
            self.meet_all(deeper)?;
        }
        self.path.perfect.truncate(perfect);
        self.path.base.pop();
        Ok(())
    }

    /// Takes rows with all bits off a depth and onto the path.
    pub fn set_perfect_aside(&mut self, depth: Depth, count: u32) -> Depth {
        let Depth { row, len, word, width, .. } = depth;
        let Some(first) = self.dense.counts[row..row + len].iter().position(|met| *met == count) else { return depth };
        let mut kept = first;
        for at in first..len {
            if self.dense.counts[row + at] == count {
                self.path.perfect.push(self.dense.names[row + at]);
            } else {
                self.dense.counts[row + kept] = self.dense.counts[row + at];
                self.dense.names[row + kept] = self.dense.names[row + at];
                self.dense.words.copy_within(word + at * width..word + (at + 1) * width, word + kept * width);
                kept += 1;
            }
        }
        Depth { len: kept, ..depth }
    }
}

impl Dense {
    /// The items of a database, which has so many rows, as the only depth, with those beside the search beside it.
    pub fn first(&mut self, database: &Database, rows: usize, budget: &Budget) -> Result<Depth, Stop> {
        let (len, beside, width) = (database.len(), database.len_beside(), rows.div_ceil(64).max(1));
        let depth = self.only(len, width, beside, budget)?;
        self.names[..len].copy_from_slice(&database.names[..len]);
        self.counts[..len].copy_from_slice(&database.counts[..len]);
        let words = &mut self.words[..(len + beside) * width];
        words.fill(0);
        fill(words, width, database);
        Ok(depth)
    }

    /// The first rows of a table as the only depth, with those beside it.
    pub fn load(&mut self, table: &Table, len: usize, budget: &Budget) -> Result<Depth, Stop> {
        let width = table.width;
        let depth = self.only(len, width, table.words.len() / width - table.len(), budget)?;
        self.names[..len].copy_from_slice(&table.names[..len]);
        self.counts[..len].copy_from_slice(&table.counts[..len]);
        let (items, beside) = table.words.split_at(table.len() * width);
        self.words[..len * width].copy_from_slice(&items[..len * width]);
        self.words[len * width..][..beside.len()].copy_from_slice(beside);
        Ok(depth)
    }

    pub fn unload(&self, depth: Depth) -> Table {
        let Depth { row, len, word, width, .. } = depth;
        let mut words = self.words[word..word + len * width].to_vec();
        for word in &self.beside[depth.beside..depth.beside_end] {
            words.extend_from_slice(&self.words[*word..*word + width]);
        }
        Table { names: self.names[row..row + len].to_vec(), counts: self.counts[row..row + len].to_vec(), words, width }
    }

    fn only(&mut self, len: usize, width: usize, beside: usize, budget: &Budget) -> Result<Depth, Stop> {
        self.room(len + beside, (len + beside) * width, budget)?;
        self.beside.clear();
        self.beside.extend((len..len + beside).map(|row| row * width));
        Ok(Depth { row: 0, len, word: 0, width, beside: 0, beside_end: beside })
    }

    pub fn name(&self, depth: Depth, item: usize) -> u32 {
        self.names[depth.row + item]
    }

    pub fn count(&self, depth: Depth, item: usize) -> u32 {
        self.counts[depth.row + item]
    }

    pub fn row(&self, depth: Depth, item: usize) -> &[u64] {
        &self.words[depth.word + item * depth.width..][..depth.width]
    }

    fn room(&mut self, rows: usize, words: usize, budget: &Budget) -> Result<(), Stop> {
        if self.words.len() < words {
            let words = words.next_power_of_two();
            budget.take(8 * (words - self.words.len()))?;
            self.words.resize(words, 0);
        }
        if self.counts.len() < rows {
            let rows = rows.next_power_of_two();
            budget.take(12 * (rows - self.counts.len()))?;
            self.counts.resize(rows, 0);
            self.names.resize(rows, 0);
            self.picks.resize(rows, 0);
        }
        Ok(())
    }

    /// Meets an item with those before it; what is frequent is the next depth.
    pub fn meet(&mut self, depth: Depth, item: usize, least: u32, budget: &Budget) -> Result<Depth, Stop> {
        let Depth { row, len, word, width, .. } = depth;
        // What is beside the first depth lies between it and the next.
        let beside = if word == 0 { depth.beside_end } else { 0 };
        let deeper =
            Depth { row: row + len, len: 0, word: word + (len + beside) * width, width, beside: 0, beside_end: 0 };
        self.room(deeper.row + item, deeper.word + item * width, budget)?;
        let (above, below) = self.words.split_at_mut(deeper.word);
        let rows = &above[word..word + item * width];
        let with = &above[word + item * width..word + (item + 1) * width];
        let counts = &mut self.counts[deeper.row..];
        let len = (self.meet)(rows, with, least, below, counts, &mut self.picks);
        for at in 0..len {
            self.names[deeper.row + at] = self.names[row + self.picks[at] as usize];
        }
        Ok(Depth { len, ..deeper })
    }
}

fn fill(words: &mut [u64], width: usize, database: &Database) {
    let mut row = usize::MAX;
    for entry in database.rows() {
        if *entry >= START {
            row = row.wrapping_add(1);
        } else {
            words[*entry as usize * width + row / 64] |= 1 << (row % 64);
        }
    }
}
