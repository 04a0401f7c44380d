//! What a run did.

use port::{LoadReport, Volume};
use retail::day::Day;

use crate::state::LoadRecord;

#[derive(Debug, Default)]
pub struct Summary {
    /// Loads landed or placed anew by this run, with their names.
    pub loads: Vec<(LoadRecord, LoadReport)>,
    /// Earlier loads, where some of their rows met another fate by that.
    pub moved: Vec<Moved>,
    pub steps: Vec<StepResult>,
    pub checks: Vec<CheckResult>,
    /// Files dropped again with a content that is known.
    pub known: Vec<Known>,
    /// Tables removed because their models are gone.
    pub dropped: Vec<String>,
    /// Files that changed while they were read.
    pub unsettled: Vec<String>,
    pub millis: u128,
    /// What it published, in bytes.
    pub volume: Volume,
}

/// What a run changed of an earlier load.
#[derive(Debug, Clone)]
pub struct Moved {
    pub load: i64,
    pub name: String,
    /// Rows that gave way to newer ones.
    pub superseded: u64,
    /// Rows that wait no more.
    pub settled: u64,
}

/// A file whose content a load has.
#[derive(Debug, Clone)]
pub struct Known {
    pub name: String,
    pub load: i64,
    /// That load was taken back: its rows are in no table.
    pub taken_back: bool,
}

impl Summary {
    /// Nothing was new, changed, dirty or failed.
    pub fn is_nothing(&self) -> bool {
        self.loads.is_empty() && self.steps.is_empty() && self.dropped.is_empty()
    }

    /// What it landed, changed and made, in a line.
    pub fn told(&self) -> String {
        let sum = |rows: fn(&Moved) -> u64| self.moved.iter().map(rows).sum::<u64>();
        let rows: u64 = self.loads.iter().map(|(_, report)| report.rows).sum();
        let mut parts = vec![format!("{} loads with {rows} rows", self.loads.len())];
        for (rows, fate) in [(sum(|it| it.superseded), "superseded"), (sum(|it| it.settled), "no longer pending")] {
            if rows > 0 {
                parts.push(format!("{rows} rows of earlier loads {fate}"));
            }
        }
        parts.push(format!("{} steps in {} ms", self.steps.len(), self.millis));
        parts.join(", ")
    }

    pub fn failed(&self) -> bool {
        self.steps.iter().any(|step| step.failure.is_some())
    }
}

#[derive(Debug, Clone)]
pub struct StepResult {
    pub model: String,
    pub reason: String,
    /// `None`: the whole table.
    pub days: Option<Vec<Day>>,
    pub rows: u64,
    /// From the run's start to the step's.
    pub started_millis: u128,
    pub millis: u128,
    /// What an analysis left out.
    pub remarks: Vec<String>,
    /// Why it failed, or which failed model it was skipped for.
    pub failure: Option<String>,
    pub skipped: bool,
}

#[derive(Debug, Clone)]
pub struct CheckResult {
    pub model: String,
    pub check: String,
    pub warning: bool,
    /// Offending rows; 0 is a pass.
    pub rows: u64,
    /// A few of them, as JSON objects.
    pub samples: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct TestResult {
    pub name: String,
    pub file: String,
    /// What differs, if anything.
    pub failure: Option<String>,
}
