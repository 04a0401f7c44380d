//! Errors as RFC 9457 has them.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use port::{Error, Kind};
use serde::Serialize;
use utoipa::ToSchema;

/// application/problem+json: what happened, and what to do about it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    #[serde(rename = "type")]
    pub of: &'static str,
    pub title: &'static str,
    pub status: u16,
    pub detail: String,
    /// What to do next.
    pub advice: Option<String>,
    /// Where in the statement that was sent, from 1.
    pub line: Option<usize>,
    pub column: Option<usize>,
}

impl Problem {
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Problem {
        Problem {
            of: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            advice: None,
            line: None,
            column: None,
        }
    }

    pub fn bad(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, detail)
    }

    pub fn not_found(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, detail)
    }

    pub fn forbidden(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::FORBIDDEN, detail)
    }

    /// What went wrong is told in the log alone.
    pub fn internal(cause: &str) -> Problem {
        tracing::error!(cause, "a request failed");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "this is a defect of wharf")
            .advise("the server's log has the cause; please report it")
    }

    pub fn busy() -> Problem {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the server is busy with other queries")
            .advise("ask again in a few seconds")
    }

    /// Of a workbook: `rows` where it is known how many there are.
    pub fn no_room(rows: Option<u64>, room: u64) -> Problem {
        let there = rows.map_or("there are more".to_owned(), |rows| format!("there are {rows}"));
        Problem::bad(format!("a workbook's sheet has room for {room} rows below its header, and {there}"))
            .advise("take format=csv or parquet, or fewer rows by limit")
    }

    pub fn took_too_long(limit: Duration) -> Problem {
        let detail = format!("the query was stopped after {} seconds", limit.as_secs());
        Problem::new(StatusCode::REQUEST_TIMEOUT, detail)
            .advise("ask for less, or raise serve.query_seconds in wharf.toml")
    }

    pub fn advise(mut self, advice: impl Into<String>) -> Problem {
        self.advice = Some(advice.into());
        self
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        let status = match error.kind {
            Kind::Config | Kind::Input | Kind::Check => StatusCode::BAD_REQUEST,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Locked | Kind::Io | Kind::Unavailable | Kind::Changed => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Cancelled => StatusCode::REQUEST_TIMEOUT,
            Kind::Internal => StatusCode::BAD_REQUEST,
        };
        // The engine calls what it cannot do with a user's statement internal too; the log keeps the difference.
        if error.kind == Kind::Internal {
            tracing::warn!(%error, "a query failed");
        }
        let place = error.location.filter(|at| at.line > 0);
        Problem {
            advice: error.advice,
            line: place.as_ref().map(|at| at.line),
            column: place.as_ref().map(|at| at.column.max(1)),
            ..Problem::new(status, error.message)
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let text = serde_json::to_string(&self).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], text).into_response();
        let wait = match status {
            StatusCode::SERVICE_UNAVAILABLE => Some("5"),
            StatusCode::TOO_MANY_REQUESTS => Some("60"),
            _ => None,
        };
        let wait = wait.map(|seconds| (header::RETRY_AFTER, HeaderValue::from_static(seconds)));
        response.headers_mut().extend(wait);
        response
    }
}
