//! Asking the warehouse within limits: how many queries at once, how long each, on threads of their own.

use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::SchemaRef;
use futures::StreamExt;
use port::{Answer, Query, Result};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::apart::{self, Apart};
use crate::api::Problem;
use crate::rows::Rows;

/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Asking {
    query: Arc<dyn Query>,
    /// Where queries compute.
    threads: Handle,
    /// Where those that people write do.
    apart: Arc<dyn Apart>,
    turns: Arc<Semaphore>,
    most_seconds: Duration,
}

/// Who wrote a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Us,
    Them,
}

/// Ends a query's task with the request that asked: a client that hangs up stops its query too.
struct Task<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Asking {
    pub fn new(
        query: Arc<dyn Query>,
        apart: Arc<dyn Apart>,
        threads: Handle,
        at_once: usize,
        most_seconds: Duration,
    ) -> Asking {
        Asking { query, apart, threads, turns: Arc::new(Semaphore::new(at_once.max(1))), most_seconds }
    }

    pub fn threads(&self) -> &Handle {
        &self.threads
    }

    /// At most `most` rows.
    pub async fn rows(&self, sql: String, most: usize) -> Result<Rows, Problem> {
        self.rows_by(By::Us, sql, most).await
    }

    pub async fn rows_by(&self, by: By, sql: String, most: usize) -> Result<Rows, Problem> {
        let asked = self.asked(by, sql);
        self.limited(async move { collect(asked.await?, most).await }).await
    }

    fn asked(&self, by: By, sql: String) -> impl Future<Output = Result<Answer>> + Send + use<> {
        let (query, apart, threads) = (self.query.clone(), self.apart.clone(), self.threads.clone());
        async move {
            match by {
                By::Us => query.query(&sql).await,
                By::Them => apart::answer(&*apart, &threads, sql).await,
            }
        }
    }

    /// Rows as they come, for a file. They may take as long as their reader takes, and count against the limit of queries
    /// until they end.
    pub async fn answer(&self, by: By, sql: String) -> Result<Answer, Problem> {
        let turn = self.turn().await?;
        let task = self.threads.spawn(self.asked(by, sql));
        let answer = self.in_time(task).await??;
        let rows = answer.rows.map(move |batch| {
            let _held: &OwnedSemaphorePermit = &turn;
            batch
        });
        Ok(Answer { schema: answer.schema, rows: rows.boxed() })
    }

    /// Any other work that computes.
    pub async fn limited<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T, Problem> {
        let _turn = self.turn().await?;
        Ok(self.in_time(self.threads.spawn(work)).await??)
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, Problem> {
        match tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(Problem::busy()),
        }
    }

    async fn in_time<T>(&self, task: tokio::task::JoinHandle<T>) -> Result<T, Problem> {
        let mut task = Task(task);
        match tokio::time::timeout(self.most_seconds, &mut task.0).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(Problem::internal(&format!("a query's task ended early: {error}"))),
            Err(_) => Err(Problem::took_too_long(self.most_seconds)),
        }
    }
}

async fn collect(answer: Answer, most: usize) -> Result<Rows> {
    let (schema, mut rows): (SchemaRef, _) = (answer.schema, answer.rows);
    let (mut batches, mut left, mut more) = (Vec::new(), most, false);
    while let Some(batch) = rows.next().await {
        let batch = batch?;
        if batch.num_rows() > left {
            batches.push(batch.slice(0, left));
            more = true;
            break;
        }
        left -= batch.num_rows();
        batches.push(batch);
    }
    Ok(Rows { schema, batches, more })
}
