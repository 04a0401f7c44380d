//! The ledger of loads. There are ever more of them, so they are held and saved in pieces: a run writes those again that it
//! changed, and a process that runs the shop for days reads each once.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use port::{Chapter, Error, LoadReport, Position, Result, Seen};
use serde::{Deserialize, Deserializer, Serialize};

/// So many are written again where one of them changed, about 30 KB: an order that moves on changes the load that had it before.
const LOADS_A_PIECE: usize = 64;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadRecord {
    pub id: i64,
    pub name: String,
    pub table: String,
    pub position: Position,
    pub fetched: port::Fetched,
    /// When it was landed, microseconds since the epoch.
    pub landed_at: i64,
    #[serde(default, skip_serializing_if = "is_false")]
    pub undone: bool,
    pub rows: u64,
    pub used: u64,
    #[serde(default, skip_serializing_if = "is_none")]
    pub rejected: u64,
    #[serde(default, skip_serializing_if = "is_none")]
    pub pending: u64,
    #[serde(default, skip_serializing_if = "is_none")]
    pub merged: u64,
    #[serde(default, skip_serializing_if = "is_none")]
    pub superseded: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

fn is_false(told: &bool) -> bool {
    !told
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

impl LoadRecord {
    /// Taking the report would change nothing.
    pub fn says(&self, report: &LoadReport) -> bool {
        let LoadReport { id: _, rows, used, rejected, pending, merged, superseded, notes } = report;
        (self.rows, self.used, self.rejected, self.pending) == (*rows, *used, *rejected, *pending)
            && (self.merged, self.superseded) == (*merged, *superseded)
            && (notes.is_empty() || self.notes == *notes)
    }

    pub fn take(&mut self, report: &LoadReport) {
        self.rows = report.rows;
        self.used = report.used;
        self.rejected = report.rejected;
        self.pending = report.pending;
        self.merged = report.merged;
        self.superseded = report.superseded;
        if !report.notes.is_empty() {
            self.notes = report.notes.clone();
        }
    }
}

/// All loads, ascending by their number; undone ones stay, marked. A copy shares what it does not change.
#[derive(Debug, Clone, Default)]
pub struct Loads {
    pieces: Vec<Piece>,
    /// Those that are new or other than when this was read.
    changed: BTreeSet<i64>,
}

/// Neighbours in the ledger.
#[derive(Debug, Clone)]
struct Piece {
    /// What the warehouse has it under; `None` where it says something else by now.
    stored: Option<Arc<str>>,
    told: Arc<Told>,
}

#[derive(Debug, Clone, Default)]
struct Told {
    records: Vec<LoadRecord>,
    /// Of each record's name and content, beside each other: what has another tag need not be looked at.
    tags: Vec<(u64, u64)>,
}

impl Told {
    fn of(records: Vec<LoadRecord>) -> Told {
        let tags = records.iter().map(|record| (tag(&record.name), tag(&record.fetched.hash))).collect();
        Told { records, tags }
    }

    fn push(&mut self, record: LoadRecord) {
        self.tags.push((tag(&record.name), tag(&record.fetched.hash)));
        self.records.push(record);
    }
}

fn tag(text: &str) -> u64 {
    static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    SEED.hash_one(text)
}

impl Loads {
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &LoadRecord> {
        self.pieces.iter().flat_map(|piece| &piece.told.records)
    }

    pub fn len(&self) -> usize {
        self.pieces.iter().map(|piece| piece.told.records.len()).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub fn get(&self, id: i64) -> Option<&LoadRecord> {
        let (piece, at) = self.place(id)?;
        Some(&self.pieces[piece].told.records[at])
    }

    /// To be changed, but for its number, its name and its content.
    pub fn get_mut(&mut self, id: i64) -> Option<&mut LoadRecord> {
        let (piece, at) = self.place(id)?;
        self.changed.insert(id);
        let piece = &mut self.pieces[piece];
        piece.stored = None;
        Some(&mut Arc::make_mut(&mut piece.told).records[at])
    }

    /// Its number is greater than all others.
    pub fn push(&mut self, record: LoadRecord) {
        self.changed.insert(record.id);
        match self.pieces.last_mut().filter(|piece| piece.told.records.len() < LOADS_A_PIECE) {
            Some(last) => {
                last.stored = None;
                Arc::make_mut(&mut last.told).push(record);
            }
            None => self.pieces.push(Piece { stored: None, told: Arc::new(Told::of(vec![record])) }),
        }
    }

    pub fn of_name<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a LoadRecord> {
        let wanted = tag(name);
        self.tagged(move |(name, _)| name == wanted).filter(move |record| record.name == name)
    }

    pub fn of_content<'a>(&'a self, hash: &'a str) -> impl DoubleEndedIterator<Item = &'a LoadRecord> {
        let wanted = tag(hash);
        self.tagged(move |(_, content)| content == wanted).filter(move |record| record.fetched.hash == hash)
    }

    fn tagged(&self, is_wanted: impl Fn((u64, u64)) -> bool + Copy) -> impl DoubleEndedIterator<Item = &LoadRecord> {
        self.pieces.iter().flat_map(move |piece| {
            let tagged = piece.told.tags.iter().enumerate().filter(move |(_, tags)| is_wanted(**tags));
            tagged.map(move |(at, _)| &piece.told.records[at])
        })
    }

    pub fn next(&self) -> i64 {
        self.iter().next_back().map_or(1, |load| load.id + 1)
    }

    /// All of which the content is known, in landing order.
    pub fn seen(&self) -> impl Iterator<Item = Seen<'_>> {
        self.iter().map(|load| Seen { name: &load.name, position: &load.position, file: &load.fetched.file })
    }

    /// Those that are new or other than what was read.
    pub fn changed(&self) -> impl Iterator<Item = &LoadRecord> {
        self.changed.iter().filter_map(|id| self.get(*id))
    }

    fn place(&self, id: i64) -> Option<(usize, usize)> {
        let after = self.pieces.partition_point(|piece| piece.told.records.first().is_some_and(|first| first.id <= id));
        let piece = after.checked_sub(1)?;
        let at = self.pieces[piece].told.records.binary_search_by_key(&id, |record| record.id).ok()?;
        Some((piece, at))
    }

    /// As a warehouse keeps them.
    pub(super) fn chapters(&self) -> serde_json::Result<Vec<Chapter>> {
        let chapter = |piece: &Piece| match &piece.stored {
            Some(name) => Ok(Chapter::Stored(name.clone())),
            None => serde_json::to_string(&piece.told.records).map(Chapter::New),
        };
        self.pieces.iter().map(chapter).collect()
    }

    fn of(pieces: impl IntoIterator<Item = (Option<Arc<str>>, Arc<Told>)>) -> Loads {
        let pieces = pieces.into_iter().filter(|(_, told)| !told.records.is_empty());
        Loads { pieces: pieces.map(|(stored, told)| Piece { stored, told }).collect(), changed: BTreeSet::new() }
    }
}

impl PartialEq for Loads {
    fn eq(&self, other: &Loads) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

/// One of before there were chapters has its loads in its head.
impl<'de> Deserialize<'de> for Loads {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Loads, D::Error> {
        let mut loads = Loads::default();
        Vec::<LoadRecord>::deserialize(from)?.into_iter().for_each(|record| loads.push(record));
        loads.changed.clear();
        Ok(loads)
    }
}

/// Pieces that were read, by the names that the warehouse has them under: a name stands for its text for ever. What no state
/// names any more is forgotten.
#[derive(Debug, Default)]
pub struct Remembered(Mutex<HashMap<Arc<str>, Arc<Told>>>);

impl Remembered {
    /// Names of chapters that were not read yet.
    pub(super) fn unread(&self, chapters: &[Chapter]) -> Vec<Arc<str>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let names = chapters.iter().filter_map(|chapter| match chapter {
            Chapter::Stored(name) => Some(name),
            Chapter::New(_) => None,
        });
        names.filter(|name| !known.contains_key(*name)).cloned().collect()
    }

    /// The loads of chapters; `read` are the texts of those that were not.
    pub(super) fn loads(&self, chapters: &[Chapter], read: Vec<(Arc<str>, String)>) -> Result<Loads> {
        let parse = |text: &str| {
            let records = serde_json::from_str(text).map_err(super::unreadable)?;
            Ok::<_, Error>(Arc::new(Told::of(records)))
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, text) in read {
            known.insert(name, parse(&text)?);
        }
        let mut pieces = Vec::with_capacity(chapters.len());
        let mut named = HashMap::with_capacity(chapters.len());
        for chapter in chapters {
            match chapter {
                Chapter::New(text) => pieces.push((None, parse(text)?)),
                Chapter::Stored(name) => {
                    let told = known.get(name).ok_or_else(|| Error::internal(format!("{name} was not read")))?;
                    named.insert(name.clone(), told.clone());
                    pieces.push((Some(name.clone()), told.clone()));
                }
            }
        }
        *known = named;
        Ok(Loads::of(pieces))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: i64) -> LoadRecord {
        let name = format!("orders-{}.csv", id % 40);
        let fetched = port::Fetched {
            hash: format!("hash-{}", id % 30),
            file: format!("hash-{}.csv", id % 30),
            path: std::path::PathBuf::new(),
            name: name.clone(),
            size: 7,
        };
        LoadRecord {
            id,
            name,
            table: "orders".to_owned(),
            position: Position::File { size: 7, modified_nanos: id, inode: 1 },
            fetched,
            landed_at: id,
            undone: false,
            rows: 3,
            used: 3,
            rejected: 0,
            pending: 0,
            merged: 0,
            superseded: 0,
            notes: Vec::new(),
        }
    }

    /// What a warehouse does with chapters: it keeps new ones under a name of their content.
    fn stored(chapters: Vec<Chapter>, texts: &mut HashMap<Arc<str>, String>) -> (Vec<Chapter>, usize) {
        let mut written = 0;
        let mut store = |chapter| match chapter {
            Chapter::Stored(name) => Chapter::Stored(name),
            Chapter::New(text) => {
                written += 1;
                let name: Arc<str> = format!("{:x}", tag(&text)).into();
                texts.insert(name.clone(), text);
                Chapter::Stored(name)
            }
        };
        (chapters.into_iter().map(&mut store).collect(), written)
    }

    #[test]
    fn what_changed_is_written_and_what_is_known_is_not_read() {
        let (known, mut texts) = (Remembered::default(), HashMap::new());
        let mut loads = Loads::default();
        (1..=1000).filter(|id| id % 7 != 0).for_each(|id| loads.push(record(id)));
        let (mut chapters, written) = stored(loads.chapters().unwrap(), &mut texts);
        assert_eq!(written, 858usize.div_ceil(64));
        for round in 1..50i64 {
            let unread = known.unread(&chapters);
            assert_eq!(unread.len(), if round == 1 { 14 } else { chapters.len().min(3) }, "{round}");
            let read = unread.into_iter().map(|name| (name.clone(), texts[&name].clone())).collect();
            let mut now = known.loads(&chapters, read).unwrap();
            assert!(now == loads && now.changed().next().is_none(), "{round}");
            for id in [3, 500] {
                loads.get_mut(id).unwrap().superseded += 1;
                now.get_mut(id).unwrap().superseded += 1;
            }
            loads.push(record(1000 + round));
            now.push(record(1000 + round));
            assert_eq!(now.changed().map(|it| it.id).collect::<Vec<_>>(), [3, 500, 1000 + round]);
            let (next, written) = stored(now.chapters().unwrap(), &mut texts);
            assert_eq!(written, 3);
            chapters = next;
        }
        assert!(loads.get(7).is_none() && loads.get(0).is_none() && loads.get(99_999).is_none());
        assert_eq!(loads.next(), 1050);
        let of_name: Vec<i64> = loads.of_name("orders-5.csv").map(|it| it.id).collect();
        let expected: Vec<i64> = loads.iter().filter(|it| it.name == "orders-5.csv").map(|it| it.id).collect();
        assert_eq!(of_name, expected);
        let expected: Vec<i64> = loads.iter().filter(|it| it.fetched.hash == "hash-9").map(|it| it.id).collect();
        assert_eq!(loads.of_content("hash-9").map(|it| it.id).collect::<Vec<_>>(), expected);
    }

    /// A run of a shop of a hundred thousand loads: what it does with all of them but for the change.
    #[test]
    fn a_hundred_thousand_loads_cost_a_run_little() {
        let (known, mut texts) = (Remembered::default(), HashMap::new());
        let mut loads = Loads::default();
        (1..=100_000).for_each(|id| loads.push(record(id)));
        let (chapters, _) = stored(loads.chapters().unwrap(), &mut texts);
        let read = known.unread(&chapters).into_iter().map(|name| (name.clone(), texts[&name].clone())).collect();
        known.loads(&chapters, read).unwrap();
        let run = || {
            assert!(known.unread(&chapters).is_empty());
            let mut loads = known.loads(&chapters, Vec::new()).unwrap();
            let seen: Vec<Seen<'_>> = loads.seen().collect();
            assert_eq!(seen.len(), 100_000);
            assert_eq!(loads.of_content("hash-29").count(), 3333);
            loads.push(record(100_001));
            loads.get_mut(99_000).unwrap().superseded += 1;
            let new = loads.chapters().unwrap().iter().filter(|it| matches!(it, Chapter::New(_))).count();
            assert_eq!(new, 2);
        };
        run();
        let begun = std::time::Instant::now();
        run();
        let took = begun.elapsed();
        println!("{took:?} of a run for 100,000 loads, {} bytes a load and what it says", size_of::<LoadRecord>());
        assert!(took < std::time::Duration::from_millis(250), "{took:?}");
    }
}
