//! A run: one transaction over one connection, its steps one after another.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use connect::postgres::column::quoted;
use futures::StreamExt;
use futures::future::BoxFuture;
use lake::Judge;
use port::{Among, Answer, Build, Built, Error, Land, Landed, Put, Result, Run, Saved, Volume};
use retail::day::Day;
use tokio::sync::Mutex;

use super::answer::Rows;
use super::columns::{Column, Kind};
use super::draft::Draft;
use super::work::Work;
use super::{arrive, build, history, land};

pub struct PostgresRun {
    pub work: Arc<Mutex<Work>>,
    pub judge: Arc<Judge>,
}

impl Run for PostgresRun {
    fn land(&self, request: Land) -> BoxFuture<'_, Result<Landed>> {
        Box::pin(async move {
            let mut work = self.work.lock().await;
            land::land(&mut work, &self.judge, &request).await
        })
    }

    fn build(&self, step: Build) -> BoxFuture<'_, Result<Built>> {
        Box::pin(async move {
            let mut work = self.work.lock().await;
            let before = work.begin_step().await?;
            let built = build::build(&mut work, &step).await;
            work.end_step(built, before).await
        })
    }

    /// The connection is the query's until its last row came.
    fn query<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<Answer>> {
        Box::pin(async move {
            let mut work = self.work.clone().lock_owned().await;
            let before = work.begin_step().await?;
            let opened = async {
                let mut answer = Rows::open(&work.session, sql).await?;
                let first = answer.next(&work.session).await?;
                Ok((answer, first))
            };
            let (answer, first) = match opened.await {
                Ok(opened) => opened,
                Err(error) => return work.end_step(Err(error), before).await,
            };
            let schema = answer.schema()?;
            let state = (first, Some((work, answer, before)));
            let rows = futures::stream::unfold(state, |(ready, rest)| async move {
                if let Some(batch) = ready {
                    return Some((Ok(batch), (None, rest)));
                }
                let (mut work, mut answer, before) = rest?;
                match answer.next(&work.session).await {
                    Ok(Some(batch)) => Some((Ok(batch), (None, Some((work, answer, before))))),
                    ended => {
                        let ended = work.end_step(ended, before).await;
                        ended.err().map(|error| (Err(error), (None, None)))
                    }
                }
            });
            Ok(Answer { schema, rows: rows.boxed() })
        })
    }

    fn store<'a>(&'a self, table: &'a str, layer: &'a str, rows: RecordBatch) -> BoxFuture<'a, Result<Built>> {
        Box::pin(async move {
            let mut work = self.work.lock().await;
            let before = work.begin_step().await?;
            let stored = build::store(&mut work, table, layer, &rows).await;
            work.end_step(stored, before).await
        })
    }

    fn days_with<'a>(
        &'a self,
        table: &'a str,
        column: &'a str,
        values: &'a ArrayRef,
    ) -> BoxFuture<'a, Result<Option<Vec<Day>>>> {
        Box::pin(async move {
            let work = self.work.lock().await;
            let Some(found) = work.table(table) else { return Ok(None) };
            let is_text = found.column(column).is_some_and(|column| column.kind == Kind::Text);
            let (true, Some(_), Some(rows)) = (is_text, found.day(), work.rows(table)) else { return Ok(None) };
            let values = cast(values, &DataType::Utf8View).map_err(|error| Error::internal(error.to_string()))?;
            let values: Vec<&str> = values.as_string_view().iter().flatten().collect();
            let sql = format!(
                "select distinct day - date '1970-01-01' from ({rows}\n) as l \
                 where {} = any($1::text[]) and day is not null order by 1",
                quoted(column)
            );
            let rows = work.session.rows("find the days of what changed", &sql, &[&values]).await?;
            Ok(Some(rows.iter().map(|row| row.get(0)).collect()))
        })
    }

    fn days<'a>(&'a self, table: &'a str) -> BoxFuture<'a, Result<Vec<Day>>> {
        Box::pin(async move {
            let work = self.work.lock().await;
            match (work.table(table).and_then(|table| table.day()), work.rows(table)) {
                (Some(_), Some(rows)) => work.days(&format!("select day from ({rows}\n) as l"), "find the days").await,
                _ => Ok(Vec::new()),
            }
        })
    }

    fn offending<'a>(
        &'a self,
        sql: &'a str,
        limit: usize,
        among: Among<'a>,
    ) -> BoxFuture<'a, Result<(u64, Vec<String>)>> {
        Box::pin(async move {
            let mut work = self.work.lock().await;
            let before = work.begin_step().await?;
            let found = offending(&mut work, sql, limit, among).await;
            work.end_step(found, before).await
        })
    }

    fn revert<'a>(&'a self, table: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.work.lock().await.revert(table).await })
    }

    fn drop_table<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.work.lock().await.set(name, Draft::Dropped).await })
    }

    fn put<'a>(&'a self, table: &'a str, rows: RecordBatch, how: Put<'a>) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let mut work = self.work.lock().await;
            history::put(&mut work, table, &rows.schema(), std::slice::from_ref(&rows), how).await
        })
    }

    fn publish(&self, state: Saved) -> BoxFuture<'_, Result<Volume>> {
        Box::pin(async move {
            self.work.lock().await.publish(&state).await?;
            Ok(Volume::default())
        })
    }
}

async fn offending(work: &mut Work, sql: &str, limit: usize, among: Among<'_>) -> Result<(u64, Vec<String>)> {
    let doing = "run the check";
    let limited = match among {
        Among::Days(table, days) if work.limit(table, "day", days).await? => Some(table),
        _ => None,
    };
    let columns = Column::of_statement(&work.session.prepare(doing, sql).await?)?;
    let count = work.session.number(doing, &format!("select count(*) from ({sql}\n) as q")).await?;
    let mut samples = Vec::new();
    if count > 0 && limit > 0 {
        let rows = work.session.rows(doing, &format!("select * from ({sql}\n) as q limit {limit}"), &[]).await?;
        let batch = arrive::batch(&columns, &arrive::schema(&columns, &rows)?, &rows)?;
        samples = lake::json_rows(&batch)?;
    }
    if let Some(table) = limited {
        work.unlimit(table).await?;
    }
    Ok((u64::try_from(count).unwrap_or(0), samples))
}
