//! Entries by the million put in order: by stretches of time first, which are known beforehand and so short that few entries are
//! in each, then within each. It takes a third of the time that comparing any two of them does.

use rayon::prelude::*;

use super::collect::Scope;
use super::entry::{Document, Entry, Version};
use crate::life::LONGEST;

/// Entries of a stretch, about.
const A_STRETCH: usize = 8;
/// Stretches that one thread sorts at a time.
const AT_ONCE: usize = 4096;

/// All entries of the parts, in order.
pub fn sorted(scope: &Scope<'_>, parts: Vec<Vec<Entry>>) -> Vec<Entry> {
    let count = parts.iter().map(Vec::len).sum();
    let stretches = Stretches::new(scope, count);
    // Of each stretch the beginning, then the place of its next entry.
    let mut next = vec![0u32; stretches.count() + 1];
    parts.iter().flatten().for_each(|entry| next[stretches.of(entry) + 1] += 1);
    (1..next.len()).for_each(|at| next[at] += next[at - 1]);
    let mut all = vec![NONE; count];
    // Each part goes as it is taken, so that no entry is in memory twice for long.
    for entry in parts.into_iter().flatten() {
        let place = &mut next[stretches.of(&entry)];
        all[*place as usize] = entry;
        *place += 1;
    }
    let (mut some, mut left, mut from) = (Vec::new(), all.as_mut_slice(), 0);
    for ends in next.chunks(AT_ONCE) {
        let end = ends[ends.len() - 1] as usize;
        let (these, rest) = std::mem::take(&mut left).split_at_mut(end - from);
        some.push((these, ends, from));
        (left, from) = (rest, end);
    }
    some.into_par_iter().for_each(|(entries, ends, mut from)| {
        let mut left = entries;
        for end in ends {
            let (stretch, rest) = std::mem::take(&mut left).split_at_mut(*end as usize - from);
            stretch.sort_unstable();
            (left, from) = (rest, *end as usize);
        }
    });
    all
}

/// What stands where an entry is to come.
const NONE: Entry = Entry {
    file: 0,
    at: 0,
    whose: 0,
    number: 0,
    document: Document::Order,
    version: Version::Now,
    is_first: false,
    is_superseded: false,
};

/// Stretches of time of each file, in the order of entries.
struct Stretches {
    first: u32,
    /// From when on each file has entries.
    begins: Vec<i64>,
    /// A stretch is of so many seconds, as a power of two.
    power: u32,
    of_a_file: usize,
}

impl Stretches {
    fn new(scope: &Scope<'_>, entries: usize) -> Stretches {
        let spans: Vec<(i64, i64)> = scope.files.clone().map(|file| scope.layout.span(file)).collect();
        let begins: Vec<i64> = spans.iter().map(|(from, _)| from - LONGEST).collect();
        let longest = spans.iter().map(|(from, to)| to - from + LONGEST).max().unwrap_or_default();
        let most = (entries / A_STRETCH / begins.len().max(1)).max(1) as i64;
        let power = (0..i64::BITS - 1).find(|power| longest >> power < most).unwrap_or(i64::BITS - 1);
        Stretches { first: scope.files.start, begins, power, of_a_file: (longest >> power) as usize + 1 }
    }

    fn count(&self) -> usize {
        self.begins.len() * self.of_a_file
    }

    #[inline]
    fn of(&self, entry: &Entry) -> usize {
        let file = (entry.file - self.first) as usize;
        // What a fault held back for longer is in the first, whenever it was.
        let after = (entry.at - self.begins[file]).max(0) as usize >> self.power;
        file * self.of_a_file + after.min(self.of_a_file - 1)
    }
}
