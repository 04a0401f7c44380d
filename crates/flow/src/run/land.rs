//! Landing what the inbox has: fetched once, known contents left aside, the rest handed to the warehouse.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use futures::StreamExt;
use models::{Layer, Model};
use port::{Arrival, Error, Fetched, Kind, Land, Landed, Load, Merge, Result, Run, Staging, Touched};
use retail::exchange::Asked;
use retail::source::ColumnType;
use retail::staging::StagingTable;

use crate::analysis;
use crate::flow::Flow;
use crate::observe::Event;
use crate::plan::{self, Request};
use crate::project::Project;
use crate::run::{Known, Moved, Summary, in_its_file};
use crate::state::{Again, LoadRecord, State};

/// Staging tables that changed.
pub type Changes = BTreeMap<String, Touched>;

pub async fn land(
    flow: &Flow,
    work: &dyn Run,
    request: &Request,
    state: &mut State,
    summary: &mut Summary,
) -> Result<Changes> {
    let undone = take_back(state, &request.undo)?;
    let new = if request.is_of_old_loads() { Vec::new() } else { fetch(flow, state, summary)? };
    let rebuild = plan::rebuild_reason(&flow.project, state, request).is_some();
    state.source_fingerprint = plan::landing_fingerprint(&flow.project);
    if new.is_empty() && undone.is_empty() && !rebuild {
        return Ok(Changes::new());
    }
    let fresh: BTreeSet<i64> = new.iter().map(|record| record.id).collect();
    new.into_iter().for_each(|record| state.loads.push(record));
    let loads = state.in_force().map(|record| Load {
        id: record.id,
        table: record.table.clone(),
        fetched: Fetched { path: flow.landing.join(&record.fetched.file), ..record.fetched.clone() },
        is_new: fresh.contains(&record.id),
    });
    let asked = Land {
        source: flow.project.source.clone(),
        reader: flow.reader.clone(),
        loads: loads.collect(),
        undone,
        staging: staging(flow)?,
        rebuild,
        merge_exact_duplicates: flow.project.merge_exact_duplicates,
        exchange: flow.project.exchange.clone(),
    };
    let landed = work.land(asked).await.map_err(|error| {
        let model = error.location.as_ref().and_then(|at| flow.project.graph.model(&at.file));
        match model {
            Some(model) => in_its_file(model, error),
            None => error,
        }
    });
    let Landed { loads, touched } = landed?;
    remember_rates(state, flow.project.exchange.asked(), rebuild);
    for report in &loads {
        let Some(before) = state.loads.get(report.id).cloned() else { continue };
        // Placing all anew tells of all, and mostly what is known.
        let is_known = before.says(report);
        if !is_known && let Some(record) = state.loads.get_mut(report.id) {
            record.take(report);
        }
        let Some(record) = state.loads.get(report.id) else { continue };
        if fresh.contains(&record.id) || rebuild || !request.undo.is_empty() {
            flow.tell(Event::Landed { name: &record.name, report });
            summary.loads.push((record.clone(), report.clone()));
        } else if !is_known {
            summary.moved.push(moved(&before, record));
        }
        if fresh.contains(&record.id) {
            within_limit(flow, work, record).await?;
        }
    }
    Ok(touched)
}

fn moved(before: &LoadRecord, after: &LoadRecord) -> Moved {
    Moved {
        load: after.id,
        name: after.name.clone(),
        superseded: after.superseded.saturating_sub(before.superseded),
        settled: before.pending.saturating_sub(after.pending),
    }
}

/// A rebuild has asked for all rates again.
fn remember_rates(state: &mut State, asked: Asked, rebuild: bool) {
    if rebuild {
        state.rates = asked;
        return;
    }
    for (currency, days) in asked {
        state.rates.entry(currency).or_default().extend(days);
    }
}

fn take_back(state: &mut State, undo: &[i64]) -> Result<Vec<i64>> {
    for id in undo {
        let stands = state.loads.get(*id).is_some_and(|record| !record.undone);
        let record = state.loads.get_mut(*id).filter(|_| stands).ok_or_else(|| {
            Error::new(Kind::NotFound, format!("there is no load {id} to take back"))
                .advise("`wharf loads` lists those in force")
        })?;
        record.undone = true;
        (record.used, record.merged, record.superseded, record.rejected, record.pending) = (0, 0, 0, 0, 0);
    }
    Ok(undo.to_vec())
}

/// New contents as records; known ones are noted so that they are not hashed again.
fn fetch(flow: &Flow, state: &mut State, summary: &mut Summary) -> Result<Vec<LoadRecord>> {
    let arrivals = flow.reader.discover(&flow.project.source.tables, &state.seen())?;
    flow.tell(Event::Discovered { new: arrivals.len() });
    if !arrivals.is_empty() {
        std::fs::create_dir_all(&flow.landing).map_err(|error| Error::io("create", &flow.landing, error))?;
    }
    let mut new: Vec<LoadRecord> = Vec::new();
    for arrival in arrivals {
        flow.tell(Event::Landing { name: &arrival.name });
        let Some(fetched) = flow.reader.fetch(&arrival, &flow.landing)? else {
            flow.tell(Event::Unsettled { name: &arrival.name });
            summary.unsettled.push(arrival.name);
            continue;
        };
        port::fault::reach("fetch");
        if let Some(load) = known(flow, state, &new, &arrival, &fetched) {
            flow.tell(Event::Known { name: &arrival.name, load });
            let taken_back = state.loads.get(load).is_some_and(|record| record.undone);
            summary.known.push(Known { name: arrival.name.clone(), load, taken_back });
            state.again.retain(|seen| seen.name != arrival.name);
            state.again.push(Again { name: arrival.name, position: arrival.position, file: fetched.file });
            continue;
        }
        // What was seen of it before is older than the load that it becomes now.
        state.again.retain(|seen| seen.name != arrival.name);
        new.push(record(state.loads.next() + new.len() as i64, arrival, fetched, flow.now_micros));
    }
    left_alone(flow, state, &mut new);
    Ok(new)
}

/// The load that has an arrival's content already.
fn known(flow: &Flow, state: &State, new: &[LoadRecord], arrival: &Arrival, fetched: &Fetched) -> Option<i64> {
    let same = |record: &&LoadRecord| record.fetched.hash == fetched.hash && record.table == arrival.table;
    let of_name = |record: &&LoadRecord| record.name == arrival.name;
    let named = || state.loads.of_name(&arrival.name).chain(new.iter().filter(of_name));
    // Taken back means that this content under this name is not wanted, wherever the file was copied to since.
    if let Some(last) = named().next_back().filter(|last| last.undone && same(last)) {
        return Some(last.id);
    }
    // A path that goes back to an older content replaces what it had in between.
    let latest = named().rfind(|record| !record.undone);
    if latest.is_some_and(|record| record.fetched.hash != fetched.hash) {
        return None;
    }
    let by_path = is_by_path(flow, &arrival.table);
    let mut loads = state.loads.of_content(&fetched.hash).filter(|record| !record.undone).chain(new).filter(same);
    loads.find(|record| !by_path || has_its_path(record, state, new)).map(|it| it.id)
}

/// Whether the unit of replacement of a table is the file's path.
fn is_by_path(flow: &Flow, table: &str) -> bool {
    flow.project.source.tables.iter().any(|it| it.name == table && it.key.is_empty())
}

/// No later load has the same path, so that its rows stand.
fn has_its_path(record: &LoadRecord, state: &State, new: &[LoadRecord]) -> bool {
    let newer = |other: &LoadRecord| other.id > record.id && other.name == record.name && other.table == record.table;
    !state.loads.of_name(&record.name).any(|other| !other.undone && newer(other)) && !new.iter().any(newer)
}

/// Two paths had the same content and one load told of both; now that load's own path has other rows, and the other path's
/// would be gone with it. They become a load of their own, from the same copy.
fn left_alone(flow: &Flow, state: &mut State, new: &mut Vec<LoadRecord>) {
    if state.again.is_empty() {
        return;
    }
    let again = std::mem::take(&mut state.again);
    // One walk over the ledger for all of them, however many there are.
    let mut of_files: HashMap<&str, Vec<i64>> = again.iter().map(|seen| (seen.file.as_str(), Vec::new())).collect();
    for record in state.in_force().chain(new.iter()).filter(|record| is_by_path(flow, &record.table)) {
        if let Some(loads) = of_files.get_mut(record.fetched.file.as_str()) {
            loads.push(record.id);
        }
    }
    let mut kept = Vec::with_capacity(again.len());
    for seen in &again {
        let added = new.len();
        let loads = of_files.get(seen.file.as_str()).into_iter().flatten();
        let found = loads.filter_map(|id| state.loads.get(*id).or_else(|| new.iter().find(|record| record.id == *id)));
        // What became a load of its own on this walk tells of its file as the others do.
        let own = new[..added].iter().filter(|record| record.fetched.file == seen.file);
        let loads: Vec<&LoadRecord> = found.chain(own.filter(|record| is_by_path(flow, &record.table))).collect();
        let stands = loads.iter().any(|record| has_its_path(record, state, new));
        let last = state.loads.of_name(&seen.name).next_back();
        let taken_back = last.is_some_and(|last| last.undone && last.fetched.file == seen.file);
        match loads.last() {
            Some(one) if !stands && !taken_back => {
                let fetched = Fetched { name: seen.name.clone(), ..one.fetched.clone() };
                let arrival = Arrival {
                    name: seen.name.clone(),
                    table: one.table.clone(),
                    position: seen.position.clone(),
                    path: flow.landing.join(&seen.file),
                    note: None,
                };
                let id = state.loads.next() + new.len() as i64;
                new.push(record(id, arrival, fetched, flow.now_micros));
            }
            _ => kept.push(seen.clone()),
        }
    }
    state.again = kept;
}

fn record(id: i64, arrival: Arrival, fetched: Fetched, landed_at: i64) -> LoadRecord {
    LoadRecord {
        id,
        name: arrival.name,
        table: arrival.table,
        position: arrival.position,
        fetched,
        landed_at,
        undone: false,
        rows: 0,
        used: 0,
        rejected: 0,
        pending: 0,
        merged: 0,
        superseded: 0,
        notes: Vec::new(),
    }
}

async fn within_limit(flow: &Flow, work: &dyn Run, record: &LoadRecord) -> Result<()> {
    let table = flow.project.source.tables.iter().find(|table| table.name == record.table);
    let limit = table.and_then(|table| table.reject_limit());
    if !limit.is_some_and(|limit| limit.exceeded(record.rejected, record.rows)) {
        return Ok(());
    }
    let limit = table.and_then(|table| table.max_rejects.clone()).unwrap_or_default();
    let rules = rules_of(work, record.id).await?;
    Err(Error::new(
        Kind::Check,
        format!(
            "{}: {} of {} rows are rejected, more than {limit}: {rules}",
            record.name, record.rejected, record.rows
        ),
    )
    .advise("nothing was published; mend the file, or raise max_rejects in source.toml"))
}

/// By which rules rows of a load were rejected, with an example each: nobody can look them up once the run has failed.
async fn rules_of(work: &dyn Run, load: i64) -> Result<String> {
    const SHOWN: usize = 5;
    let sql = format!(
        "select cast(count(*) as varchar) || ' ' || rule || coalesce(', the first in line ' || cast(min(line) as varchar), '') \
         || ': ' || min(reason) as told from rejects where load = {load} and status = 'rejected' \
         group by rule order by count(*) desc, rule"
    );
    let mut told: Vec<String> = Vec::new();
    let mut rows = work.query(&sql).await?.rows;
    while let Some(batch) = rows.next().await {
        let texts = arrow::compute::cast(batch?.column(0), &DataType::Utf8View);
        let texts = texts.map_err(|error| Error::internal(error.to_string()))?;
        told.extend(texts.as_string_view().iter().flatten().map(str::to_owned));
    }
    let more = told.len().saturating_sub(SHOWN);
    told.truncate(SHOWN);
    Ok(format!("{}{}", told.join("; "), if more > 0 { format!("; and {more} more rules") } else { String::new() }))
}

/// Staging models in the form a warehouse lands with.
fn staging(flow: &Flow) -> Result<Vec<Staging>> {
    let graph = &flow.project.graph;
    let models = graph.order().iter().filter_map(|name| graph.model(name));
    models.filter(|model| model.layer == Layer::Staging).map(|model| one(&flow.project, model)).collect()
}

fn one(project: &Project, model: &Model) -> Result<Staging> {
    let contract = retail::staging::table(&model.name).ok_or_else(|| {
        Error::config(format!("{} is not a staging table", model.name))
            .at(&model.file, 1, 1)
            .advise("staging/ holds customers, products, orders and order_lines; other tables belong in models/")
    })?;
    let mut inputs: Vec<String> = model.driving.to_vec();
    for input in &model.inputs {
        if !inputs.contains(&input.name) {
            inputs.push(input.name.clone());
        }
    }
    let unique_key = match model.header.unique_key.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    };
    let merge = model.header.merge.iter().map(|(column, merge)| {
        let merge = match merge {
            models::Merge::Newest => Merge::Newest,
            models::Merge::Oldest => Merge::Oldest,
            models::Merge::Min => Merge::Min,
            models::Merge::Max => Merge::Max,
        };
        (column.clone(), merge)
    });
    Ok(Staging {
        name: model.name.clone(),
        sql: model.sql.clone(),
        inputs,
        unique_key,
        merge: merge.collect(),
        schema: schema(project, contract),
    })
}

/// The Arrow schema of a staging table.
pub fn schema(project: &Project, contract: &StagingTable) -> SchemaRef {
    let field = |name: &str, kind: ColumnType| Field::new(name, port::arrow_type(kind), true);
    let converts = project.exchange.rates.is_some();
    let fields: Vec<Field> = contract.columns_where(converts).map(|column| field(column.name, column.kind)).collect();
    Arc::new(Schema::new(fields))
}

/// Tables that models find and no SQL of theirs makes: landed ones, staging tables in their promised shape, what analyses
/// make.
pub fn given(flow: &Flow) -> BTreeMap<String, SchemaRef> {
    let landed = flow.project.source.tables.iter().map(|table| (table.name.clone(), landed_schema(table)));
    let staging = retail::staging::TABLES.iter().map(|table| (table.name.to_owned(), schema(&flow.project, table)));
    let found = flow.project.graph.models().filter_map(|model| {
        let (analysis, _) = analysis::of(model).ok()??;
        Some((model.name.clone(), analysis.schema()))
    });
    landed.chain(staging).chain(found).collect()
}

/// The schema of a landed table as staging SQL sees it.
fn landed_schema(table: &retail::source::LandedTable) -> SchemaRef {
    let mut fields: Vec<Field> =
        table.columns.iter().map(|column| Field::new(&column.name, port::arrow_type(column.kind), true)).collect();
    fields.extend(["_load", "_row", "_line"].map(|name| Field::new(name, DataType::Int64, true)));
    Arc::new(Schema::new(fields))
}
