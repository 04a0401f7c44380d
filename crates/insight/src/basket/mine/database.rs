//! The baskets of some itemset, small enough to jump about in.

use super::budget::{Budget, Stop};
use super::prefixes::Backwards;
use super::rows::START;

/// Rows without what is too rare in them. Items have numbers from 0, in the order of their ranks.
#[derive(Debug, Default)]
pub struct Database {
    /// What items are called outside.
    pub names: Vec<u32>,
    /// Baskets with each item.
    pub counts: Vec<u32>,
    /// Items from this number on are beside the search: no set takes them, but those that they could be added to are not
    /// closed, or not maximal.
    pub beside: usize,
    /// Row after row from `first` on, each a start and ascending items.
    entries: Vec<u32>,
    first: usize,
    /// Where in `entries` each item is: `places[bounds[i]..bounds[i + 1]]`.
    places: Vec<u32>,
    bounds: Vec<u32>,
}

impl Database {
    /// How many items there are to search.
    pub fn len(&self) -> usize {
        self.beside
    }

    /// How many there are beside them.
    pub fn len_beside(&self) -> usize {
        self.names.len() - self.beside
    }

    /// The places of an item.
    pub fn places(&self, item: usize) -> &[u32] {
        &self.places[self.bounds[item] as usize..self.bounds[item + 1] as usize]
    }

    /// Up to a place, all rows.
    #[inline]
    pub fn until(&self, place: u32) -> &[u32] {
        &self.entries[..place as usize]
    }

    /// From after a place on, all rows.
    #[inline]
    pub fn after(&self, place: u32) -> &[u32] {
        &self.entries[place as usize + 1..]
    }

    pub fn rows(&self) -> &[u32] {
        &self.entries[self.first..]
    }

    /// Makes it empty, with room for so many entries.
    pub fn clear(&mut self, entries: usize, budget: &Budget) -> Result<(), Stop> {
        self.names.clear();
        self.counts.clear();
        if self.entries.len() < entries {
            // And places, later.
            budget.take(8 * (entries - self.entries.len()))?;
            self.entries.resize(entries, 0);
        }
        self.first = self.entries.len();
        Ok(())
    }

    /// Adds rows: items by the number that `given` has for them, those without left out, rows of fewer than `shortest`, or
    /// of none to search, left out.
    #[inline]
    pub fn add(&mut self, rows: impl Backwards, given: &[u32], shortest: usize) {
        let (mut first, mut end) = (self.first, self.first);
        rows.backwards(|entry| {
            if entry >= START {
                if end - first >= shortest && (self.entries[first] as usize) < self.beside {
                    first -= 1;
                    self.entries[first] = entry;
                } else {
                    first = end;
                }
                end = first;
            } else {
                // Written in any case and kept by moving on: whether an item is frequent here is hard to foretell.
                let number = given[entry as usize];
                self.entries[first - 1] = number ^ GIVEN;
                first -= usize::from(number >= GIVEN);
            }
        });
        self.first = first;
    }

    /// Finds the places of all items to search; without those at the start of a row, which have nothing before them, or all.
    pub fn index(&mut self, all: bool) {
        let items = self.len();
        let sought = |pair: &[u32]| (pair[1] as usize) < items && (all || pair[0] < START);
        self.bounds.clear();
        self.bounds.resize(items + 2, 0);
        let rows = &self.entries[self.first..];
        // Counted two further on, so that filling moves each bound to where it belongs.
        for pair in rows.windows(2) {
            if sought(pair) {
                self.bounds[pair[1] as usize + 2] += 1;
            }
        }
        for item in 2..items + 2 {
            self.bounds[item] += self.bounds[item - 1];
        }
        self.places.clear();
        self.places.resize(self.bounds[items + 1] as usize, 0);
        for (place, pair) in (self.first + 1..).zip(rows.windows(2)) {
            if sought(pair) {
                let bound = &mut self.bounds[pair[1] as usize + 1];
                self.places[*bound as usize] = place as u32;
                *bound += 1;
            }
        }
    }
}

/// Marks a number given among counts.
pub const GIVEN: u32 = 1 << 31;
