//! Rows as CSV, by hand: quoted where needed, lines ending in LF.

use std::io::Write;

use super::cells::Cells;
use super::table::Table;
use super::time;

#[derive(Debug, Default)]
pub struct Csv {
    pub out: Vec<u8>,
    /// A cell of this row is written already.
    begun: bool,
}

impl Csv {
    pub fn header(table: &Table) -> Vec<u8> {
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
        format!("{}\n", names.join(",")).into_bytes()
    }

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
        if text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
            self.out.push(b'"');
            self.out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
            self.out.push(b'"');
        } else {
            self.out.extend_from_slice(text.as_bytes());
        }
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
        self.out.extend_from_slice(&time::instant(seconds));
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

    fn end_row(&mut self) {
        self.out.push(b'\n');
        self.begun = false;
    }
}

pub fn integer(out: &mut Vec<u8>, number: i64) {
    let mut digits = [0; 20];
    let (mut at, mut left) = (digits.len(), number.unsigned_abs());
    loop {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    if number < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

pub fn decimal(out: &mut Vec<u8>, cents: i64) {
    if cents < 0 {
        out.push(b'-');
    }
    let cents = cents.abs();
    integer(out, cents / 100);
    out.extend_from_slice(&[b'.', b'0' + (cents / 10 % 10) as u8, b'0' + (cents % 10) as u8]);
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
