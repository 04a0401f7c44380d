//! A run at work: tables of the next manifest, prepared beside the published one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, SchemaRef};
use async_trait::async_trait;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use port::{Build, Built, Error, Land, Landed, Result, Run};
use retail::day::Day;

use crate::delta::{self, Delta};
use crate::engine::{Engine, failed};
use crate::lock::Lock;
use crate::manifest::{self, LoadFiles, Manifest, Table};
use crate::table::LakeTable;
use crate::write::{Layout, Memory, Part, TableWriter};
use crate::{build, land};

/// Bytes of tables just written that a run keeps in memory for the steps that read them next.
const KEPT_BYTES: i64 = 320 << 20;

pub struct LakeRun {
    pub(crate) root: PathBuf,
    pub(crate) engine: Engine,
    pub(crate) base: Manifest,
    pub(crate) memory: Arc<Memory>,
    draft: Mutex<Draft>,
    _lock: Lock,
}

/// What this run changes.
#[derive(Default)]
struct Draft {
    tables: BTreeMap<String, DraftTable>,
    views: BTreeMap<String, String>,
    dropped: BTreeSet<String>,
    loads: BTreeMap<i64, Option<LoadFiles>>,
}

/// A table as this run leaves it.
#[derive(Debug, Clone)]
pub struct DraftTable {
    pub layer: String,
    pub schema: SchemaRef,
    pub parts: Vec<Part>,
}

impl LakeRun {
    pub fn new(root: PathBuf, engine: Engine, base: Manifest, lock: Lock) -> LakeRun {
        LakeRun { root, engine, base, memory: Memory::new(KEPT_BYTES), draft: Mutex::default(), _lock: lock }
    }

    /// The table as of now: this run's, else the published one.
    pub(crate) fn table(&self, name: &str) -> Option<DraftTable> {
        let draft = self.draft();
        if draft.dropped.contains(name) {
            return None;
        }
        draft.tables.get(name).cloned().or_else(|| self.published(name))
    }

    pub(crate) fn published(&self, name: &str) -> Option<DraftTable> {
        self.base.tables.get(name).map(|table| DraftTable {
            layer: table.layer.clone(),
            schema: table.schema.clone(),
            parts: table.files.iter().map(|file| Part { file: file.clone(), batches: None }).collect(),
        })
    }

    pub(crate) fn set_table(&self, name: &str, table: DraftTable) {
        let mut draft = self.draft();
        draft.dropped.remove(name);
        draft.views.remove(name);
        draft.tables.insert(name.to_owned(), table);
    }

    pub(crate) fn set_view(&self, name: &str, sql: &str) {
        let mut draft = self.draft();
        draft.tables.remove(name);
        if self.base.tables.contains_key(name) {
            draft.dropped.insert(name.to_owned());
        }
        draft.views.insert(name.to_owned(), sql.to_owned());
    }

    pub(crate) fn set_load(&self, load: i64, files: Option<LoadFiles>) {
        self.draft().loads.insert(load, files);
    }

    pub(crate) fn load_files(&self, load: i64) -> Option<LoadFiles> {
        self.draft().loads.get(&load).cloned().unwrap_or_else(|| self.base.loads.get(&load).cloned())
    }

    pub(crate) fn provider(&self, name: &str, table: &DraftTable) -> LakeTable {
        let folder = delta::folder(&self.root, &table.layer, name);
        LakeTable { schema: table.schema.clone(), folder, parts: table.parts.clone() }
    }

    /// A session in which all tables as of now can be read.
    pub(crate) async fn session(&self) -> Result<SessionContext> {
        let session = self.engine.session();
        for name in self.names() {
            if let Some(table) = self.table(&name) {
                let provider = Arc::new(self.provider(&name, &table));
                session.register_table(name.as_str(), provider).map_err(|e| failed("open the tables", e))?;
            }
        }
        let mut views = self.base.views.clone();
        views.extend(self.draft().views.clone());
        build::register_views(&session, &views).await?;
        Ok(session)
    }

    pub(crate) fn writer(&self, layer: &str, name: &str, schema: &SchemaRef, key: Option<&str>) -> Result<TableWriter> {
        let layout = Layout {
            folder: delta::folder(&self.root, layer, name),
            schema: schema.clone(),
            day: Some("day".to_owned()),
            key: key.map(str::to_owned),
        };
        TableWriter::new(layout, self.memory.clone())
    }

    fn names(&self) -> BTreeSet<String> {
        let draft = self.draft();
        self.base
            .tables
            .keys()
            .chain(draft.tables.keys())
            .filter(|name| !draft.dropped.contains(*name))
            .cloned()
            .collect()
    }

    fn draft(&self) -> MutexGuard<'_, Draft> {
        self.draft.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn first_column_days(&self, sql: &str) -> Result<Vec<Day>> {
        let session = self.session().await?;
        let frame = session.sql(sql).await.map_err(|e| failed("find the days", e))?;
        let batches = frame.collect().await.map_err(|e| failed("find the days", e))?;
        let mut days: Vec<Day> =
            batches.iter().flat_map(|batch| batch.column(0).as_primitive::<Date32Type>().iter().flatten()).collect();
        days.sort_unstable();
        Ok(days)
    }

    /// Brings one Delta table to where the draft has it; its new entry.
    async fn commit(&self, name: &str, table: &DraftTable) -> Result<Option<Table>> {
        let delta = Delta::new(delta::folder(&self.root, &table.layer, name));
        let files: Vec<_> = table.parts.iter().map(|part| part.file.clone()).collect();
        let entry =
            |version| Table { layer: table.layer.clone(), version, schema: table.schema.clone(), files: files.clone() };
        let Some(base) = self.base.tables.get(name).filter(|base| base.layer == table.layer) else {
            let version = delta.create(&table.schema, &files).await?;
            return Ok(Some(entry(version)));
        };
        let known: BTreeSet<&str> = base.files.iter().map(|file| file.path.as_str()).collect();
        let kept: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        let removed: Vec<_> = base.files.iter().filter(|file| !kept.contains(file.path.as_str())).cloned().collect();
        let added: Vec<_> = files.iter().filter(|file| !known.contains(file.path.as_str())).cloned().collect();
        let schema = (base.schema != table.schema).then_some(&table.schema);
        if removed.is_empty() && added.is_empty() && schema.is_none() {
            return Ok(None);
        }
        let version = delta.commit(base.version, schema, &removed, &added).await?;
        Ok(Some(entry(version)))
    }
}

#[async_trait]
impl Run for LakeRun {
    async fn land(&self, request: Land) -> Result<Landed> {
        land::land(self, request).await
    }

    async fn build(&self, step: Build) -> Result<Built> {
        build::build(self, step).await
    }

    async fn days_with(&self, table: &str, column: &str, values: &ArrayRef) -> Result<Option<Vec<Day>>> {
        build::days_with(self, table, column, values).await
    }

    async fn days(&self, table: &str) -> Result<Vec<Day>> {
        match self.table(table) {
            Some(found) if found.schema.index_of("day").is_ok() => {
                let name = table.replace('"', "\"\"");
                self.first_column_days(&format!("select distinct day from \"{name}\" where day is not null")).await
            }
            _ => Ok(Vec::new()),
        }
    }

    async fn offending(&self, sql: &str, limit: usize, within: Option<(&str, &[Day])>) -> Result<(u64, Vec<String>)> {
        let session = self.session().await?;
        if let Some((name, days)) = within {
            build::limit(self, &session, name, "day", days)?;
        }
        let frame = session.sql(sql).await.map_err(|e| failed("run the check", e))?;
        let mut stream = frame.execute_stream().await.map_err(|e| failed("run the check", e))?;
        let (mut count, mut rows) = (0, Vec::new());
        while let Some(batch) = stream.next().await {
            let batch = batch.map_err(|e| failed("run the check", e))?;
            count += batch.num_rows() as u64;
            let shown = batch.slice(0, batch.num_rows().min(limit.saturating_sub(rows.len())));
            rows.extend(build::json_rows(&shown)?);
        }
        Ok((count, rows))
    }

    async fn revert(&self, table: &str) -> Result<()> {
        let mut draft = self.draft();
        draft.tables.remove(table);
        draft.views.remove(table);
        draft.dropped.remove(table);
        Ok(())
    }

    async fn drop_table(&self, name: &str) -> Result<()> {
        let mut draft = self.draft();
        draft.tables.remove(name);
        draft.views.remove(name);
        draft.dropped.insert(name.to_owned());
        Ok(())
    }

    async fn put(&self, table: &str, rows: RecordBatch, append: bool) -> Result<()> {
        let layer = "wharf";
        let mut parts = match self.table(table) {
            Some(old) if append && old.schema == rows.schema() => old.parts,
            _ => Vec::new(),
        };
        let mut writer = self.writer(layer, table, &rows.schema(), None)?;
        let schema = rows.schema();
        if rows.num_rows() > 0 {
            writer.write(rows).await?;
        }
        parts.extend(writer.finish().await?);
        self.set_table(table, DraftTable { layer: layer.to_owned(), schema, parts });
        Ok(())
    }

    async fn publish(&self, state: String) -> Result<()> {
        let (tables, views, dropped, loads) = {
            let mut draft = self.draft();
            let draft = std::mem::take(&mut *draft);
            (draft.tables, draft.views, draft.dropped, draft.loads)
        };
        crate::recover::flush(&self.root)?;
        let mut next = self.base.clone();
        next.format = manifest::FORMAT;
        next.generation += 1;
        next.state = state;
        let commits = tables.iter().map(|(name, table)| async move {
            let committed = self.commit(name, table).await?;
            port::fault::reach("commit");
            Ok::<_, Error>((name.clone(), committed))
        });
        // One after another a commit is a small write each; at once they wait for each other's answers no longer.
        for done in futures::future::join_all(commits).await {
            if let (name, Some(table)) = done? {
                next.views.remove(&name);
                next.tables.insert(name, Arc::new(table));
            }
        }
        let mut gone = Vec::new();
        for name in dropped {
            gone.extend(next.tables.remove(&name).map(|table| delta::folder(&self.root, &table.layer, &name)));
            next.views.remove(&name);
        }
        next.views.extend(views);
        for (load, files) in loads {
            match files {
                Some(files) => next.loads.insert(load, files),
                None => next.loads.remove(&load),
            };
        }
        port::fault::reach("manifest");
        manifest::publish(&self.root, &next)?;
        port::fault::reach("published");
        for folder in gone {
            // Recovery removes it too, were the process to stop here.
            std::fs::remove_dir_all(&folder).map_err(|error| Error::io("remove", &folder, error))?;
        }
        crate::recover::finished(&self.root)
    }
}

/// Distinct, non-null texts.
pub fn texts(values: &ArrayRef) -> Vec<String> {
    let values = values.as_string_view();
    let distinct: BTreeSet<&str> = values.iter().flatten().collect();
    distinct.into_iter().map(str::to_owned).collect()
}
