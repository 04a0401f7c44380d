//! Deciding what to run ([`plan`], pure), doing it ([`run`]), remembering it ([`state`]); and the steps of a run that are no
//! SQL but an algorithm ([`analysis`]). What people ask of the tables then is in [`ask`].
//!
//! flow sees a warehouse through `port::Warehouse` alone, so the same models run in each of them.

mod project;

pub mod analysis;
pub mod ask;
pub mod plan;
pub mod run;
pub mod state;

mod copy;
mod flow;
mod observe;
mod recommend;

pub use copy::{Copied, copy};
pub use flow::Flow;
pub use observe::{Event, Observer, Silent};
pub use plan::{Plan, Request, Step};
pub use project::Project;
pub use recommend::{Recommendation, Recommendations, With, recommend};
pub use run::{CheckResult, Known, Moved, StepResult, Summary, TestResult};
pub use state::{LoadRecord, Remembered, State};
