//! From baskets as they come to rows: rare items left out, repeated ones once, the most common first.

use std::collections::HashMap;

use super::super::{Baskets, Error};
use super::budget::{Budget, Stop};
use super::rows::{Rows, START};

/// The rows of all baskets, of items in at least `least` of them, where there are `shortest` or more.
pub fn encode(baskets: Baskets<'_>, least: u32, shortest: usize, budget: &Budget) -> Result<Rows, Error> {
    if baskets.items().len().max(baskets.len()) >= START as usize {
        let reason = format!("{} items in {} baskets are more than 2^31", baskets.items().len(), baskets.len());
        return Err(Error::Baskets(reason));
    }
    match encoded(baskets, least, shortest, budget) {
        Ok(rows) => Ok(rows),
        Err(Stop) => Err(budget.outcome("reading the baskets").err().unwrap_or(Error::Baskets("stopped".to_owned()))),
    }
}

fn encoded(baskets: Baskets<'_>, least: u32, shortest: usize, budget: &Budget) -> Result<Rows, Stop> {
    let numbers = Numbers::of(baskets.items(), budget)?;
    let Ranks { ranks, names, counts } = Ranks::of(baskets, &numbers, least, budget)?;
    let total: usize = counts.iter().map(|count| *count as usize).sum();
    budget.take(total * if baskets.weights().is_some() { 12 } else { 4 } + 4 * baskets.len())?;
    let mut rows = Rows { names, counts, ..Rows::default() };
    // Repeated items may make it a little more for a while.
    rows.entries.reserve_exact(total);
    rows.starts.reserve_exact(baskets.len() + 1);
    if baskets.weights().is_some() {
        rows.worth.reserve_exact(total);
    }
    let rank = |item: &u32| ranks[numbers.of_item(*item)];
    match baskets.weights() {
        Some(weights) => fill_weighed(&mut rows, baskets, weights, shortest, rank),
        None => fill(&mut rows, baskets, shortest, rank),
    }
    rows.starts.push(rows.entries.len() as u32);
    Ok(rows)
}

fn fill(rows: &mut Rows, baskets: Baskets<'_>, shortest: usize, rank: impl Fn(&u32) -> u32) {
    let entries = &mut rows.entries;
    for basket in baskets.rows() {
        let start = entries.len();
        for item in basket {
            let rank = rank(item);
            if rank < START {
                entries.push(rank);
            }
        }
        entries[start..].sort_unstable();
        let mut kept = start;
        for at in start..entries.len() {
            let repeated = at > start && entries[at] == entries[kept - 1];
            entries[kept] = entries[at];
            kept += usize::from(!repeated);
        }
        if kept - start >= shortest {
            entries.truncate(kept);
            rows.starts.push(start as u32);
        } else {
            entries.truncate(start);
        }
    }
}

fn fill_weighed(rows: &mut Rows, baskets: Baskets<'_>, weights: &[u64], shortest: usize, rank: impl Fn(&u32) -> u32) {
    let mut weights = weights.iter().copied();
    let mut sorted: Vec<(u32, u64)> = Vec::new();
    for basket in baskets.rows() {
        sorted.clear();
        sorted.extend(basket.iter().map(&rank).zip(weights.by_ref()).filter(|(rank, _)| *rank < START));
        sorted.sort_unstable();
        sorted.dedup_by(|next, kept| {
            let repeated = next.0 == kept.0;
            kept.1 += if repeated { next.1 } else { 0 };
            repeated
        });
        if sorted.len() >= shortest {
            rows.starts.push(rows.entries.len() as u32);
            rows.entries.extend(sorted.iter().map(|(rank, _)| rank));
            rows.worth.extend(sorted.iter().map(|(_, weight)| weight));
        }
    }
}

/// Items by falling support; those of the same support in order of their numbers.
struct Ranks {
    /// By number; `START` for items that are too rare.
    ranks: Vec<u32>,
    names: Vec<u32>,
    counts: Vec<u32>,
}

impl Ranks {
    fn of(baskets: Baskets<'_>, numbers: &Numbers, least: u32, budget: &Budget) -> Result<Ranks, Stop> {
        budget.take(16 * numbers.len())?;
        // The basket that had an item last, numbered from 1, and in how many it was.
        let mut seen = vec![(0u32, 0u32); numbers.len()];
        for (row, basket) in baskets.rows().zip(1..) {
            for item in row {
                let (last, count) = &mut seen[numbers.of_item(*item)];
                *count += u32::from(*last != basket);
                *last = basket;
            }
        }
        let frequent = (0..).zip(&seen).filter(|(_, (_, count))| *count >= least);
        let mut order: Vec<u32> = frequent.map(|(number, _)| number).collect();
        order.sort_by_key(|number| std::cmp::Reverse(seen[*number as usize].1));
        let mut ranks = vec![START; numbers.len()];
        for (rank, number) in (0..).zip(&order) {
            ranks[*number as usize] = rank;
        }
        let counts = order.iter().map(|number| seen[*number as usize].1).collect();
        Ok(Ranks { ranks, names: order.iter().map(|number| numbers.name(*number)).collect(), counts })
    }
}

/// Items numbered without large gaps.
enum Numbers {
    /// As they are, below a bound.
    Themselves(usize),
    Listed {
        names: Vec<u32>,
        numbers: HashMap<u32, u32>,
    },
}

impl Numbers {
    fn of(items: &[u32], budget: &Budget) -> Result<Numbers, Stop> {
        let bound = items.iter().max().map_or(0, |largest| *largest as usize + 1);
        if bound <= (4 * items.len()).max(1 << 16) {
            return Ok(Numbers::Themselves(bound));
        }
        let mut numbers = HashMap::new();
        let mut names = Vec::new();
        for item in items {
            numbers.entry(*item).or_insert_with(|| {
                names.push(*item);
                names.len() as u32 - 1
            });
        }
        budget.take(16 * names.len())?;
        Ok(Numbers::Listed { names, numbers })
    }

    fn len(&self) -> usize {
        match self {
            Numbers::Themselves(bound) => *bound,
            Numbers::Listed { names, .. } => names.len(),
        }
    }

    #[inline]
    fn of_item(&self, item: u32) -> usize {
        match self {
            Numbers::Themselves(_) => item as usize,
            Numbers::Listed { numbers, .. } => numbers[&item] as usize,
        }
    }

    fn name(&self, number: u32) -> u32 {
        match self {
            Numbers::Themselves(_) => number,
            Numbers::Listed { names, .. } => names[number as usize],
        }
    }
}
