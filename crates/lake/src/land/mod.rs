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

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use port::{Error, Land, Landed, Load, LoadReport, Result, Staging};
use retail::source::LandedTable;

use self::fates::Fates;
use self::keys::Keys;
use self::place::{Units, resolve};
use self::rejects::RejectLog;
use crate::pack::{self, Recorded};
use crate::run::{DraftTable, LakeRun};

pub async fn land(run: &LakeRun, request: Land) -> Result<Landed> {
    let rebuild = request.rebuild || !request.undone.is_empty() || !can_stream(&request);
    port::fault::reach("land");
    let added = match rebuild {
        true => None,
        false => {
            pack_loose(run, &request)?;
            feed::add(run, &request).await?
        }
    };
    let (anew, streams) = (added.is_none(), can_stream(&request));
    let Placement { loads, rejects, mut touched, units } = match added {
        Some(placement) => placement,
        None if streams => feed::rebuild(run, &request).await?,
        None => collect::rebuild(run, &request).await?,
    };
    port::fault::reach("placed");
    // What is told of rows waits for no table made from others, nor these for it.
    let derived = async {
        match streams {
            true => merge::derive(run, &request, &mut touched, anew).await,
            // Made already, in their order.
            false => Ok(()),
        }
    };
    let told = async {
        write_rejects(run, rejects, anew).await?;
        port::fault::reach("rejects");
        let loads = record(run, loads, units, anew).await?;
        port::fault::reach("recorded");
        Ok(loads)
    };
    let ((), loads) = futures::try_join!(derived, told)?;
    Ok(Landed { loads, touched })
}

/// What either way of placing gives.
pub struct Placement {
    /// Loads whose fates are new or other than before.
    pub loads: Vec<PlacedLoad>,
    pub rejects: RejectLog,
    pub touched: BTreeMap<String, port::Touched>,
    /// What of these loads stands, and is to be known to later ones.
    pub units: Recorded,
}

impl Placement {
    fn new() -> Placement {
        let (rejects, units) = (RejectLog::new(), Recorded::default());
        Placement { loads: Vec::new(), rejects, touched: BTreeMap::new(), units }
    }
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

/// Up to format 2 a lake has two files for each load. What they say goes into a pack before anything is landed.
fn pack_loose(run: &LakeRun, request: &Land) -> Result<()> {
    let loose = run.loose();
    if loose.is_empty() {
        return Ok(());
    }
    let folder = pack::folder(&run.root);
    let mut recorded = Recorded::default();
    for table in &request.source.tables {
        let mut loads = Vec::new();
        for load in loads_of(request, &table.name).iter().filter(|load| !load.is_new) {
            let files = loose.get(&load.id).ok_or_else(|| {
                Error::internal(format!("load {} has no fates", load.id)).advise("run with --full-refresh")
            })?;
            recorded.add_fates(load.id, Fates::read(&folder.join(&files.fates))?);
            loads.push((load.id, Keys::read(&folder.join(&files.keys))?));
        }
        let loads: Vec<(i64, &Keys)> = loads.iter().map(|(id, keys)| (*id, keys)).collect();
        let mut units = Units::new();
        resolve(&mut units, &loads);
        recorded.add_units(&table.name, units.into_values());
    }
    run.set_packs(pack::write(&run.root, &[], recorded)?);
    Ok(())
}

/// New rejects join the old ones; where every load in force was placed anew, nothing of the old table remains true.
async fn write_rejects(run: &LakeRun, mut log: RejectLog, anew: bool) -> Result<()> {
    let old = run.table(rejects::TABLE);
    if log.is_empty() && !anew && old.is_some() {
        return Ok(());
    }
    let schema = rejects::schema();
    let parts = old.filter(|_| !anew).map(|old| old.parts).unwrap_or_default();
    let mut writer = run.writer("wharf", rejects::TABLE, &schema, None)?;
    for batch in log.take()? {
        writer.write(batch).await?;
    }
    let written = writer.finish().await?;
    let parts: Vec<_> = parts.into_iter().chain(written).collect();
    run.set_table(rejects::TABLE, DraftTable { layer: "wharf".to_owned(), schema, parts });
    Ok(())
}

/// Writes what became of rows, and reports what was written, read back from storage.
async fn record(run: &LakeRun, loads: Vec<PlacedLoad>, mut recorded: Recorded, anew: bool) -> Result<Vec<LoadReport>> {
    let before = if anew { Vec::new() } else { run.packs() };
    if loads.is_empty() {
        run.set_packs(before);
        return Ok(Vec::new());
    }
    let root = run.root.clone();
    let work = move || -> Result<(Vec<pack::Named>, Vec<LoadReport>)> {
        let mut notes: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for load in loads {
            notes.insert(load.id, load.notes);
            recorded.add_fates(load.id, load.fates);
        }
        let packs = pack::write(&root, &before, recorded)?;
        let written = pack::open(&root, packs.last().map(std::slice::from_ref).unwrap_or_default())?;
        let report = |(id, notes)| -> Result<LoadReport> {
            let lost = || Error::internal(format!("the fates of load {id} were not written"));
            let fates = pack::fates(&written, id)?.ok_or_else(lost)?;
            Ok(LoadReport { notes, ..fates.report(id) })
        };
        let reports = notes.into_iter().map(report).collect::<Result<_>>()?;
        Ok((packs, reports))
    };
    let (packs, reports) = tokio::task::spawn_blocking(work).await.map_err(stopped)??;
    run.set_packs(packs);
    Ok(reports)
}

/// Outcomes by load for one table: those that the fresh ones have, and give to those that stand.
pub fn outcomes(loads: &[&Load], fresh: &HashMap<i64, Keys>, standing: &mut Units) -> HashMap<i64, place::Outcome> {
    let fresh: Vec<(i64, &Keys)> = loads.iter().filter_map(|load| Some((load.id, fresh.get(&load.id)?))).collect();
    resolve(standing, &fresh)
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
