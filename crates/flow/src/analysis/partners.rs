//! What goes best with each item: for one item after another, how often every other is in its baskets, of which the best few
//! are kept. No list of all pairs is made, which would be as long as the square of the products.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use insight::basket::{Baskets, Contingency, Error};

use super::Room;

#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Partners of an item.
    pub each: usize,
    /// Fewer common baskets are left out.
    pub min_count: u64,
    pub room: Room,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Partner {
    pub item: u32,
    pub partner: u32,
    pub counts: Contingency,
}

/// By item, then from the highest certainty down; those alike by common baskets, then by item.
#[derive(Debug, Default, PartialEq)]
pub struct Partners {
    pub found: Vec<Partner>,
    /// What might have been found: each item that is in baskets enough with each other.
    pub looked_at: u64,
}

/// Items looked at by a thread at a time.
const CHUNK: usize = 32;
/// Counts looked at together.
const BLOCK: usize = 32;

/// Only partners that are bought together more often than chance has it. Each item is at most once in a basket, and items
/// are numbered from 0.
pub fn partners(baskets: Baskets<'_>, wanted: Wanted) -> Result<Partners, Error> {
    let items = baskets.items().iter().max().map_or(0, |most| *most as usize + 1);
    let taken = 4 * baskets.items().len() + 24 * items * wanted.room.threads.max(1);
    if taken > wanted.room.memory {
        return Err(Error::Memory { limit: wanted.room.memory, doing: "finding what goes with each item", found: 0 });
    }
    let index = Index::of(baskets, items);
    let chunks = items.div_ceil(CHUNK);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut counter = Counter::new(&index, baskets, wanted);
        let mut found = Vec::new();
        loop {
            let chunk = next.fetch_add(1, Ordering::Relaxed);
            if chunk >= chunks {
                return found;
            }
            let range = chunk * CHUNK..items.min((chunk + 1) * CHUNK);
            found.push((chunk, range.flat_map(|item| counter.best(item as u32)).collect::<Vec<_>>()));
        }
    };
    let threads = wanted.room.threads.clamp(1, chunks.max(1));
    let mut found = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut found = work();
        for other in others {
            match other.join() {
                Ok(more) => found.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        found
    });
    found.sort_unstable_by_key(|(chunk, _)| *chunk);
    let common = (0..items).filter(|item| index.list(*item).len() as u64 >= wanted.min_count).count() as u64;
    let found = found.into_iter().flat_map(|(_, partners)| partners).collect();
    Ok(Partners { found, looked_at: common * common.saturating_sub(1) })
}

/// The baskets of each item.
struct Index {
    baskets: Vec<u32>,
    ends: Vec<usize>,
    starts: Vec<usize>,
}

impl Index {
    fn of(baskets: Baskets<'_>, items: usize) -> Index {
        let mut ends = vec![0usize; items + 1];
        baskets.items().iter().for_each(|item| ends[*item as usize + 1] += 1);
        for item in 0..items {
            ends[item + 1] += ends[item];
        }
        let mut lists = vec![0u32; baskets.items().len()];
        let mut starts = vec![0usize];
        for (basket, row) in baskets.rows().enumerate() {
            for item in row {
                let place = &mut ends[*item as usize];
                lists[*place] = basket as u32;
                *place += 1;
            }
            starts.push(starts[basket] + row.len());
        }
        // Each entry has moved from where its list begins to where it ends.
        Index { baskets: lists, ends, starts }
    }

    fn list(&self, item: usize) -> &[u32] {
        let start = if item == 0 { 0 } else { self.ends[item - 1] };
        &self.baskets[start..self.ends[item]]
    }
}

/// One thread's counts.
struct Counter<'a> {
    index: &'a Index,
    items: &'a [u32],
    baskets: u64,
    wanted: Wanted,
    /// Common baskets with the item at hand, by item.
    both: Vec<u32>,
    /// Of each item, its share of all baskets.
    shares: Vec<f64>,
    best: Vec<(f64, Partner)>,
}

impl<'a> Counter<'a> {
    fn new(index: &'a Index, baskets: Baskets<'a>, wanted: Wanted) -> Counter<'a> {
        let items = index.ends.len() - 1;
        let all = baskets.len() as f64;
        let shares = (0..items).map(|item| index.list(item).len() as f64 / all).collect();
        Counter {
            index,
            items: baskets.items(),
            baskets: baskets.len() as u64,
            wanted,
            both: vec![0; items],
            shares,
            best: Vec::new(),
        }
    }

    /// The item's partners.
    fn best(&mut self, item: u32) -> Vec<Partner> {
        let list = self.index.list(item as usize);
        let antecedent = list.len() as u64;
        if antecedent < self.wanted.min_count || self.wanted.each == 0 {
            return Vec::new();
        }
        for basket in list {
            let (start, end) = (self.index.starts[*basket as usize], self.index.starts[*basket as usize + 1]);
            for other in &self.items[start..end] {
                let both = &mut self.both[*other as usize];
                // At most once a basket, which 32 bits number.
                *both = both.wrapping_add(1);
            }
        }
        self.both[item as usize] = 0;
        self.best.clear();
        let least = u32::try_from(self.wanted.min_count).unwrap_or(u32::MAX).max(1);
        let each = 1.0 / antecedent as f64;
        let mut bar = 0.0;
        for first in (0..self.both.len()).step_by(BLOCK) {
            let end = self.both.len().min(first + BLOCK);
            // Most blocks hold nothing: one look at all of it, which the processor takes at once.
            if self.both[first..end].iter().copied().fold(0, u32::max) < least {
                continue;
            }
            for partner in first..end {
                let (both, share) = (self.both[partner], self.shares[partner]);
                // certainty > bar, without a division; a hair is left to those that are on it.
                if both < least || f64::from(both) * each - share <= (bar - 1e-12) * (1.0 - share) {
                    continue;
                }
                let consequent = self.index.list(partner).len() as u64;
                let counts = Contingency { baskets: self.baskets, antecedent, consequent, both: u64::from(both) };
                self.keep(Partner { item, partner: partner as u32, counts });
                if self.best.len() == self.wanted.each {
                    bar = self.best.last().map_or(0.0, |(certainty, _)| *certainty);
                }
            }
        }
        self.both.fill(0);
        self.best.iter().map(|(_, partner)| *partner).collect()
    }

    /// Takes a partner among the best, if it is one of them.
    fn keep(&mut self, partner: Partner) {
        let certainty = partner.counts.certainty();
        // Of those alike in both the one that came first stays first: partners come in the order of items.
        let before = |(than, other): &(f64, Partner)| {
            certainty.total_cmp(than).then(partner.counts.both.cmp(&other.counts.both)).is_gt()
        };
        if certainty <= 0.0 {
            return;
        }
        let place = self.best.partition_point(|other| !before(other));
        if place < self.wanted.each {
            self.best.truncate(self.wanted.each - 1);
            self.best.insert(place, (certainty, partner));
        }
    }
}

#[cfg(test)]
mod tests {
    use insight::basket::{Mining, Support, pairs};

    use super::*;

    /// The same from a list of all pairs.
    fn plainly(baskets: Baskets<'_>, wanted: Wanted) -> Vec<Partner> {
        let pairs = pairs(baskets, &Mining::at(Support::Count(wanted.min_count))).unwrap();
        let both_ways = pairs.found.iter().flat_map(|pair| {
            let counts = pair.counts(pairs.baskets);
            let back = Contingency { antecedent: counts.consequent, consequent: counts.antecedent, ..counts };
            let [a, b] = pair.items;
            [(a, b, counts), (b, a, back)].map(|(item, partner, counts)| Partner { item, partner, counts })
        });
        let mut all: Vec<Partner> = both_ways.filter(|partner| partner.counts.certainty() > 0.0).collect();
        all.sort_by(|a, b| {
            let certainty = b.counts.certainty().total_cmp(&a.counts.certainty());
            (a.item.cmp(&b.item))
                .then(certainty)
                .then(b.counts.both.cmp(&a.counts.both))
                .then(a.partner.cmp(&b.partner))
        });
        let mut best: Vec<Partner> = Vec::new();
        for partner in all {
            let known = best.iter().rev().take_while(|last| last.item == partner.item).count();
            if known < wanted.each {
                best.push(partner);
            }
        }
        best
    }

    #[test]
    fn the_best_of_all_pairs_on_any_number_of_threads() {
        let mut random = 7u64;
        let mut below = |end: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % end
        };
        let (mut items, mut offsets) = (Vec::new(), vec![0]);
        for _ in 0..600 {
            // Common and rare items, small and large baskets.
            let mut row: Vec<u32> = (0..1 + below(12)).map(|_| (below(60) * below(60) / 60) as u32).collect();
            row.sort_unstable();
            row.dedup();
            items.extend(row);
            offsets.push(items.len());
        }
        let baskets = Baskets::new(&items, &offsets).unwrap();
        for (threads, each, min_count) in [(1, 3, 2), (2, 3, 2), (7, 10, 1), (3, 1, 5), (2, 100, 1), (1, 0, 1)] {
            let wanted = Wanted { each, min_count, room: Room { threads, memory: 1 << 30 } };
            let found = partners(baskets, wanted).unwrap().found;
            assert_eq!(found, plainly(baskets, wanted), "{threads} threads, {each} each, from {min_count} on");
            assert!(each == 0 || !found.is_empty());
        }
        let room = Room { threads: 1, memory: 100 };
        assert!(matches!(partners(baskets, Wanted { each: 3, min_count: 1, room }), Err(Error::Memory { .. })));
    }

    #[test]
    fn no_baskets_have_no_partners() {
        let wanted = Wanted { each: 3, min_count: 1, room: Room { threads: 2, memory: 1 << 20 } };
        assert_eq!(partners(Baskets::new(&[], &[]).unwrap(), wanted).unwrap(), Partners::default());
        assert_eq!(partners(Baskets::new(&[5], &[0, 0, 1]).unwrap(), wanted).unwrap(), Partners::default());
    }
}
