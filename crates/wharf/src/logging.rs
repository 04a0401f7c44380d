//! Log lines on stderr: text for people, JSON for programs.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::Level;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

/// Our own rooms, and what the server says of changes and requests; what libraries tell is for us, so of them only errors are
/// shown.
const ROOMS: [&str; 13] = [
    "wharf",
    "serve",
    "audit",
    "request",
    "flow",
    "lake",
    "warehouses",
    "connect",
    "sim",
    "port",
    "models",
    "insight",
    "retail",
];

static JSON: AtomicBool = AtomicBool::new(false);

/// Whether log lines are JSON.
pub fn is_json() -> bool {
    JSON.load(Ordering::Relaxed)
}

/// Begins to log. A second call does nothing.
pub fn begin(level: Level, json: bool) {
    let libraries = if level >= Level::TRACE { LevelFilter::DEBUG } else { LevelFilter::ERROR };
    let filter = Targets::new().with_targets(ROOMS.map(|room| (room, level))).with_default(libraries);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let terminal = std::io::stderr().is_terminal();
    let registry = tracing_subscriber::registry().with(filter);
    let _ = if json {
        let begun = registry.with(lines.json().flatten_event(true).with_target(false)).try_init();
        JSON.fetch_or(begun.is_ok(), Ordering::Relaxed);
        begun
    } else if terminal {
        // A person sees what happens as it happens.
        registry.with(lines.without_time().with_target(false).with_level(level >= Level::DEBUG)).try_init()
    } else {
        registry.with(lines.with_target(false).with_ansi(false)).try_init()
    };
}
