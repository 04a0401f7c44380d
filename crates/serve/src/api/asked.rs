//! What requests say in their query strings and paths, read with errors that tell.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts};
use flow::ask::Filter;
use retail::day::{Day, parse_day};
use serde::Deserialize;
use utoipa::IntoParams;

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
        // What is no JSON, and what is JSON of another shape, are the same mistake to who sent it.
        Problem::bad(rejection.body_text()).advise("send JSON with Content-Type: application/json")
    }
}

/// Which part of the shop, at all times.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlaceParams {
    /// One of /shop's countries
    country: Option<String>,
    /// One of /shop's categories
    category: Option<String>,
    /// One of /shop's channels
    channel: Option<String>,
}

impl PlaceParams {
    pub fn filter(self) -> Filter {
        let PlaceParams { country, category, channel } = self;
        Filter { country: chosen(country), category: chosen(category), channel: chosen(channel), ..Filter::default() }
    }
}

/// What a form leaves empty is not asked for.
fn chosen(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// Which part of the shop.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FilterParams {
    /// First day, like 2011-11-01
    #[param(value_type = Option<String>, format = Date)]
    from: Option<String>,
    /// Last day
    #[param(value_type = Option<String>, format = Date)]
    to: Option<String>,
    /// One of /shop's countries
    country: Option<String>,
    /// One of /shop's categories
    category: Option<String>,
    /// One of /shop's channels
    channel: Option<String>,
}

impl FilterParams {
    pub fn filter(self) -> Result<Filter, Problem> {
        let filter = Filter {
            from: chosen(self.from).as_deref().map(day).transpose()?,
            to: chosen(self.to).as_deref().map(day).transpose()?,
            country: chosen(self.country),
            category: chosen(self.category),
            channel: chosen(self.channel),
        };
        match (filter.from, filter.to) {
            (Some(from), Some(to)) if to < from => {
                Err(Problem::bad("`to` lies before `from`").advise("swap them: the first day comes first"))
            }
            _ => Ok(filter),
        }
    }
}

/// A day as people write it.
pub fn day(text: &str) -> Result<Day, Problem> {
    parse_day(text).ok_or_else(|| {
        Problem::bad(format!("{text:?} is not a day")).advise("write it as YEAR-MONTH-DAY, like 2011-11-23")
    })
}
