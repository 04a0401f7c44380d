//! Where found sets go: packed into blocks, or counted only.

use super::super::itemsets::Block;
use super::budget::{Budget, Stop};

/// The set that the search stands at.
#[derive(Debug, Clone, Default)]
pub struct Path {
    /// Items that were chosen one after the other.
    pub base: Vec<u32>,
    /// Items that are in all baskets of the chosen ones: each set of chosen items is one with any of these too, of the
    /// same support (perfect extensions; Borgelt, Kruse 2002, and closure in Uno's LCM).
    pub perfect: Vec<u32>,
}

impl Path {
    pub fn len(&self) -> usize {
        self.base.len() + self.perfect.len()
    }

    pub fn items(&self) -> impl Iterator<Item = u32> {
        self.base.iter().chain(&self.perfect).copied()
    }
}

pub trait Sink: Send {
    /// The path's base with all subsets of its perfect extensions.
    fn powerset(&mut self, path: &Path, count: u32) -> Result<(), Stop>;

    /// One set.
    fn set(&mut self, items: &[u32], count: u32) -> Result<(), Stop>;
}

/// Which lengths are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Lengths {
    pub least: usize,
    pub most: usize,
}

/// Keeps all sets.
pub struct Keep<'a> {
    pub blocks: Vec<Block>,
    block: Block,
    lengths: Lengths,
    budget: &'a Budget,
    scratch: Vec<u32>,
}

impl<'a> Keep<'a> {
    pub fn new(lengths: Lengths, budget: &'a Budget) -> Keep<'a> {
        Keep { blocks: Vec::new(), block: Block::default(), lengths, budget, scratch: Vec::new() }
    }

    /// All blocks, after the last set.
    pub fn finish(mut self) -> Vec<Block> {
        self.blocks.push(self.block);
        self.blocks
    }

    #[inline]
    fn push(&mut self, items: &[u32], count: u32) -> Result<(), Stop> {
        if !self.block.push(items, count) {
            let next = self.block.next(items.len());
            self.budget.take(next.bytes())?;
            self.budget.found(self.block.len() as u64)?;
            let full = std::mem::replace(&mut self.block, next);
            if full.len() > 0 {
                self.blocks.push(full);
            }
            self.block.push(items, count);
        }
        Ok(())
    }

    /// The scratch set with each subset of the items from `at` on.
    fn expand(&mut self, perfect: &[u32], count: u32) -> Result<(), Stop> {
        if self.scratch.len() >= self.lengths.least {
            let set = std::mem::take(&mut self.scratch);
            let pushed = self.push(&set, count);
            self.scratch = set;
            pushed?;
        }
        if self.scratch.len() < self.lengths.most {
            for (at, item) in perfect.iter().enumerate() {
                self.scratch.push(*item);
                self.expand(&perfect[at + 1..], count)?;
                self.scratch.pop();
            }
        }
        Ok(())
    }
}

impl Sink for Keep<'_> {
    #[inline]
    fn powerset(&mut self, path: &Path, count: u32) -> Result<(), Stop> {
        let length = path.base.len();
        if !path.perfect.is_empty() {
            self.scratch.clear();
            self.scratch.extend_from_slice(&path.base);
            if length <= self.lengths.most { self.expand(&path.perfect, count) } else { Ok(()) }
        } else if length >= self.lengths.least && length <= self.lengths.most {
            self.push(&path.base, count)
        } else {
            Ok(())
        }
    }

    fn set(&mut self, items: &[u32], count: u32) -> Result<(), Stop> {
        let wanted = items.len() >= self.lengths.least && items.len() <= self.lengths.most;
        if wanted { self.push(items, count) } else { Ok(()) }
    }
}

/// Counts sets by their number of items.
pub struct Count<'a> {
    pub by_items: Vec<u64>,
    lengths: Lengths,
    budget: &'a Budget,
    untold: u64,
}

impl<'a> Count<'a> {
    pub fn new(lengths: Lengths, budget: &'a Budget) -> Count<'a> {
        Count { by_items: Vec::new(), lengths, budget, untold: 0 }
    }

    #[inline]
    fn add(&mut self, length: usize, sets: u64) -> Result<(), Stop> {
        if length < self.lengths.least || length > self.lengths.most {
            return Ok(());
        }
        if self.by_items.len() <= length {
            self.by_items.resize(length + 1, 0);
        }
        self.by_items[length] = self.by_items[length].saturating_add(sets);
        self.untold = self.untold.saturating_add(sets);
        if self.untold >= 1 << 12 { self.tell() } else { Ok(()) }
    }

    pub fn tell(&mut self) -> Result<(), Stop> {
        self.budget.found(std::mem::take(&mut self.untold))
    }
}

impl Sink for Count<'_> {
    #[inline]
    fn powerset(&mut self, path: &Path, _count: u32) -> Result<(), Stop> {
        let (length, more) = (path.base.len(), path.perfect.len());
        // C(more, chosen), each from the one before.
        let mut ways = 1u128;
        for chosen in 0..=more {
            self.add(length + chosen, u64::try_from(ways).unwrap_or(u64::MAX))?;
            ways = ways.saturating_mul((more - chosen) as u128) / (chosen as u128 + 1);
        }
        Ok(())
    }

    fn set(&mut self, items: &[u32], _count: u32) -> Result<(), Stop> {
        self.add(items.len(), 1)
    }
}
