//! wharf's own tables, whose rows are told by a number: that of a load, or of a run. Rows of neighbouring numbers lie in one file,
//! and the manifest has each file's bounds; so rows give way by rewriting the few files that hold them, and history is forgotten
//! by files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch, UInt32Array};
use arrow::compute::{filter_record_batch, take_record_batch};
use arrow::datatypes::{DataType, Int64Type, Schema, SchemaRef};
use futures::StreamExt;
use futures::stream::BoxStream;
use port::{Error, HISTORY, Put, Result};

use crate::engine::failed;
use crate::manifest::DataFile;
use crate::run::{DraftTable, LakeRun};
use crate::write::TableWriter;

const LAYER: &str = "wharf";

/// How a table's numbers are laid out in files.
#[derive(Debug, Clone, Copy)]
struct Shelves {
    /// The newest lie so many a file: they are the ones that change, an order that moves on changes the load that had it before.
    few: i64,
    /// Others lie so many a file.
    many: i64,
    /// How many of the newest are thought to change.
    lively: i64,
}

const LOADS: Shelves = Shelves { few: 128, many: 8192, lively: 8192 };
/// Rows set aside are told by their load, and seldom change.
const REJECTS: Shelves = Shelves { few: 8192, many: 8192, lively: 0 };
/// What runs did is added to, and forgotten from the other end.
const RUNS: Shelves = Shelves { few: 1024, many: 1024, lively: 0 };

impl Shelves {
    /// Stands for the file that a number belongs to.
    fn of(self, number: i64, newest: i64) -> (i64, i64) {
        let end = (number.div_euclid(self.many) + 1) * self.many;
        let size = if end + self.lively <= newest { self.many } else { self.few };
        (number.div_euclid(size) * size, size)
    }
}

/// The place of a table's number, and how its files are laid out.
fn column(schema: &Schema) -> Option<(usize, Shelves)> {
    let field = schema.fields().first().filter(|field| *field.data_type() == DataType::Int64)?;
    match (field.name().as_str(), schema.fields().get(1)?.name().as_str()) {
        ("load", "name") => Some((0, LOADS)),
        ("load", _) => Some((0, REJECTS)),
        ("run", _) => Some((0, RUNS)),
        _ => None,
    }
}

/// Numbers in bounds are written so that they sort as texts do.
fn told(number: i64) -> String {
    format!("{:019}", number.max(0))
}

/// Least and greatest number of a file, where it is known.
fn bounds(part: &DataFile) -> Option<(i64, i64)> {
    let (low, high) = part.keys.as_ref()?;
    Some((low.parse().ok()?, high.parse().ok()?))
}

fn numbers(batch: &RecordBatch, column: usize) -> Result<impl Iterator<Item = i64> + '_> {
    let numbers = batch.column(column).as_primitive_opt::<Int64Type>();
    let numbers = numbers.ok_or_else(|| Error::internal("a number is none"))?;
    Ok((0..numbers.len()).map(move |row| if numbers.is_null(row) { 0 } else { numbers.value(row) }))
}

/// Rows into one of these tables; false where there is none in which they could take others' place.
pub async fn put(run: &LakeRun, table: &str, rows: RecordBatch, how: Put<'_>) -> Result<bool> {
    let schema = rows.schema();
    let old = run.table(table).filter(|old| old.schema == schema && old.layer == LAYER);
    let parts = match (how, old) {
        (Put::InPlaceOf(_), None) => return Ok(false),
        (Put::InPlaceOf(by), Some(old)) => replaced(run, table, &old, rows, by).await?,
        (Put::Beside, Some(old)) => {
            let mut parts = old.parts;
            parts.extend(written(run, table, rows).await?);
            parts
        }
        (Put::Beside | Put::InPlaceOfAll, _) => written(run, table, rows).await?,
    };
    run.set_table(table, DraftTable { layer: LAYER.to_owned(), schema, parts });
    Ok(true)
}

async fn written(run: &LakeRun, table: &str, rows: RecordBatch) -> Result<Vec<DataFile>> {
    let newest = match column(&rows.schema()) {
        Some((at, _)) => numbers(&rows, at)?.max().unwrap_or(0),
        None => 0,
    };
    let mut files = Files::new(run, table, &rows.schema(), newest);
    files.take(rows).await?;
    files.finish().await
}

/// The table's files with these rows in place of those that have the same numbers.
async fn replaced(run: &LakeRun, table: &str, old: &DraftTable, rows: RecordBatch, by: &str) -> Result<Vec<DataFile>> {
    let (at, shelves) = column(&old.schema).filter(|(at, _)| old.schema.field(*at).name() == by).ok_or_else(|| {
        Error::internal(format!("{table} is not told by {by}")).advise("report it: this is a mistake in wharf")
    })?;
    let new: BTreeSet<i64> = numbers(&rows, at)?.collect();
    let newest =
        old.parts.iter().filter_map(bounds).map(|(_, high)| high).chain(new.last().copied()).max().unwrap_or(0);
    let shelf_of_new: BTreeSet<(i64, i64)> = new.iter().map(|number| shelves.of(*number, newest)).collect();
    let is_hit = |part: &DataFile| match bounds(part) {
        // Also one that has room for what is new.
        Some((low, high)) => {
            new.range(low..=high).next().is_some()
                || (shelves.of(low, newest) == shelves.of(high, newest)
                    && shelf_of_new.contains(&shelves.of(low, newest)))
        }
        None => true,
    };
    let (hit, kept): (Vec<DataFile>, Vec<DataFile>) = old.parts.iter().cloned().partition(is_hit);
    let mut files = Files::new(run, table, &old.schema, newest);
    let stays = |batch: &RecordBatch| -> Result<BooleanArray> {
        Ok(numbers(batch, at)?.map(|number| Some(!new.contains(&number))).collect())
    };
    let mut rows_there = stored(run, table, &DraftTable { parts: hit, ..old.clone() }).await?;
    while let Some(batch) = rows_there.next().await {
        let batch = batch?;
        let stays = stays(&batch)?;
        files.take(filter_record_batch(&batch, &stays).map_err(|error| Error::internal(error.to_string()))?).await?;
    }
    files.take(rows).await?;
    let mut parts = kept;
    parts.extend(files.finish().await?);
    Ok(parts)
}

/// A table's rows, as they are stored.
async fn stored(run: &LakeRun, name: &str, table: &DraftTable) -> Result<BoxStream<'static, Result<RecordBatch>>> {
    if table.parts.is_empty() {
        return Ok(futures::stream::empty().boxed());
    }
    let doing = format!("read {name}");
    let session = run.engine.session();
    let frame = session.read_table(Arc::new(run.provider(name, table))).map_err(|e| failed(&doing, e))?;
    let rows = frame.execute_stream().await.map_err(|e| failed(&doing, e))?;
    Ok(rows.map(move |batch| batch.map_err(|e| failed(&doing, e))).boxed())
}

/// Writes rows to the files that their numbers belong to.
struct Files<'a> {
    run: &'a LakeRun,
    table: &'a str,
    schema: SchemaRef,
    newest: i64,
    open: BTreeMap<(i64, i64), File>,
}

struct File {
    writer: TableWriter,
    /// Least and greatest number.
    bounds: Option<(i64, i64)>,
}

impl<'a> Files<'a> {
    /// `newest`: the greatest number of the table.
    fn new(run: &'a LakeRun, table: &'a str, schema: &SchemaRef, newest: i64) -> Files<'a> {
        Files { run, table, schema: schema.clone(), newest, open: BTreeMap::new() }
    }

    async fn take(&mut self, batch: RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let Some((at, shelves)) = column(&self.schema) else { return self.write((0, 0), None, batch).await };
        let mut of_file: BTreeMap<(i64, i64), (Vec<u32>, i64, i64)> = BTreeMap::new();
        for (row, number) in numbers(&batch, at)?.enumerate() {
            let place = of_file.entry(shelves.of(number, self.newest)).or_insert((Vec::new(), number, number));
            place.0.push(row as u32);
            (place.1, place.2) = (place.1.min(number), place.2.max(number));
        }
        let is_one = of_file.len() == 1;
        for (file, (rows, low, high)) in of_file {
            let taken = match is_one {
                true => Ok(batch.clone()),
                false => take_record_batch(&batch, &UInt32Array::from(rows)),
            };
            let taken = taken.map_err(|error| Error::internal(error.to_string()))?;
            self.write(file, Some((low, high)), taken).await?;
        }
        Ok(())
    }

    async fn write(&mut self, file: (i64, i64), bounds: Option<(i64, i64)>, batch: RecordBatch) -> Result<()> {
        if !self.open.contains_key(&file) {
            let writer = self.run.writer(LAYER, self.table, &self.schema, None)?;
            self.open.insert(file, File { writer, bounds });
        }
        let Some(open) = self.open.get_mut(&file) else { return Ok(()) };
        if let (Some((low, high)), Some((least, greatest))) = (bounds, &mut open.bounds) {
            (*least, *greatest) = (low.min(*least), high.max(*greatest));
        }
        let batch = batch.with_schema(self.schema.clone()).map_err(|error| Error::internal(error.to_string()))?;
        open.writer.write(batch).await
    }

    async fn finish(self) -> Result<Vec<DataFile>> {
        let mut parts = Vec::with_capacity(self.open.len());
        for (_, File { writer, bounds }) in self.open {
            let mut written = writer.finish().await?;
            for part in &mut written {
                part.keys = bounds.map(|(low, high)| (told(low), told(high)));
            }
            parts.extend(written);
        }
        Ok(parts)
    }
}

/// Whether a table is one of these, so that [`compact`] is its housekeeping.
pub fn is_numbered(layer: &str, schema: &Schema) -> bool {
    layer == LAYER && column(schema).is_some()
}

/// Joins files of neighbouring numbers, and forgets what runs did but the last `runs`. `None`: all is as it should be.
pub async fn compact(run: &LakeRun, name: &str, table: &DraftTable, runs: u64) -> Result<Option<DraftTable>> {
    let Some((_, shelves)) = column(&table.schema) else { return Ok(None) };
    let newest = table.parts.iter().filter_map(bounds).map(|(_, high)| high).max().unwrap_or(i64::MIN);
    let history = HISTORY.iter().find(|(history, _)| *history == name);
    let last = newest.saturating_sub(i64::try_from(runs).unwrap_or(i64::MAX));
    let is_old = |part: &DataFile| history.is_some() && bounds(part).is_some_and(|(_, high)| high <= last);
    let (old, kept): (Vec<DataFile>, Vec<DataFile>) = table.parts.iter().cloned().partition(is_old);
    let mut of_file: BTreeMap<(i64, i64), Vec<DataFile>> = BTreeMap::new();
    let (mut parts, mut scattered) = (Vec::new(), Vec::new());
    for part in kept {
        match bounds(&part) {
            Some((low, high)) if shelves.of(low, newest) == shelves.of(high, newest) => {
                of_file.entry(shelves.of(low, newest)).or_default().push(part);
            }
            _ => scattered.push(part),
        }
    }
    let (joined, whole): (Vec<_>, Vec<_>) = of_file.into_values().partition(|parts| parts.len() > 1);
    parts.extend(whole.into_iter().flatten());
    scattered.extend(joined.into_iter().flatten());
    let as_they_are = scattered.is_empty();
    let mut files = Files::new(run, name, &table.schema, newest);
    let mut rows = stored(run, name, &DraftTable { parts: scattered, ..table.clone() }).await?;
    while let Some(batch) = rows.next().await {
        files.take(batch?).await?;
    }
    parts.extend(files.finish().await?);
    let rest = DraftTable { parts, ..table.clone() };
    let forgotten = match history {
        Some((_, keys)) => latest(run, name, &rest, old, keys).await?,
        None => Forgotten { parts: old, is_changed: false },
    };
    if as_they_are && !forgotten.is_changed {
        return Ok(None);
    }
    let mut parts = forgotten.parts;
    parts.extend(rest.parts);
    Ok(Some(DraftTable { parts, ..rest }))
}

/// Old history after housekeeping.
struct Forgotten {
    parts: Vec<DataFile>,
    is_changed: bool,
}

/// Of rows that are to be forgotten those of which there is no newer one with the same `keys`: the latest result of a check that
/// was asked long ago is what is known of it.
async fn latest(run: &LakeRun, name: &str, rest: &DraftTable, old: Vec<DataFile>, keys: &[&str]) -> Result<Forgotten> {
    if old.is_empty() {
        return Ok(Forgotten { parts: old, is_changed: false });
    }
    if keys.is_empty() {
        return Ok(Forgotten { parts: Vec::new(), is_changed: true });
    }
    // What is left of the time before, and nothing came to it.
    if old.len() == 1 && old[0].rows <= LEFT {
        return Ok(Forgotten { parts: old, is_changed: false });
    }
    let doing = format!("forget old rows of {name}");
    let session = run.engine.session();
    let old = DraftTable { parts: old, ..rest.clone() };
    for (called, table) in [("old", &old), ("rest", rest)] {
        let provider = Arc::new(run.provider(name, table));
        session.register_table(called, provider).map_err(|e| failed(&doing, e))?;
    }
    let names = keys.join(", ");
    let same =
        |other: &str| keys.iter().map(|key| format!("o.{key} = {other}.{key}")).collect::<Vec<_>>().join(" and ");
    let sql = format!(
        "select o.* from old as o join (select {names}, max(run) as run from old group by {names}) as l \
         on {} and o.run = l.run left anti join (select distinct {names} from rest) as r on {}",
        same("l"),
        same("r")
    );
    let frame = session.sql(&sql).await.map_err(|e| failed(&doing, e))?;
    let mut stream = frame.execute_stream().await.map_err(|e| failed(&doing, e))?;
    // All in one file, so that it is seen that nothing came to it.
    let mut writer = run.writer(LAYER, name, &rest.schema, None)?;
    let mut bounds: Option<(i64, i64)> = None;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(|e| failed(&doing, e))?;
        let batch = batch.with_schema(rest.schema.clone()).map_err(|error| Error::internal(error.to_string()))?;
        for number in numbers(&batch, 0)? {
            let (low, high) = bounds.unwrap_or((number, number));
            bounds = Some((low.min(number), high.max(number)));
        }
        writer.write(batch).await?;
    }
    let mut parts = writer.finish().await?;
    for part in &mut parts {
        part.keys = bounds.map(|(low, high)| (told(low), told(high)));
    }
    Ok(Forgotten { parts, is_changed: true })
}

/// So many rows of old history are left as they are: a shop has no more checks, most likely.
const LEFT: u64 = 4096;

#[cfg(test)]
mod tests;
