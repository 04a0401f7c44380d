//! Answers kept until the next publish. What a GET gives follows from its address, the asker's role and the [`Edition`] of the
//! shop, so it is the same until that changes; its ETag says so to browsers too. What changes without a publish has one of its bytes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};

use crate::guard::Role;
use crate::server::App;
use crate::tags;

/// Bytes of answers kept; beyond, all are forgotten.
const MOST: usize = 64 << 20;
/// Larger answers are not kept.
const LARGEST: usize = 4 << 20;
/// These change without a publish.
const LIVE: [&str; 3] = ["/runs/current", "/queries", "/dashboards/"];
/// These never end.
const EVENTS: &str = "/events";
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

pub async fn cached(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) || request.uri().path().contains(EVENTS) {
        return next.run(request).await;
    }
    // HEAD has the headers of GET, so it is asked the same; what it has no use for is left out on the way to the wire.
    *request.method_mut() = Method::GET;
    if LIVE.iter().any(|path| request.uri().path().contains(path)) {
        return live(request, next).await;
    }
    let Some(mut edition) = Edition::of(&app).await else { return next.run(request).await };
    let role = request.extensions().get::<Role>().copied().unwrap_or(Role::Viewer);
    let key = format!("{role:?} {}", request.uri());
    let (asked, _) = request.into_parts();
    let tag = edition.tag(&app, &key);
    // A file's is weak, and told so again.
    if let Some(known) = tags::known(&asked.headers, &tag) {
        return tags::unless_known(&asked.headers, known, || StatusCode::NOT_MODIFIED.into_response());
    }
    // Whatever there is (`*`) is known once it was asked for.
    if let Some((kind, body)) = app.cached.get(&edition, &key) {
        app.meters.from_cache.inc();
        return tags::unless_known(&asked.headers, &tag, || ([(header::CONTENT_TYPE, kind)], body).into_response());
    }
    let mut tries = 0;
    loop {
        let response = next.clone().run(Request::from_parts(asked.clone(), Body::empty())).await;
        if response.status() != StatusCode::OK {
            return response;
        }
        tries += 1;
        let is_file = response.headers().contains_key(header::CONTENT_DISPOSITION);
        // A file is sent while it is read, of the publish that its first rows are of. Our own JSON is made in memory already.
        let (response, body) = if is_file {
            (response, None)
        } else {
            let (parts, body) = response.into_parts();
            let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            };
            (Response::from_parts(parts, Body::from(body.clone())), Some(body))
        };
        match Edition::of(&app).await {
            Some(now) if now == edition => {
                let tag = edition.tag(&app, &key);
                let Some(body) = body else {
                    // Its rows come in any order, and a workbook tells when it was written.
                    return tags::unless_known(&asked.headers, &format!("W/{tag}"), || response);
                };
                if let Some(kind) = response.headers().get(header::CONTENT_TYPE) {
                    app.cached.put(edition, key, kind.clone(), body);
                }
                return tags::unless_known(&asked.headers, &tag, || response);
            }
            Some(now) if tries < TRIES => edition = now,
            _ => return response,
        }
    }
}

/// What does not follow from an edition is known by its bytes, unless it is longer than anyone holds.
async fn live(request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let (parts, body) = response.into_parts();
    match whole(body, LARGEST).await {
        Ok(bytes) => {
            let tag = tags::of_bytes(&bytes);
            tags::unless_known(&headers, &tag, || Response::from_parts(parts, Body::from(bytes)))
        }
        Err(body) => Response::from_parts(parts, body),
    }
}

/// A body of at most so many bytes, or else the same body.
async fn whole(body: Body, most: usize) -> Result<Bytes, Body> {
    let mut rest = body.into_data_stream();
    let (mut begun, mut bytes) = (Vec::new(), 0);
    while let Some(chunk) = rest.next().await {
        let is_cut = chunk.is_err();
        bytes += chunk.as_ref().map_or(0, Bytes::len);
        begun.push(chunk);
        if is_cut || bytes > most {
            return Err(Body::from_stream(stream::iter(begun).chain(rest)));
        }
    }
    Ok(begun.iter().flatten().map(Bytes::as_ref).collect::<Vec<&[u8]>>().concat().into())
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
