//! Staging queries: from landed rows, or from other staging tables, to files in the shape a staging table must have.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{Expr, cast, col, lit, when};
use datafusion::prelude::{SessionContext, concat, substr};
use futures::StreamExt;
use port::{Error, Land, Result, Staging};
use retail::day::Day;

use super::convert;
use crate::digest::{Contents, Reader};
use crate::engine::{ahead, failed, planned};
use crate::manifest::DataFile;
use crate::run::LakeRun;

/// The query of a staging table, in the columns and types that the table must have.
pub async fn plan(session: &SessionContext, staging: &Staging, request: &Land) -> Result<DataFrame> {
    let id_prefix = request.source.id_prefix.as_str();
    let doing = format!("plan staging {}", staging.name);
    strip_prefix(session, staging, id_prefix).await?;
    let frame = planned(session, &staging.sql).await.map_err(|e| failed(&doing, e).within(&staging.name))?;
    let given: Vec<String> = frame.schema().fields().iter().map(|field| field.name().clone()).collect();
    promised(staging, &given)?;
    let mut columns = Vec::new();
    let mut one_currency = false;
    for field in staging.schema.fields().iter().filter(|field| !convert::is_filled(staging, field.name())) {
        // All that is promised is there.
        let Some(at) = given.iter().position(|name| name == field.name()) else { continue };
        let (qualifier, from) = frame.schema().qualified_field(at);
        let mut column = Expr::Column(datafusion::common::Column::new(qualifier.cloned(), from.name()));
        if field.name() == "currency" && *from.data_type() == DataType::Null {
            one_currency = true;
            column = convert::usual_currency(request);
        } else if from.data_type() != field.data_type() {
            column = cast(column, field.data_type().clone());
        }
        if !id_prefix.is_empty() && is_id(field.name()) {
            column = with_prefix(column, id_prefix).map_err(|e| failed(&doing, e))?;
        }
        columns.push(column.alias(field.name()));
    }
    let frame = frame.select(columns).map_err(|e| failed(&doing, e))?;
    convert::into_reporting(frame, request, staging, one_currency)
}

/// Whether a staging query gives the columns that its table must have, and no other.
pub fn promised(staging: &Staging, given: &[String]) -> Result<()> {
    if let Some(extra) = given.iter().find(|name| staging.schema.index_of(name).is_err()) {
        return Err(Error::config(format!("staging {} has no column {extra}", staging.name))
            .advise("its columns are listed in docs/presets.md; leave this one out, or add it to a model"));
    }
    let mut needed = staging.schema.fields().iter().filter(|field| !convert::is_filled(staging, field.name()));
    match needed.find(|field| !given.contains(field.name())) {
        None => Ok(()),
        Some(field) => Err(Error::config(format!("staging {} lacks the column {}", staging.name, field.name()))
            .advise("select it, or `null as` it where the source has nothing")),
    }
}

/// Columns that carry the source's prefix.
pub fn is_id(name: &str) -> bool {
    matches!(name, "order_id" | "customer_id" | "product_id")
}

fn with_prefix(id: Expr, prefix: &str) -> datafusion::common::Result<Expr> {
    let nothing = lit(ScalarValue::Utf8View(None));
    when(id.clone().is_null(), nothing).otherwise(cast(concat(vec![lit(prefix), id]), DataType::Utf8View))
}

/// Staging queries never see the prefix: staging tables that they read are shown without it.
async fn strip_prefix(session: &SessionContext, staging: &Staging, prefix: &str) -> Result<()> {
    if prefix.is_empty() {
        return Ok(());
    }
    let doing = format!("plan staging {}", staging.name);
    let tables = staging.inputs.iter().filter(|input| retail::staging::table(input).is_some());
    for table in tables {
        let frame = session.table(table.as_str()).await.map_err(|e| failed(&doing, e))?;
        let from = lit(prefix.chars().count() as i64 + 1);
        let columns = frame.schema().fields().iter().map(|field| match is_id(field.name()) {
            true => cast(substr(col(field.name()), from.clone()), DataType::Utf8View).alias(field.name()),
            false => col(field.name()),
        });
        let columns: Vec<Expr> = columns.collect();
        let view = frame.select(columns).map_err(|e| failed(&doing, e))?.into_view();
        session.deregister_table(table.as_str()).map_err(|e| failed(&doing, e))?;
        session.register_table(table.as_str(), view).map_err(|e| failed(&doing, e))?;
    }
    Ok(())
}

/// What a staging query gave.
pub struct Staged {
    pub parts: Vec<DataFile>,
    pub contents: Contents,
    pub days: BTreeSet<Day>,
}

/// Runs a staging query into new files.
pub async fn stage(run: &LakeRun, frame: DataFrame, staging: &Staging, digest: bool) -> Result<Staged> {
    let doing = format!("make staging {}", staging.name);
    let mut writer = run.writer("staging", &staging.name, &staging.schema, staging.unique_key.as_deref())?;
    let reader = Reader::new(&staging.schema, Some("day"), staging.unique_key.as_deref());
    let (mut contents, mut days) = (Contents::default(), BTreeSet::new());
    let day = day_index(staging);
    let mut stream = ahead(frame);
    while let Some(batch) = stream.next().await {
        let batch = typed(batch.map_err(|e| failed(&doing, e))?, &staging.schema)?;
        let mut last = None;
        for day in day.iter().flat_map(|at| batch.column(*at).as_primitive::<Date32Type>().iter().flatten()) {
            if last.replace(day) != Some(day) {
                days.insert(day);
            }
        }
        if digest {
            reader.take(&mut contents, &batch)?;
        }
        writer.write(batch).await?;
    }
    Ok(Staged { parts: writer.finish().await?, contents, days })
}

/// Where a staging table has its day.
pub fn day_index(staging: &Staging) -> Option<usize> {
    let (index, field) = staging.schema.column_with_name("day")?;
    (*field.data_type() == DataType::Date32).then_some(index)
}

/// All rows that parts hold.
pub async fn rows_of(run: &LakeRun, name: &str, schema: &SchemaRef, parts: Vec<DataFile>) -> Result<Vec<RecordBatch>> {
    let table = crate::run::DraftTable { layer: "staging".to_owned(), schema: schema.clone(), parts };
    let session = run.engine.session();
    let frame = session.read_table(Arc::new(run.provider(name, &table))).map_err(|e| failed("read staging", e))?;
    frame.collect().await.map_err(|e| failed("read staging", e))
}

/// What parts hold, a file at a time, so that files which say the same as new ones can be kept.
pub async fn contents_of(run: &LakeRun, staging: &Staging, parts: &[DataFile]) -> Result<Contents> {
    let reader = Reader::new(&staging.schema, Some("day"), staging.unique_key.as_deref());
    let mut contents = Contents::default();
    let table =
        crate::run::DraftTable { layer: "staging".to_owned(), schema: staging.schema.clone(), parts: parts.to_vec() };
    let session = run.engine.session();
    let frame = session.read_table(Arc::new(run.provider(&staging.name, &table))).map_err(|e| failed("compare", e))?;
    let mut stream = ahead(frame);
    while let Some(batch) = stream.next().await {
        reader.take(&mut contents, &batch.map_err(|e| failed("compare", e))?)?;
    }
    Ok(contents)
}

pub fn typed(batch: RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    RecordBatch::try_new(schema.clone(), batch.columns().to_vec()).map_err(|e| Error::internal(e.to_string()))
}
