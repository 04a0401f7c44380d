//! Rows as columns, for Parquet. What is alike on all rows of a document is there once, and stands until the next document begins.
//! Texts are keys of a dictionary from the beginning.

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
    /// The first row of each document.
    firsts: Vec<u32>,
    /// The document of each row.
    documents: Vec<u32>,
    /// The next cell's column.
    at: usize,
    /// The row in hand is of the document that the one before it is of.
    goes_on: bool,
}

/// A cell for each row, or for each document.
pub struct Column {
    pub kind: Kind,
    /// Of each cell that has one.
    pub values: Values,
    /// Whether each cell has a value; nothing while all have one.
    present: Vec<bool>,
}

/// A column's cells, and how many rows each is for.
pub struct Runs<'c> {
    present: &'c [bool],
    count: usize,
    /// First rows, and whose each row is; `None`: a row each.
    documents: Option<(&'c [u32], &'c [u32])>,
    rows: u32,
}

pub enum Values {
    /// Numbers, cents, microseconds.
    Numbers(Vec<i64>),
    Flags(Vec<bool>),
    /// Texts, and reals, which repeat as texts do.
    Words(Box<Words>),
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
    /// Keys of our own words, which are told by where they are; a word's place here follows from that.
    ours: [(&'static str, u32); OURS],
    /// Keys, and one more, of products by their numbers.
    products: Vec<u32>,
}

const OURS: usize = 32;

/// Rows of a document, about: what there is room for.
const ROWS: usize = 3;

impl Columns {
    /// `documents`: about how many there will be.
    pub fn new(table: &'static Table, documents: usize) -> Columns {
        let room = ROWS * documents;
        let column = |(_, kind): &(&str, Kind)| {
            let values = match kind {
                Kind::Int | Kind::Money | Kind::Time => Values::Numbers(Vec::with_capacity(room)),
                Kind::Flag => Values::Flags(Vec::with_capacity(room)),
                Kind::Text | Kind::Real => {
                    Values::Words(Box::new(Words { keys: Vec::with_capacity(room), ..Words::default() }))
                }
            };
            Column { kind: *kind, values, present: Vec::new() }
        };
        let (columns, firsts) = (table.columns.iter().map(column).collect(), Vec::with_capacity(documents));
        Columns { table, columns, rows: 0, firsts, documents: Vec::with_capacity(room), at: 0, goes_on: false }
    }

    pub fn runs<'c>(&'c self, column: &'c Column) -> Runs<'c> {
        let (count, rows) = (column.count(), self.rows);
        let documents = (count < rows as usize).then_some((self.firsts.as_slice(), self.documents.as_slice()));
        Runs { present: &column.present, count, documents, rows }
    }

    /// Takes a text as its column takes it.
    #[inline]
    fn word_by(&mut self, push: impl FnOnce(&mut Words)) {
        match &mut self.columns[self.at] {
            Column { kind: Kind::Text, values: Values::Words(words), present } => {
                push(words);
                tell(present);
            }
            _ => return self.null(),
        }
        self.at += 1;
    }

    #[inline]
    fn number(&mut self, kind: Kind, number: i64) {
        match &mut self.columns[self.at] {
            Column { kind: its, values: Values::Numbers(numbers), present } if *its == kind => {
                numbers.push(number);
                tell(present);
            }
            _ => return self.null(),
        }
        self.at += 1;
    }
}

/// One more cell has a value.
#[inline]
fn tell(present: &mut Vec<bool>) {
    if !present.is_empty() {
        present.push(true);
    }
}

impl Column {
    fn count(&self) -> usize {
        match &self.values {
            _ if !self.present.is_empty() => self.present.len(),
            Values::Numbers(numbers) => numbers.len(),
            Values::Flags(flags) => flags.len(),
            Values::Words(words) => words.keys.len(),
        }
    }
}

impl Runs<'_> {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    pub fn has_nulls(&self) -> bool {
        !self.present.is_empty()
    }

    /// Whether there is a value, and for how many rows.
    pub fn each(&self) -> impl Iterator<Item = (bool, usize)> {
        (0..self.count).map(|at| (self.present.get(at).is_none_or(|present| *present), self.length(at)))
    }

    #[inline]
    fn length(&self, at: usize) -> usize {
        let Some((firsts, _)) = self.documents else { return 1 };
        (firsts.get(at + 1).copied().unwrap_or(self.rows) - firsts[at]) as usize
    }

    /// A value for each row that has one.
    pub fn spread<'v, T: Copy>(&self, values: &'v [T]) -> Cow<'v, [T]> {
        match self.documents {
            None => Cow::Borrowed(values),
            // By rows and not by documents, of which a processor cannot guess how many rows each has.
            Some((_, documents)) if !self.has_nulls() => {
                Cow::Owned(documents.iter().map(|document| values[*document as usize]).collect())
            }
            Some(_) => {
                let mut spread = Vec::with_capacity(self.rows as usize);
                let lengths = self.each().filter(|(has_value, _)| *has_value);
                lengths.zip(values).for_each(|((_, rows), value)| spread.extend(std::iter::repeat_n(*value, rows)));
                Cow::Owned(spread)
            }
        }
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
        let place = (text.as_ptr().addr() / 4 + text.len()) % OURS;
        let (known, key) = self.ours[place];
        let key = if std::ptr::eq(known, text) {
            key
        } else {
            let key = self.key(text.as_bytes());
            self.ours[place] = (text, key);
            key
        };
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

    /// How many bytes all texts of the dictionary are.
    pub fn length(&self) -> usize {
        self.bytes.len()
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
        let column = &mut self.columns[self.at];
        if column.present.is_empty() {
            column.present.resize(column.count(), true);
        }
        column.present.push(false);
        self.at += 1;
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

    fn own(&mut self, text: &str) {
        self.word_by(|words| words.push_new(text.as_bytes()));
    }

    fn product(&mut self, number: u32, label: &Label) {
        self.word_by(|words| words.push_product(number, || label.id().as_bytes()));
        self.word_by(|words| words.push_product(number, || label.name().as_bytes()));
    }

    fn code(&mut self, letter: u8, number: u64) {
        let (text, length) = code(letter, number);
        self.word_by(|words| words.push(&text[..length]));
    }

    /// Few order twice within a row group: looking for them takes longer than naming them twice.
    fn customer(&mut self, number: u32) {
        self.id(code(b'C', u64::from(number) + 1));
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
        let Column { values: Values::Flags(flags), present, .. } = &mut self.columns[self.at] else {
            return self.null();
        };
        flags.push(flag);
        tell(present);
        self.at += 1;
    }

    fn real(&mut self, number: f64) {
        match &mut self.columns[self.at] {
            Column { kind: Kind::Real, values: Values::Words(words), present } => {
                words.push(&number.to_le_bytes());
                tell(present);
            }
            _ => return self.null(),
        }
        self.at += 1;
    }

    fn bytes(&mut self, _: &[u8]) {
        self.null();
    }

    fn end_row(&mut self) {
        if !self.goes_on {
            self.firsts.push(self.rows);
        }
        self.documents.push(self.firsts.len() as u32 - 1);
        (self.at, self.goes_on) = (0, false);
        self.rows += 1;
    }

    /// Here `written` says of which columns: a document's rows follow one another, so what its first row has stands on.
    fn alike(&mut self, written: &mut Written, write: impl Fn(&mut Self)) {
        match written {
            Some(columns) => (self.at, self.goes_on) = (columns.end, true),
            None => {
                let from = self.at;
                write(self);
                *written = Some(from..self.at);
            }
        }
    }
}
