//! The dashboard's files. They are in the binary; a page's address is answered with the one document that draws all pages.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::server::App;

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
        return (StatusCode::NOT_FOUND, "there is no such page\n").into_response();
    };
    let tag = format!("\"{}\"", asset.tag);
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = match known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => ([(header::CONTENT_TYPE, media_type(name))], asset.bytes).into_response(),
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

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
