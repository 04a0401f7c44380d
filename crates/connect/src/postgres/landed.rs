//! A landed copy: what the server sent, as it sent it, with a head that says what the columns are.
//!
//! Zstandard frames one after the other, and in them: a line of JSON ([`Head`]); tuples of COPY's binary format that name by
//! their key what is no longer there; its end mark; tuples of rows; its end mark. Typing happens whenever the copy is read,
//! by the same code as a file's cells.

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use arrow::buffer::Buffer;
use port::{Chunk, Error, Fetched, Result, Rows};
use retail::source::LandedTable;
use serde::{Deserialize, Serialize};

use super::column::Column;
use super::tuples::{Tuples, TuplesRaw, tuple_end};
use crate::files::header::{added_note, match_columns};
use crate::files::pipeline::{BlockSource, Pipeline};
use crate::files::typer::{Block, Typer};
use crate::files::typing::Plan;
use crate::files::{Input, Settings};

/// How names of landed copies end.
pub const EXTENSION: &str = ".pgcopy";
/// What ends a section: a tuple of -1 fields.
pub const END: [u8; 2] = [0xff, 0xff];

const FORMAT: &str = "wharf postgres 1";
/// Copies smaller than this are typed without threads.
const SHORT: u64 = 64 << 10;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Head {
    format: String,
    /// What was read, for people.
    pub relation: String,
    pub columns: Vec<Column>,
    /// Those of the tuples that name what is gone.
    pub gone: Vec<Column>,
}

impl Head {
    pub fn new(relation: &str, columns: Vec<Column>, gone: Vec<Column>) -> Head {
        Head { format: FORMAT.to_owned(), relation: relation.to_owned(), columns, gone }
    }

    /// The line, with its end.
    pub fn render(&self) -> Result<Vec<u8>> {
        let mut line = serde_json::to_vec(self).map_err(|error| Error::internal(error.to_string()))?;
        line.push(b'\n');
        Ok(line)
    }
}

/// An opened copy; its head was read.
pub struct Copy {
    pub head: Head,
    tuples: Box<dyn BufRead + Send>,
    name: String,
}

impl Copy {
    pub fn open(copy: &Input, name: &str) -> Result<Copy> {
        let decoder = zstd::Decoder::new(copy.open()?).map_err(|error| damaged(name, error))?;
        let mut tuples = BufReader::with_capacity(1 << 20, decoder);
        let mut line = Vec::new();
        tuples.read_until(b'\n', &mut line).map_err(|error| damaged(name, error))?;
        let head: Head = serde_json::from_slice(&line).map_err(|error| damaged(name, error))?;
        if head.format != FORMAT {
            return Err(Error::input(format!("{name} was landed by another version of wharf: {}", head.format))
                .advise("use that version, or take the load back with `wharf undo` and read the table anew"));
        }
        Ok(Copy { head, tuples: Box::new(tuples), name: name.to_owned() })
    }

    /// The next section, a block of whole tuples at a time.
    pub fn section(self, block_bytes: usize) -> Section {
        Section { copy: self, block_bytes, buffer: Vec::new(), ended: false }
    }
}

/// Tuples up to the next end mark.
pub struct Section {
    copy: Copy,
    block_bytes: usize,
    /// Read and not given yet.
    buffer: Vec<u8>,
    ended: bool,
}

impl Section {
    /// Whole tuples, about as many bytes as asked for; `None` at the end of the section.
    pub fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let mut at = 0;
        while !self.ended {
            match tuple_end(&self.buffer, at) {
                Some(end) if end == at => {
                    self.ended = true;
                    break;
                }
                Some(end) => {
                    at = end;
                    if at >= self.block_bytes {
                        break;
                    }
                }
                None => self.fill()?,
            }
        }
        if at == 0 {
            return Ok(None);
        }
        let rest = self.buffer.split_off(at);
        Ok(Some(std::mem::replace(&mut self.buffer, rest)))
    }

    fn fill(&mut self) -> Result<()> {
        let before = self.buffer.len();
        let wanted = self.block_bytes.max(1 << 16) as u64;
        let read = self.copy.tuples.by_ref().take(wanted).read_to_end(&mut self.buffer);
        read.map_err(|error| damaged(&self.copy.name, error))?;
        if self.buffer.len() == before {
            return Err(damaged(&self.copy.name, "it ends in the middle of a row"));
        }
        Ok(())
    }

    /// What follows the end mark of a section that was read to its end.
    pub fn following(mut self) -> Section {
        self.buffer.drain(..END.len().min(self.buffer.len()));
        self.ended = false;
        self
    }
}

impl BlockSource for Section {
    fn next_block(&mut self) -> Result<Option<Block>> {
        Ok(self.next()?.map(|bytes| Block { bytes: Buffer::from_vec(bytes), from: 0 }))
    }
}

/// Typed rows of a copy.
pub fn read(table: &LandedTable, load: &Fetched, copy: &Input, settings: &Settings) -> Result<Box<dyn Rows>> {
    let copy = Copy::open(copy, &load.name)?;
    let head = copy.head.clone();
    let mut section = copy.section(settings.block_bytes());
    let mut blocks = Vec::new();
    while let Some(block) = section.next()? {
        blocks.push(block);
    }
    let rows = section.following();
    let gone = match blocks.is_empty() {
        true => None,
        false => {
            Some(pipeline(Box::new(Memory(blocks.into_iter())), &nameless(table), &head.gone, &head, settings, true)?)
        }
    };
    let rows = pipeline(Box::new(rows), table, &head.columns, &head, settings, load.size < SHORT)?;
    Ok(Box::new(LandedRows { gone, rows: Some(rows), last: 0 }))
}

fn pipeline(
    blocks: Box<dyn BlockSource>,
    table: &LandedTable,
    columns: &[Column],
    head: &Head,
    settings: &Settings,
    short: bool,
) -> Result<Pipeline> {
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let matched = match_columns(table, &names, &head.relation, 0)?;
    let plan = Plan::new(table, &matched.sources, settings.clock())?;
    let raw = Arc::new(TuplesRaw::new(columns));
    let used: Vec<bool> = (0..columns.len()).map(|at| matched.sources.contains(&Some(at))).collect();
    let typers = || Ok(Typer::new(plan.clone(), Box::new(Tuples::new(raw.clone(), used.clone())), columns.len()));
    let added: Vec<String> = matched.added.iter().map(|at| names[*at].clone()).collect();
    let mut notes: Vec<String> = added_note(table, &head.relation, &added).into_iter().collect();
    let written = columns.iter().enumerate().filter(|(at, column)| used[*at] && column.cast.is_some());
    notes.extend(written.map(|(_, column)| {
        format!(
            "{}: column {} is of type {}, and read as the server writes it",
            head.relation, column.name, column.kind
        )
    }));
    let notes = Arc::new(move || notes.clone());
    Pipeline::new(blocks, Chunk::schema(table), typers, 0, short, notes)
}

/// The table for rows of which only the key is known: nothing else is asked of them.
fn nameless(table: &LandedTable) -> LandedTable {
    let mut table = table.clone();
    for column in &mut table.columns {
        let is_key = table.key.contains(&column.name);
        (column.required, column.optional) = (false, !is_key);
        (column.min, column.max, column.values) = (None, None, Vec::new());
    }
    table
}

struct Memory(std::vec::IntoIter<Vec<u8>>);

impl BlockSource for Memory {
    fn next_block(&mut self) -> Result<Option<Block>> {
        Ok(self.0.next().map(|bytes| Block { bytes: Buffer::from_vec(bytes), from: 0 }))
    }
}

/// First what is gone, then rows, numbered on.
struct LandedRows {
    gone: Option<Pipeline>,
    rows: Option<Pipeline>,
    /// Rows numbered so far.
    last: i64,
}

impl Rows for LandedRows {
    fn next_chunk(&mut self) -> Result<Option<Chunk>> {
        if let Some(gone) = &mut self.gone {
            if let Some(chunk) = gone.next_chunk()? {
                return Ok(Some(Chunk { gone: true, ..chunk }));
            }
            self.last = gone.rows();
            self.rows = self.rows.take().map(|rows| rows.after(self.last));
            self.gone = None;
        }
        self.rows.as_mut().map_or(Ok(None), Pipeline::next_chunk)
    }

    fn notes(&self) -> Vec<String> {
        self.rows.as_ref().map(Rows::notes).unwrap_or_default()
    }
}

fn damaged(name: &str, error: impl std::fmt::Display) -> Error {
    Error::input(format!("the landed copy of {name} is damaged: {error}"))
        .advise("restore landing/ from a backup, or take the load back with `wharf undo`")
}
