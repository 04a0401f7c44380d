//! How columns are called in PostgreSQL and in memory.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use connect::postgres::column::{Column as Landed, Form, quoted};
use port::{Error, Result};
use tokio_postgres::Statement;
use tokio_postgres::types::Type;

/// A column of a table or of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Boolean,
    /// Of 64 bits, whatever the server's width.
    Integer,
    Float,
    Decimal(u8, i8),
    /// The server states no precision, as of a sum: as many decimals as the first rows have.
    Numeric,
    Text,
    Date,
    Timestamp,
    Timestamptz,
    /// Shown as text.
    Other(Form, bool),
}

/// Most digits that a decimal in memory has.
const DIGITS: u8 = 38;

impl Kind {
    pub fn of_arrow(kind: &DataType) -> Option<Kind> {
        Some(match kind {
            DataType::Boolean => Kind::Boolean,
            DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => Kind::Integer,
            DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => Kind::Integer,
            DataType::Float32 | DataType::Float64 => Kind::Float,
            DataType::Decimal128(precision, scale) => Kind::Decimal(*precision, *scale),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => Kind::Text,
            DataType::Date32 => Kind::Date,
            DataType::Timestamp(_, None) => Kind::Timestamp,
            DataType::Timestamp(_, Some(_)) => Kind::Timestamptz,
            _ => return None,
        })
    }

    fn of_answer(kind: &Type, modifier: i32) -> Option<Kind> {
        Some(match *kind {
            Type::BOOL => Kind::Boolean,
            Type::INT2 | Type::INT4 | Type::INT8 | Type::OID => Kind::Integer,
            Type::FLOAT4 | Type::FLOAT8 => Kind::Float,
            Type::NUMERIC => match precision(modifier) {
                Some((precision, scale)) => Kind::Decimal(precision, scale),
                None => Kind::Numeric,
            },
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN | Type::JSON => Kind::Text,
            Type::DATE => Kind::Date,
            Type::TIMESTAMP => Kind::Timestamp,
            Type::TIMESTAMPTZ => Kind::Timestamptz,
            _ => match Landed::new("", kind) {
                Landed { cast: None, form, array, .. } => Kind::Other(form, array),
                _ => return None,
            },
        })
    }

    /// What is stored; texts compare by bytes, as they do in the lake.
    pub fn sql(self) -> String {
        match self {
            Kind::Boolean => "boolean".to_owned(),
            Kind::Integer => "bigint".to_owned(),
            Kind::Float => "double precision".to_owned(),
            Kind::Decimal(precision, scale) => format!("numeric({precision}, {scale})"),
            Kind::Numeric => "numeric".to_owned(),
            Kind::Text | Kind::Other(..) => "text".to_owned(),
            Kind::Date => "date".to_owned(),
            Kind::Timestamp => "timestamp".to_owned(),
            Kind::Timestamptz => "timestamptz".to_owned(),
        }
    }

    pub fn arrow(self) -> DataType {
        match self {
            Kind::Boolean => DataType::Boolean,
            Kind::Integer => DataType::Int64,
            Kind::Float => DataType::Float64,
            Kind::Decimal(precision, scale) => DataType::Decimal128(precision, scale),
            Kind::Numeric => DataType::Decimal128(DIGITS, 0),
            Kind::Text | Kind::Other(..) => DataType::Utf8View,
            Kind::Date => DataType::Date32,
            Kind::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Kind::Timestamptz => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        }
    }
}

/// `numeric(precision, scale)` as the server codes it.
fn precision(modifier: i32) -> Option<(u8, i8)> {
    let code = modifier.checked_sub(4).filter(|code| *code >= 0)?;
    let (precision, scale) = ((code >> 16) & 0xFFFF, code & 0x7FF);
    let precision = u8::try_from(precision).ok().filter(|precision| *precision <= DIGITS)?;
    Some((precision, i8::try_from(scale).ok()?))
}

impl Column {
    /// What a table must have to hold a column of memory.
    pub fn of_field(field: &Field) -> Result<Column> {
        let kind = Kind::of_arrow(field.data_type()).ok_or_else(|| {
            Error::config(format!("column {} is {}, which tables cannot hold", field.name(), field.data_type()))
                .advise("cast it to a text, a number, a date or a timestamp")
        })?;
        Ok(Column { name: field.name().clone(), kind })
    }

    pub fn of_schema(schema: &Schema) -> Result<Vec<Column>> {
        schema.fields().iter().map(|field| Column::of_field(field)).collect()
    }

    /// What a statement answers.
    pub fn of_statement(statement: &Statement) -> Result<Vec<Column>> {
        let columns = statement.columns().iter();
        columns.map(|column| Column::of_type(column.name(), column.type_(), column.type_modifier())).collect()
    }

    pub fn of_type(name: &str, kind: &Type, modifier: i32) -> Result<Column> {
        let known = Kind::of_answer(kind, modifier).ok_or_else(|| {
            Error::config(format!("column {name} is {}, which cannot be shown", kind.name())).advise("cast it to text")
        })?;
        Ok(Column { name: name.to_owned(), kind: known })
    }

    /// The columns of a table that keeps a model's answer.
    pub fn kept_of(statement: &Statement, model: &str) -> Result<Vec<Column>> {
        let mut columns: Vec<Column> = Vec::new();
        for column in Column::of_statement(statement)? {
            if columns.iter().any(|known| known.name == column.name) {
                return Err(
                    Error::config(format!("{model} has two columns named {}", column.name)).advise("give one an alias")
                );
            }
            columns.push(column.kept());
        }
        Ok(columns)
    }

    /// In the form a table keeps it.
    fn kept(&self) -> Column {
        let kind = match self.kind {
            Kind::Other(..) => Kind::Text,
            kind => kind,
        };
        Column { name: self.name.clone(), kind }
    }

    pub fn quoted(&self) -> String {
        quoted(&self.name)
    }

    /// `expression` as this column, in its type.
    pub fn cast(&self, expression: &str) -> String {
        let collation = if self.kind == Kind::Text { " collate \"C\"" } else { "" };
        format!("cast({expression} as {}){collation} as {}", self.kind.sql(), self.quoted())
    }

    pub fn definition(&self) -> String {
        let collation = if self.kind == Kind::Text { " collate \"C\"" } else { "" };
        format!("{} {}{collation}", self.quoted(), self.kind.sql())
    }
}

pub fn schema(columns: &[Column]) -> SchemaRef {
    let field = |column: &Column| Field::new(&column.name, column.kind.arrow(), true);
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

/// Names with commas between, quoted.
pub fn names(columns: &[Column]) -> String {
    columns.iter().map(Column::quoted).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precisions_are_read_as_the_server_codes_them() {
        assert_eq!(precision((18 << 16) + 4 + 4), Some((18, 4)));
        assert_eq!(precision(-1), None);
        assert_eq!(precision((60 << 16) + 4), None);
    }

    #[test]
    fn texts_compare_by_bytes() {
        let text = Column { name: "a".into(), kind: Kind::Text };
        assert_eq!(text.definition(), "\"a\" text collate \"C\"");
        assert_eq!(text.cast("q.a"), "cast(q.a as text) collate \"C\" as \"a\"");
    }
}
