//! Products.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::{Extension, Json};
use flow::ask;
use flow::ask::products::Rank;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::asked::{Asked, Filtered, Named};
use super::problem::Problem;
use super::reply::{Page, Refusal, TableReply};
use crate::guard::Role;
use crate::rows::Table;
use crate::server::App;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SortParams {
    /// What counts
    #[param(inline)]
    sort: Option<Sort>,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Sort {
    GrossSales,
    Units,
}

/// The products that sold most
#[utoipa::path(get, path = "/products", tag = "products", params(SortParams, Filtered, Page), responses(TableReply))]
pub async fn products(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Asked(SortParams { sort }): Asked<SortParams>,
    Filtered(filter): Filtered,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    let rank = match sort {
        Some(Sort::Units) => Rank::Units,
        _ => Rank::GrossSales,
    };
    let (limit, offset) = page.window();
    app.reply_page(role, "products", ask::products::top(rank, &filter, limit, offset), &page, &[]).await
}

/// A product, its demand by day, and what goes with it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Product {
    #[schema(value_type = Object)]
    product: Map<String, Value>,
    days: Table,
    recommendations: Table,
}

/// One product
#[utoipa::path(get, path = "/products/{id}", tag = "products", params(("id" = String, Path), Filtered), responses((status = 200, body = Product), Refusal))]
pub async fn product(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Named(id): Named<String>,
    Filtered(filter): Filtered,
) -> Result<Json<Product>, Problem> {
    let product = find(&app, &id).await?;
    let days = app.part(role, ask::products::days(&id, &filter), 20_000, &[]).await?;
    let recommendations = super::baskets::with_products(&app, vec![id], 10).await.unwrap_or_default();
    Ok(Json(Product { product, days, recommendations: super::baskets::as_table(&recommendations) }))
}

/// A product's demand by day; days without any have no row
#[utoipa::path(get, path = "/products/{id}/days", tag = "products", params(("id" = String, Path), Filtered, Page), responses(TableReply))]
pub async fn product_days(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Named(id): Named<String>,
    Filtered(filter): Filtered,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    find(&app, &id).await?;
    app.reply(role, &format!("demand-for-{id}"), ask::products::days(&id, &filter), &page, &[]).await
}

async fn find(app: &App, id: &str) -> Result<Map<String, Value>, Problem> {
    let found = app.asking.rows(ask::products::one(id), 1).await?;
    found.first().ok_or_else(|| Problem::not_found(format!("there is no product {id:?}")))
}
