//! The CSV tokeniser: a record's bytes to cells, eight bytes at a time.
//!
//! A quote opens a field only where the field starts; inside, `""` is one quote and line breaks belong to the field.
//! After the closing quote a field must end: anything else, and a quote that never closes, sets the row aside.

use super::cells::Cell;
use super::dialect::{Close, Dialect};

/// What a record turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Fields,
    /// A line without a byte: no row.
    Empty,
    /// Text after a closing quote.
    AfterQuote,
    /// A quote that is not closed.
    Unclosed,
}

/// Appends the cells of the record at `start` and returns where the next record starts.
#[inline]
pub fn record(
    dialect: &Dialect,
    block: &[u8],
    start: usize,
    cells: &mut Vec<Cell>,
    side: &mut Vec<u8>,
) -> (usize, Outcome) {
    let needles = Needles::new(dialect);
    let mut field = start;
    let mut outcome = Outcome::Fields;
    let mut at = start;
    'words: while at < block.len() {
        let mut hits = needles.hits(block, at);
        while hits != 0 {
            let hit = at + (hits.trailing_zeros() / 8) as usize;
            hits &= hits - 1;
            let byte = block[hit];
            if byte == dialect.delimiter {
                if outcome == Outcome::Fields {
                    cells.push(Cell::new(field, hit));
                }
                field = hit + 1;
            } else if byte == dialect.line_end {
                return (hit + 1, last(dialect, block, start, field, hit, outcome, cells));
            } else if hit == field {
                let Close::At(close, doubled) = dialect.close(block, hit, true) else {
                    let end =
                        memchr::memchr(dialect.line_end, &block[hit..]).map_or(block.len(), |found| hit + found + 1);
                    return (end, Outcome::Unclosed);
                };
                let cell =
                    if doubled { unescape(dialect, &block[hit + 1..close], side) } else { Cell::new(hit + 1, close) };
                cells.push(cell);
                let next = close + 1;
                match after(dialect, block, next) {
                    After::Delimiter => {
                        field = next + 1;
                        at = next + 1;
                        // A delimiter at the very end of the data is followed by one more, empty field.
                        continue 'words;
                    }
                    After::End(end) => return (end, outcome),
                    After::Text => {
                        outcome = Outcome::AfterQuote;
                        at = next;
                        continue 'words;
                    }
                }
            }
        }
        at += 8;
    }
    (block.len(), last(dialect, block, start, field, block.len(), outcome, cells))
}

/// Ends the record with its last field, which goes up to `end`.
#[inline]
fn last(
    dialect: &Dialect,
    block: &[u8],
    start: usize,
    field: usize,
    end: usize,
    outcome: Outcome,
    cells: &mut Vec<Cell>,
) -> Outcome {
    if outcome != Outcome::Fields {
        return outcome;
    }
    let carriage = dialect.line_end == b'\n' && end > field && block[end - 1] == b'\r';
    let end = if carriage { end - 1 } else { end };
    if end == start {
        return Outcome::Empty;
    }
    cells.push(Cell::new(field, end));
    outcome
}

enum After {
    Delimiter,
    /// The record ends; the next one starts here.
    End(usize),
    Text,
}

/// What follows a closing quote.
#[inline]
fn after(dialect: &Dialect, block: &[u8], at: usize) -> After {
    match block.get(at) {
        None => After::End(at),
        Some(&byte) if byte == dialect.delimiter => After::Delimiter,
        Some(&byte) if byte == dialect.line_end => After::End(at + 1),
        Some(b'\r') if dialect.line_end == b'\n' => match block.get(at + 1) {
            None => After::End(at + 1),
            Some(b'\n') => After::End(at + 2),
            Some(_) => After::Text,
        },
        Some(_) => After::Text,
    }
}

/// Writes a quoted field with single quotes to the side text.
#[cold]
fn unescape(dialect: &Dialect, field: &[u8], side: &mut Vec<u8>) -> Cell {
    let start = side.len();
    let mut rest = field;
    while let Some(quote) = memchr::memchr(dialect.quote, rest) {
        side.extend_from_slice(&rest[..=quote]);
        rest = rest.get(quote + 2..).unwrap_or_default();
    }
    side.extend_from_slice(rest);
    Cell::side(start, side.len())
}

/// The three bytes that matter, each in all eight places of a word.
struct Needles {
    delimiter: u64,
    quote: u64,
    line_end: u64,
}

const ONES: u64 = 0x0101_0101_0101_0101;
const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
const HIGH: u64 = 0x8080_8080_8080_8080;

impl Needles {
    #[inline]
    fn new(dialect: &Dialect) -> Needles {
        let all = |byte: u8| ONES * u64::from(byte);
        Needles { delimiter: all(dialect.delimiter), quote: all(dialect.quote), line_end: all(dialect.line_end) }
    }

    /// The highest bit of each of the eight bytes from `at` on that is a needle; beyond the end there are none.
    #[inline]
    fn hits(&self, block: &[u8], at: usize) -> u64 {
        let word = match block.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
            Some(chunk) => u64::from_le_bytes(*chunk),
            None => {
                let mut chunk = [0; 8];
                let rest = block.get(at..).unwrap_or_default();
                chunk[..rest.len()].copy_from_slice(rest);
                u64::from_le_bytes(chunk)
            }
        };
        // Exact, byte by byte without carries: the high bit of (x & 7f) + 7f | x is unset where x is zero.
        let differs = |needle: u64| {
            let x = word ^ needle;
            ((x & LOW) + LOW) | x
        };
        !(differs(self.delimiter) & differs(self.quote) & differs(self.line_end)) & HIGH
    }
}

/// The fields of the first `most` records as text.
pub fn all_fields(dialect: &Dialect, block: &[u8], most: usize) -> Vec<Vec<String>> {
    let mut records = Vec::new();
    let (mut cells, mut side, mut at) = (Vec::new(), Vec::new(), 0);
    while at < block.len() && records.len() < most {
        cells.clear();
        side.clear();
        let (next, outcome) = record(dialect, block, at, &mut cells, &mut side);
        at = next;
        if outcome != Outcome::Empty {
            let text = super::cells::Text { block, side: &side };
            records.push(cells.iter().map(|cell| String::from_utf8_lossy(text.get(*cell)).into_owned()).collect());
        }
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<Vec<String>> {
        all_fields(
            &Dialect { delimiter: b',', quote: b'"', line_end: b'\n', quote_limit: 1 << 20 },
            text.as_bytes(),
            100,
        )
    }

    fn outcome(text: &str) -> (usize, Outcome) {
        let dialect = Dialect { delimiter: b',', quote: b'"', line_end: b'\n', quote_limit: 1 << 20 };
        record(&dialect, text.as_bytes(), 0, &mut Vec::new(), &mut Vec::new())
    }

    #[test]
    fn plain_and_quoted() {
        assert_eq!(fields("a,b\n1,2\r\n3,4"), [["a", "b"], ["1", "2"], ["3", "4"]]);
        assert_eq!(fields("\"a,b\",\"say \"\"hi\"\"\"\n"), [["a,b", "say \"hi\""]]);
        assert_eq!(fields("\"two\nlines\",x\r\n\"\",\"\"\r\n"), [["two\nlines", "x"], ["", ""]]);
        assert_eq!(fields("5\" pipe,6\"\n"), [["5\" pipe", "6\""]]);
        assert_eq!(fields("a,\n,b\n,"), [["a", ""], ["", "b"], ["", ""]]);
        assert_eq!(fields("\"a\","), [["a", ""]]);
        assert_eq!(fields("\n\r\na\n\n"), [["a"]]);
        assert_eq!(fields("a\rb,c\n"), [["a\rb", "c"]]);
    }

    #[test]
    fn broken_quotes() {
        assert_eq!(outcome("\"a\"b,c\nd"), (7, Outcome::AfterQuote));
        assert_eq!(outcome("x,\"a\nb"), (5, Outcome::Unclosed));
        assert_eq!(outcome("\"a\"\r"), (4, Outcome::Fields));
        assert_eq!(outcome("\"a\"\rb\n"), (6, Outcome::AfterQuote));
        assert_eq!(outcome(""), (0, Outcome::Empty));
    }

    #[test]
    fn long_lines_over_many_words() {
        let line = (0..100).map(|n| format!("value {n}")).collect::<Vec<_>>().join(",");
        assert_eq!(fields(&line)[0].len(), 100);
        assert_eq!(fields(&line)[0][57], "value 57");
    }
}
