//! The `rejects` table: every row set aside, as it came, with the rule and the reason.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Builder, RecordBatch, StringViewBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use port::{Error, Result};

use super::fates::Fate;

pub const TABLE: &str = "rejects";

/// Collects rows until they are written.
#[derive(Default)]
pub struct RejectLog {
    load: Int64Builder,
    row: Int64Builder,
    line: Int64Builder,
    texts: [StringViewBuilder; 6],
    rows: usize,
    /// Batches that are complete, before the rows above.
    full: Vec<RecordBatch>,
}

pub struct Reject<'a> {
    pub load: i64,
    pub row: i64,
    pub line: u64,
    /// The arrival's name.
    pub file: &'a str,
    pub landed_table: &'a str,
    pub rule: &'a str,
    pub reason: &'a str,
    pub raw: &'a str,
    pub fate: Fate,
}

impl RejectLog {
    pub fn new() -> RejectLog {
        RejectLog::default()
    }

    pub fn push(&mut self, reject: &Reject<'_>) {
        self.load.append_value(reject.load);
        self.row.append_value(reject.row);
        self.line.append_option(i64::try_from(reject.line).ok().filter(|line| *line > 0));
        let texts = [reject.file, reject.landed_table, reject.rule, reject.reason, reject.raw, reject.fate.name()];
        for (builder, text) in self.texts.iter_mut().zip(texts) {
            builder.append_value(text);
        }
        self.rows += 1;
    }

    /// Takes over another log's rows, after its own.
    pub fn append(&mut self, other: &mut RejectLog) -> Result<()> {
        if self.rows > 0 {
            let mine = self.take_rows()?;
            self.full.push(mine);
        }
        self.full.extend(other.take()?);
        Ok(())
    }

    pub fn is_empty(&self) -> bool {
        self.rows == 0 && self.full.is_empty()
    }

    /// All rows, in order.
    pub fn take(&mut self) -> Result<Vec<RecordBatch>> {
        let mut batches = std::mem::take(&mut self.full);
        if self.rows > 0 {
            batches.push(self.take_rows()?);
        }
        Ok(batches)
    }

    fn take_rows(&mut self) -> Result<RecordBatch> {
        let mut columns: Vec<ArrayRef> =
            vec![Arc::new(self.load.finish()), Arc::new(self.row.finish()), Arc::new(self.line.finish())];
        columns.extend(self.texts.iter_mut().map(|builder| Arc::new(builder.finish()) as ArrayRef));
        self.rows = 0;
        RecordBatch::try_new(schema(), columns).map_err(|error| Error::internal(error.to_string()))
    }
}

pub fn schema() -> SchemaRef {
    let number = |name: &str| Field::new(name, DataType::Int64, true);
    let text = |name: &str| Field::new(name, DataType::Utf8View, true);
    Arc::new(Schema::new(vec![
        number("load"),
        number("row"),
        number("line"),
        text("file"),
        text("landed_table"),
        text("rule"),
        text("reason"),
        text("raw"),
        text("status"),
    ]))
}
