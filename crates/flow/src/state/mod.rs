//! What is remembered between runs: which loads are in force, and how far each model is. Published with the tables it
//! speaks of, in one step.

mod loads;

use std::collections::BTreeMap;

use port::{Error, Position, Result, Saved, Seen, Warehouse};
use retail::day::Day;
use retail::exchange::Asked;
use serde::{Deserialize, Serialize};

pub use loads::{LoadRecord, Loads, Remembered};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    #[serde(default, skip_serializing)]
    pub loads: Loads,
    /// Names seen with a content that another load has already.
    #[serde(default)]
    pub again: Vec<Again>,
    pub source_fingerprint: String,
    /// Exchange rates that landed rows needed, as they were.
    #[serde(default, skip_serializing_if = "Asked::is_empty")]
    pub rates: Asked,
    pub models: BTreeMap<String, ModelState>,
    /// Runs published so far.
    pub runs: u64,
}

/// An arrival whose content a load of another name has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    pub name: String,
    pub position: Position,
    /// Its copy in the landing folder; empty where it is not known.
    #[serde(default)]
    pub file: String,
}

/// How far a model is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelState {
    /// Of the text that made the table, with its parents'.
    pub fingerprint: String,
    /// What it still owes.
    #[serde(default)]
    pub owes: Owes,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owes {
    #[default]
    Nothing,
    Days(Vec<Day>),
    Everything,
}

impl Owes {
    pub fn add(&mut self, days: &[Day]) {
        match self {
            Owes::Everything => {}
            Owes::Nothing if days.is_empty() => {}
            Owes::Nothing => *self = Owes::Days(days.to_vec()),
            Owes::Days(owed) => owed.extend(days),
        }
        if let Owes::Days(owed) = self {
            owed.sort_unstable();
            owed.dedup();
        }
    }
}

impl State {
    /// What the warehouse remembers. Of the ledger that is read which is not known yet.
    pub async fn read(warehouse: &dyn Warehouse, known: &Remembered) -> Result<State> {
        let mut saved = warehouse.state().await?.unwrap_or_default();
        loop {
            let unread = known.unread(&saved.chapters);
            match warehouse.chapters(&unread).await {
                Ok(texts) => return State::parse(&saved, known, unread.into_iter().zip(texts).collect()),
                Err(error) => {
                    // Another process may have published meanwhile, and removed what is no longer named.
                    let now = warehouse.state().await?.unwrap_or_default();
                    if now == saved {
                        return Err(error);
                    }
                    saved = now;
                }
            }
        }
    }

    fn parse(saved: &Saved, known: &Remembered, read: Vec<(std::sync::Arc<str>, String)>) -> Result<State> {
        if saved.head.is_empty() {
            return Ok(State::default());
        }
        let mut state: State = serde_json::from_str(&saved.head).map_err(unreadable)?;
        if !saved.chapters.is_empty() {
            state.loads = known.loads(&saved.chapters, read)?;
        }
        Ok(state)
    }

    pub fn render(&self) -> Result<Saved> {
        let saved = serde_json::to_string(self).and_then(|head| Ok(Saved { head, chapters: self.loads.chapters()? }));
        saved.map_err(|error| Error::internal(format!("the state cannot be saved: {error}")))
    }

    /// Loads that count, oldest first.
    pub fn in_force(&self) -> impl DoubleEndedIterator<Item = &LoadRecord> {
        self.loads.iter().filter(|load| !load.undone)
    }

    /// All arrivals whose content is known, in landing order.
    pub fn seen(&self) -> Vec<Seen<'_>> {
        let again = self.again.iter();
        let again = again.map(|seen| Seen { name: &seen.name, position: &seen.position, file: &seen.file });
        self.loads.seen().chain(again).collect()
    }
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::internal(format!("the saved state cannot be read: {error}"))
        .advise("restore the lake from a backup (docs/operations.md)")
}
