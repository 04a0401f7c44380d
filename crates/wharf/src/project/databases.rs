//! The databases that a project reads, from its `[[source]]`s.

use std::time::Duration;

use connect::files::Settings;
use connect::postgres::{Database, Options, Relation, What};
use retail::mistake::Mistake;
use retail::source::Source;

use crate::config::{Config, DatabaseSource, FILE, SourceTable};
use crate::failure::{Failure, Result};

/// Nothing is connected to yet.
pub fn databases(config: &Config, source: &Source, now_micros: i64) -> Result<Vec<Database>> {
    let mistakes: Vec<Mistake> =
        config.sources.iter().flat_map(|known| &known.tables).filter_map(|table| unknown(source, table)).collect();
    if !mistakes.is_empty() {
        return Err(Failure::mistakes(&mistakes));
    }
    let settings = Settings::new(&source.timezone, now_micros)?;
    let database = |known: &DatabaseSource| {
        Database::new(options(known), settings.clone()).map_err(|mut error| {
            error.message = format!("source {}: {}", known.name, error.message);
            Failure::from(error.at(FILE, known.url_at.0, known.url_at.1))
        })
    };
    config.sources.iter().map(database).collect()
}

fn options(known: &DatabaseSource) -> Options {
    let relation = |table: &SourceTable| {
        let what = match (&table.from, &table.query) {
            (Some(name), _) => What::Table(name.clone()),
            (None, query) => What::Query(query.clone().unwrap_or_default()),
        };
        Relation {
            arrival: Relation::arrival(&known.name, &table.table, &what),
            landed_table: table.table.clone(),
            what,
            cursor: table.cursor.clone(),
            late: table.late.clone(),
            columns: table.columns.clone(),
            deletes: table.deletes,
        }
    };
    Options {
        name: known.name.clone(),
        url: known.url.clone(),
        connections: known.connections,
        patience: Duration::from_secs(known.wait_seconds),
        relations: known.tables.iter().map(relation).collect(),
    }
}

fn unknown(source: &Source, table: &SourceTable) -> Option<Mistake> {
    let names = || source.tables.iter().map(|known| known.name.as_str());
    if names().any(|name| name == table.table) {
        return None;
    }
    let message = format!("source.toml has no table `{}`", table.table);
    let (line, column) = table.table_at;
    let mistake = Mistake { line, column, ..Mistake::of_file(FILE, message) };
    Some(mistake.suggest(&table.table, names()))
}
