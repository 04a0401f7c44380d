//! Small landed copies become members of archives, archives of about a size become one: a folder of a file a minute has a
//! handful of files.

use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use port::{Error, Result};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Archive, SMALL, archives, damaged, files, open_archive};
use crate::files::sync_folder;

/// Archives up to this size are joined to a new one whatever its size.
const SMALL_ARCHIVE: u64 = 64 << 10;
/// A single copy may as well stay.
const FEWEST: usize = 2;

/// Puts small copies of a landing folder into archives. How many files are no longer there. Others may read meanwhile, and
/// land: what is removed is in an archive before. Stopped anywhere, the next call goes on.
pub fn pack(landing: &Path) -> Result<usize> {
    if !landing.is_dir() {
        return Ok(0);
    }
    let lock = landing.join(".lock");
    let file = File::create(&lock).map_err(|error| Error::io("open", &lock, error))?;
    match file.try_lock() {
        Ok(()) => {}
        // Who holds it does the same.
        Err(TryLockError::WouldBlock) => return Ok(0),
        Err(TryLockError::Error(error)) => return Err(Error::io("lock", &lock, error)),
    }
    let mut unfinished = files(landing)?.into_iter().filter(|path| name_of(path).starts_with(".pack-"));
    unfinished.try_for_each(|path| remove(&path))?;

    let Packed { packs, held, mut needless } = Packed::look(landing)?;
    let mut loose = Vec::new();
    for path in files(landing)? {
        let name = name_of(&path);
        if !is_copy(&name) || fs::metadata(&path).map_or(u64::MAX, |about| about.len()) > SMALL {
            continue;
        }
        match held.contains(&name) {
            true => needless.push(path),
            false => loose.push(path),
        }
    }
    if loose.len() >= FEWEST {
        needless.extend(Writer::new(landing)?.join(loose, packs)?);
    }
    for path in &needless {
        remove(path)?;
        port::fault::reach("unpacked");
    }
    Ok(needless.len())
}

/// The archives of a folder.
struct Packed {
    packs: Vec<Pack>,
    /// Names of the copies in them.
    held: HashSet<String>,
    /// Those of which others have everything: who joined them was stopped.
    needless: Vec<PathBuf>,
}

struct Pack {
    path: PathBuf,
    bytes: u64,
    archive: Archive,
}

impl Packed {
    fn look(landing: &Path) -> Result<Packed> {
        let mut packs = Vec::new();
        for path in archives(landing)? {
            let bytes = fs::metadata(&path).map_err(|error| Error::io("read", &path, error))?.len();
            packs.extend(open_archive(&path)?.map(|archive| Pack { path, bytes, archive }));
        }
        packs.sort_by_key(|pack| std::cmp::Reverse(pack.bytes));
        let mut looked = Packed { packs: Vec::new(), held: HashSet::new(), needless: Vec::new() };
        for pack in packs {
            let mut has_own = false;
            for name in pack.archive.file_names() {
                let name = name.map_err(|error| damaged(&pack.path, error))?;
                has_own |= looked.held.insert(name.into_owned());
            }
            match has_own {
                true => looked.packs.push(pack),
                false => looked.needless.push(pack.path),
            }
        }
        Ok(looked)
    }
}

/// A new archive.
struct Writer {
    temporary: PathBuf,
    zip: ZipWriter<BufWriter<File>>,
    names: HashSet<String>,
    /// Of copies that were added, before they are compressed.
    bytes: u64,
}

impl Writer {
    fn new(landing: &Path) -> Result<Writer> {
        let temporary = landing.join(format!(".pack-{}", std::process::id()));
        let file = File::create(&temporary).map_err(|error| Error::io("write", &temporary, error))?;
        Ok(Writer { temporary, zip: ZipWriter::new(BufWriter::new(file)), names: HashSet::new(), bytes: 0 })
    }

    /// Copies and such archives as are not much larger become one; the files that are needless then.
    fn join(mut self, loose: Vec<PathBuf>, mut packs: Vec<Pack>) -> Result<Vec<PathBuf>> {
        let mut needless = Vec::new();
        for path in loose {
            if self.add_copy(&path)? {
                needless.push(path);
            }
        }
        if needless.is_empty() {
            return remove(&self.temporary).map(|()| needless);
        }
        // Those that stay are more than twice as large as the next.
        packs.sort_by_key(|pack| std::cmp::Reverse(pack.bytes));
        let mut size = self.bytes;
        while let Some(mut pack) = packs.pop_if(|pack| pack.bytes <= (2 * size).max(SMALL_ARCHIVE)) {
            size += pack.bytes;
            self.add_all(&mut pack)?;
            needless.push(pack.path);
        }
        self.finish()?;
        Ok(needless)
    }

    /// False: it is not what its name says, as a power cut may leave it, and whoever lands its content again mends it.
    fn add_copy(&mut self, path: &Path) -> Result<bool> {
        let bytes = fs::read(path).map_err(|error| Error::io("read", path, error))?;
        let name = name_of(path);
        if !name.starts_with(blake3::hash(&bytes).to_hex().as_str()) {
            return Ok(false);
        }
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        self.zip.start_file(name.as_str(), options).map_err(|error| self.unwritable(error))?;
        self.zip.write_all(&bytes).map_err(|error| self.unwritable(error.into()))?;
        self.bytes += bytes.len() as u64;
        self.names.insert(name);
        Ok(true)
    }

    /// All that another archive has, compressed as it is.
    fn add_all(&mut self, pack: &mut Pack) -> Result<()> {
        for index in 0..pack.archive.len() {
            let file = pack.archive.by_index_raw(index).map_err(|error| damaged(&pack.path, error))?;
            let name = file.name().map_err(|error| damaged(&pack.path, error))?.into_owned();
            if self.names.insert(name) {
                self.zip.raw_copy_file(file).map_err(|error| self.unwritable(error))?;
            }
        }
        Ok(())
    }

    /// It is there, and durable, when this returns.
    fn finish(self) -> Result<()> {
        let Writer { temporary, zip, names, .. } = self;
        let mut names: Vec<String> = names.into_iter().collect();
        names.sort_unstable();
        // By the names in it: what is packed again after a stop has the same one.
        let name = blake3::hash(names.concat().as_bytes()).to_hex();
        let path = temporary.with_file_name(format!("pack-{}.zip", &name[..32]));
        let unwritable = |error: std::io::Error| Error::io("write", &path, error);
        let file = zip.finish().map_err(|error| unwritable(error.into()))?;
        let file = file.into_inner().map_err(|error| unwritable(error.into_error()))?;
        file.sync_all().map_err(unwritable)?;
        port::fault::reach("pack");
        fs::rename(&temporary, &path).map_err(unwritable)?;
        sync_folder(path.parent().unwrap_or(Path::new("."))).map_err(unwritable)?;
        port::fault::reach("packed");
        Ok(())
    }

    fn unwritable(&self, error: ZipError) -> Error {
        Error::io("write", &self.temporary, error.into())
    }
}

/// A hash, and the extension of what landed.
fn is_copy(name: &str) -> bool {
    let hash = name.split('.').next().unwrap_or_default();
    hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", path, error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Copies;
    use super::*;

    fn land(landing: &Path, bytes: &[u8]) -> PathBuf {
        let path = landing.join(format!("{}.csv", blake3::hash(bytes).to_hex()));
        fs::write(&path, bytes).unwrap();
        path
    }

    fn read(copies: &Copies, path: &Path) -> Vec<u8> {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut copies.open(path).unwrap().open().unwrap(), &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn copies_are_found_wherever_they_lie() {
        let folder = tempfile::tempdir().unwrap();
        let landing = folder.path();
        let copies = Copies::default();
        let text = |n: usize| format!("id,n\n{n},{n}\n").repeat(n % 7 * 100).into_bytes();
        let mut paths = Vec::new();
        for n in 0..400 {
            paths.push((land(landing, &text(n)), n));
            if n % 23 == 0 {
                pack(landing).unwrap();
                // One that keeps archives open, and one that has seen none.
                for (path, n) in &paths {
                    assert_eq!(read(&copies, path), text(*n));
                }
                let (path, n) = &paths[n / 2];
                assert_eq!(read(&Copies::default(), path), text(*n));
            }
        }
        pack(landing).unwrap();
        let files = archives(landing).unwrap();
        assert!(files.len() < 6, "{files:?}");
        assert_eq!(pack(landing).unwrap(), 0, "a second time changes nothing");
        assert_eq!(archives(landing).unwrap(), files);
        assert!(copies.open(&landing.join("other.csv")).is_err());
    }

    #[test]
    fn large_copies_broken_ones_and_other_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        let large = land(folder.path(), &vec![b'x'; SMALL as usize + 1]);
        let broken = land(folder.path(), b"what it was");
        fs::write(&broken, "what a power cut left").unwrap();
        fs::write(folder.path().join(".tmp-1-1"), "on its way").unwrap();
        let small = [land(folder.path(), b"a"), land(folder.path(), b"b")];
        assert_eq!(pack(folder.path()).unwrap(), 2);
        assert!(large.exists() && broken.exists() && folder.path().join(".tmp-1-1").exists());
        assert!(!small[0].exists() && !small[1].exists());
        // A content that lands again is a file again, until it is found to be in an archive.
        land(folder.path(), b"a");
        assert_eq!(pack(folder.path()).unwrap(), 1);
        assert_eq!(archives(folder.path()).unwrap().len(), 1);
        assert_eq!(read(&Copies::default(), &small[0]), b"a");
    }

    #[test]
    fn who_was_stopped_leaves_nothing_twice() {
        let folder = tempfile::tempdir().unwrap();
        let small = [land(folder.path(), b"a"), land(folder.path(), b"b")];
        pack(folder.path()).unwrap();
        let first = archives(folder.path()).unwrap().remove(0);
        let kept = fs::read(&first).unwrap();
        land(folder.path(), b"c");
        land(folder.path(), b"d");
        pack(folder.path()).unwrap();
        // As if it had been stopped before it removed anything.
        fs::write(&first, kept).unwrap();
        land(folder.path(), b"c");
        fs::write(folder.path().join(".pack-1"), "half").unwrap();
        assert_eq!(pack(folder.path()).unwrap(), 2);
        assert_eq!(archives(folder.path()).unwrap().len(), 1);
        assert_eq!(files(folder.path()).unwrap().len(), 2, "the archive and the lock");
        assert_eq!(read(&Copies::default(), &small[1]), b"b");
    }
}
