//! Rows of formats that are not text (Parquet, workbooks) as blocks of cells, so that the one typing serves them too.
//!
//! A row is its cells one after the other: four bytes of length and kind, then the text.

use std::sync::Arc;

use super::cells::{Cell, Row};
use super::json_text;
use super::typer::{Batch, RawRecord, Records};

const NATIVE: u32 = 1 << 31;
const LENGTH: u32 = NATIVE - 1;
const HEAD: usize = 4;

/// Writes rows.
#[derive(Default)]
pub struct RowsWriter {
    bytes: Vec<u8>,
}

impl RowsWriter {
    /// A cell of text.
    pub fn text(&mut self, text: &str) {
        self.cell(text.as_bytes(), 0);
    }

    /// A number or time in its own form; `write` appends it as text.
    pub fn native(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let head = self.bytes.len();
        self.bytes.extend([0; HEAD]);
        write(&mut self.bytes);
        let length = (self.bytes.len() - head - HEAD) as u32 & LENGTH;
        self.bytes[head..head + HEAD].copy_from_slice(&(length | NATIVE).to_le_bytes());
    }

    pub fn null(&mut self) {
        self.cell(b"", 0);
    }

    fn cell(&mut self, text: &[u8], kind: u32) {
        self.bytes.extend((text.len() as u32 & LENGTH | kind).to_le_bytes());
        self.bytes.extend_from_slice(text);
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

/// Reads them back as cells.
pub struct RowsRecords {
    pub raw: Arc<RowsRaw>,
}

/// The columns' names.
pub struct RowsRaw {
    pub names: Vec<String>,
    /// Numbers stay numbers in the raw row, see [`super::jsonl::writes_numbers`].
    pub numbers: bool,
}

impl Records for RowsRecords {
    fn fill(&mut self, block: &[u8], mut at: usize, batch: &mut Batch) -> usize {
        while at < block.len() && !batch.is_full() {
            let row = batch.row(at);
            for _ in 0..batch.grid.width {
                let (cell, next) = cell(block, at);
                batch.grid.cells.push(cell);
                at = next;
            }
            batch.grid.rows.push(row);
            if batch.grid.width == 0 {
                return block.len();
            }
        }
        at
    }

    fn raw(&self) -> Arc<dyn RawRecord> {
        self.raw.clone()
    }

    fn line_end(&self) -> Option<u8> {
        None
    }
}

/// The cell at `at` and where the next one is.
fn cell(block: &[u8], at: usize) -> (Cell, usize) {
    let head = block.get(at..).and_then(|rest| rest.first_chunk::<HEAD>()).map_or(0, |head| u32::from_le_bytes(*head));
    let start = at + HEAD;
    let end = start + (head & LENGTH) as usize;
    let cell = Cell::new(start, end);
    (if head & NATIVE != 0 { cell.native() } else { cell }, end)
}

impl RawRecord for RowsRaw {
    fn raw(&self, block: &[u8], row: Row) -> String {
        let mut at = row.start as usize;
        let cells = self.names.iter().map(|name| {
            let (cell, next) = cell(block, at);
            at = next;
            let text = block.get(cell.start()..cell.start() + cell.len()).unwrap_or_default();
            let number = self.numbers && cell.is_native() && is_number(text);
            (name.as_str(), text, number)
        });
        json_text::object(cells)
    }
}

/// JSON's numbers alone may stand without quotes: no dates, no NaN.
fn is_number(text: &[u8]) -> bool {
    serde_json::from_slice::<f64>(text).is_ok()
}

/// A floating point number as its fifteen significant digits: what spreadsheets show and what it surely holds, so that
/// 0.1 + 0.2 is 0.3 and the id 17850 is not 17850.0.
pub fn push_float(out: &mut Vec<u8>, value: f64) {
    let mut text = format!("{value}");
    let digits = text.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0').count();
    if digits > 15 && value.is_finite() && !text.ends_with("00") {
        let rounded: f64 = format!("{value:.14e}").parse().unwrap_or(value);
        text = format!("{rounded}");
    }
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_as_people_see_them() {
        let text = |value: f64| {
            let mut out = Vec::new();
            push_float(&mut out, value);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text(17850.0), "17850");
        assert_eq!(text(0.1 + 0.2), "0.3");
        assert_eq!(text(2.55), "2.55");
        assert_eq!(text(1.005 * 3.0), "3.015");
        assert_eq!(text(1e20), "100000000000000000000");
        assert_eq!(text(0.00001), "0.00001");
        assert_eq!(text(-0.0), "-0");
        assert_eq!(text(f64::NAN), "NaN");
    }

    #[test]
    fn rows_read_back() {
        let mut writer = RowsWriter::default();
        writer.text("a");
        writer.native(|out| push_float(out, 2.5));
        writer.null();
        let block = writer.take();
        let raw = RowsRaw { names: ["x", "y", "z"].map(str::to_owned).to_vec(), numbers: true };
        assert_eq!(raw.raw(&block, Row { ordinal: 0, start: 0 }), r#"{"x":"a","y":2.5,"z":null}"#);
        let mut records = RowsRecords { raw: Arc::new(raw) };
        let mut batch = Batch { grid: super::super::cells::Grid::new(3), ..Batch::default() };
        assert_eq!(records.fill(&block, 0, &mut batch), block.len());
        assert_eq!(batch.grid.rows.len(), 1);
        assert!(batch.grid.cell(0, 1).is_native());
    }
}
