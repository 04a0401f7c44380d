//! What pages are told while they are open.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use tokio::sync::broadcast;
use utoipa::ToSchema;

use crate::rows::Table;

#[derive(Debug, Clone)]
pub enum Event {
    /// Other tables are published: what is shown is old.
    Published(u64),
    /// Orders that were not there before, the newest first.
    Orders(Table),
    Run(RunState),
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RunState {
    /// `started`, `done` or `failed`.
    pub state: &'static str,
    pub text: String,
}

/// A line of a run's log.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Line {
    /// RFC 3339, UTC.
    pub at: String,
    pub text: String,
    /// `info`, `warning` or `error`.
    pub kind: &'static str,
}

/// Events, and the latest of what they told for pages that open later.
pub struct Events {
    sender: broadcast::Sender<Event>,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    is_running: bool,
    lines: VecDeque<Line>,
}

/// Events that a slow page may be behind; then it is told to load anew.
const BEHIND: usize = 256;
const LINES: usize = 500;

impl Default for Events {
    fn default() -> Events {
        Events { sender: broadcast::channel(BEHIND).0, told: Mutex::default() }
    }
}

impl Events {
    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.sender.subscribe()
    }

    /// Nobody may be listening.
    pub fn tell(&self, event: Event) {
        if let Event::Run(run) = &event {
            self.told().is_running = run.state == "started";
        }
        let _ = self.sender.send(event);
    }

    pub fn log(&self, kind: &'static str, text: String) {
        let at = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let mut told = self.told();
        told.lines.push_back(Line { at, text, kind });
        let over = told.lines.len().saturating_sub(LINES);
        told.lines.drain(..over);
    }

    pub fn now(&self) -> (bool, Vec<Line>) {
        let told = self.told();
        (told.is_running, told.lines.iter().cloned().collect())
    }

    fn told(&self) -> std::sync::MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
