//! Writing a pack, which takes in small ones of before: packs of about a size become one, so that each is rewritten a few
//! times in a shop's life and there are ever few of them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use port::{Error, Result};

use super::sorted::{Record, Sorted, merged};
use super::{MAGIC, Named, Pack, Place, folder, of_any, of_table, open};
use crate::land::fates::{Compressor, Fates};
use crate::land::place::Unit;

/// Packs up to this size are taken in whatever the new one's: to read and write as much costs no more than a file does.
pub const SMALL: u64 = 64 << 10;

/// What a run recorded.
#[derive(Default)]
pub struct Recorded {
    fates: BTreeMap<i64, Fates>,
    units: Vec<Unit>,
}

impl Recorded {
    pub fn add_fates(&mut self, load: i64, fates: Fates) {
        self.fates.insert(load, fates);
    }

    /// Of one table, and of each key what stands.
    pub fn add_units(&mut self, table: &str, units: impl Iterator<Item = Unit>) {
        self.units.extend(units.map(|unit| Unit { key: of_table(table, unit.key), ..unit }));
    }

    /// About the bytes that it will take.
    fn size(&self) -> u64 {
        let rows: u64 = self.fates.values().map(Fates::rows).sum();
        rows + (self.fates.len() * Place::WIDTH * 2 + self.units.len() * Unit::WIDTH) as u64
    }
}

/// Puts what was recorded behind `packs`: those that there are from now on.
pub fn write(root: &Path, packs: &[Named], recorded: Recorded) -> Result<Vec<Named>> {
    write_beside(root, packs, recorded, SMALL)
}

pub fn write_beside(root: &Path, packs: &[Named], mut recorded: Recorded, small: u64) -> Result<Vec<Named>> {
    let kept = packs.len() - taken_in(packs, recorded.size(), small);
    let (kept, taken) = packs.split_at(kept);
    let taken = open(root, taken)?;
    let folder = folder(root);
    fs::create_dir_all(&folder).map_err(|error| Error::io("create", &folder, error))?;
    let file = format!("{}.pack", uuid::Uuid::new_v4().simple());
    let path = folder.join(&file);
    recorded.units.sort_unstable_by_key(|unit| unit.key);
    let unwritable = |error| Error::io("write", &path, error);
    let mut writer = Writer { to: BufWriter::with_capacity(1 << 18, File::create(&path).map_err(unwritable)?), at: 0 };
    let places = writer.fates(&recorded.fates, &taken)?.map_err(unwritable)?;
    let units_at = writer.at;
    let units = writer.units(recorded.units, &taken)?.map_err(unwritable)?;
    let bytes = writer.end(&places, units_at, units).map_err(unwritable)?;
    let mut packs = kept.to_vec();
    packs.push(Named { file, bytes });
    Ok(packs)
}

/// How many of the newest packs a new one of this size takes in: each that stays is more than twice as large as the next.
fn taken_in(packs: &[Named], mut size: u64, small: u64) -> usize {
    let mut taken = 0;
    for pack in packs.iter().rev() {
        if pack.bytes > (2 * size).max(small) {
            break;
        }
        size += pack.bytes;
        taken += 1;
    }
    taken
}

struct Writer {
    to: BufWriter<File>,
    /// Bytes so far.
    at: u64,
}

/// Reading other packs may fail, and so may writing this one.
type Written<T> = Result<io::Result<T>>;

impl Writer {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.at += bytes.len() as u64;
        self.to.write_all(bytes)
    }

    fn record<R: Record>(&mut self, record: &R) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(R::WIDTH);
        record.put(&mut bytes);
        self.put(&bytes)
    }

    fn end(mut self, places: &[Place], units_at: u64, units: u64) -> io::Result<u64> {
        places.iter().try_for_each(|place| self.record(place))?;
        self.put(MAGIC)?;
        [units_at, units, places.len() as u64].iter().try_for_each(|number| self.put(&number.to_le_bytes()))?;
        self.to.flush()?;
        Ok(self.at)
    }

    /// New fates and those of older packs that are still true, by load.
    fn fates(&mut self, new: &BTreeMap<i64, Fates>, taken: &[Pack]) -> Written<Vec<Place>> {
        let mut compressor = Compressor::new()?;
        let mut stretches: Vec<Box<dyn Iterator<Item = io::Result<Place>>>> = Vec::new();
        for pack in taken {
            stretches.push(Box::new(pack.loads.all()));
        }
        let place = |(load, fates): (&i64, &Fates)| Ok(Place { load: *load, rows: fates.rows(), at: 0, bytes: 0 });
        let places: Vec<io::Result<Place>> = new.iter().map(place).collect();
        stretches.push(Box::new(places.into_iter()));
        let mut places = Vec::new();
        for found in merged(stretches) {
            let (pack, place) = found.map_err(|error| of_any(taken, error))?;
            let bytes = match (taken.get(pack), new.get(&place.load)) {
                (Some(pack), _) => pack.compressed(place)?,
                (None, Some(fates)) => compressor.compress(fates)?,
                (None, None) => continue,
            };
            places.push(Place { at: self.at, bytes: bytes.len() as u64, ..place });
            if let Err(error) = self.put(&bytes) {
                return Ok(Err(error));
            }
        }
        Ok(Ok(places))
    }

    /// New units and those of older packs, by key; how many.
    fn units(&mut self, new: Vec<Unit>, taken: &[Pack]) -> Written<u64> {
        let mut stretches: Vec<Box<dyn Iterator<Item = io::Result<Unit>>>> = Vec::new();
        for pack in taken {
            stretches.push(Box::new(Sorted::all(&pack.units)));
        }
        stretches.push(Box::new(new.into_iter().map(Ok)));
        let mut count = 0;
        for found in merged(stretches) {
            let (_, unit) = found.map_err(|error| of_any(taken, error))?;
            if let Err(error) = self.record(&unit) {
                return Ok(Err(error));
            }
            count += 1;
        }
        Ok(Ok(count))
    }
}
