//! What sets of items are worth: the weights of their items in the baskets that hold all of them.

use super::mine::{Budget, Rows, Stop, encode};
use super::{Baskets, Error, Itemsets, Rules};

/// For each set, the sum of its items' weights over the baskets that hold all of its items: the revenue of what is bought
/// together, where weights are amounts. Known as the utility of a set (Yao, Hamilton, Butz, *A foundational approach to
/// mining itemset utilities from databases*, 2004). 0 for baskets without weights and for sets that no basket holds.
///
/// `memory_limit`: bytes that may be taken beside the baskets, the sets included; `None` is no limit. What takes more ends as
/// [`Error::Memory`].
pub fn weights(baskets: Baskets<'_>, sets: &Itemsets, memory_limit: Option<usize>) -> Result<Vec<u64>, Error> {
    weighed(baskets, sets, &Budget::new(memory_limit, u64::MAX))
}

impl Rules {
    /// What each rule is worth, in their order: the [`weights`] of its items, both sides together.
    pub fn weights(&self, baskets: Baskets<'_>, memory_limit: Option<usize>) -> Result<Vec<u64>, Error> {
        let budget = Budget::new(memory_limit, u64::MAX);
        // The sets of the rules take no more than the rules; whether there is room for them is asked before they are made.
        if budget.take(2 * self.bytes()).is_err() {
            return Err(stopped(&budget));
        }
        let sets = self.sets();
        budget.give(self.bytes());
        weighed(baskets, &sets, &budget)
    }
}

fn weighed(baskets: Baskets<'_>, sets: &Itemsets, budget: &Budget) -> Result<Vec<u64>, Error> {
    if budget.take(sets.bytes() + size_of::<u64>() * sets.len()).is_err() {
        return Err(stopped(budget));
    }
    let mut sums = vec![0u64; sets.len()];
    if baskets.weights().is_none() {
        return Ok(sums);
    }
    // An item is in all the baskets of its sets.
    let least = sets.iter().map(|set| set.count).min().unwrap_or(1).max(1);
    let rows = encode(baskets, least as u32, 1, budget).map_err(|error| match error {
        // Wherever the memory ends: how much the sets take, and so where that is, differs by what thread found which.
        Error::Memory { .. } => stopped(budget),
        error => error,
    })?;
    let weighed = Prefixes::of(sets, &rows, budget).and_then(|prefixes| {
        budget.take(size_of::<u32>() * rows.items())?;
        let marks = vec![NONE; rows.items()];
        Weigher { rows: &rows, prefixes, sums: &mut sums, marks, budget }.weigh_all()
    });
    match weighed {
        Ok(()) => Ok(sums),
        Err(Stop) => Err(stopped(budget)),
    }
}

fn stopped(budget: &Budget) -> Error {
    let doing = "adding up what sets are worth";
    budget.outcome(doing).err().unwrap_or(Error::Baskets("stopped".to_owned()))
}

const NONE: u32 = u32::MAX;

/// Sets as rows of ranks, the rarest first, in order: those with a common beginning are together.
struct Prefixes {
    ranks: Vec<u32>,
    /// Where a set's ranks are, and its place among the sets.
    sets: Vec<(usize, u32, u32)>,
}

impl Prefixes {
    fn of(sets: &Itemsets, rows: &Rows, budget: &Budget) -> Result<Prefixes, Stop> {
        let items: usize = sets.iter().map(|set| set.items.len()).sum();
        // A hash table of pairs, half of it empty at most, and a byte for each of its places.
        budget.take(20 * rows.items() + size_of::<u32>() * items + size_of::<(usize, u32, u32)>() * sets.len())?;
        let mut rank_of: std::collections::HashMap<u32, u32> = std::collections::HashMap::with_capacity(rows.items());
        rank_of.extend(rows.names.iter().copied().zip(0..));
        let mut prefixes = Prefixes { ranks: Vec::with_capacity(items), sets: Vec::with_capacity(sets.len()) };
        for (place, set) in (0..).zip(sets.iter()) {
            let start = prefixes.ranks.len();
            prefixes.ranks.extend(set.items.iter().filter_map(|item| rank_of.get(item)));
            // A set with an item that no basket has is worth nothing.
            if prefixes.ranks.len() - start < set.items.len() || set.items.is_empty() {
                prefixes.ranks.truncate(start);
                continue;
            }
            prefixes.ranks[start..].sort_unstable_by(|a, b| b.cmp(a));
            prefixes.sets.push((start, set.items.len() as u32, place));
        }
        let Prefixes { ranks, sets } = &mut prefixes;
        sets.sort_unstable_by_key(|(start, length, _)| &ranks[*start..*start + *length as usize]);
        Ok(prefixes)
    }

    /// The rank of a set at a depth, if it has so many.
    fn rank(&self, set: usize, depth: usize) -> Option<u32> {
        let (start, length, _) = self.sets[set];
        (depth < length as usize).then(|| self.ranks[start + depth])
    }
}

/// A row that has a prefix, where among all entries the prefix ends, and what it is worth there.
#[derive(Clone, Copy)]
struct End {
    row: u32,
    place: u32,
    worth: u64,
}

/// Sets with a common beginning: its last rank, the first of them and the one after the last.
struct Group {
    rank: u32,
    from: usize,
    to: usize,
    sum: u64,
    ends: Vec<End>,
}

struct Weigher<'a> {
    rows: &'a Rows,
    prefixes: Prefixes,
    sums: &'a mut [u64],
    /// By rank, its group among those looked for.
    marks: Vec<u32>,
    budget: &'a Budget,
}

impl Weigher<'_> {
    fn weigh_all(&mut self) -> Result<(), Stop> {
        let (bounds, rows_of) = self.rows_of_items()?;
        for mut group in self.groups(0, self.prefixes.sets.len(), 0)? {
            let rank = group.rank as usize;
            let ends = bounds[rank + 1] - bounds[rank];
            self.budget.take(ends * size_of::<End>())?;
            group.ends.reserve_exact(ends);
            for row in &rows_of[bounds[rank]..bounds[rank + 1]] {
                let within = self.rows.row(*row as usize).partition_point(|item| *item < group.rank);
                let place = self.rows.starts[*row as usize] + within as u32;
                group.ends.push(End { row: *row, place, worth: self.rows.worth[place as usize] });
            }
            group.sum = group.ends.iter().map(|end| end.worth).sum();
            self.weigh(group, 1)?;
        }
        Ok(())
    }

    /// The rows that have each item, those of item `i` from `bounds[i]` to `bounds[i + 1]`.
    fn rows_of_items(&self) -> Result<(Vec<usize>, Vec<u32>), Stop> {
        let (items, entries) = (self.rows.items(), self.rows.entries.len());
        self.budget.take(size_of::<usize>() * (items + 2) + size_of::<u32>() * entries)?;
        let mut bounds = vec![0; self.rows.items() + 2];
        // Counted two further on, so that filling moves each bound to where it belongs.
        self.rows.entries.iter().for_each(|item| bounds[*item as usize + 2] += 1);
        for item in 2..bounds.len() {
            bounds[item] += bounds[item - 1];
        }
        let mut rows_of = vec![0; self.rows.entries.len()];
        for (number, row) in (0..).zip(self.rows.all()) {
            for item in row {
                let bound = &mut bounds[*item as usize + 1];
                rows_of[*bound] = number;
                *bound += 1;
            }
        }
        Ok((bounds, rows_of))
    }

    /// A group that is weighed gives its sum to sets that end there, and its ends to those that go on.
    fn weigh(&mut self, group: Group, depth: usize) -> Result<(), Stop> {
        let mut from = group.from;
        while from < group.to && self.prefixes.rank(from, depth).is_none() {
            self.sums[self.prefixes.sets[from].2 as usize] = group.sum;
            from += 1;
        }
        let mut further = self.groups(from, group.to, depth)?;
        for (mark, next) in (0..).zip(&further) {
            self.marks[next.rank as usize] = mark;
        }
        for end in &group.ends {
            let start = self.rows.starts[end.row as usize];
            for place in (start..end.place).rev() {
                let rank = self.rows.entries[place as usize] as usize;
                let Some(next) = further.get_mut(self.marks[rank] as usize) else { continue };
                let worth = end.worth + self.rows.worth[place as usize];
                next.sum += worth;
                self.budget.room(&mut next.ends)?;
                next.ends.push(End { place, worth, ..*end });
            }
        }
        for next in &further {
            self.marks[next.rank as usize] = NONE;
        }
        self.budget.give(group.ends.capacity() * size_of::<End>());
        drop(group.ends);
        let groups = further.capacity();
        for next in further {
            self.weigh(next, depth + 1)?;
        }
        self.budget.give(groups * size_of::<Group>());
        Ok(())
    }

    /// The sets from one to another by their rank at a depth.
    fn groups(&self, from: usize, to: usize, depth: usize) -> Result<Vec<Group>, Stop> {
        let mut groups: Vec<Group> = Vec::new();
        for set in from..to {
            let Some(rank) = self.prefixes.rank(set, depth) else { continue };
            match groups.last_mut().filter(|group| group.rank == rank) {
                Some(group) => group.to = set + 1,
                None => {
                    self.budget.room(&mut groups)?;
                    groups.push(Group { rank, from: set, to: set + 1, sum: 0, ends: Vec::new() });
                }
            }
        }
        Ok(groups)
    }
}
