//! What a run tells while it works: a moving line on a terminal, log lines elsewhere.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use flow::{Event, Observer};
use indicatif::{ProgressBar, ProgressStyle};

use crate::output::thousands;

/// `json`: log lines even on a terminal. `quiet`: nothing.
pub fn observer(json: bool, quiet: bool) -> Arc<dyn Observer> {
    if quiet {
        Arc::new(flow::Silent)
    } else if std::io::stderr().is_terminal() && !json {
        Arc::new(Moving::new())
    } else {
        Arc::new(Lines)
    }
}

struct Lines;

impl Observer for Lines {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Discovered { new: 0 } => tracing::debug!("no new files"),
            Event::Discovered { new } => tracing::info!(files = new, "found new files"),
            Event::Landing { name } => tracing::info!(file = name, "landing"),
            Event::Known { name, load } => tracing::info!(file = name, load, "known already"),
            Event::Unsettled { name } => {
                tracing::warn!(file = name, "changed while it was read; left for the next run")
            }
            Event::Anew { cause } => tracing::warn!(cause, "the run begins anew"),
            Event::Landed { name, report } => {
                tracing::info!(
                    file = name,
                    load = report.id,
                    rows = report.rows,
                    used = report.used,
                    rejected = report.rejected,
                    pending = report.pending,
                    merged = report.merged,
                    superseded = report.superseded,
                    "landed"
                );
                report.notes.iter().for_each(|note| tracing::warn!(file = name, "{note}"));
            }
            Event::StepStarted { model, step, of } => tracing::debug!(model, step, of, "started"),
            Event::StepDone { model, rows, millis } => tracing::info!(model, rows, millis = *millis as u64, "built"),
            Event::StepFailed { model, cause } => tracing::error!(model, cause, "failed"),
            Event::StepSkipped { model, because } => tracing::warn!(model, because, "skipped"),
            Event::CheckFailed { check, model, rows, warning: true } => {
                tracing::warn!(model, check, rows, "check found rows");
            }
            Event::CheckFailed { check, model, rows, warning: false } => {
                tracing::error!(model, check, rows, "check failed");
            }
            Event::Published => tracing::info!("published"),
        }
    }
}

struct Moving {
    bar: ProgressBar,
}

impl Moving {
    fn new() -> Moving {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Moving { bar }
    }
}

impl Observer for Moving {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Discovered { new } => self.bar.set_message(format!("{new} new files")),
            Event::Landing { name } => self.bar.set_message(format!("landing {name}")),
            Event::Known { name, load } => self.bar.println(format!("{name} is known already, as load {load}")),
            Event::Unsettled { name } => {
                self.bar.println(format!("{name} changed while it was read; left for the next run"));
            }
            Event::Anew { cause } => self.bar.println(format!("{cause}: the run begins anew")),
            Event::Landed { name, report } => {
                self.bar.println(format!("landed {name}: {} rows", thousands(report.rows)));
            }
            Event::StepStarted { model, of: 0, .. } => self.bar.set_message(format!("building {model}")),
            Event::StepStarted { model, step, of } => self.bar.set_message(format!("[{step}/{of}] {model}")),
            Event::StepDone { .. } => {}
            Event::StepFailed { model, cause } => self.bar.println(format!("{model} failed: {cause}")),
            Event::StepSkipped { model, because } => self.bar.println(format!("{model} skipped: {because}")),
            Event::CheckFailed { check, model, rows, warning } => {
                let what = if *warning { "warning" } else { "check failed" };
                self.bar.println(format!("{what}: {model}: {check}: {} rows", thousands(*rows)));
            }
            Event::Published => self.bar.finish_and_clear(),
        }
    }
}

impl Drop for Moving {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
