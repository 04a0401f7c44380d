//! Texts to numbers and back: algorithms work on numbers from 0 on.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Each distinct text has the number of its first appearance.
#[derive(Debug, Default)]
pub struct Numbering {
    known: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// All texts, one after another.
    texts: String,
    /// Where each ends.
    ends: Vec<usize>,
    /// The number given last: rows of a basket mostly lie together.
    last: Option<u32>,
}

impl Numbering {
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(last) = self.last.filter(|last| self.text(*last) == text) {
            return last;
        }
        let (texts, ends) = (&self.texts, &self.ends);
        let hash = self.hasher.hash_one(text);
        let found = self.known.find(hash, |number| get(texts, ends, *number) == text).copied();
        let number = found.unwrap_or_else(|| self.add(hash, text));
        self.last = Some(number);
        number
    }

    /// A number that no text has.
    pub fn unnamed(&mut self) -> u32 {
        let number = self.ends.len() as u32;
        self.ends.push(self.texts.len());
        number
    }

    /// Empty for a number that was never given.
    pub fn text(&self, number: u32) -> &str {
        get(&self.texts, &self.ends, number)
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    fn add(&mut self, hash: u64, text: &str) -> u32 {
        let number = self.ends.len() as u32;
        self.texts.push_str(text);
        self.ends.push(self.texts.len());
        let (texts, ends, hasher) = (&self.texts, &self.ends, &self.hasher);
        self.known.insert_unique(hash, number, |number| hasher.hash_one(get(texts, ends, *number)));
        number
    }
}

fn get<'a>(texts: &'a str, ends: &[usize], number: u32) -> &'a str {
    let number = number as usize;
    let start = number.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    ends.get(number).and_then(|end| texts.get(start..*end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back() {
        let mut numbering = Numbering::default();
        let texts = ["a", "a", "", "bé", "a", "", "bé", "c"];
        let numbers: Vec<u32> = texts.iter().map(|text| numbering.number(text)).collect();
        assert_eq!(numbers, [0, 0, 1, 2, 0, 1, 2, 3]);
        assert_eq!(numbering.len(), 4);
        texts.iter().zip(numbers).for_each(|(text, number)| assert_eq!(numbering.text(number), *text));
        assert_eq!((numbering.unnamed(), numbering.number("d"), numbering.text(9)), (4, 5, ""));
    }

    #[test]
    fn many_texts() {
        let mut numbering = Numbering::default();
        for round in 0..2 {
            for number in 0..5000u32 {
                assert_eq!(numbering.number(&format!("{number}")), number, "round {round}");
            }
        }
    }
}
