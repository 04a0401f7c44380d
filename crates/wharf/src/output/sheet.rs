//! Rows to write, and what a person is told beside them.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use futures::StreamExt;
use futures::stream::BoxStream;
use port::{Answer, Error};

use crate::failure::Result;

pub struct Sheet {
    pub schema: SchemaRef,
    pub rows: BoxStream<'static, port::Result<RecordBatch>>,
    /// A last row for people, a text a column.
    pub total: Option<Vec<String>>,
    /// Lines for people, below the table.
    pub remarks: Vec<String>,
}

impl From<Answer> for Sheet {
    fn from(answer: Answer) -> Sheet {
        Sheet { schema: answer.schema, rows: answer.rows, total: None, remarks: Vec::new() }
    }
}

impl Sheet {
    pub fn of(schema: SchemaRef, batches: Vec<RecordBatch>) -> Sheet {
        let rows = futures::stream::iter(batches.into_iter().map(Ok)).boxed();
        Sheet { schema, rows, total: None, remarks: Vec::new() }
    }

    /// Rows made here, a column after the other.
    pub fn of_columns(columns: Vec<(&str, ArrayRef)>) -> Result<Sheet> {
        let fields: Vec<Field> =
            columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
        let schema = Arc::new(Schema::new(fields));
        let columns = columns.into_iter().map(|(_, column)| column).collect();
        let batch = RecordBatch::try_new(schema.clone(), columns)
            .map_err(|error| Error::internal(format!("rows of unequal columns: {error}")))?;
        Ok(Sheet::of(schema, vec![batch]))
    }

    pub fn remark(mut self, remark: impl Into<String>) -> Sheet {
        self.remarks.push(remark.into());
        self
    }
}

/// A sheet of texts.
pub fn text_sheet(names: &[&str], rows: &[Vec<String>]) -> Result<Sheet> {
    let columns = names.iter().enumerate().map(|(index, name)| {
        let cells = rows.iter().map(|row| row.get(index).filter(|cell| !cell.is_empty()).map(String::as_str));
        (*name, Arc::new(cells.collect::<StringArray>()) as ArrayRef)
    });
    Sheet::of_columns(columns.collect())
}

/// Numbers are written to the right.
pub fn is_number(kind: &DataType) -> bool {
    kind.is_numeric()
}

/// Bytes in the largest unit that leaves a digit before the point.
pub fn bytes_of(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KB", "MB", "GB", "TB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{size:.1} {}", UNITS[unit]) }
}
