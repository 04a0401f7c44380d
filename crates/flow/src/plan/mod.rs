//! What would run, and why: a pure function of what is known. `wharf plan` prints what `wharf run` goes by.

mod decide;
mod request;

pub use decide::{Change, decide, through_view};
pub use request::Request;

use std::collections::{BTreeMap, BTreeSet};

use models::{Graph, Layer};
use port::{Arrival, Error, Result};
use retail::day::Day;

use crate::analysis;
use crate::project::Project;
use crate::state::State;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    pub loads: Vec<PlannedLoad>,
    pub undo: Vec<i64>,
    /// Why all loads are placed anew, if they are.
    pub rebuild: Option<String>,
    /// Tables whose models are gone.
    pub dropped: Vec<String>,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct PlannedLoad {
    pub name: String,
    pub table: String,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub model: String,
    pub reason: String,
    /// `None`: the whole table, or days that only landing can tell (see `note`).
    pub days: Option<Vec<Day>>,
    pub note: Option<String>,
}

impl Plan {
    pub fn is_empty(&self) -> bool {
        let lands = !self.loads.is_empty() || !self.undo.is_empty() || self.rebuild.is_some();
        !lands && self.dropped.is_empty() && self.steps.is_empty()
    }
}

/// The plan before anything is read: which days landing touches is not known yet.
pub fn plan(project: &Project, state: &State, request: &Request, arrivals: &[Arrival]) -> Result<Plan> {
    let loads: Vec<PlannedLoad> = arrivals.iter().map(|arrival| planned(state, arrival)).collect();
    let rebuild = rebuild_reason(project, state, request);
    let lands = !loads.is_empty() || rebuild.is_some() || !request.undo.is_empty();
    let selected = selected(&project.graph, request)?;
    let mut changes: BTreeMap<String, Change> = BTreeMap::new();
    let mut steps = Vec::new();
    if state.loads.is_empty() && loads.is_empty() {
        // Nothing ever landed: there is nothing to build from.
        return Ok(Plan::default());
    }
    for name in project.graph.order() {
        let Some(model) = project.graph.model(name) else { continue };
        if model.layer == Layer::Staging {
            if lands {
                changes.insert(name.clone(), Change::Landed);
            }
            continue;
        }
        let parents: Vec<(&str, &Change)> =
            project.graph.parents(name).iter().filter_map(|p| Some((p.as_str(), changes.get(p)?))).collect();
        let fingerprint = fingerprint(&project.graph, name);
        let step = decide(model, state.models.get(name), &fingerprint, request, &parents);
        let Some(step) = step.filter(|_| selected.contains(name)) else {
            changes.extend(through_view(model, &parents).map(|change| (name.clone(), change)));
            continue;
        };
        changes.insert(name.clone(), Change::of(model, &step, !parents.is_empty()));
        steps.push(step);
    }
    Ok(Plan { loads, undo: request.undo.clone(), rebuild, dropped: gone(&project.graph, state), steps })
}

/// Why every load has to be placed anew, if it has.
pub fn rebuild_reason(project: &Project, state: &State, request: &Request) -> Option<String> {
    let reason = if state.in_force().next().is_none() {
        return None;
    } else if request.full_refresh {
        "full refresh"
    } else if request.replay {
        "rejected rows are tried again"
    } else if state.source_fingerprint != landing_fingerprint(project) {
        "source.toml or a staging model changed"
    } else if project.exchange.changed(&state.rates).is_some() {
        "exchange rates changed that rows are converted with"
    } else {
        return None;
    };
    Some(reason.to_owned())
}

/// Of everything that decides what becomes of a landed row.
pub fn landing_fingerprint(project: &Project) -> String {
    let staging = project.graph.models().filter(|model| model.layer == Layer::Staging);
    let models: Vec<String> = staging.map(|model| fingerprint(&project.graph, &model.name)).collect();
    format!("{}:{}", project.source_fingerprint, models.join(":"))
}

pub fn fingerprint(graph: &Graph, name: &str) -> String {
    graph.fingerprint(name, &analysis::codes()).unwrap_or_default()
}

/// Models that were built once and are no longer there.
pub fn gone(graph: &Graph, state: &State) -> Vec<String> {
    state.models.keys().filter(|name| graph.model(name).is_none()).cloned().collect()
}

/// Names of the models that the request asks for.
pub fn selected(graph: &Graph, request: &Request) -> Result<BTreeSet<String>> {
    match &request.select {
        None => Ok(graph.order().iter().cloned().collect()),
        Some(selection) => graph.select(selection).map_err(|problem| {
            let error = Error::config(problem.message);
            match problem.advice {
                Some(advice) => error.advise(advice),
                None => error.advise("`wharf models` lists them"),
            }
        }),
    }
}

fn planned(state: &State, arrival: &Arrival) -> PlannedLoad {
    let replaced = state.loads.of_name(&arrival.name).any(|load| !load.undone);
    let reason = match &arrival.note {
        Some(note) => note,
        None if replaced => "the file was replaced",
        None => "new file",
    };
    PlannedLoad { name: arrival.name.clone(), table: arrival.table.clone(), reason: reason.to_owned() }
}
