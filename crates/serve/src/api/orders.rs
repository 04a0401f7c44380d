//! Orders.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::{Extension, Json};
use flow::ask;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::asked::{Asked, FilterParams, Named};
use super::problem::Problem;
use super::reply::{Page, Refusal, TableReply};
use crate::guard::Role;
use crate::rows::Table;
use crate::server::App;

/// Orders, the newest first
#[utoipa::path(get, path = "/orders", tag = "shop", params(FilterParams, Page), responses(TableReply))]
pub async fn orders(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Asked(filter): Asked<FilterParams>,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    let (limit, offset) = page.window();
    app.reply_page(role, "orders", ask::orders::newest(&filter.filter()?, limit, offset), &page, &["customer_id"]).await
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
    let found = super::reply::hide(app.asking.rows(ask::orders::one(&id), 1).await?, |column| {
        role == Role::Viewer && column == "customer_id"
    })?;
    let order = found.first().ok_or_else(|| Problem::not_found(format!("there is no order {id:?}")))?;
    Ok(Json(Order { order, lines: app.part(role, ask::orders::lines(&id), 10_000, &[]).await? }))
}
