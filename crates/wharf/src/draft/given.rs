//! The files that a draft is made from, each under a name of its own.

use std::path::{Path, PathBuf};

use port::{Error, Kind};

use crate::failure::Result;

/// A file that was named.
#[derive(Debug, Clone)]
pub struct Given {
    pub path: PathBuf,
    /// Under which it lies, or is to lie, in the inbox.
    pub name: String,
}

impl Given {
    /// Each file once, however often it was named, and no two under one name. `many` tells how a folder's files are named.
    pub fn all(paths: &[PathBuf], many: impl Fn(&Path) -> String) -> Result<Vec<Given>> {
        let mut given: Vec<Given> = Vec::new();
        let mut known: Vec<PathBuf> = Vec::new();
        for path in paths {
            if path.is_dir() {
                let error = Error::new(Kind::Input, format!("{} is a folder, and files are looked at", path.display()));
                return Err(error.advise(format!("name its files: {}", many(path))).into());
            }
            if !path.is_file() {
                let error = Error::new(Kind::NotFound, format!("there is no file {}", path.display()));
                return Err(error.advise("check the path").into());
            }
            let real = path.canonicalize().unwrap_or_else(|_| path.clone());
            if known.contains(&real) {
                continue;
            }
            known.push(real);
            let own = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let name = free(&own, |name| given.iter().any(|other| other.name.eq_ignore_ascii_case(name)));
            given.push(Given { path: path.clone(), name });
        }
        Ok(given)
    }

    /// What is told of a file that goes by another name than its own.
    pub fn renamed(&self) -> Option<String> {
        let own = self.path.file_name().unwrap_or_default().to_string_lossy();
        (own != self.name)
            .then(|| format!("{} goes by the name {}: there is another {own}", self.path.display(), self.name))
    }
}

/// `export.csv`, else `export_2.csv` and so on: a number that sorts behind the first.
pub fn free(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let (stem, ending) = name.split_once('.').map_or((name, String::new()), |(stem, rest)| (stem, format!(".{rest}")));
    let numbered = (2..).map(|number| format!("{stem}_{number}{ending}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !is_taken(name)).unwrap_or_else(|| name.to_owned())
}
