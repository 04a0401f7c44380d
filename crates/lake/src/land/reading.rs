//! Reading a table's loads, one pass or two: which rows stand is known once all loads' units are, and a second reading of a
//! large load costs less than to hold it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute;
use port::{Error, Land, Load, Result};
use retail::source::LandedTable;

use super::place::Outcome;
use super::rejects::RejectLog;
use super::rules::Rules;
use super::survey::{Placed, Survey, Surveyed};
use super::{Shared, locked};

/// Rows kept between finding a load's units and feeding its rows, so that small loads are read once.
const KEPT_ROWS: usize = 1_000_000;

/// Reads one table's loads on a thread of its own.
pub struct Reading {
    table: LandedTable,
    rules: Rules,
    request: Land,
    loads: Vec<Load>,
    rejects: Shared<RejectLog>,
}

/// By load.
pub type Found = HashMap<i64, Surveyed>;
/// Rows by load, as long as they are few.
pub type Kept = Option<HashMap<i64, Vec<Placed>>>;
pub type Sink<'a> = &'a mut dyn FnMut(RecordBatch) -> Result<()>;

impl Reading {
    /// The rejects of a first pass are kept until they are taken.
    pub fn new(request: &Land, table: &LandedTable, rules: Rules, loads: Vec<Load>) -> Reading {
        let (table, request) = (table.clone(), request.clone());
        Reading { table, rules, request, loads, rejects: Arc::new(Mutex::new(RejectLog::new())) }
    }

    fn survey(&self) -> Survey<'_> {
        Survey {
            table: &self.table,
            rules: &self.rules,
            parents: Vec::new(),
            merge_exact_duplicates: self.request.merge_exact_duplicates,
        }
    }

    /// Nothing can be in these loads' way: rows are fed as they are read.
    pub fn read_once(&self, sink: Sink<'_>) -> Result<Found> {
        let mut found = HashMap::new();
        for load in &self.loads {
            let mut rejects = locked(&self.rejects);
            let surveyed =
                self.survey()
                    .read(load, self.request.reader.as_ref(), Some(&mut rejects), &mut |placed| sink(placed.batch))?;
            found.insert(load.id, surveyed);
        }
        Ok(found)
    }

    /// Finds the loads' units, and keeps their rows if there are few.
    pub fn read_first(&self) -> Result<(Found, Kept)> {
        let mut found = HashMap::new();
        let mut kept = Some(HashMap::new());
        let mut rows = 0;
        for load in &self.loads {
            let mut rejects = locked(&self.rejects);
            let mut placed = Vec::new();
            let surveyed =
                self.survey().read(load, self.request.reader.as_ref(), Some(&mut rejects), &mut |chunk| {
                    rows += chunk.batch.num_rows();
                    if rows <= KEPT_ROWS {
                        placed.push(chunk);
                    } else {
                        placed = Vec::new();
                    }
                    Ok(())
                })?;
            found.insert(load.id, surveyed);
            match &mut kept {
                Some(kept) if rows <= KEPT_ROWS => drop(kept.insert(load.id, placed)),
                _ => kept = None,
            }
        }
        Ok((found, kept))
    }

    /// Feeds the rows that stand.
    pub fn read_again(&self, mut kept: Kept, outcomes: &HashMap<i64, Outcome>, sink: Sink<'_>) -> Result<()> {
        let none = Outcome::new();
        for load in &self.loads {
            let way = outcomes.get(&load.id).unwrap_or(&none);
            match &mut kept {
                Some(kept) => {
                    for placed in kept.remove(&load.id).unwrap_or_default() {
                        feed_standing(placed, way, sink)?;
                    }
                }
                None => {
                    self.survey().read(load, self.request.reader.as_ref(), None, &mut |placed| {
                        feed_standing(placed, way, sink)
                    })?;
                }
            }
        }
        Ok(())
    }

    pub fn take_rejects(&self) -> RejectLog {
        std::mem::replace(&mut *locked(&self.rejects), RejectLog::new())
    }
}

fn feed_standing(placed: Placed, way: &Outcome, sink: Sink<'_>) -> Result<()> {
    if way.is_empty() {
        return sink(placed.batch);
    }
    let stands: BooleanArray = placed.groups.iter().map(|group| Some(!way.contains_key(group))).collect();
    let batch = compute::filter_record_batch(&placed.batch, &stands).map_err(|e| Error::internal(e.to_string()))?;
    if batch.num_rows() == 0 { Ok(()) } else { sink(batch) }
}
