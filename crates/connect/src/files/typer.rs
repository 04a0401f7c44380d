//! A block of text becomes typed pieces: records are cut to cells a thousand at a time, and each column is typed through.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::buffer::Buffer;
use port::{Rejected, Result};

use super::cells::{Cell, Grid, Row, Text};
use super::typing::{ColumnBuilder, Faults, Plan};

/// Whole records, from `from` on.
#[derive(Debug, Clone)]
pub struct Block {
    pub bytes: Buffer,
    pub from: usize,
}

/// Cuts a format's records into cells. One for each thread.
pub trait Records: Send {
    /// Reads records from `at` on into `batch` until it is full or the block ends; returns where the next one starts.
    fn fill(&mut self, block: &[u8], at: usize, batch: &mut Batch) -> usize;

    /// Gives raw rows back from where they start.
    fn raw(&self) -> Arc<dyn RawRecord>;

    /// What ends lines; `None` where lines mean nothing.
    fn line_end(&self) -> Option<u8>;
}

/// Raw rows of a format, made when asked for.
pub trait RawRecord: Send + Sync {
    /// The JSON object of the record at `row.start` of `block`.
    fn raw(&self, block: &[u8], row: Row) -> String;
}

/// Records being cut.
#[derive(Default)]
pub struct Batch {
    pub grid: Grid,
    /// Cells that had to be rewritten; grows over the batches of a piece.
    pub side: Vec<u8>,
    /// Rows that are no cells at all (ragged, not UTF-8, no JSON).
    pub rejected: Vec<(Row, Rejected)>,
    /// The next row's number in the block.
    pub next: u32,
    /// The whole block is UTF-8, so its rows need no look.
    pub clean: bool,
}

impl Batch {
    /// Rows cut before their columns are typed: cells of some columns then stay in the cache.
    pub const ROWS: usize = 1024;

    pub fn is_full(&self) -> bool {
        self.grid.rows.len() >= Batch::ROWS
    }

    /// Counts a row that starts at `start`.
    #[inline]
    pub fn row(&mut self, start: usize) -> Row {
        let row = Row { ordinal: self.next, start: start as u32 };
        self.next += 1;
        row
    }

    pub fn reject(&mut self, row: Row, rule: &str, reason: String, raw: String) {
        self.rejected
            .push((row, Rejected { row: i64::from(row.ordinal), line: 0, rule: rule.to_owned(), reason, raw }));
    }
}

/// Rows of a block in Arrow's layout. Row numbers and lines count from the block's start.
pub struct Piece {
    pub arrays: Vec<ArrayRef>,
    pub rows: Vec<Row>,
    pub rejected: Vec<Rejected>,
    pub block: Buffer,
}

/// A block's pieces, how many rows and lines it had.
#[derive(Default)]
pub struct Parsed {
    pub pieces: Vec<Piece>,
    pub rows: i64,
    pub lines: u64,
}

/// Types blocks of one load.
pub struct Typer {
    plan: Plan,
    records: Box<dyn Records>,
    batch: Batch,
    faults: Faults,
}

/// Rows of a piece, at most: a chunk stays small beside what the warehouse keeps in memory.
const PIECE_ROWS: usize = 64 << 10;

impl Typer {
    pub fn new(plan: Plan, records: Box<dyn Records>, width: usize) -> Typer {
        Typer { plan, records, batch: Batch { grid: Grid::new(width), ..Batch::default() }, faults: Faults::default() }
    }

    pub fn raw(&self) -> Arc<dyn RawRecord> {
        self.records.raw()
    }

    pub fn line_end(&self) -> Option<u8> {
        self.records.line_end()
    }

    pub fn parse(&mut self, block: Block) -> Result<Parsed> {
        let bytes: &[u8] = &block.bytes;
        let mut parsed = Parsed::default();
        let mut at = block.from;
        self.batch.next = 0;
        self.batch.clean = simdutf8::basic::from_utf8(&bytes[at.min(bytes.len())..]).is_ok();
        while at < bytes.len() {
            let piece;
            (piece, at) = self.piece(&block.bytes, at)?;
            parsed.pieces.push(piece);
        }
        parsed.rows = i64::from(self.batch.next);
        parsed.lines = self.line_end().map_or(0, |end| memchr::memchr_iter(end, bytes).count() as u64);
        Ok(parsed)
    }

    /// Types rows from `at` on until the piece is full.
    fn piece(&mut self, block: &Buffer, mut at: usize) -> Result<(Piece, usize)> {
        let mut columns: Vec<ColumnBuilder> = self.plan.columns.iter().map(ColumnBuilder::new).collect();
        let mut rows: Vec<Row> = Vec::new();
        while at < block.len() && rows.len() + Batch::ROWS <= PIECE_ROWS {
            self.batch.grid.clear();
            at = self.records.fill(block, at, &mut self.batch);
            let text = Text { block, side: &self.batch.side };
            self.faults.clear(self.batch.grid.rows.len());
            for (index, (column, plan)) in columns.iter_mut().zip(&mut self.plan.columns).enumerate() {
                column.fill(index, plan, &self.plan.nulls, &self.batch.grid, text, &mut self.faults);
            }
            if !self.faults.any() {
                rows.extend_from_slice(&self.batch.grid.rows);
                continue;
            }
            for column in &mut columns {
                column.drop_faulty(rows.len(), &self.faults);
            }
            self.set_aside(block, &mut rows);
        }
        let side = std::mem::take(&mut self.batch.side);
        let buffers = if side.is_empty() { vec![block.clone()] } else { vec![block.clone(), Buffer::from_vec(side)] };
        let arrays = columns.into_iter().map(|column| column.finish(&buffers)).collect::<Result<_>>()?;
        let rejected = self.rejected(block);
        Ok((Piece { arrays, rows, rejected, block: block.clone() }, at))
    }

    /// Keeps the good rows of the batch and rejects the others.
    fn set_aside(&mut self, block: &[u8], rows: &mut Vec<Row>) {
        let raw = self.records.raw();
        for at in 0..self.batch.grid.rows.len() {
            let row = self.batch.grid.rows[at];
            let Some((index, fault)) = self.faults.get(at) else {
                rows.push(row);
                continue;
            };
            let cell =
                self.plan.columns[index].source.map_or(Cell::default(), |source| self.batch.grid.cell(at, source));
            let value = Text { block, side: &self.batch.side }.get(cell);
            let reason = fault.reason(&self.plan.table.columns[index], value);
            self.batch.reject(row, fault.rule(), reason, raw.raw(block, row));
        }
    }

    /// The rejected rows in order, with the lines they start on.
    fn rejected(&mut self, block: &[u8]) -> Vec<Rejected> {
        let mut rejected = std::mem::take(&mut self.batch.rejected);
        rejected.sort_by_key(|(row, _)| row.ordinal);
        let Some(end) = self.line_end() else { return rejected.into_iter().map(|(_, rejected)| rejected).collect() };
        let (mut counted, mut lines) = (0, 0);
        let lined = rejected.into_iter().map(|(row, rejected)| {
            let start = row.start as usize;
            lines += memchr::memchr_iter(end, &block[counted..start]).count() as u64;
            counted = start;
            Rejected { line: lines, ..rejected }
        });
        lined.collect()
    }
}
