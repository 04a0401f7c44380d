//! Building a model inside the server: its query's rows in place of the days it was asked for.

use arrow::array::RecordBatch;
use port::{Build, Built, Result};
use retail::day::Day;

use super::columns::{Column, names};
use super::draft::{Draft, Table, day_rows, next, on_days};
use super::work::Work;

pub async fn build(work: &mut Work, step: &Build) -> Result<Built> {
    let doing = format!("run {}", step.model);
    if step.view {
        let statement = work.session.prepare(&doing, &step.sql).await?;
        let table = Table { layer: step.layer.clone(), columns: Column::of_statement(&statement)? };
        work.set(&step.model, Draft::View { table, sql: step.sql.clone() }).await?;
        return Ok(Built { changed: true, ..Built::default() });
    }
    let days = step.days.as_deref().zip(step.time_column.as_deref());
    let mut limited = Vec::new();
    if let Some((days, column)) = days {
        let mut needed: Vec<Day> = days.iter().flat_map(|day| *day - step.lookback as Day..=*day).collect();
        needed.sort_unstable();
        needed.dedup();
        for driving in &step.driving {
            if work.limit(driving, column, &needed).await? {
                limited.push(driving);
            }
        }
    }
    // Also where nothing but these days was read: a row of another day would stand beside those that are kept.
    let only = days.map(|(days, column)| on_days(column, days));
    let (table, rows) = work.make(&step.model, &step.layer, &step.sql, only.as_deref(), &doing).await?;
    for driving in limited {
        work.unlimit(driving).await?;
    }
    let Some((days, column)) = days else {
        let key = match step.grain.as_slice() {
            [key] => table.column(key).map(|_| key.as_str()),
            _ => None,
        };
        return replaced(work, &step.model, table, rows, step.time_column.as_deref(), key).await;
    };
    let built = Built { rows, days: Some(days.to_vec()), changed: true };
    if work.replaceable(&table, &step.model) && !days.is_empty() {
        work.set_some(&step.model, table, column, &day_rows(days, column)?, &doing).await?;
    } else {
        work.set(&step.model, Draft::Whole(table)).await?;
    }
    Ok(built)
}

/// Rows made elsewhere in place of a table's.
pub async fn store(work: &mut Work, name: &str, layer: &str, rows: &RecordBatch) -> Result<Built> {
    let doing = format!("store {name}");
    let columns = Column::of_schema(&rows.schema())?;
    let table = Table { layer: layer.to_owned(), columns };
    let empty: Vec<String> = table.columns.iter().map(|column| column.cast("null")).collect();
    work.keep(name, &format!("select {} where false", empty.join(", ")), &doing).await?;
    let into = work.session.place.table(&next(name));
    let stored = work.session.copy(&doing, &into, &names(&table.columns), std::slice::from_ref(rows)).await?;
    replaced(work, name, table, stored, None, None).await
}

/// All rows of a table were made anew.
async fn replaced(
    work: &mut Work,
    name: &str,
    table: Table,
    rows: u64,
    time_column: Option<&str>,
    key: Option<&str>,
) -> Result<Built> {
    let has_day = time_column == Some("day") && table.day().is_some();
    let changed = work.replace(name, table, key).await?;
    let days = match &changed {
        Some(changed) if !changed.all && has_day => Some(work.days("select day from _seen", "compare days").await?),
        _ => None,
    };
    Ok(Built { rows, days, changed: changed.is_some() })
}
