//! A run at work: tables of the next manifest, prepared beside the published one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, SchemaRef};
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use futures::future::BoxFuture;
use port::{Among, Answer, Build, Built, Error, Land, Landed, Put, Result, Run, Saved, Volume};
use retail::day::{Day, month_of};

use crate::delta::{self, Delta};
use crate::digest::Digest;
use crate::engine::{Engine, ahead, failed, planned};
use crate::flush::Behind;
use crate::lock::Lock;
use crate::manifest::{self, DataFile, LoadFiles, Manifest, Table};
use crate::table::LakeTable;
use crate::write::{Allowance, Layout, TableWriter};
use crate::{build, land, pack};

/// Rows of a table that are worked on at once, where its days can be taken apart: what is grouped then fits the cache.
const SLICE_ROWS: u64 = 1 << 20;

pub struct LakeRun {
    pub(crate) root: PathBuf,
    pub(crate) engine: Engine,
    pub(crate) base: Manifest,
    pub(crate) allowance: Arc<Allowance>,
    draft: Mutex<Draft>,
    _lock: Lock,
}

/// What this run changes.
#[derive(Default)]
struct Draft {
    tables: BTreeMap<String, DraftTable>,
    views: BTreeMap<String, String>,
    dropped: BTreeSet<String>,
    /// Of `tables` that were made whole, what is in them.
    digests: BTreeMap<String, Digest>,
    /// Where fates and units are from now on.
    packs: Option<Vec<pack::Named>>,
}

/// A table as this run leaves it.
#[derive(Debug, Clone)]
pub struct DraftTable {
    pub layer: String,
    pub schema: SchemaRef,
    pub parts: Vec<DataFile>,
}

impl LakeRun {
    pub fn new(root: PathBuf, engine: Engine, base: Manifest, lock: Lock) -> LakeRun {
        let allowance = Allowance::new(engine.threads(), Behind::new(root.clone()));
        LakeRun { root, engine, base, allowance, draft: Mutex::default(), _lock: lock }
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
            parts: table.files.clone(),
        })
    }

    pub(crate) fn set_table(&self, name: &str, table: DraftTable) {
        let mut draft = self.draft();
        draft.dropped.remove(name);
        draft.views.remove(name);
        draft.digests.remove(name);
        draft.tables.insert(name.to_owned(), table);
    }

    /// A table made whole, and what is in it: a run that makes the same again need not read it.
    pub(crate) fn set_whole(&self, name: &str, table: DraftTable, digest: Digest) {
        self.set_table(name, table);
        self.draft().digests.insert(name.to_owned(), digest);
    }

    /// What is in the table as of now, where that is known.
    pub(crate) fn digest(&self, name: &str) -> Option<Digest> {
        let draft = self.draft();
        match draft.tables.contains_key(name) {
            true => draft.digests.get(name).copied(),
            false => self.base.tables.get(name)?.digest,
        }
    }

    pub(crate) fn set_view(&self, name: &str, sql: &str) {
        let mut draft = self.draft();
        draft.tables.remove(name);
        if self.base.tables.contains_key(name) {
            draft.dropped.insert(name.to_owned());
        }
        draft.views.insert(name.to_owned(), sql.to_owned());
    }

    pub(crate) fn set_packs(&self, packs: Vec<pack::Named>) {
        self.draft().packs = Some(packs);
    }

    /// Packs as of now.
    pub(crate) fn packs(&self) -> Vec<pack::Named> {
        self.draft().packs.clone().unwrap_or_else(|| self.base.packs.clone())
    }

    /// Files of loads that are not in packs yet.
    pub(crate) fn loose(&self) -> &BTreeMap<i64, LoadFiles> {
        &self.base.loads
    }

    pub(crate) fn provider(&self, name: &str, table: &DraftTable) -> LakeTable {
        let folder = delta::folder(&self.root, &table.layer, name);
        LakeTable { schema: table.schema.clone(), folder, parts: table.parts.clone() }
    }

    /// A session in which all tables as of now can be read.
    pub(crate) async fn session(&self) -> Result<SessionContext> {
        self.session_beside(1).await
    }

    pub(crate) async fn session_beside(&self, others: usize) -> Result<SessionContext> {
        let session = self.engine.session_beside(others);
        for name in self.names() {
            if let Some(table) = self.table(&name) {
                let provider = Arc::new(self.provider(&name, &table));
                session.register_table(name.as_str(), provider).map_err(|e| failed("open the tables", e))?;
            }
        }
        let views = {
            let draft = self.draft();
            let gave_way = |name: &String| draft.tables.contains_key(name) || draft.dropped.contains(name);
            let mut views = self.base.views.clone();
            views.retain(|name, _| !gave_way(name));
            views.extend(draft.views.clone());
            views
        };
        build::register_views(&session, &views).await?;
        Ok(session)
    }

    /// Puts other contents in the place of a session's table.
    pub(crate) fn register(&self, session: &SessionContext, name: &str, table: &DraftTable) -> Result<()> {
        session.deregister_table(name).map_err(|e| failed("open the tables", e))?;
        let provider = Arc::new(self.provider(name, table));
        session.register_table(name, provider).map_err(|e| failed("open the tables", e))?;
        Ok(())
    }

    /// A table a few months at a time, no day in two slices; `None` stands for all of it.
    pub(crate) fn slices(&self, name: &str) -> Vec<Option<DraftTable>> {
        let Some(table) = self.table(name) else { return vec![None] };
        let mut months: BTreeMap<Option<Day>, Vec<DataFile>> = BTreeMap::new();
        for part in &table.parts {
            let month = part.days.map(|(low, high)| (month_of(low), month_of(high)));
            if month.is_some_and(|(low, high)| low != high) {
                return vec![None];
            }
            months.entry(month.map(|(low, _)| low)).or_default().push(part.clone());
        }
        let mut slices: Vec<Vec<DataFile>> = Vec::new();
        let rows = |parts: &[DataFile]| parts.iter().map(|part| part.rows).sum::<u64>();
        for parts in months.into_values() {
            match slices.last_mut() {
                Some(last) if rows(last) + rows(&parts) <= SLICE_ROWS => last.extend(parts),
                _ => slices.push(parts),
            }
        }
        if slices.len() < 2 {
            return vec![None];
        }
        slices.into_iter().map(|parts| Some(DraftTable { parts, ..table.clone() })).collect()
    }

    pub(crate) fn writer(&self, layer: &str, name: &str, schema: &SchemaRef, key: Option<&str>) -> Result<TableWriter> {
        let layout = Layout {
            folder: delta::folder(&self.root, layer, name),
            schema: schema.clone(),
            day: Some("day".to_owned()),
            key: key.map(str::to_owned),
        };
        TableWriter::new(layout, self.allowance.clone())
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

    /// Of a manifest's tables, and of those files that are new in it.
    fn volume(&self, next: &Manifest) -> Volume {
        let mut volume = Volume::default();
        for (name, table) in &next.tables {
            let before = self.base.tables.get(name);
            let known: BTreeSet<&str> = match before {
                Some(before) if Arc::ptr_eq(before, table) => BTreeSet::new(),
                before => before.iter().flat_map(|before| &before.files).map(|file| file.path.as_str()).collect(),
            };
            let is_other = before.is_none_or(|before| !Arc::ptr_eq(before, table));
            for file in &table.files {
                volume.live += file.bytes;
                volume.written += if is_other && !known.contains(file.path.as_str()) { file.bytes } else { 0 };
            }
        }
        volume
    }

    /// Brings one Delta table to where the draft has it; its new entry.
    async fn commit(&self, name: &str, table: &DraftTable) -> Result<Option<Table>> {
        let delta = Delta::new(delta::folder(&self.root, &table.layer, name));
        let files = table.parts.clone();
        let entry = |version| {
            let (layer, schema) = (table.layer.clone(), table.schema.clone());
            Table { layer, version, schema, files: files.clone(), digest: None }
        };
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

impl Run for LakeRun {
    fn land(&self, request: Land) -> BoxFuture<'_, Result<Landed>> {
        Box::pin(land::land(self, request))
    }

    fn build(&self, step: Build) -> BoxFuture<'_, Result<Built>> {
        Box::pin(build::build(self, step))
    }

    fn query<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<Answer>> {
        Box::pin(async move { crate::query::answer(&self.session().await?, sql).await })
    }

    fn store<'a>(&'a self, table: &'a str, layer: &'a str, rows: RecordBatch) -> BoxFuture<'a, Result<Built>> {
        Box::pin(build::store(self, table, layer, rows))
    }

    fn days_with<'a>(
        &'a self,
        table: &'a str,
        column: &'a str,
        values: &'a ArrayRef,
    ) -> BoxFuture<'a, Result<Option<Vec<Day>>>> {
        Box::pin(build::days_with(self, table, column, values))
    }

    fn days<'a>(&'a self, table: &'a str) -> BoxFuture<'a, Result<Vec<Day>>> {
        Box::pin(async move {
            match self.table(table) {
                Some(found) if found.schema.index_of("day").is_ok() => {
                    let name = table.replace('"', "\"\"");
                    self.first_column_days(&format!("select distinct day from \"{name}\" where day is not null")).await
                }
                _ => Ok(Vec::new()),
            }
        })
    }

    fn offending<'a>(
        &'a self,
        sql: &'a str,
        limit: usize,
        among: Among<'a>,
    ) -> BoxFuture<'a, Result<(u64, Vec<String>)>> {
        Box::pin(async move {
            let slices = match among {
                Among::EachDayOf(table) => self.slices(table),
                _ => vec![None],
            };
            let (mut count, mut rows) = (0, Vec::new());
            for slice in slices {
                let session = self.session().await?;
                match (&among, slice) {
                    (Among::Days(table, days), _) => build::limit(&session, table, "day", days).await?,
                    (Among::EachDayOf(table), Some(slice)) => self.register(&session, table, &slice)?,
                    _ => {}
                }
                let mut stream = ahead(planned(&session, sql).await.map_err(|e| failed("run the check", e))?);
                while let Some(batch) = stream.next().await {
                    let batch = batch.map_err(|e| failed("run the check", e))?;
                    count += batch.num_rows() as u64;
                    let shown = batch.slice(0, batch.num_rows().min(limit.saturating_sub(rows.len())));
                    rows.extend(build::json_rows(&shown)?);
                }
            }
            Ok((count, rows))
        })
    }

    fn are_distinct<'a>(&'a self, table: &'a str, columns: &'a [String]) -> BoxFuture<'a, Result<bool>> {
        Box::pin(crate::distinct::are_distinct(self, table, columns))
    }

    fn revert<'a>(&'a self, table: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut draft = self.draft();
            draft.tables.remove(table);
            draft.views.remove(table);
            draft.dropped.remove(table);
            Ok(())
        })
    }

    fn failed(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            crate::recover::ended(&self.root);
        })
    }

    fn drop_table<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut draft = self.draft();
            draft.tables.remove(name);
            draft.views.remove(name);
            draft.dropped.insert(name.to_owned());
            Ok(())
        })
    }

    fn put<'a>(&'a self, table: &'a str, rows: RecordBatch, how: Put<'a>) -> BoxFuture<'a, Result<bool>> {
        Box::pin(crate::numbered::put(self, table, rows, how))
    }

    fn publish(&self, state: Saved) -> BoxFuture<'_, Result<Volume>> {
        Box::pin(async move {
            let Draft { tables, views, dropped, digests, packs } = std::mem::take(&mut *self.draft());
            self.allowance.disk.settle()?;
            let mut next = self.base.clone();
            next.generation += 1;
            next.state = state;
            let mut gone = Vec::new();
            let commits = tables.iter().map(|(name, table)| async move {
                let committed = self.commit(name, table).await?;
                port::fault::reach("commit");
                Ok::<_, Error>((name.clone(), committed))
            });
            // One after another a commit is a small write each; at once they wait for each other's answers no longer.
            for done in futures::future::join_all(commits).await {
                if let (name, Some(mut table)) = done? {
                    table.digest = digests.get(&name).copied();
                    next.views.remove(&name);
                    let layer = table.layer.clone();
                    let before = next.tables.insert(name.clone(), Arc::new(table));
                    // A table of another layer lies in another folder.
                    let moved = before.filter(|before| before.layer != layer);
                    gone.extend(moved.map(|before| delta::folder(&self.root, &before.layer, &name)));
                }
            }
            for name in dropped {
                gone.extend(next.tables.remove(&name).map(|table| delta::folder(&self.root, &table.layer, &name)));
                next.views.remove(&name);
            }
            next.views.extend(views);
            if let Some(packs) = packs {
                next.packs = packs;
                next.loads.clear();
            }
            port::fault::reach("manifest");
            manifest::publish(&self.root, &next)?;
            port::fault::reach("published");
            pack::retire(&self.root, self.base.packs.iter().filter(|pack| !next.packs.contains(pack)));
            for folder in gone {
                // Recovery removes it too, were the process to stop here.
                std::fs::remove_dir_all(&folder).map_err(|error| Error::io("remove", &folder, error))?;
            }
            crate::recover::finished(&self.root)?;
            Ok(self.volume(&next))
        })
    }
}

/// Distinct, non-null texts.
pub fn texts(values: &ArrayRef) -> Vec<String> {
    let values = values.as_string_view();
    let distinct: BTreeSet<&str> = values.iter().flatten().collect();
    distinct.into_iter().map(str::to_owned).collect()
}
