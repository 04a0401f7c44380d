//! One writer at a time, by an advisory lock that the system drops with the process.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use port::{Error, Kind, Result};

/// Held for as long as it lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Waits up to `patience` for another writer to finish.
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
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path, error)),
                Err(TryLockError::WouldBlock) => {
                    let holder = fs::read_to_string(&path).unwrap_or_default();
                    if start.elapsed() >= patience {
                        return Err(Error::new(
                            Kind::Locked,
                            format!("another wharf is at work here ({})", holder.trim()),
                        )
                        .advise("wait for it to finish, or stop that process"));
                    }
                    if !told {
                        tracing::info!("waiting for another wharf ({})", holder.trim());
                        told = true;
                    }
                    std::thread::sleep(Duration::from_millis(50));
                }
            }
        }
        let named = file.set_len(0).and_then(|()| write!(file, "process {}", std::process::id()));
        named.map_err(|error| Error::io("write", &path, error))?;
        Ok(Lock { _file: file })
    }
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
        assert!(error.message.contains(&std::process::id().to_string()));
        drop(first);
        Lock::take(folder.path(), Duration::ZERO).unwrap();
    }
}
