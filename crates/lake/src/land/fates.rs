//! What became of each landed row. Every row has exactly one fate, stored; reports count what is stored.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, UInt8Type, UInt32Type};
use arrow::ipc::reader::FileReader;
use port::{Error, LoadReport, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Fate {
    Used = 1,
    Rejected = 2,
    /// Rejected until its parent arrives.
    Pending = 3,
    /// Says what another row says already, or completes it.
    Merged = 4,
    /// A newer row stands in its place.
    Superseded = 5,
}

impl Fate {
    pub const ALL: [Fate; 5] = [Fate::Used, Fate::Rejected, Fate::Pending, Fate::Merged, Fate::Superseded];

    pub fn name(self) -> &'static str {
        match self {
            Fate::Used => "used",
            Fate::Rejected => "rejected",
            Fate::Pending => "pending",
            Fate::Merged => "merged",
            Fate::Superseded => "superseded",
        }
    }
}

/// A row by load and number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RowId {
    pub load: i64,
    pub row: i64,
}

/// The fates of one load; row `n` is at index `n - 1`.
#[derive(Debug, Default, Clone)]
pub struct Fates {
    code: Vec<u8>,
    group: Vec<u32>,
    /// The row that a merged or superseded one gave way to.
    by: BTreeMap<i64, RowId>,
}

const NO_GROUP: u32 = u32::MAX;

impl Fates {
    pub fn set(&mut self, row: i64, fate: Fate, group: Option<u32>) {
        let Ok(at) = usize::try_from(row - 1) else { return };
        if at >= self.code.len() {
            self.code.resize(at + 1, 0);
            self.group.resize(at + 1, NO_GROUP);
        }
        self.code[at] = fate as u8;
        self.group[at] = group.unwrap_or(NO_GROUP);
    }

    /// A used row gives way to another.
    pub fn give_way(&mut self, row: i64, fate: Fate, by: RowId) {
        if let Some(code) = usize::try_from(row - 1).ok().and_then(|at| self.code.get_mut(at)) {
            *code = fate as u8;
            self.by.insert(row, by);
        }
    }

    /// All used rows of the groups that `outcome` names give way. True when there were any.
    pub fn give_way_by_group(&mut self, outcome: impl Fn(u32) -> Option<(Fate, RowId)>) -> bool {
        let mut any = false;
        for at in 0..self.code.len() {
            if self.code[at] != Fate::Used as u8 {
                continue;
            }
            if let Some((fate, by)) = outcome(self.group[at]) {
                self.code[at] = fate as u8;
                self.by.insert(at as i64 + 1, by);
                any = true;
            }
        }
        any
    }

    pub fn rows(&self) -> u64 {
        self.code.len() as u64
    }

    /// Counts by fate. A row without one is a defect that the sum shows.
    pub fn report(&self, id: i64) -> LoadReport {
        let mut counts = [0_u64; 6];
        for code in &self.code {
            counts[usize::from(*code).min(5)] += 1;
        }
        LoadReport {
            id,
            rows: self.rows(),
            used: counts[Fate::Used as usize],
            rejected: counts[Fate::Rejected as usize],
            pending: counts[Fate::Pending as usize],
            merged: counts[Fate::Merged as usize],
            superseded: counts[Fate::Superseded as usize],
            notes: Vec::new(),
        }
    }

    /// What [`Compressor::compress`] made of so many rows; `None`: it did not.
    pub fn decompress(bytes: &[u8], rows: u64) -> Option<Fates> {
        let rows = usize::try_from(rows).ok()?;
        let bytes = zstd::bulk::decompress(bytes, rows.checked_mul(ROW + GIVES_WAY)?).ok()?;
        let (code, rest) = bytes.split_at_checked(rows)?;
        let (group, rest) = rest.split_at_checked(rows * 4)?;
        let (ways, []) = rest.as_chunks::<GIVES_WAY>() else { return None };
        let way = |way: &[u8; GIVES_WAY]| {
            let ([row, load, by], _) = way.as_chunks::<8>() else { return None };
            Some((i64::from_le_bytes(*row), RowId { load: i64::from_le_bytes(*load), row: i64::from_le_bytes(*by) }))
        };
        Some(Fates {
            code: code.to_vec(),
            group: group.as_chunks::<4>().0.iter().map(|group| u32::from_le_bytes(*group)).collect(),
            by: ways.iter().map(way).collect::<Option<_>>()?,
        })
    }

    /// Of a file of its own, as lakes up to format 2 have it.
    pub fn read(path: &Path) -> Result<Fates> {
        let mut fates = Fates::default();
        for batch in stored(path)? {
            let start = fates.code.len() as i64;
            fates.code.extend(batch.column(0).as_primitive::<UInt8Type>().values());
            fates.group.extend(batch.column(1).as_primitive::<UInt32Type>().values());
            let (loads, rows) =
                (batch.column(2).as_primitive::<Int64Type>(), batch.column(3).as_primitive::<Int64Type>());
            for (at, (load, row)) in loads.iter().zip(rows).enumerate() {
                if let (Some(load), Some(row)) = (load, row) {
                    fates.by.insert(start + at as i64 + 1, RowId { load, row });
                }
            }
        }
        Ok(fates)
    }

    /// Each row's group; of one without a group a number that no group has.
    pub fn groups(&self) -> &[u32] {
        &self.group
    }

    /// The rows as the `fates` table shows them.
    pub fn table(&self, load: i64) -> Result<RecordBatch> {
        let names = |code: &u8| Fate::ALL.iter().find(|fate| **fate as u8 == *code).map(|fate| fate.name());
        let rows: Vec<i64> = (1..=self.code.len() as i64).collect();
        let by =
            |pick: fn(&RowId) -> i64| -> Int64Array { rows.iter().map(|row| self.by.get(row).map(pick)).collect() };
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from(vec![load; rows.len()])),
            Arc::new(Int64Array::from(rows.clone())),
            Arc::new(self.code.iter().map(names).collect::<arrow::array::StringViewArray>()),
            Arc::new(by(|id| id.load)),
            Arc::new(by(|id| id.row)),
        ];
        RecordBatch::try_new(table_schema(), columns).map_err(|error| Error::internal(error.to_string()))
    }
}

/// Bytes of a row, and of what one gave way to.
const ROW: usize = 5;
const GIVES_WAY: usize = 24;

/// Makes bytes of fates, again and again.
pub struct Compressor(zstd::bulk::Compressor<'static>);

/// Fates are mostly the same and groups count up: more effort gains little.
const LEVEL: i32 = 1;

impl Compressor {
    pub fn new() -> Result<Compressor> {
        let mut compressor = zstd::bulk::Compressor::new(LEVEL).map_err(incompressible)?;
        compressor.include_checksum(true).map_err(incompressible)?;
        Ok(Compressor(compressor))
    }

    pub fn compress(&mut self, fates: &Fates) -> Result<Vec<u8>> {
        let Fates { code, group, by } = fates;
        let mut bytes = Vec::with_capacity(code.len() * ROW + by.len() * GIVES_WAY);
        bytes.extend_from_slice(code);
        group.iter().for_each(|group| bytes.extend_from_slice(&group.to_le_bytes()));
        for (row, by) in by {
            [*row, by.load, by.row].iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
        }
        self.0.compress(&bytes).map_err(incompressible)
    }
}

fn incompressible(error: std::io::Error) -> Error {
    Error::internal(format!("fates cannot be compressed: {error}"))
}

fn stored(path: &Path) -> Result<Vec<RecordBatch>> {
    let batches = || -> Result<Vec<RecordBatch>, arrow::error::ArrowError> {
        FileReader::try_new_buffered(File::open(path)?, None)?.collect()
    };
    batches().map_err(|error| {
        Error::input(format!("cannot read {}: {error}", path.display())).advise("run with --full-refresh")
    })
}

/// The `fates` table: one row a landed row.
pub fn table_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("load", DataType::Int64, true),
        Field::new("row", DataType::Int64, true),
        Field::new("fate", DataType::Utf8View, true),
        Field::new("by_load", DataType::Int64, true),
        Field::new("by_row", DataType::Int64, true),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fates_come_back_and_add_up() {
        let mut fates = Fates::default();
        fates.set(1, Fate::Used, Some(0));
        fates.set(2, Fate::Rejected, None);
        fates.set(4, Fate::Used, Some(1));
        fates.set(3, Fate::Used, Some(0));
        assert!(fates.give_way_by_group(|group| (group == 0).then_some((Fate::Superseded, RowId { load: 2, row: 9 }))));
        let bytes = Compressor::new().unwrap().compress(&fates).unwrap();
        let back = Fates::decompress(&bytes, 4).unwrap();
        let report = back.report(1);
        assert_eq!((report.rows, report.used, report.rejected, report.superseded), (4, 1, 1, 2));
        assert_eq!(back.groups(), fates.groups());
        let table = back.table(1).unwrap();
        assert_eq!(table.column(4).as_primitive::<Int64Type>().value(0), 9);
        assert!(Fates::decompress(&bytes, 3).is_none() && Fates::decompress(&bytes[1..], 4).is_none());
        let none = Compressor::new().unwrap().compress(&Fates::default()).unwrap();
        assert_eq!(Fates::decompress(&none, 0).unwrap().rows(), 0);
    }
}
