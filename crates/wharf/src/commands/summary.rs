//! What a run did, for a person: each load's rows by fate, what was set aside and why, the models, the checks, the time.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use flow::{Known, Moved, Summary};
use port::LoadReport;
use retail::day::{Day, date_of};

use crate::failure::{Outcome, Result};
use crate::output::{plain, thousands};
use crate::shop::Shop;

/// Loads and models told one by one; beyond, their sum.
const TOLD: usize = 20;

pub fn print(shop: &Shop, summary: &Summary) -> Result<()> {
    let mut text = String::new();
    known(summary, &mut text);
    let stray = shop.unmatched_files();
    if summary.is_nothing() {
        let _ =
            writeln!(text, "Nothing to do: no file is new, and every table is up to date ({}).", time(summary.millis));
    } else {
        loads(summary, &mut text);
        if summary.loads.iter().any(|(_, report)| report.rejected + report.pending > 0) {
            rejects(shop, &mut text)?;
        }
        steps(summary, &mut text);
        checks(summary, &mut text);
        let _ = writeln!(text, "{} in {}.", if summary.failed() { "Failed" } else { "Done" }, time(summary.millis));
    }
    if !stray.is_empty() {
        let shown: Vec<String> = stray.iter().take(5).map(|name| plain(name)).collect();
        let more = if stray.len() > 5 { format!(" and {} more", stray.len() - 5) } else { String::new() };
        let _ = writeln!(
            text,
            "No table takes {}{more}: name the files in source.toml, or move them away.",
            shown.join(", ")
        );
    }
    super::print(&text)
}

pub fn outcome(summary: &Summary) -> Outcome {
    let failed_checks: BTreeSet<&str> = summary
        .checks
        .iter()
        .filter(|check| !check.warning && check.rows > 0)
        .map(|check| check.model.as_str())
        .collect();
    let other_failure = summary
        .steps
        .iter()
        .any(|step| step.failure.is_some() && !step.skipped && !failed_checks.contains(step.model.as_str()));
    match (other_failure, failed_checks.is_empty()) {
        (true, _) => Outcome::Failed,
        (false, false) => Outcome::ChecksFailed,
        (false, true) => Outcome::Done,
    }
}

/// Days as ranges: `2011-11-23`, `2011-11-01 to 2011-11-30 (26 days)`.
pub fn days(days: &[Day]) -> String {
    match (days.iter().min(), days.iter().max()) {
        (Some(first), Some(last)) if first == last => date_of(*first).to_string(),
        (Some(first), Some(last)) => {
            format!("{} to {} ({} days)", date_of(*first), date_of(*last), thousands(days.len() as u64))
        }
        _ => "no days".to_owned(),
    }
}

fn known(summary: &Summary, text: &mut String) {
    for Known { name, load, taken_back } in summary.known.iter().take(TOLD) {
        let and =
            if *taken_back { ", which was taken back. To land it again, drop it under another name." } else { "." };
        let _ = writeln!(text, "{} is known already: its content is that of load {load}{and}", plain(name));
    }
    if summary.known.len() > TOLD {
        let _ = writeln!(text, "So are {} more files.", summary.known.len() - TOLD);
    }
    for name in &summary.dropped {
        let _ = writeln!(text, "Dropped {name}: its model is gone.");
    }
    for name in &summary.unsettled {
        let _ = writeln!(text, "{} changed while it was read; the next run takes it.", plain(name));
    }
}

fn loads(summary: &Summary, text: &mut String) {
    if summary.loads.is_empty() {
        return;
    }
    for (record, report) in summary.loads.iter().take(TOLD) {
        let _ = writeln!(text, "Load {}: {} into {}", record.id, plain(&record.name), record.table);
        let _ = writeln!(text, "  {}", equation(report));
        for note in &report.notes {
            let _ = writeln!(text, "  {}", plain(note));
        }
    }
    if summary.loads.len() > 1 {
        let mut all = LoadReport::default();
        for (_, report) in &summary.loads {
            all.rows += report.rows;
            all.used += report.used;
            all.rejected += report.rejected;
            all.pending += report.pending;
            all.merged += report.merged;
            all.superseded += report.superseded;
        }
        let _ = writeln!(text, "All {} loads", summary.loads.len());
        let _ = writeln!(text, "  {}", equation(&all));
    }
    moved(summary, text);
}

/// What became of earlier loads' rows by what was landed.
fn moved(summary: &Summary, text: &mut String) {
    for Moved { load, name, superseded, settled } in summary.moved.iter().take(TOLD) {
        let fates = [(superseded, "superseded"), (settled, "no longer pending")];
        let told = fates.iter().filter(|(rows, _)| **rows > 0);
        let told: Vec<String> = told.map(|(rows, fate)| format!("{} {fate}", thousands(**rows))).collect();
        if !told.is_empty() {
            let _ = writeln!(text, "Rows of load {load}, {}: {}", plain(name), told.join(", "));
        }
    }
    if summary.moved.len() > TOLD {
        let _ = writeln!(text, "So were rows of {} more loads.", summary.moved.len() - TOLD);
    }
}

/// Every row has one fate, and the fates add up; if ever they do not, that is told.
fn equation(report: &LoadReport) -> String {
    let fates = [
        (report.used, "used"),
        (report.rejected, "rejected"),
        (report.pending, "pending"),
        (report.merged, "merged"),
        (report.superseded, "superseded"),
    ];
    let sum: u64 = fates.iter().map(|(rows, _)| rows).sum();
    let parts: Vec<String> = fates.iter().map(|(rows, fate)| format!("{} {fate}", thousands(*rows))).collect();
    let sign = if sum == report.rows { "=" } else { "≠ (please report this)" };
    format!("{} rows {sign} {}", thousands(report.rows), parts.join(" + "))
}

fn rejects(shop: &Shop, text: &mut String) -> Result<()> {
    let sql =
        "select status, rule, count(*) as rows from rejects group by status, rule order by rows desc, rule limit 20";
    let _ = writeln!(text, "Set aside, over all loads (wharf rejects shows them):");
    for batch in shop.rows(sql)? {
        for row in 0..batch.num_rows() {
            let cell = |column: usize| {
                arrow::util::display::array_value_to_string(batch.column(column), row).unwrap_or_default()
            };
            let rows = cell(2).parse().map_or(cell(2), thousands);
            let _ = writeln!(text, "  {rows:>11}  {:<9}  {}", cell(0), plain(&cell(1)));
        }
    }
    Ok(())
}

fn steps(summary: &Summary, text: &mut String) {
    if summary.steps.is_empty() {
        return;
    }
    let _ = writeln!(text, "Models:");
    let width = summary.steps.iter().map(|step| step.model.len()).max().unwrap_or(0);
    for step in &summary.steps {
        let what = match (&step.failure, step.skipped) {
            (Some(cause), true) => format!("skipped: {cause}"),
            (Some(cause), false) => format!("failed: {cause}"),
            (None, _) => {
                let days = step.days.as_deref().map_or("whole".to_owned(), days);
                format!("{:>11} rows  {:>8}  {days}: {}", thousands(step.rows), time(step.millis), step.reason)
            }
        };
        let _ = writeln!(text, "  {:width$}  {what}", step.model);
        for remark in &step.remarks {
            let _ = writeln!(text, "  {:width$}  {}", "", plain(remark));
        }
    }
}

fn checks(summary: &Summary, text: &mut String) {
    if summary.checks.is_empty() {
        return;
    }
    let failed = summary.checks.iter().filter(|check| !check.warning && check.rows > 0);
    let warned = summary.checks.iter().filter(|check| check.warning && check.rows > 0);
    let (failed, warned): (Vec<_>, Vec<_>) = (failed.collect(), warned.collect());
    let passed = summary.checks.len() - failed.len() - warned.len();
    let _ = writeln!(text, "Checks: {passed} passed, {} warnings, {} failed", warned.len(), failed.len());
    for (word, check) in failed.iter().map(|it| ("failed", it)).chain(warned.iter().map(|it| ("warning", it))) {
        let _ = writeln!(text, "  {word}: {}: {}: {} rows", check.model, check.check, thousands(check.rows));
        for sample in check.samples.iter().take(3) {
            let _ = writeln!(text, "    {}", plain(sample));
        }
    }
}

fn time(millis: u128) -> String {
    format!("{:.2} s", millis as f64 / 1000.0)
}
