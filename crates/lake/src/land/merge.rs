//! Staging tables made from other staging tables: customers from orders, products from order lines.
//!
//! When rows were only added, such a query runs over the added rows and its answer joins the kept one key by key, as the
//! model's `merge` says. When rows were replaced or taken away it runs over everything: what it lost cannot be told else.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringViewArray, make_comparator};
use arrow::compute::{self, SortOptions, concat_batches};
use arrow::datatypes::SchemaRef;
use futures::future::try_join_all;
use port::{Error, Land, Merge, Result, Staging, Touched};

use super::stage::{self, rows_of, typed};
use super::{derived, upsert};
use crate::engine::failed;
use crate::manifest::DataFile;
use crate::run::{DraftTable, LakeRun};

type Changes = BTreeMap<String, Touched>;

/// Brings derived tables up to date with what was added to those they read, or, `anew`, makes all of them from the beginning.
pub async fn derive(run: &LakeRun, request: &Land, touched: &mut Changes, anew: bool) -> Result<()> {
    for wave in waves(request) {
        let made = wave.into_iter().map(async |staging| {
            let is_due = anew || run.published(&staging.name).is_none();
            if !is_due && !staging.inputs.iter().any(|input| touched.contains_key(input)) {
                return Ok(None);
            }
            let change = match added_to(run, staging, touched).filter(|_| !anew) {
                Some(parts) => add(run, request, staging, parts).await?,
                None => remake(run, request, staging).await?,
            };
            Ok::<_, Error>(change.map(|change| (staging.name.clone(), change)))
        });
        let made = try_join_all(made).await?;
        touched.extend(made.into_iter().flatten());
    }
    Ok(())
}

/// Derived tables that can be made side by side, wave after wave: each reads none of its own wave or of a later one.
fn waves(request: &Land) -> Vec<Vec<&Staging>> {
    let mut waves: Vec<Vec<&Staging>> = Vec::new();
    // Each comes after those that it reads.
    for staging in derived(request) {
        let reads = |wave: &Vec<&Staging>| wave.iter().any(|earlier| staging.inputs.contains(&earlier.name));
        let at = waves.iter().rposition(reads).map_or(0, |at| at + 1);
        match waves.get_mut(at) {
            Some(wave) => wave.push(staging),
            None => waves.push(vec![staging]),
        }
    }
    waves
}

async fn remake(run: &LakeRun, request: &Land, staging: &Staging) -> Result<Option<Touched>> {
    let session = run.session().await?;
    let frame = stage::plan(&session, staging, request).await?;
    let staged = stage::stage(run, frame, staging, true).await?;
    upsert::replace(run, staging, staged).await
}

/// The parts added to the one table that is read, if adding is all that happened.
fn added_to(run: &LakeRun, staging: &Staging, touched: &Changes) -> Option<Vec<DataFile>> {
    let [input] = staging.inputs.as_slice() else { return None };
    if staging.unique_key.is_none() || staging.merge.is_empty() || !touched.get(input)?.only_added {
        return None;
    }
    let before: Vec<DataFile> = run.published(input).map(|table| table.parts).unwrap_or_default();
    let is_added = |part: &DataFile| !before.iter().any(|old| old.path == part.path);
    Some(run.table(input)?.parts.into_iter().filter(is_added).collect())
}

async fn add(run: &LakeRun, request: &Land, staging: &Staging, parts: Vec<DataFile>) -> Result<Option<Touched>> {
    let doing = format!("make staging {}", staging.name);
    let input = &staging.inputs[0];
    let table = run.table(input).ok_or_else(|| Error::internal(format!("no table {input}")))?;
    let session = run.engine.session();
    let provider = Arc::new(run.provider(input, &DraftTable { parts, ..table }));
    session.register_table(input.as_str(), provider).map_err(|e| failed(&doing, e))?;
    let frame = stage::plan(&session, staging, request).await?;
    let Some(old) = run.published(&staging.name) else {
        let staged = stage::stage(run, frame, staging, false).await?;
        upsert::set(run, staging, staged.parts);
        return Ok(Some(Touched::default()));
    };
    let new = frame.collect().await.map_err(|e| failed(&doing, e))?;
    let new: Vec<RecordBatch> = new.into_iter().map(|batch| typed(batch, &staging.schema)).collect::<Result<_>>()?;
    let new = concat_batches(&staging.schema, &new).map_err(internal)?;
    let kept = rows_of(run, &staging.name, &staging.schema, old.parts.clone()).await?;
    let kept = concat_batches(&staging.schema, &kept).map_err(internal)?;
    let joined = join(staging, &kept, &new)?;

    let mut writer = run.writer("staging", &staging.name, &staging.schema, staging.unique_key.as_deref())?;
    let mut parts = Vec::new();
    match joined.rewritten {
        Some(rows) => writer.write(rows).await?,
        None => parts = old.parts,
    }
    let key = staging.unique_key.as_deref().and_then(|key| staging.schema.index_of(key).ok()).unwrap_or(0);
    let added_keys = joined.added.column(key).as_string_view().clone();
    writer.write(joined.added).await?;
    parts.extend(writer.finish().await?.into_iter().filter(|part| part.rows > 0));
    upsert::set(run, staging, parts);
    let only_added = joined.changed.is_empty();
    let mut keys: Vec<Option<&str>> = joined.changed.iter().map(|key| Some(key.as_str())).collect();
    if request.source.tables.len() > 1 {
        // Rows that came before may have waited for these.
        keys.extend(added_keys.iter());
    }
    let keys: StringViewArray = keys.into_iter().collect();
    Ok(Some(Touched { days: None, keys: Some(Arc::new(keys)), only_added }))
}

struct Joined {
    /// All kept rows, some of them other than before; `None` when none is.
    rewritten: Option<RecordBatch>,
    added: RecordBatch,
    /// Keys of kept rows that read otherwise now, provenance aside.
    changed: Vec<String>,
}

fn join(staging: &Staging, kept: &RecordBatch, new: &RecordBatch) -> Result<Joined> {
    let key = staging.unique_key.as_deref().and_then(|key| staging.schema.index_of(key).ok());
    let key = key.ok_or_else(|| Error::internal(format!("{} has no key", staging.name)))?;
    let at: HashMap<&str, usize> =
        kept.column(key).as_string_view().iter().enumerate().filter_map(|(row, key)| Some((key?, row))).collect();
    let new_keys = new.column(key).as_string_view();
    let meets: Vec<Option<usize>> = new_keys.iter().map(|key| key.and_then(|key| at.get(key).copied())).collect();
    let is_added: BooleanArray = meets.iter().map(|old| Some(old.is_none())).collect();
    let added = compute::filter_record_batch(new, &is_added).map_err(internal)?;

    // For each kept row and column: take it from the kept rows (0) or from the new ones (1).
    let pairs: Vec<(usize, usize)> = meets.iter().enumerate().filter_map(|(n, old)| old.map(|old| (old, n))).collect();
    let (mut columns, mut differs, mut rewritten) = (Vec::new(), vec![false; kept.num_rows()], false);
    for (index, field) in staging.schema.fields().iter().enumerate() {
        let rule = staging.merge.get(field.name()).copied().unwrap_or(Merge::Newest);
        let (old, new) = (kept.column(index), new.column(index));
        let order = make_comparator(old.as_ref(), new.as_ref(), SortOptions::default()).map_err(internal)?;
        let mut from: Vec<(usize, usize)> = (0..kept.num_rows()).map(|row| (0, row)).collect();
        let mut any = false;
        for (o, n) in &pairs {
            let takes_new = match (old.is_null(*o), new.is_null(*n)) {
                (_, true) => false,
                (true, false) => true,
                (false, false) => match rule {
                    Merge::Newest => order(*o, *n).is_ne(),
                    Merge::Oldest => false,
                    Merge::Min => order(*o, *n).is_gt(),
                    Merge::Max => order(*o, *n).is_lt(),
                },
            };
            if takes_new {
                from[*o] = (1, *n);
                any = true;
                differs[*o] |= !field.name().starts_with('_');
            }
        }
        rewritten |= any;
        columns.push(if any { interleave(old, new, &from)? } else { old.clone() });
    }
    let old_keys = kept.column(key).as_string_view();
    let changed = (0..kept.num_rows()).filter(|row| differs[*row]).map(|row| old_keys.value(row).to_owned()).collect();
    let rows = rewritten.then(|| batch(&staging.schema, columns)).transpose()?;
    Ok(Joined { rewritten: rows, added, changed })
}

fn interleave(old: &ArrayRef, new: &ArrayRef, from: &[(usize, usize)]) -> Result<ArrayRef> {
    compute::interleave(&[old.as_ref(), new.as_ref()], from).map_err(internal)
}

fn batch(schema: &SchemaRef, columns: Vec<ArrayRef>) -> Result<RecordBatch> {
    RecordBatch::try_new(schema.clone(), columns).map_err(internal)
}

fn internal(error: arrow::error::ArrowError) -> Error {
    Error::internal(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Int64Array;
    use arrow::datatypes::{DataType, Field, Schema};

    fn rows(schema: &SchemaRef, rows: &[(&str, Option<&str>, i64)]) -> RecordBatch {
        let key: StringViewArray = rows.iter().map(|row| Some(row.0)).collect();
        let name: StringViewArray = rows.iter().map(|row| row.1).collect();
        let first: Int64Array = rows.iter().map(|row| Some(row.2)).collect();
        batch(schema, vec![Arc::new(key), Arc::new(name), Arc::new(first)]).unwrap()
    }

    #[test]
    fn rows_join_as_the_model_says() {
        let schema: SchemaRef = Arc::new(Schema::new(vec![
            Field::new("id", DataType::Utf8View, true),
            Field::new("name", DataType::Utf8View, true),
            Field::new("first", DataType::Int64, true),
        ]));
        let staging = Staging {
            name: "customers".into(),
            sql: String::new(),
            inputs: vec!["orders".into()],
            unique_key: Some("id".into()),
            merge: BTreeMap::from([("name".into(), Merge::Oldest), ("first".into(), Merge::Min)]),
            schema: schema.clone(),
        };
        let kept = rows(&schema, &[("a", Some("Ann"), 5), ("b", None, 5), ("c", Some("Cy"), 5)]);
        let new = rows(&schema, &[("b", Some("Bo"), 7), ("a", Some("Anna"), 3), ("d", None, 1)]);
        let joined = join(&staging, &kept, &new).unwrap();
        assert_eq!(
            joined.rewritten.unwrap(),
            rows(&schema, &[("a", Some("Ann"), 3), ("b", Some("Bo"), 5), ("c", Some("Cy"), 5)])
        );
        assert_eq!(joined.added, rows(&schema, &[("d", None, 1)]));
        assert_eq!(joined.changed, ["a", "b"]);
        let same = join(&staging, &kept, &rows(&schema, &[("a", None, 9)])).unwrap();
        assert!(same.rewritten.is_none() && same.changed.is_empty());
    }
}
