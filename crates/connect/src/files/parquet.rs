//! Parquet: row groups streamed, the columns that source.toml names, typed as text would be.
//!
//! Only those columns are read, so they alone are in a raw row. A floating point number counts as its fifteen significant
//! digits, a time without zone is of the shop's zone.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringViewArray};
use arrow::buffer::Buffer;
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowTimestampType, DataType, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::ParquetStatisticsPolicy;
use parquet::file::reader::ChunkReader;
use port::{Chunk, Error, Result, Rows};
use retail::source::LandedTable;

use super::header::{added_note, match_columns};
use super::input::Input;
use super::jsonl::writes_numbers;
use super::pipeline::{BlockSource, Pipeline};
use super::rows_block::{RowsRaw, RowsRecords, RowsWriter, push_float};
use super::typer::{Block, Typer};
use super::typing::Plan;
use super::{Settings, guard};

/// Rows decoded at once.
const ROWS: usize = 8192;

/// The typed rows of a Parquet file.
pub fn read(table: &LandedTable, name: &str, input: &Input, settings: &Settings) -> Result<Box<dyn Rows>> {
    match input {
        Input::File(path) => {
            let file = std::fs::File::open(path).map_err(|error| Error::io("read", path, error))?;
            read_from(table, name, file, settings)
        }
        Input::Memory(bytes) => read_from(table, name, bytes.clone(), settings),
        Input::Arriving(copy) => Err(copy.changed()),
    }
}

/// The names of a Parquet file's columns.
pub fn header(name: &str, input: &Input) -> Result<Vec<String>> {
    fn names<R: ChunkReader + 'static>(name: &str, input: R) -> Result<Vec<String>> {
        let builder =
            guard(name, || ParquetRecordBatchReaderBuilder::try_new(input).map_err(|error| damaged(name, error)))?;
        Ok(builder.schema().fields().iter().map(|field| field.name().clone()).collect())
    }
    match input {
        Input::File(path) => names(name, std::fs::File::open(path).map_err(|error| Error::io("read", path, error))?),
        Input::Memory(bytes) => names(name, bytes.clone()),
        Input::Arriving(copy) => Err(copy.changed()),
    }
}

fn read_from<R: ChunkReader + 'static>(
    table: &LandedTable,
    name: &str,
    input: R,
    settings: &Settings,
) -> Result<Box<dyn Rows>> {
    let builder = guard(name, || {
        let opened = ParquetRecordBatchReaderBuilder::try_new_with_options(input, all_rows());
        opened.map_err(|error| damaged(name, error))
    })?;
    let header: Vec<String> = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
    let matched = match_columns(table, &header, name, 0)?;
    // The columns that are read, in the file's order, and where each of the table's is among them.
    let mut read: Vec<usize> = matched.sources.iter().copied().flatten().collect();
    read.sort_unstable();
    read.dedup();
    let sources: Vec<Option<usize>> = matched
        .sources
        .iter()
        .map(|source| source.and_then(|source| read.iter().position(|at| *at == source)))
        .collect();
    let names: Vec<String> = read.iter().map(|at| header[*at].clone()).collect();
    let rows = builder.metadata().file_metadata().num_rows();
    let mask = ProjectionMask::roots(builder.parquet_schema(), read.iter().copied());
    let reader = guard(name, || {
        builder.with_projection(mask).with_batch_size(ROWS).build().map_err(|error| damaged(name, error))
    })?;
    let plan = Plan::new(table, &sources, &settings.clock)?;
    let (width, raw) = (names.len(), Arc::new(RowsRaw { names, numbers: writes_numbers(table) }));
    let typers = || Ok(Typer::new(plan.clone(), Box::new(RowsRecords { raw: raw.clone() }), width));
    let added: Vec<String> = matched.added.iter().map(|at| header[*at].clone()).collect();
    let notes: Vec<String> = added_note(table, name, &added).into_iter().collect();
    if width == 0 {
        let note = format!("{name} has none of the columns of table {}: no rows", table.name);
        return Ok(Box::new(super::NoRows { note }));
    }
    let source = ParquetBlocks { reader, name: name.to_owned() };
    let notes = Arc::new(move || notes.clone());
    Ok(Box::new(Pipeline::new(Box::new(source), Chunk::schema(table), typers, 0, rows <= ROWS as i64, notes)?))
}

/// What is read of a file's end: all rows are wanted, so nothing by which some could be left out. Else a file of many row groups
/// would take the more memory the longer it is.
fn all_rows() -> ArrowReaderOptions {
    ArrowReaderOptions::new()
        .with_column_stats_policy(ParquetStatisticsPolicy::SkipAll)
        .with_encoding_stats_policy(ParquetStatisticsPolicy::SkipAll)
        .with_size_stats_policy(ParquetStatisticsPolicy::SkipAll)
}

fn damaged(name: &str, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::input(format!("{name} is not a whole Parquet file: {error}"))
        .advise("fetch it again, whole, and drop it into the inbox under the same name")
        .because(error)
}

struct ParquetBlocks {
    reader: ParquetRecordBatchReader,
    name: String,
}

impl BlockSource for ParquetBlocks {
    fn next_block(&mut self) -> Result<Option<Block>> {
        let name = self.name.clone();
        let batch = guard(&name, || self.reader.next().transpose().map_err(|error| damaged(&name, error)))?;
        batch.map(|batch| guard(&name, || block(&batch).map_err(|error| damaged(&name, error)))).transpose()
    }
}

fn block(batch: &RecordBatch) -> Result<Block, arrow::error::ArrowError> {
    let options = FormatOptions::new();
    let shown: Vec<ArrayRef> = batch.columns().iter().map(utc).collect();
    let columns = shown.iter().map(|column| Values::new(column, &options)).collect::<Result<Vec<_>, _>>()?;
    let mut writer = RowsWriter::default();
    for row in 0..batch.num_rows() {
        for column in &columns {
            column.write(row, &mut writer);
        }
    }
    Ok(Block { bytes: Buffer::from_vec(writer.take()), from: 0 })
}

/// Instants of a named zone are shown in UTC, which needs no table of zones; other columns stay as they are.
fn utc(column: &ArrayRef) -> ArrayRef {
    fn shown<T: ArrowTimestampType>(column: &ArrayRef) -> Option<ArrayRef> {
        Some(Arc::new(column.as_primitive_opt::<T>()?.clone().with_timezone("+00:00")))
    }
    let found = match column.data_type() {
        DataType::Timestamp(TimeUnit::Second, Some(_)) => shown::<TimestampSecondType>(column),
        DataType::Timestamp(TimeUnit::Millisecond, Some(_)) => shown::<TimestampMillisecondType>(column),
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => shown::<TimestampMicrosecondType>(column),
        DataType::Timestamp(TimeUnit::Nanosecond, Some(_)) => shown::<TimestampNanosecondType>(column),
        _ => None,
    };
    found.unwrap_or_else(|| column.clone())
}

/// A column's values as cells.
enum Values<'a> {
    Text(StringViewArray),
    Float(Float64Array),
    Other(&'a ArrayRef, ArrayFormatter<'a>),
}

impl<'a> Values<'a> {
    fn new(column: &'a ArrayRef, options: &FormatOptions<'a>) -> Result<Values<'a>, arrow::error::ArrowError> {
        let kind = match column.data_type() {
            DataType::Dictionary(_, values) => values.as_ref(),
            other => other,
        };
        let text = matches!(
            kind,
            DataType::Utf8
                | DataType::LargeUtf8
                | DataType::Utf8View
                | DataType::Binary
                | DataType::LargeBinary
                | DataType::BinaryView
        );
        if text && let Some(texts) = cast(column, &DataType::Utf8View)?.as_any().downcast_ref::<StringViewArray>() {
            return Ok(Values::Text(texts.clone()));
        }
        if let Some(floats) = column.as_any().downcast_ref::<Float64Array>() {
            return Ok(Values::Float(floats.clone()));
        }
        Ok(Values::Other(column, ArrayFormatter::try_new(column.as_ref(), options)?))
    }

    fn write(&self, row: usize, writer: &mut RowsWriter) {
        match self {
            Values::Text(texts) if texts.is_valid(row) => writer.text(texts.value(row)),
            Values::Float(floats) if floats.is_valid(row) => writer.native(|out| push_float(out, floats.value(row))),
            Values::Other(column, formatter) if column.is_valid(row) => writer.native(|out| {
                use std::io::Write;
                // Writing to memory does not fail; a value that cannot be shown stays empty and so null.
                let _ = write!(out, "{}", formatter.value(row));
            }),
            _ => writer.null(),
        }
    }
}
