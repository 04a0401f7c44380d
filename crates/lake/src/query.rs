//! Read-only SQL over the published tables.

use std::path::Path;
use std::sync::Arc;

use arrow::compute::concat_batches;
use datafusion::datasource::MemTable;
use datafusion::execution::context::SQLOptions;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use port::{Answer, Error, Result, TableInfo};

use crate::build;
use crate::delta;
use crate::engine::{Engine, failed};
use crate::land::fates::{self, Fates};
use crate::manifest::Manifest;
use crate::pack;
use crate::table::LakeTable;

/// The table made from fate files, on demand.
const FATES: &str = "fates";

pub async fn query(root: &Path, engine: &Engine, manifest: &Manifest, sql: &str) -> Result<Answer> {
    let session = session(root, engine, manifest).await?;
    if sql.to_lowercase().contains(FATES) {
        register_fates(root, &session, manifest)?;
    }
    answer(&session, sql).await
}

/// A read-only statement's rows.
pub async fn answer(session: &SessionContext, sql: &str) -> Result<Answer> {
    let only_queries = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let frame = session.sql_with_options(sql, only_queries).await.map_err(|error| failed("run the query", error))?;
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let rows = frame.execute_stream().await.map_err(|error| failed("run the query", error))?;
    let rows = rows.map(|batch| batch.map_err(|error| failed("run the query", error))).boxed();
    Ok(Answer { schema, rows })
}

pub async fn tables(root: &Path, engine: &Engine, manifest: &Manifest) -> Result<Vec<TableInfo>> {
    let session = session(root, engine, manifest).await?;
    let mut tables: Vec<TableInfo> = manifest
        .tables
        .iter()
        .map(|(name, table)| TableInfo {
            name: name.clone(),
            layer: table.layer.clone(),
            schema: table.schema.clone(),
            rows: table.rows(),
            files: table.files.len() as u64,
            bytes: table.files.iter().map(|file| file.bytes).sum(),
        })
        .collect();
    for name in manifest.views.keys() {
        let doing = format!("count the rows of {name}");
        let view = session.table(name.as_str()).await.map_err(|e| failed(&doing, e))?;
        let schema = Arc::new(view.schema().as_arrow().clone());
        let rows = view.count().await.map_err(|e| failed(&doing, e))? as u64;
        tables.push(TableInfo { name: name.clone(), layer: "marts".to_owned(), schema, rows, files: 0, bytes: 0 });
    }
    let layer = |layer: &str| ["staging", "marts", "insight", "wharf"].iter().position(|known| *known == layer);
    tables.sort_by(|a, b| (layer(&a.layer), &a.name).cmp(&(layer(&b.layer), &b.name)));
    tables.extend(fates_info(root, manifest)?);
    Ok(tables)
}

/// The fates as a table, where there are any.
fn fates_info(root: &Path, manifest: &Manifest) -> Result<Option<TableInfo>> {
    let mut rows: u64 = pack::loads(&pack::open(root, &manifest.packs)?)?.iter().map(|(_, rows)| rows).sum();
    let mut bytes: u64 = manifest.packs.iter().map(|pack| pack.bytes).sum();
    for files in manifest.loads.values() {
        let path = pack::folder(root).join(&files.fates);
        bytes += std::fs::metadata(&path).map(|about| about.len()).unwrap_or(0);
        rows += if files.rows > 0 { files.rows } else { Fates::read(&path)?.rows() };
    }
    let files = (manifest.packs.len() + manifest.loads.len()) as u64;
    let info = TableInfo {
        name: FATES.to_owned(),
        layer: "wharf".to_owned(),
        schema: fates::table_schema(),
        rows,
        files,
        bytes,
    };
    Ok((files > 0).then_some(info))
}

/// A session in which all published tables can be read.
pub async fn session(root: &Path, engine: &Engine, manifest: &Manifest) -> Result<SessionContext> {
    let session = engine.session();
    for (name, table) in &manifest.tables {
        let parts = table.files.clone();
        let folder = delta::folder(root, &table.layer, name);
        let provider = LakeTable { schema: table.schema.clone(), folder, parts };
        session.register_table(name.as_str(), Arc::new(provider)).map_err(|e| failed("open the tables", e))?;
    }
    build::register_views(&session, &manifest.views).await?;
    Ok(session)
}

/// Rows in a batch of the fates table, about: loads may have few each.
const BATCH: usize = 8192;

fn register_fates(root: &Path, session: &SessionContext, manifest: &Manifest) -> Result<()> {
    let packs = pack::open(root, &manifest.packs)?;
    let loose = manifest.loads.iter();
    let loose =
        loose.map(|(load, files)| Ok::<_, Error>((*load, Fates::read(&pack::folder(root).join(&files.fates))?)));
    let schema = fates::table_schema();
    let (mut batches, mut few, mut rows) = (Vec::new(), Vec::new(), 0);
    let mut join = |few: &mut Vec<_>| {
        batches.push(concat_batches(&schema, few.iter()).map_err(|error| Error::internal(error.to_string()))?);
        few.clear();
        Ok::<_, Error>(())
    };
    for fates in pack::all_fates(&packs).chain(loose) {
        let (load, fates) = fates?;
        few.push(fates.table(load)?);
        rows += fates.rows() as usize;
        if rows >= BATCH {
            join(&mut few)?;
            rows = 0;
        }
    }
    join(&mut few)?;
    let table = MemTable::try_new(schema.clone(), vec![batches]).map_err(|e| failed("open fates", e))?;
    session.register_table(FATES, Arc::new(table)).map_err(|e| failed("open fates", e))?;
    Ok(())
}
