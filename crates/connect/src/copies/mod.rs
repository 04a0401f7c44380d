//! Landed copies, by the names of their content: each a file in `landing/`, or in an archive there with other small ones.
//!
//! An archive is a zip file as any tool reads it: what landed is there for people too, whatever becomes of wharf. Nothing in
//! one is ever changed. Whoever wants a copy looks for its file first: [`pack`](pack::pack) removes that when the archive is
//! there.

pub mod pack;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use port::{Error, Result};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::files::Input;

/// Larger copies stay files of their own: they are read from where they lie, and few.
const SMALL: u64 = 1 << 20;

type Archive = ZipArchive<BufReader<File>>;

/// Finds copies; archives that were looked into stay open.
#[derive(Default)]
pub struct Copies(Mutex<BTreeMap<PathBuf, Archive>>);

/// Looked for so often while archives are joined to others meanwhile.
const ATTEMPTS: usize = 5;

impl Copies {
    /// The copy whose own file would be at `path`.
    pub fn open(&self, path: &Path) -> Result<Input> {
        let unreadable = |error| Error::io("read", path, error);
        match File::open(path) {
            // Small ones are read at once: their file may be gone a moment later.
            Ok(mut file) if file.metadata().map_err(unreadable)?.len() <= SMALL => {
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes).map_err(unreadable)?;
                Ok(Input::Memory(bytes.into()))
            }
            Ok(_) => Ok(Input::File(path.to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => match self.packed(path)? {
                Some(bytes) => Ok(Input::Memory(bytes.into())),
                None => Err(unreadable(error).advise("restore landing/ from a backup (docs/operations.md)")),
            },
            Err(error) => Err(unreadable(error)),
        }
    }

    fn packed(&self, path: &Path) -> Result<Option<Vec<u8>>> {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
            return Ok(None);
        };
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|archive, _| archive.parent() == Some(folder));
        for _ in 0..ATTEMPTS {
            for (path, archive) in open.iter_mut() {
                if let Some(index) = archive.index_for_name(name) {
                    return member(archive, index).map(Some).map_err(|error| damaged(path, error));
                }
            }
            let (mut has_more, mut is_settled) = (false, true);
            for path in archives(folder)? {
                if open.contains_key(&path) {
                    continue;
                }
                match open_archive(&path)? {
                    Some(archive) => {
                        open.insert(path, archive);
                        has_more = true;
                    }
                    None => is_settled = false,
                }
            }
            if !has_more && is_settled {
                break;
            }
        }
        Ok(None)
    }
}

fn member(archive: &mut Archive, index: usize) -> Result<Vec<u8>, ZipError> {
    let mut file = archive.by_index(index)?;
    let mut bytes = Vec::with_capacity(file.size().min(SMALL) as usize);
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Archives of copies in a folder.
fn archives(folder: &Path) -> Result<Vec<PathBuf>> {
    let of_ours = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("pack-") && name.ends_with(".zip")
    };
    Ok(files(folder)?.into_iter().filter(of_ours).collect())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let listed = || -> std::io::Result<Vec<PathBuf>> {
        let entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
        Ok(entries.into_iter().map(|entry| entry.path()).collect())
    };
    match listed() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        listed => listed.map_err(|error| Error::io("list", folder, error)),
    }
}

/// `None`: it was joined to another one meanwhile.
fn open_archive(path: &Path) -> Result<Option<Archive>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", path, error)),
    };
    ZipArchive::new(BufReader::new(file)).map(Some).map_err(|error| damaged(path, error))
}

fn damaged(path: &Path, error: ZipError) -> Error {
    Error::input(format!("{} cannot be read: {error}", path.display()))
        .advise("restore landing/ from a backup (docs/operations.md)")
        .because(error)
}
