//! Rejected rows with their own cells as columns.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::array::{ArrayRef, Int64Array, StringArray};
use arrow::datatypes::Int64Type;
use arrow::util::display::array_value_to_string;
use serde::Deserializer;
use serde::de::{MapAccess, Visitor};

use super::Filters;
use crate::failure::Result;
use crate::output::{Format, OutputArgs, Sheet};
use crate::shop::Shop;

/// What is told of a row before its own cells.
const TOLD: [&str; 4] = ["_file", "_rule", "_reason", "_status"];

struct Row {
    load: i64,
    number: i64,
    told: [String; 4],
    cells: Vec<(String, Option<String>)>,
}

pub fn export(shop: &Shop, filters: &Filters, output: OutputArgs) -> Result<()> {
    let rows = read(shop, filters)?;
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in rows.iter().flat_map(|row| &row.cells) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let number =
        |of: fn(&Row) -> i64| -> ArrayRef { Arc::new(rows.iter().map(|row| Some(of(row))).collect::<Int64Array>()) };
    let mut columns: Vec<(&str, ArrayRef)> =
        vec![("_load", number(|row| row.load)), ("_row", number(|row| row.number))];
    for (index, name) in TOLD.iter().enumerate() {
        let texts = rows.iter().map(|row| row.told.get(index).map(String::as_str));
        columns.push((name, Arc::new(texts.collect::<StringArray>())));
    }
    for name in &names {
        let texts = rows
            .iter()
            .map(|row| row.cells.iter().find(|(known, _)| known == name).and_then(|(_, text)| text.as_deref()));
        columns.push((name, Arc::new(texts.collect::<StringArray>())));
    }
    let format = output.format.or(if output.out.is_none() { Some(Format::Csv) } else { None });
    shop.write(&OutputArgs { format, ..output }, Sheet::of_columns(columns)?)
}

fn read(shop: &Shop, filters: &Filters) -> Result<Vec<Row>> {
    let sql = format!(
        "select load, row, file, rule, reason, status, raw from rejects {} order by load, row",
        filters.conditions()
    );
    let mut rows = Vec::new();
    for batch in shop.rows(&sql)? {
        let number = |column: usize, row: usize| {
            batch
                .column(column)
                .as_primitive_opt::<Int64Type>()
                .filter(|it| it.is_valid(row))
                .map_or(0, |it| it.value(row))
        };
        let text = |column: usize, row: usize| array_value_to_string(batch.column(column), row).unwrap_or_default();
        for row in 0..batch.num_rows() {
            rows.push(Row {
                load: number(0, row),
                number: number(1, row),
                told: std::array::from_fn(|index| text(2 + index, row)),
                cells: cells(&text(6, row)),
            });
        }
    }
    Ok(rows)
}

/// The cells of a raw row, in the file's order. A raw form that is no object is one cell.
pub fn cells(raw: &str) -> Vec<(String, Option<String>)> {
    let mut deserializer = serde_json::Deserializer::from_str(raw);
    deserializer.deserialize_map(Cells).unwrap_or_else(|_| vec![("raw".to_owned(), Some(raw.to_owned()))])
}

/// Keeps the order of keys, which a map would not.
struct Cells;

impl<'de> Visitor<'de> for Cells {
    type Value = Vec<(String, Option<String>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> std::result::Result<Self::Value, M::Error> {
        let mut cells = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, serde_json::Value>()? {
            let text = match value {
                serde_json::Value::Null => None,
                serde_json::Value::String(text) => Some(text),
                other => Some(other.to_string()),
            };
            cells.push((name, text));
        }
        Ok(cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_their_order() {
        let expected = [("b", Some("1")), ("a", None), ("c", Some("x"))];
        let expected: Vec<(String, Option<String>)> =
            expected.iter().map(|(name, text)| ((*name).to_owned(), text.map(str::to_owned))).collect();
        assert_eq!(cells(r#"{"b":"1","a":null,"c":"x"}"#), expected);
        assert_eq!(cells("not json"), [("raw".to_owned(), Some("not json".to_owned()))]);
    }
}
