//! Where rows go: files in a folder, later tables of a database and topics of a stream.

use arrow::array::RecordBatch;

use crate::Result;

/// An outside system that takes rows.
///
/// *Order.* Batches are written one after the other, each once, in the order of their positions; a target keeps that order.
///
/// *Durability.* When [`Target::write`] returns, the batch and its position are there after a power cut.
///
/// *Retries.* A writer that was stopped asks [`Target::position`] and goes on with the batch after it. So the last batch may
/// be written again, the same to the byte: a target that is `atomic` has it whole or not at all and never sees it twice; one
/// that is not puts the parts that it has again under the same names, and that must change nothing.
///
/// After an error nothing is known but the position: ask for it again. [`crate::Kind`] says whether waiting helps.
pub trait Target: Send {
    fn capabilities(&self) -> Capabilities;

    /// The position of the last batch that is there as a whole; `None` when none is.
    fn position(&mut self) -> Result<Option<String>>;

    /// Writes a batch, and its position after or with it.
    fn write(&mut self, batch: &Delivery) -> Result<()>;
}

/// What a target can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    pub takes: Takes,
    /// A batch and its position become visible in one step. If not, parts of a batch may be seen before the others, each as
    /// a whole.
    pub atomic: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Encoded files, byte for byte, with whatever is wrong in them.
    Files,
    /// Typed rows.
    Rows,
}

/// Rows of several tables that belong together, and the writer's position after them.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// In the writer's own words; a target keeps it and gives it back.
    pub position: String,
    pub parts: Vec<DeliveredPart>,
}

#[derive(Debug, Clone)]
pub struct DeliveredPart {
    pub table: String,
    /// The same for the same part whenever it is written; of a file, its path below the target's folder.
    pub name: String,
    pub content: Content,
}

#[derive(Debug, Clone)]
pub enum Content {
    File(Vec<u8>),
    Rows(RecordBatch),
}
