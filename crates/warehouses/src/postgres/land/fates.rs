//! Fates of loads as a table. Reports count what is stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use lake::landing::{Outcome, PlacedLoad};
use port::{Error, LoadReport, Result};

use super::{DOING, Placement};
use crate::postgres::work::Work;

const COLUMNS: &str = "load, \"row\", fate, by_load, by_row, unit";

/// `anew`: every load in force was placed, so nothing else remains true.
pub async fn store(work: &Work, placement: &mut Placement, anew: bool) -> Result<Vec<LoadReport>> {
    let fates = work.session.place.table("fates");
    if anew {
        work.session.run(DOING, &format!("delete from {fates}")).await?;
    }
    let mut notes = BTreeMap::new();
    let mut writer = work.session.copy_into(DOING, &fates, COLUMNS).await?;
    for PlacedLoad { id, fates, .. } in &placement.loads {
        let mut columns: Vec<ArrayRef> = fates.table(*id)?.columns().to_vec();
        let unit = |group: &u32| (*group != u32::MAX).then_some(i64::from(*group));
        columns.push(Arc::new(fates.groups().iter().map(unit).collect::<Int64Array>()));
        let names = ["load", "row", "fate", "by_load", "by_row", "unit"];
        let rows = RecordBatch::try_from_iter(names.into_iter().zip(columns));
        let rows = rows.map_err(|error| Error::internal(error.to_string()))?;
        writer.write(&rows).await.map_err(|failed| work.session.copy_failed(DOING, failed))?;
    }
    writer.finish().await.map_err(|failed| work.session.copy_failed(DOING, failed))?;
    for load in &mut placement.loads {
        notes.insert(load.id, std::mem::take(&mut load.notes));
    }
    let gave_way = give_way(work, &placement.outcomes).await?;
    notes.extend(gave_way.into_iter().map(|load| (load, Vec::new())));
    count(work, notes).await
}

/// Rows of earlier loads whose units gave way; the loads that had any.
async fn give_way(work: &Work, outcomes: &[(i64, Outcome)]) -> Result<Vec<i64>> {
    if outcomes.is_empty() {
        return Ok(Vec::new());
    }
    let (mut loads, mut units, mut names) = (Vec::new(), Vec::new(), Vec::new());
    let (mut by_load, mut by_row) = (Vec::new(), Vec::new());
    for (load, outcome) in outcomes {
        for (unit, (fate, by)) in outcome {
            loads.push(*load);
            units.push(i64::from(*unit));
            names.push(fate.name());
            by_load.push(by.load);
            by_row.push(by.row);
        }
    }
    let sql = format!(
        "with gave_way as ( \
           update {} as f set fate = v.fate, by_load = v.by_load, by_row = v.by_row \
           from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[]) as v(load, unit, fate, by_load, by_row) \
           where f.load = v.load and f.unit = v.unit and f.fate = 'used' returning f.load \
         ) select distinct load from gave_way",
        work.session.place.table("fates")
    );
    let rows = work.session.rows(DOING, &sql, &[&loads, &units, &names, &by_load, &by_row]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Reports of loads, each with what is to be told of it.
async fn count(work: &Work, notes: BTreeMap<i64, Vec<String>>) -> Result<Vec<LoadReport>> {
    let fates = work.session.place.table("fates");
    let ids: Vec<i64> = notes.keys().copied().collect();
    let sql = format!("select load, fate, count(*) from {fates} where load = any($1) group by load, fate");
    let mut reports: BTreeMap<i64, LoadReport> =
        notes.into_iter().map(|(id, notes)| (id, LoadReport { id, notes, ..LoadReport::default() })).collect();
    for row in work.session.rows(DOING, &sql, &[&ids]).await? {
        let Some(report) = reports.get_mut(&row.get::<_, i64>(0)) else { continue };
        let count = u64::try_from(row.get::<_, i64>(2)).unwrap_or(0);
        report.rows += count;
        // A row without a fate is a defect that the sum shows.
        match row.get::<_, Option<&str>>(1) {
            Some("used") => report.used += count,
            Some("rejected") => report.rejected += count,
            Some("pending") => report.pending += count,
            Some("merged") => report.merged += count,
            Some("superseded") => report.superseded += count,
            _ => {}
        }
    }
    Ok(reports.into_values().collect())
}
