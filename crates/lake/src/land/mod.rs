//! Landing: loads become rows with a fate, and rows become staging tables.
//!
//! Two ways, one result. A preset whose landed tables each feed staging queries by themselves is *streamed*: new loads flow
//! through those queries in bounded memory and are added by unit of replacement. Any other preset, and every rebuild of a
//! streamed one after a change or an undo, places all loads anew and then keeps whatever stored files say the same as before.

pub mod fates;
pub mod keys;
pub mod rejects;

mod collect;
mod currency;
mod feed;
mod merge;

pub mod all;
pub mod convert;
pub mod place;
pub mod reading;
pub mod rules;
pub mod stage;
pub mod survey;
pub mod upsert;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use port::{Error, Land, Landed, Load, LoadReport, Result, Staging};
use retail::source::LandedTable;

use self::fates::Fates;
use self::keys::Keys;
use self::rejects::RejectLog;
use crate::manifest::LoadFiles;
use crate::run::{DraftTable, LakeRun};

pub async fn land(run: &LakeRun, request: Land) -> Result<Landed> {
    let rebuild = request.rebuild || !request.undone.is_empty() || !can_stream(&request);
    let mut landed = Landed::default();
    for load in &request.undone {
        run.set_load(*load, None);
    }
    port::fault::reach("land");
    let outcome = match rebuild {
        false => feed::add(run, &request).await?,
        true if can_stream(&request) => feed::rebuild(run, &request).await?,
        true => collect::rebuild(run, &request).await?,
    };
    port::fault::reach("placed");
    write_rejects(run, &request, outcome.rejects, rebuild).await?;
    port::fault::reach("rejects");
    landed.loads = store_loads(run, outcome.loads).await?;
    landed.touched = outcome.touched;
    Ok(landed)
}

/// What either way of placing gives.
pub struct Placement {
    /// Loads whose fates are new or other than before.
    pub loads: Vec<PlacedLoad>,
    pub rejects: RejectLog,
    pub touched: BTreeMap<String, port::Touched>,
}

pub struct PlacedLoad {
    pub id: i64,
    pub fates: Fates,
    /// `None`: as they were.
    pub keys: Option<Keys>,
    pub notes: Vec<String>,
}

impl PlacedLoad {
    pub fn new(id: i64, found: survey::Surveyed) -> PlacedLoad {
        PlacedLoad { id, fates: found.fates, keys: Some(found.keys), notes: found.notes }
    }
}

/// Read loads with the fates that placing gives them.
pub fn placed(found: reading::Found, ways: &HashMap<i64, place::Outcome>) -> Vec<PlacedLoad> {
    let place = |(id, mut found): (i64, survey::Surveyed)| {
        let way = ways.get(&id);
        found.fates.give_way_by_group(|group| way.and_then(|way| way.get(&group).copied()));
        PlacedLoad::new(id, found)
    };
    found.into_iter().map(place).collect()
}

/// Units of these loads of which rows stand.
pub fn standing(keys: &HashMap<i64, Keys>, ways: &HashMap<i64, place::Outcome>) -> usize {
    let standing = |(id, keys): (&i64, &Keys)| {
        let used = keys.rows.iter().filter(|rows| **rows > 0).count();
        used - ways.get(id).map_or(0, |way| way.len())
    };
    keys.iter().map(standing).sum()
}

/// Staging tables that a landed one feeds by itself.
pub fn direct<'a>(request: &'a Land, table: &LandedTable) -> impl Iterator<Item = &'a Staging> {
    request.staging.iter().filter(move |staging| staging.inputs == [table.name.clone()])
}

/// Staging tables that no landed one feeds.
pub fn derived(request: &Land) -> impl Iterator<Item = &Staging> {
    let reads_landed =
        |staging: &Staging| staging.inputs.iter().any(|i| request.source.tables.iter().any(|t| t.name == *i));
    request.staging.iter().filter(move |staging| !reads_landed(staging))
}

pub fn stopped(error: tokio::task::JoinError) -> Error {
    Error::internal(format!("a reading task stopped: {error}"))
}

/// Whether each landed table reaches staging through queries that read it and nothing else.
pub fn can_stream(request: &Land) -> bool {
    let landed: HashSet<&str> = request.source.tables.iter().map(|table| table.name.as_str()).collect();
    let simple = |table: &LandedTable| !table.unique && !table.key.is_empty() && table.parents.is_empty();
    let alone = |staging: &port::Staging| {
        let from_landed = staging.inputs.iter().filter(|input| landed.contains(input.as_str())).count();
        from_landed == 0 || (staging.inputs.len() == 1 && staging.unique_key.is_some())
    };
    request.source.tables.iter().all(simple) && request.staging.iter().all(alone)
}

/// Loads of a table, oldest first.
pub fn loads_of<'a>(request: &'a Land, table: &str) -> Vec<&'a Load> {
    request.loads.iter().filter(|load| load.table == table).collect()
}

/// Fates and keys that are stored already.
fn stored(run: &LakeRun, load: i64) -> Result<(Keys, Fates)> {
    let files = run
        .load_files(load)
        .ok_or_else(|| Error::internal(format!("load {load} has no fates")).advise("run with --full-refresh"))?;
    let folder = run.root.join("fates");
    Ok((Keys::read(&folder.join(files.keys))?, Fates::read(&folder.join(files.fates))?))
}

fn stored_keys(run: &LakeRun, load: i64) -> Result<Keys> {
    let files = run
        .load_files(load)
        .ok_or_else(|| Error::internal(format!("load {load} has no keys")).advise("run with --full-refresh"))?;
    Keys::read(&run.root.join("fates").join(files.keys))
}

/// New rejects join the old ones; a rebuild has found all of them again.
async fn write_rejects(run: &LakeRun, request: &Land, mut log: RejectLog, rebuild: bool) -> Result<()> {
    let old = run.table(rejects::TABLE);
    let relanded: HashSet<i64> = match rebuild {
        true => request.loads.iter().map(|load| load.id).chain(request.undone.iter().copied()).collect(),
        false => HashSet::new(),
    };
    if log.is_empty() && relanded.is_empty() && old.is_some() {
        return Ok(());
    }
    let schema = rejects::schema();
    let parts = match &old {
        // Every load in force was placed anew, so nothing of the old table remains true.
        Some(_) if rebuild => Vec::new(),
        Some(old) => old.parts.clone(),
        None => Vec::new(),
    };
    let mut writer = run.writer("wharf", rejects::TABLE, &schema, None)?;
    for batch in log.take()? {
        writer.write(batch).await?;
    }
    let written = writer.finish().await?;
    let parts: Vec<_> = parts.into_iter().chain(written).collect();
    run.set_table(rejects::TABLE, DraftTable { layer: "wharf".to_owned(), schema, parts });
    Ok(())
}

/// Writes fates and keys beside each other and reports what was written, read back from storage.
async fn store_loads(run: &LakeRun, loads: Vec<PlacedLoad>) -> Result<Vec<LoadReport>> {
    let folder = run.root.join("fates");
    std::fs::create_dir_all(&folder).map_err(|error| Error::io("create", &folder, error))?;
    let mut reports = Vec::with_capacity(loads.len());
    for load in loads {
        let name = format!("{}-{}", load.id, uuid::Uuid::new_v4().simple());
        let fates = format!("{name}.fates.arrow");
        load.fates.write(&folder.join(&fates))?;
        let keys = match (&load.keys, run.load_files(load.id)) {
            (None, Some(files)) => files.keys,
            (keys, _) => {
                let file = format!("{name}.keys");
                keys.clone().unwrap_or_default().write(&folder.join(&file))?;
                file
            }
        };
        let mut report = Fates::report(&folder.join(&fates), load.id)?;
        report.notes = load.notes;
        run.set_load(load.id, Some(LoadFiles { fates, keys, rows: report.rows }));
        reports.push(report);
    }
    reports.sort_by_key(|report| report.id);
    Ok(reports)
}

/// Outcomes by load for one table: new keys from `fresh`, others as `stored`.
pub fn outcomes(
    loads: &[&Load],
    fresh: &HashMap<i64, Keys>,
    only_fresh: bool,
    stored: impl Fn(i64) -> Result<Keys>,
) -> Result<HashMap<i64, place::Outcome>> {
    let wanted: Option<HashSet<u128>> =
        only_fresh.then(|| fresh.values().flat_map(|keys| keys.key.iter().copied()).collect());
    let mut all: Vec<(i64, std::borrow::Cow<'_, Keys>)> = Vec::with_capacity(loads.len());
    for load in loads {
        let keys = match fresh.get(&load.id) {
            Some(keys) => std::borrow::Cow::Borrowed(keys),
            None => std::borrow::Cow::Owned(stored(load.id)?),
        };
        all.push((load.id, keys));
    }
    let all: Vec<(i64, &Keys)> = all.iter().map(|(id, keys)| (*id, keys.as_ref())).collect();
    Ok(place::resolve(&all, wanted.as_ref()))
}

/// The table of a source by name.
pub fn landed_table<'a>(request: &'a Land, name: &str) -> Result<&'a LandedTable> {
    let found = request.source.tables.iter().find(|table| table.name == name);
    found.ok_or_else(|| {
        Error::config(format!("source.toml has no table {name}, of which loads are in force"))
            .advise("put the table back, or take its loads back with `wharf undo`")
    })
}

type Shared<T> = Arc<std::sync::Mutex<T>>;

fn locked<T>(shared: &Shared<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
