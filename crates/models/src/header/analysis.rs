//! The header's `analysis:` and `settings:`: which algorithm the SELECT's rows go to, and how it is set. Which there are and
//! what they take is known to those who run them.

use crate::fields::Fields;

/// An algorithm by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Analysis {
    pub name: String,
    /// In the order of the text.
    pub settings: Vec<Setting>,
    pub line: usize,
    pub column: usize,
}

impl Analysis {
    /// What an analysis's code is called among the fingerprints of what no model makes.
    pub fn code(name: &str) -> String {
        format!("analysis {name}")
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    pub key: String,
    /// As it was written.
    pub value: String,
    pub line: usize,
    pub column: usize,
}

pub(super) fn parse(fields: &mut Fields<'_, '_>) -> Option<Analysis> {
    let mut settings = Vec::new();
    for entry in fields.map("settings") {
        match entry.value.text() {
            Some(text) => settings.push(Setting {
                key: entry.key.clone(),
                value: text.trim().to_owned(),
                line: entry.at.line,
                column: entry.at.column,
            }),
            None => fields.tell(entry.at, format!("the setting `{}` takes one value", entry.key)),
        }
    }
    match (fields.word("analysis"), fields.place("settings")) {
        (Some((name, at)), _) => Some(Analysis { name, settings, line: at.line, column: at.column }),
        (None, Some(at)) => {
            fields.tell(at, "`settings` are those of an `analysis`, which is not named");
            None
        }
        (None, None) => None,
    }
}
