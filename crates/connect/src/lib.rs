//! Outside systems: a folder for each, which knows how to get rows out of it (`port::Source`) or into it.
//!
//! Nothing here names a table of the shop: which rows mean what is said by source.toml and SQL.

pub mod files;
