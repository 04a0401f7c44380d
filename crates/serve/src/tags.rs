//! ETags: by what an answer is known, and whether who asks has it already.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The tag of an answer that is known by its bytes alone.
pub fn of_bytes(bytes: &[u8]) -> String {
    format!("\"{}\"", &blake3::hash(bytes).to_hex()[..16])
}

/// The tag as who asks knows it, where they do. Tags are compared as RFC 9110 has it for GET: a weak one is as good.
pub fn known<'a>(headers: &'a HeaderMap, tag: &str) -> Option<&'a str> {
    let plain = |tag: &str| tag.trim_start_matches("W/").to_owned();
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
    known.flat_map(|tags| tags.split(',')).map(str::trim).find(|known| plain(known) == plain(tag))
}

/// Whether who asks has whatever there is.
pub fn has_any(headers: &HeaderMap) -> bool {
    known(headers, "*").is_some()
}

/// The answer under its tag; 304 where who asks has it.
pub fn unless_known(headers: &HeaderMap, tag: &str, answer: impl FnOnce() -> Response) -> Response {
    let is_known = known(headers, tag).is_some() || has_any(headers);
    let mut response = if is_known { StatusCode::NOT_MODIFIED.into_response() } else { answer() };
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_several_tags_is_known_weak_or_not() {
        let asks = |known: &[&'static str]| {
            let header = |tags: &&'static str| (header::IF_NONE_MATCH, HeaderValue::from_static(tags));
            let mut headers = HeaderMap::new();
            for (name, tags) in known.iter().map(header) {
                headers.append(name, tags);
            }
            headers
        };
        let several = asks(&["\"a\", W/\"b\"", "\"c\""]);
        assert_eq!((known(&several, "\"b\""), known(&several, "W/\"c\"")), (Some("W/\"b\""), Some("\"c\"")));
        assert!(known(&asks(&["\"a\"", "*"]), "\"b\"").is_none() && has_any(&asks(&["\"a\"", "*"])));
        assert!(known(&asks(&[]), "\"b\"").is_none() && !has_any(&asks(&["\"a\""])));
    }
}
