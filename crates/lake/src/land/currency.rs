//! Rows in a currency that has no way into the reporting one: set aside, with what to do about it.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};
use port::{Error, Land, Result};
use retail::day::{Day, Zone};
use retail::exchange::Exchange;
use retail::source::LandedTable;

pub struct Currencies {
    exchange: Arc<Exchange>,
    /// Of rows that name none.
    usual: String,
    column: Option<usize>,
    dated_by: Option<(usize, String)>,
    zone: Zone,
}

impl Currencies {
    /// `None` where every row of the table is in the reporting currency, or has nothing by which to tell.
    pub fn of(request: &Land, table: &LandedTable) -> Result<Option<Currencies>> {
        let (source, exchange) = (&request.source, request.exchange.clone());
        if table.currency.is_none() && (source.currency == exchange.currency || table.dated_by.is_none()) {
            return Ok(None);
        }
        let position = |name: &String| table.columns.iter().position(|column| column.name == *name);
        let zone = Zone::new(&source.timezone);
        let zone = zone.ok_or_else(|| Error::config(format!("{:?} is not a time zone", source.timezone)))?;
        Ok(Some(Currencies {
            exchange,
            usual: source.currency.clone(),
            column: table.currency.as_ref().and_then(position),
            dated_by: table.dated_by.as_ref().and_then(|name| Some((position(name)?, name.clone()))),
            zone,
        }))
    }

    /// Rows that cannot be used: index, rule and reason.
    pub fn foreign(&self, batch: &RecordBatch) -> Vec<(usize, &'static str, String)> {
        let named = self.column.map(|at| batch.column(at).as_string_view());
        let mut zone = self.zone.clone();
        let mut found = Vec::new();
        // Rows of a file lie together by day, so an answer mostly serves the next row too.
        let mut last: Option<(String, Day, bool)> = None;
        for row in 0..batch.num_rows() {
            let currency = named.and_then(|named| named.is_valid(row).then(|| named.value(row)));
            let currency = currency.map_or_else(|| self.usual.clone(), str::to_uppercase);
            if currency == self.exchange.currency {
                continue;
            }
            if self.exchange.rates.is_none() {
                found.push((row, "other_currency", self.no_rates(&currency)));
                continue;
            }
            let Some(day) = self.day(batch, row, &mut zone) else {
                found.push((row, "no_rate", self.no_day(&currency)));
                continue;
            };
            let known = match &last {
                Some((of, on, known)) if *of == currency && *on == day => *known,
                _ => self.exchange.rate(&currency, day).is_some(),
            };
            if !known {
                found.push((row, "no_rate", self.exchange.no_rate(&currency, day)));
            }
            last = Some((currency, day, known));
        }
        found
    }

    fn day(&self, batch: &RecordBatch, row: usize, zone: &mut Zone) -> Option<Day> {
        let column = batch.column(self.dated_by.as_ref()?.0);
        if column.is_null(row) {
            return None;
        }
        match column.data_type() {
            DataType::Date32 => Some(column.as_primitive::<Date32Type>().value(row)),
            DataType::Timestamp(..) => Some(zone.day(column.as_primitive::<TimestampMicrosecondType>().value(row))),
            _ => None,
        }
    }

    fn no_rates(&self, currency: &str) -> String {
        let ours = &self.exchange.currency;
        format!("the row is in {currency} and the shop reports in {ours}: give exchange rates, [rates] in wharf.toml")
    }

    fn no_day(&self, currency: &str) -> String {
        let name = self.dated_by.as_ref().map_or("dated_by", |(_, name)| name);
        format!("the row is in {currency} and has no {name}, so there is no day to take a rate of")
    }
}
