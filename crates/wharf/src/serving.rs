//! A project as the server sees it.

use std::ffi::OsString;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use port::Error;
use serve::{Apart, Credentials, Format, Keeper, Models, Server, Settings, SheetWriter, Sheets};

use crate::again::Again;
use crate::arguments::Global;
use crate::config::Config;
use crate::failure::{Failure, Result};
use crate::output::{self, RowWriter, writer};
use crate::project;
use crate::shop::Shop;
use crate::signals;

/// What the command line says beside the configuration.
#[derive(Debug, Clone, Copy, Default)]
pub struct Serving {
    pub port: Option<u16>,
    pub every: Option<Duration>,
    /// Only shows what is published.
    pub runs_nothing: bool,
    pub is_demo: bool,
}

/// Serves a project until it is told to stop. The address is printed once the server listens; `then` is called after it.
pub fn serve(global: &Global, shop: Shop, serving: Serving, then: impl FnOnce()) -> Result<()> {
    shop.config.for_a_server()?;
    let shop = Arc::new(shop);
    let served = served(global, &shop, serving.is_demo)?;
    let server = Server::bind(served, settings(&shop, &serving)?)?;
    let every = serving.every.unwrap_or(Duration::from_secs(shop.config.count("serve", "every_seconds").max(1) as u64));
    let keeper = Keeper {
        only_follows: serving.runs_nothing,
        inbox: shop.config.path("inbox", "path"),
        every,
        threads: shop.config.threads(),
    };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", server.url()).and_then(|()| out.flush()).map_err(Failure::of_output)?;
    drop(out);
    then();
    shop.block_on(server.run(keeper, signals::stop()))?;
    Ok(())
}

fn served(global: &Global, shop: &Arc<Shop>, is_demo: bool) -> Result<serve::Shop> {
    let config = &shop.config;
    let name = config.text("shop", "name").map(str::to_owned);
    let folder = || config.folder.file_name().map_or("shop".to_owned(), |name| name.to_string_lossy().into_owned());
    Ok(serve::Shop {
        query: shop.warehouse_to_share(),
        apart: Arc::new(Process::new(global, config)?),
        folder: config.folder.clone(),
        name: name.unwrap_or_else(folder),
        currency: shop.currency.clone(),
        timezone: shop.source.timezone.clone(),
        locale: config.text("shop", "locale").map(str::to_owned),
        weeks_start_on_sunday: config.weeks_start_on_sunday(),
        reverses_cancelled: config.reverses_cancelled(),
        project: Arc::new(Again::new(global, shop.clone())),
        models: Arc::new(Models::new(project::load(config)?.graph)),
        metrics: project::metrics()?,
        sheets: Arc::new(Written),
        is_demo,
    })
}

fn settings(shop: &Shop, serving: &Serving) -> Result<Settings> {
    let config = &shop.config;
    let text = |key: &'static str| config.text("serve", key).map(str::to_owned);
    let address = text("address").unwrap_or_default();
    let ip: IpAddr = address.parse().map_err(|_| {
        Failure::usage(format!("serve.address = {address:?} is no address"), "write one like 127.0.0.1, 0.0.0.0 or ::1")
    })?;
    let port = match serving.port {
        Some(port) => port,
        None => u16::try_from(config.count("serve", "port"))
            .map_err(|_| Failure::usage("serve.port is no port", "write a number from 0 to 65535"))?,
    };
    let path = |key: &'static str| text(key).map(|_| config.path("serve", key));
    let tls = match (path("tls_certificate"), path("tls_key")) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        _ => return Err(Failure::usage("TLS needs serve.tls_certificate and serve.tls_key", "set both, or none")),
    };
    let threads = config.threads();
    Ok(Settings {
        address: SocketAddr::new(ip, port),
        credentials: Credentials {
            admin_password_hash: text("admin_password_hash"),
            viewer_password_hash: text("viewer_password_hash"),
            admin_token: text("admin_token"),
            viewer_token: text("viewer_token"),
        },
        tls,
        queries_at_once: match config.count("serve", "queries") {
            0 => threads * 2,
            queries => queries,
        },
        query_seconds: config.count("serve", "query_seconds").max(1) as u64,
        threads,
    })
}

/// `wharf answer`, with a limit on its memory that the system holds, and behind the server's own work.
struct Process {
    program: PathBuf,
    arguments: Vec<OsString>,
    kilobytes: u64,
}

impl Process {
    fn new(global: &Global, config: &Config) -> Result<Process> {
        let told = |error| Error::internal(format!("cannot find this program: {error}")).because(error);
        let mut arguments = vec!["answer".into(), "--quiet".into(), "--project".into(), config.folder.clone().into()];
        for (name, value) in &global.settings {
            arguments.extend(["--set".into(), format!("{name}={value}").into()]);
        }
        // Twice what queries may hold, and what a process maps without using it.
        let bytes = (config.memory() as u64).saturating_mul(2).saturating_add(2 << 30);
        Ok(Process { program: std::env::current_exe().map_err(told)?, arguments, kilobytes: bytes / 1024 })
    }
}

impl Apart for Process {
    fn command(&self) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -v \"$0\" 2>/dev/null; exec nice -n 5 \"$@\""]);
        command.arg(self.kilobytes.to_string()).arg(&self.program).args(&self.arguments);
        command.env_remove("RUST_BACKTRACE");
        command
    }
}

/// Files as `--format` writes them.
struct Written;

impl Sheets for Written {
    fn room(&self, format: Format) -> Option<u64> {
        known(format).room()
    }

    fn begin(
        &self,
        format: Format,
        schema: &SchemaRef,
        out: Box<dyn Write + Send>,
    ) -> port::Result<Box<dyn SheetWriter>> {
        Ok(Box::new(Rows(writer(known(format), schema, out).map_err(Error::from)?)))
    }
}

fn known(format: Format) -> output::Format {
    match format {
        Format::Json => output::Format::Json,
        Format::Csv => output::Format::Csv,
        Format::Xlsx => output::Format::Xlsx,
        Format::Parquet => output::Format::Parquet,
    }
}

struct Rows(Box<dyn RowWriter>);

impl SheetWriter for Rows {
    fn write(&mut self, rows: &RecordBatch) -> port::Result<()> {
        self.0.write(rows).map_err(Error::from)
    }

    fn finish(self: Box<Self>) -> port::Result<()> {
        self.0.finish().map_err(Error::from)
    }
}
