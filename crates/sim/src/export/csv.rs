//! Rows as CSV, by hand: quoted where needed, lines ending in LF.

use std::io::Write;

use super::cells::{Cells, QUICK, Short, Written, code, number, quick};
use super::table::Table;
use super::time::{DATE, Days, clock_with, day_and_second};
use crate::catalogue::Label;

pub struct Csv {
    /// What is written, and room behind it: arrays are copied whole, since that takes no look at how long their text is.
    room: Vec<u8>,
    /// How much is written; each cell with a comma behind it, of which a row's last becomes the line's end.
    length: usize,
    days: Days,
}

/// There is so much room at least when a row begins.
const ROOM: usize = 1024;
/// Room is made in steps that the nearest caches hold.
const STEP: usize = 16 * ROOM;

impl Csv {
    pub fn header(table: &Table) -> Vec<u8> {
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
        format!("{}\n", names.join(",")).into_bytes()
    }

    /// With room for so many bytes.
    pub fn with_room(bytes: usize) -> Csv {
        Csv { room: Vec::with_capacity(bytes), length: 0, days: Days::default() }
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.room.truncate(self.length);
        self.room
    }

    #[cold]
    #[inline(never)]
    fn make_room(&mut self, bytes: usize) {
        self.room.resize(self.length + bytes + STEP, 0);
    }

    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        if self.room.len() - self.length < bytes.len() {
            self.make_room(bytes.len());
        }
        self.room[self.length..self.length + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }

    /// The first bytes of an array.
    #[inline]
    fn put_some<const N: usize>(&mut self, bytes: &[u8; N], length: usize) {
        if self.room.len() - self.length < N {
            self.make_room(N);
        }
        self.room[self.length..self.length + N].copy_from_slice(bytes);
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

    fn id(&mut self, id: Short) {
        self.short(id);
    }

    fn plain(&mut self, text: &str) {
        self.cell(text.as_bytes());
    }

    fn own(&mut self, text: &str) {
        self.cell(text.as_bytes());
    }

    fn product(&mut self, _: u32, label: &Label) {
        let (text, length) = label.cells();
        self.put_some(text, length);
    }

    fn int(&mut self, int: i64) {
        match int {
            0..10 => self.put_some(&[b'0' + int as u8, b','], 2),
            _ => self.short(number(int, false)),
        }
    }

    fn money(&mut self, cents: i64) {
        match cents {
            0..QUICK => {
                let (text, length) = quick(cents);
                self.put_some(&text, length + 1);
            }
            _ => self.short(number(cents, true)),
        }
    }

    fn time(&mut self, seconds: i64) {
        let (day, second) = day_and_second(seconds);
        let date = self.days.date(day);
        self.put_some(&date, DATE);
        self.put_some(&clock_with(second, *b"Z,"), 10);
    }

    fn flag(&mut self, flag: bool) {
        self.cell(if flag { b"true" } else { b"false" });
    }

    fn real(&mut self, number: f64) {
        self.room.truncate(self.length);
        real(&mut self.room, number);
        self.length = self.room.len();
        self.comma();
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.cell(bytes);
    }

    fn code(&mut self, letter: u8, number: u64) {
        self.short(code(letter, number));
    }

    fn end_row(&mut self) {
        if let Some(comma) = self.room[..self.length].last_mut() {
            *comma = b'\n';
        }
        if self.room.len() - self.length < ROOM {
            self.make_room(ROOM);
        }
    }

    /// `written` says where in all of the text.
    fn alike(&mut self, written: &mut Written, write: impl Fn(&mut Self)) {
        let Some(range) = written else {
            let from = self.length;
            write(self);
            *written = Some(from..self.length);
            return;
        };
        if let Some(few) = self.room[range.start..].first_chunk::<FEW>().copied()
            && range.len() <= FEW
        {
            return self.put_some(&few, range.len());
        }
        if self.room.len() - self.length < range.len() {
            self.make_room(range.len());
        }
        self.room.copy_within(range.clone(), self.length);
        self.length += range.len();
    }
}

/// Bytes that are copied at once, whether there are fewer.
const FEW: usize = 32;

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
        let text = String::from_utf8(csv.finish()).unwrap();
        assert_eq!(
            text,
            "plain,\"say \"\"no\"\", then\",,-120,-0.05,1234.50,P000042,C12345678,0.25\n,true\n".to_owned() + &expected
        );
    }
}
