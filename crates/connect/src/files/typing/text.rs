//! Text columns: views into the block, without copying the text.

use port::{Error, Result};
use retail::source::Column;

use super::Fault;
use crate::files::cells::Cell;

/// What a text has to meet.
#[derive(Debug, Clone, Default)]
pub struct TextLimits {
    min: Option<Vec<u8>>,
    max: Option<Vec<u8>>,
    values: Vec<Vec<u8>>,
}

impl TextLimits {
    pub fn new(column: &Column) -> Result<TextLimits> {
        if [&column.min, &column.max].into_iter().flatten().any(String::is_empty) {
            return Err(Error::config(format!("column {}: min and max need a value", column.name)));
        }
        let bytes = |text: &Option<String>| text.as_ref().map(|text| text.as_bytes().to_vec());
        let values = column.values.iter().map(|value| value.trim().as_bytes().to_vec()).collect();
        Ok(TextLimits { min: bytes(&column.min), max: bytes(&column.max), values })
    }

    #[inline]
    pub fn check(&self, text: &[u8]) -> Result<(), Fault> {
        if self.min.as_deref().is_some_and(|min| text < min) || self.max.as_deref().is_some_and(|max| text > max) {
            return Err(Fault::Range);
        }
        if !self.values.is_empty() && !self.values.iter().any(|accepted| accepted == text) {
            return Err(Fault::NotAccepted);
        }
        Ok(())
    }
}

/// Texts up to this long lie in the view itself.
const INLINE: usize = 12;

/// Arrow's view of `text`, which starts at `start` of the block (buffer 0) or of the side text (buffer 1).
/// `from` is that whole text.
#[inline]
pub fn view(from: &[u8], start: usize, text: &[u8], cell: Cell) -> u128 {
    let length = text.len();
    if length > INLINE {
        let prefix = match text.first_chunk::<4>() {
            Some(prefix) => u32::from_le_bytes(*prefix),
            None => 0,
        };
        let buffer = u128::from(cell.is_side());
        return length as u128 | u128::from(prefix) << 32 | buffer << 64 | (start as u128) << 96;
    }
    // Sixteen bytes in one load, the ones beyond the text masked off; near the end of the block byte by byte.
    let bytes = match from.get(start..).and_then(|rest| rest.first_chunk::<16>()) {
        Some(chunk) => u128::from_le_bytes(*chunk) & ((1 << (length * 8)) - 1),
        None => text.iter().rev().fold(0, |bytes, &byte| bytes << 8 | u128::from(byte)),
    };
    length as u128 | bytes << 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array, StringViewArray};
    use arrow::buffer::Buffer;

    #[test]
    fn views_read_back() {
        let block = "a,twelve bytes,a text longer than twelve bytes,é".as_bytes();
        let cells = [(0, 1), (2, 14), (15, 46), (47, 49), (3, 3)];
        let views: Vec<u128> =
            cells.iter().map(|&(start, end)| view(block, start, &block[start..end], Cell::new(start, end))).collect();
        let array = StringViewArray::try_new(views.into(), vec![Buffer::from(block)], None).unwrap();
        let texts: Vec<&str> = (0..array.len()).map(|at| array.value(at)).collect();
        assert_eq!(texts, ["a", "twelve bytes", "a text longer than twelve bytes", "é", ""]);
    }
}
