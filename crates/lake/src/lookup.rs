//! Rows of a table by a text column, read from its files alone: for answers that must be there at once. Planning a query
//! takes longer than to read a small table.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::buffer::BooleanBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use futures::TryStreamExt;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowFilter};
use parquet::errors::ParquetError;
use port::{Error, Kind, Result};

use crate::delta;
use crate::engine::Engine;
use crate::manifest::Manifest;
use crate::query;

/// `columns` of the rows whose `column` is one of `values`.
pub async fn lookup(
    root: &Path,
    engine: &Engine,
    manifest: &Manifest,
    table: &str,
    columns: &[&str],
    column: &str,
    values: &[String],
) -> Result<Vec<RecordBatch>> {
    let stored = manifest.tables.get(table).filter(|stored| {
        let is_there = |name: &str, text: bool| {
            stored.schema.field_with_name(name).is_ok_and(|field| !text || *field.data_type() == DataType::Utf8View)
        };
        is_there(column, true) && columns.iter().all(|name| is_there(name, false))
    });
    let Some(stored) = stored else {
        // A view, another kind of column, or nothing of the sort: the engine knows, or says what is wrong.
        let answer = query::query(root, engine, manifest, &sql(table, columns, column, values)).await?;
        return answer.rows.try_collect().await;
    };
    let folder = delta::folder(root, &stored.layer, table);
    let wanted = Arc::new(Wanted {
        schema: stored.schema.clone(),
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        column: column.to_owned(),
        values: values.iter().cloned().collect(),
    });
    let reading = stored.files.chunks(stored.files.len().div_ceil(engine.threads()).max(1)).map(|files| {
        let paths: Vec<PathBuf> = files.iter().map(|file| folder.join(&file.path)).collect();
        let wanted = wanted.clone();
        tokio::task::spawn_blocking(move || -> Result<Vec<RecordBatch>> {
            let rows = |path: &PathBuf| wanted.rows(path).map_err(|error| unreadable(path, error));
            Ok(paths.iter().map(rows).collect::<Result<Vec<_>>>()?.concat())
        })
    });
    let mut found = Vec::new();
    for rows in futures::future::join_all(reading).await {
        found.extend(rows.map_err(|error| Error::internal(format!("a lookup stopped: {error}")))??);
    }
    Ok(found)
}

/// Rows tested at once: a dictionary serves all of a file's.
const AT_ONCE: usize = 65_536;

struct Wanted {
    schema: SchemaRef,
    columns: Vec<String>,
    column: String,
    values: HashSet<String>,
}

impl Wanted {
    fn rows(self: &Arc<Wanted>, path: &PathBuf) -> Result<Vec<RecordBatch>, ParquetError> {
        let options = ArrowReaderOptions::new().with_schema(by_dictionary(&self.schema, &self.column));
        let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(File::open(path)?, options)?;
        let groups = self.groups(&builder)?;
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let mask = |names: &[String]| {
            let places = names.iter().filter_map(|name| self.schema.index_of(name).ok());
            ProjectionMask::roots(builder.parquet_schema(), places)
        };
        let (shown, tested) = (mask(&self.columns), mask(std::slice::from_ref(&self.column)));
        let wanted = self.clone();
        // Each text of the dictionary is looked at once, and the other columns are read for the rows that fit alone.
        let fits = ArrowPredicateFn::new(tested, move |batch: RecordBatch| {
            let column = batch.column(0).as_dictionary::<Int32Type>();
            let texts = column.values().as_string::<i32>();
            let fitting: Vec<bool> =
                texts.iter().map(|text| text.is_some_and(|it| wanted.values.contains(it))).collect();
            if !fitting.contains(&true) {
                return Ok(BooleanArray::new(BooleanBuffer::new_unset(batch.num_rows()), None));
            }
            let keys = column.keys();
            let fits = |row| fitting.get(keys.values()[row] as usize).copied().unwrap_or(false);
            Ok(BooleanArray::new(BooleanBuffer::collect_bool(keys.len(), fits), keys.nulls().cloned()))
        });
        let reader = builder
            .with_row_groups(groups)
            .with_batch_size(AT_ONCE)
            .with_projection(shown)
            .with_row_filter(RowFilter::new(vec![Box::new(fits)]))
            .build()?;
        let order = |batch: RecordBatch| -> Result<RecordBatch, ParquetError> {
            let places: Result<Vec<usize>, _> = self.columns.iter().map(|name| batch.schema().index_of(name)).collect();
            let columns = places?.into_iter().map(|place| match batch.column(place) {
                texts if matches!(texts.data_type(), DataType::Dictionary(..)) => cast(texts, &DataType::Utf8View),
                others => Ok(others.clone()),
            });
            let fields = self.columns.iter().map(|name| self.schema.field_with_name(name).cloned());
            let schema = Schema::new(fields.collect::<Result<Vec<_>, _>>()?);
            Ok(RecordBatch::try_new(Arc::new(schema), columns.collect::<Result<Vec<_>, _>>()?)?)
        };
        reader.map(|batch| order(batch?)).collect()
    }

    /// Groups of rows whose bounds leave them a chance.
    fn groups(&self, builder: &ParquetRecordBatchReaderBuilder<File>) -> Result<Vec<usize>, ParquetError> {
        let groups = builder.metadata().row_groups();
        let bounds = StatisticsConverter::try_new(&self.column, &self.schema, builder.parquet_schema())?;
        let (low, high) = (bounds.row_group_mins(groups)?, bounds.row_group_maxes(groups)?);
        let (low, high) = (low.as_string_view(), high.as_string_view());
        let chance = |group: &usize| {
            let known = low.is_valid(*group) && high.is_valid(*group);
            let within = |value: &String| (low.value(*group)..=high.value(*group)).contains(&value.as_str());
            !known || self.values.iter().any(within)
        };
        Ok((0..groups.len()).filter(chance).collect())
    }
}

/// The table's schema with one text column as its file has it, which spares a text for each row.
fn by_dictionary(schema: &SchemaRef, column: &str) -> SchemaRef {
    let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let field = |field: &Arc<Field>| match field.name() == column {
        true => field.as_ref().clone().with_data_type(kind.clone()),
        false => field.as_ref().clone(),
    };
    Arc::new(Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>()))
}

fn sql(table: &str, columns: &[&str], column: &str, values: &[String]) -> String {
    let name = |name: &&str| format!("\"{}\"", name.replace('"', "\"\""));
    let columns = columns.iter().map(name).collect::<Vec<_>>().join(", ");
    let values = values.iter().map(|value| format!("'{}'", value.replace('\'', "''"))).collect::<Vec<_>>().join(", ");
    format!("select {columns} from {} where {} in ({values})", name(&table), name(&column))
}

fn unreadable(path: &Path, error: ParquetError) -> Error {
    Error::new(Kind::Io, format!("cannot read {}: {error}", path.display()))
        .advise("restore the lake from a backup (docs/operations.md)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_up_is_never_read_as_sql() {
        let values = ["a' or '1'='1".to_owned(), "b".to_owned()];
        assert_eq!(
            sql("t", &["x\"y", "z"], "x", &values),
            "select \"x\"\"y\", \"z\" from \"t\" where \"x\" in ('a'' or ''1''=''1', 'b')"
        );
    }
}
