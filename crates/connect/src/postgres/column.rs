//! How each type of PostgreSQL is read: what is asked of the server, and what its binary form is.

use serde::{Deserialize, Serialize};
use tokio_postgres::types::{Kind, Type};

/// The binary form in which a column's values come. Its names stand in landed copies: they mean the same for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    Boolean,
    Int2,
    Int4,
    Int8,
    Oid,
    Float4,
    Float8,
    /// Exact, in digits of base 10000.
    Numeric,
    /// Text as it is: also enums, json, names.
    Text,
    /// The text of a number or a time, as [`super::decode`] writes it.
    Plain,
    /// A version byte, then text.
    Jsonb,
    Uuid,
    Bytea,
    Date,
    Time,
    /// A clock without a zone: read in the shop's.
    Timestamp,
    /// An instant.
    Timestamptz,
}

/// A column as it is landed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    /// PostgreSQL's name of the type, for people.
    pub kind: String,
    pub form: Form,
    /// An array of such values; it becomes a JSON array.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub array: bool,
    /// The server writes the value as text, since its binary form is not known here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cast: Option<Cast>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cast {
    Text,
    Numeric,
}

impl Column {
    /// Domains come as the type below them; the server says so already in its answer's header.
    pub fn new(name: &str, kind: &Type) -> Column {
        let (form, array, cast) = match form(kind) {
            Some(form) => (form, false, None),
            None => match kind.kind() {
                Kind::Array(of) => match form(of) {
                    Some(form) => (form, true, None),
                    None => (Form::Text, false, Some(Cast::Text)),
                },
                // Its text depends on the server's language and loses digits of nobody: a number is asked for.
                _ if *kind == Type::MONEY => (Form::Numeric, false, Some(Cast::Numeric)),
                _ => (Form::Text, false, Some(Cast::Text)),
            },
        };
        Column { name: name.to_owned(), kind: kind.name().to_owned(), form, array, cast }
    }

    /// What to select for it.
    pub fn expression(&self) -> String {
        let name = quoted(&self.name);
        match self.cast {
            None => name,
            Some(Cast::Text) => format!("{name}::text"),
            Some(Cast::Numeric) => format!("{name}::numeric"),
        }
    }
}

fn form(kind: &Type) -> Option<Form> {
    if let Kind::Domain(of) = kind.kind() {
        return form(of);
    }
    if let Kind::Enum(_) = kind.kind() {
        return Some(Form::Text);
    }
    Some(match *kind {
        Type::BOOL => Form::Boolean,
        Type::INT2 => Form::Int2,
        Type::INT4 => Form::Int4,
        Type::INT8 => Form::Int8,
        Type::OID => Form::Oid,
        Type::FLOAT4 => Form::Float4,
        Type::FLOAT8 => Form::Float8,
        Type::NUMERIC => Form::Numeric,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN | Type::JSON => Form::Text,
        Type::JSONB => Form::Jsonb,
        Type::UUID => Form::Uuid,
        Type::BYTEA => Form::Bytea,
        Type::DATE => Form::Date,
        Type::TIME => Form::Time,
        Type::TIMESTAMP => Form::Timestamp,
        Type::TIMESTAMPTZ => Form::Timestamptz,
        _ if kind.name() == "citext" => Form::Text,
        _ => return None,
    })
}

/// A name as SQL has it.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as SQL has it.
pub fn literal(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('\'', "''");
    if text.contains('\\') { format!(" E'{escaped}'") } else { format!("'{escaped}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_binary_form_here_is_asked_for_as_text() {
        let column = |kind: Type| Column::new("a \"b\"", &kind);
        assert_eq!(column(Type::NUMERIC).expression(), "\"a \"\"b\"\"\"");
        assert_eq!(column(Type::INTERVAL).expression(), "\"a \"\"b\"\"\"::text");
        assert_eq!(column(Type::MONEY).expression(), "\"a \"\"b\"\"\"::numeric");
        assert_eq!((column(Type::INT4_ARRAY).form, column(Type::INT4_ARRAY).array), (Form::Int4, true));
        assert_eq!(column(Type::INT4_RANGE).cast, Some(Cast::Text));
    }

    #[test]
    fn texts_cannot_leave_their_quotes() {
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'b"), " E'a\\\\''b'");
    }
}
