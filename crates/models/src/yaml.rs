//! YAML as a tree that remembers where each piece stands and what its text was: `10.50` stays `10.50`.

use granit_parser::{Event, Parser, ScalarStyle, Span};

use crate::problem::{Place, Problem};

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub at: Place,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// `quoted` scalars are text whatever they look like.
    Scalar {
        text: String,
        quoted: bool,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub key: String,
    pub at: Place,
    pub value: Node,
}

/// One document. Anchors, tags and several documents are refused: no file of ours needs them.
pub(crate) fn parse(file: &str, text: &str) -> Result<Node, Problem> {
    let mut builder = Builder { file, open: Vec::new(), root: None };
    for next in Parser::new_from_str(text) {
        match next {
            Ok((event, span)) => builder.take(event, place(&span))?,
            Err(error) => {
                let at = Place::new(error.marker().line(), error.marker().col() + 1);
                return Err(Problem::new(file, at, format!("not valid YAML: {}", error.info())));
            }
        }
    }
    Ok(builder.root.unwrap_or_else(|| Node::null(Place::new(1, 1))))
}

impl Node {
    pub fn null(at: Place) -> Node {
        Node { at, value: Value::Scalar { text: String::new(), quoted: false } }
    }

    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, quoted: false } if matches!(text.as_str(), "" | "~" | "null"))
    }

    /// The text of a scalar that is not null.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// The place of the first character of a scalar's text, inside its quote.
    pub fn text_at(&self) -> Place {
        match &self.value {
            Value::Scalar { quoted: true, .. } => Place::new(self.at.line, self.at.column + 1),
            _ => self.at,
        }
    }
}

/// Nothing of ours nests deeper, and dropping a deep tree costs stack.
const MAX_DEPTH: usize = 32;

struct Builder<'f> {
    file: &'f str,
    open: Vec<Open>,
    root: Option<Node>,
}

/// A collection whose end has not come yet.
enum Open {
    List(Place, Vec<Node>),
    /// The key, when it has come and its value has not.
    Map(Place, Vec<Entry>, Option<(String, Place)>),
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, at: Place) -> Result<(), Problem> {
        let refuse = |what: &str| Err(Problem::new(self.file, at, format!("{what} are not used here")));
        match event {
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, _, Some(_))
            | Event::MappingStart(_, _, Some(_)) => {
                return refuse("YAML tags (!x)");
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) | Event::Anchor(..) => {
                return refuse("YAML anchors and aliases (&x, *x)");
            }
            Event::DocumentStart(..) if self.root.is_some() => return refuse("several YAML documents (---)"),
            Event::Scalar(text, style, ..) => {
                let quoted = style != ScalarStyle::Plain;
                return self.add(Node { at, value: Value::Scalar { text: text.into_owned(), quoted } });
            }
            Event::SequenceStart(..) => self.open.push(Open::List(at, Vec::new())),
            Event::MappingStart(..) => self.open.push(Open::Map(at, Vec::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => return self.close(),
            _ => {}
        }
        if self.open.len() > MAX_DEPTH {
            return Err(Problem::new(self.file, at, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), Problem> {
        match self.open.pop() {
            Some(Open::List(at, items)) => self.add(Node { at, value: Value::List(items) }),
            Some(Open::Map(at, entries, _)) => self.add(Node { at, value: Value::Map(entries) }),
            None => Ok(()),
        }
    }

    fn add(&mut self, node: Node) -> Result<(), Problem> {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List(_, items)) => items.push(node),
            Some(Open::Map(_, entries, pending)) => match pending.take() {
                Some((key, at)) => entries.push(Entry { key, at, value: node }),
                None => {
                    let Value::Scalar { text, .. } = node.value else {
                        return Err(Problem::new(self.file, node.at, "a key must be a plain word"));
                    };
                    if entries.iter().any(|entry| entry.key == text) {
                        return Err(Problem::new(self.file, node.at, format!("`{text}` is given twice")));
                    }
                    *pending = Some((text, node.at));
                }
            },
        }
        Ok(())
    }
}

fn place(span: &Span) -> Place {
    Place::new(span.start.line(), span.start.col() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        parse("f", text).unwrap_err().to_string()
    }

    #[test]
    fn places_and_texts_are_kept() {
        let node = parse("f", "a: 10.50\nlist:\n  - {b: 'x'}\n").unwrap();
        let Value::Map(entries) = &node.value else { panic!("{node:?}") };
        assert_eq!((entries[0].at, entries[0].value.at), (Place::new(1, 1), Place::new(1, 4)));
        assert_eq!(entries[0].value.text(), Some("10.50"));
        let Value::List(items) = &entries[1].value.value else { panic!("{node:?}") };
        let Value::Map(inner) = &items[0].value else { panic!("{node:?}") };
        assert_eq!(inner[0].at, Place::new(3, 6));
        assert_eq!(inner[0].value.text_at(), Place::new(3, 10));
    }

    #[test]
    fn what_is_refused() {
        assert_eq!(problem("a: 1\nb: 2\na: 3"), "f:3:1: `a` is given twice");
        assert_eq!(problem("a: &x 1\nb: *x"), "f:2:4: YAML anchors and aliases (&x, *x) are not used here");
        assert_eq!(problem("a: !!str 1"), "f:1:10: YAML tags (!x) are not used here");
        assert_eq!(problem("a: 1\n---\nb: 2"), "f:2:1: several YAML documents (---) are not used here");
        assert!(problem("a: [1, 2\nb: 3").starts_with("f:2:"), "{}", problem("a: [1, 2\nb: 3"));
        assert_eq!(problem(&("[".repeat(40) + &"]".repeat(40))), "f:1:33: nested deeper than 32 levels");
        assert!(parse("f", &"[".repeat(10_000)).is_err() && parse("f", &"- ".repeat(10_000)).is_err());
        assert!(parse("f", "").unwrap().is_null());
    }
}
