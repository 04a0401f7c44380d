//! Where a figure comes from.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::{Extension, Json};
use flow::ask::Filter;
use flow::ask::why::{self, Of, Rule};
use models::Metric;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::asked::{Asked, Filtered, chosen};
use super::problem::Problem;
use super::reply::{Page, Refusal, TableReply};
use super::shop::Definition;
use crate::guard::Role;
use crate::rows::Table;
use crate::server::App;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhyParams {
    /// A metric of /metrics, by its name or a synonym
    metric: String,
    /// Of this product alone
    product: Option<String>,
    /// Of this customer alone
    customer: Option<String>,
    /// Of this order alone
    order: Option<String>,
    /// Of the rule from this product alone, with `consequent`
    antecedent: Option<String>,
    /// To this product
    consequent: Option<String>,
}

/// A figure's definition, the query behind it, and the order lines, files and models that it came from.
#[derive(Debug, Serialize, ToSchema)]
pub struct Why {
    metric: Definition,
    value: Option<f64>,
    sql: String,
    /// The largest lines that went into it; null where it is not made of lines
    lines: Option<Table>,
    /// The loads that its lines came in
    loads: Option<Table>,
    /// What its table is made by, the nearest first
    models: Vec<ModelText>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ModelText {
    name: String,
    file: String,
    sql: String,
}

const PERSONAL: [&str; 1] = ["customer_id"];

/// Why a figure is what it is
#[utoipa::path(get, path = "/why", tag = "shop", params(WhyParams, Filtered), responses((status = 200, body = Why), Refusal))]
pub async fn why(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Asked(params): Asked<WhyParams>,
    Filtered(filter): Filtered,
) -> Result<Json<Why>, Problem> {
    let (metric, of) = figure(&app, params, filter)?;
    let sql = why::value(metric, &of).ok_or_else(|| Problem::not_found("the metric has no table of its own"))?;
    let value = app.asking.rows(sql.clone(), 1).await?.first().unwrap_or_default();
    let lines = match why::lines(metric, &of, 101, 0) {
        Some(sql) => Some(app.part(role, sql, 100, &PERSONAL).await?),
        None => None,
    };
    let loads = match why::loads(metric, &of, 201, 0) {
        Some(sql) => Some(app.part(role, sql, 200, &[]).await?),
        None => None,
    };
    Ok(Json(Why {
        value: value.values().next().and_then(Value::as_f64),
        models: metric.table.as_deref().map(|table| models_of(&app, table)).unwrap_or_default(),
        metric: metric.into(),
        sql,
        lines,
        loads,
    }))
}

/// The order lines that went into a figure, the largest first, each with the row and file that it came from
#[utoipa::path(get, path = "/why/lines", tag = "shop", params(WhyParams, Filtered, Page), responses(TableReply))]
pub async fn why_lines(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Asked(params): Asked<WhyParams>,
    Filtered(filter): Filtered,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    let (metric, of) = figure(&app, params, filter)?;
    let (limit, offset) = page.window();
    let sql = why::lines(metric, &of, limit, offset).ok_or_else(|| no_lines(metric))?;
    app.reply_page(role, &format!("lines-of-{}", metric.name), sql, &page, &PERSONAL).await
}

/// The loads that a figure's order lines came in
#[utoipa::path(get, path = "/why/loads", tag = "shop", params(WhyParams, Filtered, Page), responses(TableReply))]
pub async fn why_loads(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Asked(params): Asked<WhyParams>,
    Filtered(filter): Filtered,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    let (metric, of) = figure(&app, params, filter)?;
    let (limit, offset) = page.window();
    let sql = why::loads(metric, &of, limit, offset).ok_or_else(|| no_lines(metric))?;
    app.reply_page(role, &format!("loads-of-{}", metric.name), sql, &page, &[]).await
}

/// The metric that is asked for, and of what.
fn figure(app: &App, params: WhyParams, filter: Filter) -> Result<(&Metric, Of), Problem> {
    let WhyParams { metric, product, customer, order, antecedent, consequent } = params;
    let metric = app.shop.metrics.look_up(&metric).map_err(|near| {
        let problem = Problem::not_found(format!("there is no metric {metric:?}"));
        match near {
            Some(near) => problem.advise(format!("did you mean {near}?")),
            None => problem.advise("/metrics lists them"),
        }
    })?;
    let rule = match (chosen(antecedent), chosen(consequent)) {
        (Some(antecedent), Some(consequent)) => {
            let baskets = app.shop.models.graph().model(why::RULES).map(|model| model.sql.clone());
            Some(Rule { antecedent, consequent, baskets })
        }
        (None, None) => None,
        _ => return Err(Problem::bad("a rule has two products").advise("give antecedent and consequent")),
    };
    let of = Of { filter, product: chosen(product), customer: chosen(customer), order: chosen(order), rule };
    within(metric, &of)?;
    Ok((metric, of))
}

/// Refuses what the metric's table does not know one of.
pub fn within(metric: &Metric, of: &Of) -> Result<(), Problem> {
    match of.beyond(metric) {
        Some(one) => Err(Problem::bad(format!("{} is not known of one {one}", metric.name))
            .advise("ask for a metric of the table order_lines_wide, or of the whole shop")),
        None => Ok(()),
    }
}

fn no_lines(metric: &Metric) -> Problem {
    Problem::not_found(format!("{} is not made of order lines", metric.name)).advise("/why tells its query")
}

/// The table's model, then those that it reads, and so on.
fn models_of(app: &App, table: &str) -> Vec<ModelText> {
    let graph = app.shop.models.graph();
    let behind = graph.ancestors(table);
    let mut order: Vec<&str> = graph.order().iter().map(String::as_str).filter(|name| behind.contains(*name)).collect();
    order.push(table);
    let text = |name: &str| {
        let model = graph.model(name)?;
        Some(ModelText { name: model.name.clone(), file: model.file.clone(), sql: model.sql.clone() })
    };
    order.into_iter().rev().filter_map(text).collect()
}
