//! Putting right what a stopped run left: tables go back to what the manifest names, files nobody names go.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use port::{Error, Result};

use crate::delta::{self, Delta};
use crate::manifest::{self, Manifest};
use crate::{chapters, pack};

/// There while a run is at work; found by the next one, it says that the last did not end.
const MARKER: &str = ".running";
/// Beside the marker: the run ended with an error and told it, it was not stopped.
const ENDED: &str = ".ended";
const LAYERS: [&str; 4] = ["staging", "marts", "insight", "wharf"];

/// Notes that a run begins.
pub fn started(root: &Path) -> Result<()> {
    remove(&root.join(ENDED))?;
    let path = root.join(MARKER);
    fs::write(&path, b"").map_err(|error| Error::io("write", &path, error))
}

/// Whether the last run ended well, or there was none.
pub fn is_clean(root: &Path) -> bool {
    !root.join(MARKER).exists()
}

/// Whether a table's folder is there.
pub fn has_tables(root: &Path) -> Result<bool> {
    for layer in LAYERS {
        if !folders(&root.join(layer))?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Notes that it ended well.
pub fn finished(root: &Path) -> Result<()> {
    remove(&root.join(MARKER))?;
    remove(&root.join(ENDED))
}

/// Notes that it ended with an error. What it left is put right by the next run all the same, since work on other threads
/// may still write; but there is no stop to tell of. The marker stays as it is: its time says which files are the run's.
pub fn ended(root: &Path) {
    if !is_clean(root) {
        // Without it the next run tells of a stop, which does no harm.
        let _ = fs::write(root.join(ENDED), b"");
    }
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", path, error)),
        _ => Ok(()),
    }
}

/// After a stop: the manifest as it has to be read from now on.
pub async fn recover(root: &Path, mut manifest: Manifest) -> Result<Manifest> {
    let marker = root.join(MARKER);
    let Ok(since) = fs::metadata(&marker).and_then(|meta| meta.modified()) else { return Ok(manifest) };
    if !root.join(ENDED).exists() {
        tracing::info!("the last run was stopped; putting the tables right");
    }
    let mut restored = false;
    for layer in LAYERS {
        for folder in folders(&root.join(layer))? {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let Some(table) = manifest.tables.get(&name).filter(|table| table.layer == layer).cloned() else {
                fs::remove_dir_all(&folder).map_err(|error| Error::io("remove", &folder, error))?;
                continue;
            };
            let delta = Delta::new(delta::folder(root, layer, &name));
            if delta.latest()?.is_some_and(|latest| latest > table.version) {
                let mut table = (*table).clone();
                table.version = delta.restore(table.version).await?;
                manifest.tables.insert(name.clone(), Arc::new(table));
                restored = true;
            }
            let named = manifest.tables[&name].files.iter().map(|file| file.path.clone()).collect();
            remove_strays(&folder, &named, since)?;
        }
    }
    remove_strays(&pack::folder(root), &manifest.of_loads(), since)?;
    chapters::remove_others(root, &manifest::chapters(root)?, since)?;
    remove_temporary(&root.join("landing"))?;
    if restored {
        manifest.generation += 1;
        manifest::publish(root, &manifest)?;
    }
    finished(root)?;
    Ok(manifest)
}

/// Files that the stopped run made and nothing names.
pub fn remove_strays(folder: &Path, named: &BTreeSet<String>, since: SystemTime) -> Result<()> {
    // File times are coarser than clocks.
    let since = since.checked_sub(std::time::Duration::from_secs(2)).unwrap_or(since);
    for path in files(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let made = fs::metadata(&path).and_then(|meta| meta.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
        if !named.contains(&name) && made >= since {
            fs::remove_file(&path).map_err(|error| Error::io("remove", &path, error))?;
        }
    }
    Ok(())
}

fn remove_temporary(folder: &Path) -> Result<()> {
    let temporary = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".tmp-"));
    for path in files(folder)?.into_iter().filter(temporary) {
        match fs::remove_file(&path) {
            // Whoever wrote it was quicker.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            removed => removed.map_err(|error| Error::io("remove", &path, error))?,
        }
    }
    Ok(())
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    Ok(entries(folder)?.into_iter().filter(|path| path.is_dir()).collect())
}

/// Those of a folder, none where there is no such.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    Ok(entries(folder)?.into_iter().filter(|path| path.is_file()).collect())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => {
            let paths: std::io::Result<Vec<PathBuf>> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
            let mut paths = paths.map_err(|error| Error::io("list", folder, error))?;
            paths.sort();
            Ok(paths)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Error::io("list", folder, error)),
    }
}
