//! The dashboard's files. They are in the binary; a page's address is answered with the one document that draws all pages.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::server::App;
use crate::tags;

/// A file as it was when wharf was built.
pub struct Asset {
    pub name: &'static str,
    pub bytes: &'static [u8],
    /// Of the bytes.
    pub tag: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Addresses that the document draws.
const PAGES: [&str; 11] = [
    "/",
    "/customers",
    "/customers/{id}",
    "/products",
    "/products/{id}",
    "/orders/{id}",
    "/baskets",
    "/data",
    "/data/{part}",
    "/sql",
    "/dashboards/{name}",
];

pub fn routes() -> Router<Arc<App>> {
    let pages = PAGES.iter().fold(Router::new(), |router, page| {
        router.route(page, get(async |headers: HeaderMap| asset("index.html", &headers)))
    });
    pages
        .route("/login", get(async |headers: HeaderMap| asset("login.html", &headers)))
        .route("/api", get(async |headers: HeaderMap| asset("api.html", &headers)))
        .route("/favicon.ico", get(async |headers: HeaderMap| asset("favicon.svg", &headers)))
        .route("/app/{*name}", get(async |Path(name): Path<String>, headers: HeaderMap| asset(&name, &headers)))
}

fn asset(name: &str, headers: &HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return (StatusCode::NOT_FOUND, MISSING).into_response();
    };
    let whole = || ([(header::CONTENT_TYPE, media_type(name))], asset.bytes).into_response();
    let mut response = tags::unless_known(headers, &format!("\"{}\"", asset.tag), whole);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// Any other address. A browser gets the document, which says so within the shop's frame.
pub async fn missing(headers: HeaderMap) -> Response {
    let accepts = headers.get(header::ACCEPT).and_then(|accepts| accepts.to_str().ok()).unwrap_or_default();
    let document = ASSETS.iter().find(|asset| asset.name == "index.html" && accepts.contains("text/html"));
    match document {
        Some(page) => {
            (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, media_type(page.name))], page.bytes).into_response()
        }
        None => (StatusCode::NOT_FOUND, MISSING).into_response(),
    }
}

const MISSING: &str = "there is no such page\n";

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        _ => "text/plain; charset=utf-8",
    }
}
