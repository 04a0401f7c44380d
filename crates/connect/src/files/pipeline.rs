//! A stream of blocks typed by several threads and given in order.
//!
//! One thread reads and cuts, others type; each block's place in the order is queued with it, so a slow block holds back
//! those behind it and the queue's length bounds what is in memory. A file of one block is typed where it is asked for.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::datatypes::SchemaRef;
use port::{Chunk, Error, RawRows, Result, Rows};

use super::cells::Row;
use super::typer::{Block, Parsed, Piece, RawRecord, Typer};

/// Gives blocks one after the other.
pub trait BlockSource: Send {
    fn next_block(&mut self) -> Result<Option<Block>>;
}

/// Rows of a load.
pub struct Pipeline {
    blocks: Ordered,
    pieces: VecDeque<Piece>,
    schema: SchemaRef,
    raw: Arc<dyn RawRecord>,
    line_end: Option<u8>,
    /// Rows and lines before the current block, and in it.
    row_base: i64,
    line_base: u64,
    block_rows: i64,
    block_lines: u64,
    notes: Arc<dyn Fn() -> Vec<String> + Send + Sync>,
}

enum Ordered {
    Here {
        source: Box<dyn BlockSource>,
        typer: Box<Typer>,
    },
    /// What comes, and at last that nothing more does: a thread that ended early said no such thing.
    Threads {
        order: Option<Receiver<Option<Receiver<Result<Parsed>>>>>,
        threads: Vec<JoinHandle<()>>,
    },
}

/// Blocks that wait or are being typed, beside one for each thread.
const QUEUED: usize = 2;
const MOST_THREADS: usize = 8;

impl Pipeline {
    /// `typers` makes a typer for each thread. `first_line` is the line on which the first block starts; `short` says that
    /// the source has a block or two, for which no threads are started.
    pub fn new(
        source: Box<dyn BlockSource>,
        schema: SchemaRef,
        typers: impl Fn() -> Result<Typer>,
        first_line: u64,
        short: bool,
        notes: Arc<dyn Fn() -> Vec<String> + Send + Sync>,
    ) -> Result<Pipeline> {
        let typer = typers()?;
        let (raw, line_end) = (typer.raw(), typer.line_end());
        let blocks = if short {
            Ordered::Here { source, typer: Box::new(typer) }
        } else {
            let count = std::thread::available_parallelism().map_or(2, usize::from).min(MOST_THREADS);
            let mut all = vec![typer];
            for _ in 1..count {
                all.push(typers()?);
            }
            start(source, all)?
        };
        let row_base = 1;
        Ok(Pipeline {
            blocks,
            pieces: VecDeque::new(),
            schema,
            raw,
            line_end,
            row_base,
            line_base: first_line,
            block_rows: 0,
            block_lines: 0,
            notes,
        })
    }

    /// With rows numbered after the first `rows`, which are another's.
    pub fn after(mut self, rows: i64) -> Pipeline {
        self.row_base += rows;
        self
    }

    /// Rows read so far, those of the current block counted whole.
    pub fn rows(&self) -> i64 {
        self.row_base - 1 + self.block_rows
    }

    fn next_parsed(&mut self) -> Result<Option<Parsed>> {
        match &mut self.blocks {
            Ordered::Here { source, typer } => source.next_block()?.map(|block| typer.parse(block)).transpose(),
            Ordered::Threads { order, .. } => {
                let lost = |_| Error::internal("a thread that reads rows ended early");
                let Some(next) = order.as_ref().map(Receiver::recv) else { return Ok(None) };
                match next.map_err(lost)? {
                    Some(parsed) => parsed.recv().map_err(lost)?.map(Some),
                    None => {
                        *order = None;
                        Ok(None)
                    }
                }
            }
        }
    }

    fn chunk(&self, piece: Piece) -> Result<Chunk> {
        let numbers = Int64Array::from_iter_values(piece.rows.iter().map(|row| self.row_base + i64::from(row.ordinal)));
        let mut arrays = piece.arrays;
        arrays.push(Arc::new(numbers) as ArrayRef);
        let batch =
            RecordBatch::try_new(self.schema.clone(), arrays).map_err(|error| Error::internal(error.to_string()))?;
        let mut rejected = piece.rejected;
        for rejected in &mut rejected {
            rejected.row += self.row_base;
            rejected.line = if self.line_end.is_some() { rejected.line + self.line_base } else { 0 };
        }
        let raw = Arc::new(PieceRows {
            block: piece.block,
            rows: piece.rows,
            raw: self.raw.clone(),
            line_end: self.line_end,
            line_base: self.line_base,
            counted: Mutex::new((0, self.line_base)),
        });
        Ok(Chunk { batch, rejected, raw, gone: false })
    }
}

impl Rows for Pipeline {
    fn next_chunk(&mut self) -> Result<Option<Chunk>> {
        loop {
            while let Some(piece) = self.pieces.pop_front() {
                if !piece.rows.is_empty() || !piece.rejected.is_empty() {
                    return self.chunk(piece).map(Some);
                }
            }
            self.row_base += self.block_rows;
            self.line_base += self.block_lines;
            let Some(parsed) = self.next_parsed()? else {
                (self.block_rows, self.block_lines) = (0, 0);
                return Ok(None);
            };
            (self.block_rows, self.block_lines) = (parsed.rows, parsed.lines);
            self.pieces = parsed.pieces.into();
        }
    }

    fn notes(&self) -> Vec<String> {
        (self.notes)()
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        if let Ordered::Threads { order, threads } = &mut self.blocks {
            // Without a receiver the reading thread stops at its next block, and the others when its queue is gone.
            drop(order.take());
            for thread in threads.drain(..) {
                // A thread that panicked has told so by its missing answer.
                let _ = thread.join();
            }
        }
    }
}

type Job = (Block, Sender<Result<Parsed>>);

fn start(source: Box<dyn BlockSource>, typers: Vec<Typer>) -> Result<Ordered> {
    let (order_in, order) = sync_channel(typers.len() + QUEUED);
    let (jobs_in, jobs) = sync_channel::<Job>(typers.len() + QUEUED);
    let jobs = Arc::new(Mutex::new(jobs));
    let spawn = |name: &str, work: Box<dyn FnOnce() + Send>| {
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work);
        thread.map_err(|error| Error::new(port::Kind::Io, format!("cannot start a thread: {error}")))
    };
    let mut threads = vec![spawn("wharf-read", Box::new(move || read(source, &order_in, &jobs_in)))?];
    for typer in typers {
        let jobs = jobs.clone();
        threads.push(spawn("wharf-type", Box::new(move || work(typer, &jobs)))?);
    }
    Ok(Ordered::Threads { order: Some(order), threads })
}

/// Reads blocks until they end or nobody wants them.
fn read(
    mut source: Box<dyn BlockSource>,
    order: &SyncSender<Option<Receiver<Result<Parsed>>>>,
    jobs: &SyncSender<Job>,
) {
    loop {
        let (answer, parsed) = channel();
        match source.next_block() {
            Ok(Some(block)) => {
                if order.send(Some(parsed)).is_err() || jobs.send((block, answer)).is_err() {
                    return;
                }
            }
            Ok(None) => {
                let _ = order.send(None);
                return;
            }
            Err(error) => {
                let _ = answer.send(Err(error));
                let _ = order.send(Some(parsed));
                return;
            }
        }
    }
}

/// Types blocks until there are no more.
fn work(mut typer: Typer, jobs: &Mutex<Receiver<Job>>) {
    loop {
        let job = match jobs.lock() {
            Ok(jobs) => jobs.recv(),
            Err(_) => return,
        };
        let Ok((block, answer)) = job else { return };
        // Nobody waits for it when the load was given up.
        let _ = answer.send(typer.parse(block));
    }
}

/// Raw rows of a piece, made from the block it keeps.
struct PieceRows {
    block: arrow::buffer::Buffer,
    rows: Vec<Row>,
    raw: Arc<dyn RawRecord>,
    line_end: Option<u8>,
    line_base: u64,
    /// Up to which byte lines are counted, and the line there: rows are asked for in their order, and few of them.
    counted: Mutex<(usize, u64)>,
}

impl RawRows for PieceRows {
    fn raw(&self, index: usize) -> String {
        self.rows.get(index).map_or_else(|| "{}".to_owned(), |row| self.raw.raw(&self.block, *row))
    }

    fn line(&self, index: usize) -> u64 {
        let (Some(end), Some(row)) = (self.line_end, self.rows.get(index)) else { return 0 };
        let start = row.start as usize;
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.0 > start {
            *counted = (0, self.line_base);
        }
        let lines = memchr::memchr_iter(end, &self.block[counted.0..start]).count() as u64;
        *counted = (start, counted.1 + lines);
        counted.1
    }
}
