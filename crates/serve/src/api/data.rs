//! What was landed, set aside, checked and run.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use flow::ask;
use flow::ask::data::Rejects;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asked::{Asked, chosen};
use super::problem::Problem;
use super::reply::{Page, TableReply};
use crate::events::Line;
use crate::guard::Role;
use crate::rows::{Kind, Table};
use crate::server::App;

/// Loads, the newest first. Of each: rows = used + rejected + pending + merged + superseded
#[utoipa::path(get, path = "/loads", tag = "data", params(Page), responses(TableReply))]
pub async fn loads(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    app.reply(role, "loads", ask::data::LOADS.to_owned(), &page, &[]).await
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RejectParams {
    /// Rows that this rule set aside
    rule: Option<String>,
    /// Rows of this load
    load: Option<i64>,
    /// Rows of this landed table
    table: Option<String>,
    /// `rejected`: set aside; `pending`: waiting for a row they belong to
    status: Option<String>,
}

impl From<RejectParams> for Rejects {
    fn from(RejectParams { rule, load, table, status }: RejectParams) -> Rejects {
        Rejects { rule: chosen(rule), load, table: chosen(table), status: chosen(status) }
    }
}

/// Rows set aside, by reason
#[utoipa::path(get, path = "/rejects", tag = "data", params(RejectParams, Page), responses(TableReply))]
pub async fn rejects(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Asked(params): Asked<RejectParams>,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    app.reply(role, "rejects", Rejects::from(params).by_reason(), &page, &["example"]).await
}

/// Rows set aside, as they came
#[utoipa::path(get, path = "/rejects/rows", tag = "data", params(RejectParams, Page), responses(TableReply))]
pub async fn reject_rows(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Asked(params): Asked<RejectParams>,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    let (limit, offset) = page.window();
    let sql = Rejects::from(params).rows(limit, offset);
    app.reply_page(role, "reject-rows", sql, &page, &["raw", "reason"]).await
}

/// Each check's latest result, failures first
#[utoipa::path(get, path = "/checks", tag = "data", params(Page), responses(TableReply))]
pub async fn checks(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    app.reply(role, "checks", ask::data::CHECKS.to_owned(), &page, &["samples"]).await
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CheckParams {
    model: String,
    /// The check's name, as /checks has it
    check: String,
}

/// A check's results, the newest first
#[utoipa::path(get, path = "/checks/history", tag = "data", params(CheckParams, Page), responses(TableReply))]
pub async fn check_history(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Asked(params): Asked<CheckParams>,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    app.reply(role, "check", ask::data::check_history(&params.model, &params.check), &page, &[]).await
}

/// Runs, the newest first
#[utoipa::path(get, path = "/runs", tag = "data", params(Page), responses(TableReply))]
pub async fn runs(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    app.reply(role, "runs", ask::data::RUNS.to_owned(), &page, &[]).await
}

/// What the server's own run does now, and what it told lately.
#[derive(Debug, Serialize, ToSchema)]
pub struct Current {
    is_running: bool,
    events: Vec<Line>,
}

/// The run at work
#[utoipa::path(get, path = "/runs/current", tag = "data", responses((status = 200, body = Current)))]
pub async fn current_run(State(app): State<Arc<App>>, Extension(role): Extension<Role>) -> Response {
    let (is_running, events) = app.events.now(role);
    Json(Current { is_running, events }).into_response()
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StepParams {
    /// The run's number
    run: u64,
}

/// A run's steps, as they began; none of a run that a wharf of before did
#[utoipa::path(get, path = "/runs/steps", tag = "data", params(StepParams, Page), responses(TableReply))]
pub async fn run_steps(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Asked(params): Asked<StepParams>,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    let name = format!("steps-of-run-{}", params.run);
    // Why one failed may show rows.
    match app.reply(role, &name, ask::data::steps_of(params.run), &page, &["failure"]).await {
        // The question is ours: what can be wrong with it is that there is no such table yet.
        Err(problem) if problem.status == 400 => {
            app.reply_made(&name, Table::of(&[("model", Kind::Text, None)], Vec::new()), &page)
        }
        steps => steps,
    }
}
