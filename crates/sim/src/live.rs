//! The shop while it is open: files by the minute, or a few, each when its time is over.
//!
//! What is in a file follows from the options and the layout alone. So a live shop that was cut off goes on behind
//! the last position that its target has, and all in all gives what it would have given without.

use std::collections::BTreeMap;

use port::{Content, DeliveredPart, Delivery, Error, Result, Takes, Target};
use retail::day::Day;

use crate::bulk::{check, on_threads};
use crate::calendar::DAY_SECONDS;
use crate::export::collect::Scope;
use crate::export::layout::{Layout, MINUTE};
use crate::export::make::{Made, Sink, make};
use crate::export::sheet::{Format, Sheet};
use crate::export::table::ORDERS;
use crate::fault::Hit;
use crate::folder::{Remembered, TRUTH, Written, faults, file_name};
use crate::shop::Shop;
use crate::truth::FAULTS;

/// The shop's clock, which may run faster than the world's.
pub trait Clock {
    /// Waits until the clock shows `at` (seconds since the epoch); false: stop now.
    fn wait_until(&mut self, at: i64) -> bool;
}

pub struct Live {
    pub what: Remembered,
    /// 0: one a processor.
    pub threads: usize,
}

/// Minutes that are made at once: so much is in memory, and so much later a customer's story is walked again.
const MINUTES_AT_ONCE: i64 = 720;
const ORDERS_AT_ONCE: f64 = 20_000.0;
/// How far a shop is made beyond what is needed now.
const DAYS_AHEAD: Day = 45;

impl Live {
    /// Delivers file after file until the clock says stop. Starts where the target is, else where history ends.
    pub fn run(
        &self,
        target: &mut dyn Target,
        clock: &mut dyn Clock,
        told: &mut dyn FnMut(i64, Written),
    ) -> Result<()> {
        let layout = self.what.layout;
        if target.capabilities().takes != Takes::Files {
            return Err(Error::config("live simulation delivers files, and this target takes rows"));
        }
        let mut file = next_file(&layout, target.position()?)?;
        let mut shop: Option<Shop> = None;
        loop {
            let day = (layout.span(file + self.at_once()).1.div_euclid(DAY_SECONDS) + 1) as Day;
            let shop = match &mut shop {
                Some(shop) if shop.until >= day => shop,
                shop => shop.insert(Shop::new(&self.what.options, day + DAYS_AHEAD)?),
            };
            check(shop, self.what.format)?;
            for (number, beat) in self.beats(shop, file)? {
                let (_, end) = layout.span(number);
                if !clock.wait_until(end) {
                    return Ok(());
                }
                target.write(&beat.delivery)?;
                told(end, beat.written);
                file = number + 1;
            }
        }
    }

    /// Files that are made at once.
    fn at_once(&self) -> u32 {
        (MINUTES_AT_ONCE * MINUTE / self.what.layout.beat).max(1) as u32
    }

    /// The next deliveries, made ahead of their time.
    fn beats(&self, shop: &Shop, from: u32) -> Result<BTreeMap<u32, Beat>> {
        let layout = self.what.layout;
        let (begin, _) = layout.span(from);
        let mut to = from + 1;
        while to < from + self.at_once() && shop.expected(begin, layout.span(to).1) <= ORDERS_AT_ONCE {
            to += 1;
        }
        let scope = Scope { shop, layout, files: from..to, end: u32::MAX };
        let mut sink = Beats { format: self.what.format, files: BTreeMap::new() };
        on_threads(self.threads, || make(&scope, self.what.format, &mut sink))??;
        // A time in which nothing happened moves the position too.
        for file in from..to {
            sink.files.entry(file).or_default();
        }
        sink.files.into_iter().map(|(file, open)| Ok((file, open.finish(&layout, file, self.what.format)?))).collect()
    }
}

/// A position is the last file's end.
fn next_file(layout: &Layout, position: Option<String>) -> Result<u32> {
    let Some(text) = position else { return Ok(layout.history()) };
    let at = text.trim().parse::<i64>().ok().filter(|at| *at >= layout.cut);
    at.map(|at| layout.file(at)).ok_or_else(|| {
        Error::config(format!("{text:?} is no position of this shop"))
            .advise("choose another folder, or remove all that was simulated there")
    })
}

struct Beat {
    delivery: Delivery,
    written: Written,
}

/// A file's tables as they come.
#[derive(Default)]
struct Open {
    sheets: BTreeMap<&'static str, Sheet<Vec<u8>>>,
    hits: Vec<Hit>,
    written: Written,
}

struct Beats {
    format: Format,
    files: BTreeMap<u32, Open>,
}

impl Sink for Beats {
    fn take(&mut self, made: Made) -> Result<()> {
        let open = self.files.entry(made.file).or_default();
        let name = made.table.name;
        if !open.sheets.contains_key(name) {
            open.sheets.insert(name, Sheet::new(made.table, self.format, Vec::new())?);
        }
        if let Some(sheet) = open.sheets.get_mut(name) {
            sheet.add(made.part)?;
        }
        if name == ORDERS.name {
            open.hits.extend(made.hits.into_iter().map(|hit| Hit { row: hit.row + open.written.lines, ..hit }));
            open.written.orders += made.orders;
            open.written.lines += made.rows;
        }
        open.written.rows += made.rows;
        Ok(())
    }
}

impl Open {
    fn finish(mut self, layout: &Layout, file: u32, format: Format) -> Result<Beat> {
        let label = layout.label(file);
        let part = |table: &str, name: String, bytes: Vec<u8>| DeliveredPart {
            table: table.to_owned(),
            name,
            content: Content::File(bytes),
        };
        let mut parts = Vec::new();
        for (table, sheet) in self.sheets {
            parts.push(part(table, file_name(table, &label, format), sheet.finish()?));
        }
        let name = FAULTS.name;
        if !self.hits.is_empty() {
            let bytes = faults(&self.hits, &file_name(ORDERS.name, &label, format))?;
            parts.push(part(name, format!("{TRUTH}/{}", file_name(name, &label, Format::Csv)), bytes));
        }
        self.written.files = parts.len() as u64;
        self.written.faults = self.hits.len() as u64;
        let position = layout.span(file).1.to_string();
        Ok(Beat { delivery: Delivery { position, parts }, written: self.written })
    }
}
