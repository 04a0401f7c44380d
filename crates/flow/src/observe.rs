//! What a run tells while it works.

use port::LoadReport;

/// Something worth a line or a move of the progress bar.
#[derive(Debug, Clone)]
pub enum Event<'a> {
    /// Files were found; this many are new.
    Discovered {
        new: usize,
    },
    Landing {
        name: &'a str,
    },
    /// The content is known under another name or load.
    Known {
        name: &'a str,
        load: i64,
    },
    /// Changed while it was read: left for the next run.
    Unsettled {
        name: &'a str,
    },
    /// What was read changed meanwhile: all of it is thrown away, and the run begins anew.
    Anew {
        cause: &'a str,
    },
    Landed {
        name: &'a str,
        report: &'a LoadReport,
    },
    StepStarted {
        model: &'a str,
        step: usize,
        of: usize,
    },
    StepDone {
        model: &'a str,
        rows: u64,
        millis: u128,
    },
    StepFailed {
        model: &'a str,
        cause: &'a str,
    },
    StepSkipped {
        model: &'a str,
        because: &'a str,
    },
    CheckFailed {
        check: &'a str,
        model: &'a str,
        rows: u64,
        warning: bool,
    },
    Published,
}

pub trait Observer: Send + Sync {
    fn event(&self, event: &Event<'_>);
}

/// Tells nobody.
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _: &Event<'_>) {}
}
