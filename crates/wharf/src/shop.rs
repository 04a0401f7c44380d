//! An open project: its configuration, its warehouse and what runs them. Nothing is read before a command needs it.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use connect::Sources;
use connect::files::Inbox;
use flow::{Flow, Observer, Project, Remembered};
use futures::TryStreamExt;
use lake::Lake;
use port::{Answer, Error, Query, TableInfo, Warehouse};
use retail::source::Source;
use tokio::runtime::{Handle, Runtime};
use tracing::Level;
use warehouses::postgres::Postgres;

use crate::arguments::Global;
use crate::config::{self, Config, Origin};
use crate::failure::Result;
use crate::output::{OutputArgs, Sheet};
use crate::{logging, progress, project};

/// The configuration of the project that the command line means. Logging begins as it says.
pub fn read_config(global: &Global) -> Result<Config> {
    let config = config_now(global)?;
    let level = config.text("log", "level").and_then(|level| level.parse().ok()).unwrap_or(Level::INFO);
    logging::begin(level, is_json(&config));
    Ok(config)
}

/// The same as its files have it now.
pub fn config_now(global: &Global) -> Result<Config> {
    let folder = match &global.project {
        Some(folder) => folder.clone(),
        None => {
            let here = std::env::current_dir().map_err(|error| Error::io("find", &PathBuf::from("."), error))?;
            config::find_project(&here)?
        }
    };
    // Variables that are not UTF-8 cannot be ours.
    let environment: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(key, text)| Some((key.into_string().ok()?, text.into_string().ok()?)))
        .collect();
    Config::load(folder, &environment, &global.flags())
}

pub struct Shop {
    pub config: Config,
    pub source: Source,
    /// What every amount in the tables is in.
    pub currency: String,
    warehouse: Arc<dyn Warehouse>,
    remembered: Arc<Remembered>,
    runtime: Runtime,
}

impl Shop {
    pub fn open(global: &Global) -> Result<Shop> {
        let config = read_config(global)?;
        let source = project::source(&config)?;
        let threads = config.threads();
        let kind = match (config.text("warehouse", "kind"), config.text("warehouse", "url")) {
            (Some("postgres"), _) | (None, Some(_)) => Kind::Postgres,
            _ => Kind::Lake,
        };
        let warehouse = warehouse(&config, &source, kind)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .enable_all()
            .build()
            .map_err(|error| Error::internal(format!("cannot start {threads} threads: {error}")).because(error))?;
        let currency = project::reporting_currency(&config, &source).to_owned();
        Ok(Shop { config, source, currency, warehouse, remembered: Arc::default(), runtime })
    }

    /// Opens a project whose rows go to `output`; flags that contradict each other are told before anything is read.
    pub fn open_for(global: &Global, output: &OutputArgs) -> Result<Shop> {
        output.format()?;
        Shop::open(global)
    }

    /// The same shop as its tables in that warehouse have it.
    pub fn within(mut self, kind: Kind) -> Result<Shop> {
        self.warehouse = self.other(kind)?;
        self.remembered = Arc::default();
        Ok(self)
    }

    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The door to planning and running, which needs all models.
    pub fn flow(&self, observer: Arc<dyn Observer>) -> Result<Flow> {
        self.flow_of(&self.config, project::load(&self.config)?, observer)
    }

    /// The same for a project as its files have it now. Files are read by its own source.toml, not by one of before.
    pub fn flow_of(&self, config: &Config, project: Project, observer: Arc<dyn Observer>) -> Result<Flow> {
        let now_micros = chrono::Utc::now().timestamp_micros();
        let source = &project.source;
        let inbox = Inbox::new(config.path("inbox", "path"), &source.timezone, now_micros)?.ignoring(&source.ignore);
        Ok(Flow {
            warehouse: self.warehouse.clone(),
            reader: Arc::new(Sources::new(inbox, project::databases(config, source, now_micros)?)),
            landing: landing(config),
            project,
            observer,
            now_micros,
            patience: config.patience(),
            room: flow::analysis::Room { threads: config.threads(), memory: config.memory() },
            remembered: self.remembered.clone(),
            keep_runs: config.keep_runs(),
        })
    }

    /// Where landed copies are, whichever warehouse has the tables.
    pub fn landing(&self) -> PathBuf {
        landing(&self.config)
    }

    /// An observer for a person or a log, as configured.
    pub fn observer(&self) -> Arc<dyn Observer> {
        progress::observer(is_json(&self.config), self.is_quiet())
    }

    pub fn is_quiet(&self) -> bool {
        self.config.text("log", "level") == Some("error")
    }

    /// Names of files in the inbox that no table takes.
    pub fn unmatched_files(&self) -> Vec<String> {
        let inbox = Inbox::new(self.config.path("inbox", "path"), &self.source.timezone, 0);
        inbox.map(|inbox| inbox.ignoring(&self.source.ignore).unmatched(&self.source.tables)).unwrap_or_default()
    }

    /// The answer to what a person wrote in SQL.
    pub fn query(&self, sql: &str) -> Result<Answer> {
        Ok(self.block_on(self.warehouse.query(sql))?)
    }

    /// The answer to a question of ours. A table that is not there, or lacks a column, is told in words of the shop.
    pub fn ask(&self, sql: &str) -> Result<Answer> {
        let answer = async {
            match self.warehouse.query(sql).await {
                Ok(answer) => Ok(answer),
                Err(error) => Err(flow::ask::explained(&*self.warehouse, sql, error).await),
            }
        };
        Ok(self.block_on(answer)?)
    }

    /// All rows of a small answer to a question of ours.
    pub fn rows(&self, sql: &str) -> Result<Vec<RecordBatch>> {
        let answer = self.ask(sql)?;
        Ok(self.block_on(answer.rows.try_collect())?)
    }

    pub fn tables(&self) -> Result<Vec<TableInfo>> {
        Ok(self.block_on(self.warehouse.tables())?)
    }

    pub fn warehouse_to_share(&self) -> Arc<dyn Query> {
        self.warehouse.clone()
    }

    /// Where queries compute.
    pub fn threads(&self) -> Handle {
        self.runtime.handle().clone()
    }

    pub fn warehouse(&self) -> &dyn Warehouse {
        self.warehouse.as_ref()
    }

    /// The warehouse that the project could have in place of its own.
    pub fn other(&self, kind: Kind) -> Result<Arc<dyn Warehouse>> {
        warehouse(&self.config, &self.source, kind)
    }

    pub fn write(&self, output: &OutputArgs, sheet: impl Into<Sheet>) -> Result<()> {
        self.block_on(output.write(sheet.into()))
    }
}

/// What can hold a project's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// A folder of Delta tables.
    Lake,
    /// A schema of a PostgreSQL database.
    Postgres,
}

fn warehouse(config: &Config, source: &Source, kind: Kind) -> Result<Arc<dyn Warehouse>> {
    let zone = source.timezone.clone();
    match kind {
        Kind::Lake => {
            let options = lake::Options { zone, threads: config.threads(), memory: config.memory() };
            Ok(Arc::new(Lake::open(&config.path("lake", "path"), &options)?))
        }
        Kind::Postgres => {
            let url = config.text("warehouse", "url").ok_or_else(|| {
                Error::config("wharf.toml names no PostgreSQL database")
                    .advise("add [warehouse] with url = \"postgres://user:${PASSWORD}@host/database\"")
            })?;
            let opened = Postgres::open(url, config.text("warehouse", "schema").unwrap_or_default(), &zone);
            // Nothing is connected to yet: what is wrong is the address as it is written.
            Ok(Arc::new(opened.map_err(|error| of_the_url(config, error))?))
        }
    }
}

fn of_the_url(config: &Config, error: Error) -> Error {
    match config.value("warehouse", "url").map(|value| &value.origin) {
        Some(Origin::File { file, line, column }) => error.at(file, *line, *column),
        _ => error,
    }
}

fn landing(config: &Config) -> PathBuf {
    config.path("lake", "path").join("landing")
}

fn is_json(config: &Config) -> bool {
    config.text("log", "format") == Some("json")
}
