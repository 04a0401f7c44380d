//! The demo's other side: as a shop's own system does, it puts its exports away some time after it wrote them. wharf has its
//! copies in landing/, so nothing is lost and nobody's inbox grows.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Int64Type};
use port::{Error, Query, Result};
use retail::source::Source;
use tokio::runtime::Handle;

/// Files that are younger stay: what went wrong can be looked at.
const KEPT: Duration = Duration::from_secs(600);
/// How often it is looked.
const EVERY: Duration = Duration::from_secs(60);

pub struct Rotation {
    inbox: PathBuf,
    query: Arc<dyn Query>,
    source: Source,
    /// Where queries compute.
    threads: Handle,
    kept: Duration,
    last: Instant,
}

/// A file that was written some time ago.
struct Written {
    path: PathBuf,
    name: String,
    bytes: u64,
}

impl Rotation {
    pub fn new(inbox: PathBuf, query: Arc<dyn Query>, source: Source, threads: Handle) -> Rotation {
        Rotation { inbox, query, source, threads, kept: KEPT, last: Instant::now() }
    }

    /// Looks, where it is time to.
    pub fn turn(&mut self) {
        if self.last.elapsed() < EVERY {
            return;
        }
        self.last = Instant::now();
        if let Err(error) = self.put_away(SystemTime::now()) {
            tracing::debug!(%error, "files stay in the inbox");
        }
    }

    /// Removes files that were written long enough before `now` and are landed as they are, or that no table takes; how many.
    fn put_away(&self, now: SystemTime) -> Result<usize> {
        let before = now.checked_sub(self.kept).unwrap_or(SystemTime::UNIX_EPOCH);
        let mut written = Vec::new();
        for folder in ["", sim::folder::TRUTH] {
            written.extend(written_before(&self.inbox, folder, before)?);
        }
        let (mut gone, mut taken) = (Vec::new(), Vec::new());
        for file in written {
            match connect::files::table_for(&self.source.tables, &self.source.ignore, &file.name)? {
                Some(_) => taken.push(file),
                None => gone.push(file),
            }
        }
        if !taken.is_empty() {
            let names: Vec<String> = taken.iter().map(|file| file.name.clone()).collect();
            let landed = self.threads.block_on(landed(&*self.query, &names))?;
            gone.extend(taken.into_iter().filter(|file| landed.contains(&(file.name.clone(), file.bytes))));
        }
        for file in &gone {
            fs::remove_file(&file.path).map_err(|error| Error::io("remove", &file.path, error))?;
        }
        Ok(gone.len())
    }
}

/// The simulator's files of a folder below the inbox, of before then; others' files are not the demo's to remove.
fn written_before(inbox: &Path, folder: &str, before: SystemTime) -> Result<Vec<Written>> {
    let path = inbox.join(folder);
    let entries = match fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("look into", &path, error)),
    };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let base = entry.file_name().to_string_lossy().into_owned();
        let Ok(about) = entry.metadata() else { continue };
        let is_old = about.modified().is_ok_and(|modified| modified <= before);
        if about.is_file() && is_old && sim::folder::is_ours(&base) {
            let name = if folder.is_empty() { base } else { format!("{folder}/{base}") };
            found.push(Written { path: entry.path(), name, bytes: about.len() });
        }
    }
    Ok(found)
}

/// Names and sizes of files that loads were made of.
async fn landed(query: &dyn Query, names: &[String]) -> Result<Vec<(String, u64)>> {
    let internal = |error: arrow::error::ArrowError| Error::internal(error.to_string());
    let mut landed = Vec::new();
    for batch in query.lookup("loads", &["name", "bytes"], "name", names).await? {
        let column = |name: &str, kind: &DataType| {
            let column = batch.column_by_name(name).ok_or_else(|| Error::internal(format!("loads has no {name}")))?;
            arrow::compute::cast(column, kind).map_err(internal)
        };
        let (names, bytes) = (column("name", &DataType::Utf8View)?, column("bytes", &DataType::Int64)?);
        let rows = names.as_string_view().iter().zip(bytes.as_primitive::<Int64Type>().iter());
        landed.extend(rows.filter_map(|(name, bytes)| Some((name?.to_owned(), bytes?.unsigned_abs()))));
    }
    Ok(landed)
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray};
    use lake::Lake;
    use port::{Put, Saved, Warehouse};
    use retail::preset::preset;

    use super::*;

    #[test]
    fn what_is_landed_is_put_away_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let inbox = folder.path().join("inbox");
        fs::create_dir_all(inbox.join("truth")).unwrap();
        let files = [
            ("orders-2026-01-01.csv", true),
            ("orders-2026-02-01.csv", false),
            ("orders-2026-03-01.csv", false),
            ("customers-2026-01-01T10-05.csv", true),
            ("carts-2026-01-01.csv", true),
            ("truth/faults-2026-01-01.csv", true),
            ("orders-mine.csv", false),
            ("notes.txt", false),
            (".wharf-simulate.json", false),
        ];
        files.iter().for_each(|(name, _)| fs::write(inbox.join(name), name).unwrap());
        let options = lake::Options { zone: "UTC".to_owned(), threads: 1, memory: 64 << 20 };
        let lake = Lake::open(&folder.path().join("lake"), &options).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        // Of the third one wharf has another content.
        let landed = [("orders-2026-01-01.csv", 21), ("orders-2026-03-01.csv", 20), ("orders-mine.csv", 15)];
        let landed = landed.into_iter().chain([("customers-2026-01-01T10-05.csv", 30)]);
        let (names, bytes): (Vec<&str>, Vec<i64>) = landed.unzip();
        let loads: ArrayRef = Arc::new(Int64Array::from_iter_values(1..=4));
        let columns: [(&str, ArrayRef, bool); 3] = [
            ("load", loads, true),
            ("name", Arc::new(StringViewArray::from(names)), true),
            ("bytes", Arc::new(Int64Array::from(bytes)), true),
        ];
        let rows = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
        runtime.block_on(async {
            let run = lake.begin(Duration::ZERO).await.unwrap();
            run.put("loads", rows, Put::InPlaceOfAll).await.unwrap();
            run.publish(Saved::default()).await.unwrap();
        });
        let source = preset("wharf").unwrap().source.clone();
        let rotation = Rotation::new(inbox.clone(), Arc::new(lake), source, runtime.handle().clone());
        assert_eq!(rotation.put_away(SystemTime::now()).unwrap(), 0, "they are young");
        assert_eq!(rotation.put_away(SystemTime::now() + KEPT * 2).unwrap(), 4);
        for (name, goes) in files {
            assert_eq!(inbox.join(name).exists(), !goes, "{name}");
        }
    }
}
