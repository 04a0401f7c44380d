//! A step that is an analysis: rows asked of the warehouse, its answer put in place of the table.

use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use futures::TryStreamExt;
use models::Model;
use port::{Answer, Built, Error, Result, Run};

use crate::analysis::{self, Analysis, Found, Settings};
use crate::flow::Flow;

/// The table's new rows, and what is to be told of them.
pub async fn store(flow: &Flow, work: &dyn Run, model: &Model) -> Result<(Built, Vec<String>)> {
    let start = Instant::now();
    let (analysis, settings) = of(model)?;
    let Answer { mut rows, .. } = work.query(&model.sql).await?;
    let mut job = analysis.begin(&settings, flow.room);
    // On threads of its own, so that models of the same level go on beside it.
    let gathering = tokio::spawn(async move {
        while let Some(batch) = rows.try_next().await? {
            job.take(&batch)?;
        }
        Ok::<_, Error>(job)
    });
    let job = gathering.await.map_err(stopped)??;
    let gathered = start.elapsed();
    let found = tokio::task::spawn_blocking(|| job.finish()).await.map_err(stopped)??;
    let millis = |time: Duration| time.as_millis() as u64;
    tracing::debug!(
        model = model.name,
        gathering = millis(gathered),
        computing = millis(start.elapsed().saturating_sub(gathered)),
        "analysed"
    );
    let built = work.store(&model.name, model.layer.name(), found.rows).await?;
    Ok((built, found.remarks))
}

/// What the analysis makes of rows that stand for those of its SELECT.
pub fn rehearse(flow: &Flow, model: &Model, rows: &[RecordBatch]) -> Result<RecordBatch> {
    let (analysis, settings) = of(model)?;
    let mut job = analysis.begin(&settings, flow.room);
    rows.iter().try_for_each(|batch| job.take(batch))?;
    let Found { rows, .. } = job.finish()?;
    Ok(rows)
}

fn of(model: &Model) -> Result<(&'static dyn Analysis, Settings)> {
    analysis::of(model)?.ok_or_else(|| Error::internal(format!("{} is no analysis", model.name)))
}

fn stopped(error: tokio::task::JoinError) -> Error {
    Error::internal(format!("an analysis stopped: {error}"))
}
