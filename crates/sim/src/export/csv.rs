//! Rows as CSV, by hand: quoted where needed, lines ending in LF.

use std::io::Write;

use super::cells::{Cells, Written, code};
use super::table::Table;
use super::time;
use crate::calendar::DAY_SECONDS;

#[derive(Debug, Default)]
pub struct Csv {
    pub out: Vec<u8>,
    /// A cell of this row is written already.
    begun: bool,
    /// The last instant's day and text: many that follow are of the same day.
    instant: Option<(i64, [u8; 20])>,
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
    fn next(&mut self) {
        if self.begun {
            self.out.push(b',');
        }
        self.begun = true;
    }
}

impl Cells for Csv {
    fn null(&mut self) {
        self.next();
    }

    fn text(&mut self, text: &str) {
        self.next();
        // No early end: all bytes of a short text at once are quicker than one after the other.
        let quoted = text.bytes().fold(false, |quoted, byte| quoted | matches!(byte, b',' | b'"' | b'\n' | b'\r'));
        if quoted {
            self.out.push(b'"');
            self.out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
            self.out.push(b'"');
        } else {
            self.out.extend_from_slice(text.as_bytes());
        }
    }

    fn word(&mut self, text: &str) {
        self.next();
        self.out.extend_from_slice(text.as_bytes());
    }

    fn int(&mut self, number: i64) {
        self.next();
        integer(&mut self.out, number);
    }

    fn money(&mut self, cents: i64) {
        self.next();
        decimal(&mut self.out, cents);
    }

    fn time(&mut self, seconds: i64) {
        self.next();
        let day = seconds.div_euclid(DAY_SECONDS);
        let text = match self.instant {
            Some((of, mut text)) if of == day => {
                time::set_clock(&mut text, seconds);
                text
            }
            _ => time::instant(seconds),
        };
        self.instant = Some((day, text));
        self.out.extend_from_slice(&text);
    }

    fn flag(&mut self, flag: bool) {
        self.next();
        self.out.extend_from_slice(if flag { b"true" } else { b"false" });
    }

    fn real(&mut self, number: f64) {
        self.next();
        real(&mut self.out, number);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.next();
        self.out.extend_from_slice(bytes);
    }

    fn code(&mut self, letter: u8, number: u64) {
        self.next();
        code(letter, number, |text| self.out.extend_from_slice(text));
    }

    fn end_row(&mut self) {
        self.out.push(b'\n');
        self.begun = false;
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
        self.begun = true;
    }
}

pub fn integer(out: &mut Vec<u8>, number: i64) {
    digits(out, number < 0, number.unsigned_abs(), false);
}

pub fn decimal(out: &mut Vec<u8>, cents: i64) {
    digits(out, cents < 0, cents.unsigned_abs(), true);
}

/// From the last digit to the sign; a point before the last two if they are cents.
fn digits(out: &mut Vec<u8>, is_negative: bool, mut left: u64, are_cents: bool) {
    let mut text = [0; 24];
    let mut at = text.len();
    let mut put = |byte: u8| {
        at -= 1;
        text[at] = byte;
    };
    if are_cents {
        put(b'0' + (left % 10) as u8);
        put(b'0' + (left / 10 % 10) as u8);
        put(b'.');
        left /= 100;
    }
    loop {
        put(b'0' + (left % 10) as u8);
        left /= 10;
        if left == 0 {
            break;
        }
    }
    if is_negative {
        put(b'-');
    }
    out.extend_from_slice(&text[at..]);
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
