//! The `/* wharf … */` comment a model's file begins with: YAML that says how the model is kept and checked.

mod analysis;
mod checks;

use std::collections::BTreeMap;

use crate::check::Check;
use crate::fields::{Fields, Word, pick};
use crate::problem::{Place, Problem};
use crate::yaml::{self, Value};

pub use analysis::{Analysis, Setting};

#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    pub description: String,
    pub kind: Kind,
    /// The column that holds the day a row belongs to.
    pub time_column: Option<String>,
    /// A day's result also depends on this many days before it.
    pub lookback: u32,
    /// Unit of replacement: all rows of a key are replaced together.
    pub unique_key: Vec<String>,
    /// How a new row joins the kept one where only new input rows are given; columns not named take the new value.
    pub merge: BTreeMap<String, Merge>,
    /// The columns that tell rows apart.
    pub grain: Vec<String>,
    pub partitioned_by: Option<Partition>,
    pub checks: Vec<Check>,
    pub columns: Vec<Column>,
    /// The SELECT's rows go to this algorithm, and its answer is the table.
    pub analysis: Option<Analysis>,
    pub tags: Vec<String>,
    /// A disabled model is left out of the graph; it also takes out one of ours with its name.
    pub enabled: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// Made anew as a whole.
    #[default]
    Full,
    /// Not stored: read through to its inputs.
    View,
    /// Made anew by the day.
    IncrementalByTimeRange,
    /// Made anew by the key.
    IncrementalByUniqueKey,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    Newest,
    Oldest,
    Min,
    Max,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Partition {
    /// The month of a date column.
    Month(String),
    Column(String),
}

/// What is told about a column; its type is the engine's to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub description: String,
    pub unit: Option<String>,
    /// The value is personal: masked for viewers.
    pub pii: bool,
}

/// A column that the header names, to be looked for among the model's columns.
pub(crate) struct Mention {
    pub column: String,
    pub at: Place,
}

const KEYS: [&str; 14] = [
    "description",
    "kind",
    "time_column",
    "lookback",
    "unique_key",
    "merge",
    "grain",
    "partitioned_by",
    "checks",
    "columns",
    "analysis",
    "settings",
    "tags",
    "enabled",
];

const KINDS: [(&str, Kind); 4] = [
    ("full", Kind::Full),
    ("view", Kind::View),
    ("incremental_by_time_range", Kind::IncrementalByTimeRange),
    ("incremental_by_unique_key", Kind::IncrementalByUniqueKey),
];

const MERGES: [(&str, Merge); 4] =
    [("newest", Merge::Newest), ("oldest", Merge::Oldest), ("min", Merge::Min), ("max", Merge::Max)];

impl Kind {
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("full", |(name, _)| name)
    }
}

impl Merge {
    pub fn name(self) -> &'static str {
        MERGES.iter().find(|(_, merge)| *merge == self).map_or("newest", |(name, _)| name)
    }
}

impl Header {
    /// `yaml` is padded so that its places are the file's. Returns the columns it names, with their places.
    pub(crate) fn parse(
        file: &str,
        model: &str,
        yaml: &str,
        problems: &mut Vec<Problem>,
    ) -> Option<(Header, Vec<Mention>)> {
        let (yaml, flow) = checks::lift(yaml);
        let node = match yaml::parse(file, &yaml) {
            Ok(node) if node.is_null() => yaml::Node { value: Value::Map(Vec::new()), ..node },
            Ok(node) => node,
            Err(problem) => {
                problems.push(problem);
                return None;
            }
        };
        let mut fields = Fields::of(file, &node, "a model's header", &KEYS, problems)?;
        let time_column = fields.word("time_column");
        let unique_key = fields.words("unique_key");
        let grain = fields.words("grain");
        let (partitioned_by, partition_at) = partition(&mut fields);
        let merge = merge(file, &mut fields);
        let columns = columns(file, &mut fields);
        let analysis = analysis::parse(&mut fields);
        let header = Header {
            description: fields.text("description").unwrap_or_default(),
            kind: fields.choice("kind", &KINDS).unwrap_or_default(),
            lookback: fields.number("lookback").unwrap_or(0),
            tags: fields.texts("tags"),
            enabled: fields.boolean("enabled").unwrap_or(true),
            time_column: time_column.as_ref().map(|(name, _)| name.clone()),
            unique_key: unique_key.iter().map(|(name, _)| name.clone()).collect(),
            grain: grain.iter().map(|(name, _)| name.clone()).collect(),
            merge: merge.iter().map(|((name, _), how)| (name.clone(), *how)).collect(),
            checks: checks::parse(file, model, &fields.get("checks").cloned(), flow, fields.problems()),
            columns: columns.iter().map(|(column, _)| column.clone()).collect(),
            partitioned_by,
            analysis,
        };
        header.agree(&mut fields);
        let words = time_column.into_iter().chain(unique_key).chain(grain).chain(partition_at);
        let words = words.chain(merge.into_iter().map(|(word, _)| word));
        let words = words.chain(columns.into_iter().map(|(column, at)| (column.name, at)));
        let mut mentions: Vec<Mention> = words.map(|(column, at)| Mention { column, at }).collect();
        for check in &header.checks {
            let at = Place::new(check.line, check.column);
            mentions.extend(check.columns().into_iter().map(|column| Mention { column, at }));
        }
        Some((header, mentions))
    }

    /// Keys that only some kinds have, and those that a kind must have.
    fn agree(&self, fields: &mut Fields<'_, '_>) {
        let kind = self.kind.name();
        let at = |fields: &Fields<'_, '_>, key: &str| fields.place(key).unwrap_or(Place::new(1, 1));
        let mut tell = |key: &str, message: String| {
            let place = at(fields, key);
            fields.tell(place, message);
        };
        if self.kind == Kind::IncrementalByTimeRange && self.time_column.is_none() {
            tell("kind", format!("a model of kind {kind} names its `time_column`"));
        }
        if self.kind == Kind::IncrementalByUniqueKey && self.unique_key.is_empty() {
            tell("kind", format!("a model of kind {kind} names its `unique_key`"));
        }
        if self.lookback > 0 && self.kind != Kind::IncrementalByTimeRange {
            tell("lookback", format!("`lookback` is for kind incremental_by_time_range, this model is {kind}"));
        }
        if !self.merge.is_empty() && self.kind != Kind::IncrementalByUniqueKey {
            tell("merge", format!("`merge` is for kind incremental_by_unique_key, this model is {kind}"));
        }
        if let Some(key) = self.unique_key.iter().find(|key| self.merge.contains_key(*key)) {
            tell("merge", format!("`{key}` is the unique key: it is the same in both rows, there is nothing to merge"));
        }
        if self.analysis.is_some() && self.kind != Kind::Full {
            tell("kind", format!("an analysis is made anew as a whole: its kind is full, not {kind}"));
        }
        if self.partitioned_by.is_some() && self.kind == Kind::View {
            tell("partitioned_by", "a view is not stored, so it has no partitions".to_owned());
        }
    }
}

/// `month(day)` or a column.
fn partition(fields: &mut Fields<'_, '_>) -> (Option<Partition>, Option<Word>) {
    let Some((text, at)) = fields.word("partitioned_by") else { return (None, None) };
    let plain = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if plain(&text) {
        return (Some(Partition::Column(text.clone())), Some((text, at)));
    }
    let inner = text.strip_prefix("month(").and_then(|rest| rest.strip_suffix(')')).map(str::trim);
    match inner.filter(|name| plain(name)) {
        Some(name) => {
            let word = (name.to_owned(), Place::new(at.line, at.column + "month(".len()));
            (Some(Partition::Month(name.to_owned())), Some(word))
        }
        None => {
            fields.tell(at, format!("`partitioned_by` is a column or month(column), not `{text}`"));
            (None, None)
        }
    }
}

fn merge(file: &str, fields: &mut Fields<'_, '_>) -> Vec<(Word, Merge)> {
    let mut found = Vec::new();
    for entry in fields.map("merge") {
        let text = entry.value.text().unwrap_or_default();
        if let Some(how) = pick(file, "merge", text, entry.value.at, &MERGES, fields.problems()) {
            found.push(((entry.key.clone(), entry.at), how));
        }
    }
    found
}

fn columns(file: &str, fields: &mut Fields<'_, '_>) -> Vec<(Column, Place)> {
    const KEYS: [&str; 3] = ["description", "unit", "pii"];
    let mut found = Vec::new();
    for entry in fields.map("columns") {
        let mut column = Column { name: entry.key.clone(), description: String::new(), unit: None, pii: false };
        // `spend: Sum of sale lines` is short for its description alone.
        if let Value::Scalar { text, .. } = &entry.value.value {
            column.description = text.trim().to_owned();
        } else if let Some(mut told) = Fields::of(file, &entry.value, "a column", &KEYS, fields.problems()) {
            column.description = told.text("description").unwrap_or_default();
            column.unit = told.text("unit");
            column.pii = told.boolean("pii").unwrap_or(false);
        }
        found.push((column, entry.at));
    }
    found
}
