//! Packs hold what was recorded last of each load and unit, however many runs recorded it and whatever was joined.

use std::collections::BTreeMap;

use super::write::{SMALL, write_beside};
use super::*;
use crate::land::fates::{Fate, RowId};

/// What a test knows to be true.
#[derive(Default)]
struct Truth {
    /// A load's rows, and the one that its first gave way to.
    loads: BTreeMap<i64, (i64, Option<i64>)>,
    units: BTreeMap<(&'static str, u128), Unit>,
}

fn fates_of((rows, gave_way): (i64, Option<i64>)) -> Fates {
    let mut fates = Fates::default();
    (1..=rows).for_each(|row| fates.set(row, Fate::Used, Some(row as u32)));
    gave_way.iter().for_each(|load| fates.give_way(1, Fate::Superseded, RowId { load: *load, row: 1 }));
    fates
}

impl Truth {
    /// A run's load, which takes the place of the first row of an earlier one.
    fn run(&mut self, load: i64, corrects: Option<i64>) -> Recorded {
        let mut recorded = Recorded::default();
        self.loads.insert(load, (load % 5, None));
        if let Some(old) = corrects.and_then(|old| self.loads.get_mut(&old)) {
            old.1 = Some(load);
        }
        for load in [Some(load), corrects].into_iter().flatten() {
            recorded.add_fates(load, fates_of(self.loads[&load]));
        }
        for table in ["orders", "lines"] {
            let units: Vec<Unit> = (0..load % 4)
                .map(|group| {
                    // Spread like hashes; loads far apart have the same ones.
                    let key = u128::from((load % 37 * 4 + group) as u64)
                        .wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
                    Unit { key, load, group: group as u32, digest: load as u64 * 7, rows: 1, first_row: group + 1 }
                })
                .collect();
            self.units.extend(units.iter().map(|unit| ((table, unit.key), *unit)));
            recorded.add_units(table, units.into_iter());
        }
        recorded
    }

    fn check(&self, packs: &[Pack]) {
        let rows = self.loads.iter().map(|(load, (rows, _))| (*load, *rows as u64));
        assert_eq!(loads(packs).unwrap(), rows.collect::<Vec<_>>());
        for found in all_fates(packs) {
            let (load, found) = found.unwrap();
            let right = fates_of(self.loads[&load]).table(load).unwrap();
            assert_eq!(found.table(load).unwrap(), right);
            assert_eq!(fates(packs, load).unwrap().unwrap().table(load).unwrap(), right);
        }
        assert!(fates(packs, -1).unwrap().is_none());
        for table in ["orders", "lines", "other"] {
            // All at once, then one by one, among some that are not there.
            let known = |(of, _): &&(&str, u128)| *of == table;
            let keys: Vec<u128> = self.units.keys().filter(known).map(|(_, key)| *key).collect();
            let found = units(packs, table, keys.iter().copied().chain(1..50)).unwrap();
            assert_eq!(found.len(), keys.len());
            for key in keys {
                assert_eq!(found[&key], self.units[&(table, key)]);
                assert_eq!(units(packs, table, [key, key ^ 1].into_iter()).unwrap(), Units::from([(key, found[&key])]));
            }
        }
    }
}

#[test]
fn what_was_recorded_last_is_what_is_found() {
    // Sizes above which packs stay apart: none but by their own size, some, hardly any.
    for small in [0, 2_000, SMALL] {
        let folder = tempfile::tempdir().unwrap();
        let (mut truth, mut packs) = (Truth::default(), Vec::new());
        for load in 1..=200 {
            let corrects = (load % 3 == 0).then_some(load / 2);
            packs = write_beside(folder.path(), &packs, truth.run(load, corrects), small).unwrap();
            if load % 20 == 0 {
                truth.check(&open(folder.path(), &packs).unwrap());
            }
            assert!(packs.len() < 12, "{packs:?}");
        }
        let mut sizes = packs.iter().map(|pack| pack.bytes).collect::<Vec<_>>();
        sizes.retain(|bytes| *bytes > small);
        assert!(sizes.windows(2).all(|pair| pair[0] > pair[1]), "{sizes:?}");
    }
}

#[test]
fn a_pack_that_is_gone_or_cut_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let packs = write(folder.path(), &[], Truth::default().run(3, None)).unwrap();
    let path = super::folder(folder.path()).join(&packs[0].file);
    let whole = fs::read(&path).unwrap();
    for bytes in [&whole[..whole.len() - 1], &whole[1..], b""] {
        fs::write(&path, bytes).unwrap();
        let told = open(folder.path(), &packs).err().unwrap().to_string();
        assert!(told.contains("damaged") && told.contains("--full-refresh"), "{told}");
    }
    fs::remove_file(&path).unwrap();
    assert!(open(folder.path(), &packs).err().unwrap().to_string().contains("--full-refresh"));
}

#[test]
fn a_pack_that_others_may_read_stays_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let mut truth = Truth::default();
    let first = write(folder.path(), &[], truth.run(1, None)).unwrap();
    let second = write(folder.path(), &first, truth.run(2, None)).unwrap();
    assert_eq!(second.len(), 1);
    let path = super::folder(folder.path()).join(&first[0].file);
    let long_ago = SystemTime::now() - Duration::from_secs(1000);
    File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
    // It is old, and was named until now.
    retire(folder.path(), first.iter());
    let named = BTreeSet::from([second[0].file.clone()]);
    remove_retired(folder.path(), &named, Duration::from_secs(120)).unwrap();
    truth.check(&open(folder.path(), &second).unwrap());
    assert!(path.exists());
    remove_retired(folder.path(), &named, Duration::ZERO).unwrap();
    assert!(!path.exists());
    truth.check(&open(folder.path(), &second).unwrap());
}
