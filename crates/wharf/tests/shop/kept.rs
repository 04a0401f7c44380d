//! What a lake holds: its rows as text, its files by month, its fates, and whether other engines would read the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::PathBuf;

use arrow::array::{Array, AsArray};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use super::{Shop, elsewhere};

/// Rows of each table, sorted, as `column=value` texts.
pub type Tables = BTreeMap<String, Vec<String>>;

/// wharf's own history, which tells of times and of runs that others did not have.
pub const HISTORY: [&str; 3] = ["runs", "steps", "checks"];

impl Shop {
    pub fn manifest(&self) -> Value {
        let text = fs::read(self.path("lake/manifest.json")).expect("a manifest");
        serde_json::from_slice(&text).unwrap()
    }

    /// All tables as the manifest names them, but `runs` and columns with times of ours.
    pub fn tables(&self) -> Tables {
        self.tables_without(|table, column| {
            matches!(table, "runs" | "steps") || matches!((table, column), ("checks", "at") | ("loads", "landed_at"))
        })
    }

    /// Staging and marts without provenance: what a shop that came to the same data by another way must have too.
    pub fn said(&self) -> Tables {
        let mut tables = self.tables_without(|_, column| column.starts_with('_'));
        tables.retain(|table, _| !HISTORY.contains(&table.as_str()) && table != "loads" && table != "rejects");
        tables
    }

    fn tables_without(&self, leave_out: impl Fn(&str, &str) -> bool) -> Tables {
        if elsewhere::is_database() {
            return self.asked(leave_out);
        }
        let manifest = self.manifest();
        let tables = manifest["tables"].as_object().unwrap();
        let read = |(name, table): (&String, &Value)| {
            let mut rows = Vec::new();
            for file in table["files"].as_array().unwrap() {
                rows.extend(rows_of(&self.table_folder(name, table).join(file["path"].as_str().unwrap()), |column| {
                    !leave_out(name, column)
                }));
            }
            rows.sort_unstable();
            (name.clone(), rows)
        };
        tables.iter().filter(|(name, _)| !matches!(name.as_str(), "runs" | "steps")).map(read).collect()
    }

    /// The same of a database, by asking it.
    fn asked(&self, leave_out: impl Fn(&str, &str) -> bool) -> Tables {
        let listed = self.wharf(&["tables", "--format", "json"]).well();
        let listed: Vec<Value> = serde_json::from_str(&listed).unwrap();
        let names = listed.iter().map(|row| row["table"].as_str().unwrap().to_owned());
        let read = |name: String| {
            let rows = self.wharf(&["query", &format!("select * from {name}"), "--format", "json"]).well();
            let rows: Vec<serde_json::Map<String, Value>> = serde_json::from_str(&rows).unwrap();
            let text = |row: &serde_json::Map<String, Value>| {
                let seen = row.iter().filter(|(column, value)| !value.is_null() && !leave_out(&name, column));
                seen.map(|(column, value)| format!("{column}={value}")).collect::<Vec<_>>().join(" ")
            };
            let mut rows: Vec<String> = rows.iter().map(text).collect();
            rows.sort_unstable();
            (name.clone(), rows)
        };
        names.filter(|name| !matches!(name.as_str(), "runs" | "steps" | "fates")).map(read).collect()
    }

    /// Files of each table by the month they hold, `""` where a table has none.
    pub fn files(&self) -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
        if elsewhere::is_database() {
            return self.versions();
        }
        let manifest = self.manifest();
        let mut all: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
        for (name, table) in manifest["tables"].as_object().unwrap() {
            let months = all.entry(name.clone()).or_default();
            for file in table["files"].as_array().unwrap() {
                let first = file["days"][0].as_i64();
                let month = first.map(|day| month_of(i32::try_from(day).unwrap())).unwrap_or_default();
                months.entry(month).or_default().insert(file["path"].as_str().unwrap().to_owned());
            }
        }
        all
    }

    /// In a database: the transactions that wrote a month's rows, in place of its files.
    fn versions(&self) -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
        let mut all = BTreeMap::from(["runs", "steps"].map(|name| (name.to_owned(), BTreeMap::new())));
        let ours = |name: &str| HISTORY.contains(&name) || matches!(name, "loads" | "rejects");
        for (name, rows) in self.tables().into_iter().filter(|(name, _)| !ours(name)) {
            let dated = rows.first().is_some_and(|row| row.split(' ').any(|cell| cell.starts_with("day=")));
            let month = if dated { "substr(cast(day as text), 1, 7)" } else { "''" };
            let sql = format!("select {month}, cast(xmin as text) || '/' || count(*) from {name} group by 1, xmin");
            let done = self.wharf(&["query", &sql, "--format", "csv"]);
            // A view has no rows of its own.
            if done.code != Some(0) {
                continue;
            }
            let months: &mut BTreeMap<String, BTreeSet<String>> = all.entry(name).or_default();
            for row in done.out.lines().skip(1) {
                let (month, version) = row.rsplit_once(',').unwrap();
                months.entry(month.trim_matches('"').to_owned()).or_default().insert(version.to_owned());
            }
        }
        all
    }

    /// Every row of every load has one fate, loads and fates tell the same, and set-aside rows are all in rejects.
    #[track_caller]
    pub fn assert_fates(&self) {
        let told = self.query(
            "select load, rows, used, rejected, pending, merged, superseded from loads where not undone order by load",
        );
        for row in &told {
            let cells: Vec<u64> = row.split(',').map(|cell| cell.parse().unwrap()).collect();
            assert_eq!(cells[1], cells[2..].iter().sum::<u64>(), "fates of a load do not add up: {row}");
        }
        let counted = self.query(
            "select load, count(*), count(case when fate = 'used' then 1 end), \
             count(case when fate = 'rejected' then 1 end), count(case when fate = 'pending' then 1 end), \
             count(case when fate = 'merged' then 1 end), count(case when fate = 'superseded' then 1 end) \
             from fates group by load order by load",
        );
        let empty: Vec<&String> = told.iter().filter(|row| row.split(',').nth(1) == Some("0")).collect();
        let told: Vec<&String> = told.iter().filter(|row| !empty.contains(row)).collect();
        assert_eq!(told, counted.iter().collect::<Vec<_>>(), "`wharf loads` and the stored fates differ");
        let aside = self.query("select count(*) from fates where fate in ('rejected', 'pending')");
        assert_eq!(aside, self.query("select count(*) from rejects"), "set-aside rows and rejects differ");
        let wrong = self.query("select count(*) from rejects where status not in ('rejected', 'pending')");
        assert_eq!(wrong, ["0"]);
    }

    /// The newest Delta version of each table names just the files that the manifest names, and they are there.
    #[track_caller]
    pub fn assert_delta(&self) {
        if elsewhere::is_database() {
            return;
        }
        let manifest = self.manifest();
        for (name, table) in manifest["tables"].as_object().unwrap() {
            let folder = self.table_folder(name, table);
            let ours: BTreeSet<String> = table["files"]
                .as_array()
                .unwrap()
                .iter()
                .map(|file| file["path"].as_str().unwrap().to_owned())
                .collect();
            for file in &ours {
                assert!(folder.join(file).is_file(), "{name}: {file} is named and not there");
            }
            let (version, theirs) = newest(&folder);
            assert_eq!(theirs, ours, "{name}: the newest Delta version has other files than the manifest");
            assert_eq!(
                Some(version),
                table["version"].as_u64(),
                "{name}: the manifest does not name the newest version"
            );
        }
    }

    fn table_folder(&self, name: &str, table: &Value) -> PathBuf {
        self.path("lake").join(table["layer"].as_str().unwrap()).join(name)
    }
}

/// Both must hold the same; says which rows of which table are on one side alone.
#[track_caller]
pub fn assert_same(what: &str, left: &Tables, right: &Tables) {
    let mut told = String::new();
    let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    for name in names {
        match (left.get(name), right.get(name)) {
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) => told += &format!("{name}: {}", difference(a, b)),
            (Some(_), None) => told += &format!("{name} is on the left alone\n"),
            (None, _) => told += &format!("{name} is on the right alone\n"),
        }
    }
    assert!(told.is_empty(), "{what}: tables differ\n{told}");
}

fn difference(left: &[String], right: &[String]) -> String {
    let count = |rows: &[String]| {
        let mut counts: BTreeMap<String, i64> = BTreeMap::new();
        rows.iter().for_each(|row| *counts.entry(row.clone()).or_default() += 1);
        counts
    };
    let (a, b) = (count(left), count(right));
    let only = |a: &BTreeMap<String, i64>, b: &BTreeMap<String, i64>| -> Vec<String> {
        a.iter().filter(|(row, n)| b.get(*row) != Some(n)).map(|(row, n)| format!("{n} × {row}")).collect()
    };
    let (l, r) = (only(&a, &b), only(&b, &a));
    let mut told = format!("{} rows and {} rows\n", left.len(), right.len());
    l.iter().take(4).for_each(|row| told += &format!("  left:  {row}\n"));
    r.iter().take(4).for_each(|row| told += &format!("  right: {row}\n"));
    told
}

fn rows_of(path: &PathBuf, keep: impl Fn(&str) -> bool) -> Vec<String> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    let options = FormatOptions::default().with_null("∅");
    let mut rows = Vec::new();
    for batch in reader {
        let batch = batch.unwrap();
        let schema = batch.schema();
        let columns: Vec<(&str, ArrayFormatter<'_>)> = schema
            .fields()
            .iter()
            .zip(batch.columns())
            .filter(|(field, _)| keep(field.name()))
            .map(|(field, column)| (field.name().as_str(), ArrayFormatter::try_new(column.as_ref(), &options).unwrap()))
            .collect();
        for row in 0..batch.num_rows() {
            let cells = columns.iter().map(|(name, column)| format!("{name}={}", column.value(row)));
            rows.push(cells.collect::<Vec<_>>().join(" "));
        }
    }
    rows
}

/// The newest version of a Delta log and the files it names: from the last checkpoint on, since entries before may be gone.
fn newest(folder: &std::path::Path) -> (u64, BTreeSet<String>) {
    let log = fs::read_dir(folder.join("_delta_log")).unwrap().map(|entry| entry.unwrap().path());
    let numbered = |path: PathBuf| Some((path.file_name()?.to_str()?.split('.').next()?.parse::<u64>().ok()?, path));
    let log: BTreeSet<(u64, PathBuf)> = log.filter_map(numbered).collect();
    let is_checkpoint = |(_, path): &&(u64, PathBuf)| path.to_string_lossy().ends_with(".checkpoint.parquet");
    let checkpoint = log.iter().rfind(is_checkpoint);
    let mut files = checkpoint.map(|(_, path)| files_of_checkpoint(path)).unwrap_or_default();
    let since = checkpoint.map(|(version, _)| *version);
    let commits = log.iter().filter(|(_, path)| path.extension().is_some_and(|extension| extension == "json"));
    for (_, path) in commits.clone().filter(|(version, _)| Some(*version) > since) {
        for line in fs::read_to_string(path).unwrap().lines() {
            let action: Value = serde_json::from_str(line).unwrap();
            if let Some(path) = action["remove"]["path"].as_str() {
                files.remove(path);
            }
            if let Some(path) = action["add"]["path"].as_str() {
                files.insert(path.to_owned());
            }
        }
    }
    (commits.map(|(version, _)| *version).max().or(since).unwrap(), files)
}

fn files_of_checkpoint(path: &PathBuf) -> BTreeSet<String> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    let paths = reader.flat_map(|batch| {
        let added = batch.unwrap().column_by_name("add").unwrap().as_struct().clone();
        let paths = arrow::compute::cast(added.column_by_name("path").unwrap(), &DataType::Utf8).unwrap();
        let there = |row: usize| {
            (added.is_valid(row) && paths.is_valid(row)).then(|| paths.as_string::<i32>().value(row).to_owned())
        };
        (0..added.len()).filter_map(there).collect::<Vec<_>>()
    });
    paths.collect()
}

fn month_of(day: i32) -> String {
    let date = chrono::DateTime::from_timestamp(i64::from(day) * 86_400, 0).unwrap();
    date.format("%Y-%m").to_string()
}
