//! All places that a project's rows come from, as one source: its inbox and its databases.

use std::path::Path;

use port::{Arrival, Error, Fetched, Result, Rows, Seen, Source};
use retail::source::LandedTable;

use crate::files::Inbox;
use crate::postgres::{self, Database};

/// An inbox and databases beside it. Their arrivals come one after the other, files first.
pub struct Sources {
    inbox: Inbox,
    databases: Vec<Database>,
}

impl Sources {
    pub fn new(inbox: Inbox, databases: Vec<Database>) -> Sources {
        Sources { inbox, databases }
    }
}

impl Source for Sources {
    fn discover(&self, tables: &[LandedTable], seen: &[Seen<'_>]) -> Result<Vec<Arrival>> {
        let mut arrivals = match self.inbox.discover(tables, seen) {
            // A project that reads databases alone needs no inbox.
            Err(error) if error.kind == port::Kind::NotFound && !self.databases.is_empty() => Vec::new(),
            found => found?,
        };
        for database in &self.databases {
            arrivals.extend(database.discover(tables, seen).map_err(|error| of(database, error))?);
        }
        Ok(arrivals)
    }

    fn fetch(&self, arrival: &Arrival, landing: &Path) -> Result<Option<Fetched>> {
        match self.databases.iter().find(|database| database.owns(arrival)) {
            Some(database) => database.fetch(arrival, landing).map_err(|error| of(database, error)),
            None => self.inbox.fetch(arrival, landing),
        }
    }

    fn settle(&self) -> Result<()> {
        // All of them, also where one fails.
        let databases: Vec<Result<()>> = self.databases.iter().map(Database::settle).collect();
        let inbox = self.inbox.settle();
        databases.into_iter().chain([inbox]).collect()
    }

    fn tidy(&self, landing: &Path) -> Result<usize> {
        self.inbox.tidy(landing)
    }

    /// A copy is read by what it is: also one of a database that the project no longer names.
    fn read(&self, table: &LandedTable, load: &Fetched) -> Result<Box<dyn Rows>> {
        if load.file.ends_with(postgres::EXTENSION) {
            return postgres::read(table, load, &self.inbox.copies().open(&load.path)?, self.inbox.settings());
        }
        self.inbox.read(table, load)
    }
}

/// Says which of a project's databases an error is of.
fn of(database: &Database, mut error: Error) -> Error {
    error.message = format!("source {}: {}", database.name(), error.message);
    error
}
