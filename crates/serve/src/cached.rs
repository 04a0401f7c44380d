//! Answers kept until the next publish. What a GET gives follows from its address, the asker's role and the [`Edition`] of the
//! shop, so it is the same until that changes; its ETag says so to browsers too.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::guard::Role;
use crate::server::App;

/// Bytes of answers kept; beyond, all are forgotten.
const MOST: usize = 64 << 20;
/// Larger answers are not kept.
const LARGEST: usize = 4 << 20;
/// These change without a publish.
const LIVE: [&str; 4] = ["/events", "/runs/current", "/queries", "/dashboards/"];
/// An answer that asks more than once may be of two editions where one came meanwhile: it is made anew, so many times at most.
const TRIES: usize = 3;

#[derive(Default)]
pub struct Cached(Mutex<Kept>);

/// What answers are made from: tables, models, and which dashboards there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Edition {
    generation: u64,
    models: u64,
    /// When one came or went.
    dashboards: Option<SystemTime>,
}

impl Edition {
    async fn of(app: &App) -> Option<Edition> {
        Some(Edition {
            generation: app.shop.query.published().await.ok()?,
            models: app.shop.models.version(),
            dashboards: app.shop.dashboards().metadata().and_then(|folder| folder.modified()).ok(),
        })
    }

    fn tag(&self, app: &App, key: &str) -> String {
        let told = format!("{} {self:?} {key}", app.started);
        format!("\"{}-{}\"", self.generation, &blake3::hash(told.as_bytes()).to_hex()[..16])
    }
}

#[derive(Default)]
struct Kept {
    edition: Edition,
    bytes: usize,
    answers: HashMap<String, (HeaderValue, Bytes)>,
}

pub async fn cached(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let is_live = LIVE.iter().any(|path| request.uri().path().contains(path));
    if request.method() != Method::GET || is_live {
        return next.run(request).await;
    }
    let Some(mut edition) = Edition::of(&app).await else { return next.run(request).await };
    let role = request.extensions().get::<Role>().copied().unwrap_or(Role::Viewer);
    let key = format!("{role:?} {}", request.uri());
    let tag = edition.tag(&app, &key);
    if names(request.headers(), &tag) {
        return tagged(StatusCode::NOT_MODIFIED.into_response(), &tag);
    }
    // Whatever there is: which is known once it was asked for.
    let is_any = names(request.headers(), "*");
    if let Some((kind, body)) = app.cached.get(&edition, &key) {
        app.meters.from_cache.inc();
        let whole = || ([(header::CONTENT_TYPE, kind)], body).into_response();
        return tagged(if is_any { StatusCode::NOT_MODIFIED.into_response() } else { whole() }, &tag);
    }
    let (asked, _) = request.into_parts();
    let mut tries = 0;
    loop {
        let response = next.clone().run(Request::from_parts(asked.clone(), Body::empty())).await;
        if response.status() != StatusCode::OK || response.headers().contains_key(header::CONTENT_DISPOSITION) {
            return response;
        }
        let (parts, body) = response.into_parts();
        // Our own JSON, made in memory already.
        let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        tries += 1;
        match (Edition::of(&app).await, parts.headers.get(header::CONTENT_TYPE)) {
            (Some(now), Some(kind)) if now == edition => {
                let tag = edition.tag(&app, &key);
                app.cached.put(edition, key, kind.clone(), body.clone());
                let whole = || Response::from_parts(parts, Body::from(body));
                return tagged(if is_any { StatusCode::NOT_MODIFIED.into_response() } else { whole() }, &tag);
            }
            (Some(now), _) if now != edition && tries < TRIES => edition = now,
            _ => return Response::from_parts(parts, Body::from(body)),
        }
    }
}

fn names(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok()).unwrap_or_default();
    known.split(',').any(|known| known.trim().trim_start_matches("W/") == tag)
}

fn tagged(mut response: Response, tag: &str) -> Response {
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

impl Cached {
    fn get(&self, edition: &Edition, key: &str) -> Option<(HeaderValue, Bytes)> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (kept.edition == *edition).then(|| kept.answers.get(key).cloned())?
    }

    fn put(&self, edition: Edition, key: String, kind: HeaderValue, body: Bytes) {
        if body.len() > LARGEST {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.edition != edition || kept.bytes + body.len() > MOST {
            *kept = Kept { edition, ..Kept::default() };
        }
        kept.bytes += body.len() + key.len();
        kept.answers.insert(key, (kind, body));
    }
}
