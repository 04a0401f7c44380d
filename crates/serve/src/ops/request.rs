//! An id, a line in the log and a count for each request.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;

use super::meters::Answered;
use crate::server::App;

const ID: &str = "x-request-id";

pub async fn observe(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>().map_or("other".to_owned(), |path| path.as_str().to_owned());
    // One that a proxy gave is kept, where it is a plain one.
    let given = request.headers().get(ID).and_then(|id| id.to_str().ok()).filter(|id| is_plain(id)).map(str::to_owned);
    let id = given.unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
    app.meters.at_work.inc();
    let mut response = next.run(request).await;
    app.meters.at_work.dec();
    let seconds = begun.elapsed().as_secs_f64();
    let status = response.status().as_u16();
    app.meters.requests.get_or_create(&Answered { method: known(&method), route, status }).inc();
    app.meters.seconds.observe(seconds);
    tracing::debug!(target: "request", id, %method, path, status, millis = (seconds * 1000.0) as u64, "answered");
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(ID, id);
    }
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Anyone can make up methods, and each would be a series of its own for ever.
fn known(method: &Method) -> &'static str {
    const KNOWN: [Method; 7] =
        [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS];
    const NAMES: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
    KNOWN.iter().position(|known| known == method).map_or("other", |at| NAMES[at])
}

fn is_plain(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
