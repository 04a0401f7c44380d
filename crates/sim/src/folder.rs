//! A shop's folder: its files, written under another name until they are whole, and what the folder remembers of its shop.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use port::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::export::cells::Cells;
use crate::export::layout::Layout;
use crate::export::make::{Made, Sink};
use crate::export::sheet::{Encoder, Fill, Format, Sheet};
use crate::export::table::{CARTS, CUSTOMERS, ORDERS, PRODUCTS, STOCK};
use crate::fault::Hit;
use crate::options::Options;
use crate::truth::FAULTS;

/// What a folder of files is: enough to go on with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    pub options: Options,
    pub layout: Layout,
    pub format: Format,
}

const REMEMBERED: &str = ".wharf-simulate.json";
pub const TRUTH: &str = "truth";

impl Remembered {
    pub fn read(folder: &Path) -> Result<Option<Remembered>> {
        let path = folder.join(REMEMBERED);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| Error::io("read", &path, error))?,
        };
        serde_json::from_str(&text).map(Some).map_err(|error| {
            Error::config(format!("{} is not what wharf simulate wrote: {error}", path.display()))
                .advise("choose another folder, or remove the file with all that was simulated there")
        })
    }

    pub fn write(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).map_err(|error| Error::io("create", folder, error))?;
        let text = serde_json::to_string_pretty(self).map_err(|error| Error::internal(error.to_string()))?;
        whole(&folder.join(REMEMBERED), text.as_bytes())
    }
}

/// Writes a file that is there as a whole or not at all.
pub fn whole(path: &Path, bytes: &[u8]) -> Result<()> {
    whole_by(path, |file| file.write_all(bytes).map_err(|error| Error::io("write", path, error)))
}

pub fn whole_by(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
    let part = part_of(path);
    let failed = |error| Error::io("write", path, error);
    let mut file = BufWriter::new(File::create(&part).map_err(failed)?);
    write(&mut file)?;
    file.flush().map_err(failed)?;
    fs::rename(&part, path).map_err(failed)
}

fn part_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}

/// How much was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    pub files: u64,
    pub orders: u64,
    /// Of orders, returns and refunds.
    pub lines: u64,
    /// Of all tables.
    pub rows: u64,
    pub faults: u64,
}

/// Writes parts to files of a folder.
pub struct Folder<'a> {
    folder: PathBuf,
    layout: Layout,
    format: Format,
    /// Of the file in hand, by table.
    open: BTreeMap<&'static str, Sheet<BufWriter<File>>>,
    file: u32,
    lines: u64,
    hits: Vec<Hit>,
    pub written: Written,
    told: &'a (dyn Fn(Written) + Sync),
}

impl<'a> Folder<'a> {
    /// `told` hears how much is written, now and then.
    pub fn new(
        folder: &Path,
        layout: Layout,
        format: Format,
        told: &'a (dyn Fn(Written) + Sync),
    ) -> Result<Folder<'a>> {
        let truth = folder.join(TRUTH);
        fs::create_dir_all(&truth).map_err(|error| Error::io("create", &truth, error))?;
        Ok(Folder {
            folder: folder.to_owned(),
            layout,
            format,
            open: BTreeMap::new(),
            file: 0,
            lines: 0,
            hits: Vec::new(),
            written: Written::default(),
            told,
        })
    }

    /// Puts the file in hand into its place, all tables of it.
    pub fn close(&mut self) -> Result<()> {
        for (table, sheet) in std::mem::take(&mut self.open) {
            sheet.finish()?;
            let path = self.folder.join(file_name(table, &self.layout.label(self.file), self.format));
            fs::rename(part_of(&path), &path).map_err(|error| Error::io("write", &path, error))?;
            self.written.files += 1;
        }
        if !self.hits.is_empty() {
            let label = self.layout.label(self.file);
            let name = format!("{TRUTH}/{}", file_name(FAULTS.name, &label, Format::Csv));
            let orders = file_name(ORDERS.name, &label, self.format);
            let bytes = faults(&std::mem::take(&mut self.hits), &orders)?;
            whole(&self.folder.join(name), &bytes)?;
        }
        self.lines = 0;
        (self.told)(self.written);
        Ok(())
    }
}

impl Sink for Folder<'_> {
    fn take(&mut self, made: Made) -> Result<()> {
        if made.file != self.file {
            self.close()?;
            self.file = made.file;
        }
        let name = made.table.name;
        if !self.open.contains_key(name) {
            let path = part_of(&self.folder.join(file_name(name, &self.layout.label(made.file), self.format)));
            let file = File::create(&path).map_err(|error| Error::io("create", &path, error))?;
            self.open.insert(name, Sheet::new(made.table, self.format, BufWriter::with_capacity(1 << 16, file))?);
        }
        if let Some(sheet) = self.open.get_mut(name) {
            sheet.add(made.part)?;
        }
        if name == ORDERS.name {
            self.written.orders += made.orders;
            self.written.lines += made.rows;
            self.written.faults += made.hits.len() as u64;
            self.hits.extend(made.hits.into_iter().map(|hit| Hit { row: hit.row + self.lines, ..hit }));
            self.lines += made.rows;
        }
        self.written.rows += made.rows;
        (self.told)(self.written);
        Ok(())
    }
}

pub fn file_name(table: &str, label: &str, format: Format) -> String {
    format!("{table}-{label}.{}", format.name())
}

/// Whether a file of this name is one that a shop writes.
pub fn is_ours(name: &str) -> bool {
    let tables = [&ORDERS, &CUSTOMERS, &PRODUCTS, &CARTS, &STOCK, &FAULTS];
    let label = tables.iter().find_map(|table| name.strip_prefix(table.name)?.strip_prefix('-'));
    let is_format = |ending: &str| Format::NAMES.iter().any(|(format, _)| *format == ending);
    let begins_with_a_year = |label: &str| label.len() > 4 && label.bytes().take(4).all(|byte| byte.is_ascii_digit());
    label
        .and_then(|label| label.rsplit_once('.'))
        .is_some_and(|(label, ending)| is_format(ending) && begins_with_a_year(label))
}

/// Hits of one file as a table of truth, with its header.
pub fn faults(hits: &[Hit], file: &str) -> Result<Vec<u8>> {
    struct Told<'a>(&'a [Hit], &'a str);
    impl Fill for Told<'_> {
        fn fill(self, cells: &mut impl Cells) {
            for hit in self.0 {
                cells.text(hit.fault.name());
                cells.text(self.1);
                cells.int(hit.row as i64);
                cells.text(&hit.order);
                cells.int(hit.line);
                cells.text(hit.column);
                cells.text(hit.fate.name());
                cells.text(hit.rule);
                cells.end_row();
            }
        }
    }
    let mut encoder = Encoder::new(&FAULTS, Format::Csv, 0);
    encoder.fill(Told(hits, file));
    let mut sheet = Sheet::new(&FAULTS, Format::Csv, Vec::new())?;
    sheet.add(encoder.finish()?)?;
    sheet.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_own_files_are_known_by_name() {
        let layout = Layout::new(0, 0, crate::export::layout::Every::Month).unwrap();
        for table in [&ORDERS, &FAULTS, &STOCK] {
            for (_, format) in Format::NAMES {
                let name = file_name(table.name, &layout.label(3), format);
                assert!(
                    is_ours(&name) && !is_ours(&format!("my-{name}")) && !is_ours(&format!("{name}.bak")),
                    "{name}"
                );
            }
        }
        for name in ["orders.csv", "orders-mine.csv", "orders-2026.txt", ".wharf-simulate.json", "products.csv"] {
            assert!(!is_ours(name), "{name}");
        }
    }
}
