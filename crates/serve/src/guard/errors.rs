//! Errors of the API that a layer or a router made, as problems like all others.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::api::{BASE, Problem};

pub async fn errors(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with(BASE);
    let response = next.run(request).await;
    let status = response.status();
    let is_told = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/problem+json");
    if !is_api || is_told || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (detail, advice) = match status {
        StatusCode::METHOD_NOT_ALLOWED => ("it is not asked with this method", "the header Allow has those that it is"),
        StatusCode::PAYLOAD_TOO_LARGE => ("the body is too large", "send less: at most 1 MiB"),
        StatusCode::REQUEST_TIMEOUT => ("it took too long", "ask for less at once"),
        _ => (status.canonical_reason().unwrap_or("it went wrong"), "/api says what is asked how"),
    };
    let mut told = Problem::new(status, detail).advise(advice).into_response();
    // What else was said stays: Allow, Retry-After.
    for (name, value) in response.headers() {
        let is_of_the_body = *name == header::CONTENT_TYPE || *name == header::CONTENT_LENGTH;
        if !is_of_the_body {
            told.headers_mut().insert(name, HeaderValue::clone(value));
        }
    }
    told
}
