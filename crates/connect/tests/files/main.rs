//! Files read whole: every format, every fault that a shop's files have, and the known answers of real ones.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use connect::files::{Settings, read_bytes};
use port::{Chunk, Rejected, Result};
use retail::source::LandedTable;

mod binary;
mod compressed;
mod delimited;
mod json_lines;
mod known_answers;
mod properties;

/// 2027-01-15 08:00 UTC.
pub const NOW: i64 = 1_800_000_000_000_000;

pub fn settings() -> Settings {
    Settings::new("Europe/London", NOW).unwrap()
}

/// A table of the keys and columns in `text`.
pub fn table(text: &str) -> LandedTable {
    toml::from_str(&format!("name = \"orders\"\nfiles = [\"*\"]\n{text}")).unwrap()
}

/// Three columns that serve most tests.
pub fn orders(keys: &str) -> LandedTable {
    table(&format!(
        r#"{keys}
        [[column]]
        name = "order_id"
        from = ["Order ID"]
        required = true
        [[column]]
        name = "amount"
        type = "decimal"
        [[column]]
        name = "ordered_at"
        type = "timestamp"
        max = "now+1d"
        "#
    ))
}

/// What reading a file gave, as text.
#[derive(Debug, Default, PartialEq)]
pub struct Found {
    /// Cells by row, as Arrow shows them; the row's number last.
    pub rows: Vec<Vec<String>>,
    pub rejected: Vec<Rejected>,
    pub raw: Vec<String>,
    pub lines: Vec<u64>,
    pub notes: Vec<String>,
}

impl Found {
    pub fn add(&mut self, chunk: &Chunk) {
        let options = FormatOptions::new().with_null("∅");
        // Arrow shows times of named zones with more features only.
        let shown: Vec<ArrayRef> = chunk
            .batch
            .columns()
            .iter()
            .map(|column| match column.as_primitive_opt::<TimestampMicrosecondType>() {
                Some(times) => Arc::new(times.clone().with_timezone("+00:00")) as ArrayRef,
                None => column.clone(),
            })
            .collect();
        let columns: Vec<_> =
            shown.iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options).unwrap()).collect();
        for row in 0..chunk.batch.num_rows() {
            self.rows.push(columns.iter().map(|column| column.value(row).to_string()).collect());
            self.raw.push(chunk.raw.raw(row));
            self.lines.push(chunk.raw.line(row));
        }
        self.rejected.extend(chunk.rejected.iter().cloned());
    }

    /// Rule, row and line of each rejected row.
    pub fn rules(&self) -> Vec<(&str, i64, u64)> {
        self.rejected.iter().map(|rejected| (rejected.rule.as_str(), rejected.row, rejected.line)).collect()
    }
}

pub fn read_with(table: &LandedTable, name: &str, bytes: &[u8], settings: &Settings) -> Result<Found> {
    let mut rows = read_bytes(table, name, bytes.to_vec(), settings)?;
    let mut found = Found::default();
    while let Some(chunk) = rows.next_chunk()? {
        assert_eq!(chunk.batch.schema(), Chunk::schema(table));
        assert!(chunk.batch.num_rows() <= 64 << 10);
        // What was made without checks holds under checks.
        for column in chunk.batch.columns() {
            column.to_data().validate_full().unwrap();
        }
        found.add(&chunk);
    }
    found.notes = rows.notes();
    Ok(found)
}

pub fn read(table: &LandedTable, name: &str, bytes: impl AsRef<[u8]>) -> Found {
    read_with(table, name, bytes.as_ref(), &settings()).unwrap()
}

pub fn failure(table: &LandedTable, name: &str, bytes: impl AsRef<[u8]>) -> port::Error {
    read_with(table, name, bytes.as_ref(), &settings()).unwrap_err()
}
