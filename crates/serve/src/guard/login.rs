//! Log in and out.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;

use super::Asker;
use super::attempts::Attempts;
use super::door::{COOKIE, cookie};
use crate::api::Problem;
use crate::server::App;

#[derive(Deserialize)]
struct Login {
    /// `admin` or `viewer`.
    name: String,
    password: String,
}

/// /login and /logout, below the API.
pub fn routes() -> Router<Arc<App>> {
    let attempts = Arc::new(Attempts::default());
    Router::new()
        .route(
            "/login",
            post(
                async move |State(app): State<Arc<App>>,
                            ConnectInfo(from): ConnectInfo<SocketAddr>,
                            Json(login): Json<Login>| { log_in(app, attempts, from, login).await },
            ),
        )
        .route("/logout", post(log_out))
}

async fn log_in(app: Arc<App>, attempts: Arc<Attempts>, from: SocketAddr, login: Login) -> Response {
    if !attempts.allow(from.ip()) {
        tracing::warn!(target: "audit", name = login.name, %from, "too many log-ins");
        return Problem::new(StatusCode::TOO_MANY_REQUESTS, "too many attempts")
            .advise("wait a minute")
            .into_response();
    }
    let secure = if app.uses_tls { "; Secure" } else { "" };
    let name = login.name.clone();
    let checked = tokio::task::spawn_blocking(move || app.access.log_in(&login.name, &login.password)).await;
    let Ok(Some((role, value))) = checked else {
        tracing::warn!(target: "audit", name, %from, "a log-in failed");
        return Problem::new(StatusCode::UNAUTHORIZED, "name or password is wrong").into_response();
    };
    attempts.succeeded(from.ip());
    Asker { role, name, address: from.ip().to_string() }.audit("logged in");
    let cookie = format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict{secure}");
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}

async fn log_out(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    if let Some(cookie) = cookie(&headers) {
        app.access.log_out(cookie);
    }
    let gone = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone)]).into_response()
}
