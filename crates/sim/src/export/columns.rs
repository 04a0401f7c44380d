//! Rows as Arrow columns, for Parquet. Plain vectors, since a row has many cells and a builder's call for each adds up.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Decimal64Array, Float64Array, Int64Array, NullBufferBuilder, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow::error::ArrowError;

use super::cells::{Cells, Written};
use super::table::{Kind, Table};

pub struct Columns {
    table: &'static Table,
    columns: Vec<Column>,
    at: usize,
}

struct Column {
    kind: Kind,
    values: Values,
    valid: NullBufferBuilder,
}

enum Values {
    Text {
        bytes: Vec<u8>,
        ends: Vec<i32>,
    },
    /// Numbers, cents, microseconds.
    Number(Vec<i64>),
    Flag(Vec<bool>),
    Real(Vec<f64>),
}

/// Bytes of a text, about.
const A_TEXT: usize = 10;

impl Columns {
    /// With room for so many rows.
    pub fn with_room(table: &'static Table, rows: usize) -> Columns {
        let column = |(_, kind): &(&str, Kind)| {
            let values = match kind {
                Kind::Text => Values::Text { bytes: Vec::with_capacity(rows * A_TEXT), ends: ends(rows) },
                Kind::Int | Kind::Money | Kind::Time => Values::Number(Vec::with_capacity(rows)),
                Kind::Flag => Values::Flag(Vec::new()),
                Kind::Real => Values::Real(Vec::new()),
            };
            Column { kind: *kind, values, valid: NullBufferBuilder::new(0) }
        };
        Columns { table, columns: table.columns.iter().map(column).collect(), at: 0 }
    }

    pub fn finish(self) -> Result<RecordBatch, ArrowError> {
        let arrays = self.columns.into_iter().map(Column::finish).collect::<Result<_, _>>()?;
        RecordBatch::try_new(self.table.schema(), arrays)
    }

    #[inline]
    fn next(&mut self) -> &mut Column {
        self.at += 1;
        &mut self.columns[self.at - 1]
    }
}

fn ends(rows: usize) -> Vec<i32> {
    let mut ends = Vec::with_capacity(rows + 1);
    ends.push(0);
    ends
}

impl Column {
    fn finish(mut self) -> Result<ArrayRef, ArrowError> {
        let nulls = self.valid.finish();
        Ok(match self.values {
            Values::Text { bytes, ends } => {
                Arc::new(StringArray::try_new(OffsetBuffer::new(ends.into()), Buffer::from_vec(bytes), nulls)?)
            }
            Values::Number(numbers) => {
                let numbers = ScalarBuffer::from(numbers);
                match self.kind {
                    Kind::Time => Arc::new(TimestampMicrosecondArray::try_new(numbers, nulls)?.with_timezone("UTC")),
                    Kind::Money => {
                        let (precision, scale) = Kind::MONEY;
                        Arc::new(Decimal64Array::try_new(numbers, nulls)?.with_precision_and_scale(precision, scale)?)
                    }
                    _ => Arc::new(Int64Array::try_new(numbers, nulls)?),
                }
            }
            Values::Flag(flags) => Arc::new(BooleanArray::new(flags.into(), nulls)),
            Values::Real(numbers) => Arc::new(Float64Array::try_new(numbers.into(), nulls)?),
        })
    }

    fn null(&mut self) {
        match &mut self.values {
            Values::Text { bytes, ends } => ends.push(bytes.len() as i32),
            Values::Number(numbers) => numbers.push(0),
            Values::Flag(flags) => flags.push(false),
            Values::Real(numbers) => numbers.push(0.0),
        }
        self.valid.append_null();
    }

    #[inline]
    fn text(&mut self, text: &str) {
        let Values::Text { bytes, ends } = &mut self.values else { return self.null() };
        bytes.extend_from_slice(text.as_bytes());
        ends.push(bytes.len() as i32);
        self.valid.append_non_null();
    }

    #[inline]
    fn number(&mut self, kind: Kind, number: i64) {
        match &mut self.values {
            Values::Number(numbers) if self.kind == kind => numbers.push(number),
            _ => return self.null(),
        }
        self.valid.append_non_null();
    }

    /// The last row's value once more.
    #[inline]
    fn again(&mut self) {
        let is_valid = self.valid.is_valid(self.valid.len() - 1);
        match &mut self.values {
            Values::Text { bytes, ends } => {
                bytes.extend_from_within(ends[ends.len() - 2] as usize..);
                ends.push(bytes.len() as i32);
            }
            Values::Number(numbers) => numbers.extend_from_within(numbers.len() - 1..),
            Values::Flag(flags) => flags.extend_from_within(flags.len() - 1..),
            Values::Real(numbers) => numbers.extend_from_within(numbers.len() - 1..),
        }
        self.valid.append(is_valid);
    }
}

/// A value that is not of its column's kind becomes null: faults that need one are refused for typed formats.
impl Cells for Columns {
    fn null(&mut self) {
        self.next().null();
    }

    fn text(&mut self, text: &str) {
        self.next().text(text);
    }

    fn int(&mut self, number: i64) {
        self.next().number(Kind::Int, number);
    }

    fn money(&mut self, cents: i64) {
        self.next().number(Kind::Money, cents);
    }

    fn time(&mut self, seconds: i64) {
        self.next().number(Kind::Time, seconds * 1_000_000);
    }

    fn flag(&mut self, flag: bool) {
        let column = self.next();
        let Values::Flag(flags) = &mut column.values else { return column.null() };
        flags.push(flag);
        column.valid.append_non_null();
    }

    fn real(&mut self, number: f64) {
        let column = self.next();
        let Values::Real(numbers) = &mut column.values else { return column.null() };
        numbers.push(number);
        column.valid.append_non_null();
    }

    fn bytes(&mut self, _: &[u8]) {
        self.null();
    }

    fn end_row(&mut self) {
        self.at = 0;
    }

    /// Here `written` says of which columns: a document's rows follow one another, so the last row has the values.
    fn alike(&mut self, written: &mut Written, write: impl Fn(&mut Self)) {
        match written {
            Some(columns) => {
                self.columns[columns.clone()].iter_mut().for_each(Column::again);
                self.at = columns.end;
            }
            None => {
                let from = self.at;
                write(self);
                *written = Some(from..self.at);
            }
        }
    }
}
