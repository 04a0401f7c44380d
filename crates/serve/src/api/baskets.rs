//! What goes with what.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use flow::ask;
use flow::{Recommendation, With};
use port::Query;
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use super::asked::Asked;
use super::problem::Problem;
use super::reply::{Page, TableReply};
use crate::guard::Role;
use crate::rows::{Kind, Table};
use crate::server::App;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BasketParams {
    /// Rules from this product alone
    product: Option<String>,
    /// Rules with at least this lift
    min_lift: Option<f64>,
    /// Rules with at least so many baskets with both
    min_baskets: Option<i64>,
}

/// Rules of what is bought together, the surest first
#[utoipa::path(get, path = "/baskets", tag = "products", params(BasketParams, Page), responses(TableReply))]
pub async fn baskets(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Asked(asked): Asked<BasketParams>,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    let (limit, offset) = page.window();
    if asked.min_lift.is_some_and(|lift| !lift.is_finite()) {
        return Err(Problem::bad("min_lift is a number").advise("write it like 1.5"));
    }
    let product = asked.product.as_deref().filter(|id| !id.is_empty());
    let sql = ask::products::baskets(product, asked.min_lift, asked.min_baskets, limit, offset);
    app.reply_page(role, "baskets", sql, &page, &[]).await
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RecommendParams {
    /// Goes with this product, or with these, separated by commas
    product: Option<String>,
    /// Goes with what is in this order
    order: Option<String>,
    /// Goes with what this customer bought, and is not among it
    customer: Option<String>,
}

/// Recommendations where no limit says how many, and at most.
const SOME: u64 = 10;
const MOST: u64 = 1_000;

/// What goes with a product, a basket, an order or a customer, the best first; 10 where no limit says how many, 1000 at most
#[utoipa::path(get, path = "/recommendations", tag = "products", params(RecommendParams, Page), responses(TableReply))]
pub async fn recommendations(
    State(app): State<Arc<App>>,
    Asked(asked): Asked<RecommendParams>,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    let page = page.at_most(SOME, MOST);
    let most = page.reach().min(MOST) as usize;
    let found = match (asked.product, asked.order, asked.customer) {
        (Some(products), None, None) => {
            let products = products.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect();
            with_products(&app, products, most).await?
        }
        (None, Some(order), None) => with_order(&app, order, most).await?,
        (None, None, Some(customer)) => with_customer(&app, customer, most).await?,
        _ => return Err(Problem::bad("with what?").advise("give one of product, order and customer")),
    };
    app.reply_made("recommendations", as_table(&found), &page)
}

pub async fn with_products(app: &App, products: Vec<String>, most: usize) -> Result<Vec<Recommendation>, Problem> {
    let query = app.shop.query.clone();
    let work = async move {
        let with = With::Products(&products);
        let answer = flow::recommend(&*query, with, most).await?;
        // Of a basket, products that are not in the shop yet are passed over.
        match answer.unknown.first().filter(|_| answer.unknown.len() == products.len()) {
            Some(product) => Err(with.missing(product).advise("products go by their id")),
            None => Ok(answer.found),
        }
    };
    app.asking.limited(work).await
}

pub async fn with_order(app: &App, id: String, most: usize) -> Result<Vec<Recommendation>, Problem> {
    let query = app.shop.query.clone();
    app.asking.limited(async move { with_one(&*query, With::Order(&id), &id, most).await }).await
}

pub async fn with_customer(app: &App, id: String, most: usize) -> Result<Vec<Recommendation>, Problem> {
    let query = app.shop.query.clone();
    app.asking.limited(async move { with_one(&*query, With::Customer(&id), &id, most).await }).await
}

/// Asks once for what reads files the first time and finds them in memory from then on. A shop without rules has none to read.
pub async fn warm(app: &App) {
    let first = async |sql: &str| app.asking.rows(sql.to_owned(), 1).await.ok()?.texts(0).into_iter().next();
    if let Some(product) = first("select antecedent from basket_rules limit 1").await {
        let _ = with_products(app, vec![product], 1).await;
    }
    if let Some(customer) = first("select customer_id from customer_summary limit 1").await {
        let _ = with_customer(app, customer, 1).await;
    }
}

async fn with_one(query: &dyn Query, with: With<'_>, id: &str, most: usize) -> port::Result<Vec<Recommendation>> {
    let answer = flow::recommend(query, with, most).await?;
    if answer.unknown.is_empty() { Ok(answer.found) } else { Err(with.missing(id)) }
}

pub fn as_table(found: &[Recommendation]) -> Table {
    let columns = [
        ("rank", Kind::Integer, None),
        ("product_id", Kind::Text, None),
        ("name", Kind::Text, None),
        ("because", Kind::Text, None),
        ("because_name", Kind::Text, None),
        ("certainty", Kind::Number, Some("ratio")),
        ("confidence", Kind::Number, Some("ratio")),
        ("lift", Kind::Number, Some("ratio")),
        ("both_baskets", Kind::Integer, None),
    ];
    let row = |(index, one): (usize, &Recommendation)| {
        vec![
            Value::from(index + 1),
            Value::from(one.product.clone()),
            Value::from(one.name.clone()),
            Value::from(one.because.clone()),
            Value::from(one.because_name.clone()),
            Value::from(one.certainty),
            Value::from(one.confidence),
            Value::from(one.lift),
            Value::from(one.both_baskets),
        ]
    };
    Table::of(&columns, found.iter().enumerate().map(row).collect())
}
