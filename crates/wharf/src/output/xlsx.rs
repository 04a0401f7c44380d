//! A workbook of one sheet: numbers as numbers, dates as dates, text as text and never a formula.

use std::io::Write;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, Schema, TimeUnit, TimestampMicrosecondType};
use port::{Error, Kind};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::RowWriter;
use super::cell::Cells;
use super::sheet::is_number;
use crate::failure::{Failure, Result};

/// Rows of a sheet, the header among them.
pub const MOST_ROWS: u32 = 1_048_576;
/// 1970-01-01 as a workbook counts days.
const EPOCH: f64 = 25_569.0;
/// Characters of a column, where a cell has more, and what Excel wants beside them.
const WIDEST: usize = 60;
const MARGIN: f64 = 1.5;
const DAY_MICROS: f64 = 86_400_000_000.0;
/// Integers beyond lose digits as the doubles that workbooks hold.
const EXACT: f64 = 9_007_199_254_740_992.0;

pub struct XlsxWriter {
    out: Box<dyn Write + Send>,
    workbook: Workbook,
    /// Its rows are in a temporary file once the next one begins: a million of them are no more in memory than one.
    sheet: Worksheet,
    formats: Vec<Format>,
    /// Of each column, in characters.
    widths: Vec<usize>,
    row: u32,
}

impl XlsxWriter {
    pub fn new(schema: &Schema, out: Box<dyn Write + Send>) -> Result<XlsxWriter> {
        let mut workbook = Workbook::new();
        let mut sheet = workbook.new_worksheet_with_constant_memory().map_err(failed)?;
        let bold = Format::new().set_bold();
        for (column, field) in (0u16..).zip(schema.fields()) {
            sheet.write_string_with_format(0, column, field.name(), &bold).map_err(failed)?;
        }
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        let formats = schema.fields().iter().map(|field| format_of(field.data_type())).collect();
        let widths = schema.fields().iter().map(|field| field.name().chars().count()).collect();
        Ok(XlsxWriter { out, workbook, sheet, formats, widths, row: 1 })
    }

    fn cell(&mut self, column: u16, kind: &DataType, array: &dyn Array, row: usize, text: &str) -> Result<()> {
        let Some(format) = self.formats.get(usize::from(column)) else { return Ok(()) };
        let number = match kind {
            DataType::Date32 => Some(f64::from(array.as_primitive::<Date32Type>().value(row)) + EPOCH),
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                Some(array.as_primitive::<TimestampMicrosecondType>().value(row) as f64 / DAY_MICROS + EPOCH)
            }
            kind if is_number(kind) => text.parse::<f64>().ok().filter(|number| number.abs() < EXACT),
            _ => None,
        };
        let written = match (number, kind) {
            (Some(number), _) => self.sheet.write_number_with_format(self.row, column, number, format),
            (None, DataType::Boolean) => self.sheet.write_boolean(self.row, column, text == "true"),
            (None, _) => self.sheet.write_string(self.row, column, text),
        };
        written.map(|_| ()).map_err(failed)
    }
}

impl RowWriter for XlsxWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let cells = Cells::new(batch)?;
        for row in 0..batch.num_rows() {
            if self.row >= MOST_ROWS {
                let message = format!("a sheet has {MOST_ROWS} rows at most, and there are more");
                return Err(Failure::usage(message, "ask for fewer rows, or use --format csv or parquet"));
            }
            for (column, array) in (0u16..).zip(batch.columns()) {
                if let Some(text) = cells.text(usize::from(column), row) {
                    if let Some(width) = self.widths.get_mut(usize::from(column)) {
                        *width = shown(array.data_type(), &text).max(*width);
                    }
                    self.cell(column, array.data_type(), array.as_ref(), row, &text)?;
                }
            }
            self.row += 1;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        for (column, width) in (0u16..).zip(&self.widths) {
            let width = (*width).min(WIDEST) as f64 + MARGIN;
            self.sheet.set_column_width(column, width).map_err(failed)?;
        }
        let XlsxWriter { mut out, mut workbook, sheet, .. } = *self;
        workbook.push_worksheet(sheet);
        let mut told = Told { out: &mut out, error: None };
        let saved = workbook.save_to_writer(&mut told);
        // Of a reader that is gone the library keeps no more than words.
        if let Some(error) = told.error {
            return Err(Failure::of_output(error));
        }
        saved.map_err(failed)?;
        out.flush().map_err(Failure::of_output)
    }
}

/// Keeps the error of a write.
struct Told<'a> {
    out: &'a mut (dyn Write + Send),
    error: Option<std::io::Error>,
}

impl Write for Told<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.out.write(bytes).map_err(|error| {
            let again = std::io::Error::new(error.kind(), error.to_string());
            self.error = Some(error);
            again
        })
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

/// Characters that a cell takes.
fn shown(kind: &DataType, text: &str) -> usize {
    match kind {
        DataType::Date32 => 10,
        DataType::Timestamp(_, _) => 19,
        // With marks between thousands.
        kind if is_number(kind) => text.len() + text.len() / 3,
        _ => text.chars().count(),
    }
}

fn format_of(kind: &DataType) -> Format {
    Format::new().set_num_format(match kind {
        DataType::Date32 => "yyyy-mm-dd",
        DataType::Timestamp(_, _) => "yyyy-mm-dd hh:mm:ss",
        DataType::Decimal128(_, _) | DataType::Decimal256(_, _) => "#,##0.00##",
        kind if kind.is_integer() => "#,##0",
        _ => "General",
    })
}

fn failed(error: XlsxError) -> Failure {
    let error = Error::new(Kind::Io, format!("cannot write the workbook: {error}"));
    error.advise("use --format csv or parquet").into()
}
