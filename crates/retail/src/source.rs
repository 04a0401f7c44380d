//! `source.toml`: how a shop's files are read. Typed here, read by `connect`, applied by the warehouse.

use serde::Deserialize;

/// A preset's `source.toml`: the landed tables of one shop and how to read each.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Stable name, part of every load's identity.
    pub name: String,
    #[serde(default)]
    pub description: String,
    /// ISO 4217 code of the files' amounts, where no column says another.
    pub currency: String,
    /// IANA zone; days are this zone's days and times without a zone are read in it.
    pub timezone: String,
    /// Put before every order, customer and product id, so that several shops share one warehouse.
    #[serde(default)]
    pub id_prefix: String,
    /// Globs, as those of tables, of files that lie in the inbox for others: no table takes them, and nobody is told.
    #[serde(default)]
    pub ignore: Vec<String>,
    #[serde(rename = "table")]
    pub tables: Vec<LandedTable>,
}

/// One kind of file and the rows in it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LandedTable {
    /// The name staging SQL uses for these rows.
    pub name: String,
    /// Globs on the path below inbox/, case-insensitive; the first table that matches takes the file.
    pub files: Vec<String>,
    #[serde(default)]
    pub format: Format,
    /// Field separator; absent means found from the file (`,` `;` tab `|`).
    #[serde(default)]
    pub delimiter: Option<char>,
    #[serde(default = "double_quote")]
    pub quote: char,
    /// An encoding_rs label; absent means BOM, else UTF-8.
    #[serde(default)]
    pub encoding: Option<String>,
    /// Sheet of a workbook; absent means the first.
    #[serde(default)]
    pub sheet: Option<String>,
    /// Lines before the header.
    #[serde(default)]
    pub skip_lines: usize,
    /// Cell texts that mean "nothing", beside the empty cell.
    #[serde(default)]
    pub null: Vec<String>,
    #[serde(default = "point")]
    pub decimal: char,
    #[serde(default)]
    pub thousands: Option<char>,
    /// Unit of replacement: the newest load that has a key replaces all older rows of that key.
    /// Empty: the unit is the file's path.
    #[serde(default)]
    pub key: Vec<String>,
    /// At most one row a key: of several the newest stays (see `duplicates`).
    #[serde(default)]
    pub unique: bool,
    /// What becomes of older rows of a unique key.
    #[serde(default)]
    pub duplicates: Duplicates,
    /// Rows alike in every column within a load.
    #[serde(default)]
    pub exact_duplicates: ExactDuplicates,
    /// The column that holds a row's currency; a row without one is in the source's.
    #[serde(default)]
    pub currency: Option<String>,
    /// The column whose day a row's exchange rate is of.
    #[serde(default)]
    pub dated_by: Option<String>,
    /// Rows that must be there first; without them a row waits as pending.
    #[serde(default, rename = "parent")]
    pub parents: Vec<Parent>,
    #[serde(rename = "column")]
    pub columns: Vec<Column>,
    #[serde(default, rename = "reject")]
    pub rejects: Vec<RejectRule>,
    /// The run fails when more rows than this are rejected in one load: `"100"` rows or `"2%"`.
    #[serde(default)]
    pub max_rejects: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// By extension and first bytes.
    #[default]
    Auto,
    Csv,
    Jsonl,
    Parquet,
    Xlsx,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Duplicates {
    /// The newest row supersedes the others.
    #[default]
    Newest,
    /// The newest row takes what it lacks from the others, which are merged into it.
    Merge,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExactDuplicates {
    #[default]
    Keep,
    /// Later copies are merged into the first.
    Merge,
}

/// This table's `columns` name a row of `table` by that table's key.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    pub table: String,
    pub columns: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// The name staging SQL uses.
    pub name: String,
    /// Header names it goes by in files, beside `name`; compared without case, spaces and underscores.
    #[serde(default)]
    pub from: Vec<String>,
    #[serde(rename = "type", default)]
    pub kind: ColumnType,
    /// A null is rejected (rule `missing`).
    #[serde(default)]
    pub required: bool,
    /// The file may lack the column altogether; then it is null.
    #[serde(default)]
    pub optional: bool,
    /// strftime patterns tried in order; empty means ISO 8601.
    #[serde(default)]
    pub formats: Vec<String>,
    /// Bounds, inclusive, as text of the column's type; for times also `now`, `now+1d`.
    #[serde(default)]
    pub min: Option<String>,
    #[serde(default)]
    pub max: Option<String>,
    /// The only values accepted.
    #[serde(default)]
    pub values: Vec<String>,
    /// The value is personal: masked for viewers.
    #[serde(default)]
    pub pii: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// Arrow Utf8View.
    #[default]
    Text,
    /// Int64.
    Integer,
    /// Decimal128(18, 4): money and measures; more than four decimals is rejected, never rounded.
    Decimal,
    Boolean,
    /// Date32.
    Date,
    /// Timestamp(Microsecond, "UTC"); read in the source's zone where the text names none.
    Timestamp,
}

/// Rows for which `when` holds are set aside under the name `rule`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RejectRule {
    pub rule: String,
    /// A SQL expression over the table's columns.
    pub when: String,
    /// Told to the person who looks at the row.
    #[serde(default)]
    pub reason: String,
}

fn double_quote() -> char {
    '"'
}

fn point() -> char {
    '.'
}
