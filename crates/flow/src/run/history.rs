//! wharf's own tables: loads as they stand, and the history of runs, their steps and checks.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use port::{Error, Put, Result, Run};

use crate::flow::Flow;
use crate::run::{CheckResult, StepResult, Summary};
use crate::state::{LoadRecord, State};

pub async fn write(flow: &Flow, work: &dyn Run, state: &State, summary: &Summary) -> Result<()> {
    let changed: Vec<&LoadRecord> = state.loads.changed().collect();
    // A shop of a file every few seconds has a hundred thousand loads in a week: those that are as they were are left alone.
    if !changed.is_empty() && !work.put("loads", loads(&changed)?, Put::InPlaceOf("load")).await? {
        let all: Vec<&LoadRecord> = state.loads.iter().collect();
        work.put("loads", loads(&all)?, Put::InPlaceOfAll).await?;
    }
    work.put("runs", runs(flow, state, summary)?, Put::Beside).await?;
    if !summary.steps.is_empty() {
        work.put("steps", steps(state, &summary.steps)?, Put::Beside).await?;
    }
    write_checks(flow, work, state, &summary.checks).await
}

pub async fn write_checks(flow: &Flow, work: &dyn Run, state: &State, results: &[CheckResult]) -> Result<()> {
    if results.is_empty() {
        return Ok(());
    }
    let runs = state.runs as i64;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("run", number(results.iter().map(|_| runs))),
        ("at", instant(results.iter().map(|_| flow.now_micros))),
        ("model", text(results.iter().map(|result| result.model.clone()))),
        ("check_name", text(results.iter().map(|result| result.check.clone()))),
        ("severity", text(results.iter().map(|result| if result.warning { "warn" } else { "error" }.to_owned()))),
        ("rows", number(results.iter().map(|result| result.rows as i64))),
        ("samples", text(results.iter().map(|result| result.samples.join("\n")))),
    ];
    work.put("checks", batch(columns)?, Put::Beside).await?;
    Ok(())
}

fn loads(loads: &[&LoadRecord]) -> Result<RecordBatch> {
    let count = |pick: fn(&LoadRecord) -> u64| number(loads.iter().map(|load| pick(load) as i64));
    batch(vec![
        ("load", number(loads.iter().map(|load| load.id))),
        ("name", text(loads.iter().map(|load| load.name.clone()))),
        ("landed_table", text(loads.iter().map(|load| load.table.clone()))),
        ("landed_at", instant(loads.iter().map(|load| load.landed_at))),
        ("undone", Arc::new(BooleanArray::from_iter(loads.iter().map(|load| Some(load.undone))))),
        ("rows", count(|load| load.rows)),
        ("used", count(|load| load.used)),
        ("rejected", count(|load| load.rejected)),
        ("pending", count(|load| load.pending)),
        ("merged", count(|load| load.merged)),
        ("superseded", count(|load| load.superseded)),
        ("hash", text(loads.iter().map(|load| load.fetched.hash.clone()))),
        ("bytes", count(|load| load.fetched.size)),
    ])
}

fn runs(flow: &Flow, state: &State, summary: &Summary) -> Result<RecordBatch> {
    let status = if summary.failed() { "failed" } else { "done" };
    batch(vec![
        ("run", number([state.runs as i64])),
        ("started_at", instant([flow.now_micros])),
        ("millis", number([summary.millis as i64])),
        ("loads", number([summary.loads.len() as i64])),
        ("steps", number([summary.steps.len() as i64])),
        ("status", text([status.to_owned()])),
    ])
}

fn steps(state: &State, steps: &[StepResult]) -> Result<RecordBatch> {
    let status = |step: &StepResult| match (&step.failure, step.skipped) {
        (_, true) => "skipped",
        (Some(_), false) => "failed",
        (None, false) => "done",
    };
    let failure = StringViewArray::from_iter(steps.iter().map(|step| step.failure.as_deref()));
    batch(vec![
        ("run", number(steps.iter().map(|_| state.runs as i64))),
        ("model", text(steps.iter().map(|step| step.model.clone()))),
        ("reason", text(steps.iter().map(|step| step.reason.clone()))),
        ("rows", number(steps.iter().map(|step| step.rows as i64))),
        ("started_millis", number(steps.iter().map(|step| step.started_millis as i64))),
        ("millis", number(steps.iter().map(|step| step.millis as i64))),
        ("status", text(steps.iter().map(|step| status(step).to_owned()))),
        ("failure", Arc::new(failure)),
    ])
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch> {
    let columns = columns.into_iter().map(|(name, column)| (name, column, true));
    RecordBatch::try_from_iter_with_nullable(columns).map_err(|error| Error::internal(error.to_string()))
}

fn number(values: impl IntoIterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values))
}

fn text(values: impl IntoIterator<Item = String>) -> ArrayRef {
    Arc::new(StringViewArray::from_iter_values(values))
}

fn instant(values: impl IntoIterator<Item = i64>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter_values(values).with_timezone("UTC"))
}
