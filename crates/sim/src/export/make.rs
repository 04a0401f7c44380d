//! Makes files, part after part, on all threads, in bounded memory, and hands the parts on in order.

use std::ops::Range;

use port::Result;
use rayon::prelude::*;

use super::cells::Cells;
use super::collect::{Entries, Scope};
use super::entry::{Document, Entry, Version};
use super::rows::{FIRST_SERVICE, Rows};
use super::sheet::{Encoder, Fill, Format, Part};
use super::table::{CARTS, CUSTOMERS, ORDERS, PRODUCTS, STOCK, Table};
use crate::calendar::DAY_SECONDS;
use crate::fault::Hit;

/// A piece of a table's file. Pieces of a file come in order; pieces of several tables of one file may take turns.
pub struct Made {
    pub file: u32,
    pub table: &'static Table,
    pub part: Part,
    pub rows: u64,
    /// Orders placed, of the rows.
    pub orders: u64,
    /// Rows count from the beginning of this part.
    pub hits: Vec<Hit>,
}

/// Where parts go.
pub trait Sink: Send {
    fn take(&mut self, made: Made) -> Result<()>;
}

/// Orders that one walk over the customers is for, about: what they take in memory is a few dozen MiB.
const ORDERS_A_WALK: f64 = 1_200_000.0;
/// Documents in a part.
const A_PART: usize = 512;
const A_ROW_GROUP: usize = 16_384;
/// Parts that threads make side by side before they are handed on: so many that none has to wait for long for another's last one.
const PARTS_AT_ONCE: usize = 64;
const ROW_GROUPS_AT_ONCE: usize = 8;

/// Makes the scope's files.
pub fn make(scope: &Scope<'_>, format: Format, sink: &mut dyn Sink) -> Result<()> {
    let mut from = scope.files.start;
    while from < scope.files.end {
        let files = from..walked_together(scope, from);
        from = files.end;
        let group = Scope { files, ..*scope };
        let (mut at, to) = (group.reaches_back_to(), group.reaches_to());
        let mut is_first = true;
        while at < to {
            // Several files need all of their orders at once; a large file can do with some after the others.
            let next = if group.files.len() > 1 { to } else { as_many(scope, at, to) };
            let entries = group.collect(at..next);
            let (products, stock) = if is_first { assortment(&group) } else { Default::default() };
            let pieces = pieces(group.files.clone(), &entries, &products, &stock, format);
            encode(&group, format, &pieces, sink)?;
            (at, is_first) = (next, false);
        }
    }
    Ok(())
}

/// The end of the files that one walk can be for.
fn walked_together(scope: &Scope<'_>, from: u32) -> u32 {
    let (begin, _) = scope.layout.span(from);
    let mut to = from + 1;
    while to < scope.files.end && scope.shop.expected(begin, scope.layout.span(to).1) <= ORDERS_A_WALK {
        to += 1;
    }
    to
}

/// The day up to which one walk can go.
fn as_many(scope: &Scope<'_>, from: i64, to: i64) -> i64 {
    let mut next = from + DAY_SECONDS;
    while next < to && scope.shop.expected(from, next + DAY_SECONDS) <= ORDERS_A_WALK {
        next += DAY_SECONDS;
    }
    next.min(to)
}

/// What the shop sells beside goods is there from the opening on.
fn assortment(scope: &Scope<'_>) -> (Vec<Entry>, Vec<Entry>) {
    let (mut products, stock) = scope.assortment();
    let opening = scope.shop.opening();
    if scope.files.contains(&scope.layout.file(opening)) && scope.files.start == 0 {
        products.extend((FIRST_SERVICE..=u32::MAX).map(|whose| Entry {
            file: 0,
            at: opening,
            whose,
            number: 0,
            document: Document::Product,
            version: Version::Now,
            is_first: true,
            is_superseded: false,
        }));
        products.sort_unstable();
    }
    (products, stock)
}

struct Piece<'a> {
    table: &'static Table,
    entries: &'a [Entry],
}

fn pieces<'a>(
    files: Range<u32>,
    entries: &'a Entries,
    products: &'a [Entry],
    stock: &'a [Entry],
    format: Format,
) -> Vec<Piece<'a>> {
    let size = if format == Format::Parquet { A_ROW_GROUP } else { A_PART };
    let mut left = [
        (&CUSTOMERS, entries.customers.as_slice()),
        (&PRODUCTS, products),
        (&ORDERS, entries.orders.as_slice()),
        (&CARTS, entries.carts.as_slice()),
        (&STOCK, stock),
    ];
    let mut pieces = Vec::new();
    for file in files {
        for (table, left) in &mut left {
            let (of_file, rest) = left.split_at(left.partition_point(|entry| entry.file <= file));
            *left = rest;
            pieces.extend(of_file.chunks(size).map(|entries| Piece { table, entries }));
        }
    }
    pieces
}

/// Encodes pieces side by side while those before them are handed on.
fn encode(scope: &Scope<'_>, format: Format, pieces: &[Piece<'_>], sink: &mut dyn Sink) -> Result<()> {
    let at_once = match format {
        // One thread alone writes each part while the nearest caches still hold it.
        _ if rayon::current_num_threads() == 1 => 1,
        Format::Parquet => ROW_GROUPS_AT_ONCE * A_ROW_GROUP,
        _ => PARTS_AT_ONCE * A_PART,
    };
    let mut waiting: Vec<Made> = Vec::new();
    let mut from = 0;
    while from < pieces.len() {
        let (mut to, mut size) = (from, 0);
        while to < pieces.len() && (to == from || size + pieces[to].entries.len() <= at_once) {
            size += pieces[to].entries.len();
            to += 1;
        }
        let now = std::mem::take(&mut waiting);
        let hand_on = || now.into_iter().try_for_each(|made| sink.take(made));
        let encode = || pieces[from..to].par_iter().map(|piece| piece.encode(scope, format)).collect();
        let (handed, encoded): (Result<()>, Result<Vec<Made>>) = rayon::join(hand_on, encode);
        handed?;
        waiting = encoded?;
        from = to;
    }
    waiting.into_iter().try_for_each(|made| sink.take(made))
}

impl Piece<'_> {
    fn encode(&self, scope: &Scope<'_>, format: Format) -> Result<Made> {
        let mut rows = Rows::new(scope.shop, scope.layout, format != Format::Parquet);
        let mut encoder = Encoder::new(self.table, format, self.entries.len());
        encoder.fill(Writing { rows: &mut rows, entries: self.entries });
        let is_new = |entry: &&Entry| entry.document == Document::Order && entry.is_first;
        Ok(Made {
            file: self.entries[0].file,
            table: self.table,
            part: encoder.finish()?,
            rows: rows.count,
            orders: self.entries.iter().filter(is_new).count() as u64,
            hits: rows.hits,
        })
    }
}

struct Writing<'w, 'a> {
    rows: &'w mut Rows<'a>,
    entries: &'w [Entry],
}

impl Fill for Writing<'_, '_> {
    fn fill(self, cells: &mut impl Cells) {
        self.entries.iter().for_each(|entry| self.rows.write(entry, cells));
    }
}
