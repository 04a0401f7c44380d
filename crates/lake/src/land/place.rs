//! Which load's rows stand for a unit: the newest, unless it says what is there already.

use std::collections::{HashMap, HashSet};

use super::fates::{Fate, RowId};
use super::keys::Keys;

/// What becomes of a load's groups that do not stand; the others are used.
pub type Outcome = HashMap<u32, (Fate, RowId)>;

/// Outcomes of all loads of one table, oldest load first in `loads`. Loads without an entry stand as a whole.
///
/// A unit that comes again with the same rows is merged into the rows that are there, so that an export which overlaps
/// with the last one moves nothing. One that comes with other rows takes their place.
pub fn resolve(loads: &[(i64, &Keys)], only: Option<&HashSet<u128>>) -> HashMap<i64, Outcome> {
    struct Standing {
        load: i64,
        group: u32,
        digest: u64,
        rows: u32,
        first_row: i64,
    }
    let mut outcomes: HashMap<i64, Outcome> = HashMap::new();
    let mut standing: HashMap<u128, Standing> = HashMap::new();
    for (load, keys) in loads {
        for group in 0..keys.len() {
            let key = keys.key[group];
            if keys.rows[group] == 0 || only.is_some_and(|only| !only.contains(&key)) {
                continue;
            }
            let new = Standing {
                load: *load,
                group: group as u32,
                digest: keys.digest[group],
                rows: keys.rows[group],
                first_row: keys.first_row[group],
            };
            match standing.get_mut(&key) {
                None => {
                    standing.insert(key, new);
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

#[cfg(test)]
mod tests {
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
        let outcomes = resolve(&[(1, &first), (2, &second)], None);
        assert_eq!(outcomes[&1], HashMap::from([(0, (Fate::Superseded, RowId { load: 2, row: 2 }))]));
        assert_eq!(outcomes[&2], HashMap::from([(0, (Fate::Merged, RowId { load: 1, row: 2 }))]));
    }

    #[test]
    fn a_correction_taken_back_stands_again() {
        let (a, b, c) = (keys(&[(1, 10)]), keys(&[(1, 11)]), keys(&[(1, 10)]));
        let outcomes = resolve(&[(1, &a), (2, &b), (3, &c)], None);
        assert_eq!(outcomes[&1][&0].1.load, 2);
        assert_eq!(outcomes[&2][&0].1.load, 3);
        assert!(!outcomes.contains_key(&3));
    }
}
