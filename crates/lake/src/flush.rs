//! Getting to the disk what was written, before anything names it, and most of it while the run still computes.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use port::{Error, Result};

fn flush(root: &Path) -> Result<()> {
    let folder = File::open(root).map_err(|error| Error::io("open", root, error))?;
    #[cfg(target_os = "linux")]
    let done = rustix::fs::syncfs(&folder).map_err(std::io::Error::from);
    #[cfg(not(target_os = "linux"))]
    let done = sync_all(root).and_then(|()| folder.sync_all());
    done.map_err(|error| Error::io("flush", root, error))
}

#[cfg(not(target_os = "linux"))]
fn sync_all(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => sync_all(&path)?,
            false => File::open(&path)?.sync_all()?,
        }
    }
    Ok(())
}

/// Bytes written until they are flushed. Left to itself the system keeps them in memory for half a minute, and all of a run
/// would wait for the disk at its end. Few enough that a small run's end waits for little, either.
const BEHIND: u64 = 4 << 20;

/// Flushes on a thread of its own behind those who write, and at last before what they wrote is named.
#[derive(Debug)]
pub struct Behind {
    root: PathBuf,
    bytes: AtomicU64,
    /// Held by who flushes. What failed stays in it: the system tells a failed write once, to whoever flushes first.
    failure: Arc<Mutex<Option<Error>>>,
}

impl Behind {
    pub fn new(root: PathBuf) -> Behind {
        Behind { root, bytes: AtomicU64::new(0), failure: Arc::default() }
    }

    /// A file of so many bytes is complete.
    pub fn wrote(&self, bytes: u64) {
        let behind = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        // Elsewhere a flush goes through all files of the lake: once a run is enough.
        if behind < BEHIND || !cfg!(target_os = "linux") {
            return;
        }
        self.bytes.store(0, Ordering::Relaxed);
        let (root, failure) = (self.root.clone(), self.failure.clone());
        tokio::task::spawn_blocking(move || {
            // Where another flush is at work, the next one takes these bytes along.
            let Ok(mut failure) = failure.try_lock() else { return };
            if let Err(error) = flush(&root) {
                failure.get_or_insert(error);
            }
        });
    }

    /// Everything written so far is on disk when this returns, also what was flushed before.
    pub fn settle(&self) -> Result<()> {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.take().map_or_else(|| flush(&self.root), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(not(target_os = "linux"), ignore = "nothing is flushed behind")]
    fn what_failed_behind_is_told_at_last() {
        let folder = tempfile::tempdir().unwrap();
        let behind = Behind::new(folder.path().join("lake"));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { behind.wrote(BEHIND) });
        let begun = std::time::Instant::now();
        while behind.failure.lock().unwrap().is_none() {
            assert!(begun.elapsed().as_secs() < 10, "nothing was flushed");
            std::thread::yield_now();
        }
        std::fs::create_dir(&behind.root).unwrap();
        assert!(behind.settle().is_err(), "by now it works, but what was written before may be lost");
        behind.settle().unwrap();
    }
}
