//! What goes best with each item: for one item after another, how often every later one is in its baskets, of which the best few
//! of either are kept. No list of all pairs is made, which would be as long as the square of the products.

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

/// Only partners that are bought together more often than chance has it. Items are numbered from 0 and ascend within a basket,
/// each at most once.
pub fn partners(baskets: Baskets<'_>, wanted: Wanted) -> Result<Partners, Error> {
    let items = baskets.items().iter().max().map_or(0, |most| *most as usize + 1);
    // Of each thread, beside what all share: counts, shares, bars, and lists that may have twice the room that they need.
    let best = wanted.each.min(items);
    let a_thread = items.saturating_mul(32 + size_of::<Vec<Best>>() + 2 * best * size_of::<Best>());
    let shared = size_of::<Rest>() * baskets.items().len() + items.saturating_mul(best * size_of::<Partner>());
    let room = wanted.room.memory.saturating_sub(shared) / a_thread.max(1);
    let threads = wanted.room.threads.min(items.div_ceil(CHUNK)).min(room).max(1);
    if (room == 0 && items > 0) || u32::try_from(baskets.items().len()).is_err() {
        return Err(Error::Memory { limit: wanted.room.memory, doing: "finding what goes with each item", found: 0 });
    }
    let index = Index::of(baskets, items);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut counter = Counter::new(&index, baskets, wanted);
        loop {
            let first = next.fetch_add(CHUNK, Ordering::Relaxed);
            if first >= items {
                return counter.best;
            }
            (first..items.min(first + CHUNK)).for_each(|item| counter.count(item as u32));
        }
    };
    let mut best = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut best = work();
        for other in others {
            let more = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            best.iter_mut().zip(more).for_each(|(best, more)| best.extend(more));
        }
        best
    });
    let mut found = Vec::with_capacity(best.iter().map(|best| best.len().min(wanted.each)).sum());
    for (item, best) in best.iter_mut().enumerate() {
        best.sort_unstable_by(Best::order);
        let partners = best.iter().take(wanted.each);
        found.extend(partners.map(|best| index.pair(item as u32, best.partner, best.both, baskets.len())));
    }
    let common = (0..items).filter(|item| index.count(*item) as u64 >= wanted.min_count).count() as u64;
    Ok(Partners { found, looked_at: common * common.saturating_sub(1) })
}

/// What follows an item in one of its baskets: each pair is met once, from the lesser of the two.
#[derive(Clone, Copy, Default)]
struct Rest {
    from: u32,
    end: u32,
}

/// The baskets of each item.
struct Index {
    rests: Vec<Rest>,
    /// Where each item's end.
    ends: Vec<usize>,
}

impl Index {
    fn of(baskets: Baskets<'_>, items: usize) -> Index {
        let mut ends = vec![0usize; items + 1];
        baskets.items().iter().for_each(|item| ends[*item as usize + 1] += 1);
        for item in 0..items {
            ends[item + 1] += ends[item];
        }
        let mut rests = vec![Rest::default(); baskets.items().len()];
        let mut from = 0;
        for row in baskets.rows() {
            let end = from + row.len() as u32;
            for item in row {
                from += 1;
                let place = &mut ends[*item as usize];
                rests[*place] = Rest { from, end };
                *place += 1;
            }
        }
        // Each entry has moved from where its list begins to where it ends.
        Index { rests, ends }
    }

    fn list(&self, item: usize) -> &[Rest] {
        &self.rests[self.start(item)..self.ends[item]]
    }

    /// How many baskets the item is in.
    fn count(&self, item: usize) -> usize {
        self.ends[item] - self.start(item)
    }

    fn start(&self, item: usize) -> usize {
        if item == 0 { 0 } else { self.ends[item - 1] }
    }

    fn pair(&self, item: u32, partner: u32, both: u32, baskets: usize) -> Partner {
        let [antecedent, consequent] = [item, partner].map(|item| self.count(item as usize) as u64);
        let counts = Contingency { baskets: baskets as u64, antecedent, consequent, both: u64::from(both) };
        Partner { item, partner, counts }
    }
}

/// A partner among an item's best.
#[derive(Clone, Copy)]
struct Best {
    certainty: f64,
    both: u32,
    partner: u32,
}

impl Best {
    fn order(a: &Best, b: &Best) -> std::cmp::Ordering {
        b.certainty.total_cmp(&a.certainty).then(b.both.cmp(&a.both)).then(a.partner.cmp(&b.partner))
    }
}

/// One thread's counts, and the best of the pairs that it met.
struct Counter<'a> {
    index: &'a Index,
    items: &'a [u32],
    baskets: usize,
    wanted: Wanted,
    /// Common baskets with the item at hand, by item.
    both: Vec<u32>,
    /// Of each item, its share of all baskets, and the share of its own that one basket is: a division for each pair is saved.
    shares: Vec<f64>,
    each: Vec<f64>,
    /// Of each item, the certainty from which on a partner is one of its best.
    bars: Vec<f64>,
    best: Vec<Vec<Best>>,
}

impl<'a> Counter<'a> {
    fn new(index: &'a Index, baskets: Baskets<'a>, wanted: Wanted) -> Counter<'a> {
        let items = index.ends.len() - 1;
        let all = baskets.len() as f64;
        Counter {
            index,
            items: baskets.items(),
            baskets: baskets.len(),
            wanted,
            both: vec![0; items],
            shares: (0..items).map(|item| index.count(item) as f64 / all).collect(),
            each: (0..items).map(|item| 1.0 / index.count(item) as f64).collect(),
            bars: vec![0.0; items],
            best: vec![Vec::new(); items],
        }
    }

    /// Counts the item's pairs with those after it.
    fn count(&mut self, item: u32) {
        let at = item as usize;
        if (self.index.count(at) as u64) < self.wanted.min_count || self.wanted.each == 0 {
            return;
        }
        for Rest { from, end } in self.index.list(at) {
            for other in &self.items[*from as usize..*end as usize] {
                let both = &mut self.both[*other as usize];
                // At most once a basket, which 32 bits number.
                *both = both.wrapping_add(1);
            }
        }
        let least = u32::try_from(self.wanted.min_count).unwrap_or(u32::MAX).max(1);
        for first in (at - at % BLOCK..self.both.len()).step_by(BLOCK) {
            let end = self.both.len().min(first + BLOCK);
            // Most blocks hold nothing: one look at all of it, which the processor takes at once.
            if self.both[first..end].iter().copied().fold(0, u32::max) < least {
                continue;
            }
            for other in first..end {
                let both = self.both[other];
                if both < least {
                    continue;
                }
                if self.may_be_best(at, other, both) {
                    self.keep(item, other as u32, both);
                }
                if self.may_be_best(other, at, both) {
                    self.keep(other as u32, item, both);
                }
            }
        }
        self.both[at..].fill(0);
    }

    /// Whether the certainty is above the item's bar; a hair is left to those that are on it.
    fn may_be_best(&self, item: usize, partner: usize, both: u32) -> bool {
        let share = self.shares[partner];
        f64::from(both) * self.each[item] - share > (self.bars[item] - 1e-12) * (1.0 - share)
    }

    /// Takes a partner among the item's best, if it is one of them.
    fn keep(&mut self, item: u32, partner: u32, both: u32) {
        let certainty = self.index.pair(item, partner, both, self.baskets).counts.certainty();
        if certainty <= 0.0 {
            return;
        }
        let new = Best { certainty, both, partner };
        let best = &mut self.best[item as usize];
        let place = best.partition_point(|other| Best::order(other, &new).is_lt());
        if place < self.wanted.each {
            best.truncate(self.wanted.each - 1);
            best.insert(place, new);
            if let Some(last) = best.get(self.wanted.each - 1) {
                self.bars[item as usize] = last.certainty;
            }
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
