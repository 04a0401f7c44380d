//! A file of one table in one of the formats, put together from parts that threads encode side by side.

use std::io::Write;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, Encoding};
use parquet::errors::Result as ParquetResult;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use port::{Error, Kind, Result};
use serde::{Deserialize, Serialize};

use super::cells::Cells;
use super::columns::Columns;
use super::csv::Csv;
use super::jsonl::Jsonl;
use super::table::{Kind as Cell, Table};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    Csv,
    Parquet,
    Jsonl,
}

impl Format {
    pub const NAMES: [(&'static str, Format); 3] =
        [("csv", Format::Csv), ("parquet", Format::Parquet), ("jsonl", Format::Jsonl)];

    /// Also a file's extension.
    pub fn name(self) -> &'static str {
        Format::NAMES[self as usize].0
    }
}

/// Rows, encoded.
pub enum Part {
    Text(Vec<u8>),
    /// A row group's columns.
    Parquet(Vec<ArrowColumnChunk>),
}

/// Of a document, or a little more.
const ROWS: usize = 3;
/// Bytes that a document's cells of one column take as text: orders have two or three lines.
const A_CELL: usize = 24;

/// Takes rows for one part.
pub enum Encoder {
    Csv(Csv),
    Jsonl(Jsonl),
    Parquet(Columns, &'static Table),
}

impl Encoder {
    /// `documents`: about how many there will be.
    pub fn new(table: &'static Table, format: Format, documents: usize) -> Encoder {
        match format {
            Format::Csv => Encoder::Csv(Csv::with_room(documents * table.columns.len() * A_CELL)),
            Format::Jsonl => Encoder::Jsonl(Jsonl::new(table)),
            Format::Parquet => Encoder::Parquet(Columns::with_room(table, documents * ROWS), table),
        }
    }

    /// Gives each format's cells to a writer of rows that knows them by type.
    pub fn fill<W: Fill>(&mut self, with: W) {
        match self {
            Encoder::Csv(cells) => with.fill(cells),
            Encoder::Jsonl(cells) => with.fill(cells),
            Encoder::Parquet(cells, _) => with.fill(cells),
        }
    }

    pub fn finish(self) -> Result<Part> {
        match self {
            Encoder::Csv(cells) => Ok(Part::Text(cells.out)),
            Encoder::Jsonl(cells) => Ok(Part::Text(cells.out)),
            Encoder::Parquet(columns, table) => {
                let batch = columns.finish().map_err(|error| Error::internal(error.to_string()))?;
                Ok(Part::Parquet(row_group(table, &batch).map_err(parquet_failed)?))
            }
        }
    }
}

/// Something that writes rows into whatever cells there are.
pub trait Fill {
    fn fill(self, cells: &mut impl Cells);
}

/// An open file.
pub enum Sheet<W: Write + Send> {
    Text(W),
    Parquet(Box<SerializedFileWriter<W>>),
}

impl<W: Write + Send> Sheet<W> {
    pub fn new(table: &Table, format: Format, mut to: W) -> Result<Sheet<W>> {
        match format {
            Format::Csv => {
                to.write_all(&Csv::header(table)).map_err(failed)?;
                Ok(Sheet::Text(to))
            }
            Format::Jsonl => Ok(Sheet::Text(to)),
            Format::Parquet => Ok(Sheet::Parquet(Box::new(file_writer(table, to).map_err(parquet_failed)?))),
        }
    }

    pub fn add(&mut self, part: Part) -> Result<()> {
        match (self, part) {
            (Sheet::Text(to), Part::Text(bytes)) => to.write_all(&bytes).map_err(failed),
            (Sheet::Parquet(writer), Part::Parquet(columns)) => {
                let add = || -> ParquetResult<()> {
                    let mut group = writer.next_row_group()?;
                    for column in columns {
                        column.append_to_row_group(&mut group)?;
                    }
                    group.close().map(|_| ())
                };
                add().map_err(parquet_failed)
            }
            _ => Err(Error::internal("a part of another format")),
        }
    }

    pub fn finish(self) -> Result<W> {
        match self {
            Sheet::Text(mut to) => to.flush().map(|()| to).map_err(failed),
            Sheet::Parquet(writer) => writer.into_inner().map_err(parquet_failed),
        }
    }
}

fn file_writer<W: Write + Send>(table: &Table, to: W) -> ParquetResult<SerializedFileWriter<W>> {
    let schema = ArrowSchemaConverter::new().convert(&table.schema())?;
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        // The version of the library would change the bytes.
        .set_created_by("wharf".to_owned());
    // As the lake keeps its tables: texts repeat and go into a dictionary, numbers differ little from one row to the next.
    for (name, kind) in table.columns {
        let column = ColumnPath::from(*name);
        properties = match kind {
            Cell::Int | Cell::Money | Cell::Time => properties
                .set_column_dictionary_enabled(column.clone(), false)
                .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED),
            Cell::Text => properties.set_column_statistics_enabled(column, EnabledStatistics::None),
            Cell::Flag | Cell::Real => properties,
        };
    }
    SerializedFileWriter::new(to, schema.root_schema_ptr(), Arc::new(properties.build()))
}

fn row_group(table: &'static Table, batch: &RecordBatch) -> ParquetResult<Vec<ArrowColumnChunk>> {
    let nowhere = file_writer(table, std::io::sink())?;
    let writers = ArrowRowGroupWriterFactory::new(&nowhere, batch.schema()).create_column_writers(0)?;
    let mut writers = writers.into_iter();
    let mut chunks = Vec::with_capacity(batch.num_columns());
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        for leaf in compute_leaves(field, column)? {
            let Some(mut writer) = writers.next() else { continue };
            writer.write(&leaf)?;
            chunks.push(writer.close()?);
        }
    }
    Ok(chunks)
}

fn failed(error: std::io::Error) -> Error {
    Error::new(Kind::Io, format!("cannot write: {error}"))
        .advise("free some space, or choose another --out")
        .because(error)
}

fn parquet_failed(error: parquet::errors::ParquetError) -> Error {
    Error::new(Kind::Io, format!("cannot write Parquet: {error}")).because(error)
}
