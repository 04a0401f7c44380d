//! A connection to the warehouse, and what its errors mean to a person.

use std::sync::Arc;

use bytes::Bytes;
use connect::postgres::column::quoted;
use connect::postgres::{Address, session};
use port::{Error, Kind, Result};
use tokio_postgres::error::ErrorPosition;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, SimpleQueryMessage, Statement};

use super::copy::{Failed, Writer};
use arrow::array::RecordBatch;

/// Where a project's tables are.
pub struct Place {
    pub address: Address,
    pub schema: String,
}

impl Place {
    /// A table of the schema by its full name.
    pub fn table(&self, name: &str) -> String {
        format!("{}.{}", quoted(&self.schema), quoted(name))
    }
}

/// A connection whose bare names are the schema's tables.
pub struct Session {
    pub client: Client,
    pub place: Arc<Place>,
}

type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

impl Session {
    pub async fn open(place: &Arc<Place>) -> Result<Session> {
        let client = session::connect(&place.address).await?;
        let session = Session { client, place: place.clone() };
        // A query whose asker is gone ends soon; just-in-time compilation takes longer than what it compiles here.
        let settings = format!(
            "set search_path to {}; set jit = off; set client_min_messages = warning; \
             select set_config('client_connection_check_interval', '1000', false) \
               where current_setting('server_version_num')::int >= 140000",
            quoted(&place.schema)
        );
        session.run("open the warehouse", &settings).await?;
        session.refuse_superuser().await?;
        Ok(session)
    }

    /// People's SQL runs as this user: it must not be one that reads the server's files.
    async fn refuse_superuser(&self) -> Result<()> {
        let sql = "select current_user::text, rolsuper or pg_has_role(current_user, 'pg_read_server_files', 'member') \
                     or pg_has_role(current_user, 'pg_execute_server_program', 'member') \
                   from pg_roles where rolname = current_user";
        let row = self.rows("open the warehouse", sql, &[]).await?;
        let Some(row) = row.first().filter(|row| row.get(1)) else { return Ok(()) };
        Err(Error::config(format!(
            "the warehouse's user {} may read files of the server, and so could every query that people write",
            row.get::<_, String>(0)
        ))
        .advise("give wharf a user of its own: create role wharf login password '…'; docs/postgresql.md has the lines"))
    }

    /// Statements without rows or parameters.
    pub async fn run(&self, doing: &str, sql: &str) -> Result<()> {
        self.client.batch_execute(sql).await.map_err(|error| self.failed(doing, sql, error))
    }

    /// Statements without parameters, sent at once; rows that they wrote.
    pub async fn writes(&self, doing: &str, sql: &str) -> Result<u64> {
        let done = self.client.simple_query(sql).await.map_err(|error| self.failed(doing, sql, error))?;
        let rows = |message: &SimpleQueryMessage| match message {
            SimpleQueryMessage::CommandComplete(rows) => *rows,
            _ => 0,
        };
        Ok(done.iter().map(rows).sum())
    }

    /// A statement; rows that it wrote.
    pub async fn write(&self, doing: &str, sql: &str, parameters: Parameters<'_>) -> Result<u64> {
        self.client.execute(sql, parameters).await.map_err(|error| self.failed(doing, sql, error))
    }

    pub async fn rows(&self, doing: &str, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>> {
        self.client.query(sql, parameters).await.map_err(|error| self.failed(doing, sql, error))
    }

    /// Whether a table of the schema, or a view, is there.
    pub async fn has(&self, doing: &str, table: &str) -> Result<bool> {
        let sql = "select to_regclass($1) is not null";
        let rows = self.rows(doing, sql, &[&self.place.table(table)]).await?;
        Ok(rows.first().is_some_and(|row| row.get(0)))
    }

    /// A count that a query gives.
    pub async fn number(&self, doing: &str, sql: &str) -> Result<i64> {
        let rows = self.rows(doing, sql, &[]).await?;
        rows.first().map(|row| row.get(0)).ok_or_else(|| Error::internal(format!("cannot {doing}: no rows")))
    }

    /// What a query would answer, without running it.
    pub async fn prepare(&self, doing: &str, sql: &str) -> Result<Statement> {
        self.client.prepare(sql).await.map_err(|error| self.failed(doing, sql, error))
    }

    /// Opens a COPY into a table.
    pub async fn copy_into(&self, doing: &str, table: &str, columns: &str) -> Result<Writer> {
        let sql = format!("copy {table} ({columns}) from stdin (format binary)");
        let sink = self.client.copy_in::<_, Bytes>(&sql).await.map_err(|error| self.failed(doing, &sql, error))?;
        Ok(Writer::new(sink))
    }

    pub async fn copy(&self, doing: &str, table: &str, columns: &str, rows: &[RecordBatch]) -> Result<u64> {
        let told = |failed| self.copy_failed(doing, failed);
        let mut writer = self.copy_into(doing, table, columns).await?;
        for batch in rows {
            writer.write(batch).await.map_err(told)?;
        }
        writer.finish().await.map_err(told)
    }

    pub fn copy_failed(&self, doing: &str, failed: Failed) -> Error {
        match failed {
            Failed::Ours(error) => error,
            Failed::Theirs(error) => self.failed(doing, "", error),
        }
    }

    /// `sql` is what a place in the error counts in.
    pub fn failed(&self, doing: &str, sql: &str, error: tokio_postgres::Error) -> Error {
        let Some(database) = error.as_db_error() else { return session::told(&self.place.address, error) };
        let (code, message) = (database.code().code(), database.message());
        let (kind, advice) = meaning(code);
        let mut told = Error::new(kind, format!("cannot {doing}: {message}"));
        told.advice = advice.map(str::to_owned).or_else(|| database.hint().map(str::to_owned));
        if let Some(ErrorPosition::Original(at)) = database.position()
            && !sql.is_empty()
        {
            let before: Vec<char> = sql.chars().take((*at as usize).saturating_sub(1)).collect();
            let line = before.iter().filter(|c| **c == '\n').count() + 1;
            let column = before.iter().rev().take_while(|c| **c != '\n').count() + 1;
            told = told.at("", line, column);
        }
        told.because(error)
    }
}

fn meaning(code: &str) -> (Kind, Option<&'static str>) {
    match code {
        "42501" => {
            (Kind::Config, Some("the warehouse's user lacks a right: docs/postgresql.md lists those that wharf needs"))
        }
        "25006" => (Kind::Config, Some("a query reads; change tables by models and `wharf run`")),
        "2BP01" => (
            Kind::Config,
            Some("views of yours stand on a table whose columns change: drop them, run again, and make them anew"),
        ),
        "55P03" => (Kind::Locked, Some("another session holds the table; run again when it is done")),
        "57014" => (Kind::Cancelled, Some("the query took too long, or was ended on the server")),
        "53100" => (Kind::Io, Some("free some space on the server and run again: nothing was lost")),
        code => match &code[..2] {
            "08" | "53" | "57" | "58" | "40" => {
                (Kind::Unavailable, Some("run again when the server is well: nothing was lost"))
            }
            "42" | "22" | "0A" | "21" | "23" => (Kind::Config, None),
            _ => (Kind::Io, None),
        },
    }
}
