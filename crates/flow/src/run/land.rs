//! Landing what the inbox has: fetched once, known contents left aside, the rest handed to the warehouse.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use models::{Layer, Model};
use port::{Arrival, Error, Kind, Land, Landed, Load, Merge, Result, Run, Seen, Staging, Touched};
use retail::exchange::Asked;
use retail::source::ColumnType;
use retail::staging::StagingTable;

use crate::analysis;
use crate::flow::Flow;
use crate::observe::Event;
use crate::plan::{self, Request};
use crate::project::Project;
use crate::run::Summary;
use crate::state::{LoadRecord, State};

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
    let new = fetch(flow, state, summary)?;
    let rebuild = plan::rebuild_reason(&flow.project, state, request).is_some();
    state.source_fingerprint = plan::landing_fingerprint(&flow.project);
    if new.is_empty() && undone.is_empty() && !rebuild {
        return Ok(Changes::new());
    }
    let fresh: Vec<i64> = new.iter().map(|record| record.id).collect();
    state.loads.extend(new);
    let loads = state.in_force().map(|record| Load {
        id: record.id,
        table: record.table.clone(),
        fetched: port::Fetched { path: flow.landing.join(&record.fetched.file), ..record.fetched.clone() },
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
    let Landed { loads, touched } = work.land(asked).await?;
    remember_rates(state, flow.project.exchange.asked(), rebuild);
    for report in &loads {
        let Some(record) = state.loads.iter_mut().find(|record| record.id == report.id) else { continue };
        record.take(report);
        let is_news = fresh.contains(&record.id) || rebuild || !request.undo.is_empty();
        if is_news {
            flow.tell(Event::Landed { name: &record.name, report });
        }
        summary.loads.push((record.clone(), report.clone()));
        if fresh.contains(&record.id) {
            within_limit(flow, record)?;
        }
    }
    Ok(touched)
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
        let record = state.loads.iter_mut().find(|record| record.id == *id && !record.undone);
        let record = record.ok_or_else(|| {
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
        let same = |record: &&LoadRecord| record.fetched.hash == fetched.hash && record.table == arrival.table;
        // A path that goes back to an older content replaces what it had in between.
        let latest = state.in_force().chain(&new).filter(|record| record.name == arrival.name).last();
        let goes_back = latest.is_some_and(|record| record.fetched.hash != fetched.hash);
        let known = state.in_force().chain(&new).find(same).map(|record| record.id).filter(|_| !goes_back);
        if let Some(load) = known {
            flow.tell(Event::Known { name: &arrival.name, load });
            summary.known.push((arrival.name.clone(), load));
            state.again.retain(|seen| seen.name != arrival.name);
            state.again.push(Seen { name: arrival.name, position: arrival.position, file: fetched.file });
            continue;
        }
        // What was seen of it before is older than the load that it becomes now.
        state.again.retain(|seen| seen.name != arrival.name);
        new.push(record(state.next_load() + new.len() as i64, arrival, fetched, flow.now_micros));
    }
    Ok(new)
}

fn record(id: i64, arrival: Arrival, fetched: port::Fetched, landed_at: i64) -> LoadRecord {
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

fn within_limit(flow: &Flow, record: &LoadRecord) -> Result<()> {
    let table = flow.project.source.tables.iter().find(|table| table.name == record.table);
    let limit = table.and_then(|table| table.reject_limit());
    if !limit.is_some_and(|limit| limit.exceeded(record.rejected, record.rows)) {
        return Ok(());
    }
    let limit = table.and_then(|table| table.max_rejects.clone()).unwrap_or_default();
    Err(Error::new(
        Kind::Check,
        format!("{}: {} of {} rows are rejected, more than {limit}", record.name, record.rejected, record.rows),
    )
    .advise("nothing was published; look at the file, or raise max_rejects in source.toml"))
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
