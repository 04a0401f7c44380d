//! Asking the warehouse within limits: how many queries at once, how long each, on threads of their own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use port::{Answer, Error, Kind, Query, Result};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::apart::{self, Apart};
use crate::api::Problem;
use crate::rows::Rows;
use crate::spool;

/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Asking {
    query: Arc<dyn Query>,
    /// Where queries compute.
    threads: Handle,
    /// Where those that people write do.
    apart: Arc<dyn Apart>,
    turns: Arc<Semaphore>,
    /// Of these again, apart: heavy ones keep others of theirs waiting, and no page.
    their_turns: Arc<Semaphore>,
    /// Of files, apart: a reader that dawdles keeps others from files, not from answers.
    files: Arc<Semaphore>,
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
        let [turns, their_turns, files] = [(); 3].map(|()| Arc::new(Semaphore::new(at_once.max(1))));
        Asking { query, apart, threads, turns, their_turns, files, most_seconds }
    }

    /// How long a query may take.
    pub fn longest(&self) -> Duration {
        self.most_seconds
    }

    pub fn threads(&self) -> &Handle {
        &self.threads
    }

    /// At most `most` rows.
    pub async fn rows(&self, sql: String, most: usize) -> Result<Rows, Problem> {
        self.rows_by(By::Us, sql, 0, most).await
    }

    /// At most `most` rows after the first `skipped`.
    pub async fn rows_by(&self, by: By, sql: String, skipped: u64, most: usize) -> Result<Rows, Problem> {
        let asked = self.asked(by, sql);
        let turns = match by {
            By::Us => &self.turns,
            By::Them => &self.their_turns,
        };
        self.in_turn(turns, async move { collect(part(asked.await?, skipped, u64::MAX), most).await }).await
    }

    fn asked(&self, by: By, sql: String) -> impl Future<Output = Result<Answer>> + Send + use<> {
        let (query, apart, threads) = (self.query.clone(), self.apart.clone(), self.threads.clone());
        async move {
            match by {
                By::Us => match query.query(&sql).await {
                    Ok(answer) => Ok(answer),
                    Err(error) => Err(flow::ask::explained(&*query, &sql, error).await),
                },
                By::Them => apart::answer(&*apart, &threads, sql).await,
            }
        }
    }

    /// Rows as they come, for a file, without the first `skipped` and at most `most`. They may take as long as their reader
    /// takes, and count against the limit of files until they end; computing them has the time limit. `room`: what the file
    /// holds; more are refused.
    pub async fn answer(
        &self,
        by: By,
        sql: String,
        skipped: u64,
        most: u64,
        room: Option<u64>,
    ) -> Result<Answer, Problem> {
        let turn = turn(&self.files).await?;
        let (asked, begun) = (self.asked(by, sql), Instant::now());
        // Until there are rows, what goes wrong can be told in words; later a file can only be cut off.
        let task = self.threads.spawn(async move {
            let Answer { schema, rows } = asked.await?;
            // Asked once more after an end that comes at once.
            let mut rows = rows.fuse();
            let first = rows.next().await.transpose()?;
            Ok::<_, Error>((Answer { schema, rows: rows.boxed() }, first))
        });
        let (Answer { schema, rows }, first) = self.in_time(task).await??;
        let rows = stream::iter(first.map(Ok)).chain(timed(rows, by, self.most_seconds, begun.elapsed()));
        let mut answer = part(Answer { schema, rows: rows.boxed() }, skipped, most);
        if let Some(room) = room {
            let mut held = Task(self.threads.spawn(spool::counted(answer, room)));
            let counted =
                (&mut held.0).await.map_err(|error| Problem::internal(&format!("rows are not held: {error}")))?;
            answer = counted?.ok_or_else(|| Problem::no_room(None, room))?;
        }
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
        self.in_turn(&self.turns, work).await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        turns: &Arc<Semaphore>,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T, Problem> {
        let _turn = turn(turns).await?;
        Ok(self.in_time(self.threads.spawn(work)).await??)
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

async fn turn(turns: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Problem> {
    match tokio::time::timeout(PATIENCE, turns.clone().acquire_owned()).await {
        Ok(Ok(turn)) => Ok(turn),
        _ => Err(Problem::busy()),
    }
}

/// Rows that end with an error where computing them takes longer than the limit: of what people write all of it, of what we
/// ask, which ends, any stretch between two.
fn timed(
    rows: BoxStream<'static, Result<RecordBatch>>,
    by: By,
    limit: Duration,
    used: Duration,
) -> impl Stream<Item = Result<RecordBatch>> + Send {
    stream::unfold(Some((rows, limit.saturating_sub(used))), move |state| async move {
        let (mut rows, left) = state?;
        let begun = Instant::now();
        let Ok(next) = tokio::time::timeout(left, rows.next()).await else {
            let detail = Problem::took_too_long(limit).detail;
            return Some((Err(Error::new(Kind::Cancelled, detail)), None));
        };
        let left = match by {
            By::Us => limit,
            By::Them => left.saturating_sub(begun.elapsed()),
        };
        Some((next?, Some((rows, left))))
    })
}

/// The rows after the first `skipped`, at most `most`; no more are asked for.
fn part(answer: Answer, skipped: u64, most: u64) -> Answer {
    let rows = answer.rows.scan((skipped, most), |(skipped, left), batch| {
        if *left == 0 {
            return std::future::ready(None);
        }
        let kept = batch.map(|batch| {
            let rows = batch.num_rows() as u64;
            let gone = rows.min(*skipped);
            let kept = (rows - gone).min(*left);
            (*skipped, *left) = (*skipped - gone, *left - kept);
            batch.slice(gone as usize, kept as usize)
        });
        std::future::ready(Some(kept))
    });
    Answer { schema: answer.schema, rows: rows.boxed() }
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
