//! Types rows that were set aside earlier, from their raw JSON: the same cells, the same typing.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array};
use arrow::buffer::Buffer;
use port::{Chunk, Error, RawRow, RawRows, Rejected, Result};
use retail::source::LandedTable;

use super::Settings;
use super::json_object;
use super::json_text::UNREADABLE;
use super::jsonl::{JsonRecords, Keys, writes_numbers};
use super::typer::{Block, Typer};
use super::typing::Plan;

/// Rows keep their numbers and order; rows of no cells (ragged and the like) are set aside again under their rule.
pub fn retype(table: &LandedTable, rows: &[RawRow], settings: &Settings) -> Result<Chunk> {
    let sources: Vec<Option<usize>> = (0..table.columns.len()).map(Some).collect();
    let plan = Plan::new(table, &sources, &settings.clock)?;
    let records = JsonRecords::new(Arc::new(Keys::new(table)), writes_numbers(table));
    let mut typer = Typer::new(plan, Box::new(records), table.columns.len());
    // A line for each row: line feeds inside JSON text are blanks between its parts, so they may become blanks.
    let mut readable: Vec<&RawRow> = Vec::with_capacity(rows.len());
    let mut rejected = Vec::new();
    let mut text = String::new();
    for row in rows {
        match unreadable(row) {
            Some(again) => rejected.push(again),
            None if row.raw.trim().is_empty() => rejected.push(again(row, "bad_json", "empty".to_owned())),
            None => {
                readable.push(row);
                text.push_str(&row.raw.replace(['\n', '\r'], " "));
                text.push('\n');
            }
        }
    }
    let number = |ordinal: i64| readable.get(ordinal as usize).map_or(0, |row| row.row);
    let parsed = typer.parse(Block { bytes: Buffer::from_vec(text.into_bytes()), from: 0 })?;
    let mut columns: Vec<Vec<ArrayRef>> = vec![Vec::new(); table.columns.len()];
    let mut kept = Vec::new();
    for piece in parsed.pieces {
        kept.extend(piece.rows.iter().map(|row| row.ordinal));
        rejected.extend(piece.rejected.into_iter().map(|found| Rejected { row: number(found.row), line: 0, ..found }));
        for (column, array) in columns.iter_mut().zip(piece.arrays) {
            column.push(array);
        }
    }
    let schema = Chunk::schema(table);
    let internal = |error: arrow::error::ArrowError| Error::internal(error.to_string());
    let mut arrays = Vec::with_capacity(columns.len() + 1);
    for (column, field) in columns.iter().zip(schema.fields()) {
        let parts: Vec<&dyn Array> = column.iter().map(|array| array.as_ref()).collect();
        arrays.push(if parts.is_empty() {
            arrow::array::new_empty_array(field.data_type())
        } else {
            arrow::compute::concat(&parts).map_err(internal)?
        });
    }
    arrays.push(Arc::new(Int64Array::from_iter_values(kept.iter().map(|ordinal| number(i64::from(*ordinal))))));
    let batch = arrow::array::RecordBatch::try_new(schema, arrays).map_err(internal)?;
    rejected.sort_by_key(|rejected| rejected.row);
    let texts = kept.iter().filter_map(|at| readable.get(*at as usize)).map(|row| row.raw.clone()).collect();
    Ok(Chunk { batch, rejected, raw: Arc::new(Texts(texts)) })
}

/// A row whose raw form is its text under its rule.
fn unreadable(row: &RawRow) -> Option<Rejected> {
    let pairs = json_object::pairs(&row.raw).ok()?;
    let [(key, _)] = pairs.as_slice() else { return None };
    let rule = UNREADABLE.into_iter().find(|rule| key.strip_prefix('_') == Some(rule))?;
    Some(again(row, rule, "its text has no cells to type: mend it in the file and drop that again".to_owned()))
}

fn again(row: &RawRow, rule: &str, reason: String) -> Rejected {
    Rejected { row: row.row, line: 0, rule: rule.to_owned(), reason, raw: row.raw.clone() }
}

struct Texts(Vec<String>);

impl RawRows for Texts {
    fn raw(&self, index: usize) -> String {
        self.0.get(index).cloned().unwrap_or_else(|| "{}".to_owned())
    }

    fn line(&self, _index: usize) -> u64 {
        0
    }
}
