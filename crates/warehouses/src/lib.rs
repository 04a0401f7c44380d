//! Databases that hold a project's tables in place of the embedded lake: a folder each, every one a `port::Warehouse`.
//!
//! - [`postgres`]: a schema of a PostgreSQL database. A run is one transaction.
//!
//! Which rows stand is decided by the lake's landing, so that a row has the same fate wherever the tables are.

pub mod postgres;
