//! Reading relations as of one snapshot, side by side, into copies in the landing folder.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use futures::{StreamExt, TryStreamExt, stream};
use port::{Error, Fetched, Result};
use retail::source::LandedTable;
use tokio_postgres::Client;

use super::address::Address;
use super::catalog::Described;
use super::column::{literal, quoted};
use super::gone::Deleted;
use super::landed::{END, EXTENSION, Head};
use super::mark::{Since, written_since};
use super::session::told;
use super::{Database, Found, Reading, Relation, What, gone};
use crate::files::fetch::Temporary;

/// Rows below which a relation is read in one piece.
const PIECE_ROWS: f64 = 50_000.0;
/// Keys from which the bounds of pieces are drawn.
const SAMPLE: f64 = 10_000.0;
/// Level of compression: about as quick as the disk.
const LEVEL: i32 = 1;
/// Bytes gathered before they are compressed.
const GATHERED: usize = 256 << 10;

/// Whether what the configuration asks for can be had of the relation.
pub fn check(relation: &Relation, table: &LandedTable, described: &Described) -> Result<()> {
    let name = &relation.arrival;
    let tell = |message: String, advice: &str| Err(Error::config(message).advise(advice));
    if let Some(cursor) = &relation.cursor {
        if table.key.is_empty() {
            let message = format!("{name} has a cursor, and the landed table {} no key", table.name);
            return tell(
                message,
                "give the table a key in source.toml: changed rows take the place of those of their key",
            );
        }
        if !described.columns.iter().any(|column| column.name == *cursor) {
            let known: Vec<&str> = described.columns.iter().map(|column| column.name.as_str()).collect();
            let message = format!("{name} has no column {cursor} to be its cursor");
            return tell(message, &format!("its columns are {}", known.join(", ")));
        }
        let kind = described.columns.iter().find(|column| column.name == *cursor).map_or("", |column| &column.kind);
        if relation.late.is_some() && !is_time(kind) && !matches!(kind, "int2" | "int4" | "int8" | "numeric") {
            let message = format!("{name}: `late` needs a cursor that is a time or a number, and {cursor} is {kind}");
            return tell(message, "name another cursor, or leave `late` out");
        }
        if relation.late.is_none() && !described.versioned {
            let message = format!("{name} is no table, so the server does not say which of its rows changed");
            return tell(
                message,
                "write late = \"1 hour\" beside its cursor, or leave the cursor out to read it whole",
            );
        }
    } else if relation.late.is_some() {
        return tell(format!("{name} has `late` and no cursor"), "name the cursor, or leave `late` out");
    }
    if relation.deletes && table.key.is_empty() {
        let message = format!("{name} is asked for deletions, and the landed table {} has no key", table.name);
        return tell(message, "without a key each load takes the place of the last one anyway: leave `deletes` out");
    }
    Ok(())
}

/// The cursor's greatest value, as text.
pub async fn greatest(
    client: &Client,
    address: &Address,
    described: &Described,
    cursor: &str,
) -> Result<Option<String>> {
    let sql = format!("select max({})::text from {} t", quoted(cursor), described.from);
    Ok(client.query_one(&sql, &[]).await.map_err(|error| told(address, error))?.get(0))
}

/// Whether any row changed since the last load.
pub async fn any_changed(
    client: &Client,
    address: &Address,
    relation: &Relation,
    described: &Described,
    since: &Since,
    bound: Option<&str>,
) -> Result<bool> {
    let Some(condition) = changed(relation, described, since) else { return Ok(true) };
    // The usual case needs no look at the rows: something new is there.
    if let Since::Mark { bound: last, .. } = since
        && bound != last.as_deref()
    {
        return Ok(true);
    }
    let sql = format!("select exists (select from {} t where {condition})", described.from);
    Ok(client.query_one(&sql, &[]).await.map_err(|error| told(address, error))?.get(0))
}

/// What holds for rows that changed; `None`: all are read.
fn changed(relation: &Relation, described: &Described, since: &Since) -> Option<String> {
    let Since::Mark { xmin, bound } = since else { return None };
    let Some(late) = &relation.late else { return Some(written_since(*xmin)) };
    // The first load found no row: whatever is there now is new.
    let Some(bound) = bound else { return Some("true".to_owned()) };
    let name = relation.cursor.as_deref()?;
    let kind = &described.columns.iter().find(|column| column.name == name)?.kind;
    let (cursor, bound, late) = (quoted(name), literal(bound), literal(late));
    let distance = if is_time(kind) { "interval" } else { kind };
    Some(format!("(t.{cursor} >= {bound}::{kind} - {late}::{distance} or t.{cursor} is null)"))
}

fn is_time(kind: &str) -> bool {
    matches!(kind, "date" | "timestamp" | "timestamptz")
}

/// The statement that reads a relation, or a piece of it.
fn statement(found: &Found, piece: Option<&str>, deleted: &Deleted) -> String {
    let described = &found.described;
    let (selection, from) = (described.selection(), &described.from);
    let mut conditions: Vec<String> = piece.map(str::to_owned).into_iter().collect();
    if let Some(changed) = changed(&found.relation, described, &found.since) {
        let changed = whole_units(found, changed);
        conditions.push(match deleted.condition(described) {
            Some(shrunk) => format!("({changed} or {shrunk})"),
            None => changed,
        });
    }
    let condition = match conditions.is_empty() {
        true => String::new(),
        false => format!(" where {}", conditions.join(" and ")),
    };
    // What is read again each time comes in the same order, so that the same rows are the same content.
    let order = if found.relation.cursor.is_none() { described.order() } else { String::new() };
    format!("copy (select {selection} from {from} t{condition}{order}) to stdout (format binary)")
}

/// A load replaces units, so of a unit of which some row changed all rows are read.
fn whole_units(found: &Found, changed: String) -> String {
    let described = &found.described;
    let key_is_a_row =
        found.table.unique || (!described.primary.is_empty() && same(&described.primary, &described.key));
    if key_is_a_row {
        return changed;
    }
    let of = |alias: &str| {
        described.key.iter().map(|name| format!("{alias}{}", quoted(name))).collect::<Vec<_>>().join(", ")
    };
    let nameless =
        described.key.iter().map(|name| format!("t.{} is null", quoted(name))).collect::<Vec<_>>().join(" or ");
    let from = &described.from;
    format!(
        "(({}) in (select {} from {from} t where {changed}) \
         or (({nameless}) and exists (select from {from} t where ({nameless}) and {changed})))",
        of("t."),
        of("t."),
    )
}

fn same(a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().all(|name| b.contains(name))
}

/// One COPY: of which relation, which piece of it, and where it goes.
struct Job {
    found: usize,
    sql: String,
    temporary: Temporary,
}

/// Reads everything that was found.
pub async fn all(database: &Database, reading: &Reading, landing: &Path) -> Result<HashMap<String, Fetched>> {
    std::fs::create_dir_all(landing).map_err(|error| Error::io("make", landing, error))?;
    let (address, snapshot) = (&database.address, &reading.snapshot);
    let connections = database.options.connections.max(1);
    let mut jobs = Vec::new();
    let mut deletions = Vec::new();
    for (at, found) in reading.found.iter().enumerate() {
        let deleted = match found.relation.deletes {
            true => gone::find(database, &snapshot.client, found, landing).await?,
            false => Deleted::default(),
        };
        for piece in pieces(&snapshot.client, address, found, connections).await? {
            let sql = statement(found, piece.as_deref(), &deleted);
            jobs.push(Job { found: at, sql, temporary: Temporary::new(landing)? });
        }
        deletions.push(deleted);
    }
    let workers = connections.min(jobs.len());
    let waiting = Mutex::new(jobs.iter().collect::<VecDeque<&Job>>());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let work = (0..workers).map(|_| async {
        let Some(mut job) = next() else { return Ok(()) };
        let client = snapshot.join(address).await?;
        loop {
            copy(&client, address, job).await?;
            match next() {
                Some(another) => job = another,
                None => return Ok::<(), Error>(()),
            }
        }
    });
    stream::iter(work.collect::<Vec<_>>()).buffer_unordered(workers.max(1)).try_collect::<Vec<()>>().await?;
    let mut fetched = HashMap::new();
    for (at, (found, deleted)) in reading.found.iter().zip(&deletions).enumerate() {
        let pieces = jobs.iter().filter(|job| job.found == at).map(|job| &job.temporary);
        let copy = assemble(database, found, &deleted.whole, pieces, landing)?;
        fetched.insert(found.arrival.name.clone(), copy);
    }
    Ok(fetched)
}

/// Conditions that split a large relation by the first column of its key; one of none for all others.
async fn pieces(client: &Client, address: &Address, found: &Found, connections: usize) -> Result<Vec<Option<String>>> {
    let described = &found.described;
    let count = ((described.rows / PIECE_ROWS) as usize).min(connections * 2);
    let (Some(key), true) = (described.primary.first(), count > 1) else { return Ok(vec![None]) };
    if !matches!((&found.relation.what, &found.since), (What::Table(_), Since::Whole(_))) {
        return Ok(vec![None]);
    }
    let key = quoted(key);
    let share = (SAMPLE / described.rows * 100.0).clamp(0.01, 100.0);
    let fractions: Vec<String> = (1..count).map(|at| format!("{}", at as f64 / count as f64)).collect();
    let sql = format!(
        "select (percentile_disc(array[{}]) within group (order by t.{key}))::text[] from {} t tablesample system ({share})",
        fractions.join(", "),
        described.from,
    );
    let drawn = client.query_one(&sql, &[]).await.map_err(|error| told(address, error))?;
    let mut bounds: Vec<String> = drawn.get::<_, Option<Vec<String>>>(0).unwrap_or_default();
    bounds.dedup();
    Ok(ranges(&key, &bounds).into_iter().map(|range| (!range.is_empty()).then_some(range)).collect())
}

fn ranges(key: &str, bounds: &[String]) -> Vec<String> {
    let at = |index: usize| bounds.get(index).map(|bound| literal(bound));
    let range = |index: usize| {
        let from = index.checked_sub(1).and_then(at).map(|bound| format!("t.{key} >= {bound}"));
        let to = at(index).map(|bound| format!("t.{key} < {bound}"));
        from.into_iter().chain(to).collect::<Vec<_>>().join(" and ")
    };
    (0..=bounds.len()).map(range).collect()
}

/// The head of COPY's binary format, after which its extension's length stands.
const SIGNATURE: usize = 11 + 4;

/// Runs one COPY into a compressed frame of its own.
async fn copy(client: &Client, address: &Address, job: &Job) -> Result<()> {
    let failed = |error| told(address, error);
    let path = &job.temporary.path;
    let unwritable = |error| Error::io("write", path, error);
    let mut frame = frame(&job.temporary.file).map_err(unwritable)?;
    let rows = client.copy_out(&job.sql).await.map_err(failed)?;
    let mut rows = std::pin::pin!(rows);
    let mut gathered: Vec<u8> = Vec::with_capacity(GATHERED * 2);
    let mut headless = true;
    while let Some(bytes) = rows.next().await {
        gathered.extend_from_slice(&bytes.map_err(failed)?);
        if headless {
            let Some(extension) = gathered.get(SIGNATURE..).and_then(|rest| rest.first_chunk::<4>()) else { continue };
            let head = SIGNATURE + 4 + u32::from_be_bytes(*extension) as usize;
            if gathered.len() < head {
                continue;
            }
            gathered.drain(..head);
            headless = false;
        }
        if gathered.len() >= GATHERED {
            // The last two bytes may be the end mark, which is written once for all pieces.
            let rest = gathered.split_off(gathered.len() - END.len());
            frame.write_all(&gathered).map_err(unwritable)?;
            gathered = rest;
        }
    }
    match gathered.strip_suffix(&END) {
        Some(last) => frame.write_all(last).map_err(unwritable)?,
        None => {
            return Err(Error::new(port::Kind::Unavailable, format!("{}: the answer ended early", address.shown())));
        }
    }
    frame.finish().and_then(|mut file| file.flush()).map_err(unwritable)
}

fn frame(file: &File) -> std::io::Result<zstd::Encoder<'static, BufWriter<File>>> {
    let mut frame = zstd::Encoder::new(BufWriter::with_capacity(1 << 20, file.try_clone()?), LEVEL)?;
    frame.include_checksum(true)?;
    Ok(frame)
}

/// Puts head, what is gone and the pieces of rows into one copy under the name of its content.
fn assemble<'a>(
    database: &Database,
    found: &Found,
    gone: &[Vec<u8>],
    pieces: impl Iterator<Item = &'a Temporary>,
    landing: &Path,
) -> Result<Fetched> {
    let copy = Temporary::new(landing)?;
    let unwritable = |error| Error::io("write", &copy.path, error);
    let gone_columns = gone::columns(&found.described);
    let name = &found.arrival.name;
    let head = Head::new(name, found.described.columns.clone(), gone_columns).render()?;
    let mut start = frame(&copy.file).map_err(unwritable)?;
    let mut gone = std::iter::once(&head).chain(gone).map(Vec::as_slice).chain([&END[..]]);
    gone.try_for_each(|bytes| start.write_all(bytes)).map_err(unwritable)?;
    start.finish().and_then(|mut file| file.flush()).map_err(unwritable)?;
    for piece in pieces {
        let mut from = &piece.file;
        from.rewind().and_then(|()| std::io::copy(&mut from, &mut &copy.file)).map_err(unwritable)?;
    }
    let mut last = frame(&copy.file).map_err(unwritable)?;
    last.write_all(&END).map_err(unwritable)?;
    last.finish().and_then(|mut file| file.flush()).map_err(unwritable)?;
    let mut hasher = blake3::Hasher::new();
    let mut whole = &copy.file;
    whole.rewind().and_then(|()| hasher.update_reader(whole).map(drop)).map_err(unwritable)?;
    let size = copy.file.metadata().map_err(unwritable)?.len();
    copy.keep(&hasher.finalize(), size, name, EXTENSION, landing, &database.syncs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_leave_no_key_out() {
        let bounds = ["10".to_owned(), "20".to_owned()];
        assert_eq!(
            ranges("\"id\"", &bounds),
            ["t.\"id\" < '10'", "t.\"id\" >= '10' and t.\"id\" < '20'", "t.\"id\" >= '20'"]
        );
        assert_eq!(ranges("\"id\"", &[]), [""]);
    }
}
