//! Tells pages what a run does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use flow::{Event as RunEvent, Observer};

use crate::events::{Event, Events, Run, Text};

pub struct Telling {
    events: Arc<Events>,
    has_begun: AtomicBool,
}

impl Telling {
    pub fn of(events: &Arc<Events>) -> Telling {
        Telling { events: events.clone(), has_begun: AtomicBool::new(false) }
    }

    /// Pages were told that it began: they wait for its end.
    pub fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Acquire)
    }

    /// The first that a run does: before it, there was nothing to do.
    fn begins(&self, text: String) {
        if !self.has_begun.swap(true, Ordering::AcqRel) {
            self.events.tell(Event::Run(Run { state: "started", text: text.into() }));
        }
    }
}

impl Observer for Telling {
    fn event(&self, event: &RunEvent<'_>) {
        let (kind, text): (_, Text) = match event {
            RunEvent::Landing { name } => return self.begins(format!("landing {name}")),
            RunEvent::StepStarted { model, .. } => return self.begins(format!("building {model}")),
            RunEvent::Landed { name, report } => (
                "info",
                format!("landed {name}: {} rows, {} used, {} rejected", report.rows, report.used, report.rejected)
                    .into(),
            ),
            RunEvent::Known { name, load } => ("info", format!("{name} is load {load} again").into()),
            RunEvent::Unsettled { name } => {
                ("warning", format!("{name} changed while it was read; left for the next run").into())
            }
            RunEvent::Anew { cause } => ("warning", format!("{cause}: the run begins anew").into()),
            RunEvent::StepDone { model, rows, millis } => {
                ("info", format!("{model}: {rows} rows in {millis} ms").into())
            }
            RunEvent::StepFailed { model, cause } => {
                ("error", Text::guarded(format!("{model} failed: {cause}"), format!("{model} failed")))
            }
            RunEvent::StepSkipped { model, because } => ("warning", format!("{model} skipped: {because}").into()),
            RunEvent::CheckFailed { check, model, rows, warning } => {
                (if *warning { "warning" } else { "error" }, format!("{model}: {check}: {rows} rows").into())
            }
            RunEvent::Discovered { .. } | RunEvent::Published => return,
        };
        self.events.log(kind, text);
    }
}
