//! Texts as keys of a dictionary. A text of up to twelve bytes is its view, so that it is found without looking at bytes.

use std::hash::BuildHasher;

use arrow::array::StringViewArray;
use hashbrown::{DefaultHashBuilder, HashTable};

/// Longer texts have their bytes outside of their view.
const SHORT: u32 = 12;

#[derive(Default)]
pub struct Words {
    /// All words in plain encoding: their length, their bytes.
    page: Vec<u8>,
    words: Vec<Word>,
    /// Keys by their texts.
    known: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

#[derive(Clone, Copy)]
struct Word {
    /// Of a long one the length and the first bytes alone.
    view: u128,
    /// Where its bytes begin in the page.
    at: u32,
}

impl Words {
    /// Keys of texts that are there, by their index in the array.
    pub fn push(&mut self, texts: &StringViewArray, indices: std::ops::Range<usize>, keys: &mut Vec<u32>) {
        keys.reserve(indices.len());
        let mut last: Option<(u128, u32)> = None;
        for (index, view) in indices.clone().zip(&texts.views()[indices]) {
            let key = match last {
                Some((same, key)) if same == *view => key,
                _ if *view as u32 <= SHORT => self.short(*view),
                last => self.long(*view, texts.value(index).as_bytes(), last.map(|(_, key)| key)),
            };
            last = Some((*view, key));
            keys.push(key);
        }
    }

    fn short(&mut self, view: u128) -> u32 {
        let hash = self.hasher.hash_one(view);
        match self.known.find(hash, |key| self.words[*key as usize].view == view) {
            Some(key) => *key,
            None => self.add(hash, view, &view.to_le_bytes()[4..4 + view as u32 as usize]),
        }
    }

    /// `last`: the key before it; many rows have what the one before them has, each with bytes of its own.
    fn long(&mut self, view: u128, text: &[u8], last: Option<u32>) -> u32 {
        let view = u128::from(view as u64);
        let is = |key: u32| {
            let word = &self.words[key as usize];
            word.view == view && self.page[word.at as usize..][..text.len()] == *text
        };
        if let Some(last) = last.filter(|last| is(*last)) {
            return last;
        }
        let hash = self.hasher.hash_one(text);
        match self.known.find(hash, |key| is(*key)) {
            Some(key) => *key,
            None => self.add(hash, view, text),
        }
    }

    fn add(&mut self, hash: u64, view: u128, text: &[u8]) -> u32 {
        let key = self.words.len() as u32;
        plain(&mut self.page, text);
        self.words.push(Word { view, at: (self.page.len() - text.len()) as u32 });
        let Words { page, words, known, hasher } = self;
        known.insert_unique(hash, key, |key| {
            let Word { view, at } = words[*key as usize];
            match view as u32 {
                ..=SHORT => hasher.hash_one(view),
                length => hasher.hash_one(&page[at as usize..][..length as usize]),
            }
        });
        key
    }

    pub fn get(&self, key: u32) -> &[u8] {
        let Word { view, at } = self.words[key as usize];
        &self.page[at as usize..][..view as u32 as usize]
    }

    pub fn count(&self) -> usize {
        self.words.len()
    }

    /// Bytes of the dictionary's page.
    pub fn size(&self) -> usize {
        self.page.len()
    }

    pub fn all(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.count() as u32).map(|key| self.get(key))
    }

    pub fn into_page(self) -> Vec<u8> {
        self.page
    }
}

/// A text in plain encoding.
pub fn plain(page: &mut Vec<u8>, text: &[u8]) {
    page.extend_from_slice(&(text.len() as u32).to_le_bytes());
    page.extend_from_slice(text);
}
