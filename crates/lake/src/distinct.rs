//! Whether rows differ in some columns, told by their hashes: a fraction of the work of grouping them. Equal rows have equal
//! hashes, so rows without an equal hash are distinct for certain; where two hashes are equal a query has to tell why.

use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::Column;
use datafusion::logical_expr::Expr;
use futures::StreamExt;
use port::{Error, Result};

use crate::digest::row_hashes;
use crate::engine::{ahead, failed};
use crate::run::{DraftTable, LakeRun};

/// Hashes held at once, 8 bytes each. Tables of more rows are left to queries, which can go to the disk.
const MOST_ROWS: u64 = 16 << 20;

/// True: no two rows of `table` have the same values in `columns`. False: not known.
pub async fn are_distinct(run: &LakeRun, table: &str, columns: &[String]) -> Result<bool> {
    let Some(found) = run.table(table) else { return Ok(false) };
    if columns.is_empty() || !columns.iter().all(|column| equals_by_bits(&found.schema, column)) {
        return Ok(false);
    }
    // Rows of different days differ, where the day is one of the columns.
    let slices = if columns.iter().any(|column| column == "day") { run.slices(table) } else { vec![None] };
    for slice in slices {
        if !rows_differ(run, table, &slice.unwrap_or_else(|| found.clone()), columns).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Types of which equal values have equal bits; of a number with a point, 0 has two forms.
fn equals_by_bits(schema: &SchemaRef, column: &str) -> bool {
    use DataType::{Boolean, Date32, Decimal128, Int64, Timestamp, Utf8View};
    let kind = schema.field_with_name(column).map(|field| field.data_type());
    matches!(kind, Ok(Boolean | Date32 | Decimal128(..) | Int64 | Timestamp(..) | Utf8View))
}

async fn rows_differ(run: &LakeRun, name: &str, table: &DraftTable, columns: &[String]) -> Result<bool> {
    let rows: u64 = table.parts.iter().map(|part| part.rows).sum();
    if rows > MOST_ROWS {
        return Ok(false);
    }
    let doing = format!("compare the rows of {name}");
    let frame = run
        .engine
        .session()
        .read_table(Arc::new(run.provider(name, table)))
        .and_then(|frame| {
            frame.select(columns.iter().map(|column| Expr::Column(Column::from_name(column))).collect::<Vec<_>>())
        })
        .map_err(|error| failed(&doing, error))?;
    let mut batches = ahead(frame);
    let mut hashes: Vec<u64> = Vec::with_capacity(rows as usize);
    while let Some(batch) = batches.next().await {
        let batch = batch.map_err(|error| failed(&doing, error))?;
        hashes.extend(row_hashes(batch.columns(), 0)?);
    }
    let sorted = tokio::task::spawn_blocking(move || {
        hashes.sort_unstable();
        hashes
    });
    let hashes = sorted.await.map_err(|error| Error::internal(error.to_string()))?;
    Ok(hashes.windows(2).all(|pair| pair[0] != pair[1]))
}
