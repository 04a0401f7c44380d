//! Rows as JSON lines: numbers as numbers, instants as text, nulls written.

use super::cells::{Cells, Short, number};
use super::csv::real;
use super::table::Table;
use super::time;

pub struct Jsonl {
    pub out: Vec<u8>,
    /// `{"name":` or `,"name":` of each column.
    names: Vec<Vec<u8>>,
    at: usize,
}

impl Jsonl {
    pub fn new(table: &Table) -> Jsonl {
        let name = |(at, (name, _)): (usize, &(&str, _))| {
            format!("{}\"{name}\":", if at == 0 { '{' } else { ',' }).into_bytes()
        };
        Jsonl { out: Vec::new(), names: table.columns.iter().enumerate().map(name).collect(), at: 0 }
    }

    fn next(&mut self) {
        self.out.extend_from_slice(&self.names[self.at]);
        self.at += 1;
    }

    fn short(&mut self, (text, length): Short) {
        self.next();
        self.out.extend_from_slice(&text[..length]);
    }

    fn quoted(&mut self, bytes: &[u8]) {
        self.out.push(b'"');
        for byte in bytes {
            match byte {
                b'"' | b'\\' => self.out.extend_from_slice(&[b'\\', *byte]),
                b'\n' => self.out.extend_from_slice(b"\\n"),
                _ => self.out.push(*byte),
            }
        }
        self.out.push(b'"');
    }
}

impl Cells for Jsonl {
    fn null(&mut self) {
        self.next();
        self.out.extend_from_slice(b"null");
    }

    fn text(&mut self, text: &str) {
        self.next();
        self.quoted(text.as_bytes());
    }

    fn int(&mut self, int: i64) {
        self.short(number(int, false));
    }

    fn money(&mut self, cents: i64) {
        self.short(number(cents, true));
    }

    fn time(&mut self, seconds: i64) {
        self.next();
        self.quoted(&time::instant(seconds));
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
        self.quoted(bytes);
    }

    fn end_row(&mut self) {
        self.out.extend_from_slice(b"}\n");
        self.at = 0;
    }
}
