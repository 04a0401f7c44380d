//! A folder as a target: each part a file, whole under its name or not there.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use port::{Capabilities, Content, Delivery, Error, Result, Takes, Target};

/// A folder that files are delivered to. They are written as `NAME.part`, synced and renamed; the position is a file of its
/// own, written in the same way when all parts are in place. So a batch is not atomic: after a stop some of its files may be
/// there, and writing the batch again puts the same bytes in their place.
#[derive(Debug)]
pub struct Folder {
    folder: PathBuf,
    position: PathBuf,
}

impl Folder {
    /// `position`: the name of the file that keeps the position; an inbox leaves alone what begins with a point.
    pub fn new(folder: &Path, position: &str) -> Folder {
        Folder { folder: folder.to_owned(), position: folder.join(position) }
    }
}

impl Target for Folder {
    fn capabilities(&self) -> Capabilities {
        Capabilities { takes: Takes::Files, atomic: false }
    }

    fn position(&mut self) -> Result<Option<String>> {
        match fs::read_to_string(&self.position) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("read", &self.position, error)),
        }
    }

    fn write(&mut self, batch: &Delivery) -> Result<()> {
        for part in &batch.parts {
            let Content::File(bytes) = &part.content else {
                return Err(Error::internal(format!("{} is rows; a folder takes files", part.name)));
            };
            put(&self.folder.join(&part.name), bytes)?;
        }
        put(&self.position, batch.position.as_bytes())
    }
}

fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |error| Error::io("write", path, error);
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| Error::io("create", folder, error))?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let mut file = File::create(&part).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    fs::rename(&part, path).map_err(failed)?;
    // The rename itself lasts once the folder is written.
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use port::DeliveredPart;

    #[test]
    fn parts_are_there_before_the_position_and_may_come_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut target = Folder::new(folder.path(), ".position");
        assert_eq!(target.position().unwrap(), None);
        let part = |name: &str| DeliveredPart {
            table: "orders".to_owned(),
            name: name.to_owned(),
            content: Content::File(name.as_bytes().to_vec()),
        };
        let batch =
            Delivery { position: "7".to_owned(), parts: vec![part("orders-1.csv"), part("truth/faults-1.csv")] };
        for _ in 0..2 {
            target.write(&batch).unwrap();
            assert_eq!(target.position().unwrap().as_deref(), Some("7"));
            assert_eq!(fs::read(folder.path().join("truth/faults-1.csv")).unwrap(), b"truth/faults-1.csv");
            let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            assert_eq!(left.len(), 3, "{left:?}");
        }
        let rows =
            Content::Rows(arrow::array::RecordBatch::new_empty(std::sync::Arc::new(arrow::datatypes::Schema::empty())));
        let batch = Delivery { position: "8".to_owned(), parts: vec![DeliveredPart { content: rows, ..part("x") }] };
        assert!(target.write(&batch).is_err());
        assert_eq!(target.position().unwrap().as_deref(), Some("7"));
    }
}
