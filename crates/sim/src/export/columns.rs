//! Rows as columns, for Parquet. A column holds runs: a value, and the row from which on it stands, so that what is alike on all
//! rows of a document is there once. Texts are keys of a dictionary from the beginning.

use std::borrow::Cow;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::cells::{Cells, Written};
use super::table::{Kind, Table};

pub struct Columns {
    pub table: &'static Table,
    pub columns: Vec<Column>,
    pub rows: u32,
    /// The next cell's column.
    at: usize,
}

pub struct Column {
    kind: Kind,
    pub runs: Runs,
    /// Of each run that has one.
    pub values: Values,
}

pub enum Values {
    /// Numbers, cents, microseconds.
    Numbers(Vec<i64>),
    Flags(Vec<bool>),
    /// Texts, and reals, which repeat as texts do.
    Words(Words),
}

/// A run's first row, twice, and one more if it has no value.
#[derive(Default)]
pub struct Runs(Vec<u32>);

#[derive(Default)]
pub struct Words {
    /// Of each value.
    pub keys: Vec<u32>,
    /// The dictionary: texts one after the other, and where each ends.
    bytes: Vec<u8>,
    ends: Vec<u32>,
    /// Keys by their texts.
    known: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Columns {
    /// With room for so many rows.
    pub fn with_room(table: &'static Table, rows: usize) -> Columns {
        let column = |(_, kind): &(&str, Kind)| {
            let values = match kind {
                Kind::Int | Kind::Money | Kind::Time => Values::Numbers(Vec::with_capacity(rows)),
                Kind::Flag => Values::Flags(Vec::new()),
                Kind::Text | Kind::Real => Values::Words(Words::default()),
            };
            Column { kind: *kind, runs: Runs(Vec::with_capacity(rows)), values }
        };
        Columns { table, columns: table.columns.iter().map(column).collect(), rows: 0, at: 0 }
    }

    /// The next cell's column, with a run begun.
    #[inline]
    fn next(&mut self, has_value: bool) -> &mut Column {
        let column = &mut self.columns[self.at];
        self.at += 1;
        column.runs.0.push(self.rows << 1 | u32::from(!has_value));
        column
    }

    #[inline]
    fn number(&mut self, kind: Kind, number: i64) {
        match &mut self.columns[self.at] {
            Column { kind: its, values: Values::Numbers(numbers), .. } if *its == kind => numbers.push(number),
            _ => return self.null(),
        }
        self.next(true);
    }
}

impl Runs {
    /// Whether there is a value, and for how many rows, up to the end.
    pub fn each(&self, rows: u32) -> impl Iterator<Item = (bool, usize)> {
        let nexts = self.0.iter().skip(1).copied().chain([rows << 1]);
        self.0.iter().zip(nexts).map(|(run, next)| (run & 1 == 0, ((next >> 1) - (run >> 1)) as usize))
    }

    /// A value for each row that has one.
    pub fn spread<'v, T: Copy>(&self, values: &'v [T], rows: u32) -> Cow<'v, [T]> {
        if values.len() == rows as usize {
            return Cow::Borrowed(values);
        }
        let mut spread = Vec::with_capacity(rows as usize);
        let lengths = self.each(rows).filter(|(has_value, _)| *has_value);
        lengths.zip(values).for_each(|((_, rows), value)| spread.extend(std::iter::repeat_n(*value, rows)));
        Cow::Owned(spread)
    }
}

impl Words {
    #[inline]
    fn push(&mut self, text: &[u8]) {
        // Many documents have what the one before them has.
        let key = match self.keys.last().copied() {
            Some(last) if self.get(last) == text => last,
            _ => self.key(text),
        };
        self.keys.push(key);
    }

    fn key(&mut self, text: &[u8]) -> u32 {
        let hash = self.hasher.hash_one(text);
        let Words { bytes, ends, known, hasher, .. } = self;
        let get = |key: &u32| word(bytes, ends, *key);
        if let Some(key) = known.find(hash, |key| get(key) == text) {
            return *key;
        }
        let key = ends.len() as u32;
        known.insert_unique(hash, key, |key| hasher.hash_one(get(key)));
        bytes.extend_from_slice(text);
        ends.push(bytes.len() as u32);
        key
    }

    pub fn get(&self, key: u32) -> &[u8] {
        word(&self.bytes, &self.ends, key)
    }

    /// How many the dictionary has.
    pub fn len(&self) -> usize {
        self.ends.len()
    }
}

#[inline]
fn word<'w>(bytes: &'w [u8], ends: &[u32], key: u32) -> &'w [u8] {
    let key = key as usize;
    let from = if key == 0 { 0 } else { ends[key - 1] };
    &bytes[from as usize..ends[key] as usize]
}

/// A value that is not of its column's kind becomes null: faults that need one are refused for typed formats.
impl Cells for Columns {
    fn null(&mut self) {
        self.next(false);
    }

    fn text(&mut self, text: &str) {
        match &mut self.columns[self.at] {
            Column { kind: Kind::Text, values: Values::Words(words), .. } => words.push(text.as_bytes()),
            _ => return self.null(),
        }
        self.next(true);
    }

    fn int(&mut self, number: i64) {
        self.number(Kind::Int, number);
    }

    fn money(&mut self, cents: i64) {
        self.number(Kind::Money, cents);
    }

    fn time(&mut self, seconds: i64) {
        self.number(Kind::Time, seconds * 1_000_000);
    }

    fn flag(&mut self, flag: bool) {
        let Values::Flags(flags) = &mut self.columns[self.at].values else { return self.null() };
        flags.push(flag);
        self.next(true);
    }

    fn real(&mut self, number: f64) {
        match &mut self.columns[self.at] {
            Column { kind: Kind::Real, values: Values::Words(words), .. } => words.push(&number.to_le_bytes()),
            _ => return self.null(),
        }
        self.next(true);
    }

    fn bytes(&mut self, _: &[u8]) {
        self.null();
    }

    fn end_row(&mut self) {
        self.at = 0;
        self.rows += 1;
    }

    /// Here `written` says of which columns: a document's rows follow one another, so what its first row has stands on.
    fn alike(&mut self, written: &mut Written, write: impl Fn(&mut Self)) {
        match written {
            Some(columns) => self.at = columns.end,
            None => {
                let from = self.at;
                write(self);
                *written = Some(from..self.at);
            }
        }
    }
}
