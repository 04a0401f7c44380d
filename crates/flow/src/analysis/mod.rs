//! Analyses: models whose SELECT gives rows to an algorithm of `insight`, whose answer is their table.
//!
//! Such a model is planned, selected, fingerprinted, checked and described like any other; only its rows are made here,
//! batch by batch as the warehouse gives them. `insight` knows neither Arrow nor SQL, and the warehouse no algorithm.

mod association_rules;
mod partners;

pub mod baskets;
pub mod rules;

mod numbering;
mod problems;
mod settings;

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use port::{Error, Kind, Result};

pub use association_rules::{MAX_ITEMS, MIN_CERTAINTY, MIN_COUNT, min_count};
pub use problems::{input_problems, problems};
pub use settings::{Setting, Settings};

/// An algorithm as a model's header names it.
pub trait Analysis: Send + Sync {
    fn name(&self) -> &'static str;

    /// Goes up when the same rows and settings come to give another table, so that tables are made again.
    fn version(&self) -> u32;

    /// The columns that its SELECT gives: the name, and whether it must.
    fn input(&self) -> &'static [(&'static str, bool)];

    fn settings(&self) -> &'static [Setting];

    /// The table's columns.
    fn schema(&self) -> SchemaRef;

    fn begin(&self, settings: &Settings, room: Room) -> Box<dyn Work>;
}

/// One analysis at work.
pub trait Work: Send {
    /// Takes rows of the SELECT; in which order they come means nothing.
    fn take(&mut self, rows: &RecordBatch) -> Result<()>;

    /// The answer, after the last rows. May compute for long.
    fn finish(self: Box<Self>) -> Result<Found>;
}

/// What an analysis gives.
pub struct Found {
    /// In the analysis's schema.
    pub rows: RecordBatch,
    /// What a person should know of it: what was left out.
    pub remarks: Vec<String>,
}

/// How much of the machine an analysis may use.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    pub threads: usize,
    /// Bytes, beside the rows themselves.
    pub memory: usize,
}

static ANALYSES: [&dyn Analysis; 1] = [&association_rules::AssociationRules];

/// Those there are.
pub fn analyses() -> &'static [&'static dyn Analysis] {
    &ANALYSES
}

/// A model's analysis and its settings; `None` for a model that is none.
pub fn of(model: &models::Model) -> Result<Option<(&'static dyn Analysis, Settings)>> {
    let Some(asked) = &model.header.analysis else { return Ok(None) };
    let Some(analysis) = named(&asked.name) else {
        return Err(Error::new(Kind::Config, format!("there is no analysis `{}`", asked.name)));
    };
    let settings = Settings::read(analysis.settings(), asked);
    let settings = settings.map_err(|mistakes| Error::config(mistakes.join("; ")))?;
    Ok(Some((analysis, settings)))
}

/// Fingerprints of the analyses' code, as [`models::Graph::fingerprint`] takes them.
pub fn codes() -> BTreeMap<String, String> {
    let code = |analysis: &&dyn Analysis| (models::Analysis::code(analysis.name()), analysis.version().to_string());
    ANALYSES.iter().map(code).collect()
}

fn named(name: &str) -> Option<&'static dyn Analysis> {
    ANALYSES.into_iter().find(|analysis| analysis.name() == name)
}
