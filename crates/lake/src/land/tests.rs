//! Lakes of before there were packs: what their files of loads say is in a pack once something lands.

use std::path::Path;
use std::time::Duration;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, UInt8Array, UInt32Array};
use arrow::ipc::writer::FileWriter;
use port::{Arrival, Fetched, Rows, Seen, Source};

use super::fates::{Fate, RowId};
use super::*;
use crate::engine::Engine;
use crate::lock::Lock;
use crate::manifest::{LoadFiles, Manifest};

struct Nothing;

impl Source for Nothing {
    fn discover(&self, _: &[LandedTable], _: &[Seen]) -> Result<Vec<Arrival>> {
        Ok(Vec::new())
    }

    fn fetch(&self, _: &Arrival, _: &Path) -> Result<Option<Fetched>> {
        Ok(None)
    }

    fn settle(&self) -> Result<()> {
        Ok(())
    }

    fn tidy(&self, _: &Path) -> Result<usize> {
        Ok(0)
    }

    fn read(&self, table: &LandedTable, _: &Fetched) -> Result<Box<dyn Rows>> {
        Err(Error::internal(format!("{} is read", table.name)))
    }
}

/// A file of fates as format 2 has it: code, unit, and the row that it gave way to.
fn write_fates(path: &Path, rows: &[(u8, u32, Option<RowId>)]) {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("fate", Arc::new(rows.iter().map(|row| Some(row.0)).collect::<UInt8Array>())),
        ("group", Arc::new(rows.iter().map(|row| Some(row.1)).collect::<UInt32Array>())),
        ("by_load", Arc::new(rows.iter().map(|row| row.2.map(|by| by.load)).collect::<Int64Array>())),
        ("by_row", Arc::new(rows.iter().map(|row| row.2.map(|by| by.row)).collect::<Int64Array>())),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = FileWriter::try_new(std::fs::File::create(path).unwrap(), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
}

fn keys(units: &[(u128, u64)]) -> Keys {
    Keys {
        key: units.iter().map(|unit| unit.0).collect(),
        digest: units.iter().map(|unit| unit.1).collect(),
        first_row: (1..=units.len() as i64).collect(),
        rows: vec![1; units.len()],
    }
}

fn request(loads: &[(i64, &str)]) -> Land {
    let mut source = retail::preset::preset("online-retail").unwrap().source.clone();
    let table = source.tables[0].clone();
    source.tables = ["orders", "lines"].map(|name| LandedTable { name: name.to_owned(), ..table.clone() }).to_vec();
    let load = |(id, table): &(i64, &str)| {
        let fetched = Fetched {
            hash: String::new(),
            file: String::new(),
            path: std::path::PathBuf::new(),
            name: id.to_string(),
            size: 0,
        };
        Load { id: *id, table: (*table).to_owned(), fetched, is_new: *id > 3 }
    };
    Land {
        source: Arc::new(source),
        reader: Arc::new(Nothing),
        loads: loads.iter().map(load).collect(),
        undone: Vec::new(),
        staging: Vec::new(),
        rebuild: false,
        merge_exact_duplicates: false,
        exchange: Arc::default(),
    }
}

#[test]
fn files_of_loads_become_a_pack_that_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    std::fs::create_dir(root.join("fates")).unwrap();
    let gave_way = |load, row| Some(RowId { load, row });
    let (used, merged, superseded) = (Fate::Used as u8, Fate::Merged as u8, Fate::Superseded as u8);
    // Load 2 repeats unit 7 and corrects unit 8; load 3 is of another table, with a unit of the same key.
    let loads = [
        (1, keys(&[(7, 70), (8, 80)]), vec![(used, 0, None), (superseded, 1, gave_way(2, 2))]),
        (2, keys(&[(7, 70), (8, 81)]), vec![(merged, 0, gave_way(1, 1)), (used, 1, None)]),
        (3, keys(&[(7, 99)]), vec![(used, 0, None)]),
    ];
    let mut base = Manifest::default();
    for (load, keys, fates) in &loads {
        let files = LoadFiles { fates: format!("{load}.fates.arrow"), keys: format!("{load}.keys"), rows: 0 };
        write_fates(&root.join("fates").join(&files.fates), fates);
        std::fs::write(root.join("fates").join(&files.keys), keys.to_bytes()).unwrap();
        base.loads.insert(*load, files);
    }
    let engine = Engine::new(root, "UTC", 1, 64 << 20).unwrap();
    let lock = Lock::take(root, Duration::ZERO).unwrap();
    let run = LakeRun::new(root.to_owned(), engine, base, lock);
    pack_loose(&run, &request(&[(1, "orders"), (2, "orders"), (3, "lines"), (4, "lines")])).unwrap();
    let packs = pack::open(root, &run.packs()).unwrap();
    for (load, _, rows) in &loads {
        let fates = pack::fates(&packs, *load).unwrap().unwrap();
        let count = |fate: u8| rows.iter().filter(|row| row.0 == fate).count() as u64;
        let report = fates.report(*load);
        assert_eq!((report.used, report.merged, report.superseded), (count(used), count(merged), count(superseded)));
        assert_eq!(fates.groups(), rows.iter().map(|row| row.1).collect::<Vec<_>>());
    }
    let standing = |table: &str| {
        let units = pack::units(&packs, table, 1..20).unwrap();
        let mut units: Vec<_> = units.values().map(|unit| (unit.key, unit.load, unit.digest)).collect();
        units.sort_unstable();
        units
    };
    assert_eq!(standing("orders"), [(7, 1, 70), (8, 2, 81)]);
    assert_eq!(standing("lines"), [(7, 3, 99)]);
    assert!(pack_loose(&run, &request(&[])).is_ok());
}
