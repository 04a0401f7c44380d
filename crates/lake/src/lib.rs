//! The embedded warehouse: Delta tables in a folder, read and written through one manifest.
//!
//! ```text
//! landing/     original files, named by their content
//! fates/       what became of each landed row, and which units each load holds
//! staging/ marts/ insight/ wharf/     a Delta table a folder
//! state/       what is remembered of loads
//! manifest.json     which files make up each table now
//! ```
//!
//! Only this crate names the table format, and only it and the SQL wire name the query engine.

mod chapters;
mod manifest;
mod numbered;
mod remembered;
mod run;

mod land;
mod pack;

mod build;
mod lookup;
mod query;
mod validate;

mod optimize;
mod recover;

mod delta;
mod digest;
mod distinct;
mod engine;
mod flush;
mod lock;
mod read;
mod table;
mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::future::{BoxFuture, ready};
use port::{Answer, Error, Keep, Optimized, Query, Result, Run, Saved, Sql, TableInfo, Warehouse};

use crate::engine::Engine;
use crate::manifest::Manifest;
use crate::run::LakeRun;

pub use crate::build::json_rows;
pub use crate::lock::Lock;
pub use crate::manifest::FORMAT;

/// How landed rows come to their fates, for warehouses that keep them elsewhere: the same rows are used, merged, superseded
/// and set aside wherever the tables are.
pub mod landing {
    pub use crate::land::all::{Standing, place};
    pub use crate::land::convert::{is_filled, is_money, other_currency, rate};
    pub use crate::land::fates::Fates;
    pub use crate::land::keys::Keys;
    pub use crate::land::place::{Outcome, Unit, Units, resolve, units_of};
    pub use crate::land::reading::{Found, Reading};
    pub use crate::land::rejects::{self, RejectLog};
    pub use crate::land::rules::Rules;
    pub use crate::land::stage::{is_id, promised};
    pub use crate::land::survey::schema;
    pub use crate::land::upsert::NAMED_KEYS;
    pub use crate::land::{PlacedLoad, can_stream, derived, direct, landed_table, loads_of, outcomes, placed, stopped};
    pub use crate::pack::of_table;
}

/// Makes the rules that set typed rows aside: expressions of source.toml, which mean the same for every warehouse.
pub struct Judge(Engine);

impl Judge {
    /// `zone`: the shop's.
    pub fn new(zone: &str) -> Result<Judge> {
        // It looks at rows one by one and never spills: no folder, which it would put one of its own into.
        Ok(Judge(Engine::new(Path::new(""), zone, 1, 64 << 20)?))
    }

    pub fn rules(&self, request: &port::Land, table: &retail::source::LandedTable) -> Result<landing::Rules> {
        landing::Rules::new(&self.0.session(), request, table)
    }

    /// What keeps rules of the table from being used, by their place in it: what a run would say, before it.
    pub fn mistakes(&self, table: &retail::source::LandedTable) -> Vec<(usize, Error)> {
        landing::Rules::mistakes(&self.0.session(), table)
    }
}

/// A lake in a folder.
pub struct Lake {
    root: PathBuf,
    engine: Engine,
    latest: manifest::Latest,
    kept: Arc<lookup::Kept>,
}

/// How much of the machine a lake may use.
#[derive(Debug, Clone)]
pub struct Options {
    /// IANA name of the shop's time zone.
    pub zone: String,
    pub threads: usize,
    /// Bytes that queries may hold before they spill to disk.
    pub memory: usize,
}

impl Lake {
    /// Opens the lake at `root`; the folder is made by the first run.
    pub fn open(root: &Path, options: &Options) -> Result<Lake> {
        let engine = Engine::new(root, &options.zone, options.threads, options.memory)?;
        // A relative root would mean another folder after a change of folder, and object stores know no `..`.
        let root = plain(&std::path::absolute(root).map_err(|error| Error::io("find", root, error))?);
        Ok(Lake { root, engine, latest: manifest::Latest::default(), kept: Arc::new(lookup::Kept::new()?) })
    }

    fn published_tables(&self) -> Result<Arc<Manifest>> {
        self.latest.read(&self.root)?.ok_or_else(|| manifest::none_yet(&self.root))
    }

    /// Where landed copies are kept.
    pub fn landing(&self) -> PathBuf {
        self.root.join("landing")
    }
}

/// A path without `..`, by what is on disk as far as it goes.
fn plain(path: &Path) -> PathBuf {
    if let Ok(found) = path.canonicalize() {
        return found;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => plain(parent).join(name),
        (Some(parent), None) => plain(parent).parent().map(Path::to_owned).unwrap_or_default(),
        (None, _) => path.to_owned(),
    }
}

impl Query for Lake {
    fn query<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<Answer>> {
        Box::pin(async move { query::query(&self.root, &self.engine, &*self.published_tables()?, sql).await })
    }

    fn lookup<'a>(
        &'a self,
        table: &'a str,
        columns: &'a [&'a str],
        column: &'a str,
        values: &'a [String],
    ) -> BoxFuture<'a, Result<Vec<RecordBatch>>> {
        Box::pin(async move {
            let Lake { root, engine, kept, .. } = self;
            let asked = lookup::Asked { table, columns, column, values };
            lookup::lookup(root, engine, &*self.published_tables()?, kept, asked).await
        })
    }

    fn published(&self) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async move { Ok(self.latest.read(&self.root)?.map_or(0, |manifest| manifest.generation)) })
    }

    fn tables(&self) -> BoxFuture<'_, Result<Vec<TableInfo>>> {
        Box::pin(async move { query::tables(&self.root, &self.engine, &*self.published_tables()?).await })
    }
}

impl Warehouse for Lake {
    fn state(&self) -> BoxFuture<'_, Result<Option<Saved>>> {
        Box::pin(ready(manifest::state(&self.root)))
    }

    fn chapters<'a>(&'a self, names: &'a [Arc<str>]) -> BoxFuture<'a, Result<Vec<String>>> {
        Box::pin(ready(remembered::read(&self.root, names)))
    }

    fn is_clean(&self) -> BoxFuture<'_, Result<bool>> {
        Box::pin(ready(Ok(recover::is_clean(&self.root))))
    }

    fn begin(&self, patience: Duration) -> BoxFuture<'_, Result<Box<dyn Run>>> {
        Box::pin(async move {
            let temporary = self.root.join("tmp");
            std::fs::create_dir_all(&temporary).map_err(|error| Error::io("create", &self.root, error))?;
            let lock = Lock::take(&self.root, patience)?;
            let published = manifest::read(&self.root)?.unwrap_or_default();
            let published = recover::recover(&self.root, published).await?;
            recover::started(&self.root)?;
            let run = LakeRun::new(self.root.clone(), self.engine.clone(), published, lock);
            Ok(Box::new(run) as Box<dyn Run>)
        })
    }

    fn validate<'a>(
        &'a self,
        models: &'a [Sql],
        given: &'a BTreeMap<String, SchemaRef>,
    ) -> BoxFuture<'a, Vec<Result<SchemaRef>>> {
        Box::pin(validate::validate(&self.engine, models, given))
    }

    fn rehearse<'a>(
        &'a self,
        sql: &'a str,
        given: BTreeMap<String, String>,
    ) -> BoxFuture<'a, Result<Vec<RecordBatch>>> {
        Box::pin(validate::rehearse(&self.engine, sql, given))
    }

    fn optimize(&self, keep: Keep) -> BoxFuture<'_, Result<Vec<Optimized>>> {
        Box::pin(optimize::optimize(&self.root, &self.engine, keep))
    }
}
