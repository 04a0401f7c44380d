//! Where rows come from.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use retail::source::{ColumnType, LandedTable};
use serde::{Deserialize, Serialize};

use crate::Result;

/// An outside system that has rows for landed tables.
///
/// A load is one arrival of one table: a file's content, a snapshot of a table, what changed in it since the load before.
/// Reading a load again gives the same rows with the same row numbers, at any time and on any machine, from the landed copy
/// alone: fates are recorded by row number.
pub trait Source: Send + Sync {
    /// What is there and not known yet, in landing order: of two loads in one answer the later one is the newer.
    /// `seen` is in landing order too. Cheap: an arrival whose `position` equals a `seen` one is left out without reading its
    /// content. What several arrivals of one answer show is of one moment, where the outside system knows such.
    fn discover(&self, tables: &[LandedTable], seen: &[Seen<'_>]) -> Result<Vec<Arrival>>;

    /// Copies the arrival's bytes into `landing` under a name made from their content; doing it twice changes nothing.
    /// Durable once [`Source::settle`] returns. `None`: it changed or vanished while it was read, so leave it for the next
    /// run. Should it change after all before its copy is whole, reading it ends with [`Kind::Changed`](crate::Kind::Changed).
    fn fetch(&self, arrival: &Arrival, landing: &Path) -> Result<Option<Fetched>>;

    /// Waits until all that was fetched is durable: nothing that stands on it may be published before.
    fn settle(&self) -> Result<()>;

    /// Puts small landed copies together, so that a folder of very many loads has few files; how many went. They are read as
    /// before. It may be stopped at any moment, and others may read and land meanwhile.
    fn tidy(&self, landing: &Path) -> Result<usize>;

    /// Typed rows of a landed copy, in order, in bounded memory. A row that cannot be typed comes as [`Rejected`];
    /// an `Err` means that the load as a whole is unusable.
    fn read(&self, table: &LandedTable, load: &Fetched) -> Result<Box<dyn Rows>>;
}

/// Something to land.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// Path below the inbox with `/`, or the outside system's name for it.
    pub name: String,
    /// The landed table that its rows are of.
    pub table: String,
    pub position: Position,
    /// Of a file; empty elsewhere.
    pub path: PathBuf,
    /// What the source says of it, for a person: `rows that changed since load 3`. Without it the name tells enough.
    pub note: Option<String>,
}

/// What tells one state of an arrival from another without reading it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Position {
    File {
        size: u64,
        /// Since 1970; a file of another time has the nearest that fits.
        modified_nanos: i64,
        inode: u64,
    },
    /// How far an outside system was read, in the source's own words.
    Mark(String),
}

/// An arrival that is known already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen<'a> {
    pub name: &'a str,
    pub position: &'a Position,
    /// Its copy in the landing folder; empty where it is not known.
    pub file: &'a str,
}

/// A landed copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// BLAKE3 of the bytes as they arrived, in hex.
    pub hash: String,
    /// Name of the copy in the landing folder.
    pub file: String,
    /// Where the copy is; not stored, since projects move.
    #[serde(skip)]
    pub path: PathBuf,
    /// The arrival's name, kept for messages and for the format by extension.
    pub name: String,
    pub size: u64,
}

/// A load's rows, chunk after chunk.
pub trait Rows: Send {
    fn next_chunk(&mut self) -> Result<Option<Chunk>>;

    /// Remarks about the load as a whole (columns added, missing), complete once the rows are read.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Consecutive rows of a load.
pub struct Chunk {
    /// The table's columns in `source.toml` order (schema: [`Chunk::schema`]), then `_row: Int64`, the row's number in its
    /// load: data rows counted from 1, rejected ones included.
    pub batch: RecordBatch,
    pub rejected: Vec<Rejected>,
    /// The raw form of `batch`'s rows, for those that a rule sets aside later.
    pub raw: Arc<dyn RawRows>,
    /// The rows say what is no longer there: of each the table's key alone is filled. Such a row takes the place of all rows
    /// of its unit in older loads, and no row stands for it.
    pub gone: bool,
}

impl Chunk {
    /// The schema of `batch` for a table: its columns, then `_row`.
    pub fn schema(table: &LandedTable) -> SchemaRef {
        let mut fields: Vec<Field> =
            table.columns.iter().map(|column| Field::new(&column.name, arrow_type(column.kind), true)).collect();
        fields.push(Field::new("_row", DataType::Int64, false));
        Arc::new(Schema::new(fields))
    }
}

/// The Arrow type that holds a column of a landed table.
pub fn arrow_type(kind: ColumnType) -> DataType {
    match kind {
        ColumnType::Text => DataType::Utf8View,
        ColumnType::Integer => DataType::Int64,
        ColumnType::Decimal => DataType::Decimal128(18, 4),
        ColumnType::Boolean => DataType::Boolean,
        ColumnType::Date => DataType::Date32,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
    }
}

/// Raw rows by index in their batch.
pub trait RawRows: Send + Sync {
    /// A JSON object of header name to text (null where the cell is empty), keys in file order.
    fn raw(&self, index: usize) -> String;
    /// Line on which the row starts, from 1; 0 where lines mean nothing.
    fn line(&self, index: usize) -> u64;
}

/// A row that could not be typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejected {
    pub row: i64,
    /// Line on which it starts, from 1; 0 where lines mean nothing.
    pub line: u64,
    /// Stable snake_case name: `missing`, `bad_integer`, `bad_timestamp`, `out_of_range`, `ragged`, …
    pub rule: String,
    /// Which column, which value, what was expected.
    pub reason: String,
    /// As [`RawRows::raw`] gives it.
    pub raw: String,
}
