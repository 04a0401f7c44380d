//! A schema of a PostgreSQL database as the warehouse.
//!
//! A run is one transaction. Models run inside the server: their rows go from table to table and never come here. What a run
//! makes only its transaction sees ([`draft`]): rows that changed in the tables themselves, and whole tables beside them, shown
//! under the bare names by temporary views ([`work`]), until publishing commits all, with the state and its positions, at once. A run
//! that ends in any other way leaves nothing: the server takes all of it back, so there is nothing to recover.

mod answer;
mod arrive;
mod build;
mod columns;
mod copy;
mod draft;
mod history;
mod land;
mod ledger;
mod run;
mod session;
mod validate;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use connect::postgres::Address;
use connect::postgres::column::quoted;
use futures::TryStreamExt;
use futures::future::{BoxFuture, ready};
use lake::Judge;
use port::{Answer, Error, Keep, Optimized, Query, Result, Run, Saved, Sql, TableInfo, Warehouse};
use tokio::sync::Mutex;

use self::answer::Readers;
use self::columns::schema;
use self::run::PostgresRun;
use self::session::{Place, Session};
use self::work::Work;

pub use self::ledger::FORMAT;

/// Memory that a sort or a hash of a run's queries may take.
const WORK_MEMORY: &str = "128MB";

pub struct Postgres {
    place: Arc<Place>,
    readers: Arc<Readers>,
    judge: Arc<Judge>,
    zone: String,
}

impl Postgres {
    /// Nothing is asked of the server yet. `zone`: the shop's.
    pub fn open(url: &str, schema: &str, zone: &str) -> Result<Postgres> {
        if schema.is_empty() || schema.len() > 63 || schema.starts_with("pg_") {
            return Err(Error::config(format!("{schema:?} cannot be a schema's name")).advise("write one like wharf"));
        }
        let place = Arc::new(Place { address: Address::parse(url)?, schema: schema.to_owned() });
        let readers = Arc::new(Readers::new(place.clone()));
        Ok(Postgres { place, readers, judge: Arc::new(Judge::new(zone)?), zone: zone.to_owned() })
    }

    /// Reads within a transaction that is ended in any case.
    async fn reading<T>(&self, read: impl AsyncFnOnce(&Session) -> Result<T>) -> Result<T> {
        let session = self.readers.begin().await?;
        let done = read(&session).await;
        if session.run("read", "rollback").await.is_ok() {
            self.readers.give_back(session);
        }
        done
    }
}

impl Query for Postgres {
    fn query<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<Answer>> {
        Box::pin(answer::query(&self.readers, sql))
    }

    fn lookup<'a>(
        &'a self,
        table: &'a str,
        columns: &'a [&'a str],
        column: &'a str,
        values: &'a [String],
    ) -> BoxFuture<'a, Result<Vec<RecordBatch>>> {
        Box::pin(async move {
            let columns: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
            let values: Vec<String> = values.iter().map(|value| connect::postgres::column::literal(value)).collect();
            if values.is_empty() {
                return Ok(Vec::new());
            }
            let sql = format!(
                "select {} from {} where {} in ({})",
                columns.join(", "),
                quoted(table),
                quoted(column),
                values.join(", ")
            );
            // Values are ours to quote, and may say anything.
            answer::known(&self.readers, &sql).await?.rows.try_collect().await
        })
    }

    fn published(&self) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async move {
            let published = self.reading(async |session| ledger::published(session).await).await?;
            Ok(published.map_or(0, |published| published.generation.unsigned_abs()))
        })
    }

    fn tables(&self) -> BoxFuture<'_, Result<Vec<TableInfo>>> {
        Box::pin(async move { self.reading(async |session| tables(session).await).await })
    }
}

async fn tables(session: &Session) -> Result<Vec<TableInfo>> {
    let doing = "list the tables";
    ledger::something(session).await?;
    let mut tables = Vec::new();
    for (name, live) in draft::live(session).await? {
        tables.push((name, live.table.layer, schema(&live.table.columns), live.view.is_some()));
    }
    let layers = ["staging", "marts", "insight", "wharf"];
    let layer = |layer: &str| layers.iter().position(|known| *known == layer);
    tables.sort_by(|a, b| (layer(&a.1), &a.0).cmp(&(layer(&b.1), &b.0)));
    let fates = session.prepare(doing, "select load, \"row\", fate, by_load, by_row from fates").await?;
    let fates = schema(&columns::Column::of_statement(&fates)?);
    tables.push(("fates".to_owned(), "wharf".to_owned(), fates, false));
    let mut infos = Vec::with_capacity(tables.len());
    for (name, layer, schema, is_view) in tables {
        let full = session.place.table(&name);
        let rows = session.number(doing, &format!("select count(*) from {full}")).await?;
        let sql = "select case when $1 then 0 else pg_total_relation_size($2::text::regclass) end";
        let bytes: i64 = session.rows(doing, sql, &[&is_view, &full]).await?.first().map_or(0, |row| row.get(0));
        infos.push(TableInfo {
            name,
            layer,
            schema,
            rows: rows.unsigned_abs(),
            files: u64::from(!is_view),
            bytes: bytes.unsigned_abs(),
        });
    }
    Ok(infos)
}

impl Warehouse for Postgres {
    fn state(&self) -> BoxFuture<'_, Result<Option<Saved>>> {
        Box::pin(async move { self.reading(async |session| ledger::saved(session).await).await })
    }

    fn chapters<'a>(&'a self, names: &'a [Arc<str>]) -> BoxFuture<'a, Result<Vec<String>>> {
        Box::pin(async move {
            if names.is_empty() {
                return Ok(Vec::new());
            }
            self.reading(async |session| ledger::chapters(session, names).await).await
        })
    }

    /// A transaction that was stopped has left nothing.
    fn is_clean(&self) -> BoxFuture<'_, Result<bool>> {
        Box::pin(ready(Ok(true)))
    }

    fn begin(&self, patience: Duration) -> BoxFuture<'_, Result<Box<dyn Run>>> {
        Box::pin(async move {
            let session = Session::open(&self.place).await?;
            ledger::lock(&session, patience).await?;
            let settings = format!("begin; set local work_mem = '{WORK_MEMORY}'; set local lock_timeout = '60s'");
            session.run("begin a run", &settings).await?;
            ledger::migrate(&session, &self.zone).await?;
            let live = draft::live(&session).await?;
            let work = Work { session, live, drafts: Vec::new(), landed: BTreeSet::new() };
            let run = PostgresRun { work: Arc::new(Mutex::new(work)), judge: self.judge.clone() };
            Ok(Box::new(run) as Box<dyn Run>)
        })
    }

    fn validate<'a>(
        &'a self,
        models: &'a [Sql],
        given: &'a BTreeMap<String, SchemaRef>,
    ) -> BoxFuture<'a, Vec<Result<SchemaRef>>> {
        Box::pin(validate::validate(&self.place, &self.zone, models, given))
    }

    fn rehearse<'a>(
        &'a self,
        sql: &'a str,
        given: BTreeMap<String, String>,
    ) -> BoxFuture<'a, Result<Vec<RecordBatch>>> {
        Box::pin(validate::rehearse(&self.place, &self.zone, sql, given))
    }

    /// The server's own cleaning, at once: rows that gave way make room, and statistics are fresh. It keeps no files for
    /// others to read, so `keep.files` says nothing here.
    fn optimize(&self, keep: Keep) -> BoxFuture<'_, Result<Vec<Optimized>>> {
        Box::pin(async move {
            let session = Session::open(&self.place).await?;
            // A run that is at work adds to these tables; what it adds is no old history.
            history::forget(&session, keep.runs).await?;
            let mut done = Vec::new();
            for (table, live) in draft::live(&session).await? {
                if live.view.is_some() {
                    continue;
                }
                let sql = format!("vacuum (analyze) {}", self.place.table(&table));
                session.run(&format!("clean {table}"), &sql).await?;
                done.push(Optimized { table, files_before: 1, files_after: 1, files_deleted: 0 });
            }
            Ok(done)
        })
    }
}
