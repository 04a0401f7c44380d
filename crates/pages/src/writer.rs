//! A file of record batches.

use std::io::Write;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;

use super::column::Column;

/// Rows of a row group, roughly.
const GROUP: usize = 1 << 20;

/// Takes the place of the library's `ArrowWriter`, for files without its copy of the Arrow schema. Of what `properties` say of
/// columns it heeds compression and whether bounds are kept; how values are encoded it decides by their type.
pub struct Writer<W: Write + Send> {
    file: SerializedFileWriter<W>,
    schema: SchemaRef,
    /// Of the row group that is being filled.
    columns: Vec<ColumnWriter>,
    rows: usize,
}

enum ColumnWriter {
    Ours(Box<Column>),
    /// Of a type that is not encoded here; one for each of its leaves.
    Library(Vec<ArrowColumnWriter>),
}

impl<W: Write + Send> Writer<W> {
    pub fn new(to: W, schema: SchemaRef, properties: WriterProperties) -> Result<Writer<W>> {
        let described = ArrowSchemaConverter::new().convert(&schema)?;
        let file = SerializedFileWriter::new(to, described.root_schema_ptr(), Arc::new(properties))?;
        Ok(Writer { file, schema, columns: Vec::new(), rows: 0 })
    }

    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_columns() != self.schema.fields().len() {
            return Err(ParquetError::General(format!("{} columns are not the file's", batch.num_columns())));
        }
        if self.rows > 0 && self.rows + batch.num_rows() > GROUP {
            self.end_group()?;
        }
        if self.columns.is_empty() {
            self.columns = self.begin_group()?;
        }
        self.rows += batch.num_rows();
        for ((column, field), array) in self.columns.iter_mut().zip(self.schema.fields()).zip(batch.columns()) {
            match column {
                ColumnWriter::Ours(column) => column.push(array.as_ref())?,
                ColumnWriter::Library(leaves) => {
                    for (leaf, levels) in leaves.iter_mut().zip(compute_leaves(field, array)?) {
                        leaf.write(&levels)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Completes the file.
    pub fn finish(&mut self) -> Result<()> {
        self.end_group()?;
        self.file.finish().map(|_| ())
    }

    pub fn bytes_written(&self) -> usize {
        self.file.bytes_written()
    }

    fn begin_group(&self) -> Result<Vec<ColumnWriter>> {
        let described = self.file.schema_descr();
        let leaves_of =
            |root: usize| (0..described.num_columns()).filter(move |leaf| described.get_column_root_idx(*leaf) == root);
        let ours = self.schema.fields().iter().enumerate().map(|(root, field)| {
            let leaf = leaves_of(root).next()?;
            Column::new(field, &described.column(leaf), self.file.properties())
        });
        let ours: Vec<Option<Column>> = ours.collect();
        let mut libraries = Vec::new();
        if ours.iter().any(Option::is_none) {
            let group = self.file.flushed_row_groups().len();
            libraries =
                ArrowRowGroupWriterFactory::new(&self.file, self.schema.clone()).create_column_writers(group)?;
        }
        let mut libraries = libraries.into_iter();
        let column = |(root, ours): (usize, Option<Column>)| {
            let leaves: Vec<ArrowColumnWriter> = libraries.by_ref().take(leaves_of(root).count()).collect();
            ours.map_or(ColumnWriter::Library(leaves), |ours| ColumnWriter::Ours(Box::new(ours)))
        };
        Ok(ours.into_iter().enumerate().map(column).collect())
    }

    fn end_group(&mut self) -> Result<()> {
        let columns = std::mem::take(&mut self.columns);
        if std::mem::take(&mut self.rows) == 0 {
            return Ok(());
        }
        let mut group = self.file.next_row_group()?;
        for column in columns {
            match column {
                ColumnWriter::Ours(column) => column.finish()?.append(&mut group)?,
                ColumnWriter::Library(leaves) => {
                    for leaf in leaves {
                        let mut chunk = leaf.close()?;
                        // Bounds of pages are of all columns or of none.
                        chunk.close_mut().column_index = None;
                        chunk.append_to_row_group(&mut group)?;
                    }
                }
            }
        }
        group.close().map(|_| ())
    }
}
