//! Tuples of COPY's binary format as cells: text is read where it lies, numbers and times are written out beside it.

use std::sync::Arc;

use super::column::{Column, Form};
use super::decode;
use crate::files::cells::{Cell, Row};
use crate::files::json_text;
use crate::files::typer::{Batch, RawRecord, Records};

/// Where the tuple at `at` ends: at `at` itself for an end mark, `None` when the bytes end before it does.
pub fn tuple_end(bytes: &[u8], at: usize) -> Option<usize> {
    let fields = i16::from_be_bytes(*bytes.get(at..)?.first_chunk()?);
    if fields < 0 {
        return Some(at);
    }
    let mut end = at + 2;
    for _ in 0..fields {
        let length = i32::from_be_bytes(*bytes.get(end..)?.first_chunk()?);
        end += 4 + usize::try_from(length).unwrap_or(0);
    }
    (end <= bytes.len()).then_some(end)
}

/// The values of a tuple that starts at `at`, with where each begins; `None` is null. Ends where the bytes do.
pub fn values(bytes: &[u8], at: usize) -> impl Iterator<Item = Option<(usize, &[u8])>> {
    let head = |at: usize| bytes.get(at..).and_then(|rest| rest.first_chunk().copied());
    let fields = bytes.get(at..).and_then(|rest| rest.first_chunk().copied()).map_or(0, i16::from_be_bytes);
    let mut at = at + 2;
    (0..fields).map_while(move |_| {
        let length = i32::from_be_bytes(head(at)?);
        at += 4;
        let Ok(length) = usize::try_from(length) else { return Some(None) };
        let start = at;
        at += length;
        Some(Some((start, bytes.get(start..start + length)?)))
    })
}

/// Cuts tuples into cells.
pub struct Tuples {
    raw: Arc<TuplesRaw>,
    /// Columns that the table takes; the others are not looked at.
    used: Vec<bool>,
}

impl Tuples {
    pub fn new(raw: Arc<TuplesRaw>, used: Vec<bool>) -> Tuples {
        Tuples { raw, used }
    }

    /// The tuple's cells; the error is the column that cannot be read.
    fn cells(&self, block: &[u8], at: usize, batch: &mut Batch) -> Result<(), usize> {
        let mut values = values(block, at);
        for (index, column) in self.raw.columns.iter().enumerate() {
            let value = values.next().ok_or(index)?;
            let cell = match value {
                Some((start, bytes)) if self.used[index] => cell(column, start, bytes, &mut batch.side).ok_or(index)?,
                _ => Cell::default(),
            };
            batch.grid.cells.push(cell);
        }
        Ok(())
    }
}

fn cell(column: &Column, start: usize, bytes: &[u8], side: &mut Vec<u8>) -> Option<Cell> {
    let from = side.len();
    if column.array {
        decode::write_array(column.form, bytes, side)?;
        return Some(Cell::side(from, side.len()));
    }
    match column.form {
        Form::Text => text(start, bytes),
        Form::Plain => text(start, bytes).map(Cell::native),
        Form::Jsonb => text(start + 1, bytes.strip_prefix(&[1])?),
        form => {
            decode::write(form, bytes, side)?;
            let cell = Cell::side(from, side.len());
            Some(if decode::is_native(form) { cell.native() } else { cell })
        }
    }
}

fn text(start: usize, bytes: &[u8]) -> Option<Cell> {
    simdutf8::basic::from_utf8(bytes).ok()?;
    Some(Cell::new(start, start + bytes.len()))
}

impl Records for Tuples {
    fn fill(&mut self, block: &[u8], mut at: usize, batch: &mut Batch) -> usize {
        while at < block.len() && !batch.is_full() {
            let row = batch.row(at);
            let before = batch.grid.cells.len();
            match self.cells(block, at, batch) {
                Ok(()) => batch.grid.rows.push(row),
                Err(index) => {
                    batch.grid.cells.truncate(before);
                    let name = self.raw.columns.get(index).map_or("", |column| column.name.as_str());
                    let reason = format!("{name}: not UTF-8, or not a value of its type");
                    let raw = self.raw.raw(block, row);
                    batch.reject(row, "unreadable", reason, raw);
                }
            }
            // Blocks hold whole tuples.
            at = tuple_end(block, at).filter(|end| *end > at).unwrap_or(block.len());
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

/// Gives raw rows back: each value as the server would write it.
pub struct TuplesRaw {
    columns: Vec<Column>,
}

impl TuplesRaw {
    pub fn new(columns: &[Column]) -> TuplesRaw {
        TuplesRaw { columns: columns.to_vec() }
    }
}

impl RawRecord for TuplesRaw {
    fn raw(&self, block: &[u8], row: Row) -> String {
        let texts: Vec<Vec<u8>> = self.columns.iter().zip(values(block, row.start as usize)).map(shown).collect();
        json_text::object(
            self.columns.iter().zip(&texts).map(|(column, text)| (column.name.as_str(), &text[..], false)),
        )
    }
}

/// A value as text; empty for null and for what cannot be read.
pub fn shown((column, value): (&Column, Option<(usize, &[u8])>)) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some((_, bytes)) = value {
        let written = match column.array {
            true => decode::write_array(column.form, bytes, &mut out),
            false => decode::write(column.form, bytes, &mut out),
        };
        if written.is_none() {
            out.clear();
        }
    }
    out
}
