//! Presets: how one shop's files become the four staging tables. A folder of `source.toml` and `staging/*.sql`.

use std::sync::LazyLock;

use crate::mistake::Mistake;
use crate::source::Source;
use crate::source_file;
use crate::staging;

pub use crate::source_file::parse_source;

#[derive(Debug, Clone, PartialEq)]
pub struct Preset {
    pub name: String,
    pub source: Source,
    /// Path that mistakes in `source.toml` are reported under.
    pub source_file: String,
    /// `source.toml` as it was written, comments and all: `wharf init` puts it into the project.
    pub source_text: String,
    /// One file for each of [`staging::TABLES`], in that order.
    pub staging: Vec<SqlFile>,
}

/// The SQL of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlFile {
    /// The table that it makes: the file's name without `.sql`.
    pub name: String,
    /// Path that mistakes are reported under.
    pub file: String,
    pub text: String,
}

impl SqlFile {
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> SqlFile {
        let file = file.into();
        let base = file.rsplit(['/', '\\']).next().unwrap_or(&file);
        SqlFile { name: base.strip_suffix(".sql").unwrap_or(base).to_owned(), text: text.into(), file }
    }
}

impl Preset {
    /// A preset from its files' texts; `source_file` is the path of its `source.toml` in messages.
    pub fn new(
        name: &str,
        source_file: &str,
        source_text: &str,
        staging: Vec<SqlFile>,
    ) -> Result<Preset, Vec<Mistake>> {
        let (source, mut mistakes) = match source_file::parse_source(source_file, source_text) {
            Ok(source) => (Some(source), Vec::new()),
            Err(mistakes) => (None, mistakes),
        };
        let staging = one_a_table(source_file, staging, &mut mistakes);
        match source {
            Some(source) if mistakes.is_empty() => {
                let (name, source_file) = (name.to_owned(), source_file.to_owned());
                Ok(Preset { name, source, source_file, source_text: source_text.to_owned(), staging })
            }
            _ => Err(mistakes),
        }
    }

    /// A mistake in `source.toml`, at `path`: keys and indexes joined by dots, such as `table.0.reject.1.when`.
    pub fn mistake(&self, path: &str, message: impl Into<String>) -> Mistake {
        source_file::mistake(&self.source_file, &self.source_text, path, message)
    }
}

/// The presets that come with wharf.
pub fn presets() -> &'static [Preset] {
    &PRESETS
}

pub fn preset(name: &str) -> Option<&'static Preset> {
    presets().iter().find(|preset| preset.name == name)
}

/// Puts the files into the order of the staging tables and tells of those too many and too few.
fn one_a_table(source_file: &str, mut files: Vec<SqlFile>, mistakes: &mut Vec<Mistake>) -> Vec<SqlFile> {
    for file in files.iter().filter(|file| staging::table(&file.name).is_none()) {
        let message = format!("there is no staging table `{}`", file.name);
        let mistake = Mistake::of_file(&file.file, message);
        mistakes.push(mistake.advise("name it after a staging table, or move it to models/"));
    }
    for table in staging::TABLES {
        if !files.iter().any(|file| file.name == table.name) {
            let message = format!("the preset has no SQL for the staging table `{}`", table.name);
            let advice = format!("write staging/{}.sql; docs/presets.md lists its columns", table.name);
            mistakes.push(Mistake::of_file(source_file, message).advise(advice));
        }
    }
    files.sort_by_key(|file| staging::TABLES.iter().position(|table| table.name == file.name));
    files
}

macro_rules! embedded {
    ($name:literal) => {
        Embedded {
            name: $name,
            source: include_str!(concat!("../../../presets/", $name, "/source.toml")),
            staging: [
                ("customers", include_str!(concat!("../../../presets/", $name, "/staging/customers.sql"))),
                ("products", include_str!(concat!("../../../presets/", $name, "/staging/products.sql"))),
                ("orders", include_str!(concat!("../../../presets/", $name, "/staging/orders.sql"))),
                ("order_lines", include_str!(concat!("../../../presets/", $name, "/staging/order_lines.sql"))),
            ],
        }
    };
}

const EMBEDDED: [Embedded; 3] = [embedded!("online-retail"), embedded!("olist"), embedded!("wharf")];

struct Embedded {
    name: &'static str,
    source: &'static str,
    staging: [(&'static str, &'static str); 4],
}

/// A test holds that each embedded preset is without mistakes, so none is left out here.
static PRESETS: LazyLock<Vec<Preset>> = LazyLock::new(|| EMBEDDED.iter().filter_map(|it| it.parse().ok()).collect());

impl Embedded {
    fn parse(&self) -> Result<Preset, Vec<Mistake>> {
        let folder = format!("presets/{}", self.name);
        let staging =
            self.staging.iter().map(|(table, text)| SqlFile::new(format!("{folder}/staging/{table}.sql"), *text));
        Preset::new(self.name, &format!("{folder}/source.toml"), self.source, staging.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_preset_is_without_mistakes() {
        for embedded in &EMBEDDED {
            if let Err(mistakes) = embedded.parse() {
                panic!("{}", mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
            }
        }
        assert_eq!(presets().len(), EMBEDDED.len());
        assert_eq!(preset("olist").map(|preset| preset.source.currency.as_str()), Some("BRL"));
    }

    #[test]
    fn a_staging_file_too_many_and_one_too_few_are_told() {
        let known = &presets()[0];
        let mut staging = known.staging.clone();
        staging[0] = SqlFile::new("mine/staging/clients.sql", "select 1");
        let mistakes = Preset::new("mine", "mine/source.toml", &known.source_text, staging).unwrap_err();
        let told: Vec<&str> = mistakes.iter().map(|mistake| mistake.message.as_str()).collect();
        assert_eq!(
            told,
            ["there is no staging table `clients`", "the preset has no SQL for the staging table `customers`"]
        );
    }

    #[test]
    fn a_file_is_named_after_its_table() {
        assert_eq!(SqlFile::new("a/b\\orders.sql", "").name, "orders");
    }
}
