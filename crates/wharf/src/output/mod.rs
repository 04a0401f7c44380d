//! Results to people and programs: a table, csv, json, parquet or xlsx, on stdout or into a file.

mod cell;
mod csv;
mod json;
mod parquet;
mod sheet;
mod table;
mod xlsx;

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::StreamExt;
use port::Error;

use crate::failure::{Failure, Result};

pub use cell::{plain, thousands};
pub use sheet::{Sheet, bytes_of, text_sheet};

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    Table,
    Csv,
    Json,
    Parquet,
    Xlsx,
}

/// Flags of every command that answers with rows.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// How to write the rows [default: by the extension of --out, else table]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Write into this file instead of stdout
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// In csv, leave cells that a spreadsheet might run (=…, +…, @…) as they are
    #[arg(long)]
    pub raw_csv: bool,
}

/// Rows of one format, written batch after batch.
pub trait RowWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<()>;
    /// Ends the output, so that it is whole.
    fn finish(self: Box<Self>) -> Result<()>;
}

impl Format {
    pub const fn extension(self) -> &'static str {
        match self {
            Format::Table => "txt",
            Format::Csv => "csv",
            Format::Json => "json",
            Format::Parquet => "parquet",
            Format::Xlsx => "xlsx",
        }
    }

    /// Rows that a file holds, where it does not hold any number.
    pub const fn room(self) -> Option<u64> {
        match self {
            Format::Xlsx => Some(xlsx::MOST_ROWS as u64 - 1),
            _ => None,
        }
    }

    fn of_path(path: &Path) -> Option<Format> {
        let extension = path.extension()?.to_str()?.to_lowercase();
        let known = [Format::Table, Format::Csv, Format::Json, Format::Parquet, Format::Xlsx];
        known.into_iter().find(|format| format.extension() == extension)
    }
}

/// A writer of rows alone, without what a person is told beside them.
pub fn writer(format: Format, schema: &SchemaRef, out: Box<dyn Write + Send>) -> Result<Box<dyn RowWriter>> {
    Ok(match format {
        Format::Table => Box::new(table::TableWriter::new(schema.clone(), out, None, Vec::new())),
        Format::Csv => Box::new(csv::CsvWriter::new(schema, out, true)?),
        Format::Json => Box::new(json::JsonWriter::new(schema, out)),
        Format::Parquet => Box::new(parquet::ParquetWriter::new(schema.clone(), out)?),
        Format::Xlsx => Box::new(xlsx::XlsxWriter::new(schema, out)?),
    })
}

impl OutputArgs {
    pub fn format(&self) -> Result<Format> {
        match (self.format, &self.out) {
            (Some(format), _) => Ok(format),
            (None, None) => Ok(Format::Table),
            (None, Some(path)) => Format::of_path(path).ok_or_else(|| {
                Failure::usage(
                    format!("the name {} does not tell a format", path.display()),
                    "end it in .csv, .json, .parquet, .xlsx or .txt, or say --format",
                )
            }),
        }
    }

    /// For people, not for programs.
    pub fn is_for_a_person(&self) -> Result<bool> {
        Ok(self.format()? == Format::Table)
    }

    /// Writes all rows of `sheet`.
    pub async fn write(&self, sheet: Sheet) -> Result<()> {
        let format = self.format()?;
        let Some(path) = &self.out else {
            let stdout = std::io::stdout();
            if stdout.is_terminal() && matches!(format, Format::Parquet | Format::Xlsx) {
                let advice = format!("write it into a file: --out rows.{}", format.extension());
                return Err(Failure::usage("this format is not for a terminal", advice));
            }
            return self.write_to(format, sheet, Box::new(BufWriter::with_capacity(1 << 16, stdout))).await;
        };
        // Whole or not at all: a reader never sees half a file.
        let part = path.with_added_extension("part");
        let file = File::create(&part).map_err(|error| Error::io("write", &part, error))?;
        let written = self.write_to(format, sheet, Box::new(BufWriter::with_capacity(1 << 16, file))).await;
        let moved =
            written.and_then(|()| std::fs::rename(&part, path).map_err(|error| Error::io("write", path, error).into()));
        if moved.is_err() {
            let _ = std::fs::remove_file(&part);
        }
        moved
    }

    async fn write_to(&self, format: Format, sheet: Sheet, out: Box<dyn Write + Send>) -> Result<()> {
        let Sheet { schema, mut rows, total, remarks } = sheet;
        let mut writer: Box<dyn RowWriter> = match format {
            Format::Table => Box::new(table::TableWriter::new(schema, out, total, remarks)),
            Format::Csv => Box::new(csv::CsvWriter::new(&schema, out, !self.raw_csv)?),
            other => writer(other, &schema, out)?,
        };
        while let Some(batch) = rows.next().await {
            writer.write(&batch?)?;
        }
        writer.finish()
    }
}
