//! A landed table's columns compiled for typing: where each is in the file, how it is read, what it must meet.

use std::sync::Arc;

use port::{Error, Result};
use retail::day::Zone;
use retail::source::{Column, ColumnType, LandedTable};

use super::boolean::BooleanFormat;
use super::bounds::{Limits, from_now};
use super::pattern::{KNOWN, Pattern};
use super::text::TextLimits;
use super::time::{DateFormat, TimeFormat, TimestampFormat};
use super::{DecimalFormat, IntegerFormat};

/// The shop's zone and the instant that counts as now.
#[derive(Debug, Clone)]
pub struct Clock {
    pub zone: Zone,
    pub now_micros: i64,
}

/// How a table's rows are typed.
#[derive(Debug, Clone)]
pub struct Plan {
    pub table: Arc<LandedTable>,
    pub columns: Vec<ColumnPlan>,
    pub nulls: Nulls,
}

#[derive(Debug, Clone)]
pub struct ColumnPlan {
    /// Index of the column in the file; `None` where the file lacks it.
    pub source: Option<usize>,
    pub required: bool,
    pub kind: Kind,
}

#[derive(Debug, Clone)]
pub enum Kind {
    Text(TextLimits),
    Integer(IntegerFormat, Limits<i64>),
    Decimal(DecimalFormat, Limits<i128>),
    Boolean(BooleanFormat, Limits<bool>),
    Date(DateFormat, Limits<i32>),
    Timestamp(TimestampFormat, Limits<i64>),
}

impl Plan {
    /// `sources`: for each column of the table its index in the file.
    pub fn new(table: &LandedTable, sources: &[Option<usize>], clock: &Clock) -> Result<Plan> {
        if table.columns.is_empty() {
            return Err(Error::config(format!("table {} has no columns", table.name)));
        }
        let columns = table.columns.iter().enumerate().map(|(at, column)| {
            let source = sources.get(at).copied().flatten();
            Ok(ColumnPlan { source, required: column.required, kind: kind(table, column, clock)? })
        });
        Ok(Plan {
            columns: columns.collect::<Result<_>>()?,
            nulls: Nulls::new(&table.null),
            table: Arc::new(table.clone()),
        })
    }
}

fn kind(table: &LandedTable, column: &Column, clock: &Clock) -> Result<Kind> {
    if Some(table.decimal) == table.thousands {
        return Err(Error::config(format!("table {}: decimal and thousands are the same character", table.name))
            .advise("name the two marks apart, or leave thousands out"));
    }
    Ok(match column.kind {
        ColumnType::Text => Kind::Text(TextLimits::new(column)?),
        ColumnType::Integer => {
            let mut format = IntegerFormat { decimal: table.decimal, thousands: table.thousands };
            let limits = Limits::new(column, &mut format, |_| None)?;
            Kind::Integer(format, limits)
        }
        ColumnType::Decimal => {
            let mut format = DecimalFormat { decimal: table.decimal, thousands: table.thousands };
            let limits = Limits::new(column, &mut format, |_| None)?;
            Kind::Decimal(format, limits)
        }
        ColumnType::Boolean => {
            let mut format = BooleanFormat;
            let limits = Limits::new(column, &mut format, |_| None)?;
            Kind::Boolean(format, limits)
        }
        ColumnType::Date => {
            let mut format = DateFormat(times(column, clock)?);
            let limits = Limits::new(column, &mut format, |text| {
                let micros = clock.now_micros.saturating_add(from_now(text)?);
                Some(clock.zone.clone().day(micros))
            })?;
            Kind::Date(format, limits)
        }
        ColumnType::Timestamp => {
            let mut format = TimestampFormat(times(column, clock)?);
            let limits = Limits::new(column, &mut format, |text| {
                from_now(text).map(|micros| clock.now_micros.saturating_add(micros))
            })?;
            Kind::Timestamp(format, limits)
        }
    })
}

fn times(column: &Column, clock: &Clock) -> Result<TimeFormat> {
    let patterns = column.formats.iter().map(|text| {
        Pattern::new(text).map_err(|specifier| {
            Error::config(format!("column {}: {specifier} in formats = [{text:?}] is not known", column.name))
                .advise(format!("these are: {KNOWN}"))
        })
    });
    Ok(TimeFormat::new(patterns.collect::<Result<_>>()?, clock.zone.clone()))
}

/// The texts that mean nothing, beside the empty one.
#[derive(Debug, Clone)]
pub struct Nulls {
    words: Vec<Vec<u8>>,
    /// Bit n is set where a word has n bytes (63: or more), so that nearly every cell is decided by its length.
    lengths: u64,
}

impl Nulls {
    pub fn new(words: &[String]) -> Nulls {
        let words: Vec<Vec<u8>> = words.iter().map(|word| word.trim().as_bytes().to_vec()).collect();
        let lengths = words.iter().fold(1, |lengths, word| lengths | 1 << word.len().min(63));
        Nulls { words, lengths }
    }

    #[inline]
    pub fn has(&self, bytes: &[u8]) -> bool {
        if self.lengths & 1 << bytes.len().min(63) == 0 {
            return false;
        }
        bytes.is_empty() || self.words.iter().any(|word| word == bytes)
    }
}
