//! Found sets, packed: a million of them are a few large blocks, not a million small ones.

/// Sets of items with the number of baskets that hold them.
#[derive(Debug, Clone, Default)]
pub struct Itemsets {
    baskets: u64,
    blocks: Vec<Block>,
    /// How many sets there are up to the end of each block.
    ends: Vec<usize>,
}

/// One set. Its items are distinct, ascending after [`Itemsets::sort`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Itemset<'a> {
    pub items: &'a [u32],
    /// Baskets that hold all of them.
    pub count: u64,
}

impl Itemsets {
    /// How many sets there are.
    pub fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many baskets they were found in, empty ones included.
    pub fn baskets(&self) -> u64 {
        self.baskets
    }

    /// The set at a place, `None` beyond the last.
    pub fn get(&self, index: usize) -> Option<Itemset<'_>> {
        let block = self.ends.partition_point(|end| *end <= index);
        let start = if block == 0 { 0 } else { self.ends[block - 1] };
        self.blocks.get(block).map(|block| block.get(index - start))
    }

    pub fn iter(&self) -> impl Iterator<Item = Itemset<'_>> + Clone {
        self.blocks.iter().flat_map(|block| (0..block.len()).map(|index| block.get(index)))
    }

    /// Puts items within sets in ascending order, and sets by number of items, then by items. Without it both are in no
    /// particular order.
    pub fn sort(&mut self) {
        for block in &mut self.blocks {
            block.sort_items();
        }
        let mut sets: Vec<Itemset<'_>> = self.iter().collect();
        sets.sort_unstable_by(|a, b| a.items.len().cmp(&b.items.len()).then_with(|| a.items.cmp(b.items)));
        let items = sets.iter().map(|set| set.items.len()).sum();
        let mut sorted = Block::of(items, sets.len());
        for set in &sets {
            sorted.push(set.items, set.count as u32);
        }
        *self = Itemsets::of(self.baskets, vec![sorted]);
    }

    /// What they take.
    pub(super) fn bytes(&self) -> usize {
        self.blocks.iter().map(Block::bytes).sum()
    }

    pub(super) fn of(baskets: u64, blocks: Vec<Block>) -> Itemsets {
        let ends = blocks
            .iter()
            .scan(0, |end, block| {
                *end += block.len();
                Some(*end)
            })
            .collect();
        Itemsets { baskets, blocks, ends }
    }
}

/// Sets one after the other in memory that never moves.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    items: Vec<u32>,
    ends: Vec<usize>,
    counts: Vec<u32>,
}

/// Items in a block, at least at first and at most later, as blocks double.
const FIRST: usize = 1 << 10;
const LARGEST: usize = 1 << 18;

impl Block {
    pub fn of(items: usize, sets: usize) -> Block {
        Block { items: Vec::with_capacity(items), ends: Vec::with_capacity(sets), counts: Vec::with_capacity(sets) }
    }

    /// The block to go on with after this one, with room for a set of so many items.
    pub fn next(&self, items: usize) -> Block {
        let room = (self.items.capacity() * 2).clamp(FIRST, LARGEST);
        Block::of(room.max(items), room / 4)
    }

    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// What it takes when full.
    pub fn bytes(&self) -> usize {
        self.items.capacity() * size_of::<u32>() + self.counts.capacity() * (size_of::<u32>() + size_of::<usize>())
    }

    /// Adds a set; false where there is no room left.
    #[inline]
    pub fn push(&mut self, items: &[u32], count: u32) -> bool {
        if self.items.capacity() - self.items.len() < items.len() || self.counts.len() == self.counts.capacity() {
            return false;
        }
        self.items.extend_from_slice(items);
        self.ends.push(self.items.len());
        self.counts.push(count);
        true
    }

    fn get(&self, index: usize) -> Itemset<'_> {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        Itemset { items: &self.items[start..self.ends[index]], count: u64::from(self.counts[index]) }
    }

    fn sort_items(&mut self) {
        let mut start = 0;
        for end in &self.ends {
            self.items[start..*end].sort_unstable();
            start = *end;
        }
    }
}
