//! Housekeeping: small files of a month become one, and files that no version still kept names are deleted.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use port::{Keep, Optimized, Result, Run};
use retail::day::month_of;

use crate::chapters;
use crate::delta::{self, Delta};
use crate::engine::{Engine, failed};
use crate::lock::Lock;
use crate::manifest::DataFile;
use crate::manifest::{self, Table};
use crate::numbered;
use crate::pack;
use crate::recover;
use crate::run::{DraftTable, LakeRun};

/// A month's files are joined when there are more than this many.
const FILES_A_MONTH: usize = 1;

pub async fn optimize(root: &Path, engine: &Engine, keep: Keep) -> Result<Vec<Optimized>> {
    let Keep { files: keep, runs } = keep;
    let lock = Lock::take(root, Duration::from_secs(30))?;
    let published = || manifest::read(root)?.ok_or_else(|| manifest::none_yet(root));
    let recovered = recover::recover(root, published()?).await?;
    recover::started(root)?;
    // Who has read this manifest may be about to read them.
    let mut chapters = manifest::chapters(root)?;
    let before = recovered.clone();
    let run = LakeRun::new(root.to_owned(), engine.clone(), recovered, lock);
    for (name, table) in &before.tables {
        compact(&run, name, table, runs).await?;
    }
    run.publish(before.state.clone()).await?;
    // Deleting is told in each table's log, which moves its version: until the manifest has it, recovery would.
    recover::started(root)?;
    let mut after = published()?;
    let mut report = Vec::new();
    for (name, table) in &mut after.tables {
        let folder = delta::folder(root, &table.layer, name);
        let delta = Delta::new(folder.clone());
        let files = data_files(&folder);
        delta.vacuum(keep).await?;
        let deleted = files.saturating_sub(data_files(&folder));
        if let Some(version) = delta.latest()? {
            Arc::make_mut(table).version = version;
        }
        report.push(Optimized {
            table: name.clone(),
            files_before: before.tables.get(name).map_or(0, |table| table.files.len() as u64),
            files_after: table.files.len() as u64,
            files_deleted: deleted,
        });
    }
    after.generation += 1;
    manifest::publish(root, &after)?;
    // Each publish adds to the logs: a shop that runs every few seconds would have a million files in a week.
    for (name, table) in &after.tables {
        Delta::new(delta::folder(root, &table.layer, name)).forget(keep).await?;
    }
    pack::remove_retired(root, &after.of_loads(), keep)?;
    chapters.extend(manifest::chapters(root)?);
    chapters::remove_others(root, &chapters, std::time::SystemTime::UNIX_EPOCH)?;
    recover::finished(root)?;
    drop(run);
    Ok(report)
}

fn data_files(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries.flatten().filter(|entry| entry.path().extension().is_some_and(|kind| kind == "parquet")).count() as u64
}

async fn compact(run: &LakeRun, name: &str, table: &Table, runs: u64) -> Result<()> {
    if numbered::is_numbered(&table.layer, &table.schema) {
        let parts = table.files.clone();
        let table = DraftTable { layer: table.layer.clone(), schema: table.schema.clone(), parts };
        if let Some(table) = numbered::compact(run, name, &table, runs).await? {
            run.set_table(name, table);
        }
        return Ok(());
    }
    let mut months: BTreeMap<i32, Vec<DataFile>> = BTreeMap::new();
    for file in &table.files {
        let month = file.days.map_or(0, |(low, _)| month_of(low));
        months.entry(month).or_default().push(file.clone());
    }
    let (scattered, whole): (Vec<Vec<DataFile>>, Vec<Vec<DataFile>>) =
        months.into_values().partition(|parts| parts.len() > FILES_A_MONTH);
    if scattered.is_empty() {
        return Ok(());
    }
    let keys = table.files.iter().any(|file| file.keys.is_some());
    let key = keys
        .then(|| table.schema.fields().iter().map(|f| f.name().as_str()).find(|name| name.ends_with("_id")))
        .flatten();
    let mut writer = run.writer(&table.layer, name, &table.schema, key)?;
    let draft = DraftTable {
        layer: table.layer.clone(),
        schema: table.schema.clone(),
        parts: scattered.into_iter().flatten().collect(),
    };
    let session = run.engine.session();
    let frame = session.read_table(Arc::new(run.provider(name, &draft))).map_err(|e| failed("compact", e))?;
    let mut stream = frame.execute_stream().await.map_err(|e| failed("compact", e))?;
    while let Some(batch) = stream.next().await {
        writer.write(batch.map_err(|e| failed("compact", e))?).await?;
    }
    let mut parts: Vec<DataFile> = whole.into_iter().flatten().collect();
    parts.extend(writer.finish().await?);
    run.set_table(name, DraftTable { parts, ..draft });
    Ok(())
}
