//! A project as the server sees it.

use std::ffi::OsString;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use port::Error;
use retail::mistake::Mistake;
use serve::{Apart, Credentials, Format, Keeper, Listening, Models, Server, Settings, SheetWriter, Sheets, Wrong};

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
    pub every: Option<Duration>,
    /// Only shows what is published.
    pub runs_nothing: bool,
    pub is_demo: bool,
}

/// Takes the address, or tells what is wrong with it, before anything else is done for long. `port`: another than the project's.
pub fn listen(shop: &Shop, port: Option<u16>) -> Result<Listening> {
    shop.config.for_a_server()?;
    let settings = settings(&shop.config, port)?;
    let placed = |wrong: Wrong| {
        let message = format!("serve.{} {}", wrong.key, wrong.message);
        shop.config.mistake("serve", wrong.key, message).advise(wrong.advice)
    };
    let mistakes: Vec<Mistake> = settings.mistakes().into_iter().map(placed).collect();
    if !mistakes.is_empty() {
        return Err(Failure::mistakes(&mistakes));
    }
    Ok(Listening::on(settings)?)
}

/// Serves a project until it is told to stop. The address is printed once all is ready; `then` is called after it.
pub fn serve(global: &Global, shop: Shop, listening: Listening, serving: Serving, then: impl FnOnce()) -> Result<()> {
    let shop = Arc::new(shop);
    let server = Server::new(served(global, &shop, serving.is_demo)?, listening)?;
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

fn settings(config: &Config, port: Option<u16>) -> Result<Settings> {
    let text = |key: &'static str| config.text("serve", key).map(str::to_owned);
    // Both were looked at when the configuration was read.
    let ip = text("address").and_then(|text| text.parse().ok()).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let port = port.unwrap_or(config.count("serve", "port") as u16);
    let tls = [("tls_certificate", "tls_key"), ("tls_key", "tls_certificate")].map(|(key, other)| {
        let path = config.value("serve", key).map(|_| config.path("serve", key))?;
        let told = match (path.is_file(), text(other)) {
            (false, _) => format!("serve.{key}: there is no file {}", path.display()),
            (true, None) => format!("serve.{key} is set, and serve.{other} is not"),
            (true, Some(_)) => return Some(Ok(path)),
        };
        let advice = "TLS needs the certificate and its key, both in PEM; without either the server speaks plainly";
        Some(Err(config.mistake("serve", key, told).advise(advice)))
    });
    let tls = match tls {
        [Some(Ok(certificate)), Some(Ok(key))] => Some((certificate, key)),
        [None, None] => None,
        wrong => {
            let mistakes: Vec<Mistake> = wrong.into_iter().flatten().filter_map(std::result::Result::err).collect();
            return Err(Failure::mistakes(&mistakes));
        }
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
