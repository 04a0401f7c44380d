//! A large file is read while it is copied: its rows need not wait until a second file is there.
//!
//! It was hashed when it was fetched. What is read of it and what is copied each have to come out with that hash, so that the
//! rows are those of the copy. Where one does not, the file changed meanwhile: [`Kind::Changed`], and the run begins anew.

use std::fs::File;
use std::io::{Error as IoError, ErrorKind, Read, Result as IoResult, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use port::{Error, Kind, Result};

use super::fetch::{BUFFER, Temporary};

/// What is written past the system's cache is written in multiples of this, from memory at a multiple of it.
const ALIGNED: usize = 4096;

/// A copy on its way.
#[derive(Debug)]
pub struct Arriving {
    /// Where it will be.
    pub path: PathBuf,
    /// Where the file is that it is of.
    pub source: PathBuf,
    /// What that file had a moment ago.
    pub hash: blake3::Hash,
    pub size: u64,
    /// Set where it, or another one, no longer has it.
    pub has_changed: Arc<AtomicBool>,
}

impl Arriving {
    /// Writes the copy of `file`. Nobody reads it in this run, so it goes past the system's cache where that can be: to find memory for it
    /// would take longer than to write it.
    pub fn copy(&self, mut file: File, to: Temporary) -> Result<()> {
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
        let (path, hash, size) = (landing.join("copy.csv"), blake3::hash(then), then.len() as u64);
        Arc::new(Arriving { path, source, hash, size, has_changed: Arc::default() })
    }

    fn copy(arriving: &Arriving) -> Result<()> {
        let to = Temporary::new(arriving.path.parent().unwrap()).unwrap();
        arriving.copy(File::open(&arriving.source).unwrap(), to)
    }

    #[test]
    fn what_is_read_is_what_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        // Also of lengths that are no multiple of anything.
        for length in [1, ALIGNED - 1, ALIGNED, BUFFER, BUFFER + 1, 3 * BUFFER + ALIGNED, 3_333_333] {
            let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let arriving = arriving(folder.path(), &bytes, &bytes);
            let mut read = Vec::new();
            arriving.open().unwrap().read_to_end(&mut read).unwrap();
            copy(&arriving).unwrap();
            assert!(read == bytes && fs::read(&arriving.path).unwrap() == bytes, "{length}");
            assert_eq!(fs::read_dir(folder.path().join("landing")).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_file_that_changed_has_no_end_and_no_copy() {
        let folder = tempfile::tempdir().unwrap();
        let arriving = arriving(folder.path(), b"id\n1\n2\n", b"id\n1\n");
        let error = arriving.open().unwrap().read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.downcast::<Error>().unwrap().kind, Kind::Changed);
        assert_eq!(copy(&arriving).unwrap_err().kind, Kind::Changed);
        assert!(arriving.has_changed.load(Ordering::Relaxed));
        assert_eq!(fs::read_dir(folder.path().join("landing")).unwrap().count(), 0);
        fs::remove_file(folder.path().join("orders.csv")).unwrap();
        assert_eq!(arriving.open().unwrap_err().kind, Kind::Changed);
    }
}
