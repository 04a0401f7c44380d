//! What is remembered between runs: which loads are in force, and how far each model is. Published with the tables it
//! speaks of, in one step.

use std::collections::BTreeMap;

use port::{Error, Fetched, LoadReport, Position, Result, Saved, Seen};
use retail::day::Day;
use retail::exchange::Asked;
use serde::{Deserialize, Serialize};

/// So many are written again where one of them changed, about 30 KB: an order that moves on changes the load that had it before.
const LOADS_A_CHAPTER: usize = 64;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Ascending id; undone ones stay, marked. Saved in chapters, since there are ever more of them.
    #[serde(default, skip_serializing)]
    pub loads: Vec<LoadRecord>,
    /// Names seen with a content that another load has already.
    #[serde(default)]
    pub again: Vec<Seen>,
    pub source_fingerprint: String,
    /// Exchange rates that landed rows needed, as they were.
    #[serde(default, skip_serializing_if = "Asked::is_empty")]
    pub rates: Asked,
    pub models: BTreeMap<String, ModelState>,
    /// Runs published so far.
    pub runs: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadRecord {
    pub id: i64,
    pub name: String,
    pub table: String,
    pub position: Position,
    pub fetched: Fetched,
    /// When it was landed, microseconds since the epoch.
    pub landed_at: i64,
    #[serde(default)]
    pub undone: bool,
    pub rows: u64,
    pub used: u64,
    pub rejected: u64,
    pub pending: u64,
    pub merged: u64,
    pub superseded: u64,
    #[serde(default)]
    pub notes: Vec<String>,
}

impl LoadRecord {
    pub fn take(&mut self, report: &LoadReport) {
        self.rows = report.rows;
        self.used = report.used;
        self.rejected = report.rejected;
        self.pending = report.pending;
        self.merged = report.merged;
        self.superseded = report.superseded;
        if !report.notes.is_empty() {
            self.notes = report.notes.clone();
        }
    }
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
    pub fn parse(saved: &Saved) -> Result<State> {
        let unreadable = |error: serde_json::Error| {
            Error::internal(format!("the saved state cannot be read: {error}"))
                .advise("restore the lake from a backup (docs/operations.md)")
        };
        if saved.head.is_empty() {
            return Ok(State::default());
        }
        // One of before there were chapters has its loads in its head.
        let mut state: State = serde_json::from_str(&saved.head).map_err(unreadable)?;
        for chapter in &saved.chapters {
            state.loads.append(&mut serde_json::from_str(chapter).map_err(unreadable)?);
        }
        Ok(state)
    }

    pub fn render(&self) -> Result<Saved> {
        let chapters: Result<Vec<_>, _> = self.loads.chunks(LOADS_A_CHAPTER).map(serde_json::to_string).collect();
        let saved = serde_json::to_string(self).and_then(|head| Ok(Saved { head, chapters: chapters? }));
        saved.map_err(|error| Error::internal(format!("the state cannot be saved: {error}")))
    }

    /// Loads that count, oldest first.
    pub fn in_force(&self) -> impl Iterator<Item = &LoadRecord> {
        self.loads.iter().filter(|load| !load.undone)
    }

    /// All arrivals whose content is known, in landing order.
    pub fn seen(&self) -> Vec<Seen> {
        let loads = self.loads.iter().map(|load| Seen {
            name: load.name.clone(),
            position: load.position.clone(),
            file: load.fetched.file.clone(),
        });
        loads.chain(self.again.iter().cloned()).collect()
    }

    pub fn next_load(&self) -> i64 {
        self.loads.last().map_or(1, |load| load.id + 1)
    }
}
