//! Runs the shop again as files arrive: at once for a file that is renamed in, after a quiet second for one that is written,
//! and every so often for what nobody tells of. Where another process runs it, looks for what that one published.

mod said;
mod standing;
mod telling;
mod tidy;
mod work;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use notify::event::{ModifyKind, RenameMode};
use notify::{EventKind, RecursiveMode, Watcher};
use tokio::runtime::Runtime;

use crate::server::App;
use work::Work;

pub struct Keeper {
    /// Another process runs the shop.
    pub only_follows: bool,
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
        let _watcher = if self.only_follows { None } else { self.watch(wake) };
        let mut work = Work::new(app, runtime, self.every);
        loop {
            if self.only_follows {
                work.follow();
            } else {
                work.run();
            }
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
