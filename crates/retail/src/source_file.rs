//! The text of a `source.toml` to a [`Source`], or every mistake in it with its place.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::mistake::Mistake;
use crate::source::Source;
use crate::source_rules;

/// Parses and checks a `source.toml`; `file` is the name that mistakes are reported under.
pub fn parse_source(file: &str, text: &str) -> Result<Source, Vec<Mistake>> {
    let document = match DeTable::parse(text) {
        Ok(document) => Document { file, text, root: document },
        Err(error) => return Err(vec![Mistake::of_toml(file, text, &error)]),
    };
    let unknown = document.unknown_keys();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let source: Source = match toml::from_str(text) {
        Ok(source) => source,
        Err(error) => return Err(vec![Mistake::of_toml(file, text, &error)]),
    };
    let mistakes = source_rules::check(&source, &document);
    if mistakes.is_empty() { Ok(source) } else { Err(mistakes) }
}

/// A mistake at `path` of a file that parses, found by those who use what it says.
pub(crate) fn mistake(file: &str, text: &str, path: &str, message: impl Into<String>) -> Mistake {
    match DeTable::parse(text) {
        Ok(root) => Document { file, text, root }.mistake(path, message),
        Err(_) => Mistake::of_file(file, message),
    }
}

/// A parsed file that still knows where each value stands.
pub(crate) struct Document<'t> {
    file: &'t str,
    text: &'t str,
    root: Spanned<DeTable<'t>>,
}

impl Document<'_> {
    /// A mistake at `path`, keys and indexes joined by dots (`table.0.column.2.name`); where the path ends early in the
    /// file, at the last part of it that is there.
    pub(crate) fn mistake(&self, path: &str, message: impl Into<String>) -> Mistake {
        Mistake::at(self.file, self.text, self.span(path), message)
    }

    fn span(&self, path: &str) -> Range<usize> {
        let mut steps = path.split('.').filter(|step| !step.is_empty());
        let Some((key, mut value)) = steps.next().and_then(|step| entry(self.root.get_ref(), step)) else {
            return 0..0;
        };
        // An array of tables has no place of its own but that of its elements.
        let mut span = if value.get_ref().is_array() { value.span() } else { key };
        for step in steps {
            let next = match value.get_ref() {
                DeValue::Table(table) => entry(table, step).map(|(_, value)| value),
                DeValue::Array(array) => step.parse().ok().and_then(|index: usize| array.get(index)),
                _ => None,
            };
            let Some(next) = next else { break };
            value = next;
            span = value.span();
        }
        span
    }

    fn unknown_keys(&self) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        self.unknown_in(self.root.get_ref(), &SOURCE, &mut mistakes);
        mistakes
    }

    fn unknown_in(&self, table: &DeTable<'_>, level: &Level, mistakes: &mut Vec<Mistake>) {
        for (key, value) in table.iter() {
            let name = key.get_ref().as_ref();
            if !level.keys.contains(&name) {
                let message = format!("unknown key `{name}` in {}", level.what);
                let mistake = Mistake::at(self.file, self.text, key.span(), message);
                mistakes.push(mistake.suggest(name, level.keys.iter().copied()));
            }
            let below = level.below.iter().find(|(key, _)| *key == name);
            if let (Some((_, below)), DeValue::Array(items)) = (below, value.get_ref()) {
                for item in items.iter() {
                    if let DeValue::Table(table) = item.get_ref() {
                        self.unknown_in(table, below, mistakes);
                    }
                }
            }
        }
    }
}

fn entry<'a, 't>(table: &'a DeTable<'t>, key: &str) -> Option<(Range<usize>, &'a Spanned<DeValue<'t>>)> {
    table.iter().find(|(name, _)| name.get_ref() == key).map(|(name, value)| (name.span(), value))
}

/// The keys of one kind of table in `source.toml`. A test holds them equal to the fields of [`crate::source`].
struct Level {
    what: &'static str,
    keys: &'static [&'static str],
    below: &'static [(&'static str, Level)],
}

const SOURCE: Level = Level {
    what: "the source",
    keys: &["name", "description", "currency", "timezone", "id_prefix", "ignore", "table"],
    below: &[("table", TABLE)],
};

const TABLE: Level = Level {
    what: "a [[table]]",
    keys: &[
        "name",
        "files",
        "format",
        "delimiter",
        "quote",
        "encoding",
        "sheet",
        "skip_lines",
        "null",
        "decimal",
        "thousands",
        "key",
        "unique",
        "duplicates",
        "exact_duplicates",
        "currency",
        "dated_by",
        "parent",
        "column",
        "reject",
        "max_rejects",
    ],
    below: &[("column", COLUMN), ("parent", PARENT), ("reject", REJECT)],
};

const COLUMN: Level = Level {
    what: "a [[table.column]]",
    keys: &["name", "from", "type", "required", "optional", "formats", "min", "max", "values", "pii"],
    below: &[],
};

const PARENT: Level = Level { what: "a [[table.parent]]", keys: &["table", "columns"], below: &[] };

const REJECT: Level = Level { what: "a [[table.reject]]", keys: &["rule", "when", "reason"], below: &[] };

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Column, LandedTable, Parent, RejectRule};

    const SHOP: &str = r#"name = "shop"
currency = "EUR"
timezone = "Europe/Berlin"

[[table]]
name = "sales"
files = ["*.csv"]

[[table.column]]
name = "id"
"#;

    #[test]
    fn a_small_source() {
        let source = parse_source("source.toml", SHOP).unwrap();
        assert_eq!(source.tables[0].columns[0].name, "id");
    }

    #[test]
    fn every_unknown_key_is_told_with_its_place_and_the_nearest_name() {
        let text = SHOP.replace("files", "file").replace("currency", "curency");
        let mistakes = parse_source("source.toml", &text).unwrap_err();
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "source.toml:2:1: unknown key `curency` in the source\n  did you mean `currency`?",
                "source.toml:7:1: unknown key `file` in a [[table]]\n  did you mean `files`?"
            ]
        );
    }

    #[test]
    fn bad_syntax_and_bad_types_have_a_place() {
        let mistakes = parse_source("s.toml", "name = \"shop\ncurrency = 1").unwrap_err();
        assert_eq!(mistakes[0].line, 1);
        let mistakes = parse_source("s.toml", &format!("{SHOP}type = \"decimel\"\n")).unwrap_err();
        assert_eq!((mistakes[0].line, mistakes[0].advice.as_deref()), (11, Some("did you mean `decimal`?")));
    }

    #[test]
    fn the_keys_listed_are_the_fields_there_are() {
        fn fields<T: serde::de::DeserializeOwned + std::fmt::Debug>() -> Vec<String> {
            let message = toml::from_str::<T>("surely_not_a_key = 1").unwrap_err().message().to_owned();
            message.split('`').skip(3).step_by(2).map(str::to_owned).collect()
        }
        assert_eq!(fields::<Source>(), SOURCE.keys);
        assert_eq!(fields::<LandedTable>(), TABLE.keys);
        assert_eq!(fields::<Column>(), COLUMN.keys);
        assert_eq!(fields::<Parent>(), PARENT.keys);
        assert_eq!(fields::<RejectRule>(), REJECT.keys);
    }
}
