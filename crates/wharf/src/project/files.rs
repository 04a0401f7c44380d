//! Text files of a project.

use std::path::Path;

use port::Error;

use crate::failure::Result;

pub struct TextFile {
    /// Path below the project, with `/`.
    pub name: String,
    /// The file's name without its extension.
    pub stem: String,
    pub text: String,
}

/// Files ending in `.extension` in `folder` of the project and below it, by name. Hidden ones are left out; a folder that
/// is not there has none.
pub fn below(project: &Path, folder: &str, extension: &str) -> Result<Vec<TextFile>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let path = project.join(&folder);
        let entries = match std::fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::io("look into", &path, error).into()),
        };
        for entry in entries {
            let entry = entry.map_err(|error| Error::io("look into", &path, error))?;
            let base = entry.file_name().to_string_lossy().into_owned();
            let name = format!("{folder}/{base}");
            if base.starts_with('.') {
                continue;
            }
            if entry.path().is_dir() {
                folders.push(name);
            } else if let Some(stem) = base.strip_suffix(extension).and_then(|stem| stem.strip_suffix('.')) {
                files.push(TextFile { stem: stem.to_owned(), text: read(&entry.path())?, name });
            }
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

pub fn read(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).map_err(|error| Error::io("read", path, error))?;
    String::from_utf8(bytes)
        .map_err(|_| Error::config(format!("{} is not UTF-8", path.display())).advise("save it as UTF-8").into())
}
