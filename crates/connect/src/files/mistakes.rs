//! What source.toml says of files and this reader cannot use, found before any file is there: globs, encodings, formats.

use encoding_rs::Encoding;
use globset::GlobBuilder;
use retail::mistake::nearest;
use retail::source::{ColumnType, LandedTable};

use super::typing::{KNOWN, Pattern};

/// Encodings that shops write, for advice: all that the web knows are read.
const ENCODINGS: [&str; 10] = [
    "utf-8",
    "utf-16le",
    "utf-16be",
    "windows-1252",
    "windows-1250",
    "windows-1251",
    "iso-8859-1",
    "iso-8859-15",
    "shift_jis",
    "gb18030",
];

/// One of them, at a path below the table: keys and indexes joined by dots, such as `column.2.formats.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub path: String,
    pub message: String,
    pub advice: String,
}

pub fn mistakes(table: &LandedTable) -> Vec<Mistake> {
    let mut found = Vec::new();
    for (at, glob) in table.files.iter().enumerate() {
        found.extend(of_glob(glob).map(|message| Mistake {
            path: format!("files.{at}"),
            message,
            advice: "write a pattern such as \"sales*.csv\"; [ and { stand for themselves as [[] and [{]".to_owned(),
        }));
    }
    if let Some(label) = &table.encoding
        && Encoding::for_label(label.trim().as_bytes()).is_none()
    {
        found.push(Mistake {
            path: "encoding".to_owned(),
            message: format!("`{label}` is not an encoding"),
            advice: match nearest(label, ENCODINGS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("write it as the web does: {}", ENCODINGS.join(", ")),
            },
        });
    }
    for (index, column) in table.columns.iter().enumerate() {
        if !matches!(column.kind, ColumnType::Date | ColumnType::Timestamp) {
            continue;
        }
        for (at, format) in column.formats.iter().enumerate() {
            if let Err(unknown) = Pattern::new(format) {
                found.push(Mistake {
                    path: format!("column.{index}.formats.{at}"),
                    message: format!("`{format}` has {unknown}, which is not known"),
                    advice: format!("known are: {KNOWN}"),
                });
            }
        }
    }
    found
}

/// What is wrong with it, if anything.
pub fn of_glob(text: &str) -> Option<String> {
    let built = GlobBuilder::new(text).case_insensitive(true).literal_separator(true).build();
    built.err().map(|error| format!("`{text}` is not a pattern of file names: {}", error.kind()))
}
