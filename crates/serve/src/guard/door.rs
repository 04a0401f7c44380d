//! What every request passes: its host, its credentials, and the header that changes need.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Asker, Role};
use crate::api::Problem;
use crate::server::App;

pub const COOKIE: &str = "wharf";

/// Open to all: the log-in page with its files, and what watches the server.
fn is_open(path: &str) -> bool {
    matches!(path, "/login" | "/api/v1/login" | "/healthz" | "/readyz") || path.starts_with("/app/")
}

pub async fn door(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if app.access.is_open() && !names_loopback(request.headers()) {
        return Problem::forbidden("this server answers to localhost alone")
            .advise("open it as http://127.0.0.1:PORT, or configure credentials (docs/serve.md)")
            .into_response();
    }
    let path = request.uri().path().to_owned();
    let bearer = bearer(request.headers());
    let role = match (app.access.is_open(), bearer) {
        (true, _) => Some(Role::Admin),
        (false, Some(token)) => app.access.of_token(token),
        (false, None) => cookie(request.headers()).and_then(|cookie| app.access.of_cookie(cookie)),
    };
    // A browser sends cookies, and on loopback nothing, for other sites too; it does not send this header for them.
    let by_browser = bearer.is_none();
    if changes && by_browser && !request.headers().contains_key("x-wharf") {
        return Problem::forbidden("the header X-Wharf is missing")
            .advise("send `X-Wharf: 1` with what changes something")
            .into_response();
    }
    let Some(role) = role else {
        if is_open(&path) {
            return next.run(request).await;
        }
        return match path.starts_with("/api/") || path == "/metrics" {
            true => Problem::new(StatusCode::UNAUTHORIZED, "log in first")
                .advise("send Authorization: Bearer TOKEN, or log in at /login")
                .into_response(),
            false => axum::response::Redirect::to("/login").into_response(),
        };
    };
    let name = if app.access.is_open() {
        "local"
    } else if by_browser {
        "session"
    } else {
        "token"
    };
    let address = address.map(|address| address.ip().to_string()).unwrap_or_default();
    request.extensions_mut().insert(role);
    request.extensions_mut().insert(Asker { role, name: name.to_owned(), address });
    next.run(request).await
}

/// The session of who asked, where that is what lets them in: what goes on for longer than a request looks whether it does.
pub fn session(app: &App, headers: &HeaderMap) -> Option<String> {
    let by_session = !app.access.is_open() && bearer(headers).is_none();
    cookie(headers).filter(|_| by_session).map(str::to_owned)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    // Schemes are written in any case (RFC 9110, 11.1).
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start())
}

pub fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let mut cookies = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    cookies.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

/// Another name for this machine could be an attacker's that resolves to it.
fn names_loopback(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST) else { return true };
    let host = host.to_str().unwrap_or("?");
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_written_in_any_case() {
        let of = |text: &str| {
            bearer(&HeaderMap::from_iter([(header::AUTHORIZATION, text.parse().unwrap())])).map(str::to_owned)
        };
        for text in ["Bearer Ab", "bearer Ab", "BEARER  Ab"] {
            assert_eq!(of(text).as_deref(), Some("Ab"), "{text}");
        }
        assert!(["Basic Ab", "BearerAb", "Bearer"].into_iter().all(|text| of(text).is_none()));
    }

    #[test]
    fn hosts() {
        let of = |host: &str| names_loopback(&HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]));
        assert!(["localhost:8080", "127.0.0.1", "[::1]:9"].into_iter().all(of));
        assert!(
            !["shop.example", "127.0.0.1.evil.example:80", "10.0.0.1", "localhost.evil.example"].into_iter().any(of)
        );
    }
}
