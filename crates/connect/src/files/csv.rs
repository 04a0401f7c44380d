//! CSV and its kin: delimited text with a header line.
//!
//! Empty lines are no rows. A row with more or fewer fields than the header is set aside as `ragged`, one with text behind
//! a closing quote or with a quote that never closes as `bad_quotes`, one that is not in the file's encoding as
//! `bad_encoding`.

use std::sync::Arc;

use arrow::buffer::Buffer;
use port::{Chunk, Error, Result, Rows};
use retail::source::LandedTable;

use super::blocks::Blocks;
use super::cells::{Cell, Row, Text};
use super::dialect::{self, Dialect};
use super::header::{added_note, match_columns, names, normal};
use super::input::Origin;
use super::pipeline::{BlockSource, Pipeline};
use super::tokens::{Outcome, record};
use super::typer::{Batch, Block, RawRecord, Records, Typer};
use super::typing::Plan;
use super::{Settings, encoding, json_text};

/// The typed rows of a delimited text.
pub fn read(
    table: &LandedTable,
    reader: Box<dyn std::io::Read + Send>,
    origin: Origin,
    settings: &Settings,
) -> Result<Box<dyn Rows>> {
    let opened = open(table, reader, origin.clone(), settings)?;
    let Some((source, layout)) = opened else {
        return Ok(Box::new(super::NoRows { note: format!("{} is empty: no header line, no rows", origin.name()) }));
    };
    let header = &layout.header;
    let matched = match_columns(table, header, origin.name(), source.header_line)?;
    let added = matched.added.iter().filter_map(|index| header.get(*index).cloned());
    let added: Vec<String> = added.filter(|name| !(layout.is_of_rejects && name.starts_with('_'))).collect();
    let notes: Vec<String> = added_note(table, origin.name(), &added).into_iter().collect();
    let plan = Plan::new(table, &matched.sources, &settings.clock)?;
    let (first_line, short) = (source.first_line, source.blocks.ended());
    let typers = || Ok(Typer::new(plan.clone(), Box::new(CsvRecords(layout.clone())), layout.header.len()));
    let pipeline = Pipeline::new(
        Box::new(source),
        Chunk::schema(table),
        typers,
        first_line,
        short,
        Arc::new(move || notes.clone()),
    )?;
    Ok(Box::new(pipeline))
}

/// A text's dialect and header.
#[derive(Debug)]
pub struct Layout {
    pub dialect: Dialect,
    /// Trimmed header names.
    pub header: Vec<String>,
    /// The same with a name for each column.
    names: Vec<String>,
    pub encoding: &'static encoding_rs::Encoding,
    /// It is what `wharf rejects export` wrote, mended.
    is_of_rejects: bool,
    /// The header's quotes do not close where its fields end.
    pub is_broken: bool,
}

/// What stands before the cells of rejected rows.
const OF_REJECTS: [&str; 4] = ["_load", "_row", "_rule", "_reason"];

/// The blocks after the header.
pub struct CsvBlocks {
    blocks: Blocks,
    first: Option<Block>,
    header_line: u64,
    first_line: u64,
}

/// Finds the dialect out and reads the header; nothing for an empty text.
pub fn open(
    table: &LandedTable,
    reader: Box<dyn std::io::Read + Send>,
    origin: Origin,
    settings: &Settings,
) -> Result<Option<(CsvBlocks, Arc<Layout>)>> {
    let (reader, encoding) = encoding::utf8(reader, table.encoding.as_deref(), &origin)?;
    let quote = ascii(table.quote, "quote")?;
    let dialect = Dialect { delimiter: b',', quote, line_end: b'\n', quote_limit: settings.quote_limit };
    let mut blocks = Blocks::new(reader, origin, dialect, settings.block_bytes);
    blocks.dialect.line_end = dialect::line_end(blocks.sample()?, quote);
    blocks.skip_lines(table.skip_lines)?;
    let mut first_line = table.skip_lines as u64 + 1;
    let line_end = blocks.dialect.line_end;
    let stated = stated_delimiter(blocks.sample()?, line_end);
    if stated.is_some() {
        blocks.skip_lines(1)?;
        first_line += 1;
    }
    blocks.dialect.delimiter = match table.delimiter.or(stated) {
        Some(delimiter) => ascii(delimiter, "delimiter")?,
        None => dialect::delimiter(blocks.sample()?, quote, line_end, |header| known(table, header)),
    };
    if blocks.dialect.delimiter == quote {
        return Err(Error::config(format!("table {}: delimiter and quote are the same character", table.name)));
    }
    let (mut cells, mut side) = (Vec::new(), Vec::new());
    while let Some(block) = blocks.next()? {
        let mut at = 0;
        let mut start = 0;
        let mut outcome = Outcome::Empty;
        while at < block.len() && outcome == Outcome::Empty {
            start = at;
            (at, outcome) = record(&blocks.dialect, &block, at, &mut cells, &mut side);
        }
        if outcome == Outcome::Empty {
            // Blank lines alone.
            first_line += memchr::memchr_iter(blocks.dialect.line_end, &block).count() as u64;
            continue;
        }
        let text = Text { block: &block, side: &side };
        let header: Vec<String> =
            cells.iter().map(|cell| String::from_utf8_lossy(text.get(*cell)).trim().to_owned()).collect();
        let header_line = first_line + memchr::memchr_iter(blocks.dialect.line_end, &block[..start]).count() as u64;
        let is_of_rejects = OF_REJECTS.iter().all(|name| header.iter().any(|there| there == name));
        let names = json_text::display_names(&header);
        let is_broken = outcome != Outcome::Fields;
        let layout = Layout { dialect: blocks.dialect, names, header, encoding, is_of_rejects, is_broken };
        let first = Some(Block { bytes: Buffer::from_vec(block), from: at });
        return Ok(Some((CsvBlocks { blocks, first, header_line, first_line }, Arc::new(layout))));
    }
    Ok(None)
}

/// What `sep=;` says, which Excel writes and reads above the header.
fn stated_delimiter(sample: &[u8], line_end: u8) -> Option<char> {
    let line = sample.split(|byte| *byte == line_end).next()?;
    let line = std::str::from_utf8(line).ok()?.trim_end_matches('\r').trim_matches('"');
    let mark = line.get(..4).filter(|word| word.eq_ignore_ascii_case("sep=")).map(|_| line[4..].chars())?;
    let mut mark = mark.filter(char::is_ascii);
    mark.next().filter(|found| mark.next().is_none() && !found.is_alphanumeric())
}

/// How many of the names the table knows.
fn known(table: &LandedTable, header: &[String]) -> usize {
    let header: Vec<String> = header.iter().map(|name| normal(name)).collect();
    table.columns.iter().filter(|column| names(column).any(|name| header.contains(&name))).count()
}

fn ascii(mark: char, key: &str) -> Result<u8> {
    u8::try_from(mark).ok().filter(|byte| byte.is_ascii() && !matches!(byte, 0 | b'\n' | b'\r')).ok_or_else(|| {
        Error::config(format!("{key} = {mark:?} is not one ASCII character"))
            .advise("use one of , ; | or \"\\t\" (a tab); convert files with other marks first")
    })
}

impl BlockSource for CsvBlocks {
    fn next_block(&mut self) -> Result<Option<Block>> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        Ok(self.blocks.next()?.map(|bytes| Block { bytes: Buffer::from_vec(bytes), from: 0 }))
    }
}

/// Cuts records into cells.
pub struct CsvRecords(pub Arc<Layout>);

impl Records for CsvRecords {
    fn fill(&mut self, block: &[u8], mut at: usize, batch: &mut Batch) -> usize {
        let dialect = self.0.dialect;
        let width = batch.grid.width;
        while at < block.len() && !batch.is_full() {
            let start = at;
            let before = batch.grid.cells.len();
            let (next, outcome) = record(&dialect, block, at, &mut batch.grid.cells, &mut batch.side);
            at = next;
            if outcome == Outcome::Empty {
                continue;
            }
            let row = batch.row(start);
            let fields = batch.grid.cells.len() - before;
            let readable = batch.clean || std::str::from_utf8(&block[start..next]).is_ok();
            if outcome == Outcome::Fields && fields == width && readable {
                if self.0.is_of_rejects {
                    unmark(block, &batch.side, &mut batch.grid.cells[before..]);
                }
                batch.grid.rows.push(row);
            } else {
                batch.grid.cells.truncate(before);
                self.reject(block, row, next, outcome, fields, readable, batch);
            }
        }
        at
    }

    fn raw(&self) -> Arc<dyn RawRecord> {
        self.0.clone()
    }

    fn line_end(&self) -> Option<u8> {
        Some(self.0.dialect.line_end)
    }
}

impl CsvRecords {
    #[cold]
    #[allow(clippy::too_many_arguments)]
    fn reject(
        &self,
        block: &[u8],
        row: Row,
        end: usize,
        outcome: Outcome,
        fields: usize,
        readable: bool,
        batch: &mut Batch,
    ) {
        let (rule, reason) = match outcome {
            _ if !readable => ("bad_encoding", self.0.bad_encoding()),
            Outcome::AfterQuote if self.0.has_blanks_after_quotes(&block[row.start as usize..end]) => {
                ("bad_quotes", "blanks follow a closing quote: the delimiter stands right behind it".to_owned())
            }
            Outcome::AfterQuote => ("bad_quotes", "text follows a closing quote".to_owned()),
            Outcome::Unclosed => ("bad_quotes", "a quote opens a field and is never closed".to_owned()),
            _ => ("ragged", format!("{fields} fields, the header has {}", batch.grid.width)),
        };
        let mut line = &block[row.start as usize..end];
        while let [rest @ .., b'\n' | b'\r'] = line {
            line = rest;
        }
        batch.reject(row, rule, reason, json_text::unreadable(rule, line));
    }
}

impl Layout {
    fn has_blanks_after_quotes(&self, line: &[u8]) -> bool {
        let Dialect { delimiter, quote, .. } = self.dialect;
        line.windows(3)
            .any(|marks| marks[0] == quote && marks[1] == b' ' && (marks[2] == delimiter || marks[2] == b' '))
    }

    fn bad_encoding(&self) -> String {
        let encoding = self.encoding.name();
        if self.encoding == encoding_rs::UTF_8 {
            return "not UTF-8; if the file is Latin-1, write  encoding = \"windows-1252\"  in source.toml".to_owned();
        }
        format!("has bytes that mean nothing in {encoding}")
    }
}

/// Takes the mark away that the export puts before what a spreadsheet would run: it is none of the shop's data.
fn unmark(block: &[u8], side: &[u8], cells: &mut [Cell]) {
    let text = Text { block, side };
    for cell in cells {
        if let [b'\'', rest @ ..] = text.get(*cell)
            && matches!(rest.iter().find(|byte| **byte != b'\''), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r'))
        {
            *cell = cell.without_first();
        }
    }
}

impl RawRecord for Layout {
    fn raw(&self, block: &[u8], row: Row) -> String {
        let (mut cells, mut side) = (Vec::new(), Vec::new());
        record(&self.dialect, block, row.start as usize, &mut cells, &mut side);
        if self.is_of_rejects {
            unmark(block, &side, &mut cells);
        }
        let text = Text { block, side: &side };
        json_text::object(self.names.iter().zip(&cells).map(|(name, cell)| (name.as_str(), text.get(*cell), false)))
    }
}
