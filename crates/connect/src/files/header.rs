//! Which column of a file is which column of the table, and what to write in source.toml where that is not clear.

use std::collections::HashMap;

use port::{Error, Kind, Result};
use retail::source::{Column, LandedTable};

/// The file's columns found for a table's columns.
#[derive(Debug, Clone, Default)]
pub struct Matched {
    /// For each column of the table its index in the file.
    pub sources: Vec<Option<usize>>,
    /// Columns of the file that the table does not name.
    pub added: Vec<usize>,
}

/// Names are alike without case, blanks, underscores and hyphens.
pub fn normal(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '\u{feff}'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// The names by which a column goes, the ones stated for files first.
pub fn names(column: &Column) -> impl Iterator<Item = String> {
    column.from.iter().chain([&column.name]).map(|name| normal(name))
}

pub fn match_columns(table: &LandedTable, header: &[String], file: &str, line: u64) -> Result<Matched> {
    let at = |error: Error| error.at(file, line as usize, 0);
    let mut found: HashMap<String, Vec<usize>> = HashMap::new();
    let mut exact: HashMap<&str, usize> = HashMap::new();
    for (index, name) in header.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        found.entry(normal(name)).or_default().push(index);
        if let Some(first) = exact.insert(name, index) {
            let (first, second) = (first + 1, index + 1);
            return Err(at(Error::input(format!("two columns are named {name:?}: columns {first} and {second}"))
                .advise("name one of them otherwise in the file: which of the two is meant cannot be known")));
        }
    }
    let mut sources = Vec::with_capacity(table.columns.len());
    let mut missing = Vec::new();
    for column in &table.columns {
        let indices = names(column).find_map(|name| found.get(&name));
        match indices.map(Vec::as_slice) {
            Some([index]) => sources.push(Some(*index)),
            Some([first, second, ..]) => {
                let pair = format!("{:?} and {:?}", header[*first], header[*second]);
                return Err(at(Error::input(format!("both {pair} would be column {}", column.name))
                    .advise("name one of them otherwise in the file")));
            }
            _ => {
                sources.push(None);
                if !column.optional {
                    missing.push(column);
                }
            }
        }
    }
    if !missing.is_empty() {
        return Err(at(missing_columns(table, &missing, header, &sources)));
    }
    let added =
        (0..header.len()).filter(|index| !header[*index].is_empty() && !sources.contains(&Some(*index))).collect();
    Ok(Matched { sources, added })
}

/// Names the columns that are missing, those that are there, and the line that would mend it.
pub fn missing_columns(
    table: &LandedTable,
    missing: &[&Column],
    header: &[String],
    sources: &[Option<usize>],
) -> Error {
    let wanted: Vec<String> = missing
        .iter()
        .map(|column| {
            let others: Vec<String> = column.from.iter().map(|name| format!("{name:?}")).collect();
            if others.is_empty() { column.name.clone() } else { format!("{} (or {})", column.name, others.join(", ")) }
        })
        .collect();
    let there = if header.is_empty() { "none".to_owned() } else { header.join(", ") };
    let mut message =
        format!("no column {} for table {}; columns found: {there}", wanted.join(" and no column "), table.name);
    if let [only] = header
        && only.contains([',', ';', '\t', '|'])
    {
        message.push_str(" (one column: is `delimiter` right?)");
    }
    let advice: Vec<String> = missing
        .iter()
        .map(|column| {
            let free =
                header.iter().enumerate().filter(|(index, name)| !name.is_empty() && !sources.contains(&Some(*index)));
            match nearest(column, free.map(|(_, name)| name.as_str())) {
                Some(name) => format!("in source.toml, under column {}, write  from = [{name:?}]", column.name),
                None => {
                    format!("in source.toml, under column {}, write  from = [\"its name in the file\"]", column.name)
                }
            }
        })
        .collect();
    Error::new(Kind::Input, message)
        .advise(format!("{}\n  or  optional = true  if files may lack it", advice.join("\n  ")))
}

/// The header that looks most like one of the column's names, if any does.
fn nearest<'a>(column: &Column, header: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<String> = names(column).collect();
    let likeness = |name: &str| {
        let name = normal(name);
        wanted.iter().map(|wanted| strsim::jaro_winkler(wanted, &name)).fold(0.0, f64::max)
    };
    header
        .map(|name| (likeness(name), name))
        .filter(|(likeness, _)| *likeness > 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// What to tell about columns that source.toml does not name.
pub fn added_note(table: &LandedTable, file: &str, added: &[String]) -> Option<String> {
    let first = added.first()?;
    let plain: String = first.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let (word, pronoun) = if added.len() == 1 { ("a column", "it") } else { ("columns", "one") };
    Some(format!(
        "{file} has {word} that table {} does not name: {}. To use {pronoun}, write in source.toml  [[table.column]]  name = {plain:?}  from = [{first:?}]",
        table.name,
        added.join(", "),
    ))
}

#[cfg(test)]
mod tests {
    use super::super::tests::table;
    use super::*;

    fn header(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    const SPEC: &str = r#"
        [[column]]
        name = "customer_id"
        from = ["Customer ID"]
        [[column]]
        name = "note"
        optional = true
    "#;

    #[test]
    fn names_are_alike_without_case_and_marks() {
        let table = table(SPEC);
        let matched = match_columns(&table, &header(&["x", "CUSTOMER-id"]), "a.csv", 1).unwrap();
        assert_eq!(matched.sources, [Some(1), None]);
        assert_eq!(matched.added, [0]);
    }

    #[test]
    fn a_missing_column_says_what_to_write() {
        let table = table(SPEC);
        let error = match_columns(&table, &header(&["Invoice", "CustomerNo"]), "a.csv", 1).unwrap_err();
        assert_eq!(error.kind, Kind::Input);
        let text = error.to_string();
        assert!(text.starts_with("a.csv:1:1: no column customer_id (or \"Customer ID\")"), "{text}");
        assert!(text.contains("Invoice, CustomerNo") && text.contains("from = [\"CustomerNo\"]"), "{text}");
    }

    #[test]
    fn doubled_names_are_an_error() {
        let table = table(SPEC);
        let twice = match_columns(&table, &header(&["Customer ID", "x", "x"]), "a.csv", 3).unwrap_err().to_string();
        assert!(twice.contains("two columns are named \"x\": columns 2 and 3"), "{twice}");
        let both = match_columns(&table, &header(&["Customer ID", "customer_id"]), "a.csv", 1).unwrap_err().to_string();
        assert!(both.contains("both \"Customer ID\" and \"customer_id\""), "{both}");
    }

    #[test]
    fn added_columns_say_how_to_use_them() {
        let note = added_note(&table(SPEC), "a.csv", &header(&["Gift Wrap", "Source"])).unwrap();
        assert!(
            note.contains("Gift Wrap, Source") && note.contains(r#"name = "gift_wrap"  from = ["Gift Wrap"]"#),
            "{note}"
        );
        assert_eq!(added_note(&table(SPEC), "a.csv", &[]), None);
    }
}
