//! A model's fingerprint: what its table depends on, apart from rows. Comments, white space, descriptions and checks
//! change nothing in a table, so they change no fingerprint.

use std::collections::BTreeMap;

use super::Graph;
use crate::header::{Analysis, Header, Partition};
use crate::model::Model;
use crate::sql;

impl Graph {
    /// Of the model's own text and its parents' fingerprints. `externals` are the fingerprints of what no model makes: of
    /// landed tables (of their part of source.toml) by name, and of an analysis's code under [`Analysis::code`]; what is not
    /// given counts by its name.
    pub fn fingerprint(&self, name: &str, externals: &BTreeMap<String, String>) -> Option<String> {
        self.fingerprints(externals).remove(name)
    }

    /// Those of all models.
    pub fn fingerprints(&self, externals: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut done: BTreeMap<String, String> = BTreeMap::new();
        for model in self.models() {
            let mut parts = self.texts.get(&model.name).cloned().unwrap_or_default();
            for external in self.externals(&model.name) {
                parts.push(format!("external {external} {}", externals.get(external).map_or("", String::as_str)));
            }
            if let Some(code) = model.header.analysis.as_ref().map(|analysis| Analysis::code(&analysis.name)) {
                parts.push(format!("{code} {}", externals.get(&code).map_or("", String::as_str)));
            }
            for parent in self.parents(&model.name) {
                parts.push(format!("parent {parent} {}", done.get(parent).map_or("", String::as_str)));
            }
            done.insert(model.name.clone(), digest(&parts));
        }
        done
    }
}

impl Model {
    /// Of its own text alone.
    pub fn fingerprint(&self) -> String {
        digest(&own_parts(self))
    }
}

/// What its own text says.
pub fn own_parts(model: &Model) -> Vec<String> {
    let mut parts = header_parts(&model.header);
    parts.push("sql".to_owned());
    parts.extend(sql::normalised(&model.sql));
    parts
}

/// The keys that decide what is stored and how.
fn header_parts(header: &Header) -> Vec<String> {
    let partition = match &header.partitioned_by {
        Some(Partition::Month(column)) => format!("month({column})"),
        Some(Partition::Column(column)) => column.clone(),
        None => String::new(),
    };
    let settings = header.analysis.iter().flat_map(|analysis| &analysis.settings);
    let settings = settings.map(|setting| format!("setting {} {}", setting.key, setting.value));
    let merge: Vec<String> = header.merge.iter().map(|(column, how)| format!("{column} {}", how.name())).collect();
    let mut parts = vec![
        header.kind.name().to_owned(),
        header.time_column.clone().unwrap_or_default(),
        header.lookback.to_string(),
        header.unique_key.join(","),
        merge.join(","),
        partition,
    ];
    parts.extend(settings);
    parts
}

/// 128 bits in hex: enough to tell texts apart, short enough to read.
fn digest(parts: &[String]) -> String {
    const DIGITS: usize = 32;
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        // The length before the text: no two lists of parts read alike.
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex().as_str()[..DIGITS].to_owned()
}
