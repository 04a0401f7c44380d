//! A JSON object as it stands: its keys, and its values as slices of the text, numbers untouched.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Keys and raw values in the text's order.
pub type Pairs<'a> = Vec<(Cow<'a, str>, &'a RawValue)>;

/// `Err` says what is wrong with the text.
pub fn pairs(text: &str) -> Result<Pairs<'_>, String> {
    match serde_json::from_str::<Object>(text) {
        Ok(object) => Ok(object.0),
        Err(error) if error.is_data() => Err("not a JSON object".to_owned()),
        Err(error) => Err(format!("not JSON: {error}")),
    }
}

/// The text that a JSON string stands for; `Err` where an escape stands for none (half of a surrogate pair).
pub fn string(json: &str) -> Result<String, String> {
    serde_json::from_str(json).map_err(|error| format!("not JSON: {error}"))
}

/// A value as a cell has it: a string's text, nothing for null, JSON text for anything else.
pub fn text(json: &str) -> String {
    match json.as_bytes() {
        b"null" => String::new(),
        [b'"', ..] => string(json).unwrap_or_else(|_| json.to_owned()),
        _ => json.to_owned(),
    }
}

struct Object<'a>(Pairs<'a>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object<'de>, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Object<'de>, M::Error> {
        let mut pairs = Vec::with_capacity(16);
        while let Some((Key(key), value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
            pairs.push((key, value));
        }
        Ok(Object(pairs))
    }
}

/// A key, borrowed unless it has escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Key<'de>, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_as_written() {
        let found = pairs(r#" {"a": 1.10, "b\n": "x", "c": {"d": [1, 2]}, "e": null} "#).unwrap();
        let found: Vec<(&str, &str)> = found.iter().map(|(key, value)| (key.as_ref(), value.get())).collect();
        assert_eq!(found, [("a", "1.10"), ("b\n", "\"x\""), ("c", "{\"d\": [1, 2]}"), ("e", "null")]);
        assert_eq!(text(r#""a\u00e9""#), "aé");
        assert_eq!(text("null"), "");
        assert_eq!(text("[1]"), "[1]");
    }

    #[test]
    fn mistakes() {
        assert_eq!(pairs("[1]").unwrap_err(), "not a JSON object");
        assert!(pairs("{\"a\":").unwrap_err().starts_with("not JSON"));
        assert!(pairs("{\"a\":1} x").is_err());
        assert!(pairs("{\"a\":NaN}").is_err());
        assert!(pairs(&"[".repeat(100_000)).is_err());
    }
}
