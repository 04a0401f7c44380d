//! Is it the same? Contents are compared by sums of row hashes: the order of rows does not matter, their number does.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt64Array};
use arrow::datatypes::{Date32Type, SchemaRef};
use datafusion::common::hash_utils::{RandomState, create_hashes};
use port::{Error, Result};
use retail::day::Day;
use serde::{Deserialize, Serialize};

/// Two independent sums and a count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    sum: [u64; 2],
    rows: u64,
}

impl Digest {
    fn add(&mut self, hashes: [u64; 2]) {
        self.sum[0] = self.sum[0].wrapping_add(hashes[0]);
        self.sum[1] = self.sum[1].wrapping_add(hashes[1]);
        self.rows += 1;
    }
}

/// What a set of rows says, a day and a unit of replacement at a time.
#[derive(Debug, Default)]
pub struct Contents {
    /// With provenance: the stored files would be the same.
    pub whole: Digest,
    /// Without provenance: readers would see the same. Rows without a day are under `None`.
    pub by_day: BTreeMap<Option<Day>, Digest>,
    /// Without provenance, by unit, where a key was asked for.
    pub by_key: HashMap<String, Digest>,
}

/// Which columns mean what to a [`Contents`].
pub struct Reader {
    stored: Vec<usize>,
    seen: Vec<usize>,
    day: Option<usize>,
    key: Option<usize>,
}

impl Reader {
    pub fn new(schema: &SchemaRef, day: Option<&str>, key: Option<&str>) -> Reader {
        let index = |name: Option<&str>| name.and_then(|name| schema.index_of(name).ok());
        let all = || 0..schema.fields().len();
        let is_provenance = |at: &usize| schema.field(*at).name().starts_with('_');
        Reader {
            stored: all().collect(),
            seen: all().filter(|at| !is_provenance(at)).collect(),
            day: index(day).filter(|at| *schema.field(*at).data_type() == arrow::datatypes::DataType::Date32),
            key: index(key).filter(|at| *schema.field(*at).data_type() == arrow::datatypes::DataType::Utf8View),
        }
    }

    pub fn take(&self, contents: &mut Contents, batch: &RecordBatch) -> Result<()> {
        let stored = hashes(batch, &self.stored)?;
        let seen = if self.seen.len() == self.stored.len() { stored.clone() } else { hashes(batch, &self.seen)? };
        stored.iter().for_each(|hash| contents.whole.add(*hash));
        let days = self.day.map(|at| batch.column(at).as_primitive::<Date32Type>());
        // Rows of a day lie together, so the day's sum is fetched seldom.
        let mut run: Option<(Option<Day>, Digest)> = None;
        for (row, hash) in seen.iter().enumerate() {
            let day = days.and_then(|days| days.is_valid(row).then(|| days.value(row)));
            match &mut run {
                Some((of, digest)) if *of == day => digest.add(*hash),
                _ => {
                    if let Some((of, digest)) = run.take() {
                        contents.by_day.insert(of, digest);
                    }
                    let mut digest = contents.by_day.get(&day).copied().unwrap_or_default();
                    digest.add(*hash);
                    run = Some((day, digest));
                }
            }
        }
        if let Some((of, digest)) = run {
            contents.by_day.insert(of, digest);
        }
        if let Some(keys) = self.key.map(|at| batch.column(at).as_string_view()) {
            for (row, hash) in seen.iter().enumerate().filter(|(row, _)| keys.is_valid(*row)) {
                match contents.by_key.get_mut(keys.value(row)) {
                    Some(digest) => digest.add(*hash),
                    None => contents.by_key.entry(keys.value(row).to_owned()).or_default().add(*hash),
                }
            }
        }
        Ok(())
    }
}

/// Names under which two maps of digests differ.
pub fn differing<'a, K: Eq + std::hash::Hash + Ord>(
    a: impl Iterator<Item = (&'a K, &'a Digest)>,
    b: impl Iterator<Item = (&'a K, &'a Digest)>,
) -> Vec<&'a K> {
    let mut left: HashMap<&K, &Digest> = a.collect();
    let mut found: Vec<&K> =
        b.filter(|(name, digest)| left.remove(name) != Some(digest)).map(|(name, _)| name).collect();
    found.extend(left.into_keys());
    found.sort_unstable();
    found.dedup();
    found
}

fn hashes(batch: &RecordBatch, columns: &[usize]) -> Result<Vec<[u64; 2]>> {
    let columns: Vec<ArrayRef> = columns.iter().map(|at| batch.column(*at).clone()).collect();
    Ok(row_hashes(&columns, 1)?.into_iter().zip(row_hashes(&columns, 2)?).map(|(a, b)| [a, b]).collect())
}

/// One hash a row. The engine's own skips nulls, so that (null, x) and (x, null) would be alike: which columns are null
/// is hashed beside the values.
pub fn row_hashes(columns: &[ArrayRef], seed: u64) -> Result<Vec<u64>> {
    let rows = columns.first().map_or(0, |column| column.len());
    let mut nulls = vec![0_u64; rows];
    for (at, column) in columns.iter().enumerate().filter(|(_, column)| column.null_count() > 0) {
        let bit = 1_u64 << (at % 64);
        (0..rows).filter(|row| column.is_null(*row)).for_each(|row| nulls[row] |= bit);
    }
    let mut all = columns.to_vec();
    all.push(Arc::new(UInt64Array::from(nulls)));
    let mut hashes = vec![0; rows];
    create_hashes(&all, &RandomState::with_seed(seed), &mut hashes).map_err(|e| Error::internal(e.to_string()))?;
    Ok(hashes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Date32Array, Int64Array, StringViewArray};

    fn batch(rows: &[(&str, i32, i64)]) -> RecordBatch {
        let keys: StringViewArray = rows.iter().map(|row| Some(row.0)).collect();
        let days: Date32Array = rows.iter().map(|row| Some(row.1)).collect();
        let provenance: Int64Array = rows.iter().map(|row| Some(row.2)).collect();
        let columns: [(&str, ArrayRef); 3] =
            [("k", Arc::new(keys)), ("day", Arc::new(days)), ("_row", Arc::new(provenance))];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    fn contents(rows: &[(&str, i32, i64)]) -> Contents {
        let batch = batch(rows);
        let mut contents = Contents::default();
        Reader::new(&batch.schema(), Some("day"), Some("k")).take(&mut contents, &batch).unwrap();
        contents
    }

    #[test]
    fn order_does_not_matter_and_provenance_shows_in_the_whole_alone() {
        let a = contents(&[("a", 1, 1), ("b", 2, 2), ("a", 1, 3)]);
        let b = contents(&[("b", 2, 2), ("a", 1, 3), ("a", 1, 1)]);
        assert_eq!((a.whole, &a.by_day), (b.whole, &b.by_day));
        let c = contents(&[("b", 2, 9), ("a", 1, 3), ("a", 1, 1)]);
        assert_ne!(a.whole, c.whole);
        assert!(differing(a.by_day.iter(), c.by_day.iter()).is_empty());
    }

    #[test]
    fn a_value_in_the_next_column_is_another_row() {
        let row = |a: Option<&str>, b: Option<&str>| -> Vec<ArrayRef> {
            vec![Arc::new(StringViewArray::from(vec![a])), Arc::new(StringViewArray::from(vec![b]))]
        };
        let (left, right) = (row(Some("x"), None), row(None, Some("x")));
        assert_ne!(row_hashes(&left, 0).unwrap(), row_hashes(&right, 0).unwrap());
    }

    #[test]
    fn what_differs_is_named() {
        let a = contents(&[("a", 1, 1), ("b", 2, 2)]);
        let b = contents(&[("a", 1, 1), ("c", 2, 2), ("d", 3, 2)]);
        assert_eq!(differing(a.by_day.iter(), b.by_day.iter()), [&Some(2), &Some(3)]);
        assert_eq!(differing(a.by_key.iter(), b.by_key.iter()), ["b", "c", "d"]);
    }
}
