//! Files that hold a basket a line.

use std::fs::File;
use std::path::Path;

use flow::analysis::baskets::{Filled, Lines, Sizes};
use port::Error;

use super::file::missing;
use crate::failure::Result;

/// Whole numbers apart by blanks, as FIMI's data sets have them. An empty line is an empty basket.
pub fn numbers(path: &Path, sizes: Sizes) -> Result<Filled> {
    let text = std::fs::read(path).map_err(|error| unread(path, error))?;
    let mut items: Vec<u32> = Vec::with_capacity(text.len() / 4);
    let mut ends = Vec::new();
    let mut number: Option<u32> = None;
    let (mut line, mut start) = (1, 0);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                let next =
                    number.unwrap_or(0).checked_mul(10).and_then(|number| number.checked_add(u32::from(byte - b'0')));
                let Some(next) = next else { return Err(no_number(path, line, at - start, "too large a number")) };
                number = Some(next);
            }
            b' ' | b'\t' | b'\r' => items.extend(number.take()),
            b'\n' => {
                items.extend(number.take());
                ends.push(items.len());
                (line, start) = (line + 1, at + 1);
            }
            _ => return Err(no_number(path, line, at - start, "not a whole number")),
        }
    }
    items.extend(number);
    // The last line may lack its end.
    if start < text.len() {
        ends.push(items.len());
    }
    Ok(Filled::of_numbers(items, &ends, sizes))
}

/// Names apart by commas, quoted where they hold one; lines may be of any length. Blanks around a name are not part of it.
pub fn names(path: &Path) -> Result<Lines> {
    let file = File::open(path).map_err(|error| unread(path, error))?;
    let delimiter =
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("tsv")) { b'\t' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(file);
    let mut lines = Lines::default();
    let mut record = csv::StringRecord::new();
    let mut first: Option<First> = None;
    loop {
        let line = reader.position().line();
        match reader.read_record(&mut record) {
            Ok(false) => {
                if let Some(header) = first.as_ref().and_then(First::header) {
                    eprintln!(
                        "{header} was read as a basket of {}; if it is a header, and each row an item, say which columns \
                         are what: --group COL --item COL",
                        path.display()
                    );
                }
                return Ok(lines);
            }
            Ok(true) => {
                match &mut first {
                    None => first = Some(First::of(&record)),
                    Some(first) => first.compare(&record),
                }
                lines.basket(record.iter().filter(|name| !name.is_empty()));
            }
            Err(error) => {
                let error = Error::input(format!("the line cannot be read: {error}")).at(
                    path.to_string_lossy(),
                    line as usize,
                    1,
                );
                return Err(error.advise("a basket is a line of UTF-8 text, names apart by commas").into());
            }
        }
    }
}

/// The first line, which looks like a header where none of its words comes again.
struct First {
    words: Vec<String>,
    again: bool,
    /// All lines have as many cells.
    regular: bool,
}

impl First {
    fn of(record: &csv::StringRecord) -> First {
        First { words: record.iter().map(str::to_owned).collect(), again: false, regular: true }
    }

    fn compare(&mut self, record: &csv::StringRecord) {
        self.regular &= record.len() == self.words.len();
        self.again = self.again || record.iter().any(|name| self.words.iter().any(|word| word == name));
    }

    /// As it is written, where it is one most likely: a table has as many cells in each row.
    fn header(&self) -> Option<String> {
        let are_words = self.words.iter().all(|word| word.parse::<f64>().is_err() && !word.is_empty());
        (self.words.len() > 1 && are_words && self.regular && !self.again)
            .then(|| format!("The first line ({})", self.words.join(", ")))
    }
}

fn no_number(path: &Path, line: usize, column: usize, what: &str) -> crate::failure::Failure {
    Error::input(format!("{what}: a fimi file holds whole numbers up to {}, apart by blanks", u32::MAX))
        .at(path.to_string_lossy(), line, column + 1)
        .advise("names apart by commas are --file-format csv")
        .into()
}

fn unread(path: &Path, error: std::io::Error) -> crate::failure::Failure {
    if error.kind() == std::io::ErrorKind::NotFound { missing(path) } else { Error::io("read", path, error).into() }
}
