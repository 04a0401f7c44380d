//! Where a figure comes from.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use flow::ask::{self, why};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::asked::{Asked, FilterParams};
use super::problem::Problem;
use super::reply::Refusal;
use super::shop::Definition;
use crate::guard::Role;
use crate::rows::Table;
use crate::server::App;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhyParams {
    /// A metric of /metrics, by its name or a synonym
    metric: String,
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

/// Why a figure is what it is
#[utoipa::path(get, path = "/why", tag = "shop", params(WhyParams, FilterParams), responses((status = 200, body = Why), Refusal))]
pub async fn why(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Asked(params): Asked<WhyParams>,
    Asked(filter): Asked<FilterParams>,
) -> Result<Json<Why>, Problem> {
    let filter = filter.filter()?;
    let metric = app.shop.metrics.look_up(&params.metric).map_err(|near| {
        let problem = Problem::not_found(format!("there is no metric {:?}", params.metric));
        match near {
            Some(near) => problem.advise(format!("did you mean {near}?")),
            None => problem.advise("/metrics lists them"),
        }
    })?;
    let sql =
        ask::why::value(metric, &filter).ok_or_else(|| Problem::not_found("the metric has no table of its own"))?;
    let value = app.asking.rows(sql.clone(), 1).await?.first().unwrap_or_default();
    let lines = match why::lines(metric, &filter, 100) {
        Some(sql) => Some(app.part(role, sql, 100, &["customer_id"]).await?),
        None => None,
    };
    let loads = match why::loads(metric, &filter) {
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
