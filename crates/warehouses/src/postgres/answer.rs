//! Read-only SQL over the published tables: each query a transaction of its own, which sees one publish and cannot write.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures::StreamExt;
use port::{Answer, Error, Kind, Result};
use tokio::sync::mpsc;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, RowStream};

use super::arrive;
use super::columns::Column;
use super::ledger;
use super::session::{Place, Session};

/// Rows in a batch.
const ROWS: usize = 8192;
/// Batches that wait for their reader.
const AHEAD: usize = 2;
/// Idle connections that are kept for the next queries.
const KEPT: usize = 8;

/// Sorts and hashes of a question over all order lines fit, where the server's default is for many small statements.
const MEMORY: &str = "select set_config('work_mem', '64MB', false) \
    where pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('64MB')";

const DOING: &str = "run the query";

/// Connections for reading.
pub struct Readers {
    place: Arc<Place>,
    idle: Mutex<Vec<Session>>,
}

impl Readers {
    pub fn new(place: Arc<Place>) -> Readers {
        Readers { place, idle: Mutex::default() }
    }

    /// A session within a transaction that reads one state of all tables.
    pub async fn begin(&self) -> Result<Session> {
        loop {
            let Some(session) = self.idle().pop() else { break };
            // One that sat idle may turn out to be lost: the next, or a fresh one then.
            match begin(&session).await {
                Err(error) if error.kind == Kind::Unavailable => {}
                begun => return begun.map(|()| session),
            }
        }
        let session = Session::open(&self.place).await?;
        session.run(DOING, MEMORY).await?;
        begin(&session).await?;
        Ok(session)
    }

    /// For the next query; it must have ended its transaction.
    pub fn give_back(&self, session: Session) {
        let mut idle = self.idle();
        if idle.len() < KEPT {
            idle.push(session);
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn begin(session: &Session) -> Result<()> {
    session.run(DOING, "begin transaction isolation level repeatable read read only").await
}

/// Runs one statement that people wrote, or that we did.
pub async fn query(readers: &Arc<Readers>, sql: &str) -> Result<Answer> {
    let session = readers.begin().await?;
    let checked = match ledger::something(&session).await {
        Ok(()) => refuse(sql),
        nothing => nothing,
    };
    answer(readers, session, checked, sql).await
}

/// Runs a query of our own.
pub async fn known(readers: &Arc<Readers>, sql: &str) -> Result<Answer> {
    answer(readers, readers.begin().await?, Ok(()), sql).await
}

async fn answer(readers: &Arc<Readers>, session: Session, checked: Result<()>, sql: &str) -> Result<Answer> {
    let opened = match checked {
        Ok(()) => Rows::open(&session, sql).await,
        Err(error) => Err(error),
    };
    let mut answer = match opened {
        Ok(answer) => answer,
        Err(error) => {
            if session.run(DOING, "rollback").await.is_ok() {
                readers.give_back(session);
            }
            return Err(error);
        }
    };
    let first = answer.next(&session).await?;
    let schema = answer.schema()?;
    let (sender, receiver) = mpsc::channel(AHEAD);
    let readers = readers.clone();
    tokio::spawn(async move {
        let cancel = session.client.cancel_token();
        let mut next = Ok(first);
        loop {
            let (send, more) = match next {
                Ok(Some(batch)) => (Ok(batch), true),
                Ok(None) => break,
                Err(error) => (Err(error), false),
            };
            if sender.send(send).await.is_err() || !more {
                return;
            }
            next = tokio::select! {
                next = answer.next(&session) => next,
                // Nobody waits for the rest: the server need not compute it.
                () = sender.closed() => {
                    let _ = match &session.place.address.tls {
                        Some(tls) => cancel.cancel_query(tls.clone()).await,
                        None => cancel.cancel_query(tokio_postgres::NoTls).await,
                    };
                    return;
                }
            };
        }
        drop(sender);
        if session.run(DOING, "rollback").await.is_ok() {
            readers.give_back(session);
        }
    });
    let rows =
        futures::stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) });
    Ok(Answer { schema, rows: rows.boxed() })
}

/// A query's rows as the server finds them. Nothing else can be asked of the session before the last one came.
pub struct Rows {
    rows: Pin<Box<RowStream>>,
    columns: Vec<Column>,
    schema: Option<arrow::datatypes::SchemaRef>,
    done: bool,
}

impl Rows {
    pub async fn open(session: &Session, sql: &str) -> Result<Rows> {
        if sql.contains('\0') {
            return Err(Error::config("a query cannot have a NUL in it").advise("PostgreSQL has no texts with one"));
        }
        // Prepared alone first, so that places in errors count in what was written.
        let statement = session.prepare(DOING, sql).await?;
        let columns = Column::of_statement(&statement)?;
        if columns.is_empty() {
            return Err(not_a_query());
        }
        // A cursor takes queries alone: it is opened to refuse what is none. It would plan for few rows and one process, so the
        // rows are not read through it.
        let declared = session.write(DOING, &format!("declare answer no scroll cursor for {sql}"), &[]).await;
        declared.map_err(|error| {
            // Whatever is prepared and no query fails here, at a place that nobody wrote.
            if error.message.contains("syntax error") { not_a_query() } else { error }
        })?;
        session.run(DOING, "close answer").await?;
        let none: [&(dyn ToSql + Sync); 0] = [];
        let rows = session.client.query_raw(&statement, none).await;
        let rows = Box::pin(rows.map_err(|error| session.failed(DOING, "", error))?);
        Ok(Rows { rows, columns, schema: None, done: false })
    }

    pub async fn next(&mut self, session: &Session) -> Result<Option<arrow::array::RecordBatch>> {
        if self.done {
            return Ok(None);
        }
        let mut rows: Vec<Row> = Vec::new();
        while rows.len() < ROWS && !self.done {
            match self.rows.next().await {
                Some(row) => rows.push(row.map_err(|error| session.failed(DOING, "", error))?),
                None => self.done = true,
            }
        }
        let schema = match &self.schema {
            Some(schema) => schema.clone(),
            None => self.schema.insert(arrive::schema(&self.columns, &rows)?).clone(),
        };
        if rows.is_empty() {
            return Ok(None);
        }
        arrive::batch(&self.columns, &schema, &rows).map(Some)
    }

    /// Known once the first rows are there.
    pub fn schema(&self) -> Result<arrow::datatypes::SchemaRef> {
        self.schema.clone().ok_or_else(|| Error::internal("no rows were asked for"))
    }
}

fn not_a_query() -> Error {
    Error::config("only queries are answered: SELECT, WITH or VALUES")
        .advise("change tables by models and `wharf run`, and files by dropping them into inbox/")
}

/// Beginnings of functions by which a query could reach beyond the tables: settings, locks, other sessions, files, statements
/// in texts.
const BEYOND: [&str; 9] = [
    "pg_",
    "information_schema",
    "set_config",
    "current_setting",
    "lo_get",
    "lo_export",
    "lo_import",
    "dblink",
    "u&\"",
];

/// The server's rights are the wall; this is the fence before it.
fn refuse(sql: &str) -> Result<()> {
    let text = sql.to_lowercase();
    let begins = |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    let beyond = BEYOND.iter().find(|name| text.match_indices(**name).any(|(at, _)| begins(at)));
    match beyond.copied().or_else(|| text.contains("_to_xml").then_some("…_to_xml")) {
        None => Ok(()),
        Some(name) => Err(Error::config(format!("queries may not use {name}…: it reaches beyond the tables"))
            .advise("ask the tables alone; `wharf tables` lists them")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_beyond_the_tables_is_refused() {
        for sql in [
            "select pg_sleep(1000)",
            "select pg_read_file('/etc/passwd')",
            "select PG_CATALOG.\"pg_ls_dir\"('.')",
            "select set_config('a.b', 'c', false)",
            "select query_to_xml('select 1', true, true, '')",
            "select U&\"pg\\005fsleep\"(1)",
            "select lo_get/**/(1)",
            "select * from information_schema.tables",
        ] {
            assert!(refuse(sql).is_err(), "{sql}");
        }
        for sql in
            ["select flo_rate, sum(amount) from order_lines where name like 'apg_x' group by 1", "select lo_x from t"]
        {
            assert!(refuse(sql).is_ok(), "{sql}");
        }
    }
}
