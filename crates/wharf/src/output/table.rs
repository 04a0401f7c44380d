//! A table for people. Columns are as wide as the first rows need; the rest streams, so that no result is too large.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use unicode_width::UnicodeWidthStr;

use super::RowWriter;
use super::cell::{Cells, plain};
use super::sheet::is_number;
use crate::failure::{Failure, Result};

/// Rows that decide on the widths.
const LOOKED_AT: usize = 1000;

pub struct TableWriter {
    schema: SchemaRef,
    out: Box<dyn Write + Send>,
    /// Rows before the widths are known.
    waiting: Vec<Vec<String>>,
    widths: Option<Vec<usize>>,
    total: Option<Vec<String>>,
    remarks: Vec<String>,
}

impl TableWriter {
    pub fn new(
        schema: SchemaRef,
        out: Box<dyn Write + Send>,
        total: Option<Vec<String>>,
        remarks: Vec<String>,
    ) -> TableWriter {
        TableWriter { schema, out, waiting: Vec::new(), widths: None, total, remarks }
    }

    /// Fixes the widths and writes the header and the rows that waited.
    fn start(&mut self) -> Result<()> {
        let names: Vec<String> = self.schema.fields().iter().map(|field| plain(field.name())).collect();
        let mut widths = vec![0; names.len()];
        for row in self.waiting.iter().chain(&self.total).chain([&names]) {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        self.widths = Some(widths.clone());
        self.line(&names)?;
        let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        self.line(&rule)?;
        for row in std::mem::take(&mut self.waiting) {
            self.line(&row)?;
        }
        Ok(())
    }

    fn line(&mut self, cells: &[String]) -> Result<()> {
        let mut line = String::new();
        let widths = self.widths.as_deref().unwrap_or_default();
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                line.push_str("  ");
            }
            let gap = " ".repeat(widths.get(index).map_or(0, |width| width.saturating_sub(cell.width())));
            if is_number(self.schema.field(index).data_type()) {
                line.push_str(&gap);
                line.push_str(cell);
            } else {
                line.push_str(cell);
                line.push_str(&gap);
            }
        }
        writeln!(self.out, "{}", line.trim_end()).map_err(Failure::of_output)
    }
}

impl RowWriter for TableWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let cells = Cells::new(batch)?;
        for row in 0..batch.num_rows() {
            let texts = (0..batch.num_columns()).map(|column| plain(&cells.text(column, row).unwrap_or_default()));
            let texts: Vec<String> = texts.collect();
            if self.widths.is_some() {
                self.line(&texts)?;
                continue;
            }
            self.waiting.push(texts);
            if self.waiting.len() == LOOKED_AT {
                self.start()?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        if self.widths.is_none() {
            self.start()?;
        }
        if let Some(total) = self.total.take() {
            let rule: Vec<String> = self.widths.iter().flatten().map(|width| "─".repeat(*width)).collect();
            self.line(&rule)?;
            self.line(&total)?;
        }
        for remark in std::mem::take(&mut self.remarks) {
            writeln!(self.out, "{remark}").map_err(Failure::of_output)?;
        }
        self.out.flush().map_err(Failure::of_output)
    }
}
