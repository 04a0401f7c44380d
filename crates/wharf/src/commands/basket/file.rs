//! Baskets of a file: a basket a line (numbers, or names in csv), or a row for each item, in any format that wharf reads.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema};
use connect::files::{Look, Settings, look, read_path};
use flow::analysis::baskets::{Filled, Lines, Sizes};
use models::nearest;
use port::{Error, Kind};
use retail::source::{Column, Format, LandedTable};

use super::lines;
use crate::failure::{Failure, Result};

#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "A file's baskets")]
pub struct FileArgs {
    /// Read baskets from this file; needs no project
    #[arg(long = "file", value_name = "FILE")]
    pub path: Option<PathBuf>,
    /// fimi: a basket a line, numbers apart by blanks. csv without --group: a basket a line, names apart by commas
    /// [default: by the file's extension]
    #[arg(long, value_enum, value_name = "FORMAT")]
    file_format: Option<FileFormat>,
    /// The column that tells baskets apart, where each row is an item
    #[arg(long, value_name = "COL", requires = "item")]
    group: Option<String>,
    /// The column that holds the item
    #[arg(long, value_name = "COL", requires = "group")]
    item: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FileFormat {
    Fimi,
    Csv,
    Parquet,
}

impl FileArgs {
    pub fn refuse_without_file(&self) -> Result<()> {
        let set = [(self.file_format.is_some(), "--file-format"), (self.group.is_some(), "--group and --item")];
        match set.iter().find(|(set, _)| *set) {
            Some((_, flag)) => Err(Failure::usage(format!("{flag} say how a file is read"), "name it: --file FILE")),
            None => Ok(()),
        }
    }

    pub fn read(&self, path: &Path, sizes: Sizes) -> Result<Filled> {
        match (&self.group, &self.item, self.format(path)?) {
            (Some(_), _, Some(FileFormat::Fimi)) => Err(Failure::usage(
                "a fimi file has no columns",
                "leave away --group and --item, or --file-format fimi",
            )),
            (Some(group), Some(item), format) => Ok(rows(path, format, group, item)?.fill(sizes)),
            (_, _, Some(FileFormat::Fimi)) => lines::numbers(path, sizes),
            (_, _, Some(FileFormat::Csv)) => Ok(lines::names(path)?.fill(sizes)),
            (_, _, Some(FileFormat::Parquet)) | (_, _, None) => {
                let there = look(path).map(|look| headers(&look).join(", ")).unwrap_or_default();
                let there = if there.is_empty() { String::new() } else { format!("; there are: {there}") };
                Err(Failure::usage(
                    format!("which columns of {} are basket and item?", path.display()),
                    format!("name them: --group COL --item COL{there}"),
                ))
            }
        }
    }

    /// As asked for, else by the name; `None` for the others that wharf reads.
    fn format(&self, path: &Path) -> Result<Option<FileFormat>> {
        if let Some(format) = self.file_format {
            return Ok(Some(format));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        if ends(&[".dat", ".fimi", ".txt", ".basket"]) {
            Ok(Some(FileFormat::Fimi))
        } else if ends(&[".csv", ".tsv"]) {
            Ok(Some(FileFormat::Csv))
        } else if ends(&[".parquet"]) {
            Ok(Some(FileFormat::Parquet))
        } else if self.group.is_some() {
            Ok(None)
        } else {
            let message = format!("the name {} does not tell how the file is written", path.display());
            Err(Failure::usage(message, "say --file-format fimi, csv or parquet"))
        }
    }
}

/// A row for each item.
fn rows(path: &Path, format: Option<FileFormat>, group: &str, item: &str) -> Result<Lines> {
    if !path.is_file() {
        return Err(missing(path));
    }
    let look = look(path)?;
    let (group, item) = (column(path, &look, group)?, column(path, &look, item)?);
    if group == item {
        return Err(Failure::usage("--group and --item name the same column", "a basket and an item are two columns"));
    }
    let table = table(&look, format, &group, &item);
    let mut rows = read_path(&table, path, &Settings::new("UTC", 0)?)?;
    let names = ["basket", "item"].map(|name| Field::new(name, arrow::datatypes::DataType::Utf8View, true));
    let schema = Arc::new(Schema::new(names.to_vec()));
    let mut lines = Lines::default();
    let mut rejected = 0;
    while let Some(chunk) = rows.next_chunk()? {
        rejected += chunk.rejected.len();
        let columns = vec![chunk.batch.column(0).clone(), chunk.batch.column(1).clone()];
        let batch = RecordBatch::try_new(schema.clone(), columns);
        lines.take(&batch.map_err(|error| Error::internal(format!("rows that are no text: {error}")))?)?;
    }
    if rejected > 0 {
        eprintln!("{rejected} rows of {} cannot be read and are left out", path.display());
    }
    Ok(lines)
}

fn table(look: &Look, format: Option<FileFormat>, group: &str, item: &str) -> LandedTable {
    let column = |name: &str| Column {
        name: name.to_owned(),
        from: Vec::new(),
        kind: retail::source::ColumnType::Text,
        required: false,
        optional: false,
        formats: Vec::new(),
        min: None,
        max: None,
        values: Vec::new(),
        pii: false,
    };
    LandedTable {
        name: "the baskets".to_owned(),
        files: vec!["*".to_owned()],
        format: match format {
            Some(FileFormat::Csv) => Format::Csv,
            Some(FileFormat::Parquet) => Format::Parquet,
            _ => Format::Auto,
        },
        delimiter: look.delimiter,
        quote: '"',
        encoding: look.encoding.as_ref().map(|guess| guess.value.clone()),
        sheet: look.sheet.clone(),
        skip_lines: 0,
        null: Vec::new(),
        decimal: '.',
        thousands: None,
        key: Vec::new(),
        currency: None,
        dated_by: None,
        unique: false,
        duplicates: retail::source::Duplicates::Newest,
        exact_duplicates: retail::source::ExactDuplicates::Keep,
        parents: Vec::new(),
        columns: vec![column(group), column(item)],
        rejects: Vec::new(),
        max_rejects: None,
    }
}

/// The file's own name of a column, whatever case it was typed in.
fn column(path: &Path, look: &Look, typed: &str) -> Result<String> {
    let headers = headers(look);
    let found = headers.iter().find(|header| **header == typed);
    let found = found.or_else(|| headers.iter().find(|header| header.eq_ignore_ascii_case(typed)));
    if let Some(found) = found {
        return Ok((*found).to_owned());
    }
    let advice = match nearest(typed, headers.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", headers.join(", ")),
    };
    Err(Failure::usage(format!("{} has no column `{typed}`", path.display()), advice))
}

fn headers(look: &Look) -> Vec<&str> {
    look.columns.iter().map(|column| column.header.as_str()).collect()
}

pub fn missing(path: &Path) -> Failure {
    let message = format!("there is no file {}", path.display());
    let advice =
        if path == Path::new("-") { "what is piped in is /dev/stdin, with --file-format" } else { "check the path" };
    Error::new(Kind::NotFound, message).advise(advice).into()
}
