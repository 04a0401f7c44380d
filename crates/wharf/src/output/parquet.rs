//! Parquet, as the engine has the rows; intervals, which Parquet has no whole type for, as the text that they are in CSV.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use port::{Error, Kind};

use super::RowWriter;
use super::cell::Cells;
use crate::failure::{Failure, Result};

pub struct ParquetWriter {
    writer: ArrowWriter<Box<dyn Write + Send>>,
    schema: SchemaRef,
    /// Columns that are written as text.
    texts: Vec<usize>,
}

impl ParquetWriter {
    pub fn new(schema: SchemaRef, out: Box<dyn Write + Send>) -> Result<ParquetWriter> {
        let texts: Vec<usize> =
            (0..schema.fields().len()).filter(|at| has_interval(schema.field(*at).data_type())).collect();
        let field = |(at, field): (usize, &Arc<Field>)| match texts.contains(&at) {
            true => Arc::new(Field::new(field.name(), DataType::Utf8, true)),
            false => field.clone(),
        };
        let schema: SchemaRef =
            Arc::new(Schema::new(schema.fields().iter().enumerate().map(field).collect::<Vec<_>>()));
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = ArrowWriter::try_new(out, schema.clone(), Some(properties)).map_err(failed)?;
        Ok(ParquetWriter { writer, schema, texts })
    }

    fn readable(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let cells = Cells::new(batch)?;
        let mut columns = batch.columns().to_vec();
        for at in &self.texts {
            let texts = (0..batch.num_rows()).map(|row| cells.text(*at, row));
            columns[*at] = Arc::new(texts.collect::<StringArray>()) as ArrayRef;
        }
        let whole = RecordBatch::try_new(self.schema.clone(), columns);
        whole.map_err(|error| Error::internal(format!("intervals as text: {error}")).into())
    }
}

impl RowWriter for ParquetWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if self.texts.is_empty() {
            return self.writer.write(batch).map_err(failed);
        }
        let readable = self.readable(batch)?;
        self.writer.write(&readable).map_err(failed)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let mut out = self.writer.into_inner().map_err(failed)?;
        out.flush().map_err(Failure::of_output)
    }
}

/// Of months, days and nanoseconds together Parquet's own would lose some, so the writer refuses them.
fn has_interval(kind: &DataType) -> bool {
    match kind {
        DataType::Interval(_) => true,
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => has_interval(item.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| has_interval(field.data_type())),
        DataType::Dictionary(_, value) => has_interval(value),
        _ => false,
    }
}

fn failed(error: ParquetError) -> Failure {
    match error {
        ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
            Ok(error) => Failure::of_output(*error),
            Err(inner) => Error::new(Kind::Io, format!("cannot write parquet: {inner}")).into(),
        },
        other => Error::new(Kind::Io, format!("cannot write parquet: {other}")).into(),
    }
}
