//! PostgreSQL as a source: tables and queries of a database, read as of one snapshot and landed as the server sent them.
//!
//! # How rows come in
//! 1. [`discover`](Database) opens a read-only transaction and exports its [`snapshot`], asks the [`catalog`] what each
//!    relation is, and compares with the [`mark`] of its last load: whether anything changed, and since when.
//! 2. The first fetch reads all relations that changed, side by side over several connections that share the snapshot
//!    ([`fetch`]): COPY in binary form, large relations in ranges of their key. What was read is compressed and named by its
//!    content in `landing/` ([`landed`]).
//! 3. From then on the copy is a load like a file's: [`tuples`] and [`decode`] make cells of it, which the typing of files
//!    turns into rows or sets aside.
//!
//! A server that is away is waited for; a connection that is lost in the middle begins the whole reading anew, as of a new
//! snapshot, so that all relations still show one moment.

mod address;
mod catalog;
mod fetch;
mod gone;
mod landed;
mod mark;
mod snapshot;
mod tuples;

pub mod column;
pub mod decode;
pub mod session;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use port::{Arrival, Error, Fetched, Position, Result, Rows, Seen};
use retail::source::LandedTable;
use tokio::runtime::Runtime;

use self::catalog::Described;
use self::mark::{Mark, Since};
use self::session::Backoff;
use self::snapshot::Snapshot;
use crate::copies::Copies;
use crate::files::fetch::Syncs;
use crate::files::{Input, Settings};

pub use address::Address;
pub use landed::EXTENSION;

/// What to read of a database.
#[derive(Clone)]
pub struct Options {
    /// Names its loads: `shop:public.orders`.
    pub name: String,
    /// With whatever secret it needs; never shown.
    pub url: String,
    /// Most connections at once, beside the one that holds the snapshot.
    pub connections: usize,
    /// How long a server that is away is waited for.
    pub patience: Duration,
    pub relations: Vec<Relation>,
}

/// A relation whose rows are those of a landed table.
#[derive(Debug, Clone)]
pub struct Relation {
    /// The name of its loads.
    pub arrival: String,
    pub landed_table: String,
    pub what: What,
    /// Read what changed since the last load alone: a column that grows with each change.
    pub cursor: Option<String>,
    /// How far behind the cursor's greatest value changes may still appear: an interval, or a number. Without it, which is
    /// for tables alone, the server's transaction numbers say exactly what changed.
    pub late: Option<String>,
    /// Absent: all columns.
    pub columns: Option<Vec<String>>,
    /// Compare keys, and take out rows whose key is gone.
    pub deletes: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Table(String),
    Query(String),
}

impl Relation {
    /// A table is called by its name, a query by the landed table it is for.
    pub fn arrival(source: &str, landed_table: &str, what: &What) -> String {
        match what {
            What::Table(name) => format!("{source}:{name}"),
            What::Query(_) => format!("{source}:{landed_table}"),
        }
    }

    fn question(&self) -> String {
        let asked = format!("{:?} {:?} {:?}", self.what, self.cursor, self.columns);
        blake3::hash(asked.as_bytes()).to_hex()[..16].to_owned()
    }
}

/// A database that is read.
pub struct Database {
    options: Options,
    address: Address,
    settings: Settings,
    runtime: Option<Runtime>,
    reading: Mutex<Option<Reading>>,
    syncs: Syncs,
    copies: Copies,
}

/// What one `discover` found, and the moment it is of.
struct Reading {
    snapshot: Snapshot,
    found: Vec<Found>,
    /// By arrival, once the first of them was asked for.
    fetched: Option<HashMap<String, Fetched>>,
}

/// A relation that has something to read.
struct Found {
    relation: Relation,
    table: LandedTable,
    described: Described,
    since: Since,
    arrival: Arrival,
    /// Landed copies of the relation so far, oldest first.
    history: Vec<String>,
}

/// Threads that talk to servers; the work on rows is done elsewhere.
const THREADS: usize = 2;

impl Database {
    /// Nothing is connected to yet.
    pub fn new(options: Options, settings: Settings) -> Result<Database> {
        let address = Address::parse(&options.url)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("wharf-postgres")
            .enable_all()
            .build()
            .map_err(|error| Error::internal(format!("cannot start threads: {error}")).because(error))?;
        let (reading, syncs, copies) = (Mutex::new(None), Syncs::default(), Copies::default());
        Ok(Database { options, address, settings, runtime: Some(runtime), reading, syncs, copies })
    }

    pub fn name(&self) -> &str {
        &self.options.name
    }

    /// The arrival is one of this database's relations.
    pub fn owns(&self, arrival: &Arrival) -> bool {
        matches!(arrival.position, Position::Mark(_))
            && self.options.relations.iter().any(|relation| relation.arrival == arrival.name)
    }

    /// What of the relations is not known yet, as of one moment that is held until [`Database::settle`] or the next call.
    pub fn discover(&self, tables: &[LandedTable], seen: &[Seen<'_>]) -> Result<Vec<Arrival>> {
        let mut reading = self.reading();
        // The old moment is let go before a new one is taken.
        *reading = None;
        let new = self.wait(async {
            let mut backoff = Backoff::new(self.options.patience);
            loop {
                match self.look(tables, seen).await {
                    Ok(new) => return Ok(new),
                    Err(error) => wait(&mut backoff, error).await?,
                }
            }
        })?;
        let arrivals = new.found.iter().map(|found| found.arrival.clone()).collect();
        *reading = Some(new);
        Ok(arrivals)
    }

    async fn look(&self, tables: &[LandedTable], seen: &[Seen<'_>]) -> Result<Reading> {
        let snapshot = Snapshot::take(&self.address).await?;
        let mut found = Vec::new();
        for relation in &self.options.relations {
            let Some(table) = tables.iter().find(|table| table.name == relation.landed_table) else { continue };
            found.extend(self.look_at(&snapshot, relation, table, seen).await?);
        }
        Ok(Reading { snapshot, found, fetched: None })
    }

    async fn look_at(
        &self,
        snapshot: &Snapshot,
        relation: &Relation,
        table: &LandedTable,
        seen: &[Seen<'_>],
    ) -> Result<Option<Found>> {
        let client = &snapshot.client;
        let described = catalog::describe(client, &self.address, relation, table).await?;
        fetch::check(relation, table, &described)?;
        let mine: Vec<&Seen<'_>> = seen.iter().filter(|seen| seen.name == relation.arrival).collect();
        let last = mine.iter().rev().find_map(|seen| match &seen.position {
            Position::Mark(text) => Mark::parse(text),
            Position::File { .. } => None,
        });
        let mut mark = Mark {
            server: snapshot.server.clone(),
            question: relation.question(),
            snapshot: snapshot.text.clone(),
            bound: None,
            keys: None,
        };
        let mut since = mark.since(last.as_ref());
        if relation.cursor.is_none() && matches!(since, Since::Mark { .. }) {
            since = Since::Whole("read whole each time, since no cursor is named");
        }
        if let Some(cursor) = &relation.cursor {
            mark.bound = fetch::greatest(client, &self.address, &described, cursor).await?;
        }
        if relation.deletes {
            mark.keys = Some(gone::sum_of_keys(client, &self.address, &described).await?);
        }
        let unchanged_keys = mark.keys == last.as_ref().and_then(|last| last.keys.clone());
        if let Since::Mark { .. } = since
            && unchanged_keys
            && !fetch::any_changed(client, &self.address, relation, &described, &since, mark.bound.as_deref()).await?
        {
            return Ok(None);
        }
        let note = match &since {
            Since::Whole(why) => (*why).to_owned(),
            Since::Mark { .. } => "rows changed since the last load".to_owned(),
        };
        let arrival = Arrival {
            name: relation.arrival.clone(),
            table: table.name.clone(),
            position: Position::Mark(mark.render()),
            path: std::path::PathBuf::new(),
            note: Some(note),
        };
        let history = mine.iter().map(|seen| seen.file.to_owned()).filter(|file| file.ends_with(EXTENSION)).collect();
        Ok(Some(Found { relation: relation.clone(), table: table.clone(), described, since, arrival, history }))
    }

    /// The landed copy of an arrival. The first call of a moment reads all of them.
    pub fn fetch(&self, arrival: &Arrival, landing: &Path) -> Result<Option<Fetched>> {
        let mut reading = self.reading();
        let Some(reading) = reading.as_mut() else {
            return Err(Error::internal(format!("{} is asked for before it was discovered", arrival.name)));
        };
        if reading.fetched.is_none() {
            reading.fetched = Some(self.wait(self.fetch_all(reading, landing))?);
        }
        Ok(reading.fetched.as_ref().and_then(|fetched| fetched.get(&arrival.name)).cloned())
    }

    /// Positions stay those of the first moment where a lost connection led to a later one: a position that is too early
    /// makes the next load read some rows again, and loses none.
    async fn fetch_all(&self, reading: &mut Reading, landing: &Path) -> Result<HashMap<String, Fetched>> {
        let mut backoff = Backoff::new(self.options.patience);
        loop {
            match fetch::all(self, reading, landing).await {
                Ok(fetched) => return Ok(fetched),
                Err(error) => wait(&mut backoff, error).await?,
            }
            loop {
                match Snapshot::take(&self.address).await {
                    Ok(snapshot) => break reading.snapshot = snapshot,
                    Err(error) => wait(&mut backoff, error).await?,
                }
            }
        }
    }

    /// Lets the moment go, and waits until copies are on the disk.
    pub fn settle(&self) -> Result<()> {
        *self.reading() = None;
        self.syncs.settle()
    }

    /// Typed rows of a landed copy; the database is not asked.
    pub fn read(&self, table: &LandedTable, load: &Fetched) -> Result<Box<dyn Rows>> {
        read(table, load, &self.copies.open(&load.path)?, &self.settings)
    }

    fn reading(&self) -> MutexGuard<'_, Option<Reading>> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs work on the threads of this database and waits for it, also where the caller is at work on threads of its own
    /// runtime.
    fn wait<T: Send>(&self, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
        let Some(runtime) = &self.runtime else { return Err(Error::internal("the database was closed")) };
        let done = std::thread::scope(|scope| scope.spawn(|| runtime.block_on(work)).join());
        done.unwrap_or_else(|_| Err(Error::internal("a thread that talks to a database ended early")))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        *self.reading() = None;
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Typed rows of a landed copy.
pub fn read(table: &LandedTable, load: &Fetched, copy: &Input, settings: &Settings) -> Result<Box<dyn Rows>> {
    landed::read(table, load, copy, settings)
}

/// Waits for another attempt, or gives the error back with what was tried.
async fn wait(backoff: &mut Backoff, error: Error) -> Result<()> {
    match backoff.next(&error) {
        Some(pause) => {
            tokio::time::sleep(pause).await;
            Ok(())
        }
        None => Err(error),
    }
}
