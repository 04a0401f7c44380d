//! Outside systems: a folder for each, which knows how to get rows out of it (`port::Source`) or into it.
//!
//! Nothing here names a table of the shop: what rows mean is said by source.toml and SQL.
//!
//! - [`files`]: an inbox folder of CSV, JSON lines, Parquet and workbooks. How a file becomes rows is told there.
//! - [`postgres`]: tables and queries of a PostgreSQL database, as of one snapshot, whole or what changed since the last load.
//!
//! [`copies`] is where what they give is kept. [`Sources`] makes one source of all that a project has.

pub mod copies;
pub mod files;
pub mod postgres;

mod sources;

pub use sources::Sources;
