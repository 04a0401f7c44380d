//! Rows as CSV, by hand: quoted where needed, lines ending in LF.

use std::io::Write;

use super::cells::{Cells, Short, Written, code, number};
use super::table::Table;
use super::time::{self, Days};

pub struct Csv {
    pub out: Vec<u8>,
    /// The row in hand, or the end of it; each cell with a comma behind it, of which the last becomes the line's end.
    row: [u8; ROOM],
    length: usize,
    days: Days,
}

const ROOM: usize = 1024;

impl Csv {
    pub fn header(table: &Table) -> Vec<u8> {
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
        format!("{}\n", names.join(",")).into_bytes()
    }

    /// With room for so many bytes.
    pub fn with_room(bytes: usize) -> Csv {
        Csv { out: Vec::with_capacity(bytes), row: [0; ROOM], length: 0, days: Days::default() }
    }

    fn put(&mut self, bytes: &[u8]) {
        if self.length + bytes.len() > ROOM {
            self.spill();
        }
        match self.row.get_mut(self.length..self.length + bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.length += bytes.len();
            }
            // It is longer than any row of ours.
            None => self.out.extend_from_slice(bytes),
        }
    }

    /// The first bytes of an array.
    #[inline]
    fn put_some<const N: usize>(&mut self, bytes: &[u8; N], length: usize) {
        if self.length + N > ROOM {
            self.spill();
        }
        self.row[self.length..self.length + N].copy_from_slice(bytes);
        self.length += length;
    }

    #[inline]
    fn comma(&mut self) {
        self.put_some(b",", 1);
    }

    #[inline]
    fn cell(&mut self, bytes: &[u8]) {
        self.put(bytes);
        self.comma();
    }

    #[inline]
    fn short(&mut self, (text, length): Short) {
        self.put_some(&text, length + 1);
    }

    fn spill(&mut self) {
        self.out.extend_from_slice(&self.row[..self.length]);
        self.length = 0;
    }
}

impl Cells for Csv {
    fn null(&mut self) {
        self.comma();
    }

    fn text(&mut self, text: &str) {
        // No early end: all bytes of a short text at once are quicker than one after the other.
        let quoted = text.bytes().fold(false, |quoted, byte| quoted | matches!(byte, b',' | b'"' | b'\n' | b'\r'));
        if quoted {
            self.put(b"\"");
            self.put(text.replace('"', "\"\"").as_bytes());
            self.cell(b"\"");
        } else {
            self.cell(text.as_bytes());
        }
    }

    fn word(&mut self, text: &'static str) {
        self.cell(text.as_bytes());
    }

    fn id(&mut self, text: &str) {
        self.cell(text.as_bytes());
    }

    fn product(&mut self, number: u32, name: &str) {
        self.code(b'P', u64::from(number) + 1);
        self.cell(name.as_bytes());
    }

    fn int(&mut self, int: i64) {
        self.short(number(int, false));
    }

    fn money(&mut self, cents: i64) {
        self.short(number(cents, true));
    }

    fn time(&mut self, seconds: i64) {
        let (date, length) = self.days.date(seconds);
        self.put_some(&date, length);
        self.put_some(&time::clock(seconds), 8);
        self.put_some(b"Z,", 2);
    }

    fn flag(&mut self, flag: bool) {
        self.cell(if flag { b"true" } else { b"false" });
    }

    fn real(&mut self, number: f64) {
        self.spill();
        real(&mut self.out, number);
        self.comma();
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.cell(bytes);
    }

    fn code(&mut self, letter: u8, number: u64) {
        self.short(code(letter, number));
    }

    fn end_row(&mut self) {
        self.spill();
        if let Some(comma) = self.out.last_mut() {
            *comma = b'\n';
        }
    }

    /// `written` says where in all of the text.
    fn alike(&mut self, written: &mut Written, write: impl Fn(&mut Self)) {
        match written {
            Some(range) if self.length + range.len() <= ROOM => {
                self.row[self.length..self.length + range.len()].copy_from_slice(&self.out[range.clone()]);
                self.length += range.len();
            }
            Some(range) => {
                self.spill();
                self.out.extend_from_within(range.clone());
            }
            None => {
                let from = self.out.len() + self.length;
                write(self);
                *written = Some(from..self.out.len() + self.length);
            }
        }
    }
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
        let mut csv = Csv::with_room(0);
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
        // Longer than the room for a row.
        let (long, mut written) = ("x".repeat(900), Written::default());
        let mut expected = String::new();
        for _ in 0..2 {
            csv.int(i64::MIN);
            csv.alike(&mut written, |cells| (0..3).for_each(|_| cells.text(&long)));
            csv.text(&long.repeat(2));
            csv.end_row();
            expected += &format!("{},{long},{long},{long},{long}{long}\n", i64::MIN);
        }
        let text = String::from_utf8(csv.out).unwrap();
        assert_eq!(
            text,
            "plain,\"say \"\"no\"\", then\",,-120,-0.05,1234.50,P000042,C12345678,0.25\n,true\n".to_owned() + &expected
        );
    }
}
