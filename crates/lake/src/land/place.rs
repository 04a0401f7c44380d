//! Which load's rows stand for a unit: the newest, unless it says what is there already.

use std::collections::HashMap;

use super::fates::{Fate, RowId};
use super::keys::Keys;

/// What becomes of a load's groups that do not stand; the others are used.
pub type Outcome = HashMap<u32, (Fate, RowId)>;

/// The rows that stand of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    pub key: u128,
    pub load: i64,
    /// Its place among the load's units.
    pub group: u32,
    /// Of the rows' content, and how many there are.
    pub digest: u64,
    pub rows: u32,
    pub first_row: i64,
}

/// What stands, by key.
pub type Units = HashMap<u128, Unit>;

/// Outcomes of loads of one table that come after what stands, oldest load first in `loads`; then their units are among
/// those that stand. Loads without an entry stand as a whole.
///
/// A unit that comes again with the same rows is merged into the rows that are there, so that an export which overlaps
/// with the last one moves nothing. One that comes with other rows takes their place.
pub fn resolve(standing: &mut Units, loads: &[(i64, &Keys)]) -> HashMap<i64, Outcome> {
    let mut outcomes: HashMap<i64, Outcome> = HashMap::new();
    for (load, keys) in loads {
        for new in units_of(*load, keys) {
            match standing.get_mut(&new.key) {
                None => {
                    standing.insert(new.key, new);
                }
                Some(old) if old.digest == new.digest && old.rows == new.rows => {
                    let by = RowId { load: old.load, row: old.first_row };
                    outcomes.entry(*load).or_default().insert(new.group, (Fate::Merged, by));
                }
                Some(old) => {
                    let by = RowId { load: *load, row: new.first_row };
                    outcomes.entry(old.load).or_default().insert(old.group, (Fate::Superseded, by));
                    *old = new;
                }
            }
        }
    }
    outcomes
}

/// Units of which a load has rows that were not rejected.
pub fn units_of(load: i64, keys: &Keys) -> impl Iterator<Item = Unit> {
    (0..keys.len()).filter(|at| keys.rows[*at] > 0).map(move |at| Unit {
        key: keys.key[at],
        load,
        group: at as u32,
        digest: keys.digest[at],
        rows: keys.rows[at],
        first_row: keys.first_row[at],
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn keys(units: &[(u128, u64)]) -> Keys {
        Keys {
            key: units.iter().map(|unit| unit.0).collect(),
            digest: units.iter().map(|unit| unit.1).collect(),
            first_row: (1..=units.len() as i64).collect(),
            rows: vec![1; units.len()],
        }
    }

    #[test]
    fn overlapping_exports_move_only_what_changed() {
        let (first, second) = (keys(&[(1, 10), (2, 20)]), keys(&[(2, 20), (1, 11), (3, 30)]));
        let outcomes = resolve(&mut Units::new(), &[(1, &first), (2, &second)]);
        assert_eq!(outcomes[&1], HashMap::from([(0, (Fate::Superseded, RowId { load: 2, row: 2 }))]));
        assert_eq!(outcomes[&2], HashMap::from([(0, (Fate::Merged, RowId { load: 1, row: 2 }))]));
    }

    #[test]
    fn a_correction_taken_back_stands_again() {
        let (a, b, c) = (keys(&[(1, 10)]), keys(&[(1, 11)]), keys(&[(1, 10)]));
        let outcomes = resolve(&mut Units::new(), &[(1, &a), (2, &b), (3, &c)]);
        assert_eq!(outcomes[&1][&0].1.load, 2);
        assert_eq!(outcomes[&2][&0].1.load, 3);
        assert!(!outcomes.contains_key(&3));
    }

    #[test]
    fn what_stands_is_all_that_later_loads_need_to_know_of_earlier_ones() {
        // A linear congruence stands in for chance.
        let mut state = 7_u64;
        let mut below = |end: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % end
        };
        for _ in 0..200 {
            let mut one_load = || {
                let units: HashMap<u128, u64> = (0..below(5)).map(|_| (u128::from(below(6)), below(3))).collect();
                keys(&units.into_iter().collect::<Vec<_>>())
            };
            let all: Vec<Keys> = (0..6).map(|_| one_load()).collect();
            let loads: Vec<(i64, &Keys)> = (1..).zip(&all).collect();
            let mut at_once = Units::new();
            let right = resolve(&mut at_once, &loads);
            let mut standing = Units::new();
            let mut outcomes: HashMap<i64, Outcome> = HashMap::new();
            for (load, keys) in &loads {
                // Nothing but what stands of the keys that come is known.
                let wanted: HashSet<u128> = keys.key.iter().copied().collect();
                let mut known = standing.clone();
                known.retain(|key, _| wanted.contains(key));
                for (of, outcome) in resolve(&mut known, &[(*load, keys)]) {
                    outcomes.entry(of).or_default().extend(outcome);
                }
                standing.extend(known);
            }
            assert_eq!((outcomes, standing), (right, at_once));
        }
    }
}
