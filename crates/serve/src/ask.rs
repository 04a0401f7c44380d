//! Asking the warehouse within limits: how many queries at once, how long each, on threads of their own.

use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::SchemaRef;
use futures::StreamExt;
use port::{Answer, Query, Result};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::api::Problem;
use crate::rows::Rows;

/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Asking {
    query: Arc<dyn Query>,
    threads: Threads,
    turns: Arc<Semaphore>,
    most_seconds: Duration,
}

/// Where queries compute. What people write computes apart from what the pages ask: it may hold its threads for as long as it
/// is let, and the system shares the processors out.
pub struct Threads {
    pub ours: Handle,
    pub theirs: Handle,
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
    pub fn new(query: Arc<dyn Query>, threads: Threads, at_once: usize, most_seconds: Duration) -> Asking {
        Asking { query, threads, turns: Arc::new(Semaphore::new(at_once.max(1))), most_seconds }
    }

    pub fn threads(&self, by: By) -> &Handle {
        match by {
            By::Us => &self.threads.ours,
            By::Them => &self.threads.theirs,
        }
    }

    /// At most `most` rows.
    pub async fn rows(&self, sql: String, most: usize) -> Result<Rows, Problem> {
        self.rows_by(By::Us, sql, most).await
    }

    pub async fn rows_by(&self, by: By, sql: String, most: usize) -> Result<Rows, Problem> {
        let query = self.query.clone();
        self.limited(by, async move { collect(query.query(&sql).await?, most).await }).await
    }

    /// Rows as they come, for a file. They may take as long as their reader takes, and count against the limit of queries
    /// until they end.
    pub async fn answer(&self, by: By, sql: String) -> Result<Answer, Problem> {
        let turn = self.turn().await?;
        let query = self.query.clone();
        let task = self.threads(by).spawn(async move { query.query(&sql).await });
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
        by: By,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T, Problem> {
        let _turn = self.turn().await?;
        Ok(self.in_time(self.threads(by).spawn(work)).await??)
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
