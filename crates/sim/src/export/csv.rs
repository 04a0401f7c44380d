//! Rows as CSV, by hand: quoted where needed, lines ending in LF.

use std::io::Write;

use super::cells::{Cells, Written, code};
use super::table::Table;
use super::time::{Days, two_digits};

#[derive(Debug, Default)]
pub struct Csv {
    /// Each cell with a comma behind it; the last one's is the line's end.
    pub out: Vec<u8>,
    days: Days,
}

impl Csv {
    pub fn header(table: &Table) -> Vec<u8> {
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
        format!("{}\n", names.join(",")).into_bytes()
    }

    /// With room for so many bytes.
    pub fn with_room(bytes: usize) -> Csv {
        Csv { out: Vec::with_capacity(bytes), ..Csv::default() }
    }

    #[inline]
    fn cell(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
        self.out.push(b',');
    }
}

impl Cells for Csv {
    fn null(&mut self) {
        self.out.push(b',');
    }

    fn text(&mut self, text: &str) {
        // No early end: all bytes of a short text at once are quicker than one after the other.
        let quoted = text.bytes().fold(false, |quoted, byte| quoted | matches!(byte, b',' | b'"' | b'\n' | b'\r'));
        if quoted {
            self.out.push(b'"');
            self.out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
            self.cell(b"\"");
        } else {
            self.cell(text.as_bytes());
        }
    }

    fn word(&mut self, text: &str) {
        self.cell(text.as_bytes());
    }

    fn int(&mut self, number: i64) {
        integer(&mut self.out, number);
        self.out.push(b',');
    }

    fn money(&mut self, cents: i64) {
        decimal(&mut self.out, cents);
        self.out.push(b',');
    }

    fn time(&mut self, seconds: i64) {
        let mut cell = [b','; 21];
        cell[..20].copy_from_slice(&self.days.instant(seconds));
        self.out.extend_from_slice(&cell);
    }

    fn flag(&mut self, flag: bool) {
        self.cell(if flag { b"true" } else { b"false" });
    }

    fn real(&mut self, number: f64) {
        real(&mut self.out, number);
        self.out.push(b',');
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.cell(bytes);
    }

    fn code(&mut self, letter: u8, number: u64) {
        code(letter, number, |text| self.cell(text));
    }

    fn end_row(&mut self) {
        if let Some(comma) = self.out.last_mut() {
            *comma = b'\n';
        }
    }

    fn alike(&mut self, written: &mut Written, write: impl Fn(&mut Self))
    where
        Self: Sized,
    {
        match written {
            Some(range) => self.out.extend_from_within(range.clone()),
            None => {
                let from = self.out.len();
                write(self);
                *written = Some(from..self.out.len());
            }
        }
    }
}

pub fn integer(out: &mut Vec<u8>, number: i64) {
    digits(out, number < 0, number.unsigned_abs(), false);
}

pub fn decimal(out: &mut Vec<u8>, cents: i64) {
    digits(out, cents < 0, cents.unsigned_abs(), true);
}

/// From the last digit to the sign, two at a time; a point before the last two if they are cents.
#[inline]
fn digits(out: &mut Vec<u8>, is_negative: bool, mut left: u64, are_cents: bool) {
    const LENGTH: usize = 24;
    let mut text = [0; 2 * LENGTH];
    let mut at = LENGTH;
    if are_cents {
        at -= 3;
        text[at] = b'.';
        text[at + 1..at + 3].copy_from_slice(&two_digits(left % 100));
        left /= 100;
    }
    while left >= 10 {
        at -= 2;
        text[at..at + 2].copy_from_slice(&two_digits(left % 100));
        left /= 100;
    }
    // Nothing is left of an even number of digits, unless there were none.
    if left > 0 || at == LENGTH || text[at] == b'.' {
        at -= 1;
        text[at] = b'0' + left as u8;
    }
    if is_negative {
        at -= 1;
        text[at] = b'-';
    }
    // A copy of a fixed length takes no call; what is too much of it is cut off.
    let end = out.len() + LENGTH - at;
    out.extend_from_slice(&text[at..][..LENGTH]);
    out.truncate(end);
}

/// The shortest text that reads back as the same number.
pub fn real(out: &mut Vec<u8>, number: f64) {
    // Writing to memory does not fail.
    let _ = write!(out, "{number}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_written_as_csv_has_them() {
        let mut csv = Csv::default();
        csv.text("plain");
        csv.text("say \"no\", then");
        csv.null();
        csv.int(-120);
        csv.money(-5);
        csv.money(123_450);
        csv.code(b'P', 42);
        csv.code(b'C', 12_345_678);
        csv.real(0.25);
        csv.end_row();
        csv.null();
        csv.flag(true);
        csv.end_row();
        let text = String::from_utf8(csv.out).unwrap();
        assert_eq!(text, "plain,\"say \"\"no\"\", then\",,-120,-0.05,1234.50,P000042,C12345678,0.25\n,true\n");
    }
}
