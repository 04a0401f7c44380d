//! Rows that give way by number, and history that is forgotten.

use std::collections::BTreeMap;
use std::time::Duration;

use arrow::array::{ArrayRef, Int64Array, StringViewArray};
use futures::TryStreamExt;
use port::{Keep, Query, Saved, Volume, Warehouse};

use super::*;
use crate::{Lake, Options};

#[test]
fn the_newest_lie_few_a_file_and_old_ones_many() {
    assert_eq!(LOADS.of(1, 1), (0, 128));
    assert_eq!(LOADS.of(130, 140), (128, 128));
    assert_eq!(LOADS.of(8191, 16_383), (8064, 128));
    assert_eq!(LOADS.of(8191, 16_384), (0, 8192));
    assert_eq!(RUNS.of(2047, 2047), (1024, 1024));
    assert_eq!(RUNS.of(2047, 99_999), (1024, 1024));
    assert!(told(9) < told(10) && told(99_999) < told(100_000));
}

struct Shop {
    _folder: tempfile::TempDir,
    lake: Lake,
    runtime: tokio::runtime::Runtime,
}

impl Shop {
    fn new() -> Shop {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { zone: "UTC".to_owned(), threads: 2, memory: 256 << 20 };
        let lake = Lake::open(&folder.path().join("lake"), &options).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        Shop { _folder: folder, lake, runtime }
    }

    fn put(&self, puts: &[(&str, RecordBatch, Put<'_>)]) -> (Vec<bool>, Volume) {
        self.runtime.block_on(async {
            let run = self.lake.begin(Duration::ZERO).await.unwrap();
            let mut done = Vec::new();
            for (table, rows, how) in puts {
                done.push(run.put(table, rows.clone(), *how).await.unwrap());
            }
            (done, run.publish(Saved { head: "state".to_owned(), chapters: Vec::new() }).await.unwrap())
        })
    }

    fn optimize(&self, runs: u64) {
        self.runtime.block_on(self.lake.optimize(Keep { files: Duration::ZERO, runs })).unwrap();
    }

    fn rows(&self, sql: &str) -> Vec<String> {
        let batches: Vec<RecordBatch> =
            self.runtime.block_on(async { self.lake.query(sql).await.unwrap().rows.try_collect().await.unwrap() });
        batches.iter().flat_map(|batch| crate::build::json_rows(batch).unwrap()).collect()
    }

    fn files(&self, table: &str) -> u64 {
        let tables = self.runtime.block_on(self.lake.tables()).unwrap();
        tables.iter().find(|found| found.name == table).map_or(0, |found| found.files)
    }
}

fn loads(rows: &BTreeMap<i64, i64>) -> RecordBatch {
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.keys().copied()));
    let names: ArrayRef = Arc::new(StringViewArray::from_iter_values(rows.keys().map(|load| format!("file-{load}"))));
    let superseded: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.values().copied()));
    let columns = [("load", numbers, true), ("name", names, true), ("superseded", superseded, true)];
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

/// The same as if the whole table were written each time.
#[test]
fn rows_give_way_by_their_number_whatever_was_before() {
    let shop = Shop::new();
    let mut random = 7u64;
    let mut draw = |below: i64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as i64
    };
    let (mut all, mut last) = (BTreeMap::new(), 0);
    for round in 0..40 {
        let mut rows = BTreeMap::new();
        let added = if round % 10 == 3 { 9000 } else { draw(200) };
        for _ in 0..added {
            // Numbers of loads that failed are missing.
            last += 1 + draw(2);
            rows.insert(last, 0);
        }
        let olds: Vec<i64> = all.keys().copied().collect();
        for _ in 0..draw(5) {
            let near = (olds.len() as i64 - 1 - draw(4000)).max(0) as usize;
            rows.extend(olds.get(near).map(|load| (*load, round)));
        }
        rows.extend(olds.first().filter(|_| round % 13 == 12).map(|load| (*load, round)));
        all.extend(rows.clone());
        let (done, volume) = shop.put(&[("loads", loads(&rows), Put::InPlaceOf("load"))]);
        if round == 0 {
            assert_eq!(done, [false], "there is no such table yet");
            shop.put(&[("loads", loads(&all), Put::InPlaceOfAll)]);
        }
        if rows.len() < 210 && all.len() > 20_000 && !rows.keys().any(|load| *load < last - 20_000) {
            assert!(volume.written * 4 < volume.live, "{volume:?} in round {round}");
        }
        if round % 7 == 6 {
            let before = shop.rows("select * from loads order by load");
            shop.optimize(5);
            assert!(shop.rows("select * from loads order by load") == before);
        }
        let told = shop.rows("select load, name, superseded from loads order by load");
        let expected: Vec<String> = all
            .iter()
            .map(|(load, superseded)| {
                format!("{{\"load\":\"{load}\",\"name\":\"file-{load}\",\"superseded\":\"{superseded}\"}}")
            })
            .collect();
        assert!(told == expected, "round {round}");
    }
    shop.optimize(5);
    let most = (LOADS.many + LOADS.lively) / LOADS.few + last / LOADS.many + 2;
    assert!((shop.files("loads") as i64) <= most, "{} files", shop.files("loads"));
    // Of other columns, all rows are others'.
    let other = loads(&all).project(&[0, 1]).unwrap();
    assert_eq!(shop.put(&[("loads", other, Put::InPlaceOf("load"))]).0, [false]);
}

#[test]
fn of_old_runs_the_latest_result_of_each_check_is_left() {
    let shop = Shop::new();
    let number = |numbers: &[i64]| -> ArrayRef { Arc::new(Int64Array::from(numbers.to_vec())) };
    let text = |texts: &[&str]| -> ArrayRef { Arc::new(StringViewArray::from(texts.to_vec())) };
    let runs = |from: i64, to: i64| {
        let runs: Vec<i64> = (from..to).collect();
        RecordBatch::try_from_iter_with_nullable([
            ("run", number(&runs), true),
            ("millis", number(&vec![3; runs.len()]), true),
        ])
        .unwrap()
    };
    // Each run asks one check; in the first two, one more was asked, and in run 5000 that of another model.
    let checks = |from: i64, to: i64| {
        let (mut at, mut models) = (Vec::new(), Vec::new());
        for run in from..to {
            at.push(run);
            models.push("daily_sales");
            if run <= 2 || run == 5000 {
                at.push(run);
                models.push(if run == 5000 { "cohorts" } else { "customers" });
            }
        }
        let names = vec!["unique(day)"; at.len()];
        let columns = [("run", number(&at), true), ("model", text(&models), true), ("check_name", text(&names), true)];
        RecordBatch::try_from_iter_with_nullable(columns).unwrap()
    };
    let mut from = 1;
    for to in [10, 500, 2000, 2001, 4999, 5200, 9000, 12_000, 12_001] {
        shop.put(&[("runs", runs(from, to), Put::Beside), ("checks", checks(from, to), Put::Beside)]);
        from = to;
        shop.optimize(3000);
        let first: i64 = shop.rows("select min(run) as run from runs")[0]
            .trim_matches(|mark: char| !mark.is_ascii_digit())
            .parse()
            .unwrap();
        let newest = to - 1;
        assert!(first <= (newest - 2999).max(1) && first >= (newest - 3000 - RUNS.many).max(1), "{first} of {newest}");
        let latest = shop.rows("select model, max(run) as run from checks group by model order by model");
        let of = |model: &str, run: i64| format!("{{\"model\":\"{model}\",\"run\":\"{run}\"}}");
        let mut expected = vec![of("customers", 2), of("daily_sales", newest)];
        if newest >= 5000 {
            expected.insert(0, of("cohorts", 5000));
        }
        assert_eq!(latest, expected);
        assert!(shop.files("runs") <= 5 && shop.files("checks") <= 6, "{}", shop.files("checks"));
    }
    let old = shop.rows("select run, model from checks where run < 7000 order by run");
    assert_eq!(old.len(), 2, "{old:?}");
}
