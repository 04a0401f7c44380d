//! The shape of a delimited text: what separates fields, what ends lines, what quotes.

/// A text's dialect. All marks are ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    pub delimiter: u8,
    pub quote: u8,
    /// `\n` (a `\r` before it belongs to it), or `\r` in files that end lines with it alone.
    pub line_end: u8,
    /// A quote not closed within this many bytes was never meant as one.
    pub quote_limit: usize,
}

/// Quoted fields beyond this size are taken for a stray quote: a product description is some kilobytes.
pub const QUOTE_LIMIT: usize = 1 << 20;

/// Where a quoted field ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Close {
    /// Index of the closing quote, and whether doubled quotes lie before it.
    At(usize, bool),
    /// It does not.
    Never,
    /// The bytes given end before that is known.
    Unknown,
}

impl Dialect {
    /// Finds the quote that closes the one at `open`. `whole` says that nothing follows `bytes`.
    #[inline]
    pub fn close(&self, bytes: &[u8], open: usize, whole: bool) -> Close {
        let limit = open.saturating_add(1).saturating_add(self.quote_limit);
        let end = limit.min(bytes.len());
        let mut at = open + 1;
        let mut doubled = false;
        while at < end {
            let Some(found) = memchr::memchr(self.quote, &bytes[at..end]) else { break };
            let found = at + found;
            match bytes.get(found + 1) {
                Some(&next) if next == self.quote => {
                    doubled = true;
                    at = found + 2;
                }
                None if !whole => return Close::Unknown,
                _ => return Close::At(found, doubled),
            }
        }
        if whole || limit <= bytes.len() { Close::Never } else { Close::Unknown }
    }

    /// Whether a quote at `at` opens a field: only where a field starts.
    #[inline]
    pub fn opens(&self, bytes: &[u8], at: usize) -> bool {
        match at.checked_sub(1).and_then(|before| bytes.get(before)) {
            Some(&before) => before == self.delimiter || before == self.line_end,
            None => true,
        }
    }

    /// The end (beyond the line break) of the last whole record in `bytes`, which start with one; 0 if there is none.
    ///
    /// Looks at quotes and at the last line break between them alone: what lies between is skipped at memory speed.
    pub fn last_record_end(&self, bytes: &[u8]) -> usize {
        let mut at = 0;
        let mut end = 0;
        loop {
            let quote = memchr::memchr(self.quote, &bytes[at..]).map_or(bytes.len(), |found| at + found);
            if let Some(found) = memchr::memrchr(self.line_end, &bytes[at..quote]) {
                end = at + found + 1;
            }
            if quote == bytes.len() {
                return end;
            }
            if !self.opens(bytes, quote) {
                at = quote + 1;
                continue;
            }
            match self.close(bytes, quote, false) {
                Close::At(close, _) => at = close + 1,
                Close::Unknown => return end,
                // A stray quote: its record ends with its line, as the tokeniser has it.
                Close::Never => match memchr::memchr(self.line_end, &bytes[quote..]) {
                    Some(found) => {
                        at = quote + found + 1;
                        end = at;
                    }
                    None => return end,
                },
            }
        }
    }
}

/// What ends lines in `sample`: the first line break outside quotes decides.
pub fn line_end(sample: &[u8], quote: u8) -> u8 {
    let mut quoted = false;
    let mut fallback = b'\n';
    let mut seen = false;
    for (at, &byte) in sample.iter().enumerate() {
        if byte == quote {
            quoted = !quoted;
        } else if byte == b'\n' || byte == b'\r' {
            let lone = byte == b'\r' && sample.get(at + 1).is_some_and(|&next| next != b'\n');
            let ends = if lone { b'\r' } else { b'\n' };
            if !quoted {
                return ends;
            }
            if !seen {
                (fallback, seen) = (ends, true);
            }
        }
    }
    fallback
}

/// Separators that are looked for, the likeliest first.
pub const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The separator of `sample`: the one that most header names are found with (`fits` counts them), then the one that
/// gives the most lines the header's number of fields.
pub fn delimiter(sample: &[u8], quote: u8, line_end: u8, fits: impl Fn(&[String]) -> usize) -> u8 {
    const LINES: usize = 100;
    let mut best = (b',', (0, 0, 0));
    for delimiter in DELIMITERS {
        let dialect = Dialect { delimiter, quote, line_end, quote_limit: QUOTE_LIMIT };
        let mut records = super::tokens::all_fields(&dialect, sample, LINES);
        // The last one may be cut off by the end of the sample.
        if records.len() > 2 {
            records.pop();
        }
        let Some((header, rows)) = records.split_first() else { continue };
        if header.len() < 2 {
            continue;
        }
        let alike = rows.iter().filter(|row| row.len() == header.len()).count();
        let share = if rows.is_empty() { 100 } else { alike * 100 / rows.len() };
        let score = (fits(header), share, header.len());
        if score > best.1 {
            best = (delimiter, score);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const D: Dialect = Dialect { delimiter: b',', quote: b'"', line_end: b'\n', quote_limit: 64 };

    #[test]
    fn records_end_outside_quotes() {
        assert_eq!(D.last_record_end(b"a,b\nc,d"), 4);
        assert_eq!(D.last_record_end(b"a,\"x\ny\"\nc"), 8);
        assert_eq!(D.last_record_end(b"a\nb,\"x\ny"), 2);
        assert_eq!(D.last_record_end(b"a\nb,x\"\ny"), 7);
        assert_eq!(D.last_record_end(b"\"a\"\"\n\"\n\"b\n"), 7);
        assert_eq!(D.last_record_end(b"no end"), 0);
    }

    #[test]
    fn a_stray_quote_costs_its_line() {
        let mut text = b"a,\"b\n".to_vec();
        text.extend([b'x'; 100]);
        assert_eq!(D.last_record_end(&text), 5);
        assert_eq!(D.close(b"\"ab", 0, true), Close::Never);
        assert_eq!(D.close(b"\"ab", 0, false), Close::Unknown);
        assert_eq!(D.close(b"\"a\"", 0, false), Close::Unknown);
        assert_eq!(D.close(b"\"a\"", 0, true), Close::At(2, false));
    }

    #[test]
    fn line_ends() {
        assert_eq!(line_end(b"a,b\r\nc\n", b'"'), b'\n');
        assert_eq!(line_end(b"a,b\rc\rd", b'"'), b'\r');
        assert_eq!(line_end(b"\"a\rb\",c\nd", b'"'), b'\n');
        assert_eq!(line_end(b"a", b'"'), b'\n');
    }

    #[test]
    fn delimiters() {
        let none = |_: &[String]| 0;
        assert_eq!(delimiter(b"a;b\n1,5;2\n2,5;3\n", b'"', b'\n', none), b';');
        assert_eq!(delimiter(b"a\tb,c\td\n1\t2\t3\n", b'"', b'\n', none), b'\t');
        assert_eq!(delimiter(b"a|b\n\"x|y\"|2\n", b'"', b'\n', none), b'|');
        assert_eq!(delimiter(b"alone\n1\n", b'"', b'\n', none), b',');
    }
}
