//! What pages are told while they are open.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use tokio::sync::broadcast;
use utoipa::ToSchema;

use crate::guard::Role;
use crate::rows::Table;

#[derive(Debug, Clone)]
pub enum Event {
    /// Other tables are published: what is shown is old.
    Published(u64),
    /// Orders that were not there before, the newest first.
    Orders(Table),
    Run(Run),
}

/// How the run at work, or else the last one, is.
#[derive(Debug, Clone)]
pub struct Run {
    /// `started`, `done` or `failed`.
    pub state: &'static str,
    pub text: Text,
}

/// What is told, and to viewers in its place where it may show rows: engines name the value that they stumble over.
#[derive(Debug, Clone)]
pub struct Text {
    all: String,
    viewers: Option<String>,
}

impl Text {
    pub fn guarded(all: String, viewers: String) -> Text {
        Text { all, viewers: Some(viewers) }
    }

    pub fn of(&self, role: Role) -> &str {
        match role {
            Role::Admin => &self.all,
            Role::Viewer => self.viewers.as_ref().unwrap_or(&self.all),
        }
    }
}

impl From<String> for Text {
    fn from(all: String) -> Text {
        Text { all, viewers: None }
    }
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
    run: Option<Run>,
    lines: VecDeque<Logged>,
}

struct Logged {
    at: String,
    text: Text,
    kind: &'static str,
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
    /// How the run is, and what is told from now on.
    pub fn listen(&self) -> (Option<Run>, broadcast::Receiver<Event>) {
        // Under the lock that telling takes, so that nothing falls between the two.
        let told = self.told();
        (told.run.clone(), self.sender.subscribe())
    }

    /// Nobody may be listening.
    pub fn tell(&self, event: Event) {
        let mut told = self.told();
        if let Event::Run(run) = &event {
            told.run = Some(run.clone());
        }
        let _ = self.sender.send(event);
    }

    pub fn log(&self, kind: &'static str, text: impl Into<Text>) {
        let at = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let mut told = self.told();
        told.lines.push_back(Logged { at, text: text.into(), kind });
        let over = told.lines.len().saturating_sub(LINES);
        told.lines.drain(..over);
    }

    pub fn now(&self, role: Role) -> (bool, Vec<Line>) {
        let told = self.told();
        let line = |line: &Logged| Line { at: line.at.clone(), text: line.text.of(role).to_owned(), kind: line.kind };
        let is_running = told.run.as_ref().is_some_and(|run| run.state == "started");
        (is_running, told.lines.iter().map(line).collect())
    }

    fn told(&self) -> std::sync::MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
