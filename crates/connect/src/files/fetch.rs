//! Copies an arrival into the landing folder under the name of its content.
//!
//! A large text is hashed first, and copied while its rows are read: see [`Arriving`].

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use port::{Arrival, Error, Fetched, Result};

use super::arriving::Arriving;
use super::discover::position;
use super::input::{is_plain, without_compression};

/// Bytes read at once.
pub const BUFFER: usize = 1 << 20;
/// Texts of so many bytes are read while they are copied, as long as all of them have at most so many: else they might be
/// fetched three times from where they are, instead of from the system's memory.
const LARGE: u64 = 8 << 20;
const MEANWHILE: u64 = 2 << 30;
/// Buffers that were hashed and wait to be written.
const AHEAD: usize = 4;

/// `None` when the file changed or went away meanwhile.
pub fn fetch(arrival: &Arrival, landing: &Path, syncs: &Syncs) -> Result<Option<Fetched>> {
    let mut source = match File::open(&arrival.path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", &arrival.path, error)),
    };
    fs::create_dir_all(landing).map_err(|error| Error::io("make", landing, error))?;
    let unreadable = |error| Error::io("read", &arrival.path, error);
    let temporary = Temporary::new(landing)?;
    let size = source.metadata().map_err(unreadable)?.len();
    let is_read_meanwhile = size >= LARGE && syncs.has_room(size) && is_plain(&source).map_err(unreadable)?;
    let (hash, size) = match is_read_meanwhile {
        true => hash(&mut source).map_err(unreadable)?,
        false => temporary.copy_from(&mut source, &arrival.path)?,
    };
    // Both the file that was read and the one that now has its name must be what was discovered.
    let read = source.metadata().map_err(unreadable)?;
    let unchanged = position(&read) == arrival.position
        && fs::metadata(&arrival.path).is_ok_and(|now| position(&now) == arrival.position);
    if !unchanged {
        return Ok(None);
    }
    let extension = extensions(&arrival.name);
    if !is_read_meanwhile {
        return temporary.keep(&hash, size, &arrival.name, &extension, landing, syncs).map(Some);
    }
    let fetched = named(&hash, size, &arrival.name, &extension, landing);
    if !holds(&fetched.path, &fetched.hash, size)? {
        let (path, from) = (fetched.path.clone(), arrival.path.clone());
        syncs.copy(
            Arriving { path, source: from, hash, size, has_changed: syncs.has_changed.clone() },
            source,
            temporary,
        )?;
    }
    Ok(Some(fetched))
}

/// How a copy of this content is called.
fn named(hash: &blake3::Hash, size: u64, name: &str, extension: &str, landing: &Path) -> Fetched {
    let hash = hash.to_hex().to_string();
    let file = format!("{hash}{extension}");
    let path = landing.join(&file);
    Fetched { hash, file, path, name: name.to_owned(), size }
}

/// Whether the copy at `path` is what its name says.
fn holds(path: &Path, hash: &str, size: u64) -> Result<bool> {
    if !fs::metadata(path).is_ok_and(|there| there.len() == size) {
        return Ok(false);
    }
    let mut hasher = blake3::Hasher::new();
    let copy = File::open(path).and_then(|copy| hasher.update_reader(copy).map(drop));
    match copy {
        // An archive has it meanwhile; as a file it does no harm.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        copy => copy.map_err(|error| Error::io("read", path, error))?,
    }
    Ok(hasher.finalize().to_hex().as_str() == hash)
}

/// Copies on their way to the disk: a copy is read long before it is there, so nobody waits for it but [`Syncs::settle`].
#[derive(Debug, Default)]
pub struct Syncs {
    waiting: Mutex<Vec<Syncing>>,
    /// Those whose rows are read where their files lie.
    arriving: Mutex<Vec<Arc<Arriving>>>,
    /// Some file changed while it was read: from then on all are copied first.
    has_changed: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Syncing {
    path: PathBuf,
    thread: JoinHandle<Result<()>>,
}

impl Syncs {
    fn start(&self, path: PathBuf) -> Result<()> {
        let file = path.clone();
        self.push(path, move || sync(&file))
    }

    /// Whether one more file of `size` bytes may be read while it is copied.
    fn has_room(&self, size: u64) -> bool {
        let taken: u64 = locked(&self.arriving).iter().map(|arriving| arriving.size).sum();
        taken + size <= MEANWHILE && !self.has_changed.load(Ordering::Relaxed)
    }

    /// Writes a copy, and gets it to the disk.
    fn copy(&self, arriving: Arriving, file: File, to: Temporary) -> Result<()> {
        let arriving = Arc::new(arriving);
        locked(&self.arriving).push(arriving.clone());
        self.push(arriving.path.clone(), move || {
            arriving.copy(file, to)?;
            sync(&arriving.path)
        })
    }

    fn push(&self, path: PathBuf, work: impl FnOnce() -> Result<()> + Send + 'static) -> Result<()> {
        let thread = std::thread::Builder::new().name("wharf-sync".to_owned()).spawn(work);
        let thread = thread.map_err(|error| Error::io("flush", &path, error))?;
        let mut waiting = locked(&self.waiting);
        waiting.push(Syncing { path, thread });
        // Many small files need no more threads than a few.
        let oldest = (waiting.len() > AHEAD).then(|| waiting.remove(0));
        drop(waiting);
        oldest.map_or(Ok(()), Syncing::wait)
    }

    /// The copy at `path`, where its rows are to be read from the file that it is of.
    pub fn arriving(&self, path: &Path) -> Option<Arc<Arriving>> {
        locked(&self.arriving).iter().find(|arriving| arriving.path == path).cloned()
    }

    /// Waits until every copy is on the disk.
    pub fn settle(&self) -> Result<()> {
        locked(&self.arriving).clear();
        let waiting = std::mem::take(&mut *locked(&self.waiting));
        // All of them, also where one fails: none is at work when the next run begins.
        let ended: Vec<Result<()>> = waiting.into_iter().map(Syncing::wait).collect();
        ended.into_iter().collect()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Syncing {
    fn wait(self) -> Result<()> {
        let ended = || Error::io("flush", &self.path, std::io::Error::other("the thread that flushes it ended early"));
        self.thread.join().unwrap_or_else(|_| Err(ended()))
    }
}

fn sync(path: &Path) -> Result<()> {
    let synced = || {
        match File::open(path) {
            Ok(file) => file.sync_all()?,
            // An archive has it meanwhile, which was flushed before the file was removed.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        }
        path.parent().map_or(Ok(()), sync_folder)
    };
    synced().map_err(|error| Error::io("flush", path, error))
}

/// The hash of what is left to read, and how much that is.
fn hash(source: &mut File) -> std::io::Result<(blake3::Hash, u64)> {
    let (mut hasher, mut size) = (blake3::Hasher::new(), 0);
    let hashed = |bytes: &[u8]| {
        hasher.update(bytes);
        Ok(())
    };
    read_through(source, |bytes| size += bytes.len() as u64, hashed).0?;
    Ok((hasher.finalize(), size))
}

/// Shows all bytes to `here` and, on a thread of its own, to `there`. What went wrong with reading, and `there`.
fn read_through(
    source: &mut File,
    mut here: impl FnMut(&[u8]),
    mut there: impl FnMut(&[u8]) -> std::io::Result<()> + Send,
) -> (std::io::Result<()>, std::io::Result<()>) {
    std::thread::scope(|scope| {
        let (full, taken) = sync_channel::<Vec<u8>>(AHEAD);
        let (done, empty) = sync_channel::<Vec<u8>>(AHEAD + 2);
        let other = scope.spawn(move || -> std::io::Result<()> {
            for buffer in taken {
                there(&buffer)?;
                // Nobody takes it back at the end.
                let _ = done.send(buffer);
            }
            Ok(())
        });
        let read = loop {
            let mut buffer = empty.try_recv().unwrap_or_else(|_| Vec::with_capacity(BUFFER));
            buffer.clear();
            match Read::by_ref(source).take(BUFFER as u64).read_to_end(&mut buffer) {
                Ok(0) => break Ok(()),
                Ok(_) => here(&buffer),
                Err(error) => break Err(error),
            };
            if full.send(buffer).is_err() {
                // The other one stopped, and says why.
                break Ok(());
            }
        };
        drop(full);
        let there = other.join().unwrap_or_else(|_| Err(std::io::Error::other("a thread ended early")));
        (read, there)
    })
}

/// `.csv.gz` of `Orders.CSV.GZ`; nothing that a file name should not have.
fn extensions(name: &str) -> String {
    let base = name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let bare = without_compression(&base);
    let packed = &base[bare.len()..];
    let usual = |ext: &&str| !ext.is_empty() && ext.len() <= 10 && ext.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let kind = bare.rsplit_once('.').map(|(_, ext)| ext).filter(usual).map(|ext| format!(".{ext}")).unwrap_or_default();
    format!("{kind}{packed}")
}

/// A file that is deleted unless it is published.
#[derive(Debug)]
pub struct Temporary {
    pub path: PathBuf,
    pub file: File,
}

impl Temporary {
    pub fn new(landing: &Path) -> Result<Temporary> {
        // Two runs never share a landing folder (the warehouse's lock), two threads of one may.
        static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = landing.join(format!(".tmp-{}-{count}", std::process::id()));
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path);
        let file = file.map_err(|error| Error::io("write", &path, error))?;
        Ok(Temporary { path, file })
    }

    /// One thread reads and hashes, another writes.
    fn copy_from(&self, source: &mut File, name: &Path) -> Result<(blake3::Hash, u64)> {
        let (mut hasher, mut size) = (blake3::Hasher::new(), 0);
        let hashed = |bytes: &[u8]| {
            hasher.update(bytes);
            size += bytes.len() as u64;
        };
        let (read, wrote) = read_through(source, hashed, |bytes| (&self.file).write_all(bytes));
        wrote.map_err(|error| Error::io("write", &self.path, error))?;
        read.map_err(|error| Error::io("read", name, error))?;
        Ok((hasher.finalize(), size))
    }

    /// Makes the copy visible under the name of its content, unless it is there already.
    pub fn keep(
        self,
        hash: &blake3::Hash,
        size: u64,
        name: &str,
        extension: &str,
        landing: &Path,
        syncs: &Syncs,
    ) -> Result<Fetched> {
        let fetched = named(hash, size, name, extension, landing);
        // A copy that a power cut left half written has the name and not the content.
        if !holds(&fetched.path, &fetched.hash, size)? {
            self.publish(&fetched.path)?;
            syncs.start(fetched.path.clone())?;
        }
        Ok(fetched)
    }

    /// Makes the copy visible under its name.
    pub fn publish(&self, path: &Path) -> Result<()> {
        fs::rename(&self.path, path).map_err(|error| Error::io("write", path, error))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Gone already when it was published; a leftover is harmless and hidden.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(unix)]
pub fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
pub fn sync_folder(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(path: &Path) -> Arrival {
        let position = position(&fs::metadata(path).unwrap());
        let (name, table) = ("Sub/Orders.CSV".to_owned(), "orders".to_owned());
        Arrival { name, table, position, path: path.to_owned(), note: None }
    }

    #[test]
    fn a_copy_is_named_by_its_content_and_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let (file, landing) = (folder.path().join("Orders.CSV"), folder.path().join("landing"));
        fs::write(&file, "id\n1\n").unwrap();
        let syncs = Syncs::default();
        let first = fetch(&arrival(&file), &landing, &syncs).unwrap().unwrap();
        assert_eq!(first.file, format!("{}.csv", blake3::hash(b"id\n1\n").to_hex()));
        assert_eq!(fs::read(&first.path).unwrap(), b"id\n1\n");
        let written = fs::metadata(&first.path).unwrap().modified().unwrap();
        assert_eq!(fetch(&arrival(&file), &landing, &syncs).unwrap().unwrap(), first);
        assert_eq!(fs::metadata(&first.path).unwrap().modified().unwrap(), written);
        // What a power cut may leave: the name and the size, and other bytes.
        fs::write(&first.path, "id\n\0\n").unwrap();
        fetch(&arrival(&file), &landing, &syncs).unwrap().unwrap();
        assert_eq!(fs::read(&first.path).unwrap(), b"id\n1\n");
        syncs.settle().unwrap();
        assert_eq!(fs::read_dir(&landing).unwrap().count(), 1);
    }

    #[test]
    fn a_changed_file_is_left_for_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        let (file, landing) = (folder.path().join("a.csv"), folder.path().join("landing"));
        fs::write(&file, "id\n1\n").unwrap();
        let arrival = arrival(&file);
        fs::write(&file, "id\n1\n2\n").unwrap();
        assert_eq!(fetch(&arrival, &landing, &Syncs::default()).unwrap(), None);
        fs::remove_file(&file).unwrap();
        assert_eq!(fetch(&arrival, &landing, &Syncs::default()).unwrap(), None);
        assert_eq!(fs::read_dir(&landing).unwrap().count(), 0);
    }

    #[test]
    fn extensions_are_plain() {
        assert_eq!(extensions("a/b/Orders.CSV.GZ"), ".csv.gz");
        assert_eq!(extensions("orders"), "");
        assert_eq!(extensions("a.b/orders.gz"), ".gz");
        assert_eq!(extensions("orders.c s v"), "");
        assert_eq!(extensions("données.é"), "");
    }
}
