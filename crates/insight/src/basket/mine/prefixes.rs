//! What is before an item, and after it, in the rows that have it, wherever these rows are.

use super::database::Database;
use super::rows::{Rows, START};

/// Rows to walk through from the last to the first.
pub trait Backwards: Copy {
    /// Shows the items of a row from the last to the first and after them its start; so with all rows.
    fn backwards(self, see: impl FnMut(u32));
}

/// Rows up to an item.
pub trait Prefixes: Backwards {
    /// Adds the items to a table of counts; those that reach `least` go to `frequent`. The last slot of the table may be
    /// used for anything. Gives how many steps that took.
    fn count(self, least: u32, table: &mut [u32], frequent: &mut Vec<u32>) -> usize;

    /// How many items and starts there are, or a little more.
    fn size(self) -> usize;
}

/// Rows up to an item, and what is after it.
pub trait Around: Prefixes {
    /// What is after the item, row by row, ascending.
    fn after(self) -> impl Iterator<Item = impl Iterator<Item = u32>>;

    /// As [`Backwards::backwards`], with what is after the item. The item itself may be among what is shown.
    fn all_backwards(self, see: impl FnMut(u32));
}

/// Rows with what is after the item.
#[derive(Clone, Copy)]
pub struct Whole<R>(pub R);

impl<R: Around> Backwards for Whole<R> {
    #[inline]
    fn backwards(self, see: impl FnMut(u32)) {
        self.0.all_backwards(see);
    }
}

/// Rows that were copied together.
#[derive(Clone, Copy)]
pub struct Bucket<'a>(pub &'a [u32]);

impl Backwards for Bucket<'_> {
    #[inline]
    fn backwards(self, see: impl FnMut(u32)) {
        self.0.iter().rev().copied().for_each(see);
    }
}

impl Prefixes for Bucket<'_> {
    #[inline]
    fn count(self, least: u32, table: &mut [u32], frequent: &mut Vec<u32>) -> usize {
        let waste = table.len() - 1;
        for entry in self.0 {
            // Starts are counted too, where it does no harm: that is quicker than telling them apart.
            let count = &mut table[(*entry as usize).min(waste)];
            *count += 1;
            if *count == least && *entry < START {
                frequent.push(*entry);
            }
        }
        self.0.len()
    }

    fn size(self) -> usize {
        self.0.len()
    }
}

/// Rows that were copied together up to an item, of which the rest is where they come from.
#[derive(Clone, Copy)]
pub struct Cut<'a> {
    pub bucket: Bucket<'a>,
    pub rows: &'a Rows,
}

impl<'a> Cut<'a> {
    /// What is after the item in a row, of which so many items are before it.
    fn rest(self, start: u32, before: usize) -> &'a [u32] {
        let row = self.rows.row((start ^ START) as usize);
        &row[before + 1..]
    }
}

impl Backwards for Cut<'_> {
    #[inline]
    fn backwards(self, see: impl FnMut(u32)) {
        self.bucket.backwards(see);
    }
}

impl Prefixes for Cut<'_> {
    #[inline]
    fn count(self, least: u32, table: &mut [u32], frequent: &mut Vec<u32>) -> usize {
        self.bucket.count(least, table, frequent)
    }

    fn size(self) -> usize {
        self.bucket.size()
    }
}

impl Around for Cut<'_> {
    #[inline]
    fn after(self) -> impl Iterator<Item = impl Iterator<Item = u32>> {
        let rows = self.bucket.0.chunk_by(|_, next| *next < START);
        rows.map(move |row| self.rest(row[0], row.len() - 1).iter().copied())
    }

    #[inline]
    fn all_backwards(self, mut see: impl FnMut(u32)) {
        let mut end = self.bucket.0.len();
        while end > 0 {
            let start = self.bucket.0[..end].iter().rposition(|entry| *entry >= START).unwrap_or(0);
            let row = &self.bucket.0[start..end];
            self.rest(row[0], row.len() - 1).iter().rev().copied().for_each(&mut see);
            row.iter().rev().copied().for_each(&mut see);
            end = start;
        }
    }
}

/// Rows of a database where it has an item.
#[derive(Clone, Copy)]
pub struct Places<'a> {
    pub database: &'a Database,
    pub places: &'a [u32],
}

impl Backwards for Places<'_> {
    #[inline]
    fn backwards(self, mut see: impl FnMut(u32)) {
        for place in self.places.iter().rev() {
            for entry in self.database.until(*place).iter().rev() {
                see(*entry);
                if *entry >= START {
                    break;
                }
            }
        }
    }
}

impl Prefixes for Places<'_> {
    #[inline]
    fn count(self, least: u32, table: &mut [u32], frequent: &mut Vec<u32>) -> usize {
        let mut steps = self.places.len();
        for place in self.places {
            for item in self.database.until(*place).iter().rev() {
                if *item >= START {
                    break;
                }
                let count = &mut table[*item as usize];
                *count += 1;
                if *count == least {
                    frequent.push(*item);
                }
                steps += 1;
            }
        }
        steps
    }

    fn size(self) -> usize {
        self.database.rows().len()
    }
}

impl Around for Places<'_> {
    #[inline]
    fn after(self) -> impl Iterator<Item = impl Iterator<Item = u32>> {
        let rest = move |place: &u32| self.database.after(*place).iter().copied().take_while(|entry| *entry < START);
        self.places.iter().map(rest)
    }

    #[inline]
    fn all_backwards(self, mut see: impl FnMut(u32)) {
        for place in self.places.iter().rev() {
            let after = self.database.after(*place);
            let end = after.iter().position(|entry| *entry >= START).unwrap_or(after.len());
            after[..end].iter().rev().copied().for_each(&mut see);
            for entry in self.database.until(*place).iter().rev() {
                see(*entry);
                if *entry >= START {
                    break;
                }
            }
        }
    }
}
