//! For those who watch the server: is it alive, is it ready, what does it do.

mod meters;
mod request;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::server::App;

pub use meters::{Ended, Meters};
pub use request::observe;

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/healthz", get(async || "ok\n")).route("/readyz", get(ready)).route(
        "/metrics",
        get(async |State(app): State<Arc<App>>| {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], app.meters.text()).into_response()
        }),
    )
}

/// Ready once there are tables to ask.
async fn ready(State(app): State<Arc<App>>) -> Response {
    match app.shop.query.published().await {
        Ok(0) => (StatusCode::SERVICE_UNAVAILABLE, "nothing is published yet\n").into_response(),
        Ok(_) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the tables cannot be read\n").into_response()
        }
    }
}
