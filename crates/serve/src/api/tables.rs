//! The published tables, what is in them, and which is made from which.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::{Extension, Json};
use models::Graph;
use port::TableInfo;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::asked::{Asked, Named};
use super::personal::{described, is_personal};
use super::problem::Problem;
use super::reply::{Page, Refusal, TableReply, unit_of};
use crate::guard::Role;
use crate::rows::{self, Kind, Table};
use crate::server::App;
use crate::shop::Known;

/// The published tables
#[utoipa::path(get, path = "/tables", tag = "data", params(Page), responses(TableReply))]
pub async fn tables(State(app): State<Arc<App>>, Asked(page): Asked<Page>) -> Result<Response, Problem> {
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
    app.reply_made("tables", Table::of(&columns, rows), &page)
}

async fn known(app: &App) -> Result<Vec<TableInfo>, Problem> {
    let query = app.shop.query.clone();
    app.asking.limited(async move { query.tables().await }).await
}

async fn find(app: &App, name: &str) -> Result<TableInfo, Problem> {
    app.follow_models().await;
    let found = known(app).await?.into_iter().find(|table| table.name == name);
    found.ok_or_else(|| Problem::not_found(format!("there is no table {name:?}")).advise("/tables lists them"))
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
    let info = find(&app, &name).await?;
    let graph = app.shop.models.graph();
    let columns = about(&graph, &info);
    let sample = app.part(role, format!("{} limit 20", all_of(&info)), 20, &personal(&columns)).await?;
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

/// A table's columns
#[utoipa::path(get, path = "/tables/{name}/columns", tag = "data", params(("name" = String, Path), Page), responses(TableReply))]
pub async fn table_columns(
    State(app): State<Arc<App>>,
    Named(name): Named<String>,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    let told = [
        ("name", Kind::Text, None),
        ("kind", Kind::Text, None),
        ("unit", Kind::Text, None),
        ("pii", Kind::Boolean, None),
        ("description", Kind::Text, None),
    ];
    let row = |column: AboutColumn| {
        let kind = serde_json::to_value(column.kind).unwrap_or_default();
        vec![column.name.into(), kind, column.unit.into(), column.pii.into(), column.description.into()]
    };
    let info = find(&app, &name).await?;
    let columns = about(&app.shop.models.graph(), &info);
    let table = Table::of(&told, columns.into_iter().map(row).collect());
    app.reply_made(&format!("columns-of-{name}"), table, &page)
}

/// A table's rows by day and key, a whole file in no order; what is personal is hidden from viewers
#[utoipa::path(get, path = "/tables/{name}/rows", tag = "data", params(("name" = String, Path), Page), responses(TableReply))]
pub async fn table_rows(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Named(name): Named<String>,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    let info = find(&app, &name).await?;
    app.has_room(&page, info.rows)?;
    let graph = app.shop.models.graph();
    let columns = about(&graph, &info);
    let (limit, offset) = page.window();
    let order = if page.is_whole_file() { String::new() } else { in_order(&graph, &info) };
    let sql = format!("{}{order} limit {limit} offset {offset}", all_of(&info));
    app.reply_page(role, &name, sql, &page, &personal(&columns)).await
}

/// The name is one of the tables that there are. Its columns are named: which of them are hidden was decided by this list, and a
/// publish meanwhile may bring others.
fn all_of(table: &TableInfo) -> String {
    let columns: Vec<String> = table.schema.fields().iter().map(|field| models::quote(field.name())).collect();
    format!("select {} from {}", columns.join(", "), models::quote_name(&table.name))
}

/// So that pages hold each row once: by the day, which lets files be passed over, and what tells a row from all others.
fn in_order(graph: &Graph, table: &TableInfo) -> String {
    let header = graph.model(&table.name).map(|model| &model.header);
    let grain = header.map_or(&[][..], |header| &header.grain).iter().map(String::as_str);
    let key = retail::staging::table(&table.name).map_or(&[][..], |table| table.key).iter().copied();
    let day = header.and_then(|header| header.time_column.as_deref()).unwrap_or("day");
    let has = |name: &str| table.schema.column_with_name(name).is_some();
    let mut by: Vec<&str> = grain.chain(key).filter(|name| has(name)).collect();
    if by.is_empty() {
        by = table.schema.fields().iter().map(|field| field.name().as_str()).collect();
    }
    if has(day) {
        by.retain(|name| *name != day);
        by.insert(0, day);
    }
    let by: Vec<String> = by.into_iter().map(models::quote).collect();
    format!(" order by {}", by.join(", "))
}

fn personal(columns: &[AboutColumn]) -> Vec<&str> {
    columns.iter().filter(|column| column.pii).map(|column| column.name.as_str()).collect()
}

fn about(graph: &Known, table: &TableInfo) -> Vec<AboutColumn> {
    let column = |field: &Arc<arrow::datatypes::Field>| {
        let name = field.name();
        let model = described(graph, &table.name, name);
        let staging = retail::staging::table(&table.name).and_then(|table| table.column(name));
        AboutColumn {
            name: name.clone(),
            kind: rows::kind(field.data_type()),
            description: match (model, staging) {
                (Some(known), _) => known.description.clone(),
                (None, Some(known)) => known.description.to_owned(),
                (None, None) => String::new(),
            },
            unit: unit_of(graph, name),
            pii: is_personal(graph, &table.name, name),
        }
    };
    table.schema.fields().iter().map(column).collect()
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
    let edges = arrows(&graph);
    let landed: BTreeSet<&String> = graph.models().flat_map(|model| graph.externals(&model.name)).collect();
    let file = |name: &String| Node {
        name: name.clone(),
        layer: "landing".into(),
        kind: "files".into(),
        description: String::new(),
    };
    let node = |model: &models::Model| Node {
        name: model.name.clone(),
        layer: model.layer.name().to_owned(),
        kind: model.header.kind.name().to_owned(),
        description: model.header.description.clone(),
    };
    let nodes = graph.models().map(node).chain(landed.into_iter().map(file)).collect();
    Json(Lineage { nodes, edges })
}

/// Each table, and one that is made from it
#[utoipa::path(get, path = "/lineage/edges", tag = "data", params(Page), responses(TableReply))]
pub async fn lineage_edges(State(app): State<Arc<App>>, Asked(page): Asked<Page>) -> Result<Response, Problem> {
    let rows = arrows(&app.shop.models.graph()).into_iter().map(|(from, to)| vec![from.into(), to.into()]).collect();
    app.reply_made("lineage", Table::of(&[("from", Kind::Text, None), ("to", Kind::Text, None)], rows), &page)
}

fn arrows(graph: &Graph) -> Vec<(String, String)> {
    let into = |model: &models::Model| {
        let from = graph.externals(&model.name).iter().chain(graph.parents(&model.name));
        from.map(|from| (from.clone(), model.name.clone())).collect::<Vec<_>>()
    };
    graph.models().flat_map(into).collect()
}
