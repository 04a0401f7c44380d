//! A period at a glance, beside the one before.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use flow::ask::{self, Filter};
use futures::future::try_join;
use retail::day::date_of;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::asked::Filtered;
use super::problem::Problem;
use super::reply::Refusal;
use crate::server::App;

#[derive(Debug, Serialize, ToSchema)]
pub struct Overview {
    from: Option<String>,
    to: Option<String>,
    /// As many days just before; null where the period has an open end.
    previous: Option<Period>,
    metrics: Vec<Figure>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Period {
    from: String,
    to: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Figure {
    name: String,
    title: String,
    /// `currency`, `count` or `ratio`
    unit: &'static str,
    description: String,
    value: Option<f64>,
    /// In the period before
    previous: Option<f64>,
    /// value / previous - 1
    change: Option<f64>,
}

/// The period's figures, beside those of as many days before
#[utoipa::path(get, path = "/overview", tag = "shop", params(Filtered), responses((status = 200, body = Overview), Refusal))]
pub async fn overview(State(app): State<Arc<App>>, Filtered(filter): Filtered) -> Result<Json<Overview>, Problem> {
    let before = filter.previous();
    let then = async {
        match &before {
            Some(before) => figures(&app, before).await,
            None => Ok(Map::new()),
        }
    };
    // Side by side: most of the time of each is planning, on one thread.
    let (now, then) = try_join(figures(&app, &filter), then).await?;
    let number = |figures: &Map<String, Value>, name: &str| figures.get(name).and_then(Value::as_f64);
    let figure = |name: &String| {
        let (value, previous) = (number(&now, name), number(&then, name));
        let change = value.zip(previous).filter(|(_, before)| *before != 0.0).map(|(now, before)| now / before - 1.0);
        let (title, unit, description) = told(&app, name);
        Figure { name: name.clone(), title, unit, description, value, previous, change }
    };
    let text = |day: Option<i32>| day.map(|day| date_of(day).to_string());
    Ok(Json(Overview {
        from: text(filter.from),
        to: text(filter.to),
        previous: before.and_then(|before| Some(Period { from: text(before.from)?, to: text(before.to)? })),
        metrics: NAMES.map(str::to_owned).iter().map(figure).collect(),
    }))
}

const NAMES: [&str; 10] = [
    "gross_sales",
    "net_sales",
    "orders",
    "customers",
    "average_order_value",
    "units",
    "returns",
    "cancel_rate",
    "new_customers",
    "returning_customers",
];

async fn figures(app: &App, filter: &Filter) -> Result<Map<String, Value>, Problem> {
    Ok(app.asking.rows(ask::overview::overview(filter), 1).await?.first().unwrap_or_default())
}

fn told(app: &App, name: &str) -> (String, &'static str, String) {
    let Some(metric) = app.shop.metrics.get(name) else { return (name.to_owned(), "count", String::new()) };
    let unit = match metric.unit.as_deref() {
        Some("currency") => "currency",
        Some("ratio") => "ratio",
        _ => "count",
    };
    (metric.title.clone(), unit, metric.description.clone())
}
