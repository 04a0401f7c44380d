//! One value as text.

use arrow::array::{Array, RecordBatch};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use port::Error;

use crate::failure::Result;

/// A batch's columns, each ready to give a cell's text; null is empty.
pub struct Cells<'a> {
    columns: Vec<ArrayFormatter<'a>>,
    batch: &'a RecordBatch,
}

impl<'a> Cells<'a> {
    pub fn new(batch: &'a RecordBatch) -> Result<Cells<'a>> {
        let options = FormatOptions::default().with_null("");
        let columns = batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options));
        let columns = columns.collect::<std::result::Result<Vec<_>, _>>();
        let columns = columns.map_err(|error| Error::internal(format!("a column cannot be shown: {error}")))?;
        Ok(Cells { columns, batch })
    }

    /// `None` for a null.
    pub fn text(&self, column: usize, row: usize) -> Option<String> {
        // logical_nulls of a dictionary or null array are not its own nulls; an empty text tells them too.
        if self.batch.column(column).is_null(row) || self.batch.column(column).data_type().is_null() {
            return None;
        }
        self.columns.get(column).map(|formatter| formatter.value(row).to_string())
    }
}

/// Text that cannot drive a terminal: control characters are spaces.
pub fn plain(text: &str) -> String {
    if text.chars().any(char::is_control) {
        text.chars().map(|mark| if mark.is_control() { ' ' } else { mark }).collect()
    } else {
        text.to_owned()
    }
}

/// 1234567 as 1,234,567.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_control_characters() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(plain("a\u{1b}[31mb\n"), "a [31mb ");
    }
}
