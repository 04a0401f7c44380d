//! The Delta log: the only place that knows the table format. Files are written by [`crate::write`]; here they are made
//! part of a version that other engines read.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use deltalake_core::checkpoints::cleanup_expired_logs_for;
use deltalake_core::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake_core::kernel::transaction::CommitData;
use deltalake_core::kernel::{Action, Add, Protocol, Remove, StructType, new_metadata};
use deltalake_core::logstore::{CommitOrBytes, LogStoreRef};
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use deltalake_core::table::config::TablePropertiesExt;
use deltalake_core::{DeltaTable, DeltaTableBuilder};
use port::{Error, Kind, Result};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

use crate::manifest::DataFile;
use crate::recover;

/// Log entries between two checkpoints.
const CHECKPOINT_EVERY: u64 = 10;

/// The property that says for how long a checkpoint names files that were removed.
const REMOVED_ARE_NAMED: &str = "delta.deletedFileRetentionDuration";

/// A Delta table's folder.
#[derive(Debug, Clone)]
pub struct Delta {
    folder: PathBuf,
}

impl Delta {
    pub fn new(folder: PathBuf) -> Delta {
        Delta { folder }
    }

    /// Writes version 0 with these files.
    pub async fn create(&self, schema: &SchemaRef, files: &[DataFile]) -> Result<u64> {
        let protocol: Protocol =
            serde_json::from_value(serde_json::json!({"minReaderVersion": 1, "minWriterVersion": 2}))
                .map_err(|error| Error::internal(format!("no Delta protocol: {error}")))?;
        let mut actions = vec![Action::Protocol(protocol), self.metadata(schema)?];
        actions.extend(files.iter().map(|file| Action::Add(added(file))));
        self.write(0, actions).await?;
        Ok(0)
    }

    fn metadata(&self, schema: &SchemaRef) -> Result<Action> {
        let kernel: StructType = storage_schema(schema)
            .as_ref()
            .try_into_kernel()
            .map_err(|error| Error::internal(format!("no Delta type for {}: {error}", self.name())))?;
        new_metadata(&kernel, Vec::<String>::new(), HashMap::<String, String>::new())
            .map(Action::Metadata)
            .map_err(|e| self.failed(e))
    }

    /// Writes `version + 1`: `version` without `removed` and with `added_files`, under another schema if one is given.
    pub async fn commit(
        &self,
        version: u64,
        schema: Option<&SchemaRef>,
        removed: &[DataFile],
        added_files: &[DataFile],
    ) -> Result<u64> {
        let next = version + 1;
        let mut actions: Vec<Action> = schema.map(|schema| self.metadata(schema)).transpose()?.into_iter().collect();
        actions.extend(removed.iter().map(|file| Action::Remove(gone(file))));
        actions.extend(added_files.iter().map(|file| Action::Add(added(file))));
        self.write(next, actions).await?;
        if next.is_multiple_of(CHECKPOINT_EVERY) {
            self.checkpoint().await?;
        }
        Ok(next)
    }

    async fn checkpoint(&self) -> Result<()> {
        let delta = self.clone();
        in_turn(async move {
            let table = delta.open().await?;
            deltalake_core::checkpoints::create_checkpoint(&table, None).await.map_err(|e| delta.failed(e))
        })
        .await
    }

    /// The newest version in the log; `None` where there is no table. By the names of its files, since `deltalake` looks for it
    /// from version 0 on, which may be forgotten.
    pub fn latest(&self) -> Result<Option<u64>> {
        let version = |path: &PathBuf| path.file_name()?.to_str()?.strip_suffix(".json")?.parse::<u64>().ok();
        Ok(recover::files(&self.folder.join("_delta_log"))?.iter().filter_map(version).max())
    }

    /// Adds a version with the content of `version`.
    pub async fn restore(&self, version: u64) -> Result<u64> {
        let delta = self.clone();
        in_turn(async move {
            let table = delta.open().await?;
            let restore = table.restore().with_version_to_restore(version).with_ignore_missing_files(true);
            let (table, _) = restore.await.map_err(|e| delta.failed(e))?;
            table.version().ok_or_else(|| Error::internal(format!("{} has no version after a restore", delta.name())))
        })
        .await
    }

    /// Deletes files that no version within `retention` names; the count of files deleted. From now on checkpoints name removed
    /// files for as long, too, and not for the format's week: a shop that publishes every few seconds removes tens of thousands of
    /// files a day, and each checkpoint and each vacuum goes through all that are named.
    pub async fn vacuum(&self, retention: std::time::Duration) -> Result<usize> {
        let delta = self.clone();
        let seconds = retention.as_secs();
        let retention = span(retention);
        in_turn(async move {
            let mut table = delta.open().await?;
            let named = table.snapshot().map_err(|e| delta.failed(e))?.table_config().deleted_file_retention_duration();
            // Of all that goes at once nothing follows for later.
            if seconds > 0 && seconds != named.as_secs() {
                let interval = HashMap::from([(REMOVED_ARE_NAMED.to_owned(), format!("interval {seconds} seconds"))]);
                table = table.set_tbl_properties().with_properties(interval).await.map_err(|e| delta.failed(e))?;
            }
            let vacuum = table
                .vacuum()
                .with_mode(deltalake_core::operations::vacuum::VacuumMode::Full)
                .with_retention_period(retention)
                .with_enforce_retention_duration(false);
            let (_, metrics) = vacuum.await.map_err(|e| delta.failed(e))?;
            Ok(metrics.files_deleted.len())
        })
        .await
    }

    /// Deletes what the log says of versions that are older than `retention`, whose files [`Delta::vacuum`] deleted; the count of
    /// log files deleted. From the last checkpoint before that on, all stays.
    pub async fn forget(&self, retention: std::time::Duration) -> Result<usize> {
        let delta = self.clone();
        let until = chrono::Utc::now() - span(retention);
        in_turn(async move {
            let table = delta.open().await?;
            let Some(version) = table.version() else { return Ok(0) };
            let log = table.log_store();
            let forgotten = cleanup_expired_logs_for(version, log.as_ref(), until.timestamp_millis(), None);
            forgotten.await.map_err(|e| delta.failed(e))
        })
        .await
    }

    async fn write(&self, version: u64, actions: Vec<Action>) -> Result<()> {
        let operation = DeltaOperation::Write { mode: SaveMode::Append, partition_by: None, predicate: None };
        let data = CommitData::new(actions, operation, HashMap::new(), Vec::new());
        let bytes = data.get_bytes().map_err(|error| self.failed(error))?;
        let id = uuid::Uuid::new_v4();
        let written = self.log()?.write_commit_entry(version, CommitOrBytes::LogBytes(bytes), id).await;
        written.map_err(|error| match error {
            deltalake_core::kernel::transaction::TransactionError::VersionAlreadyExists(_) => {
                Error::new(Kind::Locked, format!("another program wrote version {version} of {}", self.name()))
                    .advise("only wharf may write the lake's tables; run again: its content is put right first")
            }
            other => self.failed(other),
        })
    }

    fn builder(&self) -> Result<DeltaTableBuilder> {
        let url = deltalake_core::ensure_table_uri(self.folder.to_string_lossy()).map_err(|e| self.failed(e))?;
        DeltaTableBuilder::from_url(url).map_err(|e| self.failed(e))
    }

    fn log(&self) -> Result<LogStoreRef> {
        std::fs::create_dir_all(&self.folder).map_err(|error| Error::io("create", &self.folder, error))?;
        self.builder()?.build_storage().map_err(|e| self.failed(e))
    }

    async fn open(&self) -> Result<DeltaTable> {
        self.builder()?.load().await.map_err(|e| self.failed(e))
    }

    fn name(&self) -> std::borrow::Cow<'_, str> {
        self.folder.file_name().unwrap_or_default().to_string_lossy()
    }

    fn failed(&self, error: impl Into<deltalake_core::DeltaTableError>) -> Error {
        let error = error.into();
        Error::new(Kind::Io, format!("cannot use the Delta table {}: {error}", self.folder.display())).because(error)
    }
}

/// Reads and rewrites a log, one such work at a time and on threads of their own. What `deltalake` stands on blocks threads
/// while it waits for other work of the same runtime: several at once, or one among a run's steps, could wait for ever.
async fn in_turn<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    static RUNTIME: LazyLock<std::io::Result<Runtime>> = LazyLock::new(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("delta").enable_all().build()
    });
    static TURN: Mutex<()> = Mutex::const_new(());
    let runtime = RUNTIME.as_ref().map_err(|error| Error::internal(format!("cannot start threads: {error}")))?;
    let _turn = TURN.lock().await;
    runtime.spawn(work).await.map_err(|error| Error::internal(format!("work on a Delta log stopped: {error}")))?
}

/// The schema as files and other engines have it: views are a matter of memory only.
pub fn storage_schema(schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| {
        let kind = match field.data_type() {
            DataType::Utf8View => DataType::Utf8,
            other => other.clone(),
        };
        Field::new(field.name(), kind, true)
    });
    std::sync::Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn added(file: &DataFile) -> Add {
    Add {
        path: file.path.clone(),
        size: i64::try_from(file.bytes).unwrap_or(i64::MAX),
        modification_time: now_millis(),
        data_change: true,
        stats: Some(statistics(file)),
        ..Add::default()
    }
}

fn gone(file: &DataFile) -> Remove {
    Remove {
        path: file.path.clone(),
        data_change: true,
        deletion_timestamp: Some(now_millis()),
        extended_file_metadata: Some(true),
        partition_values: Some(HashMap::new()),
        size: Some(i64::try_from(file.bytes).unwrap_or(i64::MAX)),
        ..Remove::default()
    }
}

/// Row count and day bounds: what lets other engines skip files.
fn statistics(file: &DataFile) -> String {
    let mut stats = serde_json::json!({ "numRecords": file.rows });
    if let Some((first, last)) = file.days {
        stats["minValues"] = serde_json::json!({ "day": retail::day::date_of(first).to_string() });
        stats["maxValues"] = serde_json::json!({ "day": retail::day::date_of(last).to_string() });
        stats["nullCount"] = serde_json::json!({});
    }
    stats.to_string()
}

fn now_millis() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| i64::try_from(time.as_millis()).unwrap_or(0))
}

/// A time too long to say is as good as a century.
fn span(time: std::time::Duration) -> chrono::TimeDelta {
    chrono::TimeDelta::from_std(time).unwrap_or(chrono::TimeDelta::days(36_500))
}

/// The folder of a table in a lake.
pub fn folder(root: &Path, layer: &str, name: &str) -> PathBuf {
    root.join(layer).join(name)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use arrow::array::Array;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;

    fn file(number: u64) -> DataFile {
        DataFile { path: format!("part-{number}.parquet"), bytes: 1, rows: 1, days: None, keys: None }
    }

    /// How many removed files the checkpoint of a version names.
    fn removed(folder: &Path, version: u64) -> usize {
        let path = folder.join(format!("_delta_log/{version:020}.checkpoint.parquet"));
        let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path).unwrap()).unwrap();
        let batches = reader.build().unwrap().map(Result::unwrap);
        batches
            .map(|batch| {
                let removed = batch.column_by_name("remove").unwrap();
                removed.len() - removed.null_count()
            })
            .sum()
    }

    #[tokio::test]
    async fn a_checkpoint_names_removed_files_as_long_as_they_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let schema: SchemaRef = std::sync::Arc::new(Schema::new(vec![Field::new("a", DataType::Int64, true)]));
        let delta = Delta::new(folder.path().join("table"));
        let mut version = delta.create(&schema, &[file(0)]).await.unwrap();
        let mut number = 0;
        let mut publish_until = async |version: &mut u64, last: u64| {
            while *version < last {
                number += 1;
                *version = delta.commit(*version, None, &[file(number - 1)], &[file(number)]).await.unwrap();
            }
        };
        publish_until(&mut version, 10).await;
        assert_eq!(removed(&delta.folder, 10), 10, "a week is kept where nothing else is said");
        delta.vacuum(Duration::from_secs(1)).await.unwrap();
        version = delta.latest().unwrap().unwrap();
        assert!(version < 20);
        tokio::time::sleep(Duration::from_millis(2100)).await;
        publish_until(&mut version, 20).await;
        assert!(removed(&delta.folder, 20) < 10, "those of more than a second ago are named still");
        // It is said once.
        let before = delta.latest().unwrap();
        let settings = |folder: &Path| {
            let log = std::fs::read_dir(folder.join("_delta_log")).unwrap().map(|entry| entry.unwrap().path());
            let entries = log.filter(|path| path.extension().is_some_and(|kind| kind == "json"));
            entries.filter(|path| std::fs::read_to_string(path).unwrap().contains(REMOVED_ARE_NAMED)).count()
        };
        let told = settings(&delta.folder);
        delta.vacuum(Duration::from_secs(1)).await.unwrap();
        assert_eq!((told, settings(&delta.folder)), (1, 1));
        assert!(delta.latest().unwrap() >= before);
    }
}
