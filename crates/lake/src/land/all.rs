//! All loads of a source read and placed, each row among all others: for presets whose tables name each other's rows, join,
//! or have one row a key.

use std::collections::{HashMap, HashSet};

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow::compute;
use port::{Error, Land, Result};
use retail::source::{Duplicates, LandedTable};

use super::fates::{Fate, Fates, RowId};
use super::keys::{Keys, key_of, text_columns};
use super::place::Units;
use super::rejects::RejectLog;
use super::rules::Rules;
use super::survey::{self, Placed, Survey, digests};
use super::{PlacedLoad, landed_table, loads_of, outcomes};

/// A landed table's rows that stand, and what became of each of its loads.
pub struct Standing {
    pub table: LandedTable,
    pub rows: Vec<RecordBatch>,
    pub loads: Vec<PlacedLoad>,
}

/// Every landed table, parents first. Blocking; all rows are in memory. `rules` makes a table's rules.
pub fn place(
    request: &Land,
    rules: &dyn Fn(&LandedTable) -> Result<Rules>,
    rejects: &mut RejectLog,
) -> Result<Vec<Standing>> {
    for load in &request.loads {
        landed_table(request, &load.table)?;
    }
    let mut known: HashMap<String, HashSet<u128>> = HashMap::new();
    let mut all = Vec::new();
    for table in parents_first(&request.source.tables) {
        let mut loads = read(request, table, &rules(table)?, &known, rejects)?;
        if table.unique {
            one_a_key(table, &mut loads)?;
        } else {
            newest_units(request, table, &mut loads)?;
        }
        known.insert(table.name.clone(), all_standing(&loads));
        let mut standing = Standing { table: table.clone(), rows: Vec::new(), loads: Vec::new() };
        for Read { id, batches, keys, fates, notes, .. } in loads {
            standing.rows.extend(batches.into_iter().map(|placed| placed.batch).filter(|batch| batch.num_rows() > 0));
            standing.loads.push(PlacedLoad { id, fates, keys: Some(keys), notes });
        }
        all.push(standing);
    }
    Ok(all)
}

/// A load's rows in memory.
struct Read {
    id: i64,
    batches: Vec<Placed>,
    keys: Keys,
    gone: HashMap<u128, i64>,
    fates: Fates,
    notes: Vec<String>,
}

fn read(
    request: &Land,
    table: &LandedTable,
    rules: &Rules,
    known: &HashMap<String, HashSet<u128>>,
    rejects: &mut RejectLog,
) -> Result<Vec<Read>> {
    let none = HashSet::new();
    let parents = table.parents.iter().map(|parent| {
        let at = |name: &String| table.columns.iter().position(|column| column.name == *name);
        let columns = parent.columns.iter().filter_map(at).collect();
        (parent.table.clone(), columns, known.get(&parent.table).unwrap_or(&none))
    });
    let merge_exact_duplicates = request.merge_exact_duplicates;
    let survey = Survey { table, rules, parents: parents.collect(), merge_exact_duplicates };
    let mut read = Vec::new();
    for load in loads_of(request, &table.name) {
        let mut batches = Vec::new();
        let found = survey.read(load, request.reader.as_ref(), Some(rejects), &mut |placed| {
            batches.push(placed);
            Ok(())
        })?;
        let survey::Surveyed { keys, gone, fates, notes } = found;
        read.push(Read { id: load.id, batches, keys, gone, fates, notes });
    }
    Ok(read)
}

/// Units of several rows: the newest load's stand.
fn newest_units(request: &Land, table: &LandedTable, loads: &mut [Read]) -> Result<()> {
    let fresh: HashMap<i64, Keys> = loads.iter().map(|load| (load.id, load.keys.clone())).collect();
    let ways = outcomes(&loads_of(request, &table.name), &fresh, &mut Units::new());
    for load in loads {
        let Some(way) = ways.get(&load.id) else { continue };
        load.fates.give_way_by_group(|group| way.get(&group).copied());
        for placed in &mut load.batches {
            let stands: BooleanArray = placed.groups.iter().map(|group| Some(!way.contains_key(group))).collect();
            placed.batch = compute::filter_record_batch(&placed.batch, &stands).map_err(internal)?;
        }
    }
    Ok(())
}

/// Where a row is: load, batch, row, all by index.
type At = (usize, usize, usize);

/// The row that stands for a key, and those whose values it takes where it has none, newest first.
struct Newest {
    at: At,
    id: RowId,
    digest: u64,
    fills: Vec<At>,
}

/// One row a key: the newest stands, completed by the others where the table says `merge`.
fn one_a_key(table: &LandedTable, loads: &mut [Read]) -> Result<()> {
    let key: Vec<usize> =
        table.key.iter().filter_map(|name| table.columns.iter().position(|column| column.name == *name)).collect();
    let width = table.columns.len();
    let mut standing: HashMap<u128, Newest> = HashMap::new();
    let mut gone: HashSet<At> = HashSet::new();
    for l in 0..loads.len() {
        let mut ways: Vec<(usize, i64, Fate, RowId)> = Vec::new();
        for (key, row) in &loads[l].gone {
            let Some(old) = standing.remove(key) else { continue };
            gone.insert(old.at);
            ways.push((old.at.0, old.id.row, Fate::Superseded, RowId { load: loads[l].id, row: *row }));
        }
        for b in 0..loads[l].batches.len() {
            let batch = loads[l].batches[b].batch.clone();
            let (columns, digests) = (text_columns(&batch, &key)?, typed_digests(&batch, width)?);
            for (r, digest) in digests.iter().enumerate() {
                let (at, id) = ((l, b, r), row_id(&batch, width, r));
                let new = Newest { at, id, digest: *digest, fills: Vec::new() };
                let Some(old) = standing.get_mut(&key_of(&columns, r)) else {
                    standing.insert(key_of(&columns, r), new);
                    continue;
                };
                let old_batch = &loads[old.at.0].batches[old.at.1].batch;
                let merges = table.duplicates == Duplicates::Merge;
                if *digest == old.digest || (merges && adds_nothing(old_batch, old.at.2, &batch, r, width)?) {
                    gone.insert(at);
                    ways.push((l, id.row, Fate::Merged, old.id));
                    continue;
                }
                gone.insert(old.at);
                ways.push((old.at.0, old.id.row, if merges { Fate::Merged } else { Fate::Superseded }, id));
                let mut fills = std::mem::take(&mut old.fills);
                if merges {
                    fills.insert(0, old.at);
                }
                *old = Newest { fills, ..new };
            }
        }
        ways.into_iter().for_each(|(load, row, fate, by)| loads[load].fates.give_way(row, fate, by));
    }
    let fills: HashMap<At, Vec<At>> =
        standing.into_values().filter(|s| !s.fills.is_empty()).map(|s| (s.at, s.fills)).collect();
    let filled = fill(loads, &fills, width)?;
    for (l, load) in loads.iter_mut().enumerate() {
        for (b, placed) in load.batches.iter_mut().enumerate() {
            let stays = |r: usize| !gone.contains(&(l, b, r)) && !fills.contains_key(&(l, b, r));
            let stands: BooleanArray = (0..placed.batch.num_rows()).map(|r| Some(stays(r))).collect();
            placed.batch = compute::filter_record_batch(&placed.batch, &stands).map_err(internal)?;
        }
    }
    if let (Some(last), Some(rows)) = (loads.last_mut(), filled) {
        last.batches.push(Placed { batch: rows, groups: Vec::new() });
    }
    Ok(())
}

/// Whether every value of the new row is null or the old row's.
fn adds_nothing(old: &RecordBatch, o: usize, new: &RecordBatch, n: usize, width: usize) -> Result<bool> {
    for index in 0..width {
        let (a, b): (&ArrayRef, &ArrayRef) = (old.column(index), new.column(index));
        if b.is_null(n) {
            continue;
        }
        if a.is_null(o) || a.slice(o, 1).to_data() != b.slice(n, 1).to_data() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Rows completed by those merged into them.
fn fill(loads: &[Read], fills: &HashMap<At, Vec<At>>, width: usize) -> Result<Option<RecordBatch>> {
    if fills.is_empty() {
        return Ok(None);
    }
    let mut sources: Vec<&RecordBatch> = Vec::new();
    let mut source_of: HashMap<(usize, usize), usize> = HashMap::new();
    let mut rows: Vec<(&At, &Vec<At>)> = fills.iter().collect();
    rows.sort();
    for at in rows.iter().flat_map(|(at, fills)| std::iter::once(*at).chain(fills.iter())) {
        source_of.entry((at.0, at.1)).or_insert_with(|| {
            sources.push(&loads[at.0].batches[at.1].batch);
            sources.len() - 1
        });
    }
    let schema = sources[0].schema();
    let mut columns = Vec::new();
    for index in 0..schema.fields().len() {
        let arrays: Vec<&dyn Array> = sources.iter().map(|batch| batch.column(index).as_ref()).collect();
        let pick = |at: &At, older: &[At]| {
            let has = |at: &&At| loads[at.0].batches[at.1].batch.column(index).is_valid(at.2);
            // Provenance stays that of the row that stands.
            let best = if index < width { std::iter::once(at).chain(older).find(has).unwrap_or(at) } else { at };
            (source_of[&(best.0, best.1)], best.2)
        };
        let from: Vec<(usize, usize)> = rows.iter().map(|(at, older)| pick(at, older)).collect();
        columns.push(compute::interleave(&arrays, &from).map_err(internal)?);
    }
    RecordBatch::try_new(schema, columns).map(Some).map_err(internal)
}

/// Keys of which rows stand, when the last load has said what is gone.
fn all_standing(loads: &[Read]) -> HashSet<u128> {
    let mut standing = HashSet::new();
    for load in loads {
        standing.extend(standing_keys(&load.keys).filter(|key| !load.gone.contains_key(key)));
        standing.retain(|key| !load.gone.contains_key(key));
    }
    standing
}

/// Keys of which a load has rows that were not rejected; a newer load that has the key keeps it in the set.
fn standing_keys(keys: &Keys) -> impl Iterator<Item = u128> + '_ {
    keys.key.iter().zip(&keys.rows).filter(|(_, rows)| **rows > 0).map(|(key, _)| *key)
}

fn parents_first(tables: &[LandedTable]) -> Vec<&LandedTable> {
    let mut ordered: Vec<&LandedTable> = Vec::new();
    while ordered.len() < tables.len() {
        let placed = |name: &String| ordered.iter().any(|table| table.name == *name);
        let ready = |table: &&LandedTable| !placed(&table.name) && table.parents.iter().all(|p| placed(&p.table));
        // A cycle cannot come here: presets are checked for it. Were there one, the rest keeps its order.
        let next = tables.iter().find(ready).or_else(|| tables.iter().find(|table| !placed(&table.name)));
        ordered.extend(next);
    }
    ordered
}

fn typed_digests(batch: &RecordBatch, width: usize) -> Result<Vec<u64>> {
    // `digests` leaves the last column out: the row number stands in for it.
    let columns: Vec<usize> = (0..=width).collect();
    digests(&batch.project(&columns).map_err(internal)?)
}

fn row_id(batch: &RecordBatch, width: usize, row: usize) -> RowId {
    use arrow::array::AsArray;
    use arrow::datatypes::Int64Type;
    let number = |index: usize| batch.column(index).as_primitive::<Int64Type>().value(row);
    RowId { load: number(width), row: number(width + 1) }
}

fn internal(error: arrow::error::ArrowError) -> Error {
    Error::internal(error.to_string())
}
