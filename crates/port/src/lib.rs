//! The contracts between wharf and the world. `connect` implements [`Source`], `lake` (and later PostgreSQL) implements
//! [`Warehouse`]; `flow` sees neither's inside.

mod source;
mod warehouse;

pub mod fault;

mod error;

pub use error::{Error, Kind, Location, Result};
pub use source::{Arrival, Chunk, Fetched, Position, RawRow, RawRows, Rejected, Rows, Seen, Source, arrow_type};
pub use warehouse::*;
