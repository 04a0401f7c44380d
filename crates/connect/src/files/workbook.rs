//! Workbooks (.xlsx): the rows of one sheet, read into memory as a whole, which is what the format asks for.
//!
//! The header is the first row with anything in it; rows with nothing in them are no rows. A number is what the sheet
//! shows to fifteen digits (17850, not 17850.0), a date cell is that date whatever the table's formats are.

use std::collections::VecDeque;
use std::io::BufReader;
use std::sync::Arc;

use arrow::buffer::Buffer;
use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};
use port::{Chunk, Error, Result, Rows};
use retail::source::LandedTable;

use super::header::{added_note, match_columns};
use super::input::Input;
use super::jsonl::writes_numbers;
use super::pipeline::{BlockSource, Pipeline};
use super::rows_block::{RowsRaw, RowsRecords, RowsWriter, push_float};
use super::typer::{Block, Typer};
use super::typing::Plan;
use super::{Settings, guard, json_text};

/// The typed rows of a sheet.
pub fn read(table: &LandedTable, name: &str, input: &Input, settings: &Settings) -> Result<Box<dyn Rows>> {
    let sheet = guard(name, || sheet(name, input, table.sheet.as_deref(), table.skip_lines, settings.block_bytes))?;
    if sheet.header.iter().all(String::is_empty) {
        return Ok(Box::new(super::NoRows { note: format!("{name} is empty: no header row, no rows") }));
    }
    let matched = match_columns(table, &sheet.header, name, u64::from(sheet.header_row))?;
    let plan = Plan::new(table, &matched.sources, &settings.clock)?;
    let names = json_text::display_names(&sheet.header);
    let (width, raw) = (names.len(), Arc::new(RowsRaw { names, numbers: writes_numbers(table) }));
    let typers = || Ok(Typer::new(plan.clone(), Box::new(RowsRecords { raw: raw.clone() }), width));
    let added: Vec<String> = matched.added.iter().map(|at| sheet.header[*at].clone()).collect();
    let mut notes: Vec<String> = added_note(table, name, &added).into_iter().collect();
    if sheet.beyond > 0 {
        notes.push(format!("{name}: {} cells stand right of the header's last column and are not read", sheet.beyond));
    }
    let short = sheet.blocks.len() < 3;
    let source = SheetBlocks(sheet.blocks.into());
    let notes = Arc::new(move || notes.clone());
    Ok(Box::new(Pipeline::new(Box::new(source), Chunk::schema(table), typers, 0, short, notes)?))
}

/// A sheet's header and the rows below it.
pub struct Sheet {
    pub name: String,
    pub header: Vec<String>,
    /// The header's row, from 1.
    pub header_row: u32,
    pub blocks: Vec<Vec<u8>>,
    /// Cells right of the header's last column.
    pub beyond: usize,
    /// All sheets of the workbook.
    pub sheets: Vec<String>,
}

/// Reads `wanted`, or the first sheet.
pub fn sheet(name: &str, input: &Input, wanted: Option<&str>, skip: usize, block_bytes: usize) -> Result<Sheet> {
    let damaged = |error: calamine::XlsxError| {
        Error::input(format!("{name} is not a workbook that can be read: {error}"))
            .advise("open and save it again as .xlsx without a password, or save the sheet as CSV")
            .because(error)
    };
    let mut book: Xlsx<_> = Xlsx::new(BufReader::new(input.open()?)).map_err(damaged)?;
    let sheets = book.sheet_names();
    let chosen = match wanted {
        None => sheets.first(),
        Some(wanted) => sheets.iter().find(|sheet| sheet.eq_ignore_ascii_case(wanted)),
    };
    let Some(chosen) = chosen.map(|sheet| sheet.to_string()) else {
        return Err(Error::input(format!("{name} has no sheet {:?}", wanted.unwrap_or_default()))
            .advise(format!("its sheets are: {}; write one of them as `sheet` in source.toml", sheets.join(", "))));
    };
    let mut cells = book.worksheet_cells_reader(&chosen).map_err(damaged)?;
    let mut rows = SheetRows { skip: skip as u32, block_bytes, ..SheetRows::default() };
    while let Some(cell) = cells.next_cell().map_err(damaged)? {
        let (row, column) = cell.get_position();
        rows.add(row, column as usize, cell.get_value());
    }
    rows.end_row();
    let last = rows.writer.take();
    if !last.is_empty() {
        rows.blocks.push(last);
    }
    Ok(Sheet {
        name: chosen,
        header: rows.header.unwrap_or_default(),
        header_row: rows.header_row + 1,
        blocks: rows.blocks,
        beyond: rows.beyond,
        sheets,
    })
}

/// Gathers cells into rows and rows into blocks.
#[derive(Default)]
struct SheetRows {
    skip: u32,
    block_bytes: usize,
    header: Option<Vec<String>>,
    header_row: u32,
    row: u32,
    /// Cells of the current row: text and whether it is a number or time.
    cells: Vec<(Vec<u8>, bool)>,
    filled: bool,
    writer: RowsWriter,
    blocks: Vec<Vec<u8>>,
    beyond: usize,
}

/// Excel's last column, XFD.
const COLUMNS: usize = 16_384;

impl SheetRows {
    fn add(&mut self, row: u32, column: usize, value: &DataRef) {
        if row != self.row {
            self.end_row();
            self.row = row;
        }
        // Beyond the header there is no column for it; beyond Excel's last there is none at all.
        let end = self.header.as_ref().map_or(COLUMNS, Vec::len);
        if row < self.skip || matches!(value, DataRef::Empty) {
            return;
        }
        if column >= end {
            self.beyond += 1;
            return;
        }
        let mut text = Vec::new();
        let native = push_value(&mut text, value);
        if text.is_empty() {
            return;
        }
        if self.cells.len() <= column {
            self.cells.resize(column + 1, (Vec::new(), false));
        }
        self.cells[column] = (text, native);
        self.filled = true;
    }

    fn end_row(&mut self) {
        if !std::mem::take(&mut self.filled) {
            return;
        }
        let cells = std::mem::take(&mut self.cells);
        let Some(header) = &self.header else {
            self.header = Some(cells.iter().map(|(text, _)| String::from_utf8_lossy(text).trim().to_owned()).collect());
            self.header_row = self.row;
            return;
        };
        for column in 0..header.len() {
            match cells.get(column) {
                Some((text, true)) => self.writer.native(|out| out.extend_from_slice(text)),
                Some((text, false)) => self.writer.text(&String::from_utf8_lossy(text)),
                None => self.writer.null(),
            }
        }
        if self.writer.len() >= self.block_bytes {
            self.blocks.push(self.writer.take());
        }
    }
}

/// Appends a cell's text; whether it is a number or time of the sheet's own.
fn push_value(out: &mut Vec<u8>, value: &DataRef) -> bool {
    match value {
        DataRef::Empty => false,
        DataRef::String(text) => {
            out.extend_from_slice(text.as_bytes());
            false
        }
        DataRef::SharedString(text) => {
            out.extend_from_slice(text.as_bytes());
            false
        }
        DataRef::Bool(value) => {
            out.extend_from_slice(if *value { b"true" } else { b"false" });
            true
        }
        DataRef::Int(value) => {
            out.extend_from_slice(value.to_string().as_bytes());
            true
        }
        DataRef::Float(value) => {
            push_float(out, *value);
            true
        }
        DataRef::DateTime(value) => {
            push_time(out, *value);
            true
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            out.extend_from_slice(text.as_bytes());
            true
        }
        DataRef::Error(error) => {
            out.extend_from_slice(error.to_string().as_bytes());
            false
        }
    }
}

/// `2010-12-01 08:26:00`, to the millisecond; a number where it is no day of Excel's calendar.
fn push_time(out: &mut Vec<u8>, value: ExcelDateTime) {
    const DAYS: std::ops::Range<f64> = 0.0..2_958_466.0;
    if !value.is_datetime() || !DAYS.contains(&value.as_f64()) {
        return push_float(out, value.as_f64());
    }
    let (year, month, day, hour, minute, second, milli) = value.to_ymd_hms_milli();
    let fraction = if milli == 0 { String::new() } else { format!(".{milli:03}") };
    out.extend_from_slice(
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{fraction}").as_bytes(),
    );
}

struct SheetBlocks(VecDeque<Vec<u8>>);

impl BlockSource for SheetBlocks {
    fn next_block(&mut self) -> Result<Option<Block>> {
        Ok(self.0.pop_front().map(|bytes| Block { bytes: Buffer::from_vec(bytes), from: 0 }))
    }
}
