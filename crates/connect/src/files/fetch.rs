//! Copies an arrival into the landing folder under the name of its content.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use port::{Arrival, Error, Fetched, Result};

use super::discover::position;
use super::input::without_compression;

/// Bytes read at once.
const BUFFER: usize = 1 << 20;

/// `None` when the file changed or went away meanwhile.
pub fn fetch(arrival: &Arrival, landing: &Path) -> Result<Option<Fetched>> {
    let mut source = match File::open(&arrival.path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", &arrival.path, error)),
    };
    fs::create_dir_all(landing).map_err(|error| Error::io("make", landing, error))?;
    let temporary = Temporary::new(landing)?;
    let hash = temporary.copy_from(&mut source, &arrival.path)?;
    // Both the file that was read and the one that now has its name must be what was discovered.
    let read = source.metadata().map_err(|error| Error::io("read", &arrival.path, error))?;
    let unchanged = position(&read) == arrival.position
        && fs::metadata(&arrival.path).is_ok_and(|now| position(&now) == arrival.position);
    if !unchanged {
        return Ok(None);
    }
    let hash = hash.to_hex().to_string();
    let file = format!("{hash}{}", extensions(&arrival.name));
    let path = landing.join(&file);
    let kept = fs::metadata(&path).is_ok_and(|there| there.len() == arrival.position.size);
    if !kept {
        temporary.publish(&path, landing)?;
    }
    Ok(Some(Fetched { hash, file, path, name: arrival.name.clone(), size: arrival.position.size }))
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
struct Temporary {
    path: std::path::PathBuf,
    file: File,
}

impl Temporary {
    fn new(landing: &Path) -> Result<Temporary> {
        // Two runs never share a landing folder (the warehouse's lock), two threads of one may.
        static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = landing.join(format!(".tmp-{}-{count}", std::process::id()));
        let file = File::create(&path).map_err(|error| Error::io("write", &path, error))?;
        Ok(Temporary { path, file })
    }

    fn copy_from(&self, source: &mut File, name: &Path) -> Result<blake3::Hash> {
        let mut hasher = blake3::Hasher::new();
        let mut buffer = vec![0; BUFFER];
        loop {
            let read = match source.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::io("read", name, error)),
            };
            hasher.update(&buffer[..read]);
            (&self.file).write_all(&buffer[..read]).map_err(|error| Error::io("write", &self.path, error))?;
        }
        Ok(hasher.finalize())
    }

    /// Makes the copy durable, then visible, then its name durable.
    fn publish(&self, path: &Path, landing: &Path) -> Result<()> {
        self.file.sync_all().map_err(|error| Error::io("write", &self.path, error))?;
        fs::rename(&self.path, path).map_err(|error| Error::io("write", path, error))?;
        sync_folder(landing)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Gone already when it was published; a leftover is harmless and hidden.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| Error::io("write", folder, error))
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(path: &Path) -> Arrival {
        let position = position(&fs::metadata(path).unwrap());
        Arrival { name: "Sub/Orders.CSV".to_owned(), table: "orders".to_owned(), position, path: path.to_owned() }
    }

    #[test]
    fn a_copy_is_named_by_its_content_and_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let (file, landing) = (folder.path().join("Orders.CSV"), folder.path().join("landing"));
        fs::write(&file, "id\n1\n").unwrap();
        let first = fetch(&arrival(&file), &landing).unwrap().unwrap();
        assert_eq!(first.file, format!("{}.csv", blake3::hash(b"id\n1\n").to_hex()));
        assert_eq!(fs::read(&first.path).unwrap(), b"id\n1\n");
        let written = fs::metadata(&first.path).unwrap().modified().unwrap();
        assert_eq!(fetch(&arrival(&file), &landing).unwrap().unwrap(), first);
        assert_eq!(fs::metadata(&first.path).unwrap().modified().unwrap(), written);
        assert_eq!(fs::read_dir(&landing).unwrap().count(), 1);
    }

    #[test]
    fn a_changed_file_is_left_for_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        let (file, landing) = (folder.path().join("a.csv"), folder.path().join("landing"));
        fs::write(&file, "id\n1\n").unwrap();
        let arrival = arrival(&file);
        fs::write(&file, "id\n1\n2\n").unwrap();
        assert_eq!(fetch(&arrival, &landing).unwrap(), None);
        fs::remove_file(&file).unwrap();
        assert_eq!(fetch(&arrival, &landing).unwrap(), None);
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
