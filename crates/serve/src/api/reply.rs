//! Tables as responses: as JSON in pages, or whole as a file.

use std::collections::BTreeMap;

use axum::Json;
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use models::Graph;
use port::{Answer, Error};
use serde::Deserialize;
use utoipa::openapi::{Content, Ref, RefOr, ResponseBuilder, Schema};
use utoipa::{IntoParams, IntoResponses};

use super::problem::Problem;
use crate::ask::By;
use crate::download::{self, Format};
use crate::guard::Role;
use crate::rows::{Rows, Table, masked, masked_schema};
use crate::server::App;

/// How much of a table, and as what.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// Rows at most [default: 1000 of JSON, all of a file]
    #[param(maximum = 10_000)]
    limit: Option<u64>,
    /// Rows to leave out at the beginning
    offset: Option<u64>,
    /// json, or a file: csv, xlsx, parquet
    #[param(inline)]
    format: Option<Format>,
}

const MOST: u64 = 10_000;
const USUAL: u64 = 1_000;
/// Rows of a table that is not asked in pages.
const ALL: usize = 100_000;
/// As many rows as a file may have.
const FILE: u64 = 100_000_000;

/// What any request for a table may get: the table, in JSON or as a file, or a refusal.
pub struct TableReply;

impl IntoResponses for TableReply {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let json = Content::new(Some(Ref::from_schema_name("Table")));
        let files = [Format::Csv, Format::Xlsx, Format::Parquet].map(Format::media_type);
        let table = ResponseBuilder::new()
            .description("The table; as a file where `format` says so")
            .content("application/json", json);
        let table = files.iter().fold(table, |table, kind| table.content(*kind, Content::new(None::<RefOr<Schema>>)));
        let mut responses = Refusal::responses();
        responses.insert("200".to_owned(), RefOr::T(table.build()));
        responses
    }
}

/// Errors that any request may get.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "for the document alone")]
pub enum Refusal {
    /// Something in the request is wrong; `detail` says what, `advice` what to do
    #[response(status = 400, content_type = "application/problem+json")]
    Bad(Problem),
    /// Not with this role
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// There is no such thing, or no table yet
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
    /// Stopped at the limit of time
    #[response(status = 408, content_type = "application/problem+json")]
    TooLong(Problem),
    /// Too much is asked at once
    #[response(status = 503, content_type = "application/problem+json")]
    Busy(Problem),
}

impl Page {
    /// Of a table that is short by nature: `usual` rows where no limit says how many, and `most` at most.
    pub fn at_most(self, usual: u64, most: u64) -> Page {
        Page { limit: Some(self.limit.unwrap_or(usual).min(most)), ..self }
    }

    /// Rows from the first on that an answer needs: one more than it has tells whether others follow.
    pub fn reach(&self) -> u64 {
        let (limit, offset) = self.window();
        limit.saturating_add(offset)
    }

    /// Rows that JSON shows; a row more tells whether others follow.
    pub fn size(&self) -> u64 {
        self.limit.unwrap_or(USUAL).min(MOST)
    }

    /// The file that is asked for.
    fn file(&self) -> Option<Format> {
        self.format.filter(|format| *format != Format::Json)
    }

    /// Rows of JSON, where a table that is not asked in pages comes whole.
    fn rows(&self) -> usize {
        if self.limit.is_some() || self.offset.is_some() { self.size() as usize } else { ALL }
    }

    /// A limit that is in force also where none is asked for: of files there is none.
    fn shown(&self) -> Option<u64> {
        self.file().map_or(Some(self.size()), |_| self.limit)
    }

    /// Nothing is left out, so nothing is to follow on another page.
    pub fn is_whole_file(&self) -> bool {
        self.file().is_some() && self.limit.is_none() && self.offset.is_none()
    }

    /// What a query that takes limit and offset is to be asked.
    pub fn window(&self) -> (u64, u64) {
        let offset = self.offset.unwrap_or(0).min(i64::MAX as u64);
        match self.file() {
            None => (self.size() + 1, offset),
            Some(_) => (self.limit.unwrap_or(FILE).min(FILE), offset),
        }
    }
}

impl App {
    /// A query's rows as the request wants them. `name` is a file's; `personal` columns are hidden from viewers.
    pub async fn reply(
        &self,
        role: Role,
        name: &str,
        sql: String,
        page: &Page,
        personal: &[&str],
    ) -> Result<Response, Problem> {
        self.reply_by(By::Us, role, name, sql, page, personal).await
    }

    pub async fn reply_by(
        &self,
        by: By,
        role: Role,
        name: &str,
        sql: String,
        page: &Page,
        personal: &[&str],
    ) -> Result<Response, Problem> {
        let skipped = page.offset.unwrap_or(0);
        let hides = hidden(role, personal);
        match page.file() {
            None => {
                let rows = hide(self.asking.rows_by(by, sql, skipped, page.rows()).await?, hides)?;
                Ok(Json(self.table(&rows)).into_response())
            }
            Some(format) => {
                let most = page.limit.unwrap_or(FILE).min(FILE);
                let room = self.shop.sheets.room(format);
                let mut answer = self.asking.answer(by, sql, skipped, most, room).await?;
                answer.schema = masked_schema(&answer.schema, &hides);
                let hide = move |batch: port::Result<_>| {
                    masked(&batch?, &hides).map_err(|error| Error::internal(error.to_string()))
                };
                answer.rows = answer.rows.map(hide).boxed();
                Ok(self.file(format, name, answer))
            }
        }
    }

    /// The same for a query that was asked with a [`Page::window`].
    pub async fn reply_page(
        &self,
        role: Role,
        name: &str,
        sql: String,
        page: &Page,
        personal: &[&str],
    ) -> Result<Response, Problem> {
        let rest = Page { limit: page.shown(), offset: None, ..*page };
        self.reply(role, name, sql, &rest, personal).await
    }

    /// What people wrote.
    pub async fn reply_theirs(&self, role: Role, name: &str, sql: String, page: &Page) -> Result<Response, Problem> {
        self.reply_by(By::Them, role, name, sql, &Page { limit: page.shown(), ..*page }, &[]).await
    }

    /// The same for a table that no query gave.
    pub fn reply_made(&self, name: &str, mut table: Table, page: &Page) -> Result<Response, Problem> {
        let skipped = page.offset.unwrap_or(0).min(table.rows.len() as u64) as usize;
        table.rows.drain(..skipped);
        match page.file() {
            None => {
                table.more = table.rows.len() > page.rows();
                table.rows.truncate(page.rows());
                Ok(Json(table).into_response())
            }
            Some(format) => {
                table.rows.truncate(page.limit.unwrap_or(FILE).min(FILE) as usize);
                self.has_room(page, table.rows.len() as u64)?;
                let batch = table.batch().map_err(|error| Problem::internal(&error.to_string()))?;
                let answer = Answer { schema: batch.schema(), rows: stream::iter([Ok(batch)]).boxed() };
                Ok(self.file(format, name, answer))
            }
        }
    }

    /// Refuses what a file has no room for, where it is known how many rows there are before they are asked for.
    pub fn has_room(&self, page: &Page, rows: u64) -> Result<(), Problem> {
        let rows = rows.saturating_sub(page.offset.unwrap_or(0)).min(page.limit.unwrap_or(u64::MAX));
        match page.file().and_then(|format| self.shop.sheets.room(format)) {
            Some(room) if rows > room => Err(Problem::no_room(Some(rows), room)),
            _ => Ok(()),
        }
    }

    fn file(&self, format: Format, name: &str, answer: Answer) -> Response {
        download::download(self.asking.threads(), self.shop.sheets.clone(), format, name, answer)
    }

    /// Part of an answer that has more than one table.
    pub async fn part(&self, role: Role, sql: String, most: usize, personal: &[&str]) -> Result<Table, Problem> {
        let rows = self.asking.rows(sql, most).await?;
        Ok(self.table(&hide(rows, hidden(role, personal))?))
    }

    pub fn table(&self, rows: &Rows) -> Table {
        let graph = self.shop.models.graph();
        rows.table(|column| unit_of(&graph, column))
    }
}

/// Whether a column is hidden from who asks.
pub fn hidden(role: Role, personal: &[&str]) -> impl Fn(&str) -> bool + Send + 'static {
    let personal: Vec<String> = match role {
        Role::Viewer => personal.iter().map(|column| (*column).to_owned()).collect(),
        Role::Admin => Vec::new(),
    };
    move |column| personal.iter().any(|hidden| hidden == column)
}

pub fn hide(rows: Rows, hides: impl Fn(&str) -> bool) -> Result<Rows, Problem> {
    if !rows.schema.fields().iter().any(|field| hides(field.name())) {
        return Ok(rows);
    }
    let batches = rows.batches.iter().map(|batch| masked(batch, &hides)).collect::<Result<Vec<_>, _>>();
    let batches = batches.map_err(|error| Problem::internal(&error.to_string()))?;
    Ok(Rows { schema: masked_schema(&rows.schema, &hides), batches, more: rows.more })
}

/// Amounts that staging tables and our questions name; models tell the units of their own columns.
const CURRENCY: [&str; 8] = ["amount", "unit_price", "discount", "list_price", "unit_cost", "shipping", "total", "tax"];

/// A column's unit, by the first model that says one.
pub fn unit_of(graph: &Graph, column: &str) -> Option<String> {
    let mut columns = graph.models().flat_map(|model| &model.header.columns);
    let said = columns.find(|known| known.name == column && known.unit.is_some()).and_then(|known| known.unit.clone());
    said.or_else(|| match column {
        "cancel_rate" | "share" => Some("ratio".to_owned()),
        column => CURRENCY.contains(&column).then(|| "currency".to_owned()),
    })
}
