//! A large copy that is read while it is written: the rows of a file need not wait until a second one is there.
//!
//! What is read is the copy, byte for byte. Its end is given only when the whole of it has the hash that the file had when it
//! was fetched; a file that changed since gives an error of the kind [`Kind::Changed`] instead, and the run begins anew.

use std::fs::File;
use std::io::{Error as IoError, Read, Result as IoResult, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use port::{Error, Kind, Result};

use super::fetch::{BUFFER, Temporary};

/// A copy on its way.
#[derive(Debug)]
pub struct Arriving {
    /// Where it will be.
    pub path: PathBuf,
    /// Until then.
    temporary: PathBuf,
    work: Mutex<Option<Work>>,
    progress: Mutex<Progress>,
    grown: Condvar,
}

#[derive(Debug)]
struct Work {
    source: File,
    name: PathBuf,
    hash: blake3::Hash,
    to: Temporary,
}

#[derive(Debug, Default)]
struct Progress {
    written: u64,
    end: Option<End>,
}

#[derive(Debug, Clone)]
enum End {
    Whole,
    Failed { kind: Kind, message: String, advice: Option<String> },
}

impl Arriving {
    /// `source`, called `name`, had `hash` a moment ago.
    pub fn new(source: File, name: &Path, hash: blake3::Hash, to: Temporary, path: &Path) -> Arriving {
        Arriving {
            path: path.to_owned(),
            temporary: to.path.clone(),
            work: Mutex::new(Some(Work { source, name: name.to_owned(), hash, to })),
            progress: Mutex::default(),
            grown: Condvar::new(),
        }
    }

    /// Writes the copy; those who read it follow.
    pub fn copy(&self) -> Result<()> {
        // Whoever waits is told of the end whatever becomes of this thread.
        let _told = Told(self);
        let Some(work) = self.work.lock().unwrap_or_else(PoisonError::into_inner).take() else { return Ok(()) };
        let done = self.written(work);
        let end = match &done {
            Ok(()) => End::Whole,
            Err(Error { kind, message, advice, .. }) => {
                End::Failed { kind: *kind, message: message.clone(), advice: advice.clone() }
            }
        };
        self.tell(|progress| progress.end = Some(end));
        done
    }

    fn written(&self, Work { mut source, name, hash, to }: Work) -> Result<()> {
        let unreadable = |error| Error::io("read", &name, error);
        source.rewind().map_err(unreadable)?;
        let (mut hasher, mut buffer) = (blake3::Hasher::new(), vec![0; BUFFER]);
        loop {
            let bytes = source.read(&mut buffer).map_err(unreadable)?;
            if bytes == 0 {
                break;
            }
            hasher.update(&buffer[..bytes]);
            (&to.file).write_all(&buffer[..bytes]).map_err(|error| Error::io("write", &to.path, error))?;
            self.tell(|progress| progress.written += bytes as u64);
        }
        if hasher.finalize() != hash {
            return Err(Error::new(Kind::Changed, format!("{} changed while it was read", name.display()))
                .advise("run again once nothing writes to it"));
        }
        to.publish(&self.path)
    }

    /// The copy from its beginning.
    pub fn open(self: &Arc<Arriving>) -> Result<Follower> {
        // It may get its own name at any moment, or be gone because it could not be made whole.
        let file = match File::open(&self.temporary) {
            Ok(file) => Ok(file),
            Err(_) => File::open(self.whole()?),
        };
        let file = file.map_err(|error| Error::io("read", &self.path, error))?;
        Ok(Follower { of: self.clone(), file, at: 0 })
    }

    /// Where it is, once it is there.
    pub fn whole(&self) -> Result<PathBuf> {
        let read =
            |error: IoError| error.downcast::<Error>().unwrap_or_else(|error| Error::io("read", &self.path, error));
        self.beyond(u64::MAX).map(|_| self.path.clone()).map_err(read)
    }

    /// How many bytes are there, once they are more than `at` or all.
    fn beyond(&self, at: u64) -> IoResult<u64> {
        let mut progress = self.progress();
        loop {
            match &progress.end {
                Some(End::Whole) => return Ok(progress.written),
                Some(End::Failed { kind, message, advice }) => {
                    let error = Error { advice: advice.clone(), ..Error::new(*kind, message.clone()) };
                    return Err(IoError::other(error));
                }
                None if progress.written > at => return Ok(progress.written),
                None => progress = self.grown.wait(progress).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn tell(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.progress());
        self.grown.notify_all();
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Told<'a>(&'a Arriving);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        self.0.tell(|progress| {
            let lost = || "the thread that copies it ended early".to_owned();
            progress.end.get_or_insert_with(|| End::Failed { kind: Kind::Internal, message: lost(), advice: None });
        });
    }
}

/// Reads a copy as far as it is written, and waits for more.
#[derive(Debug)]
pub struct Follower {
    of: Arc<Arriving>,
    file: File,
    at: u64,
}

impl Read for Follower {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        let there = self.of.beyond(self.at)?.saturating_sub(self.at);
        let most = usize::try_from(there).unwrap_or(usize::MAX).min(buffer.len());
        let bytes = self.file.read(&mut buffer[..most])?;
        self.at += bytes as u64;
        Ok(bytes)
    }
}

impl Seek for Follower {
    fn seek(&mut self, to: SeekFrom) -> IoResult<u64> {
        if let SeekFrom::End(_) = to {
            self.of.beyond(u64::MAX)?;
        }
        self.at = self.file.seek(to)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn arriving(folder: &Path, now: &[u8], then: &[u8]) -> Arc<Arriving> {
        let (source, landing) = (folder.join("orders.csv"), folder.join("landing"));
        fs::create_dir_all(&landing).unwrap();
        fs::write(&source, now).unwrap();
        let to = Temporary::new(&landing).unwrap();
        let file = File::open(&source).unwrap();
        Arc::new(Arriving::new(file, &source, blake3::hash(then), to, &landing.join("copy.csv")))
    }

    #[test]
    fn readers_follow_and_end_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let bytes: Vec<u8> = (0..5_000_000_u32).map(|at| (at % 251) as u8).collect();
        let copy = arriving(folder.path(), &bytes, &bytes);
        // One is there before the first byte, one in the middle of things, one after the end.
        let early = copy.open().unwrap();
        let read = |mut follower: Follower| {
            let mut all = Vec::new();
            follower.read_to_end(&mut all).unwrap();
            all
        };
        let reading = std::thread::spawn(move || read(early));
        let work = copy.clone();
        let writing = std::thread::spawn(move || work.copy().unwrap());
        let between = read(copy.open().unwrap());
        writing.join().unwrap();
        assert!(reading.join().unwrap() == bytes && between == bytes && read(copy.open().unwrap()) == bytes);
        assert!(fs::read(&copy.path).unwrap() == bytes);
        let mut late = copy.open().unwrap();
        late.seek(SeekFrom::End(-1)).unwrap();
        assert_eq!(read(late), [bytes[bytes.len() - 1]]);
        assert_eq!(fs::read_dir(folder.path().join("landing")).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_changed_has_no_end() {
        let folder = tempfile::tempdir().unwrap();
        let copy = arriving(folder.path(), b"id\n1\n2\n", b"id\n1\n");
        let mut follower = copy.open().unwrap();
        assert_eq!(copy.copy().unwrap_err().kind, Kind::Changed);
        let error = follower.read_to_end(&mut Vec::new()).unwrap_err();
        let ours = error.get_ref().and_then(|error| error.downcast_ref::<Error>()).unwrap();
        assert_eq!(ours.kind, Kind::Changed);
        assert_eq!(copy.open().unwrap_err().kind, Kind::Changed);
        assert_eq!(fs::read_dir(folder.path().join("landing")).unwrap().count(), 0);
    }
}
