//! A large file is read while it is copied: its rows need not wait until a second file is there.
//!
//! It was hashed when it was fetched. What is read of it and what is copied each have to come out with that hash, so that the
//! rows are those of the copy. Where one does not, the file changed meanwhile: [`Kind::Changed`], and the run begins anew.

use std::fs::File;
use std::io::{Error as IoError, ErrorKind, Read, Result as IoResult, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use port::{Error, Kind, Result};

use super::fetch::Temporary;

/// Bytes copied at once.
const BUFFER: usize = 1 << 20;
/// What is written past the system's cache is written in multiples of this, from memory at a multiple of it.
const ALIGNED: usize = 4096;

/// A copy on its way.
#[derive(Debug)]
pub struct Arriving {
    /// Where it will be.
    pub path: PathBuf,
    /// Where the file is that it is of.
    source: PathBuf,
    hash: blake3::Hash,
    pub size: u64,
    work: Mutex<Option<(File, Temporary)>>,
    /// That it, or another one, changed.
    has_changed: Arc<AtomicBool>,
}

impl Arriving {
    /// `file`, which lies at `source`, had `hash` and `size` a moment ago. Should that no longer be so, `has_changed` is set.
    pub fn new(
        (file, source): (File, &Path),
        (hash, size): (blake3::Hash, u64),
        (to, path): (Temporary, &Path),
        has_changed: Arc<AtomicBool>,
    ) -> Arriving {
        let (source, path) = (source.to_owned(), path.to_owned());
        Arriving { path, source, hash, size, work: Mutex::new(Some((file, to))), has_changed }
    }

    /// Writes the copy. Nobody reads it in this run, so it goes past the system's cache where that can be: to find memory for it
    /// would take longer than to write it.
    pub fn copy(&self) -> Result<()> {
        let work = self.work.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((mut file, to)) = work else { return Ok(()) };
        let unreadable = |error| Error::io("read", &self.source, error);
        let unwritten = |error| Error::io("write", &to.path, error);
        file.rewind().map_err(unreadable)?;
        let mut straight = straight(&to.path);
        let (mut hasher, mut size) = (blake3::Hasher::new(), 0);
        let mut room = vec![0; BUFFER + ALIGNED];
        let aligned = room.as_ptr().align_offset(ALIGNED).min(ALIGNED);
        let buffer = &mut room[aligned..aligned + BUFFER];
        loop {
            let bytes = fill(&mut file, buffer).map_err(unreadable)?;
            if bytes == 0 {
                break;
            }
            hasher.update(&buffer[..bytes]);
            let padded = bytes.next_multiple_of(ALIGNED);
            buffer[bytes..padded].fill(0);
            let written = match &mut straight {
                Some(file) => file.write_all(&buffer[..padded]),
                None => (&to.file).write_all(&buffer[..bytes]),
            };
            match written {
                Err(error) if is_refusal(&error) && straight.take().is_some() => {
                    let again = (&to.file).seek(SeekFrom::Start(size));
                    again.and_then(|_| (&to.file).write_all(&buffer[..bytes])).map_err(unwritten)?;
                }
                written => written.map_err(unwritten)?,
            }
            size += bytes as u64;
        }
        if hasher.finalize() != self.hash {
            return Err(self.changed());
        }
        to.file.set_len(size).map_err(unwritten)?;
        to.publish(&self.path)
    }

    /// The file from its beginning.
    pub fn open(self: &Arc<Arriving>) -> Result<Checked> {
        match File::open(&self.source) {
            Ok(file) => Ok(Checked { of: self.clone(), file, hasher: blake3::Hasher::new() }),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(self.changed()),
            Err(error) => Err(Error::io("read", &self.source, error)),
        }
    }

    pub fn changed(&self) -> Error {
        self.has_changed.store(true, Ordering::Relaxed);
        Error::new(Kind::Changed, format!("{} changed while it was read", self.source.display()))
            .advise("run again once nothing writes to it")
    }
}

/// Bytes of a file that has no end unless they had its hash.
#[derive(Debug)]
pub struct Checked {
    of: Arc<Arriving>,
    file: File,
    hasher: blake3::Hasher,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        let bytes = self.file.read(buffer)?;
        self.hasher.update(&buffer[..bytes]);
        if bytes == 0 && !buffer.is_empty() && self.hasher.finalize() != self.of.hash {
            return Err(IoError::other(self.of.changed()));
        }
        Ok(bytes)
    }
}

fn fill(file: &mut File, buffer: &mut [u8]) -> IoResult<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(bytes) => filled += bytes,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The file for writing past the system's cache; some file systems say only at the first write that they cannot.
#[cfg(target_os = "linux")]
fn straight(path: &Path) -> Option<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let direct = i32::try_from(rustix::fs::OFlags::DIRECT.bits()).ok()?;
    File::options().write(true).custom_flags(direct).open(path).ok()
}

#[cfg(not(target_os = "linux"))]
fn straight(_path: &Path) -> Option<File> {
    None
}

/// What a file system says that takes no such writes.
fn is_refusal(error: &IoError) -> bool {
    matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported)
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
        let (copy, hash) = (landing.join("copy.csv"), blake3::hash(then));
        Arc::new(Arriving::new((file, &source), (hash, then.len() as u64), (to, &copy), Arc::default()))
    }

    #[test]
    fn what_is_read_is_what_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        // Also of lengths that are no multiple of anything.
        for length in [1, ALIGNED - 1, ALIGNED, BUFFER, BUFFER + 1, 3 * BUFFER + ALIGNED, 3_333_333] {
            let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let copy = arriving(folder.path(), &bytes, &bytes);
            let mut read = Vec::new();
            copy.open().unwrap().read_to_end(&mut read).unwrap();
            copy.copy().unwrap();
            assert!(read == bytes && fs::read(&copy.path).unwrap() == bytes, "{length}");
            assert_eq!(fs::read_dir(folder.path().join("landing")).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_file_that_changed_has_no_end_and_no_copy() {
        let folder = tempfile::tempdir().unwrap();
        let copy = arriving(folder.path(), b"id\n1\n2\n", b"id\n1\n");
        let error = copy.open().unwrap().read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.downcast::<Error>().unwrap().kind, Kind::Changed);
        assert_eq!(copy.copy().unwrap_err().kind, Kind::Changed);
        assert!(copy.has_changed.load(Ordering::Relaxed));
        assert_eq!(fs::read_dir(folder.path().join("landing")).unwrap().count(), 0);
        fs::remove_file(folder.path().join("orders.csv")).unwrap();
        assert_eq!(copy.open().unwrap_err().kind, Kind::Changed);
    }
}
