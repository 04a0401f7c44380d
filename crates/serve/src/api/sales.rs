//! Sales by what one likes, and what each customer did on a day.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use flow::ask;
use serde::Deserialize;
use utoipa::IntoParams;

use super::asked::{Asked, Filtered, Named, day};
use super::problem::Problem;
use super::reply::{Page, TableReply};
use crate::guard::Role;
use crate::server::App;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SalesParams {
    /// A row for each …
    #[param(inline)]
    by: Option<By>,
}

#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum By {
    Day,
    Week,
    Month,
    Country,
    Category,
    Channel,
    /// Of each category in each month
    CategoryMonth,
}

/// Sales by day, week, month, country, category or channel, or by month and category
#[utoipa::path(get, path = "/sales", tag = "shop", params(SalesParams, Filtered, Page), responses(TableReply))]
pub async fn sales(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Asked(SalesParams { by }): Asked<SalesParams>,
    Filtered(filter): Filtered,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    let by = match by.unwrap_or(By::Month) {
        By::Day => ask::sales::By::Day,
        By::Week => ask::sales::By::Week { on_sunday: app.shop.weeks_start_on_sunday },
        By::Month => ask::sales::By::Month,
        By::Country => ask::sales::By::Country,
        By::Category => ask::sales::By::Category,
        By::Channel => ask::sales::By::Channel,
        By::CategoryMonth => ask::sales::By::CategoryMonth,
    };
    app.reply(role, "sales", ask::sales::sales(by, &filter), &page, &[]).await
}

/// When people buy: by weekday (1 is Monday) and hour of the shop's clock
#[utoipa::path(get, path = "/hours", tag = "shop", params(Filtered, Page), responses(TableReply))]
pub async fn hours(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Filtered(filter): Filtered,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    app.reply(role, "hours", ask::hours::hours(&filter, &app.shop.timezone), &page, &[]).await
}

/// What each customer did on a day, as `wharf stats`
#[utoipa::path(get, path = "/stats/{day}", tag = "customers", params(("day" = String, Path, format = Date), Page), responses(TableReply))]
pub async fn stats(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Named(text): Named<String>,
    Asked(page): Asked<Page>,
) -> Result<Response, Problem> {
    app.reply(role, &format!("stats-{text}"), ask::stats::stats(day(&text)?), &page, &["customer_id"]).await
}
