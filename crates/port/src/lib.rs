//! The contracts between wharf and the world. `connect` implements [`Source`] and [`Target`], `lake` (and later PostgreSQL)
//! implements [`Warehouse`]; `flow` sees neither's inside.

mod source;
mod target;
mod warehouse;

pub mod fault;

mod error;

pub use error::{Error, Kind, Location, Result};
pub use source::{Arrival, Chunk, Fetched, Position, RawRows, Rejected, Rows, Seen, Source, arrow_type};
pub use target::{Capabilities, Content, DeliveredPart, Delivery, Takes, Target};
pub use warehouse::*;
