//! A setting's value: its text, where it comes from, and whether the text will do.

use std::fmt;
use std::net::IpAddr;

use retail::day::Zone;
use retail::mistake::{Mistake, nearest};

use super::settings::{Kind, Setting};

#[derive(Debug, Clone)]
pub struct Value {
    pub text: String,
    pub origin: Origin,
}

/// Layers in force, the later over the earlier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Default,
    File { file: String, line: usize, column: usize },
    Environment(String),
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => write!(f, "default"),
            Origin::File { file, line, column } => write!(f, "{file}:{line}:{column}"),
            Origin::Environment(variable) => write!(f, "environment {variable}"),
            Origin::Flag(flag) => write!(f, "{flag}"),
        }
    }
}

impl Origin {
    /// A mistake at this origin.
    pub fn mistake(&self, message: impl Into<String>) -> Mistake {
        match self {
            Origin::File { file, line, column } => {
                Mistake { line: *line, column: *column, ..Mistake::of_file(file, message) }
            }
            other => Mistake::of_file(&other.to_string(), message),
        }
    }
}

/// Checks a value against its setting.
pub fn check(setting: &Setting, value: &Value) -> Result<(), Mistake> {
    let text = value.text.as_str();
    let tell = |what: &str| value.origin.mistake(format!("{} = {text:?} is not {what}", setting.name()));
    match setting.kind {
        Kind::Text if text.is_empty() => Err(tell("anything").advise("write a value, or take the key away")),
        Kind::Text => Ok(()),
        Kind::Choice(of) if of.contains(&text) => Ok(()),
        Kind::Choice(of) => Err(tell("a choice there is").suggest(text, of.iter().copied())),
        Kind::Bytes if bytes(text).is_some() => Ok(()),
        Kind::Bytes => Err(tell("a size").advise("write bytes with a unit, like 512MB or 2GB")),
        Kind::Count if text.parse::<u32>().is_ok_and(|count| count <= setting.most()) => Ok(()),
        Kind::Count if text.parse::<u32>().is_ok() => {
            Err(tell("possible").advise(format!("write {} at most", setting.most())))
        }
        Kind::Count => Err(tell("a whole number").advise("write 0, 1, 2, …")),
        Kind::Address if text.parse::<IpAddr>().is_ok() => Ok(()),
        Kind::Address if text.eq_ignore_ascii_case("localhost") => Err(tell("an IP address").advise("write 127.0.0.1")),
        Kind::Address => Err(tell("an IP address").advise("write one like 127.0.0.1, 0.0.0.0 or ::1")),
        Kind::Schema if (1..=63).contains(&text.len()) && !text.starts_with("pg_") => Ok(()),
        Kind::Schema => Err(tell("a schema's name").advise("write one like wharf, of 63 letters at most")),
        Kind::Zone if Zone::new(text).is_some() => Ok(()),
        Kind::Zone => {
            let near =
                nearest(text, ["UTC", "Europe/London", "Europe/Berlin", "America/New_York", "America/Sao_Paulo"]);
            let example = near.unwrap_or("Europe/London");
            Err(tell("a time zone").advise(format!("write an IANA name, like {example}")))
        }
        Kind::Currency if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()) => Ok(()),
        Kind::Currency => Err(tell("a currency code").advise("write three capital letters, like EUR")),
    }
}

/// Bytes of `512MB`, `2 GiB`, `1000`. Units count by 1024, with and without the i.
pub fn bytes(text: &str) -> Option<usize> {
    let text = text.trim();
    let digits = text.find(|mark: char| !mark.is_ascii_digit() && mark != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return None,
    };
    let bytes = number.parse::<f64>().ok()? * (1u64 << shift) as f64;
    (bytes >= 1.0 && bytes <= usize::MAX as f64 / 2.0).then_some(bytes as usize)
}

/// What may be shown of a value: nothing of a secret, and no password within an address.
pub fn masked(key: &str, text: &str) -> String {
    const SECRET: [&str; 6] = ["password", "passwd", "token", "secret", "credential", "api_key"];
    if SECRET.iter().any(|word| key.to_lowercase().contains(word)) {
        return "***".to_owned();
    }
    if text.contains("password=") {
        return "***".to_owned();
    }
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    match authority.rfind('@') {
        Some(at) => format!("{scheme}://***{}", &rest[at..]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(bytes("1GB"), Some(1 << 30));
        assert_eq!(bytes("1.5 MiB"), Some(3 << 19));
        assert_eq!(bytes("10"), Some(10));
        assert_eq!(bytes("0"), None);
        assert_eq!(bytes("1 goat"), None);
    }

    #[test]
    fn secrets_are_masked() {
        assert_eq!(masked("api_token", "abc"), "***");
        assert_eq!(masked("path", "s3://key:word@host/a@b"), "s3://***@host/a@b");
        assert_eq!(masked("path", "s3://bucket/a@b"), "s3://bucket/a@b");
        assert_eq!(masked("path", "lake"), "lake");
    }
}
