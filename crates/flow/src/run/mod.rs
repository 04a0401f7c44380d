//! Doing what the plan says.

mod analyse;
mod check;
mod history;
mod land;
mod lint;
mod result;
mod step;
mod test;

pub use check::check_all;
pub use lint::{lint, lint_tests};
pub use result::{CheckResult, Known, Moved, StepResult, Summary, TestResult};
pub use test::test_all;

use std::time::Instant;

use models::Model;
use port::{Error, Kind, Result, Run};

use crate::flow::Flow;
use crate::observe::Event;
use crate::plan::{self, Request};

pub async fn run(flow: &Flow, request: &Request) -> Result<Summary> {
    match once(flow, request).await {
        // The reader is more careful from here on: it copies before it reads, and leaves out what changes meanwhile.
        Err(error) if error.kind == Kind::Changed => {
            flow.tell(Event::Anew { cause: &error.message });
            once(flow, request).await
        }
        done => done,
    }
}

async fn once(flow: &Flow, request: &Request) -> Result<Summary> {
    let start = Instant::now();
    let state = flow.state().await?;
    let arrivals = match request.is_of_old_loads() {
        true => Vec::new(),
        false => flow.reader.discover(&flow.project.source.tables, &state.seen())?,
    };
    let clean = flow.warehouse.is_clean().await?;
    if clean && plan::plan(&flow.project, &state, request, &arrivals)?.is_empty() {
        return Ok(Summary { millis: start.elapsed().as_millis(), ..Summary::default() });
    }
    let work = flow.warehouse.begin(flow.patience).await?;
    let done = at_work(flow, work.as_ref(), request, start).await;
    let Err(error) = done else { return done };
    // Nothing of this run is at work when the next one begins. What seems wrong with a file may be that it changed.
    let settled = flow.reader.settle();
    work.failed().await;
    Err(settled.err().filter(|settled| settled.kind == Kind::Changed).unwrap_or(error))
}

async fn at_work(flow: &Flow, work: &dyn Run, request: &Request, start: Instant) -> Result<Summary> {
    // Another run may have published while this one waited.
    let mut state = flow.state().await?;
    let mut summary = Summary::default();
    let changes = land::land(flow, work, request, &mut state, &mut summary).await?;
    if !state.loads.is_empty() {
        check::check_staging(flow, work, &changes, &mut summary).await?;
        step::build_all(flow, work, request, &mut state, &changes, &mut summary, start).await?;
    }
    let idle = summary.is_nothing() && summary.known.is_empty() && request.undo.is_empty();
    summary.millis = start.elapsed().as_millis();
    if !idle {
        state.runs += 1;
        history::write(flow, work, &state, &summary).await?;
    }
    flow.reader.settle()?;
    // Also when nothing was left to do after waiting: it ends the run that `begin` began.
    summary.volume = work.publish(state.render()?).await?;
    if !idle {
        flow.tell(Event::Published);
    }
    summary.millis = start.elapsed().as_millis();
    Ok(summary)
}

/// A place in a model's SQL, told under the model's name, as one in its file.
fn in_its_file(model: &Model, error: Error) -> Error {
    match error.location.as_deref() {
        Some(at) if at.file == model.name && at.line > 0 => {
            let (line, column) = (model.file_line(at.line), at.column);
            error.at(&model.file, line, column)
        }
        _ => error,
    }
}

/// The error that a check of severity `error` ends a run with.
fn check_failed(result: &CheckResult) -> Error {
    let mut message = format!("{} rows of {} fail the check {}", result.rows, result.model, result.check);
    for sample in result.samples.iter().take(3) {
        message.push_str("\n    ");
        message.push_str(sample);
    }
    Error::new(Kind::Check, message)
        .advise(format!("{} stays as it was; mend the source or the model, or make the check `warn:`", result.model))
}
