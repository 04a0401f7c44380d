//! Customers.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::{Extension, Json};
use flow::ask;
use flow::ask::customers::Rank;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::asked::{AnyTime, Asked, Filtered, Named, Place};
use super::problem::Problem;
use super::reply::{Page, Refusal, TableReply, hidden, hide};
use crate::guard::Role;
use crate::rows::Table;
use crate::server::App;

/// What of a customer is personal.
const PERSONAL: [&str; 4] = ["customer_id", "name", "email", "city"];

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SortParams {
    /// What counts
    #[param(inline)]
    sort: Option<Sort>,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Sort {
    Spend,
    Orders,
}

/// The customers who bought most
#[utoipa::path(get, path = "/customers", tag = "customers", params(SortParams, Filtered, Page), responses(TableReply))]
pub async fn customers(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Asked(SortParams { sort }): Asked<SortParams>,
    Filtered(filter): Filtered,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    let rank = match sort {
        Some(Sort::Orders) => Rank::Orders,
        _ => Rank::Spend,
    };
    let (limit, offset) = page.window();
    let sql = ask::customers::top(rank, &filter, app.shop.reverses_cancelled, limit, offset);
    app.reply_page(role, "customers", sql, &page, &PERSONAL).await
}

/// A customer, their orders, the newest first, and what they may want next.
#[derive(Debug, Serialize, ToSchema)]
pub struct Customer {
    #[schema(value_type = Object)]
    customer: Map<String, Value>,
    orders: Table,
    recommendations: Table,
}

/// One customer
#[utoipa::path(get, path = "/customers/{id}", tag = "customers", params(("id" = String, Path)), responses((status = 200, body = Customer), Refusal))]
pub async fn customer(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Named(id): Named<String>,
) -> Result<Json<Customer>, Problem> {
    let customer = find(&app, role, &id).await?;
    let orders = app.part(role, ask::customers::orders_of(&id, 500, 0), 500, &PERSONAL).await?;
    let recommendations = super::baskets::with_customer(&app, id.clone(), 10).await.unwrap_or_default();
    Ok(Json(Customer { customer, orders, recommendations: super::baskets::as_table(&recommendations) }))
}

/// A customer's orders, the newest first; cancelled ones and returns too
#[utoipa::path(get, path = "/customers/{id}/orders", tag = "customers", params(("id" = String, Path), Page), responses(TableReply))]
pub async fn customer_orders(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Named(id): Named<String>,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    find(&app, role, &id).await?;
    let (limit, offset) = page.window();
    let sql = ask::customers::orders_of(&id, limit, offset);
    app.reply_page(role, &format!("orders-of-{id}"), sql, &page, &PERSONAL).await
}

async fn find(app: &App, role: Role, id: &str) -> Result<Map<String, Value>, Problem> {
    let found = hide(app.asking.rows(ask::customers::one(id), 1).await?, hidden(role, &PERSONAL))?;
    found.first().ok_or_else(|| Problem::not_found(format!("there is no customer {id:?}")))
}

/// Customers by the month of their first purchase, and how many bought again in each later month
#[utoipa::path(get, path = "/cohorts", tag = "customers", params(Place, Page), responses(TableReply))]
pub async fn cohorts(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    AnyTime(filter): AnyTime,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    app.reply(role, "cohorts", ask::customers::cohorts(&filter), &page, &[]).await
}

/// How many customers bought again, and after how long.
#[derive(Debug, Serialize, ToSchema)]
pub struct Repeaters {
    customers: u64,
    repeaters: u64,
    share: Option<f64>,
    /// How often a customer's next purchase came after so many days
    gaps: Table,
}

/// Customers who bought more than once
#[utoipa::path(get, path = "/repeaters", tag = "customers", params(Place), responses((status = 200, body = Repeaters), Refusal))]
pub async fn repeaters(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    AnyTime(filter): AnyTime,
) -> Result<Json<Repeaters>, Problem> {
    let counts = app.asking.rows(ask::customers::share(&filter), 1).await?.first().unwrap_or_default();
    let count = |name: &str| counts.get(name).and_then(Value::as_u64).unwrap_or(0);
    let (customers, repeaters) = (count("customers"), count("repeaters"));
    let share = (customers > 0).then(|| repeaters as f64 / customers as f64);
    let gaps = app.part(role, ask::customers::gaps(&filter), 10_000, &[]).await?;
    Ok(Json(Repeaters { customers, repeaters, share, gaps }))
}

/// How often a customer's next purchase came after so many days
#[utoipa::path(get, path = "/repeaters/gaps", tag = "customers", params(Place, Page), responses(TableReply))]
pub async fn repeater_gaps(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    AnyTime(filter): AnyTime,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    app.reply(role, "days-between-purchases", ask::customers::gaps(&filter), &page, &[]).await
}
