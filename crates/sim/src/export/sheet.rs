//! A file of one table in one of the formats, put together from parts that threads encode side by side.

use std::io::Write;
use std::sync::Arc;

use pages::Chunk;
use parquet::arrow::ArrowSchemaConverter;
use parquet::errors::Result as ParquetResult;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::SchemaDescriptor;
use port::{Error, Kind, Result};
use serde::{Deserialize, Serialize};

use super::cells::Cells;
use super::columns::Columns;
use super::csv::Csv;
use super::jsonl::Jsonl;
use super::pages::chunk;
use super::table::Table;

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
    Parquet(Vec<Chunk>),
}

/// Bytes that a document's cells of one column take as text: orders have two or three lines.
const A_CELL: usize = 24;

/// Takes rows for one part.
pub enum Encoder {
    Csv(Box<Csv>),
    Jsonl(Jsonl),
    Parquet(Columns),
}

impl Encoder {
    /// `documents`: about how many there will be.
    pub fn new(table: &'static Table, format: Format, documents: usize) -> Encoder {
        match format {
            Format::Csv => Encoder::Csv(Box::new(Csv::with_room(documents * table.columns.len() * A_CELL))),
            Format::Jsonl => Encoder::Jsonl(Jsonl::new(table)),
            Format::Parquet => Encoder::Parquet(Columns::new(table, documents)),
        }
    }

    /// Gives each format's cells to a writer of rows that knows them by type.
    pub fn fill<W: Fill>(&mut self, with: W) {
        match self {
            Encoder::Csv(cells) => with.fill(cells.as_mut()),
            Encoder::Jsonl(cells) => with.fill(cells),
            Encoder::Parquet(cells) => with.fill(cells),
        }
    }

    pub fn finish(self) -> Result<Part> {
        match self {
            Encoder::Csv(cells) => Ok(Part::Text(cells.finish())),
            Encoder::Jsonl(cells) => Ok(Part::Text(cells.out)),
            Encoder::Parquet(columns) => Ok(Part::Parquet(row_group(&columns).map_err(parquet_failed)?)),
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
            // A cart may be empty, and so may all of a part.
            (Sheet::Parquet(_), Part::Parquet(columns)) if columns.is_empty() => Ok(()),
            (Sheet::Parquet(writer), Part::Parquet(columns)) => {
                let add = || -> ParquetResult<()> {
                    let mut group = writer.next_row_group()?;
                    for column in columns {
                        column.append(&mut group)?;
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
    // The version of the library would change the bytes.
    let properties = WriterProperties::builder().set_created_by("wharf".to_owned()).build();
    SerializedFileWriter::new(to, schema(table)?.root_schema_ptr(), Arc::new(properties))
}

fn row_group(columns: &Columns) -> ParquetResult<Vec<Chunk>> {
    let schema = schema(columns.table)?;
    if columns.rows == 0 {
        return Ok(Vec::new());
    }
    let encoded = |(column, described)| chunk(column, &columns.runs(column), columns.rows, described);
    columns.columns.iter().zip(schema.columns()).map(encoded).collect()
}

fn schema(table: &Table) -> ParquetResult<SchemaDescriptor> {
    ArrowSchemaConverter::new().convert(&table.schema())
}

fn failed(error: std::io::Error) -> Error {
    Error::new(Kind::Io, format!("cannot write: {error}"))
        .advise("free some space, or choose another --out")
        .because(error)
}

fn parquet_failed(error: parquet::errors::ParquetError) -> Error {
    Error::new(Kind::Io, format!("cannot write Parquet: {error}")).because(error)
}
