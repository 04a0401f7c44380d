//! What is recorded of loads, many in one file: a fate for each row, and which rows stand of each unit of replacement.
//!
//! A run writes one pack of what it recorded, and takes small packs of before into it ([`write`](mod@write)), so that there
//! are few however many loads there are. The manifest names them, oldest first. What two packs hold of the same load or unit
//! is true in the newer one. A pack is never changed.
//!
//! ```text
//! fates of a load, compressed; of the next one …
//! units, sorted by key          Unit::WIDTH bytes each
//! loads, sorted by number       where the fates of each are
//! END bytes                     what this is, and how many of each
//! ```

mod sorted;
mod write;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use port::{Error, Result};
use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_128;

use self::sorted::{Record, Sorted, merged, read_at};
use crate::land::fates::Fates;
use crate::land::place::{Unit, Units};
use crate::recover;

pub use self::write::{Recorded, write};

const MAGIC: &[u8; 8] = b"wharfp01";
const END: u64 = 32;

/// A pack as a manifest names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Relative to `fates/`.
    pub file: String,
    pub bytes: u64,
}

/// An opened pack.
pub struct Pack {
    file: Arc<File>,
    path: PathBuf,
    units: Sorted<Unit>,
    loads: Sorted<Place>,
}

/// Where a load's fates are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    load: i64,
    rows: u64,
    at: u64,
    bytes: u64,
}

pub fn folder(root: &Path) -> PathBuf {
    root.join("fates")
}

/// Opens packs, in their order.
pub fn open(root: &Path, names: &[Named]) -> Result<Vec<Pack>> {
    names.iter().map(|named| Pack::open(folder(root).join(&named.file))).collect()
}

impl Pack {
    pub fn open(path: PathBuf) -> Result<Pack> {
        let opened = || -> io::Result<Option<(File, u64, u64, u64)>> {
            let file = File::open(&path)?;
            let Some(end) = file.metadata()?.len().checked_sub(END) else { return Ok(None) };
            let mut bytes = [0; END as usize];
            read_at(&file, &mut bytes, end)?;
            let [at, units, loads] = [8, 16, 24].map(|from| number(&bytes, from));
            let whole = units.checked_mul(Unit::WIDTH as u64).zip(loads.checked_mul(Place::WIDTH as u64));
            let whole = whole.and_then(|(units, loads)| at.checked_add(units)?.checked_add(loads));
            Ok((bytes.starts_with(MAGIC) && whole == Some(end)).then_some((file, at, units, loads)))
        };
        let opened = opened().map_err(|error| unreadable(&path, error))?;
        let (file, at, units, loads) = opened.ok_or_else(|| damaged(&path))?;
        let file = Arc::new(file);
        let units = Sorted::new(file.clone(), at, units);
        let loads = Sorted::new(file.clone(), at + units.count * Unit::WIDTH as u64, loads);
        Ok(Pack { file, path, units, loads })
    }

    fn fates(&self, place: Place) -> Result<Fates> {
        Fates::decompress(&self.compressed(place)?, place.rows).ok_or_else(|| damaged(&self.path))
    }

    fn compressed(&self, place: Place) -> Result<Vec<u8>> {
        let mut bytes = vec![0; place.bytes as usize];
        read_at(&self.file, &mut bytes, place.at).map_err(|error| unreadable(&self.path, error))?;
        Ok(bytes)
    }
}

/// The fates of a load, where any pack has them.
pub fn fates(packs: &[Pack], load: i64) -> Result<Option<Fates>> {
    for pack in packs.iter().rev() {
        if let Some(place) = pack.loads.find(load).map_err(|error| unreadable(&pack.path, error))? {
            return pack.fates(place).map(Some);
        }
    }
    Ok(None)
}

/// What stands of those units of a table that packs know.
pub fn units(packs: &[Pack], table: &str, keys: impl Iterator<Item = u128>) -> Result<Units> {
    let mut wanted: Vec<u128> = keys.map(|key| of_table(table, key)).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut found = HashMap::new();
    for pack in packs.iter().rev() {
        for unit in pack.units.find_all(&wanted).map_err(|error| unreadable(&pack.path, error))? {
            found.insert(of_table(table, unit.key), Unit { key: of_table(table, unit.key), ..unit });
        }
        wanted.retain(|key| !found.contains_key(&of_table(table, *key)));
    }
    Ok(found)
}

/// The number and rows of each load that packs know.
pub fn loads(packs: &[Pack]) -> Result<Vec<(i64, u64)>> {
    let all = merged(packs.iter().map(|pack| pack.loads.all()).collect());
    let all = all.map(|found| found.map(|(_, place)| (place.load, place.rows)));
    all.collect::<io::Result<_>>().map_err(|error| of_any(packs, error))
}

/// The fates of each load that packs know.
pub fn all_fates(packs: &[Pack]) -> impl Iterator<Item = Result<(i64, Fates)>> {
    let all = merged(packs.iter().map(|pack| pack.loads.all()).collect());
    all.map(move |found| {
        let (pack, place) = found.map_err(|error| of_any(packs, error))?;
        Ok((place.load, packs[pack].fates(place)?))
    })
}

/// Packs that no manifest names from now on: who read the one of before may still open them. Their time says since when.
pub fn retire<'a>(root: &Path, packs: impl Iterator<Item = &'a Named>) {
    for pack in packs {
        // One whose time is that of its making is removed too early, for those who began to read just now.
        let _ = File::options()
            .write(true)
            .open(folder(root).join(&pack.file))
            .and_then(|file| file.set_modified(SystemTime::now()));
    }
}

/// Removes what is not named any more for so long.
pub fn remove_retired(root: &Path, named: &BTreeSet<String>, keep: Duration) -> Result<()> {
    let before = SystemTime::now().checked_sub(keep).unwrap_or(SystemTime::UNIX_EPOCH);
    for path in recover::files(&folder(root))? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let since = fs::metadata(&path).and_then(|about| about.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
        if !named.contains(&name) && since <= before {
            fs::remove_file(&path).map_err(|error| Error::io("remove", &path, error))?;
        }
    }
    Ok(())
}

/// Units of all tables are in one order: the same key means another unit in another table. Turns either into the other.
pub fn of_table(table: &str, key: u128) -> u128 {
    key ^ XxHash3_128::oneshot(table.as_bytes())
}

fn of_any(packs: &[Pack], error: io::Error) -> Error {
    unreadable(packs.last().map_or(Path::new("fates"), |pack| &pack.path), error)
}

fn unreadable(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound => Error::io("read", path, error).advise(ADVICE),
        _ => Error::io("read", path, error),
    }
}

fn damaged(path: &Path) -> Error {
    Error::input(format!("{} is damaged", path.display())).advise(ADVICE)
}

const ADVICE: &str = "run with --full-refresh, which makes it anew";

fn number(bytes: &[u8], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(number)
}

impl Record for Place {
    const WIDTH: usize = 32;
    type Key = i64;

    fn key(&self) -> i64 {
        self.load
    }

    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.load.to_le_bytes());
        [self.rows, self.at, self.bytes].iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
    }

    fn get(bytes: &[u8]) -> Place {
        let load = number(bytes, 0) as i64;
        Place { load, rows: number(bytes, 8), at: number(bytes, 16), bytes: number(bytes, 24) }
    }
}

impl Record for Unit {
    const WIDTH: usize = 48;
    type Key = u128;

    fn key(&self) -> u128 {
        self.key
    }

    fn put(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.key.to_le_bytes());
        bytes.extend_from_slice(&self.load.to_le_bytes());
        bytes.extend_from_slice(&self.digest.to_le_bytes());
        bytes.extend_from_slice(&self.first_row.to_le_bytes());
        bytes.extend_from_slice(&self.group.to_le_bytes());
        bytes.extend_from_slice(&self.rows.to_le_bytes());
    }

    fn get(bytes: &[u8]) -> Unit {
        let both = number(bytes, 40);
        Unit {
            key: u128::from(number(bytes, 0)) | u128::from(number(bytes, 8)) << 64,
            load: number(bytes, 16) as i64,
            digest: number(bytes, 24),
            first_row: number(bytes, 32) as i64,
            group: both as u32,
            rows: (both >> 32) as u32,
        }
    }
}
