//! Why an answer cannot be given: its table was not made, or a model of the shop's own took the place of ours and lacks a
//! column. The engine speaks of places in SQL that nobody wrote, so its words are of no use to who asked.

use port::{Error, Kind, Query};

/// The error of a question of ours, in words of the shop. `error` itself where it is of another kind.
pub async fn explained(query: &dyn Query, sql: &str, error: Error) -> Error {
    if error.kind != Kind::Config {
        return error;
    }
    let Ok(tables) = query.tables().await else { return error };
    let read = models::tables_of(sql);
    let missing = read.iter().find(|name| !tables.iter().any(|table| table.name == **name));
    match missing {
        Some(name) => not_made(name),
        None => lacking(&read, error),
    }
}

/// What is told of a table that no run has made yet.
pub fn not_made(table: &str) -> Error {
    Error::new(Kind::NotFound, format!("`{table}` was not made: it is switched off, it failed, or no run got to it"))
        .advise("`wharf run` makes what is missing and tells what fails; `wharf models` lists what there is to make")
}

fn lacking(read: &[String], error: Error) -> Error {
    let told = error.message.lines().next().unwrap_or_default();
    let told = told.split_once(": ").map_or(told, |(_, cause)| cause);
    let told = told.split(". Valid fields").next().unwrap_or(told).trim_start_matches("Schema error: ");
    let message = format!("{} cannot answer this: {told}", read.join(", "));
    Error::new(Kind::NotFound, message)
        .advise("a model that takes the place of one of wharf's keeps its columns: `wharf models` tells which do")
        .because(error)
}
