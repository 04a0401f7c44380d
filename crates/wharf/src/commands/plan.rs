//! `wharf plan`: what a run would do, and why.

use std::fmt::Write as _;

use super::run::What;
use super::summary;
use crate::arguments::Global;
use crate::failure::{Outcome, Result};
use crate::output::{OutputArgs, plain, text_sheet};
use crate::shop::Shop;

/// Show what `wharf run` would do, and why
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf plan
  wharf plan --full-refresh
  wharf plan --select daily_sales --format json")]
pub struct Plan {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    output: OutputArgs,
}

impl Plan {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let request = self.what.request()?;
        let shop = Shop::open_for(global, &self.output)?;
        let flow = shop.flow(std::sync::Arc::new(flow::Silent))?;
        let plan = shop.block_on(flow.plan(&request))?;
        if self.output.is_for_a_person()? && self.output.out.is_none() {
            super::print(&for_a_person(&plan))?;
        } else {
            let rows = rows(&plan);
            let sheet = text_sheet(&["what", "name", "table", "days", "reason", "note"], &rows)?;
            shop.write(&self.output, sheet)?;
        }
        Ok(Outcome::Done)
    }
}

fn for_a_person(plan: &flow::Plan) -> String {
    if plan.is_empty() {
        return "Nothing to do: no file is new, and every table is up to date.\n".to_owned();
    }
    let mut text = String::new();
    for load in &plan.undo {
        let _ = writeln!(text, "undo  load {load}");
    }
    if let Some(reason) = &plan.rebuild {
        let _ = writeln!(text, "place all loads again: {reason}");
    }
    for load in &plan.loads {
        let _ = writeln!(text, "land  {} into {}: {}", plain(&load.name), load.table, load.reason);
    }
    for table in &plan.dropped {
        let _ = writeln!(text, "drop  {table}: its model is gone");
    }
    let width = plan.steps.iter().map(|step| step.model.len()).max().unwrap_or(0);
    for step in &plan.steps {
        let days = step.days.as_deref().map_or("whole".to_owned(), summary::days);
        let what = step.note.as_deref().unwrap_or(&days);
        let _ = writeln!(text, "build {:width$}  {what}: {}", step.model, step.reason);
    }
    text
}

fn rows(plan: &flow::Plan) -> Vec<Vec<String>> {
    let row = |cells: [&str; 6]| cells.map(str::to_owned).to_vec();
    let mut rows: Vec<Vec<String>> =
        plan.undo.iter().map(|load| row(["undo", &load.to_string(), "", "", "", ""])).collect();
    rows.extend(plan.rebuild.iter().map(|reason| row(["rebuild", "", "", "", reason, ""])));
    rows.extend(plan.loads.iter().map(|load| row(["land", &load.name, &load.table, "", &load.reason, ""])));
    rows.extend(plan.dropped.iter().map(|table| row(["drop", table, table, "", "its model is gone", ""])));
    rows.extend(plan.steps.iter().map(|step| {
        let days = step.days.as_deref().map_or("whole".to_owned(), summary::days);
        row(["build", &step.model, &step.model, &days, &step.reason, step.note.as_deref().unwrap_or_default()])
    }));
    rows
}
