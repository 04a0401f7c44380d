//! Log in and out.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Asker;
use super::door::{COOKIE, cookie};
use crate::api::{Problem, Sent};
use crate::server::App;

#[derive(Deserialize, ToSchema)]
pub struct Login {
    /// `admin` or `viewer`
    name: String,
    password: String,
}

/// Of a name that the log shows.
const LONGEST_NAME: usize = 64;

/// Log in: a cookie for the session
#[utoipa::path(
    post,
    path = "/login",
    tag = "session",
    request_body = Login,
    responses(
        (status = 204, description = "The cookie is set"),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Name or password is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts: wait a minute", body = Problem, content_type = "application/problem+json")
    )
)]
pub async fn log_in(
    State(app): State<Arc<App>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Sent(login): Sent<Login>,
) -> Response {
    // As long as it is, a name would fill the log for whoever asks.
    let name: String = login.name.chars().take(LONGEST_NAME).collect();
    if !app.attempts.allow(from.ip()) {
        tracing::warn!(target: "audit", name, %from, "audit: too many log-ins");
        return Problem::new(StatusCode::TOO_MANY_REQUESTS, "too many attempts")
            .advise("wait a minute")
            .into_response();
    }
    let secure = if app.uses_tls { "; Secure" } else { "" };
    let asked = app.clone();
    let checked = tokio::task::spawn_blocking(move || asked.access.log_in(&login.name, &login.password)).await;
    let Ok(Some((role, value))) = checked else {
        tracing::warn!(target: "audit", name, %from, "audit: a log-in failed");
        return Problem::new(StatusCode::UNAUTHORIZED, "name or password is wrong").into_response();
    };
    app.attempts.succeeded(from.ip());
    Asker { role, name, address: from.ip().to_string() }.audit("logged in");
    let cookie = format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict{secure}");
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}

/// Log out: the session ends
#[utoipa::path(post, path = "/logout", tag = "session", responses((status = 204, description = "The cookie is gone")))]
pub async fn log_out(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    if let Some(cookie) = cookie(&headers) {
        app.access.log_out(cookie);
    }
    let gone = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone)]).into_response()
}
