//! Reading a load once: rules applied, rows numbered within their unit, fates noted, used rows handed on.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch};
use arrow::compute;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use port::{Chunk, Error, Load, Result, Source};
use retail::source::{ExactDuplicates, LandedTable};

use super::fates::{Fate, Fates, RowId};
use super::keys::{Grouper, Keys, key_of, text_columns};
use super::rejects::{Reject, RejectLog};
use super::rules::Rules;
use crate::digest::row_hashes;

/// Used rows of a chunk, in the shape staging SQL sees, with each row's group.
#[derive(Debug, Clone)]
pub struct Placed {
    pub batch: RecordBatch,
    pub groups: Vec<u32>,
}

/// What reading a load found.
pub struct Surveyed {
    pub keys: Keys,
    /// Keys that the load says are no longer there, and the row that says so.
    pub gone: HashMap<u128, i64>,
    pub fates: Fates,
    pub notes: Vec<String>,
}

/// All that reading needs to know of a table.
pub struct Survey<'a> {
    pub table: &'a LandedTable,
    pub rules: &'a Rules,
    /// A parent's columns here and the keys that its used rows have.
    pub parents: Vec<(String, Vec<usize>, &'a HashSet<u128>)>,
    pub merge_exact_duplicates: bool,
}

/// The landed table as staging SQL sees it.
pub fn schema(table: &LandedTable) -> SchemaRef {
    let mut fields: Vec<Field> = Chunk::schema(table).fields().iter().map(|field| field.as_ref().clone()).collect();
    fields.pop();
    fields.extend(["_load", "_row", "_line"].map(|name| Field::new(name, DataType::Int64, true)));
    Arc::new(Schema::new(fields))
}

impl Survey<'_> {
    /// Blocking. `sink` gets the used rows in order; rejected ones go to `rejects`.
    pub fn read(
        &self,
        load: &Load,
        reader: &dyn Source,
        mut rejects: Option<&mut RejectLog>,
        sink: &mut dyn FnMut(Placed) -> Result<()>,
    ) -> Result<Surveyed> {
        let position = |name: &String| self.table.columns.iter().position(|column| column.name == *name);
        let key: Vec<usize> = self.table.key.iter().filter_map(position).collect();
        let mut grouper = Grouper::new(key);
        let mut fates = Fates::default();
        let mut seen: HashMap<u64, i64> = HashMap::new();
        let mut gone: HashMap<u128, i64> = HashMap::new();
        let merge_alike = self.merge_exact_duplicates || self.table.exact_duplicates == ExactDuplicates::Merge;
        let schema = schema(self.table);
        let mut rows = reader.read(self.table, &load.fetched)?;
        while let Some(chunk) = rows.next_chunk()? {
            self.parse_rejects(load, &chunk, &mut fates, &mut rejects);
            let numbers = chunk.batch.column(chunk.batch.num_columns() - 1).as_primitive::<Int64Type>().clone();
            if chunk.gone {
                // They take the place of their unit's rows, and nothing stands for them.
                let groups = grouper.assign(&chunk.batch, numbers.values())?;
                for ((group, digest), row) in groups.iter().zip(digests(&chunk.batch)?).zip(numbers.values()) {
                    grouper.count(*group, digest);
                    fates.set(*row, Fate::Used, Some(*group));
                    gone.insert(grouper.keys.key[*group as usize], *row);
                }
                continue;
            }
            let mut keep = self.set_aside(load, &chunk, &numbers, &mut fates, &mut rejects)?;
            let digests = digests(&chunk.batch)?;
            if merge_alike {
                merge_duplicates(load, &digests, &numbers, &mut keep, &mut seen, &mut fates);
            }
            let (batch, digests) = used(&chunk.batch, digests, &keep)?;
            if batch.num_rows() == 0 {
                continue;
            }
            let numbers = batch.column(batch.num_columns() - 1).as_primitive::<Int64Type>().clone();
            let groups = grouper.assign(&batch, numbers.values())?;
            let mut lines = Vec::with_capacity(groups.len());
            for ((group, digest), row) in groups.iter().zip(&digests).zip(numbers.values()) {
                lines.push(i64::from(grouper.count(*group, *digest)));
                fates.set(*row, Fate::Used, Some(*group));
            }
            let batch = with_provenance(&batch, &schema, load.id, lines)?;
            sink(Placed { batch, groups })?;
        }
        let mut keys = grouper.keys;
        if self.table.key.is_empty() {
            // Without keys the unit is the file's path, also when the file has no rows.
            keys.one_unit(key_of(&[[Some(load.fetched.name.as_str())].into_iter().collect()], 0));
        }
        Ok(Surveyed { keys, gone, fates, notes: rows.notes() })
    }

    fn parse_rejects(&self, load: &Load, chunk: &Chunk, fates: &mut Fates, log: &mut Option<&mut RejectLog>) {
        for reject in &chunk.rejected {
            fates.set(reject.row, Fate::Rejected, None);
            if let Some(log) = log {
                log.push(&Reject {
                    load: load.id,
                    row: reject.row,
                    line: reject.line,
                    file: &load.fetched.name,
                    landed_table: &self.table.name,
                    rule: &reject.rule,
                    reason: &reject.reason,
                    raw: &reject.raw,
                    fate: Fate::Rejected,
                });
            }
        }
    }

    /// Rows that a rule rejects or whose parent is not there; the mask of those that stay, `None` when all do.
    fn set_aside(
        &self,
        load: &Load,
        chunk: &Chunk,
        numbers: &Int64Array,
        fates: &mut Fates,
        log: &mut Option<&mut RejectLog>,
    ) -> Result<Option<Vec<bool>>> {
        let broken = self.rules.broken(&chunk.batch)?;
        let mut keep = vec![true; chunk.batch.num_rows()];
        let mut aside = |row: usize, rule: &str, reason: &str, fate: Fate| {
            if !std::mem::replace(&mut keep[row], false) {
                return;
            }
            fates.set(numbers.value(row), fate, None);
            if let Some(log) = log {
                log.push(&Reject {
                    load: load.id,
                    row: numbers.value(row),
                    line: chunk.raw.line(row),
                    file: &load.fetched.name,
                    landed_table: &self.table.name,
                    rule,
                    reason,
                    raw: &chunk.raw.raw(row),
                    fate,
                });
            }
        };
        broken.iter().for_each(|(row, rule, reason)| aside(*row, rule, reason, Fate::Rejected));
        for (parent, columns, known) in &self.parents {
            let values = text_columns(&chunk.batch, columns)?;
            for row in 0..chunk.batch.num_rows() {
                // A null names no parent: a guest's order, say.
                let names_one = values.iter().all(|column| column.is_valid(row));
                if names_one && !known.contains(&key_of(&values, row)) {
                    let key: Vec<&str> = values.iter().map(|column| column.value(row)).collect();
                    let reason = format!("no {parent} row with key {}", key.join(", "));
                    aside(row, "parent_missing", &reason, Fate::Pending);
                }
            }
        }
        Ok(keep.contains(&false).then_some(keep))
    }
}

/// Rows that say in every column what an earlier row of the load says are merged into it.
fn merge_duplicates(
    load: &Load,
    digests: &[u64],
    numbers: &Int64Array,
    keep: &mut Option<Vec<bool>>,
    seen: &mut HashMap<u64, i64>,
    fates: &mut Fates,
) {
    for (at, digest) in digests.iter().enumerate() {
        if keep.as_ref().is_some_and(|keep| !keep[at]) {
            continue;
        }
        let row = numbers.value(at);
        let first = *seen.entry(*digest).or_insert(row);
        if first != row {
            keep.get_or_insert_with(|| vec![true; digests.len()])[at] = false;
            fates.set(row, Fate::Used, None);
            fates.give_way(row, Fate::Merged, RowId { load: load.id, row: first });
        }
    }
}

/// One number a row for its content, its row number left out.
pub fn digests(batch: &RecordBatch) -> Result<Vec<u64>> {
    row_hashes(&batch.columns()[..batch.num_columns() - 1], 0)
}

fn used(batch: &RecordBatch, digests: Vec<u64>, keep: &Option<Vec<bool>>) -> Result<(RecordBatch, Vec<u64>)> {
    let Some(keep) = keep else { return Ok((batch.clone(), digests)) };
    let mask = BooleanArray::from(keep.clone());
    let batch = compute::filter_record_batch(batch, &mask).map_err(|e| Error::internal(e.to_string()))?;
    let digests = digests.into_iter().zip(keep).filter_map(|(digest, keep)| keep.then_some(digest)).collect();
    Ok((batch, digests))
}

fn with_provenance(batch: &RecordBatch, schema: &SchemaRef, load: i64, lines: Vec<i64>) -> Result<RecordBatch> {
    let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
    let rows = columns.pop();
    columns.push(Arc::new(Int64Array::from(vec![load; batch.num_rows()])));
    columns.extend(rows);
    columns.push(Arc::new(Int64Array::from(lines)));
    RecordBatch::try_new(schema.clone(), columns).map_err(|e| Error::internal(e.to_string()))
}
