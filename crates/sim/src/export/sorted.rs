//! Entries by the million put in order: by stretches of time first, which are known beforehand, then within each. A quarter of the
//! time that comparing any two of them takes.

use rayon::prelude::*;

use super::collect::Scope;
use super::entry::Entry;
use crate::life::LONGEST;

/// Where entries belong, about.
pub struct Order {
    /// The first of the files, and from when on each has entries.
    first: u32,
    begins: Vec<i64>,
    /// A stretch is of so many seconds, as a power of two, and each file has so many stretches.
    power: u32,
    stretches: usize,
}

/// Entries of a stretch, about.
const A_STRETCH: usize = 256;
/// Entries that one thread sorts at a time.
const A_SHARE: usize = 16_384;

impl Order {
    /// For about so many entries of the scope's files.
    pub fn new(scope: &Scope<'_>, count: usize) -> Order {
        let spans: Vec<(i64, i64)> = scope.files.clone().map(|file| scope.layout.span(file)).collect();
        let begins: Vec<i64> = spans.iter().map(|(from, _)| from - LONGEST).collect();
        let longest = spans.iter().map(|(from, to)| to - from + LONGEST).max().unwrap_or_default();
        let most = (count / A_STRETCH / begins.len().max(1)).max(1) as i64;
        let power = (0..i64::BITS - 1).find(|power| longest >> power < most).unwrap_or(i64::BITS - 1);
        Order { first: scope.files.start, begins, power, stretches: (longest >> power) as usize + 1 }
    }

    fn stretch(&self, entry: &Entry) -> usize {
        let file = (entry.file - self.first) as usize;
        let after = (entry.at - self.begins[file]).max(0) as usize >> self.power;
        // What a fault held back for longer is in the first, whenever it was.
        file * self.stretches + after.min(self.stretches - 1)
    }

    pub fn put(&self, entries: &mut [Entry]) {
        let mut ends = vec![0; self.begins.len() * self.stretches];
        entries.iter().for_each(|entry| ends[self.stretch(entry)] += 1);
        let mut sum = 0;
        let mut next: Vec<usize> = ends.iter_mut().map(|end| (sum, sum += *end, *end = sum).0).collect();
        // Each entry goes where it belongs, in exchange for the one that was there, until one comes that belongs here.
        for stretch in 0..ends.len() {
            while next[stretch] < ends[stretch] {
                let belongs = self.stretch(&entries[next[stretch]]);
                entries.swap(next[stretch], next[belongs]);
                next[belongs] += 1;
            }
        }
        let (mut shares, mut left, mut from) = (Vec::new(), entries, 0);
        let mut share = Vec::new();
        for end in ends {
            let (stretch, rest) = std::mem::take(&mut left).split_at_mut(end - from);
            (left, from) = (rest, end);
            share.push(stretch);
            if share.len() * A_STRETCH >= A_SHARE {
                shares.push(std::mem::take(&mut share));
            }
        }
        shares.push(share);
        shares.into_par_iter().flatten_iter().for_each(|stretch| stretch.sort_unstable());
    }
}
