//! Fates and units of loads as tables. Reports count what is stored.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use lake::landing::{Keys, PlacedLoad};
use port::{Error, LoadReport, Result};

use super::Placement;
use crate::postgres::work::Work;

const DOING: &str = "record what became of the rows";
const COLUMNS: &str = "load, \"row\", fate, by_load, by_row, unit";

/// Loads that were taken back.
pub async fn forget(work: &Work, loads: &[i64]) -> Result<()> {
    if loads.is_empty() {
        return Ok(());
    }
    for table in ["fates", "_wharf_keys"] {
        let sql = format!("delete from {} where load = any($1)", work.session.place.table(table));
        work.session.write(DOING, &sql, &[&loads]).await?;
    }
    Ok(())
}

/// What loads hold of each unit, as stored.
pub async fn keys(work: &Work, loads: &[i64]) -> Result<HashMap<i64, Keys>> {
    let sql = format!("select load, keys from {} where load = any($1)", work.session.place.table("_wharf_keys"));
    let mut found = HashMap::new();
    for row in work.session.rows("read the units of earlier loads", &sql, &[&loads]).await? {
        let load: i64 = row.get(0);
        let keys = Keys::from_bytes(row.get(1)).ok_or_else(|| {
            Error::input(format!("the units of load {load} are damaged")).advise("run with --full-refresh")
        })?;
        found.insert(load, keys);
    }
    Ok(found)
}

/// `anew`: every load in force was placed, so nothing else remains true.
pub async fn store(work: &Work, placement: &mut Placement, anew: bool) -> Result<Vec<LoadReport>> {
    let place = &work.session.place;
    let (fates, keys) = (place.table("fates"), place.table("_wharf_keys"));
    if anew {
        work.session.run(DOING, &format!("delete from {fates}; delete from {keys}")).await?;
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
        let bytes = load.keys.take().unwrap_or_default().to_bytes();
        work.session.write(DOING, &format!("insert into {keys} values ($1, $2)"), &[&load.id, &bytes]).await?;
        notes.insert(load.id, std::mem::take(&mut load.notes));
    }
    for (load, outcome) in &placement.outcomes {
        let (mut units, mut names, mut by_load, mut by_row) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (unit, (fate, by)) in outcome {
            units.push(i64::from(*unit));
            names.push(fate.name());
            by_load.push(by.load);
            by_row.push(by.row);
        }
        let sql = format!(
            "update {fates} as f set fate = v.fate, by_load = v.by_load, by_row = v.by_row \
             from unnest($2::bigint[], $3::text[], $4::bigint[], $5::bigint[]) as v(unit, fate, by_load, by_row) \
             where f.load = $1 and f.unit = v.unit and f.fate = 'used'"
        );
        let changed = work.session.write(DOING, &sql, &[load, &units, &names, &by_load, &by_row]).await?;
        if changed > 0 {
            notes.insert(*load, Vec::new());
        }
    }
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
