//! A JSON array of objects. Numbers are written with all their digits, decimals included.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Schema};
use serde_json::Value;

use super::RowWriter;
use super::cell::Cells;
use super::sheet::is_number;
use crate::failure::{Failure, Result};

pub struct JsonWriter {
    out: Box<dyn Write + Send>,
    /// `"name":` for each column.
    names: Vec<String>,
    /// Written without quotes.
    bare: Vec<bool>,
    rows: u64,
}

impl JsonWriter {
    pub fn new(schema: &Schema, out: Box<dyn Write + Send>) -> JsonWriter {
        let names = schema.fields().iter().map(|field| format!("{}:", Value::from(field.name().as_str())));
        let bare =
            schema.fields().iter().map(|field| is_number(field.data_type()) || *field.data_type() == DataType::Boolean);
        JsonWriter { out, names: names.collect(), bare: bare.collect(), rows: 0 }
    }
}

impl RowWriter for JsonWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let cells = Cells::new(batch)?;
        let mut line = String::new();
        for row in 0..batch.num_rows() {
            line.clear();
            line.push_str(if self.rows == 0 { "[\n  {" } else { ",\n  {" });
            for (column, name) in self.names.iter().enumerate() {
                if column > 0 {
                    line.push(',');
                }
                line.push_str(name);
                match cells.text(column, row) {
                    None => line.push_str("null"),
                    Some(text) if self.bare.get(column) == Some(&true) => line.push_str(bare(&text)),
                    Some(text) => line.push_str(&Value::from(text).to_string()),
                }
            }
            line.push('}');
            self.out.write_all(line.as_bytes()).map_err(Failure::of_output)?;
            self.rows += 1;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        let end = if self.rows == 0 { "[]\n" } else { "\n]\n" };
        self.out.write_all(end.as_bytes()).and_then(|()| self.out.flush()).map_err(Failure::of_output)
    }
}

/// JSON has no infinities.
fn bare(text: &str) -> &str {
    if text.ends_with("inf") || text.eq_ignore_ascii_case("nan") { "null" } else { text }
}
