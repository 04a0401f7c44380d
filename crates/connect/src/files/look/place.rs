//! Where in a file its table is: below a title, in another sheet than the first; or nowhere, in a file that is none.

use std::io::Read;

use port::{Error, Result};
use retail::source::Format;

use super::super::input::{Content, Input};
use super::{Settings, Sighted};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Lines above the header.
    pub skip_lines: usize,
    /// Another sheet than the first.
    pub sheet: Option<String>,
}

/// Lines above a header that are looked for.
const LINES: usize = 10;

/// The file's table, wherever it is.
pub fn sighted(name: &str, input: &Input) -> Result<Sighted> {
    let settings = Settings::new("UTC", 0)?;
    if is_binary(&head(name, input)?) {
        return Err(Error::input(format!("{name} is no table: its bytes are no text"))
            .advise("tables are CSV and its kin, JSON lines, Parquet and xlsx, packed as gzip, zstd or zip or not"));
    }
    let first = super::sighted(name, input, &settings, &Place::default())?;
    if first.shape.is_broken {
        return Err(blanks(name));
    }
    let file = match is_odd(&first) {
        true => elsewhere(name, input, &settings, &first)?.unwrap_or(first),
        false => first,
    };
    if file.has_quotes() { Err(blanks(name)) } else { Ok(file) }
}

/// A header that says little, or one that no row has the fields of.
fn is_odd(file: &Sighted) -> bool {
    let (shape, seen) = (&file.shape, &file.seen);
    match shape.format {
        Format::Csv => shape.header.len() == 1 || (seen.unreadable > 0 && seen.rows <= seen.unreadable),
        Format::Xlsx => shape.header.len() < least(file) || (seen.rows == 0 && shape.sheets.len() > 1),
        _ => false,
    }
}

/// Columns that a table has. A cover has two: what a thing is called, and what it is.
fn least(file: &Sighted) -> usize {
    if file.shape.sheets.len() > 1 { 3 } else { 2 }
}

/// The first table below a title of a few lines, in any sheet.
fn elsewhere(name: &str, input: &Input, settings: &Settings, first: &Sighted) -> Result<Option<Sighted>> {
    let others = first.shape.sheets.iter().skip(1).cloned().map(Some);
    let sheets: Vec<Option<String>> = std::iter::once(None).chain(others).collect();
    for skip_lines in 0..=LINES {
        for sheet in &sheets {
            let place = Place { skip_lines, sheet: sheet.clone() };
            let mut file = super::sighted(name, input, settings, &place)?;
            let is_name = |name: &String| name.contains(char::is_alphabetic);
            let is_table = file.shape.header.len() >= least(first)
                && file.shape.header.iter().all(is_name)
                && file.seen.rows > file.seen.unreadable;
            if is_table && !file.shape.is_broken {
                let has_title = skip_lines > 0 && sheet.is_none();
                file.title = first.shape.header.first().filter(|_| has_title).cloned();
                return Ok(Some(file));
            }
        }
    }
    Ok(None)
}

impl Sighted {
    /// Quotes behind a blank are part of the text, as they are of every value then.
    fn has_quotes(&self) -> bool {
        let is_quoted = |value: &String| value.trim_start().starts_with('"');
        let mut columns = self.seen.columns.iter();
        self.shape.format == Format::Csv
            && (self.shape.header.iter().any(is_quoted)
                || columns.any(|values| !values.is_empty() && values.iter().all(is_quoted)))
    }
}

fn blanks(name: &str) -> Error {
    Error::input(format!("{name}: blanks stand between quotes and delimiters, so that the quotes quote nothing"))
        .advise("export it without them: \"Tea\",\"2\" in place of \"Tea\" , \"2\"")
}

/// The first bytes of a text; nothing of what is known by its own marks.
fn head(name: &str, input: &Input) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    if let Content::Text { reader, origin, .. } = input.content(name, Format::Auto)? {
        reader.take(4096).read_to_end(&mut head).map_err(|error| origin.error(error))?;
    }
    Ok(head)
}

/// One byte in fifty is a control mark that no text has; zeros are every other byte of UTF-16.
fn is_binary(head: &[u8]) -> bool {
    let zeros = head.iter().filter(|byte| **byte == 0).count();
    let is_wide = zeros * 5 > head.len() * 2;
    let is_odd = |byte: &&u8| matches!(byte, 0..=8 | 11 | 14..=26 | 28..=31) && !(is_wide && **byte == 0);
    head.iter().filter(is_odd).count() * 50 > head.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_others() {
        assert!(!is_binary(b"") && !is_binary("order;Größe\r\n1;2\n".as_bytes()) && !is_binary(b"a\0,\0b\0\n\0"));
        let bytes: Vec<u8> = (0..2000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        assert!(is_binary(&bytes) && is_binary(b"%PDF\x01\x02 a text"));
    }

    fn look(text: &str) -> Result<super::super::Look> {
        super::super::look_bytes("a.csv", text.into())
    }

    #[test]
    fn a_title_stands_above_the_header() {
        for (title, lines) in [("Sales report\n", 1), ("Sales, May\n\nmade by Anna\n", 3), ("Report;;;\n", 1)] {
            let found =
                look(&format!("{title}order;date;price;name\n1;2024-05-01;2,50;Tea\n2;2024-05-01;2,50;Mug\n")).unwrap();
            assert_eq!((found.skip_lines, found.delimiter, found.rows), (lines, Some(';'), 2), "{title}");
            assert!(found.title.is_some());
        }
        // Rows that are all of another length than the header are no title's fault.
        let found = look("a,b\n1,2,\n3,4,\n").unwrap();
        assert_eq!((found.skip_lines, found.rows, found.unreadable), (0, 0, 2));
        assert!(found.unread.unwrap().contains("3 fields, the header has 2"));
    }

    #[test]
    fn excel_says_what_separates() {
        let found = look("sep=;\r\na;b\r\n1;2,5\r\n").unwrap();
        assert_eq!((found.delimiter, found.rows, found.skip_lines, found.columns.len()), (Some(';'), 1, 0, 2));
        assert_eq!(look("\"sep=|\"\na|b,c\n1|2\n").unwrap().columns.len(), 2);
    }

    #[test]
    fn blanks_beside_quotes_are_told() {
        for text in ["\"a\" ,\"b\"\n1,2\n", "\"a\", \"b\"\n1,2\n", "a,b\n1, \"Tea\"\n"] {
            assert!(look(text).unwrap_err().to_string().contains("blanks stand between quotes"), "{text}");
        }
        assert!(look("a,b\n1,\"say \"\"hi\"\"\"\n").is_ok());
    }
}
