//! A shop's project, read and parsed: its source, its models, its choices.

use std::sync::Arc;

use models::Graph;
use retail::exchange::Exchange;
use retail::source::Source;

pub struct Project {
    pub source: Arc<Source>,
    /// Of source.toml and the settings that change how rows are read. Rates are not in it: of these only the ones that rows
    /// needed matter.
    pub source_fingerprint: String,
    pub exchange: Arc<Exchange>,
    /// Staging and marts.
    pub graph: Graph,
    /// Merge rows alike in every column, whatever source.toml says.
    pub merge_exact_duplicates: bool,
}
