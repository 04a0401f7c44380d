//! Rows as columns, for Parquet. A column holds runs: a value, and the row from which on it stands, so that what is alike on all
//! rows of a document is there once. Texts are keys of a dictionary from the beginning.

use std::borrow::Cow;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::cells::{Cells, Short, Written, code};
use super::table::{Kind, Table};
use crate::catalogue::Label;

pub struct Columns {
    pub table: &'static Table,
    pub columns: Vec<Column>,
    pub rows: u32,
    /// The next cell's column.
    at: usize,
}

pub struct Column {
    pub kind: Kind,
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

#[derive(Default)]
pub struct Runs {
    /// Each run's first row, twice, and one more if it has no value.
    firsts: Vec<u32>,
    has_nulls: bool,
}

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
    /// Keys of our own words, which are told by where they are.
    ours: Vec<(&'static str, u32)>,
    /// Keys, and one more, of products by their numbers.
    products: Vec<u32>,
}

impl Columns {
    pub fn new(table: &'static Table) -> Columns {
        let column = |(_, kind): &(&str, Kind)| {
            let values = match kind {
                Kind::Int | Kind::Money | Kind::Time => Values::Numbers(Vec::new()),
                Kind::Flag => Values::Flags(Vec::new()),
                Kind::Text | Kind::Real => Values::Words(Words::default()),
            };
            Column { kind: *kind, runs: Runs::default(), values }
        };
        Columns { table, columns: table.columns.iter().map(column).collect(), rows: 0, at: 0 }
    }

    /// Begins a run of the next cell's column.
    #[inline]
    fn next(&mut self, has_value: bool) {
        self.columns[self.at].runs.push(self.rows, has_value);
        self.at += 1;
    }

    /// Takes a text as its column takes it.
    #[inline]
    fn word_by(&mut self, push: impl FnOnce(&mut Words)) {
        match &mut self.columns[self.at] {
            Column { kind: Kind::Text, values: Values::Words(words), .. } => push(words),
            _ => return self.null(),
        }
        self.next(true);
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
    #[inline]
    fn push(&mut self, first: u32, has_value: bool) {
        self.firsts.push(first << 1 | u32::from(!has_value));
        self.has_nulls |= !has_value;
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.firsts.len()
    }

    pub fn has_nulls(&self) -> bool {
        self.has_nulls
    }

    /// Whether there is a value, and for how many rows, up to the end.
    pub fn each(&self, rows: u32) -> impl Iterator<Item = (bool, usize)> {
        let next = move |at: usize| self.firsts.get(at + 1).map_or(rows, |next| next >> 1);
        self.firsts.iter().enumerate().map(move |(at, run)| (run & 1 == 0, (next(at) - (run >> 1)) as usize))
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

    #[inline]
    fn push_ours(&mut self, text: &'static str) {
        let known = self.ours.iter().find(|(other, _)| std::ptr::eq(*other, text)).map(|(_, key)| *key);
        let key = known.unwrap_or_else(|| {
            let key = self.key(text.as_bytes());
            self.ours.push((text, key));
            key
        });
        self.keys.push(key);
    }

    #[inline]
    fn push_product<'l>(&mut self, number: u32, text: impl FnOnce() -> &'l [u8]) {
        let number = number as usize;
        let key = match self.products.get(number).and_then(|key| key.checked_sub(1)) {
            Some(key) => key,
            None => {
                let key = self.key(text());
                self.products.resize(self.products.len().max(number + 1), 0);
                self.products[number] = key + 1;
                key
            }
        };
        self.keys.push(key);
    }

    /// A text that the dictionary does not have, since it is a document's own.
    #[inline]
    fn push_new(&mut self, text: &[u8]) {
        self.keys.push(self.ends.len() as u32);
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len() as u32);
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
    pub fn count(&self) -> usize {
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
        self.word_by(|words| words.push(text.as_bytes()));
    }

    fn word(&mut self, text: &'static str) {
        self.word_by(|words| words.push_ours(text));
    }

    fn id(&mut self, (text, length): Short) {
        self.word_by(|words| words.push_new(&text[..length]));
    }

    fn product(&mut self, number: u32, label: &Label) {
        self.word_by(|words| words.push_product(number, || label.id().as_bytes()));
        self.word_by(|words| words.push_product(number, || label.name().as_bytes()));
    }

    fn code(&mut self, letter: u8, number: u64) {
        let (text, length) = code(letter, number);
        self.word_by(|words| words.push(&text[..length]));
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
