//! Rows as Arrow columns, for Parquet and for targets that take rows.

use arrow::array::{
    ArrayRef, BooleanBuilder, Decimal128Builder, Float64Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::error::ArrowError;
use std::sync::Arc;

use super::cells::Cells;
use super::table::{Kind, Table};

pub struct Columns {
    table: &'static Table,
    builders: Vec<Builder>,
    at: usize,
}

enum Builder {
    Text(StringBuilder),
    Int(Int64Builder),
    Money(Decimal128Builder),
    Time(TimestampMicrosecondBuilder),
    Flag(BooleanBuilder),
    Real(Float64Builder),
}

impl Columns {
    pub fn new(table: &'static Table) -> Columns {
        let builder = |(_, kind): &(&str, Kind)| match kind {
            Kind::Text => Builder::Text(StringBuilder::new()),
            Kind::Int => Builder::Int(Int64Builder::new()),
            Kind::Money => Builder::Money(Decimal128Builder::new().with_data_type(kind.arrow())),
            Kind::Time => Builder::Time(TimestampMicrosecondBuilder::new().with_data_type(kind.arrow())),
            Kind::Flag => Builder::Flag(BooleanBuilder::new()),
            Kind::Real => Builder::Real(Float64Builder::new()),
        };
        Columns { table, builders: table.columns.iter().map(builder).collect(), at: 0 }
    }

    pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let array = |builder: &mut Builder| -> ArrayRef {
            match builder {
                Builder::Text(builder) => Arc::new(builder.finish()),
                Builder::Int(builder) => Arc::new(builder.finish()),
                Builder::Money(builder) => Arc::new(builder.finish()),
                Builder::Time(builder) => Arc::new(builder.finish()),
                Builder::Flag(builder) => Arc::new(builder.finish()),
                Builder::Real(builder) => Arc::new(builder.finish()),
            }
        };
        RecordBatch::try_new(self.table.schema(), self.builders.iter_mut().map(array).collect())
    }

    fn next(&mut self) -> &mut Builder {
        self.at += 1;
        &mut self.builders[self.at - 1]
    }
}

/// A value that is not of its column's kind becomes null: faults that need one are refused for typed formats.
impl Cells for Columns {
    fn null(&mut self) {
        match self.next() {
            Builder::Text(builder) => builder.append_null(),
            Builder::Int(builder) => builder.append_null(),
            Builder::Money(builder) => builder.append_null(),
            Builder::Time(builder) => builder.append_null(),
            Builder::Flag(builder) => builder.append_null(),
            Builder::Real(builder) => builder.append_null(),
        }
    }

    fn text(&mut self, text: &str) {
        match self.next() {
            Builder::Text(builder) => builder.append_value(text),
            _ => self.instead(),
        }
    }

    fn int(&mut self, number: i64) {
        match self.next() {
            Builder::Int(builder) => builder.append_value(number),
            _ => self.instead(),
        }
    }

    fn money(&mut self, cents: i64) {
        match self.next() {
            Builder::Money(builder) => builder.append_value(i128::from(cents)),
            _ => self.instead(),
        }
    }

    fn time(&mut self, seconds: i64) {
        match self.next() {
            Builder::Time(builder) => builder.append_value(seconds * 1_000_000),
            _ => self.instead(),
        }
    }

    fn flag(&mut self, flag: bool) {
        match self.next() {
            Builder::Flag(builder) => builder.append_value(flag),
            _ => self.instead(),
        }
    }

    fn real(&mut self, number: f64) {
        match self.next() {
            Builder::Real(builder) => builder.append_value(number),
            _ => self.instead(),
        }
    }

    fn bytes(&mut self, _: &[u8]) {
        self.null();
    }

    fn end_row(&mut self) {
        self.at = 0;
    }
}

impl Columns {
    fn instead(&mut self) {
        self.at -= 1;
        self.null();
    }
}
