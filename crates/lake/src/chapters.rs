//! What is remembered of loads, in files of its own: dozens of loads a file, so that a run writes those again that changed,
//! and not one of a shop's whole life. A file has its content's name, is never changed, and counts where a manifest names it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use port::{Error, Result};
use twox_hash::XxHash3_128;

use crate::recover;

fn folder(root: &Path) -> PathBuf {
    root.join("state")
}

/// Texts by the names of their files; those that are there already are not written again.
pub fn write(root: &Path, texts: &[String]) -> Result<Vec<String>> {
    let folder = folder(root);
    fs::create_dir_all(&folder).map_err(|error| Error::io("create", &folder, error))?;
    let mut is_new = false;
    let mut names = Vec::with_capacity(texts.len());
    for text in texts {
        let name = format!("{:032x}.json", XxHash3_128::oneshot(text.as_bytes()));
        let path = folder.join(&name);
        if !path.exists() {
            // Under another name until it is whole: what has the name is trusted to have the content.
            let temporary = folder.join(format!(".{name}.tmp"));
            let done = File::create(&temporary)
                .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
                .and_then(|()| fs::rename(&temporary, &path));
            done.map_err(|error| Error::io("write", &path, error))?;
            is_new = true;
        }
        names.push(name);
    }
    if is_new {
        let synced = File::open(&folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| Error::io("write", &folder, error))?;
    }
    Ok(names)
}

pub fn read(root: &Path, names: &[String]) -> Result<Vec<String>> {
    let read = |name: &String| {
        let path = folder(root).join(name);
        fs::read_to_string(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::InvalidData => {
                Error::config(format!("{} is missing or damaged, and manifest.json names it", path.display()))
                    .advise("restore it from a backup (docs/operations.md)")
            }
            _ => Error::io("read", &path, error),
        })
    };
    names.iter().map(read).collect()
}

/// Removes files that are not among `named` and were made since then.
pub fn remove_others(root: &Path, named: &BTreeSet<String>, since: SystemTime) -> Result<()> {
    recover::remove_strays(&folder(root), named, since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_there_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let first = write(folder.path(), &texts(&["a", "b"])).unwrap();
        let made = |name: &String| fs::metadata(folder.path().join("state").join(name)).unwrap().modified().unwrap();
        let before: Vec<SystemTime> = first.iter().map(made).collect();
        let second = write(folder.path(), &texts(&["a", "c", "b"])).unwrap();
        assert_eq!((&second[0], &second[2]), (&first[0], &first[1]));
        assert_eq!(first.iter().map(made).collect::<Vec<_>>(), before);
        assert_eq!(read(folder.path(), &second).unwrap(), ["a", "c", "b"]);

        remove_others(folder.path(), &second[..2].iter().cloned().collect(), SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(read(folder.path(), &second[..2]).unwrap(), ["a", "c"]);
        assert!(read(folder.path(), &second).unwrap_err().to_string().contains(&second[2]));
    }
}
