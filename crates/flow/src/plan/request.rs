//! What a user asks of a run.

use retail::day::Day;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// Make these days again, first and last, whether they need it or not.
    pub days: Option<(Day, Day)>,
    /// Models to run, as `models::Graph::select` reads it; absent means all.
    pub select: Option<String>,
    /// Make everything again from the landed originals.
    pub full_refresh: bool,
    /// Try rejected rows again under today's rules.
    pub replay: bool,
    /// Loads to take back.
    pub undo: Vec<i64>,
}

impl Request {
    /// Who takes a load back or tries rejects again asks for that alone: what lies in the inbox, broken files too, can wait.
    pub fn is_of_old_loads(&self) -> bool {
        !self.undo.is_empty() || self.replay
    }
}
