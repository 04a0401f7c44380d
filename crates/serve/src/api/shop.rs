//! The shop, and what its figures mean.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use flow::ask;
use models::Metric;
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Problem;
use super::reply::Refusal;
use crate::guard::Role;
use crate::rows::Rows;
use crate::server::App;

/// What is served: names, days, what filters may be.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShopInfo {
    name: String,
    /// ISO 4217
    currency: String,
    /// IANA
    timezone: String,
    /// BCP 47; null where pages write as their reader's browser does
    locale: Option<String>,
    week_start: &'static str,
    /// The first and the last day with sales; null before anything is published, and where the shop's own daily_sales does not tell.
    first_day: Option<String>,
    last_day: Option<String>,
    countries: Vec<String>,
    categories: Vec<String>,
    channels: Vec<String>,
    /// Pages that have something to show
    pages: Vec<&'static str>,
    is_demo: bool,
    /// `admin` or `viewer`
    role: Role,
    /// Of wharf
    version: &'static str,
    /// Counts publishes
    published: u64,
    /// Names of the project's own
    dashboards: Vec<String>,
}

/// The shop
#[utoipa::path(get, path = "/shop", tag = "shop", responses((status = 200, body = ShopInfo), Refusal))]
pub async fn shop(State(app): State<Arc<App>>, Extension(role): Extension<Role>) -> Result<Json<ShopInfo>, Problem> {
    let published = app.shop.query.published().await?;
    let (mut days, mut values, mut has_rules) = (Vec::new(), [vec![], vec![], vec![]], false);
    if published > 0 {
        if let Some(rows) = told(&app, ask::sales::DAYS.to_owned(), 1).await? {
            days = vec![rows.texts(0).pop(), rows.texts(1).pop()];
        }
        for (values, what) in values.iter_mut().zip(["country", "category", "channel"]) {
            let rows = told(&app, ask::sales::values_of(what), 500).await?;
            *values = rows.map(|rows| rows.texts(0)).unwrap_or_default();
        }
        has_rules = app.shop.models.graph().model("basket_rules").is_some();
    }
    let mut days = days.into_iter();
    let [countries, categories, channels] = values;
    let mut pages = vec!["overview", "customers", "products", "baskets", "data"];
    pages.retain(|page| *page != "baskets" || has_rules);
    if role == Role::Admin {
        pages.push("sql");
    }
    Ok(Json(ShopInfo {
        name: app.shop.name.clone(),
        currency: app.shop.currency.clone(),
        timezone: app.shop.timezone.clone(),
        locale: app.shop.locale.clone(),
        week_start: if app.shop.weeks_start_on_sunday { "sunday" } else { "monday" },
        first_day: days.next().flatten(),
        last_day: days.next().flatten(),
        countries,
        categories,
        channels,
        pages,
        is_demo: app.shop.is_demo,
        role,
        version: env!("CARGO_PKG_VERSION"),
        published,
        dashboards: super::dashboards::names(&app),
    }))
}

/// `None` where a table is not made, or one of the shop's own took its place and lacks a column: pages open nonetheless.
async fn told(app: &App, sql: String, most: usize) -> Result<Option<Rows>, Problem> {
    match app.asking.rows(sql, most).await {
        Ok(rows) => Ok(Some(rows)),
        Err(problem) if problem.status == 404 => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// A metric as models/metrics.yaml defines it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Definition {
    name: String,
    title: String,
    description: String,
    expression: String,
    filter: Option<String>,
    table: Option<String>,
    /// A SELECT over the table whose rows count in its place
    rows: Option<String>,
    time_column: Option<String>,
    unit: Option<String>,
    format: Option<String>,
    synonyms: Vec<String>,
    see: Vec<String>,
    /// What it can be asked of one of: country, category, channel, product, customer, order, rule
    narrowed_by: &'static [&'static str],
}

impl From<&Metric> for Definition {
    fn from(metric: &Metric) -> Definition {
        let narrowed_by = flow::ask::why::known(metric);
        let metric = metric.clone();
        Definition {
            name: metric.name,
            title: metric.title,
            description: metric.description,
            expression: metric.expression,
            filter: metric.filter,
            table: metric.table,
            rows: metric.rows,
            time_column: metric.time_column,
            unit: metric.unit,
            format: metric.format,
            synonyms: metric.synonyms,
            see: metric.see,
            narrowed_by,
        }
    }
}

/// What each metric means
#[utoipa::path(get, path = "/metrics", tag = "shop", responses((status = 200, body = Vec<Definition>)))]
pub async fn metrics(State(app): State<Arc<App>>) -> Json<Vec<Definition>> {
    Json(app.shop.metrics.metrics.iter().map(Definition::from).collect())
}
