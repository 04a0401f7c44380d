//! What was landed, set aside, checked and run.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use flow::ask;
use flow::ask::data::Rejects;
use models::Graph;
use port::TableInfo;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::asked::{Asked, Named};
use super::problem::Problem;
use super::reply::{Page, Refusal, TableReply};
use crate::events::Line;
use crate::guard::Role;
use crate::rows::{self, Kind, Table};
use crate::server::App;

/// The published tables
#[utoipa::path(get, path = "/tables", tag = "data", responses((status = 200, body = Table), Refusal))]
pub async fn tables(State(app): State<Arc<App>>) -> Result<Json<Table>, Problem> {
    let columns = [
        ("name", Kind::Text, None),
        ("layer", Kind::Text, None),
        ("rows", Kind::Integer, None),
        ("files", Kind::Integer, None),
        ("bytes", Kind::Integer, None),
    ];
    let row = |table: TableInfo| {
        vec![table.name.into(), table.layer.into(), table.rows.into(), table.files.into(), table.bytes.into()]
    };
    let rows: Vec<Vec<Value>> = known(&app).await?.into_iter().map(row).collect();
    Ok(Json(Table::of(&columns, rows)))
}

async fn known(app: &App) -> Result<Vec<TableInfo>, Problem> {
    let query = app.shop.query.clone();
    app.asking.limited(async move { query.tables().await }).await
}

/// A table: what its columns are, how it is made, and some of its rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct About {
    name: String,
    layer: String,
    description: String,
    columns: Vec<AboutColumn>,
    /// The model's SELECT; null for tables that no model makes
    sql: Option<String>,
    /// The model's file
    file: Option<String>,
    sample: Table,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AboutColumn {
    name: String,
    kind: Kind,
    description: String,
    unit: Option<String>,
    /// Personal: hidden from viewers
    pii: bool,
}

/// One table
#[utoipa::path(get, path = "/tables/{name}", tag = "data", params(("name" = String, Path)), responses((status = 200, body = About), Refusal))]
pub async fn table(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Named(name): Named<String>,
) -> Result<Json<About>, Problem> {
    let info = known(&app).await?.into_iter().find(|table| table.name == name);
    let info =
        info.ok_or_else(|| Problem::not_found(format!("there is no table {name:?}")).advise("/tables lists them"))?;
    let graph = app.shop.models.graph();
    let columns: Vec<AboutColumn> = info.schema.fields().iter().map(|field| about(&graph, &name, field)).collect();
    let mut personal: Vec<&str> =
        columns.iter().filter(|column| column.pii).map(|column| column.name.as_str()).collect();
    if name == "rejects" {
        personal.push("raw");
    }
    // The name is one of the tables that there are.
    let sql = format!("select * from {} limit 20", models::quote_name(&name));
    let sample = app.part(role, sql, 20, &personal).await?;
    let model = graph.model(&name);
    Ok(Json(About {
        description: model.map(|model| model.header.description.clone()).unwrap_or_default(),
        sql: model.map(|model| model.sql.clone()),
        file: model.map(|model| model.file.clone()),
        name: info.name,
        layer: info.layer,
        columns,
        sample,
    }))
}

fn about(graph: &Graph, table: &str, field: &arrow::datatypes::Field) -> AboutColumn {
    let name = field.name();
    let model = graph.model(table).and_then(|model| model.header.columns.iter().find(|column| column.name == *name));
    let staging = retail::staging::table(table).and_then(|table| table.column(name));
    AboutColumn {
        name: name.clone(),
        kind: rows::kind(field.data_type()),
        description: match (model, staging) {
            (Some(known), _) => known.description.clone(),
            (None, Some(known)) => known.description.to_owned(),
            (None, None) => String::new(),
        },
        unit: super::reply::unit_of(graph, name),
        pii: model.is_some_and(|column| column.pii) || staging.is_some_and(|column| column.pii),
    }
}

/// Which table is made from which.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lineage {
    nodes: Vec<Node>,
    /// From, to
    edges: Vec<(String, String)>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Node {
    name: String,
    /// `landing`, `staging`, `marts` or `insight`
    layer: String,
    kind: String,
    description: String,
}

/// The graph of models
#[utoipa::path(get, path = "/lineage", tag = "data", responses((status = 200, body = Lineage)))]
pub async fn lineage(State(app): State<Arc<App>>) -> Json<Lineage> {
    let graph = app.shop.models.graph();
    let (mut nodes, mut edges) = (Vec::new(), Vec::new());
    let mut landed = std::collections::BTreeSet::new();
    for model in graph.models() {
        for external in graph.externals(&model.name) {
            landed.insert(external.clone());
            edges.push((external.clone(), model.name.clone()));
        }
        edges.extend(graph.parents(&model.name).iter().map(|parent| (parent.clone(), model.name.clone())));
        nodes.push(Node {
            name: model.name.clone(),
            layer: model.layer.name().to_owned(),
            kind: model.header.kind.name().to_owned(),
            description: model.header.description.clone(),
        });
    }
    let file = |name: String| Node { name, layer: "landing".into(), kind: "files".into(), description: String::new() };
    nodes.extend(landed.into_iter().map(file));
    Json(Lineage { nodes, edges })
}

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
        let chosen = |text: Option<String>| text.filter(|text| !text.is_empty());
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
pub async fn current_run(State(app): State<Arc<App>>) -> Response {
    let (is_running, events) = app.events.now();
    Json(Current { is_running, events }).into_response()
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StepParams {
    /// The run's number
    run: u64,
}

/// A run's steps, as they began; none of a run that a wharf of before did
#[utoipa::path(get, path = "/runs/steps", tag = "data", params(StepParams), responses((status = 200, body = Table), Refusal))]
pub async fn run_steps(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Asked(params): Asked<StepParams>,
) -> Result<Json<Table>, Problem> {
    // Why one failed may show rows.
    match app.part(role, ask::data::steps_of(params.run), 10_000, &["failure"]).await {
        // The question is ours: what can be wrong with it is that there is no such table yet.
        Err(problem) if problem.status == 400 => Ok(Json(Table::of(&[], Vec::new()))),
        steps => steps.map(Json),
    }
}
