//! Where tables live.
//!
//! A warehouse keeps tables as of one published state. A [`Run`] prepares the next state; nothing of it can be seen until
//! [`Run::publish`], and a run that ends in any other way leaves the published state as it was, whatever was stopped when.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use futures::future::{BoxFuture, ready};
use futures::stream::BoxStream;
use retail::day::Day;
use retail::exchange::Exchange;

use crate::{Fetched, Result, Source};

/// Reading: what the CLI, the API and checks ask.
///
/// Futures of this and the other traits are boxed by hand. The bounds on lifetimes that `async_trait` adds keep the compiler
/// from remembering which of the engine's types are `Send`: it proved that anew for each method, for minutes in all.
pub trait Query: Send + Sync {
    /// Runs one read-only statement over the published tables by bare name. Anything but a query is refused; nothing
    /// outside the warehouse can be reached. All tables are read as of one published state.
    fn query<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<Answer>>;

    /// `columns` of the rows of one published table whose text `column` is one of `values`, in no order: what a query
    /// would give, by the shortest way there is.
    fn lookup<'a>(
        &'a self,
        table: &'a str,
        columns: &'a [&'a str],
        column: &'a str,
        values: &'a [String],
    ) -> BoxFuture<'a, Result<Vec<RecordBatch>>>;

    /// Counts publishes: the same number, the same tables. 0: nothing is published yet.
    fn published(&self) -> BoxFuture<'_, Result<u64>>;

    /// The published tables, staging and marts first, then wharf's own (rejects, loads, fates, runs, steps, checks).
    fn tables(&self) -> BoxFuture<'_, Result<Vec<TableInfo>>>;
}

/// What is remembered from run to run; what it says is its writer's matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Saved {
    pub head: String,
    /// The long part of it, cut so that most pieces stay as they are: those are neither read nor written again.
    pub chapters: Vec<Chapter>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chapter {
    /// The warehouse has it, under this name, which stands for its text for ever.
    Stored(Arc<str>),
    New(String),
}

/// A query's rows as they come.
pub struct Answer {
    pub schema: SchemaRef,
    pub rows: BoxStream<'static, Result<RecordBatch>>,
}

#[derive(Debug, Clone)]
pub struct TableInfo {
    pub name: String,
    /// `staging`, `marts`, `insight` or `wharf`.
    pub layer: String,
    pub schema: SchemaRef,
    pub rows: u64,
    pub files: u64,
    pub bytes: u64,
}

/// Writing, by one process at a time.
pub trait Warehouse: Query {
    /// What [`Run::publish`] was given last, its chapters by name.
    fn state(&self) -> BoxFuture<'_, Result<Option<Saved>>>;

    /// The texts of chapters. An error where one of them gave way to another since it was named: ask for the state again.
    fn chapters<'a>(&'a self, names: &'a [Arc<str>]) -> BoxFuture<'a, Result<Vec<String>>>;

    /// False after a run that was stopped: what it left is put right by [`Warehouse::begin`].
    fn is_clean(&self) -> BoxFuture<'_, Result<bool>>;

    /// Takes the writer's place, waiting up to `patience` for another, and puts right what a stopped run left behind.
    fn begin(&self, patience: Duration) -> BoxFuture<'_, Result<Box<dyn Run>>>;

    /// Checks models against the tables they read before anything runs, and gives each one's columns. `given` are tables
    /// that do not exist yet (landed ones, models earlier in the list). The first mistake of each model is told.
    fn validate<'a>(
        &'a self,
        models: &'a [Sql],
        given: &'a BTreeMap<String, SchemaRef>,
    ) -> BoxFuture<'a, Vec<Result<SchemaRef>>>;

    /// Runs a query over tables that other queries stand for, for tests of models.
    fn rehearse<'a>(&'a self, sql: &'a str, given: BTreeMap<String, String>)
    -> BoxFuture<'a, Result<Vec<RecordBatch>>>;

    /// Joins small files, forgets old history, then removes files that no published state that is kept names.
    fn optimize(&self, keep: Keep) -> BoxFuture<'_, Result<Vec<Optimized>>>;
}

/// What housekeeping leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Files that a state of so long ago names.
    pub files: Duration,
    /// Of so many last runs the rows of `runs`, `steps` and `checks`, at least. Of each check the latest result stays, however
    /// old it is.
    pub runs: u64,
}

/// wharf's own tables of what runs did, and by which columns the latest row is kept however old it is. Each has the run's number
/// in its column `run`.
pub const HISTORY: [(&str, &[&str]); 3] = [("runs", &[]), ("steps", &[]), ("checks", &["model", "check_name"])];

/// A model's statement by name.
#[derive(Debug, Clone)]
pub struct Sql {
    pub name: String,
    pub text: String,
}

#[derive(Debug, Clone)]
pub struct Optimized {
    pub table: String,
    pub files_before: u64,
    pub files_after: u64,
    pub files_deleted: u64,
}

/// One run at work. Its methods may be called at the same time for tables that do not depend on each other.
pub trait Run: Send + Sync {
    /// Lands loads: types, checks and places every row, records its fate, and brings the staging tables up to date.
    fn land(&self, request: Land) -> BoxFuture<'_, Result<Landed>>;

    /// Runs a model and replaces the days it was asked for, or the whole table.
    fn build(&self, step: Build) -> BoxFuture<'_, Result<Built>>;

    /// Runs one read-only statement over all tables as of now, as [`Query::query`] does over the published ones.
    fn query<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<Answer>>;

    /// Puts rows in place of a table's: those of an analysis, which no query makes.
    fn store<'a>(&'a self, table: &'a str, layer: &'a str, rows: RecordBatch) -> BoxFuture<'a, Result<Built>>;

    /// The days on which `table` has rows whose `column` is one of `values`; `None` when there is no telling.
    fn days_with<'a>(
        &'a self,
        table: &'a str,
        column: &'a str,
        values: &'a ArrayRef,
    ) -> BoxFuture<'a, Result<Option<Vec<Day>>>>;

    /// All days of a table.
    fn days<'a>(&'a self, table: &'a str) -> BoxFuture<'a, Result<Vec<Day>>>;

    /// A check's offending rows, as JSON objects, at most `limit`, with their count.
    fn offending<'a>(
        &'a self,
        sql: &'a str,
        limit: usize,
        among: Among<'a>,
    ) -> BoxFuture<'a, Result<(u64, Vec<String>)>>;

    /// Whether no two rows of `table`, as of now, have the same values in `columns`, where that can be told sooner than by a
    /// query. False: not known.
    fn are_distinct<'a>(&'a self, _table: &'a str, _columns: &'a [String]) -> BoxFuture<'a, Result<bool>> {
        Box::pin(ready(Ok(false)))
    }

    /// The run ends here with an error, which is told: whoever comes next need not speak of a run that was stopped.
    fn failed(&self) -> BoxFuture<'_, ()> {
        Box::pin(ready(()))
    }

    /// Puts a table back to what is published.
    fn revert<'a>(&'a self, table: &'a str) -> BoxFuture<'a, Result<()>>;

    /// Drops tables whose models are gone.
    fn drop_table<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<()>>;

    /// Puts rows into one of wharf's own tables: loads, and the history of runs, steps and checks. False: nothing was done, since
    /// there is no table of these columns in which rows could give way.
    fn put<'a>(&'a self, table: &'a str, rows: RecordBatch, how: Put<'a>) -> BoxFuture<'a, Result<bool>>;

    /// Makes everything visible at once, together with `state`. Durable when it returns.
    fn publish(&self, state: Saved) -> BoxFuture<'_, Result<Volume>>;
}

/// Where rows go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put<'a> {
    /// Beside those that are there.
    Beside,
    /// In place of all of them.
    InPlaceOfAll,
    /// In place of those with the same number in this column. What it costs follows from how many they are and not from how
    /// many the table has.
    InPlaceOf(&'a str),
}

/// Bytes of tables' files; none where a database keeps them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Volume {
    /// Of files that this run added.
    pub written: u64,
    /// Of all that make up the tables now.
    pub live: u64,
}

/// What to land.
#[derive(Clone)]
pub struct Land {
    pub source: Arc<retail::source::Source>,
    pub reader: Arc<dyn Source>,
    /// Every load that is in force, oldest first.
    pub loads: Vec<Load>,
    /// Loads that were in force and are taken back now.
    pub undone: Vec<i64>,
    /// In an order in which each comes after those it reads.
    pub staging: Vec<Staging>,
    /// Place all loads anew, not just the new ones: after a change of the preset, an undo, or on request.
    pub rebuild: bool,
    /// Overrides `exact_duplicates` of every landed table.
    pub merge_exact_duplicates: bool,
    /// The reporting currency that staging is in, and how other currencies come into it. Rows that do not are rejected.
    pub exchange: Arc<Exchange>,
}

#[derive(Clone)]
pub struct Load {
    /// Ascending in landing order.
    pub id: i64,
    pub table: String,
    pub fetched: Fetched,
    /// Not landed before.
    pub is_new: bool,
}

/// A staging table and the query that makes it.
#[derive(Debug, Clone)]
pub struct Staging {
    pub name: String,
    pub sql: String,
    /// Tables the query reads, the driving one first.
    pub inputs: Vec<String>,
    /// The unit of replacement; one text column. `None`: the table is made anew each time.
    pub unique_key: Option<String>,
    /// How a new row joins the kept one of its key, by column.
    pub merge: BTreeMap<String, Merge>,
    /// The columns it must have, in order.
    pub schema: SchemaRef,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// The new value, where it is not null.
    Newest,
    /// The kept value, where it is not null.
    Oldest,
    Min,
    Max,
}

#[derive(Debug, Default)]
pub struct Landed {
    pub loads: Vec<LoadReport>,
    /// Staging tables that changed.
    pub touched: BTreeMap<String, Touched>,
}

/// A load's rows by fate, counted from what was stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadReport {
    pub id: i64,
    /// Rows the load has.
    pub rows: u64,
    pub used: u64,
    pub rejected: u64,
    pub pending: u64,
    pub merged: u64,
    pub superseded: u64,
    pub notes: Vec<String>,
}

/// What of a table changed.
#[derive(Debug, Clone, Default)]
pub struct Touched {
    /// Days with other rows than before; `None`: the table has no days.
    pub days: Option<Vec<Day>>,
    /// Values of its unit of replacement whose rows are others than before; `None`: too many to name.
    pub keys: Option<ArrayRef>,
    /// Rows were added and none taken away or replaced.
    pub only_added: bool,
}

/// A step: a model and the days to make.
#[derive(Debug, Clone)]
pub struct Build {
    pub model: String,
    /// `marts` or `insight`.
    pub layer: String,
    pub sql: String,
    /// The tables whose rows are limited to `days`.
    pub driving: Vec<String>,
    /// The column that holds a row's day, where the model has one.
    pub time_column: Option<String>,
    /// `None`: the whole table.
    pub days: Option<Vec<Day>>,
    /// Days before each asked one that its input needs too.
    pub lookback: u32,
    /// Do not store; the query stands for the table.
    pub view: bool,
    /// Steps that are built at the same time, this one counted.
    pub beside: usize,
    /// A day's rows come from that day's rows of `driving` and from nothing else, so days may be taken apart.
    pub each_day_alone: bool,
    /// Columns that tell its rows apart, where the model names them: rows that come out otherwise can be replaced by them.
    pub grain: Vec<String>,
}

/// Which rows of its table a check looks at.
#[derive(Debug, Clone, Copy)]
pub enum Among<'a> {
    All,
    /// All, and rows of different days have nothing to do with each other: they may be looked at apart.
    EachDayOf(&'a str),
    /// Those of a table that lie on some days.
    Days(&'a str, &'a [Day]),
}

#[derive(Debug, Clone, Default)]
pub struct Built {
    /// Rows written.
    pub rows: u64,
    /// Days whose rows are others than before; `None`: the table has no days, or all may have changed.
    pub days: Option<Vec<Day>>,
    /// False: the result equals what was there.
    pub changed: bool,
}
