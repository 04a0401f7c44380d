//! Building models level by level: what one changes decides what the next must do.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use models::{Kind, Layer, Model};
use port::{Build, Built, Result, Run, Touched};

use super::land::Changes;
use super::{analyse, check};
use crate::flow::Flow;
use crate::observe::Event;
use crate::plan::{self, Change, Request, Step, decide, through_view};
use crate::run::{CheckResult, StepResult, Summary};
use crate::state::{ModelState, Owes, State};

pub async fn build_all(
    flow: &Flow,
    work: &dyn Run,
    request: &Request,
    state: &mut State,
    landed: &mut Changes,
    summary: &mut Summary,
    begun: Instant,
) -> Result<()> {
    let graph = &flow.project.graph;
    let selected = plan::selected(graph, request)?;
    let mut changes: BTreeMap<String, Change> =
        landed.iter().map(|(name, touched)| (name.clone(), of(touched))).collect();
    let mut failed: BTreeMap<String, String> = BTreeMap::new();
    summary.dropped = drop_gone(flow, work, state).await?;
    let levels = graph.levels();
    for (at, level) in levels.iter().enumerate() {
        release_unread(flow, work, &levels, at).await;
        let mut steps = Vec::new();
        for name in level.iter().copied() {
            let Some(model) = graph.model(name).filter(|model| model.layer != Layer::Staging) else { continue };
            let parents = bearing(work, model, graph.parents(name), &changes, landed).await?;
            let parents: Vec<(&str, &Change)> = parents.iter().map(|(name, change)| (name.as_str(), change)).collect();
            let fingerprint = plan::fingerprint(graph, name);
            let step = decide(model, state.models.get(name), &fingerprint, request, &parents);
            let cause = graph.parents(name).iter().find_map(|parent| failed.get(parent).cloned());
            if let (Some(cause), true) = (cause, selected.contains(name)) {
                flow.tell(Event::StepSkipped { model: name, because: &cause });
                failed.insert(name.to_owned(), cause.clone());
                step.iter().for_each(|step| owe(state, name, &fingerprint, step));
                summary.steps.push(skipped(name, step.as_ref(), &cause, begun));
                continue;
            }
            let Some(step) = step else {
                changes.extend(through_view(model, &parents).map(|change| (name.to_owned(), change)));
                continue;
            };
            if !selected.contains(name) {
                // Days that were asked of other models are not owed by this one.
                let unasked = Request { days: None, ..request.clone() };
                if let Some(step) = decide(model, state.models.get(name), &fingerprint, &unasked, &parents) {
                    owe(state, name, &fingerprint, &step);
                }
                continue;
            }
            steps.push((model, step, fingerprint));
        }
        let beside = steps.len();
        let running = steps.iter().map(|(model, step, _)| one(flow, work, model, step, beside, begun));
        let done = futures::future::join_all(running).await;
        for ((model, step, fingerprint), outcome) in steps.into_iter().zip(done) {
            summary.checks.extend(outcome.checks);
            match &outcome.result.failure {
                None => {
                    let known = ModelState { fingerprint, owes: Owes::Nothing };
                    state.models.insert(model.name.clone(), known);
                    changes.extend(outcome.change.map(|change| (model.name.clone(), change)));
                }
                Some(_) => {
                    failed.insert(model.name.clone(), model.name.clone());
                    owe(state, &model.name, &fingerprint, &step);
                }
            }
            summary.steps.push(outcome.result);
        }
    }
    Ok(())
}

/// Lets go of tables that the level before read and no later one does.
async fn release_unread(flow: &Flow, work: &dyn Run, levels: &[Vec<&str>], at: usize) {
    let graph = &flow.project.graph;
    let read: BTreeSet<&String> = levels[at..].iter().flatten().flat_map(|name| graph.parents(name)).collect();
    let before = levels[..at].last().into_iter().flatten().flat_map(|name| graph.parents(name));
    for name in before.filter(|name| !read.contains(name)) {
        work.release(name).await;
    }
}

struct Outcome {
    result: StepResult,
    checks: Vec<CheckResult>,
    change: Option<Change>,
}

async fn one(flow: &Flow, work: &dyn Run, model: &Model, step: &Step, beside: usize, begun: Instant) -> Outcome {
    let start = Instant::now();
    flow.tell(Event::StepStarted { model: &model.name, step: 0, of: 0 });
    let mut result = StepResult {
        model: model.name.clone(),
        reason: step.reason.clone(),
        days: step.days.clone(),
        rows: 0,
        started_millis: begun.elapsed().as_millis(),
        millis: 0,
        remarks: Vec::new(),
        failure: None,
        skipped: false,
    };
    let (mut checks, mut change) = (Vec::new(), None);
    match make(flow, work, model, step, beside, &mut checks).await {
        Ok((built, remarks)) => {
            result.remarks = remarks;
            result.rows = built.rows;
            change = built.changed.then(|| built.days.clone().map_or(Change::All, Change::Days));
        }
        Err(error) => result.failure = Some(error.to_string()),
    }
    result.millis = start.elapsed().as_millis();
    match &result.failure {
        None => flow.tell(Event::StepDone { model: &model.name, rows: result.rows, millis: result.millis }),
        Some(cause) => flow.tell(Event::StepFailed { model: &model.name, cause }),
    }
    Outcome { result, checks, change }
}

/// Rows in the model's table, checked; with what is to be told of them.
async fn make(
    flow: &Flow,
    work: &dyn Run,
    model: &Model,
    step: &Step,
    beside: usize,
    checks: &mut Vec<CheckResult>,
) -> Result<(Built, Vec<String>)> {
    let made = match &model.header.analysis {
        None => build(work, model, step, beside).await.map(|built| (built, Vec::new())),
        Some(_) => analyse::store(flow, work, model).await,
    };
    let (built, remarks) = made.map_err(|error| super::in_its_file(model, error.within(&model.name)))?;
    port::fault::reach("built");
    if built.changed {
        let failed = check::check_model(flow, work, model, built.days.as_deref(), checks).await;
        if let Err(error) = failed {
            work.revert(&model.name).await?;
            return Err(error);
        }
    }
    Ok((built, remarks))
}

async fn build(work: &dyn Run, model: &Model, step: &Step, beside: usize) -> Result<Built> {
    let asked = Build {
        model: model.name.clone(),
        layer: model.layer.name().to_owned(),
        sql: model.sql.clone(),
        driving: model.driving.clone(),
        time_column: model.header.time_column.clone(),
        days: step.days.clone(),
        lookback: model.header.lookback,
        view: model.header.kind == Kind::View,
        beside,
        each_day_alone: model.runs_by_day() && model.header.lookback == 0 && model.inputs.len() == 1,
        grain: model.header.grain.clone(),
    };
    work.build(asked).await
}

/// The parents that changed, each with what its change means for this model: a driving table's days as they are, a
/// joined table's changed rows as the days on which the driving tables have them.
async fn bearing(
    work: &dyn Run,
    model: &Model,
    parents: &BTreeSet<String>,
    changes: &BTreeMap<String, Change>,
    landed: &Changes,
) -> Result<Vec<(String, Change)>> {
    let mut found = Vec::new();
    for parent in parents {
        let Some(change) = changes.get(parent) else { continue };
        if model.driving.contains(parent) || !model.runs_by_day() {
            found.push((parent.clone(), change.clone()));
            continue;
        }
        let bears = match landed.get(parent) {
            Some(touched) => joined(work, model, parent, touched).await?,
            None => Some(Change::All),
        };
        found.extend(bears.map(|change| (parent.clone(), change)));
    }
    Ok(found)
}

async fn joined(work: &dyn Run, model: &Model, parent: &str, touched: &Touched) -> Result<Option<Change>> {
    let key = retail::staging::table(parent).and_then(|table| table.key.first());
    let (Some(keys), Some(key), false) = (&touched.keys, key, model.driving.is_empty()) else {
        return Ok(Some(Change::All));
    };
    if keys.is_empty() {
        return Ok(None);
    }
    let mut all = BTreeSet::new();
    for driving in &model.driving {
        let Some(days) = work.days_with(driving, key, keys).await? else { return Ok(Some(Change::All)) };
        all.extend(days);
    }
    Ok((!all.is_empty()).then(|| Change::Days(all.into_iter().collect())))
}

fn of(touched: &Touched) -> Change {
    match &touched.days {
        Some(days) => Change::Days(days.clone()),
        None => Change::All,
    }
}

fn owe(state: &mut State, name: &str, fingerprint: &str, step: &Step) {
    let is_new = !state.models.contains_key(name);
    let known = state.models.entry(name.to_owned()).or_default();
    match &step.days {
        Some(days) if !is_new && known.fingerprint == fingerprint => known.owes.add(days),
        _ => known.owes = Owes::Everything,
    }
}

fn skipped(model: &str, step: Option<&Step>, cause: &str, begun: Instant) -> StepResult {
    StepResult {
        model: model.to_owned(),
        reason: step.map_or_else(|| format!("follows {cause}"), |step| step.reason.clone()),
        days: step.and_then(|step| step.days.clone()),
        rows: 0,
        started_millis: begun.elapsed().as_millis(),
        millis: 0,
        remarks: Vec::new(),
        failure: Some(format!("{cause} failed")),
        skipped: true,
    }
}

/// Tables whose models are no longer there.
async fn drop_gone(flow: &Flow, work: &dyn Run, state: &mut State) -> Result<Vec<String>> {
    let gone = plan::gone(&flow.project.graph, state);
    for name in &gone {
        work.drop_table(name).await?;
        state.models.remove(name);
    }
    Ok(gone)
}
