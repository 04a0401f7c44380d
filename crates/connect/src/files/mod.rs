//! Files dropped into an inbox folder: discovered, copied under the name of their content, and read as typed rows.
//!
//! # How a file becomes rows
//! 1. [`discover`] walks the inbox and finds each file's table by the globs in source.toml.
//! 2. [`fetch`] copies it, hashing, and gives up on a file that changes meanwhile; a large one is read while it is
//!    copied ([`arriving`]).
//! 3. [`input`] opens the copy and recognises compression and format by the first bytes; [`encoding`] makes UTF-8 of text.
//! 4. Text is cut into blocks of whole records ([`blocks`]) that threads type side by side ([`pipeline`], [`typer`]):
//!    records to cells ([`tokens`], [`jsonl`]), cells to columns ([`typing`]). Text columns are views into the block.
//!    Parquet and workbooks are brought to the same blocks of cells, so that a value means the same in every format.
//! 5. A row that cannot be typed is set aside with its rule, its line and its raw form; the others become chunks.

use std::path::PathBuf;

use port::{Arrival, Chunk, Error, Fetched, Result, Rows, Seen, Source};
use retail::day::Zone;
use retail::source::{Format, LandedTable};

mod discover;
mod natural;

mod arriving;
pub(crate) mod fetch;

mod archive;
mod encoding;
mod input;

mod blocks;
mod dialect;
pub(crate) mod pipeline;
pub(crate) mod typer;

mod csv;
pub(crate) mod header;
pub(crate) mod json_text;
mod tokens;

mod json_object;
mod jsonl;

mod parquet;
pub(crate) mod rows_block;
mod workbook;

mod mistakes;
mod target;

mod look;

pub(crate) mod cells;
pub(crate) mod typing;

use input::Content;
use typing::Clock;

use crate::copies::{Copies, pack::pack};

pub(crate) use fetch::sync_folder;
pub(crate) use input::Input;

pub use discover::table_for;
pub use mistakes::{Mistake, mistakes, of_glob};
pub use natural::natural;
pub use target::Folder;

pub use look::{Certainty, ColumnLook, Guess, Look, Times, Together, look, look_bytes, look_together};

/// A folder into which files are dropped.
pub struct Inbox {
    folder: PathBuf,
    ignore: Vec<String>,
    settings: Settings,
    syncs: fetch::Syncs,
    copies: Copies,
}

/// What reading needs to know beside the table.
#[derive(Debug, Clone)]
pub struct Settings {
    clock: Clock,
    /// Bytes of a block, roughly.
    block_bytes: usize,
    quote_limit: usize,
}

/// Large enough that a block's fixed costs vanish, small enough that a handful of blocks stays in the cache's reach.
const BLOCK_BYTES: usize = 2 << 20;

impl Settings {
    /// `zone`: the shop's IANA time zone; `now_micros`: the instant that `now` in bounds stands for.
    pub fn new(zone: &str, now_micros: i64) -> Result<Settings> {
        let zone = Zone::new(zone).ok_or_else(|| {
            Error::config(format!("timezone = {zone:?} is not known"))
                .advise("write an IANA name, like Europe/London or America/Sao_Paulo")
        })?;
        Ok(Settings { clock: Clock { zone, now_micros }, block_bytes: BLOCK_BYTES, quote_limit: dialect::QUOTE_LIMIT })
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn block_bytes(&self) -> usize {
        self.block_bytes
    }

    /// With blocks of about `bytes` bytes; what is read does not depend on it.
    pub fn with_block_bytes(mut self, bytes: usize) -> Settings {
        self.block_bytes = bytes.clamp(1, 1 << 30);
        self
    }

    /// With a quoted field of at most `bytes` bytes.
    pub fn with_quote_limit(mut self, bytes: usize) -> Settings {
        self.quote_limit = bytes;
        self
    }
}

impl Inbox {
    pub fn new(inbox: PathBuf, zone: &str, now_micros: i64) -> Result<Inbox> {
        let settings = Settings::new(zone, now_micros)?;
        let (syncs, copies) = (fetch::Syncs::default(), Copies::default());
        Ok(Inbox { folder: inbox, ignore: Vec::new(), settings, syncs, copies })
    }

    /// Where landed copies are found.
    pub(crate) fn copies(&self) -> &Copies {
        &self.copies
    }

    /// How rows are read.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Without the files that these globs match.
    pub fn ignoring(mut self, globs: &[String]) -> Inbox {
        self.ignore = globs.to_vec();
        self
    }

    /// Names of files in the inbox that no table takes; none when the inbox cannot be read, which `discover` tells.
    pub fn unmatched(&self, tables: &[LandedTable]) -> Vec<String> {
        discover::unmatched(&self.folder, tables, &self.ignore).unwrap_or_default()
    }
}

impl Source for Inbox {
    fn discover(&self, tables: &[LandedTable], seen: &[Seen<'_>]) -> Result<Vec<Arrival>> {
        discover::discover(&self.folder, tables, &self.ignore, seen)
    }

    fn fetch(&self, arrival: &Arrival, landing: &std::path::Path) -> Result<Option<Fetched>> {
        fetch::fetch(arrival, landing, &self.syncs)
    }

    fn settle(&self) -> Result<()> {
        self.syncs.settle()
    }

    fn tidy(&self, landing: &std::path::Path) -> Result<usize> {
        pack(landing)
    }

    fn read(&self, table: &LandedTable, load: &Fetched) -> Result<Box<dyn Rows>> {
        let input = match self.syncs.arriving(&load.path) {
            Some(copy) => Input::Arriving(copy),
            None => self.copies.open(&load.path)?,
        };
        read(table, &load.name, &input, &self.settings)
    }
}

/// Reads a file where it lies.
pub fn read_path(table: &LandedTable, path: &std::path::Path, settings: &Settings) -> Result<Box<dyn Rows>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    read(table, &name, &Input::File(path.to_owned()), settings)
}

/// Reads bytes as if they were a file called `name`: for tests and fuzzing.
pub fn read_bytes(table: &LandedTable, name: &str, bytes: Vec<u8>, settings: &Settings) -> Result<Box<dyn Rows>> {
    read(table, name, &Input::Memory(bytes.into()), settings)
}

fn read(table: &LandedTable, name: &str, input: &Input, settings: &Settings) -> Result<Box<dyn Rows>> {
    match input.content(name, table.format)? {
        Content::Text { format: Format::Jsonl, reader, origin } => jsonl::read(table, reader, origin, settings),
        Content::Text { reader, origin, .. } => csv::read(table, reader, origin, settings),
        Content::Parquet => parquet::read(table, name, input, settings),
        Content::Workbook => workbook::read(table, name, input, settings),
    }
}

/// Readers of binary formats are not ours: one that panics on a damaged file costs the load, not the process.
fn guard<T>(name: &str, read: impl FnOnce() -> Result<T>) -> Result<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(Error::input(format!("{name} is damaged: reading it failed"))
            .advise("fetch it again, whole, and drop it into the inbox under the same name"))
    })
}

/// A load without rows, and why.
struct NoRows {
    note: String,
}

impl Rows for NoRows {
    fn next_chunk(&mut self) -> Result<Option<Chunk>> {
        Ok(None)
    }

    fn notes(&self) -> Vec<String> {
        vec![self.note.clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows, until reading breaks.
    struct Breaking(usize);

    impl std::io::Read for Breaking {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            assert!(self.0 < 200_000, "it breaks here");
            let bytes = buffer.len().min(1 << 14) & !1;
            buffer[..bytes].chunks_mut(2).for_each(|row| row.copy_from_slice(b"1\n"));
            self.0 += bytes;
            Ok(bytes)
        }
    }

    #[test]
    fn a_reader_that_panics_does_not_end_its_rows() {
        let table = table("[[column]]\nname = \"1\"\ntype = \"integer\"\n");
        let settings = Settings::new("UTC", 0).unwrap().with_block_bytes(1000);
        let origin = input::Origin::plain("a.csv");
        let mut rows = csv::read(&table, Box::new(Breaking(0)), origin, &settings).unwrap();
        let error = loop {
            match rows.next_chunk() {
                Ok(chunk) => assert!(chunk.is_some(), "all is read"),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind, port::Kind::Internal);
    }

    /// A table of the columns in `text`, read from every file.
    pub fn table(text: &str) -> LandedTable {
        toml::from_str(&format!("name = \"orders\"\nfiles = [\"*\"]\n{text}")).unwrap()
    }
}
