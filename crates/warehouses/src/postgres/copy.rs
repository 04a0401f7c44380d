//! Rows into a table by COPY, in its binary form: <https://www.postgresql.org/docs/current/sql-copy.html>.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use bytes::{BufMut, Bytes, BytesMut};
use futures::SinkExt;
use port::{Error, Result};
use tokio_postgres::CopyInSink;

/// Days and microseconds from 1970-01-01 to 2000-01-01, from which PostgreSQL counts.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// Bytes that go to the server at once.
const PIECE: usize = 256 << 10;

/// A COPY at work.
pub struct Writer {
    sink: std::pin::Pin<Box<CopyInSink<Bytes>>>,
    buffer: BytesMut,
}

impl Writer {
    pub fn new(sink: CopyInSink<Bytes>) -> Writer {
        let mut buffer = BytesMut::with_capacity(PIECE * 2);
        buffer.put_slice(b"PGCOPY\n\xff\r\n\0");
        buffer.put_i64(0);
        Writer { sink: Box::pin(sink), buffer }
    }

    pub async fn write(&mut self, batch: &RecordBatch) -> Result<(), Failed> {
        let columns: Vec<ArrayRef> = batch.columns().iter().map(plain).collect::<Result<_>>().map_err(Failed::Ours)?;
        let cells: Vec<Cells<'_>> = columns.iter().map(cells).collect::<Result<_>>().map_err(Failed::Ours)?;
        for row in 0..batch.num_rows() {
            self.buffer.put_i16(cells.len() as i16);
            cells.iter().for_each(|cells| cells.put(row, &mut self.buffer));
            if self.buffer.len() >= PIECE {
                self.send().await?;
            }
        }
        Ok(())
    }

    /// Rows stored.
    pub async fn finish(mut self) -> Result<u64, Failed> {
        self.buffer.put_i16(-1);
        self.send().await?;
        self.sink.as_mut().finish().await.map_err(Failed::Theirs)
    }

    async fn send(&mut self) -> Result<(), Failed> {
        let piece = self.buffer.split().freeze();
        self.buffer.reserve(PIECE * 2);
        self.sink.send(piece).await.map_err(Failed::Theirs)
    }
}

/// Whose mistake it was.
pub enum Failed {
    Ours(Error),
    Theirs(tokio_postgres::Error),
}

/// A column in one of the few types that are written.
fn plain(column: &ArrayRef) -> Result<ArrayRef> {
    let kind = match column.data_type() {
        DataType::Boolean | DataType::Int64 | DataType::Float64 | DataType::Utf8View | DataType::Date32 => {
            return Ok(column.clone());
        }
        DataType::Decimal128(..) => return Ok(column.clone()),
        DataType::Timestamp(TimeUnit::Microsecond, _) => return Ok(column.clone()),
        DataType::Int8 | DataType::Int16 | DataType::Int32 => DataType::Int64,
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => DataType::Int64,
        DataType::Float32 => DataType::Float64,
        DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
        _ => DataType::Utf8View,
    };
    cast(column, &kind).map_err(|error| Error::internal(error.to_string()))
}

enum Cells<'a> {
    Boolean(&'a arrow::array::BooleanArray),
    Integer(&'a arrow::array::Int64Array),
    Float(&'a arrow::array::Float64Array),
    Text(&'a arrow::array::StringViewArray),
    Date(&'a arrow::array::Date32Array),
    Micros(&'a arrow::array::TimestampMicrosecondArray),
    Decimal(&'a arrow::array::Decimal128Array, u16),
}

fn cells(column: &ArrayRef) -> Result<Cells<'_>> {
    Ok(match column.data_type() {
        DataType::Boolean => Cells::Boolean(column.as_boolean()),
        DataType::Int64 => Cells::Integer(column.as_primitive::<Int64Type>()),
        DataType::Float64 => Cells::Float(column.as_primitive::<Float64Type>()),
        DataType::Utf8View => Cells::Text(column.as_string_view()),
        DataType::Date32 => Cells::Date(column.as_primitive::<Date32Type>()),
        DataType::Timestamp(..) => Cells::Micros(column.as_primitive::<TimestampMicrosecondType>()),
        DataType::Decimal128(_, scale) => {
            let scale = u16::try_from(*scale).map_err(|_| Error::internal("a decimal of negative scale"))?;
            Cells::Decimal(column.as_primitive::<Decimal128Type>(), scale)
        }
        other => return Err(Error::internal(format!("{other} cannot be copied"))),
    })
}

impl Cells<'_> {
    fn put(&self, row: usize, out: &mut BytesMut) {
        let null = match self {
            Cells::Boolean(values) => values.is_null(row),
            Cells::Integer(values) => values.is_null(row),
            Cells::Float(values) => values.is_null(row),
            Cells::Text(values) => values.is_null(row),
            Cells::Date(values) => values.is_null(row),
            Cells::Micros(values) => values.is_null(row),
            Cells::Decimal(values, _) => values.is_null(row),
        };
        if null {
            return out.put_i32(-1);
        }
        match self {
            Cells::Boolean(values) => {
                out.put_i32(1);
                out.put_u8(u8::from(values.value(row)));
            }
            Cells::Integer(values) => {
                out.put_i32(8);
                out.put_i64(values.value(row));
            }
            Cells::Float(values) => {
                out.put_i32(8);
                out.put_f64(values.value(row));
            }
            Cells::Text(values) => text(values.value(row), out),
            Cells::Date(values) => {
                out.put_i32(4);
                out.put_i32(values.value(row).saturating_sub(EPOCH_DAYS));
            }
            Cells::Micros(values) => {
                out.put_i32(8);
                out.put_i64(values.value(row).saturating_sub(EPOCH_MICROS));
            }
            Cells::Decimal(values, scale) => decimal(values.value(row), *scale, out),
        }
    }
}

/// PostgreSQL has no text with a NUL in it; its picture stands for it.
fn text(value: &str, out: &mut BytesMut) {
    if value.as_bytes().contains(&0) {
        return text(&value.replace('\0', "\u{2400}"), out);
    }
    out.put_i32(value.len() as i32);
    out.put_slice(value.as_bytes());
}

/// Digits of base 10000 on both sides of the point.
fn decimal(value: i128, scale: u16, out: &mut BytesMut) {
    let unit = 10_u128.pow(u32::from(scale));
    let (mut whole, mut rest) = (value.unsigned_abs() / unit, value.unsigned_abs() % unit);
    let mut digits = [0_u16; 24];
    let mut before = 0;
    while whole > 0 {
        digits[before] = (whole % 10_000) as u16;
        whole /= 10_000;
        before += 1;
    }
    digits[..before].reverse();
    let (mut count, mut left) = (before, u32::from(scale));
    while rest > 0 {
        // The next four decimals, filled with zeros where there are fewer.
        let digit = if left >= 4 {
            left -= 4;
            let unit = 10_u128.pow(left);
            let digit = rest / unit;
            rest %= unit;
            digit
        } else {
            let digit = rest * 10_u128.pow(4 - left);
            rest = 0;
            digit
        };
        digits[count] = digit as u16;
        count += 1;
    }
    out.put_i32(8 + 2 * count as i32);
    out.put_i16(count as i16);
    out.put_i16(before as i16 - 1);
    out.put_u16(if value < 0 { 0x4000 } else { 0 });
    out.put_u16(scale);
    digits[..count].iter().for_each(|digit| out.put_u16(*digit));
}

#[cfg(test)]
mod tests {
    use super::*;
    use connect::postgres::{column::Form, decode};

    #[test]
    fn decimals_are_what_the_server_reads() {
        for (value, scale, shown) in [
            (0_i128, 4, "0.0000"),
            (1, 4, "0.0001"),
            (-12_345_678, 4, "-1234.5678"),
            (123_456_789, 3, "123456.789"),
            (100_000_000, 0, "100000000"),
            (5, 1, "0.5"),
            (999_999_999_999_999_999, 4, "99999999999999.9999"),
            (-7, 12, "-0.000000000007"),
        ] {
            let mut out = BytesMut::new();
            decimal(value, scale, &mut out);
            let mut text = Vec::new();
            decode::write(Form::Numeric, &out[4..], &mut text).unwrap();
            assert_eq!(String::from_utf8(text).unwrap(), shown);
        }
    }

    #[test]
    fn a_text_with_nul_is_kept_readable() {
        let mut out = BytesMut::new();
        text("a\0b", &mut out);
        assert_eq!(&out[4..], "a\u{2400}b".as_bytes());
    }
}
