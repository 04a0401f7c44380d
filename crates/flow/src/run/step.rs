//! Building models, each as soon as all that it reads is settled: what one changes decides what the next must do.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::time::Instant;

use futures::StreamExt;
use futures::future::{Either, select};
use futures::stream::FuturesUnordered;
use models::{Graph, Kind, Layer, Model};
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
    landed: &Changes,
    summary: &mut Summary,
    begun: Instant,
) -> Result<()> {
    let graph = &flow.project.graph;
    let selected = plan::selected(graph, request)?;
    summary.dropped = drop_gone(flow, work, state).await?;
    let changes = landed.iter().map(|(name, touched)| (name.clone(), of(touched))).collect();
    let mut known = Known { graph, request, selected, state, landed, changes, failed: BTreeMap::new() };
    let order: Vec<&str> = graph.order().iter().map(String::as_str).collect();
    // Told in this order, whichever ends first.
    let mut told: BTreeMap<&str, (StepResult, Vec<CheckResult>)> = BTreeMap::new();
    let mut open: BTreeSet<&str> = order.iter().copied().collect();
    let mut waiting = order.clone();
    let awaited = graph.awaited();
    let (mut decided, mut running, mut ended) = (Vec::new(), FuturesUnordered::new(), Vec::new());
    loop {
        let is_ready = |name: &&str| awaited[name].iter().all(|awaited| !open.contains(awaited));
        let (ready, others): (Vec<&str>, Vec<&str>) = waiting.into_iter().partition(is_ready);
        waiting = others;
        let mut settled = Vec::new();
        for name in ready {
            match meanwhile(&mut running, &mut ended, known.next(work, name)).await {
                Ok(Next::Run(job)) => decided.push(job),
                Ok(Next::Skip(step, cause)) => {
                    flow.tell(Event::StepSkipped { model: name, because: &cause });
                    told.insert(name, (skipped(name, step.as_ref(), &cause, begun), Vec::new()));
                    settled.push(name);
                }
                Ok(Next::Nothing) => settled.push(name),
                Err(error) => {
                    // What is at work ends before the run does.
                    while running.next().await.is_some() {}
                    return Err(error);
                }
            }
        }
        // What is settled may be all that others waited for: those that can begin, begin together and share the threads.
        if settled.is_empty() && ended.is_empty() {
            let beside = running.len() + decided.len();
            running.extend(decided.drain(..).map(|job| one(flow, work, job, beside, begun)));
            let Some(first) = running.next().await else { break };
            ended.push(first);
        }
        for (job, outcome) in ended.drain(..) {
            let name = job.model.name.as_str();
            known.settle(job, &outcome);
            told.insert(name, (outcome.result, outcome.checks));
            settled.push(name);
        }
        for name in settled {
            open.remove(name);
        }
    }
    for (result, checks) in order.iter().filter_map(|name| told.remove(name)) {
        summary.steps.push(result);
        summary.checks.extend(checks);
    }
    Ok(())
}

/// Waits for what asks the warehouse while steps go on, one of which may have the connection that it waits for; those that end
/// meanwhile are put with the `ended`.
async fn meanwhile<Step: Future, T>(
    running: &mut FuturesUnordered<Step>,
    ended: &mut Vec<Step::Output>,
    asked: impl Future<Output = T>,
) -> T {
    let mut asked = pin!(asked);
    while !running.is_empty() {
        match select(asked.as_mut(), running.next()).await {
            Either::Left((answer, _)) => return answer,
            Either::Right((step, _)) => ended.extend(step),
        }
    }
    asked.await
}

/// What is known of models while they are built.
struct Known<'a> {
    graph: &'a Graph,
    request: &'a Request,
    selected: BTreeSet<String>,
    state: &'a mut State,
    landed: &'a Changes,
    changes: BTreeMap<String, Change>,
    /// Models that failed or were skipped, and the one that it began with.
    failed: BTreeMap<String, String>,
}

/// What a model, all of whose parents are settled, has to do.
enum Next<'a> {
    Run(Job<'a>),
    /// What it would have done, and the failed model because of which it does not.
    Skip(Option<Step>, String),
    Nothing,
}

struct Job<'a> {
    model: &'a Model,
    step: Step,
    fingerprint: String,
}

impl<'a> Known<'a> {
    async fn next(&mut self, work: &dyn Run, name: &str) -> Result<Next<'a>> {
        let graph = self.graph;
        let Some(model) = graph.model(name).filter(|model| model.layer != Layer::Staging) else {
            return Ok(Next::Nothing);
        };
        let parents = bearing(work, model, graph.parents(name), &self.changes, self.landed).await?;
        let parents: Vec<(&str, &Change)> = parents.iter().map(|(name, change)| (name.as_str(), change)).collect();
        let fingerprint = plan::fingerprint(graph, name);
        let step = decide(model, self.state.models.get(name), &fingerprint, self.request, &parents);
        let cause = graph.parents(name).iter().find_map(|parent| self.failed.get(parent).cloned());
        if let (Some(cause), true) = (cause, self.selected.contains(name)) {
            self.failed.insert(name.to_owned(), cause.clone());
            step.iter().for_each(|step| owe(self.state, name, &fingerprint, step));
            return Ok(Next::Skip(step, cause));
        }
        let Some(step) = step else {
            self.changes.extend(through_view(model, &parents).map(|change| (name.to_owned(), change)));
            return Ok(Next::Nothing);
        };
        if self.selected.contains(name) {
            return Ok(Next::Run(Job { model, step, fingerprint }));
        }
        // Days that were asked of other models are not owed by this one.
        let unasked = Request { days: None, ..self.request.clone() };
        if let Some(step) = decide(model, self.state.models.get(name), &fingerprint, &unasked, &parents) {
            owe(self.state, name, &fingerprint, &step);
        }
        Ok(Next::Nothing)
    }

    fn settle(&mut self, Job { model, step, fingerprint }: Job<'_>, outcome: &Outcome) {
        match &outcome.result.failure {
            None => {
                let known = ModelState { fingerprint, owes: Owes::Nothing };
                self.state.models.insert(model.name.clone(), known);
                self.changes.extend(outcome.change.clone().map(|change| (model.name.clone(), change)));
            }
            Some(_) => {
                self.failed.insert(model.name.clone(), model.name.clone());
                owe(self.state, &model.name, &fingerprint, &step);
            }
        }
    }
}

struct Outcome {
    result: StepResult,
    checks: Vec<CheckResult>,
    change: Option<Change>,
}

/// `beside`: steps at work when this one starts, itself counted.
async fn one<'a>(flow: &Flow, work: &dyn Run, job: Job<'a>, beside: usize, begun: Instant) -> (Job<'a>, Outcome) {
    let Job { model, step, .. } = &job;
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
    (job, Outcome { result, checks, change })
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
