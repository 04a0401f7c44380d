//! Rows of a table by a text column, read from its files alone: for answers that must be there at once. Planning a query
//! takes longer than to read a small table.

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray, StringViewBuilder, UInt32Array};
use arrow::buffer::BooleanBuffer;
use arrow::compute::take_record_batch;
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use futures::TryStreamExt;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowFilter};
use parquet::errors::ParquetError;
use port::{Error, Kind, Result};
use quick_cache::sync::Cache;
use quick_cache::{OptionsBuilder, Weighter};

use crate::delta;
use crate::engine::Engine;
use crate::manifest::{Manifest, Table};
use crate::query;

/// `columns` of the rows whose `column` is one of `values`.
pub struct Asked<'a> {
    pub table: &'a str,
    pub columns: &'a [&'a str],
    pub column: &'a str,
    pub values: &'a [String],
}

pub async fn lookup(
    root: &Path,
    engine: &Engine,
    manifest: &Manifest,
    kept: &Arc<Kept>,
    asked: Asked<'_>,
) -> Result<Vec<RecordBatch>> {
    let Asked { table, columns, column, values } = asked;
    let stored = manifest.tables.get(table).filter(|stored| {
        let is_there = |name: &str, text: bool| {
            stored.schema.field_with_name(name).is_ok_and(|field| !text || *field.data_type() == DataType::Utf8View)
        };
        is_there(column, true) && columns.iter().all(|name| is_there(name, false))
    });
    let Some(stored) = stored else {
        // A view, another kind of column, or nothing of the sort: the engine knows, or says what is wrong.
        let answer = query::query(root, engine, manifest, &sql(&asked)).await?;
        return answer.rows.try_collect().await;
    };
    let folder = delta::folder(root, &stored.layer, table);
    let kept = Kept::fits(stored, columns.len() + 1).then(|| kept.clone());
    let wanted = Arc::new(Wanted {
        schema: stored.schema.clone(),
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        column: column.to_owned(),
        values: values.iter().cloned().collect(),
    });
    if let Some(kept) = &kept {
        // What is in memory is found sooner than another thread is asked for it.
        let at_hand = stored.files.iter().map(|file| kept.at_hand(&wanted, &folder.join(&file.path)));
        if let Some(found) = at_hand.collect::<Option<Vec<_>>>() {
            let found = found.into_iter().collect::<Result<Vec<_>, _>>().map_err(|error| unreadable(&folder, error))?;
            return Ok(found.concat());
        }
    }
    let reading = stored.files.chunks(stored.files.len().div_ceil(engine.threads()).max(1)).map(|files| {
        let paths: Vec<PathBuf> = files.iter().map(|file| folder.join(&file.path)).collect();
        let (wanted, kept) = (wanted.clone(), kept.clone());
        tokio::task::spawn_blocking(move || -> Result<Vec<RecordBatch>> {
            let rows = |path: &PathBuf| match &kept {
                Some(kept) => kept.rows(&wanted, path),
                None => wanted.rows(path),
            };
            let rows = |path| rows(path).map_err(|error| unreadable(path, error));
            Ok(paths.iter().map(rows).collect::<Result<Vec<_>>>()?.concat())
        })
    });
    let mut found = Vec::new();
    for rows in futures::future::join_all(reading).await {
        found.extend(rows.map_err(|error| Error::internal(format!("a lookup stopped: {error}")))??);
    }
    Ok(found)
}

/// Columns of files that were looked at, in memory: a file never changes under its name, so they stay right, and those of
/// files that no manifest names any more make room for others.
pub struct Kept(Cache<Name, Arc<Vec<Part>>, Bytes>);

/// A file, and the columns of it that are kept, the last of them the one that rows are found by.
type Name = (PathBuf, Vec<String>);

/// Rows of a file, and where in them each text of a column is.
struct Part {
    rows: RecordBatch,
    places: Places,
}

/// For all that is kept.
const ROOM: u64 = 32 << 20;

#[derive(Clone)]
struct Bytes;

impl Weighter<Name, Arc<Vec<Part>>> for Bytes {
    fn weight(&self, _: &Name, parts: &Arc<Vec<Part>>) -> u64 {
        parts.iter().map(|part| (part.rows.get_array_memory_size() + part.places.bytes()) as u64).sum::<u64>().max(1)
    }
}

impl Kept {
    pub fn new() -> Result<Kept> {
        // One shard: of several, each has its part of the room, and a large file might find none.
        let options = OptionsBuilder::new().shards(1).estimated_items_capacity(1024).weight_capacity(ROOM).build();
        let options = options.map_err(|error| Error::internal(format!("nothing can be kept in memory: {error:?}")))?;
        Ok(Kept(Cache::with_options(options, Bytes, Default::default(), Default::default())))
    }

    /// Whether a table's columns find room: of one that does not, whole columns would be read each time.
    fn fits(stored: &Table, columns: usize) -> bool {
        const VALUE: u64 = 8;
        stored.rows() * columns as u64 * VALUE <= ROOM / 2
    }

    fn rows(&self, wanted: &Arc<Wanted>, path: &Path) -> Result<Vec<RecordBatch>, ParquetError> {
        let name = wanted.name(path);
        let parts = self.0.get_or_insert_with(&name, || {
            let builder = wanted.open(path)?;
            let shown = wanted.mask(&builder, &name.1);
            let reader = builder.with_batch_size(AT_ONCE).with_projection(shown).build()?;
            let part = |rows: Result<RecordBatch, ArrowError>| {
                let rows = rows?;
                let places = Places::of(rows.column(rows.schema().index_of(&wanted.column)?));
                Ok(Part { rows, places })
            };
            Ok::<_, ParquetError>(Arc::new(reader.map(part).collect::<Result<Vec<_>, ParquetError>>()?))
        })?;
        wanted.among(&parts)
    }

    /// Rows of a file that is in memory.
    fn at_hand(&self, wanted: &Wanted, path: &Path) -> Option<Result<Vec<RecordBatch>, ParquetError>> {
        self.0.get(&wanted.name(path)).map(|parts| wanted.among(&parts))
    }
}

/// Where the rows of each text are: those of the dictionary's `n`th are `rows[starts[n]..starts[n + 1]]`.
struct Places {
    /// The dictionary's texts, in order.
    order: Vec<u32>,
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Places {
    fn of(column: &ArrayRef) -> Places {
        let column = column.as_dictionary::<Int32Type>();
        let texts = column.values().as_string::<i32>();
        let mut order: Vec<u32> = (0..texts.len() as u32).filter(|text| texts.is_valid(*text as usize)).collect();
        order.sort_unstable_by_key(|text| texts.value(*text as usize));
        let texts_of_rows = || (0..).zip(column.keys()).filter_map(|(row, text)| Some((row, text? as usize)));
        let mut starts = vec![0u32; texts.len() + 2];
        // Counted two further on, so that filling moves each start to where it belongs.
        texts_of_rows().for_each(|(_, text): (u32, usize)| starts[text + 2] += 1);
        for text in 2..starts.len() {
            starts[text] += starts[text - 1];
        }
        let mut rows = vec![0; starts[texts.len() + 1] as usize];
        for (row, text) in texts_of_rows() {
            let place = &mut starts[text + 1];
            rows[*place as usize] = row;
            *place += 1;
        }
        Places { order, starts, rows }
    }

    /// The rows of a text of this dictionary.
    fn find<'a>(&'a self, texts: &'a StringArray, wanted: &'a str) -> impl Iterator<Item = u32> + 'a {
        let first = self.order.partition_point(|text| texts.value(*text as usize) < wanted);
        // Mostly one, but a dictionary may hold a text twice.
        let same =
            self.order[first..].iter().map(|text| *text as usize).take_while(move |text| texts.value(*text) == wanted);
        same.flat_map(move |text| &self.rows[self.starts[text] as usize..self.starts[text + 1] as usize]).copied()
    }

    fn bytes(&self) -> usize {
        size_of::<u32>() * (self.order.len() + self.starts.len() + self.rows.len())
    }
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
    fn name(&self, path: &Path) -> Name {
        (path.to_owned(), self.columns.iter().chain([&self.column]).cloned().collect())
    }

    /// The rows asked for, in their order.
    fn among(&self, parts: &[Part]) -> Result<Vec<RecordBatch>, ParquetError> {
        let mut found = Vec::new();
        for Part { rows, places } in parts {
            let column = rows.column(rows.schema_ref().index_of(&self.column)?).as_dictionary::<Int32Type>();
            let texts = column.values().as_string::<i32>();
            let mut wanted: Vec<u32> = self.values.iter().flat_map(|value| places.find(texts, value)).collect();
            if !wanted.is_empty() {
                wanted.sort_unstable();
                found.push(self.shown(&take_record_batch(rows, &UInt32Array::from(wanted))?)?);
            }
        }
        Ok(found)
    }

    fn rows(self: &Arc<Wanted>, path: &Path) -> Result<Vec<RecordBatch>, ParquetError> {
        let builder = self.open(path)?;
        let groups = self.groups(&builder)?;
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let shown = self.mask(&builder, &self.columns);
        let tested = self.mask(&builder, std::slice::from_ref(&self.column));
        let wanted = self.clone();
        // The other columns are read for the rows that fit alone.
        let fits = ArrowPredicateFn::new(tested, move |batch: RecordBatch| Ok(wanted.fits(batch.column(0))));
        let reader = builder
            .with_row_groups(groups)
            .with_batch_size(AT_ONCE)
            .with_projection(shown)
            .with_row_filter(RowFilter::new(vec![Box::new(fits)]))
            .build()?;
        reader.map(|batch| self.shown(&batch?)).collect()
    }

    fn open(&self, path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>, ParquetError> {
        let options = ArrowReaderOptions::new().with_schema(by_dictionary(&self.schema));
        ParquetRecordBatchReaderBuilder::try_new_with_options(File::open(path)?, options)
    }

    fn mask(&self, builder: &ParquetRecordBatchReaderBuilder<File>, names: &[String]) -> ProjectionMask {
        let places = names.iter().filter_map(|name| self.schema.index_of(name).ok());
        ProjectionMask::roots(builder.parquet_schema(), places)
    }

    /// Which rows of the tested column are asked for: each text of its dictionary is looked at once.
    fn fits(&self, column: &ArrayRef) -> BooleanArray {
        /// So few are compared sooner than a hash is made.
        const FEW: usize = 4;
        let column = column.as_dictionary::<Int32Type>();
        let is_few = self.values.len() <= FEW;
        let is_wanted = |text: &str| match is_few {
            true => self.values.iter().any(|value| value == text),
            false => self.values.contains(text),
        };
        let texts = column.values().as_string::<i32>();
        let fitting: Vec<bool> = texts.iter().map(|text| text.is_some_and(is_wanted)).collect();
        let keys = column.keys();
        if !fitting.contains(&true) {
            return BooleanArray::new(BooleanBuffer::new_unset(keys.len()), None);
        }
        let fits = |row| fitting.get(keys.values()[row] as usize).copied().unwrap_or(false);
        BooleanArray::new(BooleanBuffer::collect_bool(keys.len(), fits), keys.nulls().cloned())
    }

    /// The columns asked for, in their order and of the table's types.
    fn shown(&self, batch: &RecordBatch) -> Result<RecordBatch, ParquetError> {
        let column = |name: &String| plainly(batch.column(batch.schema_ref().index_of(name)?));
        let columns = self.columns.iter().map(column).collect::<Result<Vec<_>, ParquetError>>()?;
        let fields = self.columns.iter().map(|name| self.schema.field_with_name(name).cloned());
        let schema = Schema::new(fields.collect::<Result<Vec<_>, _>>()?);
        Ok(RecordBatch::try_new(Arc::new(schema), columns)?)
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

/// The table's schema with its text columns as its files have them, which spares a text for each row.
fn by_dictionary(schema: &SchemaRef) -> SchemaRef {
    let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let field = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8View => field.as_ref().clone().with_data_type(kind.clone()),
        _ => field.as_ref().clone(),
    };
    Arc::new(Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>()))
}

/// Texts by dictionary as views of the texts themselves, which stay where they are.
fn plainly(column: &ArrayRef) -> Result<ArrayRef, ParquetError> {
    let Some(column) = column.as_dictionary_opt::<Int32Type>() else { return Ok(column.clone()) };
    let texts = column.values().as_string::<i32>();
    let mut views = StringViewBuilder::with_capacity(column.len());
    let block = views.append_block(texts.values().clone());
    for text in column.keys() {
        match text.map(|text| text as usize).filter(|text| texts.is_valid(*text)) {
            Some(text) => {
                let (from, to) = (texts.value_offsets()[text], texts.value_offsets()[text + 1]);
                views.try_append_view(block, from as u32, (to - from) as u32)?;
            }
            None => views.append_null(),
        }
    }
    Ok(Arc::new(views.finish()))
}

fn sql(asked: &Asked<'_>) -> String {
    let Asked { table, columns, column, values } = asked;
    let name = |name: &&str| format!("\"{}\"", name.replace('"', "\"\""));
    let columns = columns.iter().map(name).collect::<Vec<_>>().join(", ");
    let values = values.iter().map(|value| format!("'{}'", value.replace('\'', "''"))).collect::<Vec<_>>().join(", ");
    format!("select {columns} from {} where {} in ({values})", name(table), name(column))
}

fn unreadable(path: &Path, error: ParquetError) -> Error {
    Error::new(Kind::Io, format!("cannot read {}: {error}", path.display()))
        .advise("restore the lake from a backup (docs/operations.md)")
}

#[cfg(test)]
mod tests {
    use arrow::array::StringViewArray;
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::WriterProperties;

    use super::*;

    #[test]
    fn the_same_rows_from_memory_and_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let schema: SchemaRef = Arc::new(Schema::new(vec![
            Field::new("id", DataType::Utf8View, true),
            Field::new("number", DataType::Int64, true),
            Field::new("text", DataType::Utf8View, true),
        ]));
        // Several groups of rows, so several dictionaries; every seventh row has no id, every fifth no text.
        let rows = 0..200_000i64;
        let id = |row: i64| (row % 7 != 0).then(|| format!("c{}", row % 1000));
        let text = |row: i64| (row % 5 != 0).then(|| format!("text {row}"));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(rows.clone().map(id).collect::<StringViewArray>()),
            Arc::new(arrow::array::Int64Array::from_iter_values(rows.clone())),
            Arc::new(rows.clone().map(text).collect::<StringViewArray>()),
        ];
        let batch = RecordBatch::try_new(schema.clone(), columns).unwrap();
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(50_000)).build();
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), schema.clone(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();

        let kept = Kept::new().unwrap();
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        for values in [ids(&["c3"]), ids(&["c1", "c2", "c3", "c4", "c5", "c6"]), ids(&["c", "c1000"]), ids(&[])] {
            let wanted = Arc::new(Wanted {
                schema: schema.clone(),
                columns: ids(&["text", "number"]),
                column: "id".to_owned(),
                values: values.iter().cloned().collect(),
            });
            let right: Vec<(Option<String>, i64)> = (rows.clone())
                .filter(|row| id(*row).is_some_and(|id| values.contains(&id)))
                .map(|row| (text(row), row))
                .collect();
            for batches in [wanted.rows(&path).unwrap(), kept.rows(&wanted, &path).unwrap()] {
                let found = batches.iter().flat_map(|batch| {
                    let texts = batch.column(0).as_string_view().iter().map(|text| text.map(str::to_owned));
                    let numbers = batch.column(1).as_primitive::<arrow::datatypes::Int64Type>().values();
                    texts.zip(numbers.iter().copied()).collect::<Vec<_>>()
                });
                assert_eq!(found.collect::<Vec<_>>(), right, "{values:?}");
            }
        }
        assert_eq!(kept.0.len(), 1, "a file's columns are kept once");
    }

    #[test]
    fn what_is_looked_up_is_never_read_as_sql() {
        let values = ["a' or '1'='1".to_owned(), "b".to_owned()];
        let asked = Asked { table: "t", columns: &["x\"y", "z"], column: "x", values: &values };
        assert_eq!(sql(&asked), "select \"x\"\"y\", \"z\" from \"t\" where \"x\" in ('a'' or ''1''=''1', 'b')");
    }
}
