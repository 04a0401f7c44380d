//! Parquet, as the engine has the rows.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use port::{Error, Kind};

use super::RowWriter;
use crate::failure::{Failure, Result};

pub struct ParquetWriter {
    writer: ArrowWriter<Box<dyn Write + Send>>,
}

impl ParquetWriter {
    pub fn new(schema: SchemaRef, out: Box<dyn Write + Send>) -> Result<ParquetWriter> {
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = ArrowWriter::try_new(out, schema, Some(properties)).map_err(failed)?;
        Ok(ParquetWriter { writer })
    }
}

impl RowWriter for ParquetWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.writer.write(batch).map_err(failed)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let mut out = self.writer.into_inner().map_err(failed)?;
        out.flush().map_err(Failure::of_output)
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
