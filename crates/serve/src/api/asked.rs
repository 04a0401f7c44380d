//! What requests say in their query strings and paths, read with errors that tell.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts};
use axum::http::StatusCode;
use axum::http::request::Parts;
use flow::ask::Filter;
use retail::day::{Day, parse_day};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::problem::Problem;

/// A query string; see [`axum::extract::Query`].
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub struct Asked<T>(pub T);

/// A part of the path; see [`axum::extract::Path`].
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub struct Named<T>(pub T);

/// A body in JSON; see [`axum::Json`].
#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(Problem))]
pub struct Sent<T>(pub T);

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Problem {
        Problem::bad(rejection.body_text())
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Problem {
        Problem::bad(rejection.body_text())
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Problem {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than any that is read here");
        }
        // What is no JSON, and what is JSON of another shape, are the same mistake to who sent it.
        Problem::bad(rejection.body_text()).advise("send JSON with Content-Type: application/json")
    }
}

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Period {
    /// First day, like 2011-11-01
    #[param(value_type = Option<String>, format = Date)]
    from: Option<String>,
    /// Last day
    #[param(value_type = Option<String>, format = Date)]
    to: Option<String>,
}

/// Which part of the shop.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Place {
    /// One of /shop's countries
    country: Option<String>,
    /// One of /shop's categories
    category: Option<String>,
    /// One of /shop's channels
    channel: Option<String>,
}

/// A part of the shop on some days.
pub struct Filtered(pub Filter);

/// A part of the shop at all times.
pub struct AnyTime(pub Filter);

impl<S: Send + Sync> FromRequestParts<S> for AnyTime {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Asked(Place { country, category, channel }) = Asked::from_request_parts(parts, state).await?;
        let [country, category, channel] = [country, category, channel].map(chosen);
        Ok(AnyTime(Filter { country, category, channel, ..Filter::default() }))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Filtered {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Asked(Period { from, to }) = Asked::from_request_parts(parts, state).await?;
        let AnyTime(place) = AnyTime::from_request_parts(parts, state).await?;
        let day = |text: Option<String>| chosen(text).as_deref().map(day).transpose();
        match (day(from)?, day(to)?) {
            (Some(from), Some(to)) if to < from => {
                Err(Problem::bad("`to` lies before `from`").advise("swap them: the first day comes first"))
            }
            (from, to) => Ok(Filtered(Filter { from, to, ..place })),
        }
    }
}

impl IntoParams for Filtered {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        [Period::into_params(&place), Place::into_params(&place)].concat()
    }
}

/// What a form leaves empty is not asked for.
pub fn chosen(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// A day as people write it.
pub fn day(text: &str) -> Result<Day, Problem> {
    parse_day(text).ok_or_else(|| {
        Problem::bad(format!("{text:?} is not a day")).advise("write it as YEAR-MONTH-DAY, like 2011-11-23")
    })
}
