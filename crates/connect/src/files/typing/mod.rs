//! Typing: cells of text become values of the table's columns, a column at a time, straight into Arrow's layout.
//!
//! A cell is trimmed of surrounding ASCII blanks, quoted or not, text too; an empty cell or one of the table's null words
//! is null. A value that its column cannot take sets the whole row aside under the rule of the first such column.

mod boolean;
mod bounds;
mod calendar;
mod column;
mod decimal;
mod fault;
mod integer;
mod iso;
mod pattern;
mod plan;
mod text;
mod time;

pub use column::{ColumnBuilder, Faults};
pub use decimal::DecimalFormat;
pub use fault::Fault;
pub use integer::IntegerFormat;
pub use iso::iso;
pub use pattern::{KNOWN, Pattern};
pub use plan::{Clock, ColumnPlan, Plan};

/// Reads one kind of value.
pub trait Parse {
    type Value: Copy + Default + PartialOrd;

    /// `bytes` are trimmed and not empty; `native` says that they are the file's own form of a number or time.
    fn parse(&mut self, bytes: &[u8], native: bool) -> Result<Self::Value, Fault>;
}
