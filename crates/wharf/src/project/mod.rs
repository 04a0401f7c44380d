//! A project's folder, read: its source, its staging models, our marts and the user's own models beside them.

mod databases;
mod exchange;
mod files;
pub mod marts;
mod mistakes;
mod preset;

use std::sync::Arc;

use flow::Project;
use models::{Graph, Layer, Metrics, Model, ModelTest, Problem};
use retail::exchange::Exchange;
use retail::rates::Rates;
use retail::source::{ExactDuplicates, Source};

use crate::config::Config;
use crate::failure::{Failure, Result};

pub use databases::databases;
pub use exchange::reporting_currency;
pub use preset::{PRESET_FOLDER, read_preset};

/// The source with the project's own choices in place of the preset's.
pub fn source(config: &Config) -> Result<Source> {
    Ok(with_choices(config, read_preset(config)?.source))
}

/// Everything a run needs. All mistakes in models are told together.
pub fn load(config: &Config) -> Result<Project> {
    let preset = read_preset(config)?;
    let found = mistakes::of_source(&preset)?;
    if !found.is_empty() {
        return Err(Failure::mistakes(&found));
    }
    let source = with_choices(config, preset.source);
    let exchange = exchange::exchange(config, &source)?;
    let mut problems: Vec<Problem> = Vec::new();
    let mut all: Vec<Model> = Vec::new();
    let mut take = |name: &str, file: &str, layer: Layer, text: &str| match Model::parse(name, file, layer, text) {
        Ok(model) => all.push(model),
        Err(mistakes) => problems.extend(mistakes),
    };
    for file in &preset.staging {
        take(&file.name, &file.file, Layer::Staging, &file.text);
    }
    for mart in marts::ours(config.reverses_cancelled()) {
        take(mart.name, mart.file, Layer::Marts, mart.text);
    }
    for file in files::below(&config.folder, "models", "sql")? {
        // A file with a staging table's name takes the place of the preset's.
        let layer = if retail::staging::table(&file.stem).is_some() { Layer::Staging } else { Layer::Marts };
        take(&file.stem, &file.name, layer, &file.text);
    }
    if !problems.is_empty() {
        return Err(Failure::mistakes(&problems));
    }
    if config.reverses_cancelled() {
        all.iter_mut().filter(|model| model.file.starts_with(marts::OURS)).for_each(marts::allow_negative);
    }
    let landed: Vec<&str> = source.tables.iter().map(|table| table.name.as_str()).collect();
    let problems = mistakes::of_names(&all, &landed, &preset.source_file);
    if !problems.is_empty() {
        return Err(Failure::mistakes(&problems));
    }
    let graph = Graph::build(all, &landed).map_err(|problems| Failure::mistakes(&problems))?;
    let problems = flow::analysis::problems(&graph);
    if !problems.is_empty() {
        return Err(Failure::mistakes(&problems));
    }
    let merge_exact_duplicates = config.text("shop", "exact_duplicates") == Some("merge");
    let source_fingerprint = fingerprint(&source, &exchange, merge_exact_duplicates);
    let (source, exchange) = (Arc::new(source), Arc::new(exchange));
    Ok(Project { source, source_fingerprint, exchange, graph, merge_exact_duplicates })
}

/// The tests in tests/**/*.yaml.
pub fn tests(config: &Config) -> Result<Vec<ModelTest>> {
    let mut tests = Vec::new();
    let mut problems = Vec::new();
    for extension in ["yaml", "yml"] {
        for file in files::below(&config.folder, "tests", extension)? {
            match ModelTest::parse(&file.name, &file.text) {
                Ok(more) => tests.extend(more),
                Err(more) => problems.extend(more),
            }
        }
    }
    if problems.is_empty() { Ok(tests) } else { Err(Failure::mistakes(&problems)) }
}

/// Our metrics.
pub fn metrics() -> Result<Metrics> {
    Metrics::parse("models/metrics.yaml", marts::METRICS).map_err(|problems| Failure::mistakes(&problems))
}

fn with_choices(config: &Config, mut source: Source) -> Source {
    let choice = |key: &'static str| config.text("shop", key).map(str::to_owned);
    source.currency = choice("file_currency").unwrap_or(source.currency);
    source.timezone = choice("timezone").unwrap_or(source.timezone);
    source.id_prefix = choice("id_prefix").unwrap_or(source.id_prefix);
    if choice("exact_duplicates").as_deref() == Some("keep") {
        for table in &mut source.tables {
            table.exact_duplicates = ExactDuplicates::Keep;
        }
    }
    source
}

/// Of what a source says, not of how its file is written: a comment more changes nothing.
fn fingerprint(source: &Source, exchange: &Exchange, merge_exact_duplicates: bool) -> String {
    let said = Source { description: String::new(), ..source.clone() };
    let money = (&exchange.currency, exchange.rates.as_ref().map(Rates::max_age));
    blake3::hash(format!("{said:?} {money:?} {merge_exact_duplicates}").as_bytes()).to_hex().to_string()
}
