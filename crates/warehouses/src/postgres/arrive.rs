//! Rows of an answer, from the server's binary form into memory.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, RecordBatch,
    StringViewBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use connect::postgres::decode;
use port::{Error, Result};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};

use super::columns::{Column, Kind};

const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// A value as it came; `None` is null.
struct Raw<'a>(Option<&'a [u8]>);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Raw(Some(raw)))
    }

    fn from_sql_null(_: &Type) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Raw(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The schema of an answer, as its first rows show it: where the server states no decimals, as many as these have.
pub fn schema(columns: &[Column], first: &[Row]) -> Result<SchemaRef> {
    let mut fields = Vec::with_capacity(columns.len());
    for (at, column) in columns.iter().enumerate() {
        let kind = match column.kind {
            Kind::Numeric => {
                let mut most = 0;
                for row in first {
                    if let Some(bytes) = raw(row, at)? {
                        most = most.max(decimals(bytes).unwrap_or(0));
                    }
                }
                DataType::Decimal128(38, most)
            }
            kind => kind.arrow(),
        };
        fields.push(Field::new(&column.name, kind, true));
    }
    Ok(Arc::new(Schema::new(fields)))
}

pub fn batch(columns: &[Column], schema: &SchemaRef, rows: &[Row]) -> Result<RecordBatch> {
    let arrays = columns.iter().zip(schema.fields()).enumerate();
    let arrays: Vec<ArrayRef> =
        arrays.map(|(at, (column, field))| array(column, field, rows, at)).collect::<Result<_>>()?;
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(rows.len()));
    RecordBatch::try_new_with_options(schema.clone(), arrays, &options).map_err(|e| Error::internal(e.to_string()))
}

fn raw(row: &Row, at: usize) -> Result<Option<&[u8]>> {
    let raw: Raw<'_> = row.try_get(at).map_err(|error| Error::internal(error.to_string()))?;
    Ok(raw.0)
}

fn array(column: &Column, field: &Field, rows: &[Row], at: usize) -> Result<ArrayRef> {
    let unreadable = || Error::internal(format!("a value of {} cannot be read", column.name));
    macro_rules! built {
        ($builder:expr, $value:expr) => {{
            let mut builder = $builder;
            for row in rows {
                match raw(row, at)? {
                    Some(bytes) => builder.append_value($value(bytes)?),
                    None => builder.append_null(),
                }
            }
            Ok(Arc::new(builder.finish()))
        }};
    }
    let integer = |bytes: &[u8]| match bytes.len() {
        2 => bytes.try_into().map(|bytes| i64::from(i16::from_be_bytes(bytes))).map_err(|_| unreadable()),
        4 if *rows[0].columns()[at].type_() == Type::OID => {
            bytes.try_into().map(|bytes| i64::from(u32::from_be_bytes(bytes))).map_err(|_| unreadable())
        }
        4 => bytes.try_into().map(|bytes| i64::from(i32::from_be_bytes(bytes))).map_err(|_| unreadable()),
        _ => bytes.try_into().map(i64::from_be_bytes).map_err(|_| unreadable()),
    };
    match (column.kind, field.data_type()) {
        (Kind::Boolean, _) => built!(BooleanBuilder::new(), |bytes: &[u8]| Ok::<_, Error>(bytes == [1])),
        (Kind::Integer, _) => built!(Int64Builder::new(), integer),
        (Kind::Float, _) => built!(Float64Builder::new(), |bytes: &[u8]| match bytes.len() {
            4 => bytes.try_into().map(|bytes| f64::from(f32::from_be_bytes(bytes))).map_err(|_| unreadable()),
            _ => bytes.try_into().map(f64::from_be_bytes).map_err(|_| unreadable()),
        }),
        (Kind::Decimal(..) | Kind::Numeric, DataType::Decimal128(precision, scale)) => {
            let kind = DataType::Decimal128(*precision, *scale);
            built!(Decimal128Builder::new().with_data_type(kind), |bytes: &[u8]| {
                decimal(bytes, *scale).ok_or_else(|| too_fine(&column.name, *scale))
            })
        }
        (Kind::Date, _) => built!(Date32Builder::new(), |bytes: &[u8]| {
            let days: [u8; 4] = bytes.try_into().map_err(|_| unreadable())?;
            Ok::<_, Error>(i32::from_be_bytes(days).saturating_add(EPOCH_DAYS))
        }),
        (Kind::Timestamp | Kind::Timestamptz, kind) => {
            built!(TimestampMicrosecondBuilder::new().with_data_type(kind.clone()), |bytes: &[u8]| {
                let micros: [u8; 8] = bytes.try_into().map_err(|_| unreadable())?;
                Ok::<_, Error>(i64::from_be_bytes(micros).saturating_add(EPOCH_MICROS))
            })
        }
        (Kind::Text, _) => {
            built!(StringViewBuilder::new(), |bytes| std::str::from_utf8(bytes).map_err(|_| unreadable()))
        }
        (Kind::Other(form, array), _) => built!(StringViewBuilder::new(), |bytes| {
            let mut out = Vec::new();
            let written = match array {
                true => decode::write_array(form, bytes, &mut out),
                false => decode::write(form, bytes, &mut out),
            };
            written.and_then(|()| String::from_utf8(out).ok()).ok_or_else(unreadable)
        }),
        _ => Err(unreadable()),
    }
}

fn too_fine(column: &str, scale: i8) -> Error {
    Error::config(format!("{column} has a value with more than the {scale} decimals of the first rows, or too large"))
        .advise(format!("say how many it shall have: cast({column} as decimal(18, 4))"))
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at * 2..at * 2 + 2)?.try_into().ok()?))
}

/// Decimals that a numeric shows.
fn decimals(bytes: &[u8]) -> Option<i8> {
    i8::try_from(word(bytes, 3)?).ok().map(|decimals| decimals.min(37))
}

/// A numeric in units of 10^-scale; `None` where it does not fit, or is no number.
fn decimal(bytes: &[u8], scale: i8) -> Option<i128> {
    let (count, weight, sign) = (usize::from(word(bytes, 0)?), i32::from(word(bytes, 1)? as i16), word(bytes, 2)?);
    let mut value: i128 = 0;
    for at in 0..count {
        value = value.checked_mul(10_000)?.checked_add(i128::from(word(bytes, 4 + at)?))?;
    }
    // The last digit counts 10000^(weight - count + 1).
    let power = (weight - count as i32 + 1) * 4 + i32::from(scale);
    let value = match u32::try_from(power) {
        _ if value == 0 => 0,
        Ok(power) => value.checked_mul(10_i128.checked_pow(power)?)?,
        Err(_) => {
            let unit = 10_i128.checked_pow(power.unsigned_abs())?;
            if value % unit != 0 {
                return None;
            }
            value / unit
        }
    };
    match sign {
        0 => Some(value),
        0x4000 => Some(-value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric(weight: i16, sign: u16, scale: u16, digits: &[u16]) -> Vec<u8> {
        let head = [digits.len() as u16, weight as u16, sign, scale];
        head.iter().chain(digits).flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn numerics_are_exact() {
        assert_eq!(decimal(&numeric(0, 0, 2, &[12, 3400]), 2), Some(1234));
        assert_eq!(decimal(&numeric(0, 0, 2, &[12, 3400]), 4), Some(123_400));
        assert_eq!(decimal(&numeric(1, 0x4000, 0, &[1, 2]), 4), Some(-100_020_000));
        assert_eq!(decimal(&numeric(-1, 0, 4, &[1]), 4), Some(1));
        assert_eq!(decimal(&numeric(2, 0, 0, &[1]), 0), Some(100_000_000));
        assert_eq!(decimal(&numeric(0, 0, 0, &[]), 4), Some(0));
        assert_eq!(decimal(&numeric(0, 0, 3, &[1, 2340]), 2), None);
        assert_eq!(decimal(&numeric(0, 0xC000, 0, &[]), 2), None);
        assert_eq!(decimals(&numeric(0, 0, 16, &[1])), Some(16));
    }
}
