//! The server: what it listens on, what every request passes, and how it ends.

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum_server::tls_rustls::RustlsConfig;
use port::{Error, Result};
use socket2::{Domain, Socket, Type};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::api::{self, Problem};
use crate::ask::Asking;
use crate::cached::{Cached, cached};
use crate::events::Events;
use crate::guard::{self, Access, Attempts, Credentials, Wrong};
use crate::keep::Keeper;
use crate::ops::{self, Meters};
use crate::page;
use crate::shop::Shop;

#[derive(Clone)]
pub struct Settings {
    pub address: SocketAddr,
    pub credentials: Credentials,
    /// A certificate and its key, in PEM.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Queries that compute at the same time; others wait.
    pub queries_at_once: usize,
    pub query_seconds: u64,
    /// Threads that queries compute on.
    pub threads: usize,
}

impl Settings {
    /// All that is wrong with what a person set, before anything is listened on.
    pub fn mistakes(&self) -> Vec<Wrong> {
        let ip = self.address.ip();
        let is_bare = !ip.is_loopback() && self.credentials.is_none();
        let bare = is_bare.then(|| Wrong {
            key: "address",
            message: format!("= {ip} can be reached from other machines, and no credentials are set"),
            advice: "set serve.admin_password_hash or serve.admin_token (docs/serve.md), or leave serve.address at 127.0.0.1",
        });
        bare.into_iter().chain(self.credentials.mistakes()).collect()
    }
}

/// What handlers share.
pub struct App {
    pub shop: Shop,
    pub asking: Asking,
    pub events: Arc<Events>,
    pub cached: Cached,
    pub access: Access,
    pub attempts: Attempts,
    pub meters: Meters,
    pub uses_tls: bool,
    /// When the server began: answers of another server are others.
    pub started: i64,
    /// Changes when the server is to stop.
    pub stopping: watch::Receiver<bool>,
}

impl App {
    /// The models are those of what is published, also where another process published it. Where they cannot be read, what they
    /// do not know of is hidden from viewers.
    pub async fn follow_models(&self) {
        let Ok(generation) = self.shop.query.published().await else { return };
        let (models, project) = (self.shop.models.clone(), self.shop.project.clone());
        let read = tokio::task::spawn_blocking(move || models.follow(&*project, generation)).await;
        if let Ok(Err(error)) = read {
            tracing::debug!(%error, "models cannot be read");
        }
    }
}

pub struct Server {
    app: Arc<App>,
    listener: TcpListener,
    settings: Settings,
    tls: Option<RustlsConfig>,
    stop: watch::Sender<bool>,
    /// Where queries compute.
    queries: Runtime,
}

/// A request without a body needs no more; statements are short.
const LARGEST_BODY: usize = 1 << 20;
/// Headers that come slower are an attack, or a connection that nobody uses.
const HEADERS: Duration = Duration::from_secs(15);
/// Open files asked of the system: more connections than a small shop will see, and the tables' files.
const OPEN_FILES: u64 = 65_536;
/// Connections that wait to be accepted.
const WAITING: i32 = 4096;
/// How long requests may go on when the server stops.
const GRACE: Duration = Duration::from_secs(5);

/// An address that is listened on: whoever connects waits for the server.
pub struct Listening {
    listener: TcpListener,
    access: Access,
    settings: Settings,
}

impl Listening {
    /// On another address than loopback, credentials are needed.
    pub fn on(settings: Settings) -> Result<Listening> {
        if let Some(wrong) = settings.mistakes().into_iter().next() {
            return Err(wrong.into());
        }
        let access = Access::new(settings.credentials.clone())?;
        // A connection is an open file, and what a process begins with is often 1024: thousands that nobody uses would leave none
        // for the tables. What may not be raised stays.
        let _ = rlimit::increase_nofile_limit(OPEN_FILES);
        let listener = listen(settings.address).map_err(|error| {
            let told = Error::config(format!("cannot listen on {}: {error}", settings.address)).because(error);
            told.advise("choose another port: --port 0 takes a free one")
        })?;
        Ok(Listening { listener, access, settings })
    }
}

impl Server {
    /// Requests are answered by [`Server::run`].
    pub fn new(shop: Shop, listening: Listening) -> Result<Server> {
        let Listening { listener, access, settings } = listening;
        let queries = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(settings.threads.max(1))
            .thread_name("query")
            .enable_all()
            .build()
            .map_err(|error| Error::internal(format!("cannot start threads: {error}")))?;
        let tls = match &settings.tls {
            Some((certificate, key)) => Some(queries.block_on(certified(certificate, key))?),
            None => None,
        };
        let (stop, stopping) = watch::channel(false);
        let limit = Duration::from_secs(settings.query_seconds.max(1));
        let app = App {
            asking: Asking::new(
                shop.query.clone(),
                shop.apart.clone(),
                queries.handle().clone(),
                settings.queries_at_once,
                limit,
            ),
            shop,
            events: Arc::default(),
            cached: Cached::default(),
            access,
            attempts: Attempts::default(),
            meters: Meters::default(),
            uses_tls: settings.tls.is_some(),
            started: chrono::Utc::now().timestamp_micros(),
            stopping,
        };
        Ok(Server { app: Arc::new(app), listener, settings, tls, stop, queries })
    }

    /// Where a browser finds it.
    pub fn url(&self) -> String {
        let address = self.listener.local_addr().unwrap_or(self.settings.address);
        format!("{}://{address}", if self.app.uses_tls { "https" } else { "http" })
    }

    /// Answers until `until` ends, then lets requests at work end.
    pub async fn run(self, keeper: Keeper, until: impl Future<Output = ()>) -> Result<()> {
        let Server { app, listener, settings, tls, stop, queries } = self;
        let kept = keeper.start(app.clone());
        let failed = |error: std::io::Error| Error::internal(format!("the server failed: {error}"));
        let handle = axum_server::Handle::new();
        let service = router(app, &settings).into_make_service_with_connect_info::<SocketAddr>();
        let mut server = axum_server::from_tcp(listener).map_err(failed)?.handle(handle.clone()).http1_only();
        // Told to speak one version only, it waits for a first word no longer than for the rest of a header.
        server.http_builder().http1().header_read_timeout(HEADERS);
        let serving = async {
            match tls {
                Some(config) => {
                    let acceptor = axum_server::tls_rustls::RustlsAcceptor::new(config);
                    server.acceptor(acceptor).serve(service).await.map_err(failed)
                }
                None => server.serve(service).await.map_err(failed),
            }
        };
        tokio::pin!(serving);
        let ended = tokio::select! {
            ended = &mut serving => ended,
            () = until => {
                let _ = stop.send(true);
                handle.graceful_shutdown(Some(GRACE));
                serving.await
            }
        };
        // A run at work ends first: what it writes is published whole or not at all.
        let _ = tokio::task::spawn_blocking(move || kept.stop()).await;
        queries.shutdown_background();
        ended
    }
}

/// Read before an address is told: one that cannot be reached is none.
async fn certified(certificate: &Path, key: &Path) -> Result<RustlsConfig> {
    // Two kinds of cryptography are in the binary, by way of libraries; without a word rustls chooses none. Another choice that
    // was made before is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let config = RustlsConfig::from_pem_file(certificate, key).await.map_err(|error| {
        let (certificate, key) = (certificate.display(), key.display());
        Error::config(format!("cannot use the certificate {certificate} with the key {key}: {error}"))
            .because(error)
            .advise("serve.tls_certificate and serve.tls_key of wharf.toml name PEM files")
    })?;
    // A browser speaks the newest version that it is offered, and HTTP/1.1 is what is spoken here.
    let mut spoken = rustls::ServerConfig::clone(&config.get_inner());
    spoken.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.reload_from_config(Arc::new(spoken));
    Ok(config)
}

/// As the standard library listens, with a longer queue: in its 128 places a crowd that comes at once waits for seconds.
fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(WAITING)?;
    Ok(socket.into())
}

fn router(app: Arc<App>, settings: &Settings) -> Router {
    let (api, document) = api::api();
    let api =
        api.layer(from_fn_with_state(app.clone(), cached)).merge(api::document(document)).fallback(async |uri: Uri| {
            Problem::not_found(format!("there is no {}", uri.path())).advise("/api lists what there is")
        });
    // Longer than any query may take and wait.
    let limit = Duration::from_secs(settings.query_seconds.saturating_add(30));
    Router::new()
        .merge(page::routes())
        .merge(ops::routes())
        .nest(api::BASE, api)
        .fallback(page::missing)
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(app.clone(), guard::door))
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, limit))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(guard::errors))
        .layer(from_fn_with_state(app.clone(), guard::headers))
        .layer(from_fn_with_state(app.clone(), ops::observe))
        .with_state(app)
}

/// The request fails, the server goes on.
fn panicked(cause: Box<dyn std::any::Any + Send>) -> Response {
    let text = cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    Problem::internal(text.unwrap_or("a panic")).into_response()
}
