//! Deciding what to run ([`plan`], pure), doing it ([`run`]), remembering it ([`state`]).
//!
//! flow sees a warehouse through `port::Warehouse` alone, so the same models run in each of them.

mod project;

pub mod plan;
pub mod run;
pub mod state;

mod flow;
mod observe;

pub use flow::Flow;
pub use observe::{Event, Observer, Silent};
pub use plan::{Plan, Request, Step};
pub use project::Project;
pub use run::{CheckResult, StepResult, Summary, TestResult};
pub use state::{LoadRecord, State};
