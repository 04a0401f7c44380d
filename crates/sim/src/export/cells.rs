//! Where rows go, cell by cell, whatever the format.

use super::time::two_digits;

/// Where in the text cells stand that a row has from one before it.
pub type Written = Option<std::ops::Range<usize>>;

/// Takes a table's cells in the order of its columns.
pub trait Cells {
    fn null(&mut self);
    fn text(&mut self, text: &str);
    /// Text that needs no quotes in any format: a word of ours, an id.
    fn word(&mut self, text: &str) {
        self.text(text);
    }
    fn int(&mut self, number: i64);
    fn money(&mut self, cents: i64);
    /// Seconds since the epoch.
    fn time(&mut self, seconds: i64);
    fn flag(&mut self, flag: bool);
    fn real(&mut self, number: f64);
    /// Bytes that are no text in the file's encoding. Typed formats have no place for them.
    fn bytes(&mut self, bytes: &[u8]);
    fn end_row(&mut self);

    /// Cells that are alike on all rows of a document. Text is written once and copied from there on; `written` says from
    /// where, and belongs to the document and these cells.
    fn alike(&mut self, _written: &mut Written, write: impl Fn(&mut Self))
    where
        Self: Sized,
    {
        write(self);
    }

    fn maybe_text(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.null(),
        }
    }

    fn maybe_time(&mut self, seconds: Option<i64>) {
        match seconds {
            Some(seconds) => self.time(seconds),
            None => self.null(),
        }
    }

    /// A letter and a number of six digits or more.
    fn code(&mut self, letter: u8, number: u64) {
        code(letter, number, |text| self.text(std::str::from_utf8(text).unwrap_or_default()));
    }
}

/// Gives a code's text on.
pub fn code(letter: u8, number: u64, with: impl FnOnce(&[u8])) {
    let mut text = [0; 22];
    let mut at = text.len();
    let mut left = number;
    while left >= 10 || at > text.len() - 6 {
        at -= 2;
        text[at..at + 2].copy_from_slice(&two_digits(left % 100));
        left /= 100;
    }
    if left > 0 {
        at -= 1;
        text[at] = b'0' + left as u8;
    }
    at -= 1;
    text[at] = letter;
    with(&text[at..]);
}

/// A cell by itself, for the few rows that are tampered with.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Null,
    Text(String),
    Int(i64),
    Money(i64),
    Time(i64),
    Flag(bool),
    Real(f64),
    Bytes(Vec<u8>),
}

/// A row's cells, kept.
#[derive(Debug, Default)]
pub struct Kept(pub Vec<Cell>);

impl Kept {
    pub fn replay(&self, cells: &mut impl Cells) {
        for cell in &self.0 {
            match cell {
                Cell::Null => cells.null(),
                Cell::Text(text) => cells.text(text),
                Cell::Int(number) => cells.int(*number),
                Cell::Money(cents) => cells.money(*cents),
                Cell::Time(seconds) => cells.time(*seconds),
                Cell::Flag(flag) => cells.flag(*flag),
                Cell::Real(number) => cells.real(*number),
                Cell::Bytes(bytes) => cells.bytes(bytes),
            }
        }
        cells.end_row();
    }
}

impl Cells for Kept {
    fn null(&mut self) {
        self.0.push(Cell::Null);
    }
    fn text(&mut self, text: &str) {
        self.0.push(Cell::Text(text.to_owned()));
    }
    fn int(&mut self, number: i64) {
        self.0.push(Cell::Int(number));
    }
    fn money(&mut self, cents: i64) {
        self.0.push(Cell::Money(cents));
    }
    fn time(&mut self, seconds: i64) {
        self.0.push(Cell::Time(seconds));
    }
    fn flag(&mut self, flag: bool) {
        self.0.push(Cell::Flag(flag));
    }
    fn real(&mut self, number: f64) {
        self.0.push(Cell::Real(number));
    }
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.push(Cell::Bytes(bytes.to_vec()));
    }
    fn end_row(&mut self) {}
}
