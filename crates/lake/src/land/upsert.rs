//! New staging rows join a table: by unit of replacement, or, after a rebuild, month by month where anything differs.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringViewArray};
use arrow::compute;
use arrow::datatypes::Date32Type;
use port::{Error, Result, Staging, Touched};
use retail::day::{Day, month_of};

use super::stage::{Staged, contents_of, day_index, rows_of};
use crate::digest::{Contents, differing};
use crate::manifest::DataFile;
use crate::run::{DraftTable, LakeRun};

/// More keys than this are "too many to name".
pub const NAMED_KEYS: usize = 50_000;

/// Puts a rebuilt table in the place of the old one, keeping old files of months that say the same.
pub async fn replace(run: &LakeRun, staging: &Staging, staged: Staged) -> Result<Option<Touched>> {
    let old = run.published(&staging.name).filter(|old| old.schema == staging.schema);
    let Some(old) = old else {
        let touched = Touched { days: has_day(staging).then(|| days_of(&staged.contents)), ..Touched::default() };
        set(run, staging, staged.parts);
        return Ok(Some(touched));
    };
    let before = contents_of(run, staging, &old.parts).await?;
    if before.whole == staged.contents.whole {
        discard(run, staging, &staged.parts);
        return Ok(None);
    }
    let mut months: BTreeMap<Option<Day>, (Vec<DataFile>, Vec<DataFile>)> = BTreeMap::new();
    old.parts.iter().for_each(|part| months.entry(month(part)).or_default().0.push(part.clone()));
    staged.parts.iter().for_each(|part| months.entry(month(part)).or_default().1.push(part.clone()));
    let mut parts = Vec::new();
    for (old, new) in months.into_values() {
        let same = contents_of(run, staging, &old).await?.whole == contents_of(run, staging, &new).await?.whole;
        if same {
            discard(run, staging, &new);
        }
        parts.extend(if same { old } else { new });
    }
    set(run, staging, parts);
    let days = differing(before.by_day.iter(), staged.contents.by_day.iter());
    let keys = differing(before.by_key.iter(), staged.contents.by_key.iter());
    let keys = (staging.unique_key.is_some() && keys.len() <= NAMED_KEYS)
        .then(|| Arc::new(keys.into_iter().map(Some).collect::<StringViewArray>()) as ArrayRef);
    Ok(Some(Touched {
        days: has_day(staging).then(|| days.into_iter().copied().flatten().collect()),
        keys,
        only_added: false,
    }))
}

/// Adds rows of units that are new, or, where `replaces`, may stand there already.
/// `others`: rows elsewhere may have waited for these, so new units count as changed too.
pub async fn upsert(
    run: &LakeRun,
    staging: &Staging,
    staged: Staged,
    replaces: bool,
    others: bool,
) -> Result<Option<Touched>> {
    let Staged { parts: new, mut days, .. } = staged;
    let old = run.published(&staging.name);
    if new.is_empty() {
        if old.is_none() {
            set(run, staging, new);
        }
        return Ok(None);
    }
    let (Some(old), Some(key), true) = (&old, &staging.unique_key, replaces) else {
        let keys = if others { named(keys_of(run, staging, &new).await?) } else { named(HashSet::new()) };
        let mut parts = old.map(|old| old.parts).unwrap_or_default();
        parts.extend(new);
        set(run, staging, parts);
        let days = has_day(staging).then(|| days.into_iter().collect());
        return Ok(Some(Touched { days, keys, only_added: true }));
    };
    let at =
        staging.schema.index_of(key).map_err(|_| Error::config(format!("{} has no column {key}", staging.name)))?;
    let keys = keys_of(run, staging, &new).await?;
    let (low, high) = (keys.iter().min().cloned(), keys.iter().max().cloned());
    let mut parts = Vec::new();
    let mut writer = run.writer("staging", &staging.name, &staging.schema, Some(key))?;
    let mut replaced: BTreeSet<String> = BTreeSet::new();
    for part in old.parts.clone() {
        let apart = match (&part.keys, &low, &high) {
            (Some((least, most)), Some(low), Some(high)) => most < low || least > high,
            _ => false,
        };
        if apart {
            parts.push(part);
            continue;
        }
        let mut rewritten = Vec::new();
        let mut any = false;
        for batch in rows_of(run, &staging.name, &staging.schema, vec![part.clone()]).await? {
            let values = batch.column(at).as_string_view();
            let stays: BooleanArray =
                (0..values.len()).map(|row| Some(values.is_null(row) || !keys.contains(values.value(row)))).collect();
            if stays.false_count() > 0 {
                any = true;
                let goes =
                    compute::filter_record_batch(&batch, &compute::not(&stays).map_err(internal)?).map_err(internal)?;
                replaced.extend(goes.column(at).as_string_view().iter().flatten().map(str::to_owned));
                if let Some(index) = day_index(staging) {
                    days.extend(goes.column(index).as_primitive::<Date32Type>().iter().flatten());
                }
            }
            rewritten.push(compute::filter_record_batch(&batch, &stays).map_err(internal)?);
        }
        if !any {
            parts.push(part);
            continue;
        }
        for batch in rewritten {
            writer.write(batch).await?;
        }
    }
    parts.extend(writer.finish().await?);
    parts.extend(new);
    set(run, staging, parts);
    let days = has_day(staging).then(|| days.into_iter().collect());
    let keys = named(if others { keys } else { replaced.into_iter().collect() });
    Ok(Some(Touched { days, keys, only_added: false }))
}

/// The units that parts hold; none for a table without a unit of replacement.
pub async fn keys_of(run: &LakeRun, staging: &Staging, parts: &[DataFile]) -> Result<HashSet<String>> {
    let mut keys = HashSet::new();
    let at = staging.unique_key.as_deref().and_then(|key| staging.schema.index_of(key).ok());
    let Some(at) = at else { return Ok(keys) };
    for batch in rows_of(run, &staging.name, &staging.schema, parts.to_vec()).await? {
        keys.extend(batch.column(at).as_string_view().iter().flatten().map(str::to_owned));
    }
    Ok(keys)
}

/// Keys in order; `None` when there are too many to name.
fn named(keys: HashSet<String>) -> Option<ArrayRef> {
    let sorted: BTreeSet<&str> = keys.iter().map(String::as_str).collect();
    (sorted.len() <= NAMED_KEYS)
        .then(|| Arc::new(sorted.into_iter().map(Some).collect::<StringViewArray>()) as ArrayRef)
}

pub fn set(run: &LakeRun, staging: &Staging, parts: Vec<DataFile>) {
    let table = DraftTable { layer: "staging".to_owned(), schema: staging.schema.clone(), parts };
    run.set_table(&staging.name, table);
}

pub fn discard(run: &LakeRun, staging: &Staging, parts: &[DataFile]) {
    let folder = crate::delta::folder(&run.root, "staging", &staging.name);
    for part in parts {
        // A file left behind is harmless: nothing names it, and `optimize` removes it.
        let _ = std::fs::remove_file(folder.join(&part.path));
    }
}

fn days_of(contents: &Contents) -> Vec<Day> {
    contents.by_day.keys().copied().flatten().collect()
}

fn month(part: &DataFile) -> Option<Day> {
    part.days.map(|(low, _)| month_of(low))
}

pub fn has_day(staging: &Staging) -> bool {
    day_index(staging).is_some()
}

fn internal(error: arrow::error::ArrowError) -> Error {
    Error::internal(error.to_string())
}
