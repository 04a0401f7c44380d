//! The REST API, /api/v1: what it answers, and the OpenAPI document that is made from it.

mod baskets;
mod customers;
mod dashboards;
mod data;
mod events;
mod orders;
mod overview;
mod products;
mod query;
mod sales;
mod saved;
mod shop;
mod tables;
mod why;

pub use baskets::warm;

mod asked;
mod personal;
mod problem;
mod reply;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::guard;
use crate::rows::Table;
use crate::server::App;
use crate::tags;

pub use asked::Sent;
pub use problem::Problem;

/// Where the API is.
pub const BASE: &str = "/api/v1";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "wharf",
        description = "A shop's numbers: sales, customers, products, baskets, and the data behind them. Filters (from, to, country, \
            category, channel) mean the same everywhere. Tables come as JSON, or as a file with format=csv|xlsx|parquet. \
            Answers carry an ETag that changes with each publish. Errors are application/problem+json (RFC 9457).",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    servers((url = "/api/v1")),
    components(schemas(Problem, Table)),
    tags(
        (name = "shop", description = "The shop, and its figures at a glance"),
        (name = "customers", description = "Who buys"),
        (name = "products", description = "What is sold, and what goes with what"),
        (name = "data", description = "What was landed, set aside, checked and run"),
        (name = "sql", description = "Questions of one's own, read only"),
        (name = "session", description = "Log in and out, where the server has passwords"),
    )
)]
struct Document;

/// All of the API, and its document.
pub fn api() -> (Router<Arc<App>>, utoipa::openapi::OpenApi) {
    let (router, document) = OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(shop::shop))
        .routes(routes!(shop::metrics))
        .routes(routes!(overview::overview))
        .routes(routes!(sales::sales))
        .routes(routes!(sales::hours))
        .routes(routes!(sales::stats))
        .routes(routes!(why::why))
        .routes(routes!(why::why_lines))
        .routes(routes!(why::why_loads))
        .routes(routes!(orders::orders))
        .routes(routes!(orders::order))
        .routes(routes!(orders::order_lines))
        .routes(routes!(customers::customers))
        .routes(routes!(customers::customer))
        .routes(routes!(customers::customer_orders))
        .routes(routes!(customers::cohorts))
        .routes(routes!(customers::repeaters))
        .routes(routes!(customers::repeater_gaps))
        .routes(routes!(products::products))
        .routes(routes!(products::product))
        .routes(routes!(products::product_days))
        .routes(routes!(baskets::baskets))
        .routes(routes!(baskets::recommendations))
        .routes(routes!(tables::tables))
        .routes(routes!(tables::table))
        .routes(routes!(tables::table_columns))
        .routes(routes!(tables::table_rows))
        .routes(routes!(tables::lineage))
        .routes(routes!(tables::lineage_edges))
        .routes(routes!(data::loads))
        .routes(routes!(data::rejects))
        .routes(routes!(data::reject_rows))
        .routes(routes!(data::checks))
        .routes(routes!(data::check_history))
        .routes(routes!(data::runs))
        .routes(routes!(data::current_run))
        .routes(routes!(data::run_steps))
        .routes(routes!(dashboards::dashboard))
        .routes(routes!(dashboards::dashboard_tile))
        .routes(routes!(query::query))
        .routes(routes!(saved::queries))
        .routes(routes!(saved::save, saved::remove))
        .routes(routes!(events::events))
        .routes(routes!(guard::log_in))
        .routes(routes!(guard::log_out))
        .split_for_parts();
    (router, document)
}

/// The document at /api/v1/openapi.json.
pub fn document(document: utoipa::openapi::OpenApi) -> Router<Arc<App>> {
    let text = document.to_pretty_json().unwrap_or_default();
    let tag = tags::of_bytes(text.as_bytes());
    let answer = async move |headers: HeaderMap| {
        let whole = || ([(header::CONTENT_TYPE, "application/json")], text.clone()).into_response();
        tags::unless_known(&headers, &tag, whole)
    };
    Router::new().route("/openapi.json", get(answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Programs that are made from the document name their functions so.
    #[test]
    fn no_two_operations_have_the_same_name() {
        let text = api().1.to_pretty_json().unwrap();
        let mut names: Vec<&str> =
            text.lines().filter(|line| line.trim_start().starts_with("\"operationId\"")).collect();
        names.sort_unstable();
        assert!(names.len() > 40 && names.windows(2).all(|two| two[0] != two[1]), "{names:?}");
    }

    /// The whole document is kept: whoever changes the API sees what changes for its users. WHARF_BLESS=1 writes it anew.
    #[test]
    fn the_document_is_as_it_was() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        let text = api().1.to_pretty_json().unwrap() + "\n";
        if std::env::var_os("WHARF_BLESS").is_some() {
            std::fs::write(path, &text).unwrap();
        }
        assert!(
            std::fs::read_to_string(path).unwrap_or_default() == text,
            "the API is another than crates/serve/openapi.json says: look at what changed, then WHARF_BLESS=1 cargo test -p serve"
        );
    }
}
