//! The SQL under models/: parsed, checked, their graph and fingerprints. Texts in, structs out: no files, no clock.

mod model;

mod header;

mod sql;

mod check;

mod graph;

mod metrics;

mod model_test;

mod compare;

mod dashboard;
mod rewrite;

mod problem;

mod fields;
mod yaml;

pub use check::{Check, Rule, Severity};
pub use dashboard::{Asks, Chart, Dashboard, Tile};
pub use graph::{Graph, Overridden};
pub use header::{Analysis, Column, Header, Kind, Merge, Partition, Setting};
pub use metrics::{Metric, Metrics};
pub use model::{Layer, Model};
pub use model_test::{ModelTest, RowOrder, TestRow, TestValue};
pub use problem::{Problem, nearest};
pub use rewrite::{quote, quote_name, rename_tables};
pub use sql::{Input, tables_of};
/// The tree of a parsed statement, for those who rewrite it.
pub use sqlparser::ast::Statement;
