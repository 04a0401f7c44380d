//! Units of replacement: which rows belong together, and what a load holds of each unit.
//!
//! What stands of each unit is kept by key ([`crate::pack`]), so that a later load finds what it replaces without reading
//! earlier ones. Hashes in it must mean the same for ever: XXH3 over the values' text.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray};
use arrow::compute;
use arrow::datatypes::DataType;
use port::{Error, Result};
use twox_hash::XxHash3_128;

/// What a load holds of its units, each at the index that fates call its group.
#[derive(Debug, Default, Clone)]
pub struct Keys {
    pub key: Vec<u128>,
    /// Of the unit's rows in order, without their numbers: equal content, equal digest.
    pub digest: Vec<u64>,
    pub first_row: Vec<i64>,
    /// Rows that were not rejected.
    pub rows: Vec<u32>,
}

const MAGIC: &[u8; 8] = b"wharfk01";

impl Keys {
    pub fn len(&self) -> usize {
        self.key.len()
    }

    pub fn is_empty(&self) -> bool {
        self.key.is_empty()
    }

    /// All rows are one unit under this key; it is there even when no row is.
    pub fn one_unit(&mut self, key: u128) {
        match self.key.first_mut() {
            Some(first) => *first = key,
            None => *self = Keys { key: vec![key], digest: vec![0], first_row: vec![1], rows: vec![1] },
        }
        self.rows[0] = self.rows[0].max(1);
    }

    /// From a file of its own, as lakes up to format 2 have it.
    pub fn read(path: &Path) -> Result<Keys> {
        let bytes = fs::read(path).map_err(|error| Error::io("read", path, error))?;
        let damaged = || Error::input(format!("{} is damaged", path.display())).advise("run with --full-refresh");
        Keys::from_bytes(&bytes).ok_or_else(damaged)
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(16 + self.len() * 36);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&(self.len() as u64).to_le_bytes());
        self.key.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
        self.digest.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
        self.first_row.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
        self.rows.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
        bytes
    }

    /// `None`: they are not what [`Keys::to_bytes`] made.
    pub fn from_bytes(bytes: &[u8]) -> Option<Keys> {
        let (count, body) = bytes.strip_prefix(MAGIC)?.split_first_chunk::<8>()?;
        let count = usize::try_from(u64::from_le_bytes(*count)).ok()?;
        if body.len() != count.saturating_mul(36) {
            return None;
        }
        let (key, body) = body.split_at(count * 16);
        let (digest, body) = body.split_at(count * 8);
        let (first_row, rows) = body.split_at(count * 8);
        Some(Keys {
            key: key.as_chunks::<16>().0.iter().map(|value| u128::from_le_bytes(*value)).collect(),
            digest: digest.as_chunks::<8>().0.iter().map(|value| u64::from_le_bytes(*value)).collect(),
            first_row: first_row.as_chunks::<8>().0.iter().map(|value| i64::from_le_bytes(*value)).collect(),
            rows: rows.as_chunks::<4>().0.iter().map(|value| u32::from_le_bytes(*value)).collect(),
        })
    }
}

/// Gives rows their group, chunk after chunk of one load.
pub struct Grouper {
    columns: Vec<usize>,
    groups: HashMap<u128, u32>,
    pub keys: Keys,
}

impl Grouper {
    /// `columns`: where the key's columns are; none puts all rows into one group, the load itself.
    pub fn new(columns: Vec<usize>) -> Grouper {
        Grouper { columns, groups: HashMap::new(), keys: Keys::default() }
    }

    /// The group of each row. A row of a key not seen before opens a group.
    pub fn assign(&mut self, batch: &RecordBatch, row_numbers: &[i64]) -> Result<Vec<u32>> {
        if self.columns.is_empty() {
            if self.keys.is_empty() && batch.num_rows() > 0 {
                self.open(0, row_numbers[0]);
            }
            return Ok(vec![0; batch.num_rows()]);
        }
        let columns = text_columns(batch, &self.columns)?;
        let mut groups = Vec::with_capacity(batch.num_rows());
        for (row, number) in row_numbers.iter().enumerate() {
            // Rows of an order come one after another, mostly.
            if row > 0 && same_key(&columns, row - 1, row) {
                groups.push(groups[row - 1]);
                continue;
            }
            let key = key_of(&columns, row);
            let group = match self.groups.get(&key) {
                Some(group) => *group,
                None => self.open(key, *number),
            };
            groups.push(group);
        }
        Ok(groups)
    }

    /// Takes a used row's content into its group.
    pub fn count(&mut self, group: u32, digest: u64) -> u32 {
        let at = group as usize;
        self.keys.digest[at] = self.keys.digest[at].wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(digest);
        self.keys.rows[at] += 1;
        self.keys.rows[at]
    }

    fn open(&mut self, key: u128, first_row: i64) -> u32 {
        let group = self.keys.len() as u32;
        self.keys.key.push(key);
        self.keys.digest.push(0);
        self.keys.first_row.push(first_row);
        self.keys.rows.push(0);
        self.groups.insert(key, group);
        group
    }
}

/// Key columns as text; the text of a value is what its hash is made of.
pub fn text_columns(batch: &RecordBatch, columns: &[usize]) -> Result<Vec<StringViewArray>> {
    let text = |index: &usize| -> Result<StringViewArray> {
        let column: &ArrayRef = batch.column(*index);
        let column = match column.data_type() {
            DataType::Utf8View => column.clone(),
            _ => compute::cast(column, &DataType::Utf8View).map_err(|e| Error::internal(e.to_string()))?,
        };
        Ok(column.as_string_view().clone())
    };
    columns.iter().map(text).collect()
}

pub fn key_of(columns: &[StringViewArray], row: usize) -> u128 {
    if let [column] = columns
        && column.is_valid(row)
    {
        return XxHash3_128::oneshot(column.value(row).as_bytes());
    }
    let mut bytes = Vec::new();
    for column in columns {
        match column.is_valid(row) {
            // A length before each part keeps (ab, c) and (a, bc) apart.
            true => {
                bytes.extend_from_slice(&(column.value(row).len() as u64).to_le_bytes());
                bytes.extend_from_slice(column.value(row).as_bytes());
            }
            false => bytes.extend_from_slice(&u64::MAX.to_le_bytes()),
        }
    }
    XxHash3_128::oneshot(&bytes)
}

fn same_key(columns: &[StringViewArray], a: usize, b: usize) -> bool {
    columns.iter().all(|column| match (column.is_valid(a), column.is_valid(b)) {
        (true, true) => column.value(a) == column.value(b),
        (valid_a, valid_b) => valid_a == valid_b,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::RecordBatch;
    use std::sync::Arc;

    fn batch(values: &[Option<&str>]) -> RecordBatch {
        let column: StringViewArray = values.iter().copied().collect();
        RecordBatch::try_from_iter([("k", Arc::new(column) as ArrayRef)]).unwrap()
    }

    #[test]
    fn rows_of_a_key_share_a_group_across_chunks() {
        let mut grouper = Grouper::new(vec![0]);
        let first = grouper.assign(&batch(&[Some("a"), Some("a"), Some("b")]), &[1, 2, 3]).unwrap();
        let second = grouper.assign(&batch(&[Some("b"), None, Some("a")]), &[4, 5, 6]).unwrap();
        assert_eq!((first, second), (vec![0, 0, 1], vec![1, 2, 0]));
        assert_eq!(grouper.keys.first_row, [1, 3, 5]);
    }

    #[test]
    fn keys_come_back_from_their_file() {
        let mut grouper = Grouper::new(vec![0]);
        for group in grouper.assign(&batch(&[Some("a"), Some("b"), Some("a")]), &[1, 2, 3]).unwrap() {
            grouper.count(group, 77);
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k");
        fs::write(&path, grouper.keys.to_bytes()).unwrap();
        let back = Keys::read(&path).unwrap();
        assert_eq!(back.key, grouper.keys.key);
        assert_eq!((back.digest, back.first_row, back.rows), (grouper.keys.digest, vec![1, 2], vec![2, 1]));
        fs::write(&path, b"wharfk01").unwrap();
        assert!(Keys::read(&path).is_err());
    }

    #[test]
    fn the_hash_never_changes() {
        assert_eq!(key_of(&[["536365"].into_iter().map(Some).collect()], 0), 0xa1bf_664b_a377_80fe_8a23_e482_ede4_6ae4);
    }
}
