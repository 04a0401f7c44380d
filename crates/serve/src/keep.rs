//! Runs the shop again as files arrive: at once for a file that is renamed in, after a quiet second for one that is written,
//! and every so often for what nobody tells of.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use flow::{Event as RunEvent, Flow, Observer, Request, Summary, ask};
use notify::event::{ModifyKind, RenameMode};
use notify::{EventKind, RecursiveMode, Watcher};
use port::{Kind, Result};
use tokio::runtime::Runtime;

use crate::events::{Event, Events, RunState};
use crate::server::App;

/// What a run needs, read anew for each: the project's files may have changed.
pub trait Runs: Send + Sync {
    fn flow(&self, observer: Arc<dyn Observer>) -> Result<Flow>;
}

pub struct Keeper {
    pub runs: Box<dyn Runs>,
    /// Where files arrive.
    pub inbox: PathBuf,
    pub every: Duration,
    /// Threads that runs compute on.
    pub threads: usize,
}

enum Wake {
    /// A whole file is there.
    Now,
    /// A file is being written.
    Soon,
    Stop,
}

/// A keeper at work.
pub struct Kept {
    wake: Sender<Wake>,
    thread: JoinHandle<()>,
}

const QUIET: Duration = Duration::from_secs(1);
/// Files that arrive together are landed together.
const TOGETHER: Duration = Duration::from_millis(50);
/// Runs that wrote something until small files are joined and old ones removed.
const RUNS_TO_OPTIMIZE: u32 = 100;
/// A query that reads files of an older state may take so long.
const KEPT: Duration = Duration::from_secs(600);

impl Kept {
    pub fn stop(self) {
        let _ = self.wake.send(Wake::Stop);
        let _ = self.thread.join();
    }
}

impl Keeper {
    pub fn start(self, app: Arc<App>) -> Kept {
        let (wake, woken) = channel();
        let to_watcher = wake.clone();
        let thread = std::thread::Builder::new().name("keeper".to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(self.threads.max(1))
                .thread_name("run")
                .enable_all()
                .build();
            match runtime {
                Ok(runtime) => self.keep(&app, &runtime, to_watcher, &woken),
                Err(error) => tracing::error!(%error, "cannot start threads: nothing is run"),
            }
        });
        Kept { wake, thread: thread.unwrap_or_else(|_| std::thread::spawn(|| ())) }
    }

    fn keep(&self, app: &Arc<App>, runtime: &Runtime, wake: Sender<Wake>, woken: &Receiver<Wake>) {
        // Held as long as it is to watch.
        let _watcher = self.watch(wake);
        let mut work = Work { app, shown: HashSet::new(), generation: None, since_optimize: 0, told: None };
        loop {
            work.run(self, runtime);
            match woken.recv_timeout(self.every) {
                Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(Wake::Now) => std::thread::sleep(TOGETHER),
                Ok(Wake::Soon) => {
                    let begun = Instant::now();
                    loop {
                        match woken.recv_timeout(QUIET) {
                            Ok(Wake::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                            // Something is written all the time: what is whole by now need not wait.
                            Ok(Wake::Soon) if begun.elapsed() < self.every => {}
                            Ok(Wake::Soon | Wake::Now) | Err(RecvTimeoutError::Timeout) => break,
                        }
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            // What came while we waited is in this run.
            while let Ok(more) = woken.try_recv() {
                if matches!(more, Wake::Stop) {
                    return;
                }
            }
        }
    }

    fn watch(&self, wake: Sender<Wake>) -> Option<notify::RecommendedWatcher> {
        let told = move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else { return };
            // What `run` would not take wakes nobody.
            let is_part = |path: &PathBuf| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with('.') || name.ends_with(".part") || name.ends_with(".tmp")
            };
            if !event.paths.is_empty() && event.paths.iter().all(is_part) {
                return;
            }
            let _ = wake.send(match event.kind {
                EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both)) => Wake::Now,
                EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) => Wake::Soon,
                _ => return,
            });
        };
        let watcher = notify::recommended_watcher(told).and_then(|mut watcher| {
            watcher.watch(&self.inbox, RecursiveMode::Recursive)?;
            Ok(watcher)
        });
        let failed = |error: &notify::Error| {
            tracing::warn!(%error, "the inbox cannot be watched: files are looked for every {} s", self.every.as_secs());
        };
        watcher.inspect_err(failed).ok()
    }
}

/// From run to run.
struct Work<'a> {
    app: &'a Arc<App>,
    /// Orders that pages know.
    shown: HashSet<String>,
    generation: Option<u64>,
    since_optimize: u32,
    /// The last failure: one that stays is told once.
    told: Option<String>,
}

impl Work<'_> {
    fn run(&mut self, keeper: &Keeper, runtime: &Runtime) {
        let observer = Arc::new(Telling::of(&self.app.events));
        let outcome = keeper.runs.flow(observer).and_then(|flow| {
            // Before tables of them are published, so that these are never without their models.
            self.app.shop.models.replace(&flow.project.graph);
            let summary = runtime.block_on(flow.run(&Request::default()))?;
            Ok((flow, summary))
        });
        match outcome {
            // Another process is at work; what it does is seen below.
            Err(error) if error.kind == Kind::Locked => {}
            Err(error) => self.failed(&error.to_string()),
            Ok((flow, summary)) => {
                self.told = None;
                let changed = !summary.is_nothing();
                if changed {
                    self.done(&summary);
                }
                self.since_optimize += u32::from(changed);
                if self.since_optimize >= RUNS_TO_OPTIMIZE {
                    self.since_optimize = 0;
                    if let Err(error) = runtime.block_on(flow.warehouse.optimize(KEPT)) {
                        tracing::warn!(%error, "tables were not optimized");
                    }
                }
            }
        }
        self.publish(runtime);
    }

    fn failed(&mut self, text: &str) {
        if self.told.as_deref() == Some(text) {
            return;
        }
        self.told = Some(text.to_owned());
        tracing::error!("run failed: {text}");
        self.app.events.log("error", text.to_owned());
        self.ended("failed", text.to_owned());
    }

    fn done(&self, summary: &Summary) {
        let rows: u64 = summary.loads.iter().map(|(_, report)| report.rows).sum();
        let text = format!(
            "{} loads with {rows} rows, {} steps in {} ms",
            summary.loads.len(),
            summary.steps.len(),
            summary.millis
        );
        tracing::info!("{text}");
        self.app.events.log("info", text.clone());
        self.ended(if summary.failed() { "failed" } else { "done" }, text);
    }

    fn ended(&self, state: &'static str, text: String) {
        self.app.meters.runs.get_or_create(&crate::ops::Ended { state }).inc();
        self.app.events.tell(Event::Run(RunState { state, text }));
    }

    /// Tells of other tables, whoever made them, and of orders that are new in them.
    fn publish(&mut self, runtime: &Runtime) {
        let Ok(generation) = runtime.block_on(self.app.shop.query.published()) else { return };
        if generation == 0 || self.generation == Some(generation) {
            return;
        }
        let is_first = self.generation.replace(generation).is_none();
        self.app.meters.published.set(i64::try_from(generation).unwrap_or(i64::MAX));
        let sql = ask::orders::newest(&ask::Filter::default(), 50, 0);
        let orders = runtime.block_on(self.app.asking.rows(sql, 50));
        self.app.events.tell(Event::Published(generation));
        let Ok(orders) = orders else { return };
        let mut table = self.app.table(&orders);
        let ids: Vec<String> = orders.texts(0);
        let mut known = ids.iter().map(|id| self.shown.contains(id));
        table.rows.retain(|_| !known.next().unwrap_or(true));
        drop(known);
        self.shown = ids.into_iter().collect();
        if !is_first && !table.rows.is_empty() {
            self.app.events.tell(Event::Orders(table));
        }
    }
}

/// Tells pages what a run does.
struct Telling {
    events: Arc<Events>,
    is_told: Mutex<bool>,
}

impl Telling {
    fn of(events: &Arc<Events>) -> Telling {
        Telling { events: events.clone(), is_told: Mutex::default() }
    }

    /// The first that a run does: before it, there was nothing to do.
    fn begins(&self, text: &str) {
        let mut is_told = self.is_told.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut *is_told, true) {
            self.events.tell(Event::Run(RunState { state: "started", text: text.to_owned() }));
        }
    }
}

impl Observer for Telling {
    fn event(&self, event: &RunEvent<'_>) {
        let (kind, text) = match event {
            RunEvent::Landing { name } => {
                self.begins(&format!("landing {name}"));
                return;
            }
            RunEvent::StepStarted { model, .. } => {
                self.begins(&format!("building {model}"));
                return;
            }
            RunEvent::Landed { name, report } => (
                "info",
                format!("landed {name}: {} rows, {} used, {} rejected", report.rows, report.used, report.rejected),
            ),
            RunEvent::Known { name, load } => ("info", format!("{name} is load {load} again")),
            RunEvent::Unsettled { name } => {
                ("warning", format!("{name} changed while it was read; left for the next run"))
            }
            RunEvent::StepDone { model, rows, millis } => ("info", format!("{model}: {rows} rows in {millis} ms")),
            RunEvent::StepFailed { model, cause } => ("error", format!("{model} failed: {cause}")),
            RunEvent::StepSkipped { model, because } => ("warning", format!("{model} skipped: {because}")),
            RunEvent::CheckFailed { check, model, rows, warning } => {
                (if *warning { "warning" } else { "error" }, format!("{model}: {check}: {rows} rows"))
            }
            RunEvent::Discovered { .. } | RunEvent::Published => return,
        };
        self.events.log(kind, text);
    }
}
