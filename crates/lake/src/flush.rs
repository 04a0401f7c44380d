//! Getting to the disk what was written, before anything names it, and most of it while the run still computes.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use port::{Error, Result};

/// Everything written so far is on disk when this returns.
pub fn flush(root: &Path) -> Result<()> {
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
/// would wait for the disk at its end.
const BEHIND: u64 = 32 << 20;

/// Flushes on a thread of its own behind those who write. Whether it worked is told by the last flush, which waits.
#[derive(Debug)]
pub struct Behind {
    root: PathBuf,
    bytes: AtomicU64,
    busy: Arc<AtomicBool>,
}

impl Behind {
    pub fn new(root: PathBuf) -> Behind {
        Behind { root, bytes: AtomicU64::new(0), busy: Arc::default() }
    }

    /// A file of so many bytes is complete.
    pub fn wrote(&self, bytes: u64) {
        let behind = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        // Elsewhere a flush goes through all files of the lake: once a run is enough.
        if behind < BEHIND || !cfg!(target_os = "linux") || self.busy.swap(true, Ordering::Relaxed) {
            return;
        }
        self.bytes.store(0, Ordering::Relaxed);
        let (root, busy) = (self.root.clone(), self.busy.clone());
        tokio::task::spawn_blocking(move || {
            let _ = flush(&root);
            busy.store(false, Ordering::Relaxed);
        });
    }
}
