//! What a file has in it: references to documents, small enough to sort by the million; rows are made from them later.

use std::cmp::Ordering;

use crate::draw::Draw;
use crate::fault::{Fault, delay};
use crate::life::Life;

use super::layout::FilesByDay;

/// A document in a file. Sorted by file, then by the order's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub file: u32,
    /// When its order was placed; for customers, products and stock, the time of the change.
    pub at: i64,
    /// The customer, or the product.
    pub whose: u32,
    pub number: u16,
    pub document: Document,
    pub version: Version,
    /// It is the order's first export, which its fault hits.
    pub is_first: bool,
    /// A later file has another version of it.
    pub is_superseded: bool,
}

impl Ord for Entry {
    /// File and time as one number, which nearly always tell: a processor cannot guess the outcome of comparing them in turns.
    fn cmp(&self, other: &Entry) -> Ordering {
        let when = |it: &Entry| u128::from(it.file) << 64 | u128::from(it.at.cast_unsigned() ^ 1 << 63);
        let rest = |it: &Entry| (it.whose, it.number, it.document, it.version, it.is_first, it.is_superseded);
        when(self).cmp(&when(other)).then_with(|| rest(self).cmp(&rest(other)))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Entry) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Document {
    Order,
    Return,
    Refund,
    Cart,
    Customer,
    Product,
    Stock,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// As it stands at the end of the file's time.
    Now,
    /// The same, and a stale version comes after it.
    Last,
    /// The same, but for a mistake that the next file mends.
    Mistaken,
    /// As it stood when it was placed.
    Stale,
    /// As the file before has it.
    Again,
}

/// A file that has the order, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Export {
    pub file: u32,
    pub version: Version,
    pub is_superseded: bool,
}

/// The files that an order comes in, in their order, `end` (the number of files) aside: those in which it changes, and those
/// that its fault adds.
pub fn exports(life: &Life, fault: &mut Option<(Fault, Draw)>, files: &FilesByDay, end: u32, found: &mut Vec<Export>) {
    found.clear();
    let visible = match fault {
        Some((Fault::Late, draw)) => life.placed + delay(draw),
        _ => life.placed,
    };
    let mut end_of_last = i64::MIN;
    for change in life.changes() {
        let at = change.max(visible);
        if at >= end_of_last {
            let (file, end) = files.file_with_end(at);
            end_of_last = end;
            found.push(Export { file, version: Version::Now, is_superseded: false });
        }
    }
    let last = found[found.len() - 1].file;
    match fault {
        Some((Fault::Correction, _)) => {
            found[0].version = Version::Mistaken;
            let next = found[0].file + 1;
            if found.get(1).is_none_or(|second| second.file != next) {
                found.insert(1, Export { file: next, version: Version::Now, is_superseded: false });
            }
        }
        Some((Fault::Overlap, _)) => {
            found.push(Export { file: last + 1, version: Version::Again, is_superseded: false });
        }
        Some((Fault::OutOfOrder, _)) => {
            if let Some(last) = found.last_mut() {
                last.version = Version::Last;
            }
            found.push(Export { file: last + 1, version: Version::Stale, is_superseded: false });
        }
        _ => {}
    }
    found.retain(|export| export.file < end);
    for at in 1..found.len() {
        found[at - 1].is_superseded = found[at].version != Version::Again;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::DAY_SECONDS;
    use crate::draw::Of;
    use crate::export::layout::{Every, FilesByDay, Layout};

    fn files(fault: Option<Fault>, days: &[i64], end: u32) -> Vec<(u32, Version, bool)> {
        let at = |day: usize| days.get(day).map(|day| day * DAY_SECONDS);
        let life = Life {
            placed: days[0] * DAY_SECONDS,
            method: "card",
            paid: at(1),
            shipped: at(2),
            delivered: at(3),
            cancelled: None,
            returned: None,
            refunded: None,
        };
        let layout = Layout::new(0, 100 * DAY_SECONDS, Every::Day).unwrap();
        let mut found = Vec::new();
        let mut fault = fault.map(|fault| (fault, Draw::new(1, Of::Fault, 1)));
        exports(&life, &mut fault, &FilesByDay::new(layout), end, &mut found);
        found.iter().map(|export| (export.file, export.version, export.is_superseded)).collect()
    }

    #[test]
    fn an_order_comes_where_it_changes_and_where_its_fault_wants_it() {
        use Version::{Again, Last, Mistaken, Now, Stale};
        let days = [10, 10, 12, 15];
        assert_eq!(files(None, &days, 99), [(10, Now, true), (12, Now, true), (15, Now, false)]);
        assert_eq!(files(None, &days, 13), [(10, Now, true), (12, Now, false)]);
        assert_eq!(files(Some(Fault::Overlap), &days, 99)[2..], [(15, Now, false), (16, Again, false)]);
        assert_eq!(files(Some(Fault::OutOfOrder), &days, 99)[2..], [(15, Last, true), (16, Stale, false)]);
        assert_eq!(
            files(Some(Fault::Correction), &days, 99)[..3],
            [(10, Mistaken, true), (11, Now, true), (12, Now, true)]
        );
        assert!(files(Some(Fault::Late), &days, 99).len() <= 3);
    }
}
