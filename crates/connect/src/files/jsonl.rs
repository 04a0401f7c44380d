//! JSON lines: an object a line.
//!
//! Numbers stay the text they are until they are typed, so none passes through floating point; a nested value becomes its
//! JSON text. A line that is no object, or names a column twice, is set aside as `bad_json`. A key that a line lacks is
//! null there, but a column that none of the first lines has is missing from the file.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::sync::{Arc, Mutex};

use arrow::buffer::Buffer;
use port::{Chunk, Result, Rows};
use retail::source::LandedTable;
use serde_json::value::RawValue;

use super::blocks::Blocks;
use super::cells::{Cell, Row, trim};
use super::dialect::Dialect;
use super::header::{added_note, missing_columns, names, normal};
use super::input::Origin;
use super::pipeline::{BlockSource, Pipeline};
use super::typer::{Batch, Block, RawRecord, Records, Typer};
use super::typing::Plan;
use super::{Settings, encoding, json_object, json_text};

/// The typed rows of JSON lines.
pub fn read(
    table: &LandedTable,
    reader: Box<dyn Read + Send>,
    origin: Origin,
    settings: &Settings,
) -> Result<Box<dyn Rows>> {
    let (reader, _) = encoding::utf8(reader, table.encoding.as_deref(), &origin)?;
    let mut blocks = Blocks::new(reader, origin.clone(), LINES, settings.block_bytes);
    blocks.skip_lines(table.skip_lines)?;
    let sample = blocks.sample()?;
    if trim(sample).starts_with(b"[") {
        return Err(port::Error::input(format!("{} is one JSON array, not JSON lines", origin.name()))
            .advise("write an object on each line, for instance with  jq -c '.[]' FILE > FILE.jsonl"));
    }
    let keys = Arc::new(Keys::new(table));
    expect_columns(table, &keys, sample, &origin)?;
    let first = blocks.next()?;
    let sources: Vec<Option<usize>> = (0..table.columns.len()).map(Some).collect();
    let plan = Plan::new(table, &sources, &settings.clock)?;
    let width = table.columns.len();
    let raw_numbers = writes_numbers(table);
    let typers = || Ok(Typer::new(plan.clone(), Box::new(JsonRecords::new(keys.clone(), raw_numbers)), width));
    let (short, first_line) = (blocks.ended(), table.skip_lines as u64 + 1);
    let source = JsonBlocks { first, blocks };
    let notes = {
        let (keys, table, name) = (keys.clone(), table.clone(), origin.name().to_owned());
        move || added_note(&table, &name, &keys.added()).into_iter().collect()
    };
    let schema = Chunk::schema(table);
    Ok(Box::new(Pipeline::new(Box::new(source), schema, typers, first_line, short, Arc::new(notes))?))
}

/// Whether a number of the file's own must stay one in the raw row: where the table's marks would read it otherwise.
pub fn writes_numbers(table: &LandedTable) -> bool {
    table.decimal != '.' || table.thousands.is_some()
}

/// Lines are cut at line feeds alone: JSON text has none inside. No byte quotes (UTF-8 has no FF).
const LINES: Dialect = Dialect { delimiter: 0, quote: 0xff, line_end: b'\n', quote_limit: 0 };

/// Each column that is not optional must be in one of the first lines.
fn expect_columns(table: &LandedTable, keys: &Keys, sample: &[u8], origin: &Origin) -> Result<()> {
    let mut found = vec![None; table.columns.len()];
    let mut header: Vec<String> = Vec::new();
    let mut objects = 0;
    for line in sample.split(|byte| *byte == b'\n') {
        let Some(pairs) = std::str::from_utf8(line).ok().and_then(|line| json_object::pairs(line).ok()) else {
            continue;
        };
        objects += 1;
        for (key, _) in pairs {
            if let Some(column) = keys.column(&key) {
                found[column] = Some(column);
            }
            if !header.iter().any(|name| *name == key) {
                header.push(key.into_owned());
            }
        }
    }
    let missing: Vec<_> = table
        .columns
        .iter()
        .zip(&found)
        .filter(|(column, found)| found.is_none() && !column.optional)
        .map(|(column, _)| column)
        .collect();
    if objects == 0 || missing.is_empty() {
        return Ok(());
    }
    let taken: Vec<Option<usize>> =
        (0..header.len()).filter(|at| keys.column(&header[*at]).is_some()).map(Some).collect();
    Err(missing_columns(table, &missing, &header, &taken).at(origin.name(), 0, 0))
}

struct JsonBlocks {
    first: Option<Vec<u8>>,
    blocks: Blocks,
}

impl BlockSource for JsonBlocks {
    fn next_block(&mut self) -> Result<Option<Block>> {
        let bytes = match self.first.take() {
            Some(first) => Some(first),
            None => self.blocks.next()?,
        };
        Ok(bytes.map(|bytes| Block { bytes: Buffer::from_vec(bytes), from: 0 }))
    }
}

/// Which key is which column, and the keys that are none.
struct Keys {
    columns: HashMap<String, usize>,
    added: Mutex<BTreeSet<String>>,
}

/// Keys that no column has, remembered for the note about them.
const ADDED: usize = 100;

impl Keys {
    fn new(table: &LandedTable) -> Keys {
        let mut columns = HashMap::new();
        for (index, column) in table.columns.iter().enumerate() {
            for name in names(column) {
                columns.entry(name).or_insert(index);
            }
        }
        Keys { columns, added: Mutex::new(BTreeSet::new()) }
    }

    fn column(&self, key: &str) -> Option<usize> {
        self.columns.get(&normal(key)).copied()
    }

    fn add(&self, key: &str) {
        if let Ok(mut added) = self.added.lock()
            && added.len() < ADDED
        {
            added.insert(key.to_owned());
        }
    }

    fn added(&self) -> Vec<String> {
        self.added.lock().map(|added| added.iter().cloned().collect()).unwrap_or_default()
    }
}

/// Cuts objects into cells, one for each column of the table.
struct JsonRecords {
    keys: Arc<Keys>,
    raw: Arc<JsonRaw>,
    /// Columns of the keys met so far: a file has few.
    known: HashMap<String, Option<usize>>,
    /// The keys of the line before, in order: the next line mostly has the same.
    last: Vec<(String, Option<usize>)>,
    /// Cells of the line being read.
    row: Vec<Option<Cell>>,
}

impl JsonRecords {
    fn new(keys: Arc<Keys>, numbers: bool) -> JsonRecords {
        JsonRecords {
            keys,
            raw: Arc::new(JsonRaw { numbers }),
            known: HashMap::new(),
            last: Vec::new(),
            row: Vec::new(),
        }
    }

    fn column(&mut self, at: usize, key: &str) -> Option<usize> {
        if let Some((last, column)) = self.last.get(at)
            && last == key
        {
            return *column;
        }
        let column = match self.known.get(key) {
            Some(column) => *column,
            None => {
                let column = self.keys.column(key);
                if column.is_none() {
                    self.keys.add(key);
                }
                // Files with ever new keys must not fill the memory.
                if self.known.len() < 10_000 {
                    self.known.insert(key.to_owned(), column);
                }
                column
            }
        };
        self.last.truncate(at);
        if self.last.len() == at {
            self.last.push((key.to_owned(), column));
        }
        column
    }

    /// Cuts one line, which lies at `start` of the block; `Err` says what is wrong with it.
    fn cut(&mut self, line: &str, start: usize, width: usize, batch: &mut Batch) -> Result<(), String> {
        let pairs = json_object::pairs(line)?;
        self.row.clear();
        self.row.resize(width, None);
        for (at, (key, value)) in pairs.iter().enumerate() {
            let Some(column) = self.column(at, key) else { continue };
            if self.row[column].is_some() {
                return Err(format!("column {key} is there twice"));
            }
            self.row[column] = Some(cell(line, start, value, &mut batch.side)?);
        }
        batch.grid.cells.extend(self.row.iter().map(|cell| cell.unwrap_or_default()));
        Ok(())
    }
}

/// Where a value's text lies.
fn cell(line: &str, start: usize, value: &RawValue, side: &mut Vec<u8>) -> Result<Cell, String> {
    let text = value.get();
    // The value is a slice of the line, so the distance of their addresses is its place there.
    let offset = start + (text.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
    let whole = Cell::new(offset, offset + text.len());
    Ok(match text.as_bytes() {
        b"null" => Cell::default(),
        [b'"', inner @ .., b'"'] if memchr::memchr(b'\\', inner).is_none() => {
            Cell::new(offset + 1, offset + 1 + inner.len())
        }
        [b'"', ..] => {
            let from = side.len();
            side.extend_from_slice(json_object::string(text)?.as_bytes());
            Cell::side(from, side.len())
        }
        [b'-' | b'0'..=b'9', ..] => whole.native(),
        _ => whole,
    })
}

impl Records for JsonRecords {
    fn fill(&mut self, block: &[u8], mut at: usize, batch: &mut Batch) -> usize {
        let width = batch.grid.width;
        while at < block.len() && !batch.is_full() {
            let start = at;
            let end = memchr::memchr(b'\n', &block[at..]).map_or(block.len(), |found| at + found);
            at = (end + 1).min(block.len());
            let line = &block[start..end];
            if trim(line).is_empty() {
                continue;
            }
            let row = batch.row(start);
            let before = batch.side.len();
            match std::str::from_utf8(line) {
                Ok(text) => match self.cut(text, start, width, batch) {
                    Ok(()) => batch.grid.rows.push(row),
                    Err(reason) => {
                        batch.side.truncate(before);
                        batch.reject(row, "bad_json", reason, json_text::unreadable("bad_json", trim(line)));
                    }
                },
                Err(_) => {
                    let raw = json_text::unreadable("bad_encoding", trim(line));
                    batch.reject(row, "bad_encoding", "not UTF-8".to_owned(), raw);
                }
            }
        }
        at
    }

    fn raw(&self) -> Arc<dyn RawRecord> {
        self.raw.clone()
    }

    fn line_end(&self) -> Option<u8> {
        Some(b'\n')
    }
}

struct JsonRaw {
    numbers: bool,
}

impl RawRecord for JsonRaw {
    fn raw(&self, block: &[u8], row: Row) -> String {
        let rest = block.get(row.start as usize..).unwrap_or_default();
        let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let pairs = std::str::from_utf8(line).ok().and_then(|line| json_object::pairs(line).ok()).unwrap_or_default();
        let texts: Vec<(&str, String, bool)> = pairs
            .iter()
            .map(|(key, value)| {
                let text = value.get();
                let number = self.numbers && text.starts_with(|c: char| c == '-' || c.is_ascii_digit());
                (key.as_ref(), json_object::text(text), number)
            })
            .collect();
        json_text::object(texts.iter().map(|(key, text, number)| (*key, text.as_bytes(), *number)))
    }
}
