//! A first look at a file nobody described yet: its shape, and a guess for each column with how sure it is.
//!
//! The file is read as text columns by the readers that later read it for good, so what is seen is what will be read.
//! Nothing is guessed silently: where the values allow two readings (is 03/04/2011 in March or in April?), both are told.
//! Files of one table are looked at [`together`], so that what one of them does not tell another may.

use std::path::Path;

use arrow::array::{Array, AsArray};
use port::{Result, Rows};
use retail::source::{Column, ColumnType, Duplicates, ExactDuplicates, Format, LandedTable};

use self::place::Place;
use super::input::{Content, Input};
use super::{Settings, csv, json_object, parquet, workbook};

mod guess;
mod numbers;
mod place;
mod times;
mod together;

pub use together::{Together, look_together};

/// What a file seems to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    pub format: Format,
    /// Of delimited text.
    pub delimiter: Option<char>,
    /// What to write as `encoding`; nothing for UTF-8 and for text with a byte order mark.
    pub encoding: Option<Guess<String>>,
    /// Of a workbook: the sheet looked at, and all that there are.
    pub sheet: Option<String>,
    pub sheets: Vec<String>,
    /// Lines above the header, and what stands there.
    pub skip_lines: usize,
    pub title: Option<String>,
    pub decimal: Guess<char>,
    pub thousands: Option<char>,
    /// Words that seem to mean "nothing", over all columns.
    pub nulls: Vec<String>,
    pub columns: Vec<ColumnLook>,
    /// Rows looked at, and whether these were all.
    pub rows: usize,
    pub whole: bool,
    /// Rows that could not be read at all (ragged, broken quotes).
    pub unreadable: usize,
    /// Why the first of them could not be.
    pub unread: Option<String>,
    pub notes: Vec<String>,
}

/// A guess and how sure it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess<T> {
    pub value: T,
    pub certainty: Certainty,
    /// What speaks against it, or what it stands on.
    pub why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// The values allow two readings or more: a person has to say which.
    Ambiguous,
    Likely,
    Certain,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ColumnLook {
    /// As in the file.
    pub header: String,
    /// A name to write in source.toml: lower case, underscores.
    pub name: String,
    pub kind: Guess<ColumnType>,
    /// To write as `formats`; empty is ISO 8601.
    pub formats: Vec<String>,
    /// Other formats that all values fit as well.
    pub alternatives: Vec<String>,
    /// Of a text column: its values read as dates and times, as far as they are.
    pub times: Option<Times>,
    /// Words in this column that seem to mean "nothing".
    pub nulls: Vec<String>,
    /// Some values, the first different ones.
    pub samples: Vec<String>,
    /// More of them: all, where there are few.
    pub values: Vec<String>,
    /// Different values, not counting nulls.
    pub distinct: usize,
    /// Share of empty cells and null words, from 0 to 1.
    pub null_share: f64,
    /// No two rows looked at have the same value, and none lacks one.
    pub is_unique: bool,
    /// Unique, and of a kind and name that keys have.
    pub looks_like_key: bool,
}

/// What a column's dates and times would be.
#[derive(Debug, Clone, PartialEq)]
pub struct Times {
    pub kind: Guess<ColumnType>,
    pub formats: Vec<String>,
    pub alternatives: Vec<String>,
    /// Values that are such times, and whether most are.
    pub count: usize,
    pub are_most: bool,
    /// The first value that is none.
    pub odd: Option<String>,
}

/// Rows looked at.
const ROWS: usize = 20_000;

pub fn look(path: &Path) -> Result<Look> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    look_at(&name, &Input::File(path.to_owned()))
}

/// Looks at bytes as if they were a file called `name`.
pub fn look_bytes(name: &str, bytes: Vec<u8>) -> Result<Look> {
    look_at(name, &Input::Memory(bytes.into()))
}

fn look_at(name: &str, input: &Input) -> Result<Look> {
    let sighted = place::sighted(name, input)?;
    let style = numbers::style(&sighted.seen.columns);
    Ok(sighted.look(style))
}

/// A file's outer form and its first rows.
struct Sighted {
    shape: Shape,
    seen: Sight,
    encoding: Option<Guess<String>>,
    title: Option<String>,
}

fn sighted(name: &str, input: &Input, settings: &Settings, place: &Place) -> Result<Sighted> {
    let mut shape = shape(name, input, settings, place, None)?;
    let mut seen = sight(name, input, &shape, settings)?;
    let mut encoding = shape.encoding.clone().map(|value| Guess {
        value,
        certainty: Certainty::Likely,
        why: "every other byte is zero, as in UTF-16".to_owned(),
    });
    if seen.not_utf8 > 0 {
        let label = "windows-1252";
        shape = self::shape(name, input, settings, place, Some(label))?;
        seen = sight(name, input, &shape, settings)?;
        let why = "the text is not UTF-8 and was read as Latin-1: check letters with accents".to_owned();
        encoding = Some(Guess { value: label.to_owned(), certainty: Certainty::Likely, why });
    }
    Ok(Sighted { shape, seen, encoding, title: None })
}

impl Sighted {
    fn look(&self, style: numbers::Style) -> Look {
        let (shape, seen) = (&self.shape, &self.seen);
        let columns = shape.header.iter().zip(&seen.columns);
        let columns: Vec<ColumnLook> = columns.map(|(header, values)| guess::column(header, values, &style)).collect();
        let mut nulls: Vec<String> = columns.iter().flat_map(|column| column.nulls.iter().cloned()).collect();
        nulls.sort();
        nulls.dedup();
        Look {
            format: shape.format,
            delimiter: shape.delimiter,
            encoding: self.encoding.clone(),
            sheet: shape.sheet.clone(),
            sheets: shape.sheets.clone(),
            skip_lines: shape.place.skip_lines,
            title: self.title.clone(),
            decimal: style.decimal,
            thousands: style.thousands,
            nulls,
            columns,
            rows: seen.rows,
            whole: seen.whole,
            unreadable: seen.unreadable,
            unread: seen.unread.clone(),
            notes: seen.notes.clone(),
        }
    }
}

/// A file's outer form.
struct Shape {
    format: Format,
    delimiter: Option<char>,
    encoding: Option<String>,
    sheet: Option<String>,
    sheets: Vec<String>,
    header: Vec<String>,
    /// The header's quotes do not close where its fields end.
    is_broken: bool,
    place: Place,
    label: Option<&'static str>,
}

fn shape(name: &str, input: &Input, settings: &Settings, place: &Place, label: Option<&'static str>) -> Result<Shape> {
    let table = text_table(&[], place, label);
    let mut shape = Shape {
        format: Format::Csv,
        delimiter: None,
        encoding: None,
        sheet: None,
        sheets: Vec::new(),
        header: Vec::new(),
        is_broken: false,
        place: place.clone(),
        label,
    };
    match input.content(name, Format::Auto)? {
        Content::Text { format: Format::Jsonl, mut reader, origin } => {
            shape.format = Format::Jsonl;
            let mut sample = Vec::new();
            let limit = 1 << 20;
            std::io::Read::read_to_end(&mut std::io::Read::take(&mut reader, limit), &mut sample)
                .map_err(|error| origin.error(error))?;
            shape.header = keys(&sample);
        }
        Content::Text { reader, origin, .. } => {
            if let Some((_, layout)) = csv::open(&table, reader, origin, settings)? {
                shape.delimiter = Some(char::from(layout.dialect.delimiter));
                let utf16 = label.is_none() && layout.encoding != encoding_rs::UTF_8;
                shape.encoding = utf16.then(|| layout.encoding.name().to_lowercase());
                shape.header.clone_from(&layout.header);
                shape.is_broken = layout.is_broken;
            }
        }
        Content::Parquet => {
            shape.format = Format::Parquet;
            shape.header = parquet::header(name, input)?;
        }
        Content::Workbook => {
            shape.format = Format::Xlsx;
            let (wanted, skip) = (place.sheet.as_deref(), place.skip_lines);
            let sheet = super::guard(name, || workbook::sheet(name, input, wanted, skip, settings.block_bytes))?;
            shape.sheet = Some(sheet.name);
            shape.sheets = sheet.sheets;
            shape.header = sheet.header;
        }
    }
    shape.header.retain(|name| !name.is_empty());
    Ok(shape)
}

/// The keys of JSON lines in the order of their first use.
fn keys(sample: &[u8]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for line in sample.split(|byte| *byte == b'\n') {
        let Some(pairs) = std::str::from_utf8(line).ok().and_then(|line| json_object::pairs(line).ok()) else {
            continue;
        };
        for (key, _) in pairs {
            if !keys.iter().any(|known| *known == key) {
                keys.push(key.into_owned());
            }
        }
    }
    keys
}

/// The first rows as texts by column; an empty text is null.
#[derive(Default)]
struct Sight {
    columns: Vec<Vec<String>>,
    rows: usize,
    whole: bool,
    not_utf8: usize,
    unreadable: usize,
    unread: Option<String>,
    notes: Vec<String>,
}

fn sight(name: &str, input: &Input, shape: &Shape, settings: &Settings) -> Result<Sight> {
    let mut seen = Sight { columns: vec![Vec::new(); shape.header.len()], whole: true, ..Sight::default() };
    if shape.header.is_empty() {
        seen.notes.push(format!("{name} has no header"));
        return Ok(seen);
    }
    let table = text_table(&shape.header, &shape.place, shape.label);
    let mut rows: Box<dyn Rows> = super::read(&table, name, input, settings)?;
    while let Some(chunk) = rows.next_chunk()? {
        let take = chunk.batch.num_rows().min(ROWS - seen.rows);
        for (column, texts) in seen.columns.iter_mut().zip(chunk.batch.columns()) {
            let texts = texts.as_string_view();
            column.extend(
                (0..take).map(|row| if texts.is_null(row) { String::new() } else { texts.value(row).to_owned() }),
            );
        }
        seen.rows += take;
        seen.not_utf8 += chunk.rejected.iter().filter(|rejected| rejected.rule == "bad_encoding").count();
        seen.unreadable += chunk.rejected.len();
        seen.unread = seen.unread.or_else(|| chunk.rejected.first().map(|rejected| rejected.reason.clone()));
        if seen.rows == ROWS {
            seen.whole = take == chunk.batch.num_rows() && rows.next_chunk()?.is_none();
            break;
        }
    }
    Ok(seen)
}

/// A table with a text column for each name.
fn text_table(header: &[String], place: &Place, encoding: Option<&str>) -> LandedTable {
    let columns = header.iter().map(|name| Column {
        name: name.clone(),
        from: Vec::new(),
        kind: ColumnType::Text,
        required: false,
        optional: true,
        formats: Vec::new(),
        min: None,
        max: None,
        values: Vec::new(),
        pii: false,
    });
    LandedTable {
        name: "file".to_owned(),
        files: Vec::new(),
        format: Format::Auto,
        delimiter: None,
        quote: '"',
        encoding: encoding.map(str::to_owned),
        sheet: place.sheet.clone(),
        skip_lines: place.skip_lines,
        null: Vec::new(),
        decimal: '.',
        thousands: None,
        key: Vec::new(),
        unique: false,
        duplicates: Duplicates::default(),
        exact_duplicates: ExactDuplicates::default(),
        currency: None,
        dated_by: None,
        parents: Vec::new(),
        columns: columns.collect(),
        rejects: Vec::new(),
        max_rejects: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Invoice No;Customer ID;Date;Other;When;Price;Zip;Gift;Note\n\
        536365;17850;23/11/2011;03/04/2011;2011-11-23 17:05:00;1.234,5;01037;yes;hello\n\
        536366;NULL;13/04/2011;05/04/2011;2011-11-23 18:05:00;2,55;14409;no;\n\
        536367;13047;01/02/2011;06/07/2011;2011-11-23 19:05:00;3,5;09790;yes;x\n";

    fn columns(look: &Look) -> Vec<(&str, ColumnType, Certainty)> {
        look.columns.iter().map(|column| (column.name.as_str(), column.kind.value, column.kind.certainty)).collect()
    }

    #[test]
    fn a_shops_export() {
        let look = look_bytes("a.csv", TEXT.into()).unwrap();
        assert_eq!((look.format, look.delimiter, look.rows, look.whole), (Format::Csv, Some(';'), 3, true));
        assert_eq!((look.decimal.value, look.thousands), (',', Some('.')));
        assert_eq!(look.nulls, ["NULL"]);
        use Certainty::*;
        use ColumnType::*;
        assert_eq!(
            columns(&look),
            [
                ("invoice_no", Text, Likely),
                ("customer_id", Text, Likely),
                ("date", Date, Certain),
                ("other", Date, Ambiguous),
                ("when", Timestamp, Certain),
                ("price", Decimal, Certain),
                ("zip", Text, Certain),
                ("gift", Boolean, Certain),
                ("note", Text, Certain),
            ]
        );
        assert_eq!(look.columns[2].formats, ["%d/%m/%Y"]);
        assert_eq!(look.columns[3].formats, ["%d/%m/%Y"]);
        assert_eq!(look.columns[3].alternatives, ["%m/%d/%Y"]);
        assert!(look.columns[3].kind.why.contains("day or month first"), "{}", look.columns[3].kind.why);
        assert!(look.columns[0].looks_like_key && !look.columns[1].looks_like_key && !look.columns[4].looks_like_key);
        assert_eq!(look.columns[1].distinct, 2);
        assert_eq!(look.columns[8].samples, ["hello", "x"]);
    }

    #[test]
    fn latin_1_and_other_formats() {
        let look = look_bytes("a.csv", b"name,n\ncaf\xe9,1\n".to_vec()).unwrap();
        assert_eq!(look.encoding.unwrap().value, "windows-1252");
        assert_eq!(look.columns[0].samples, ["café"]);
        let look =
            look_bytes("a.jsonl", b"{\"id\":1,\"total\":2.5}\n{\"id\":2,\"at\":\"2011-11-23\"}\n".to_vec()).unwrap();
        assert_eq!(look.format, Format::Jsonl);
        let names: Vec<&str> = look.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["id", "total", "at"]);
        assert_eq!(look_bytes("a.csv", Vec::new()).unwrap().columns, []);
    }

    #[test]
    fn a_few_bad_values_are_told_not_hidden() {
        let rows: String = (0..500).map(|row| if row == 77 { "x\n".to_owned() } else { format!("{row}\n") }).collect();
        let look = look_bytes("a.csv", format!("count\n{rows}").into_bytes()).unwrap();
        let kind = &look.columns[0].kind;
        assert_eq!((kind.value, kind.certainty), (ColumnType::Integer, Certainty::Likely));
        assert!(kind.why.contains("1 of 500") && kind.why.contains("\"x\""), "{}", kind.why);
    }

    #[test]
    fn identifiers_may_have_letters() {
        let rows: String = (0..500).map(|row| format!("{}{row}\n", if row == 77 { "C" } else { "" })).collect();
        let look = look_bytes("a.csv", format!("InvoiceNo\n{rows}").into_bytes()).unwrap();
        assert_eq!(look.columns[0].kind.value, ColumnType::Text);
    }

    #[test]
    fn unclear_numbers_are_said_to_be() {
        let look = look_bytes("a.csv", b"id;sum\n1;1,234\n2;5,678\n".to_vec()).unwrap();
        assert_eq!(look.decimal.certainty, Certainty::Ambiguous);
        assert_eq!(look.columns[1].kind.certainty, Certainty::Ambiguous);
    }
}
