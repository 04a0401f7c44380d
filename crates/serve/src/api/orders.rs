//! Orders.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::{Extension, Json};
use flow::ask;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::asked::{Asked, Filtered, Named};
use super::problem::Problem;
use super::reply::{Page, Refusal, TableReply, hidden, hide};
use crate::guard::Role;
use crate::rows::Table;
use crate::server::App;

/// Orders, the newest first
#[utoipa::path(get, path = "/orders", tag = "shop", params(Filtered, Page), responses(TableReply))]
pub async fn orders(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Filtered(filter): Filtered,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    let (limit, offset) = page.window();
    app.reply_page(role, "orders", ask::orders::newest(&filter, limit, offset), &page, &["customer_id"]).await
}

/// An order and its lines, each with the row of the file that it came from.
#[derive(Debug, Serialize, ToSchema)]
pub struct Order {
    #[schema(value_type = Object)]
    order: Map<String, Value>,
    lines: Table,
}

/// One order
#[utoipa::path(get, path = "/orders/{id}", tag = "shop", params(("id" = String, Path)), responses((status = 200, body = Order), Refusal))]
pub async fn order(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Named(id): Named<String>,
) -> Result<Json<Order>, Problem> {
    let order = find(&app, role, &id).await?;
    Ok(Json(Order { order, lines: app.part(role, ask::orders::lines(&id), 10_000, &[]).await? }))
}

/// An order's lines, each with the row of the file that it came from
#[utoipa::path(get, path = "/orders/{id}/lines", tag = "shop", params(("id" = String, Path), Page), responses(TableReply))]
pub async fn order_lines(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Named(id): Named<String>,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    find(&app, role, &id).await?;
    app.reply(role, &format!("lines-of-{id}"), ask::orders::lines(&id), &page, &[]).await
}

async fn find(app: &App, role: Role, id: &str) -> Result<Map<String, Value>, Problem> {
    let found = hide(app.asking.rows(ask::orders::one(id), 1).await?, hidden(role, &["customer_id"]))?;
    found.first().ok_or_else(|| Problem::not_found(format!("there is no order {id:?}")))
}
