//! One writer at a time, by an advisory lock that the system drops with the process.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use port::{Error, Kind, Result};

/// Held for as long as it lives.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// How often it is looked whether the other has finished.
const LOOK: Duration = Duration::from_millis(50);

impl Lock {
    /// Waits up to `patience` for another holder of this folder to finish.
    pub fn take(root: &Path, patience: Duration) -> Result<Lock> {
        let path = root.join(".lock");
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(|error| Error::io("open", &path, error))?;
        let start = Instant::now();
        let (mut looks, mut told) = (0, false);
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path, error)),
                Err(TryLockError::WouldBlock) => {
                    let holder = holder(&path);
                    // One that has just taken it says who it is in a moment.
                    let is_settled = holder.is_some() || looks > 0;
                    let who = match holder {
                        Some(name) => format!("another wharf is at work here: {name}"),
                        None => format!("another process holds {}, and gives no name", path.display()),
                    };
                    if is_settled && start.elapsed() >= patience {
                        return Err(Error::new(Kind::Locked, who).advise("wait for it to finish, or stop that process"));
                    }
                    if is_settled && !told {
                        tracing::info!("waiting: {who}");
                        told = true;
                    }
                    looks += 1;
                    std::thread::sleep(LOOK);
                }
            }
        }
        let since = chrono::Utc::now().format("%Y-%m-%d %H:%M:%S UTC");
        let named = file.set_len(0).and_then(|()| write!(file, "process {} since {since}", std::process::id()));
        named.map_err(|error| Error::io("write", &path, error))?;
        Ok(Lock { file })
    }
}

impl Drop for Lock {
    /// Nobody is named who does not hold it.
    fn drop(&mut self) {
        let _ = self.file.set_len(0);
    }
}

fn holder(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path(), Duration::ZERO).unwrap();
        let error = Lock::take(folder.path(), Duration::from_millis(60)).unwrap_err();
        assert_eq!(error.kind, Kind::Locked);
        let named = format!("another wharf is at work here: process {} since 20", std::process::id());
        assert!(error.message.starts_with(&named), "{error}");
        drop(first);
        Lock::take(folder.path(), Duration::ZERO).unwrap();
    }

    #[test]
    fn a_holder_without_a_name_is_told_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let held = File::create(folder.path().join(".lock")).unwrap();
        held.lock().unwrap();
        let error = Lock::take(folder.path(), Duration::ZERO).unwrap_err();
        assert!(error.message.ends_with("/.lock, and gives no name"), "{error}");
    }
}
