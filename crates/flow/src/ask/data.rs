//! What was landed, set aside, checked and run.

use super::question::{Conditions, Literal};

pub const LOADS: &str = "select load, name, landed_table, landed_at, rows, used, rejected, pending, merged, superseded, \
    undone, bytes from loads order by load desc";

/// The newest first.
pub const RUNS: &str = "select run, started_at, millis, loads, steps, status from runs order by run desc";

/// What a run built, as it began.
pub fn steps_of(run: u64) -> String {
    format!(
        "select model, reason, rows, started_millis, millis, status, failure from steps where run = {run} \
         order by started_millis, model"
    )
}

/// Each check's latest result, failures first. Of ten thousand runs there are half a million: to put them all in order would take
/// longer than to find each one's last run.
pub const CHECKS: &str = "select model, check_name, severity, rows, run, at, samples from ( \
      select c.model, c.check_name, c.severity, c.rows, c.run, c.at, c.samples, \
        row_number() over (partition by c.model, c.check_name order by c.at desc) as age \
      from checks as c join (select model, check_name, max(run) as run from checks group by model, check_name) as latest \
        on c.model = latest.model and c.check_name = latest.check_name and c.run = latest.run \
    ) as results where age = 1 order by rows > 0 desc, model, check_name";

pub fn check_history(model: &str, check: &str) -> String {
    let of = Conditions::default().and("model", "=", Some(Literal::Text(model.to_owned()))).and(
        "check_name",
        "=",
        Some(Literal::Text(check.to_owned())),
    );
    format!("select run, at, rows, severity from checks {of} order by run desc, at desc limit 1000")
}

/// Which rejected and pending rows.
#[derive(Debug, Clone, Default)]
pub struct Rejects {
    pub rule: Option<String>,
    pub load: Option<i64>,
    pub table: Option<String>,
    pub status: Option<String>,
}

impl Rejects {
    pub fn conditions(&self) -> Conditions {
        let text = |text: &Option<String>| text.clone().map(Literal::Text);
        Conditions::default()
            .and("rule", "=", text(&self.rule))
            .and("load", "=", self.load.map(Literal::Integer))
            .and("landed_table", "=", text(&self.table))
            .and("status", "=", text(&self.status))
    }

    pub fn by_reason(&self) -> String {
        format!(
            "select count(*) as rows, status, landed_table, rule, min(reason) as example from rejects {} \
             group by status, landed_table, rule order by rows desc, landed_table, rule",
            self.conditions()
        )
    }

    pub fn rows(&self, limit: u64, offset: u64) -> String {
        format!(
            "select load, row, line, file, landed_table, rule, reason, status, raw from rejects {} \
             order by load, row limit {limit} offset {offset}",
            self.conditions()
        )
    }
}
