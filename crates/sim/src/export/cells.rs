//! Where rows go, cell by cell, whatever the format.

use super::time::{two_digits, two_of};
use crate::catalogue::Label;

/// Where in the text cells stand that a row has from one before it.
pub type Written = Option<std::ops::Range<usize>>;

/// Takes a table's cells in the order of its columns.
pub trait Cells {
    fn null(&mut self);
    fn text(&mut self, text: &str);
    /// A word of ours, which needs no quotes in any format, and is the same where it stands at the same place.
    fn word(&mut self, text: &'static str) {
        self.text(text);
    }
    /// An id that no other document has; it needs no quotes either.
    fn id(&mut self, (text, length): Short) {
        self.text(std::str::from_utf8(&text[..length]).unwrap_or_default());
    }
    /// A text made of our words, which needs no quotes.
    fn plain(&mut self, text: &str) {
        self.text(text);
    }
    /// Such a text that hardly another document has.
    fn own(&mut self, text: &str) {
        self.text(text);
    }
    /// A customer's id.
    fn customer(&mut self, number: u32) {
        self.code(b'C', u64::from(number) + 1);
    }
    /// A product's id and name, two cells; neither needs quotes.
    fn product(&mut self, _number: u32, label: &Label) {
        self.text(label.id());
        self.text(label.name());
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
        let (text, length) = code(letter, number);
        self.text(std::str::from_utf8(&text[..length]).unwrap_or_default());
    }
}

/// A short text, and how long it is; a comma is behind it.
pub type Short = ([u8; 24], usize);

/// A code's text.
#[inline]
pub fn code(letter: u8, number: u64) -> Short {
    if number >= 1_000_000 {
        return longer_code(letter, number);
    }
    // Letter, digits and comma are just what a word of the processor holds.
    let (high, hundreds) = (number / 10_000, number / 100);
    let digits = two_of(high) | two_of(hundreds - 100 * high) << 16 | two_of(number - 100 * hundreds) << 32;
    let mut text = [0; 24];
    text[..8].copy_from_slice(&(u64::from(letter) | digits << 8 | u64::from(b',') << 56).to_le_bytes());
    (text, 7)
}

#[cold]
fn longer_code(letter: u8, number: u64) -> Short {
    let mut text = Backwards::new();
    if number >= LONG {
        return long(format!("{}{number}", char::from(letter)));
    }
    let mut left = number;
    for _ in 0..3 {
        text.two(left % 100);
        left /= 100;
    }
    if left > 0 {
        text.digits(left);
    }
    text.byte(letter);
    text.finish()
}

/// A number; cents have a point before the last two digits.
#[inline]
pub fn number(number: i64, are_cents: bool) -> Short {
    let (mut text, mut left) = (Backwards::new(), number.unsigned_abs());
    if left >= LONG {
        let (sign, whole, cents) = (if number < 0 { "-" } else { "" }, left / 100, left % 100);
        return long(if are_cents { format!("{sign}{whole}.{cents:02}") } else { number.to_string() });
    }
    if are_cents {
        text.two(left % 100);
        text.byte(b'.');
        left /= 100;
    }
    text.digits(left);
    if number < 0 {
        text.byte(b'-');
    }
    text.finish()
}

/// Cents from here on are not written by [`quick`].
pub const QUICK: i64 = 1_000_000;

/// Cents as [`number`] writes them, from 0 to [`QUICK`]: four digits, point, two digits and comma fill a word of the processor,
/// from which leading zeros are pushed out, with no branch that a processor would have to guess.
#[inline]
pub fn quick(cents: i64) -> ([u8; 8], usize) {
    let cents = cents as u64;
    let whole = cents / 100;
    let hundreds = whole / 100;
    let digits = two_of(hundreds) | two_of(whole - 100 * hundreds) << 16;
    let text = digits | u64::from(b'.') << 32 | two_of(cents - 100 * whole) << 40 | u64::from(b',') << 56;
    let zeros = u32::from(whole < 10) + u32::from(whole < 100) + u32::from(whole < 1000);
    ((text >> (8 * zeros)).to_le_bytes(), 7 - zeros as usize)
}

/// Numbers from here on are written at leisure.
const LONG: u64 = 10_000_000_000_000;

#[cold]
fn long(text: String) -> Short {
    let mut bytes = [0; 24];
    bytes[..text.len()].copy_from_slice(text.as_bytes());
    bytes[text.len()] = b',';
    (bytes, text.len())
}

/// Text from its end to its beginning, as digits come, in a number: bytes that are stored one by one cannot be read again
/// together before they have all arrived.
struct Backwards {
    text: u128,
    length: usize,
}

impl Backwards {
    #[inline]
    fn new() -> Backwards {
        Backwards { text: u128::from(b','), length: 0 }
    }

    #[inline]
    fn byte(&mut self, byte: u8) {
        self.text = self.text << 8 | u128::from(byte);
        self.length += 1;
    }

    #[inline]
    fn two(&mut self, number: u64) {
        self.text = self.text << 16 | u128::from(u16::from_le_bytes(two_digits(number)));
        self.length += 2;
    }

    #[inline]
    fn digits(&mut self, mut left: u64) {
        while left >= 100 {
            self.two(left % 100);
            left /= 100;
        }
        if left >= 10 { self.two(left) } else { self.byte(b'0' + left as u8) }
    }

    #[inline]
    fn finish(self) -> Short {
        let mut text = [0; 24];
        text[..16].copy_from_slice(&self.text.to_le_bytes());
        (text, self.length)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_codes_are_written_as_the_library_writes_them() {
        let text = |(text, length): Short| {
            assert_eq!(text[length], b',');
            std::str::from_utf8(&text[..length]).unwrap().to_owned()
        };
        for cents in (0..QUICK).step_by(7).chain([9, 10, 99, 100, 999, 1000, 9999, 10_000, 99_999, 100_000, 999_999]) {
            let (bytes, length) = quick(cents);
            let expected = format!("{}.{:02},", cents / 100, cents % 100);
            assert_eq!(&bytes[..=length], expected.as_bytes());
            assert_eq!(text(number(cents, true)) + ",", expected);
        }
        for number in (0..1_000_000).step_by(7).chain([999, 1000, 999_999, 1_000_000, 12_345_678, LONG, u64::MAX]) {
            assert_eq!(text(code(b'C', number)), format!("C{number:06}"));
        }
    }
}
