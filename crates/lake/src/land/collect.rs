//! The general way: all loads of a source are read, each row placed among all others, and staging made from the rows that
//! stand. For presets whose tables name each other's rows, join, or have one row a key.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow::compute;
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use port::{Error, Land, Load, Result};
use retail::source::{Duplicates, LandedTable};

use super::fates::{Fate, Fates, RowId};
use super::keys::{Keys, key_of, text_columns};
use super::rejects::RejectLog;
use super::rules::Rules;
use super::survey::{self, Placed, Survey, digests};
use super::{PlacedLoad, Placement, landed_table, loads_of, outcomes, stage, upsert};
use crate::engine::failed;
use crate::run::LakeRun;

pub async fn rebuild(run: &LakeRun, request: &Land) -> Result<Placement> {
    for load in &request.loads {
        landed_table(request, &load.table)?;
    }
    let mut placement = Placement { loads: Vec::new(), rejects: RejectLog::new(), touched: BTreeMap::new() };
    let session = run.session().await?;
    let mut known: HashMap<String, HashSet<u128>> = HashMap::new();
    for table in parents_first(&request.source.tables) {
        let mut loads = read(run, request, table, &known, &mut placement.rejects).await?;
        if table.unique {
            one_a_key(table, &mut loads)?;
        } else {
            newest_units(run, request, table, &mut loads)?;
        }
        known.insert(table.name.clone(), all_standing(&loads));
        register(&session, table, &loads)?;
        placement.loads.extend(loads.into_iter().map(|load| PlacedLoad {
            id: load.id,
            fates: load.fates,
            keys: Some(load.keys),
            notes: load.notes,
        }));
    }
    for staging in &request.staging {
        let frame = stage::plan(&session, staging, request).await?;
        let staged = stage::stage(run, frame, staging, true).await?;
        let touched = upsert::replace(run, staging, staged).await?;
        placement.touched.extend(touched.map(|touched| (staging.name.clone(), touched)));
        if let Some(table) = run.table(&staging.name) {
            let provider = Arc::new(run.provider(&staging.name, &table));
            session.deregister_table(staging.name.as_str()).map_err(|e| failed("make staging", e))?;
            session.register_table(staging.name.as_str(), provider).map_err(|e| failed("make staging", e))?;
        }
    }
    Ok(placement)
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

async fn read(
    run: &LakeRun,
    request: &Land,
    table: &LandedTable,
    known: &HashMap<String, HashSet<u128>>,
    rejects: &mut RejectLog,
) -> Result<Vec<Read>> {
    let rules = Rules::new(&run.engine.session(), request, table)?;
    let loads: Vec<Load> = loads_of(request, &table.name).into_iter().cloned().collect();
    let (table, request) = (table.clone(), request.clone());
    let parents: Vec<(String, Vec<usize>, HashSet<u128>)> = table
        .parents
        .iter()
        .map(|parent| {
            let at = |name: &String| table.columns.iter().position(|column| column.name == *name);
            let keys = known.get(&parent.table).cloned().unwrap_or_default();
            (parent.table.clone(), parent.columns.iter().filter_map(at).collect(), keys)
        })
        .collect();
    let work = move || -> Result<(Vec<Read>, RejectLog)> {
        let survey = Survey {
            table: &table,
            rules: &rules,
            parents: parents.iter().map(|(name, columns, keys)| (name.clone(), columns.clone(), keys)).collect(),
            merge_exact_duplicates: request.merge_exact_duplicates,
        };
        let (mut log, mut read) = (RejectLog::new(), Vec::new());
        for load in &loads {
            let mut batches = Vec::new();
            let found = survey.read(load, request.reader.as_ref(), Some(&mut log), &mut |placed| {
                batches.push(placed);
                Ok(())
            })?;
            let survey::Surveyed { keys, gone, fates, notes } = found;
            read.push(Read { id: load.id, batches, keys, gone, fates, notes });
        }
        Ok((read, log))
    };
    let (read, mut log) = tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Error::internal(format!("a reading task stopped: {e}")))??;
    rejects.append(&mut log)?;
    Ok(read)
}

/// Units of several rows: the newest load's stand.
fn newest_units(run: &LakeRun, request: &Land, table: &LandedTable, loads: &mut [Read]) -> Result<()> {
    let fresh: HashMap<i64, Keys> = loads.iter().map(|load| (load.id, load.keys.clone())).collect();
    let ways = outcomes(run, &loads_of(request, &table.name), &fresh, false)?;
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
struct Standing {
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
    let mut standing: HashMap<u128, Standing> = HashMap::new();
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
                let new = Standing { at, id, digest: *digest, fills: Vec::new() };
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
                *old = Standing { fills, ..new };
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

fn register(session: &SessionContext, table: &LandedTable, loads: &[Read]) -> Result<()> {
    let batches = loads.iter().flat_map(|load| &load.batches).map(|placed| placed.batch.clone()).collect();
    let rows = MemTable::try_new(survey::schema(table), vec![batches]).map_err(|e| failed("make staging", e))?;
    session.deregister_table(table.name.as_str()).map_err(|e| failed("make staging", e))?;
    session.register_table(table.name.as_str(), Arc::new(rows)).map_err(|e| failed("make staging", e))?;
    Ok(())
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
