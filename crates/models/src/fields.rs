//! Typed reading of a YAML map: unknown keys and wrong kinds of value are told, all of them, each at its place.

use crate::problem::{Place, Problem};
use crate::yaml::{Entry, Node, Value};

/// A map whose keys are known; what is wrong goes to `problems`.
pub(crate) struct Fields<'a, 'p> {
    file: &'a str,
    entries: &'a [Entry],
    problems: &'p mut Vec<Problem>,
}

/// A word of the file and where it stands.
pub(crate) type Word = (String, Place);

impl<'a, 'p> Fields<'a, 'p> {
    /// `what` names the map in messages: "a metric". None when the node is not a map.
    pub fn of(
        file: &'a str,
        node: &'a Node,
        what: &str,
        known: &[&str],
        problems: &'p mut Vec<Problem>,
    ) -> Option<Fields<'a, 'p>> {
        let Value::Map(entries) = &node.value else {
            problems.push(Problem::new(file, node.at, format!("{what} is written as `key: value` lines")));
            return None;
        };
        for entry in entries {
            if !known.contains(&entry.key.as_str()) {
                let problem = Problem::new(file, entry.at, format!("{what} has no key `{}`", entry.key));
                problems.push(problem.suggest(&entry.key, known.iter().copied()));
            }
        }
        Some(Fields { file, entries, problems })
    }

    /// The value of a key, unless it is absent or null.
    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value).filter(|node| !node.is_null())
    }

    pub fn place(&self, key: &str) -> Option<Place> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| entry.at)
    }

    pub fn tell(&mut self, at: Place, message: impl Into<String>) {
        self.problems.push(Problem::new(self.file, at, message));
    }

    pub fn problems(&mut self) -> &mut Vec<Problem> {
        self.problems
    }

    pub fn word(&mut self, key: &str) -> Option<Word> {
        let node = self.get(key)?;
        match node.text() {
            Some(text) => Some((text.trim().to_owned(), node.text_at())),
            None => {
                self.tell(node.at, format!("`{key}` takes one value"));
                None
            }
        }
    }

    pub fn text(&mut self, key: &str) -> Option<String> {
        self.word(key).map(|(text, _)| text)
    }

    /// A list of words, or one word alone.
    pub fn words(&mut self, key: &str) -> Vec<Word> {
        let Some(node) = self.get(key) else { return Vec::new() };
        let items = match &node.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut words = Vec::new();
        for item in items {
            match item.text() {
                Some(text) => words.push((text.trim().to_owned(), item.text_at())),
                None => self.tell(item.at, format!("`{key}` takes a list of words")),
            }
        }
        words
    }

    pub fn texts(&mut self, key: &str) -> Vec<String> {
        self.words(key).into_iter().map(|(text, _)| text).collect()
    }

    pub fn boolean(&mut self, key: &str) -> Option<bool> {
        let (text, at) = self.word(key)?;
        match text.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                self.tell(at, format!("`{key}` is true or false, not `{text}`"));
                None
            }
        }
    }

    pub fn number(&mut self, key: &str) -> Option<u32> {
        let (text, at) = self.word(key)?;
        match text.parse() {
            Ok(number) => Some(number),
            Err(_) => {
                self.tell(at, format!("`{key}` is a whole number, not `{text}`"));
                None
            }
        }
    }

    /// One of a closed list of words.
    pub fn choice<T: Copy>(&mut self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let (text, at) = self.word(key)?;
        pick(self.file, key, &text, at, choices, self.problems)
    }

    /// The entries of a map.
    pub fn map(&mut self, key: &str) -> &'a [Entry] {
        match self.get(key) {
            Some(Node { value: Value::Map(entries), .. }) => entries,
            Some(node) => {
                self.tell(node.at, format!("`{key}` is written as `name: value` pairs"));
                &[]
            }
            None => &[],
        }
    }
}

/// One of a closed list of words; another is told with the nearest.
pub(crate) fn pick<T: Copy>(
    file: &str,
    key: &str,
    text: &str,
    at: Place,
    choices: &[(&str, T)],
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let found = choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice);
    if found.is_none() {
        let problem = Problem::new(file, at, format!("`{key}` cannot be `{text}`"));
        problems.push(problem.suggest(text, choices.iter().map(|(name, _)| *name)));
    }
    found
}
