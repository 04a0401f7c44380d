//! Checks: queries for offending rows, asked before anything is published.

use std::collections::{BTreeMap, BTreeSet};

use models::{Check, Layer, Model, Rule, Severity};
use port::{Among, Error, Kind, Result, Run};
use retail::day::Day;

use super::land::Changes;
use super::{check_failed, history};
use crate::flow::Flow;
use crate::observe::Event;
use crate::plan::{Request, selected};
use crate::run::{CheckResult, Summary};

/// After a change of more days than this the whole table is looked at: that is cheaper than to pick them out.
const FEW_DAYS: usize = 366;
/// Rows kept of a failing check.
const SAMPLES: usize = 20;

/// Checks of the staging tables that landing changed. A failure ends the run: nothing of it may be seen.
pub async fn check_staging(flow: &Flow, work: &dyn Run, changes: &Changes, summary: &mut Summary) -> Result<()> {
    for (name, touched) in changes {
        let Some(model) = flow.project.graph.model(name) else { continue };
        check_model(flow, work, model, touched.days.as_deref(), &mut summary.checks).await?;
    }
    Ok(())
}

/// Runs a model's checks, on the days that changed where it has days; the first failing one of severity error is the error.
pub async fn check_model(
    flow: &Flow,
    work: &dyn Run,
    model: &Model,
    days: Option<&[Day]>,
    results: &mut Vec<CheckResult>,
) -> Result<()> {
    let kept = kept(work, model, days).await?;
    for (at, check) in model.header.checks.iter().enumerate() {
        let result = match kept.contains(&at) {
            true => passed(model, check),
            false => ask(flow, work, model, check, days).await?,
        };
        let failed = result.rows > 0 && !result.warning;
        results.push(result.clone());
        if failed {
            return Err(check_failed(&result));
        }
    }
    Ok(())
}

/// The checks, by their place, that a single look at all rows finds kept: most look at rows one by one, and hold.
async fn kept(work: &dyn Run, model: &Model, days: Option<&[Day]>) -> Result<BTreeSet<usize>> {
    let Some(sql) = Check::counts(&model.header.checks, &model.name) else { return Ok(BTreeSet::new()) };
    let among = match days.filter(|days| days.len() <= FEW_DAYS) {
        Some(days) => Among::Days(&model.name, days),
        None => Among::All,
    };
    // A mistake in one of them is told by that one's own query.
    let Ok((_, counts)) = work.offending(&sql, 1, among).await else { return Ok(BTreeSet::new()) };
    let counts: BTreeMap<String, Option<String>> = match counts.first() {
        Some(counts) => serde_json::from_str(counts).map_err(|error| Error::internal(error.to_string()))?,
        None => BTreeMap::new(),
    };
    let none = |count: &Option<String>| count.as_deref().is_none_or(|count| count == "0");
    let place = |name: &String| name.strip_prefix("check_").and_then(|place| place.parse().ok());
    Ok(counts.iter().filter(|(_, count)| none(count)).filter_map(|(name, _)| place(name)).collect())
}

fn passed(model: &Model, check: &Check) -> CheckResult {
    let warning = check.severity == Severity::Warn;
    CheckResult { model: model.name.clone(), check: check.name.clone(), warning, rows: 0, samples: Vec::new() }
}

async fn ask(flow: &Flow, work: &dyn Run, model: &Model, check: &Check, days: Option<&[Day]>) -> Result<CheckResult> {
    let sql = check.sql(&model.name, today(flow));
    let few = |days: &&[Day]| days.len() <= FEW_DAYS && looks_at_rows(check);
    let days = days.filter(few);
    // Of few days the query itself is quick.
    if let (Rule::Unique { columns }, None) = (&check.rule, days)
        && work.are_distinct(&model.name, columns).await?
    {
        return Ok(passed(model, check));
    }
    let among = match days {
        Some(days) => Among::Days(&model.name, days),
        None if compares_within_days(check) => Among::EachDayOf(&model.name),
        None => Among::All,
    };
    let (rows, samples) = work.offending(&sql, SAMPLES, among).await.map_err(|error| unasked(model, check, error))?;
    let result = CheckResult { rows, samples, ..passed(model, check) };
    if rows > 0 {
        flow.tell(Event::CheckFailed { check: &check.name, model: &model.name, rows, warning: result.warning });
    }
    Ok(result)
}

/// All checks of the published tables; results are kept.
pub async fn check_all(flow: &Flow, select: Option<&str>) -> Result<Vec<CheckResult>> {
    let request = Request { select: select.map(str::to_owned), ..Request::default() };
    let wanted = selected(&flow.project.graph, &request)?;
    // Before anything is begun: without tables there is nothing to check.
    let made: BTreeSet<String> = flow.warehouse.tables().await?.into_iter().map(|table| table.name).collect();
    let work = flow.warehouse.begin(flow.patience).await?;
    let state = flow.state().await?;
    let mut results = Vec::new();
    for name in flow.project.graph.order() {
        let Some(model) = flow.project.graph.model(name).filter(|_| wanted.contains(name)) else { continue };
        if model.layer != Layer::Staging && !state.models.contains_key(name) {
            continue;
        }
        if !made.contains(name) && !model.header.checks.is_empty() {
            return Err(crate::ask::not_made(name));
        }
        let kept = kept(work.as_ref(), model, None).await?;
        for (at, check) in model.header.checks.iter().enumerate() {
            results.push(match kept.contains(&at) {
                true => passed(model, check),
                false => ask(flow, work.as_ref(), model, check, None).await?,
            });
        }
    }
    history::write_checks(flow, work.as_ref(), &state, &results).await?;
    work.publish(state.render()?).await?;
    Ok(results)
}

/// A check's own mistake, at its place in the model's file instead of in the SQL that is made of it.
fn unasked(model: &Model, check: &Check, error: Error) -> Error {
    if error.kind != Kind::Config {
        return error;
    }
    let message = format!("the check {} cannot be asked: {}", check.name, super::lint::cause(&error));
    Error { advice: error.advice, ..Error::config(message) }.at(&model.file, check.line, check.column)
}

/// Whether rows of other days cannot matter to it.
fn looks_at_rows(check: &Check) -> bool {
    !matches!(check.rule, Rule::RowCount { .. } | Rule::Freshness { .. } | Rule::Query { .. })
}

/// Whether it compares rows of the same day alone.
fn compares_within_days(check: &Check) -> bool {
    matches!(&check.rule, Rule::Unique { columns } if columns.iter().any(|column| column == "day"))
}

pub(super) fn today(flow: &Flow) -> Day {
    let zone = retail::day::Zone::new(&flow.project.source.timezone);
    zone.map_or((flow.now_micros / 86_400_000_000) as Day, |mut zone| zone.day(flow.now_micros))
}
