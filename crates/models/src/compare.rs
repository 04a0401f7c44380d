//! What came out of a model against what a test expects, told so that a person sees the difference.

use std::fmt::Write as _;

use crate::model_test::{ModelTest, RowOrder, TestRow, TestValue, is_decimal};

/// A row as an engine printed it.
type Cells = Vec<Option<String>>;

impl ModelTest {
    /// `columns` names the cells of `rows`; none is null. Numbers are compared as numbers, so `10.50` is `10.5000`.
    /// The error is a difference to show.
    pub fn compare(&self, columns: &[String], rows: &[Vec<Option<String>>]) -> Result<(), String> {
        let names = self.columns();
        let mut positions = Vec::new();
        for name in &names {
            match columns.iter().position(|column| column == name) {
                Some(position) => positions.push(position),
                None => return Err(format!("the model has no column `{name}`; it has: {}", columns.join(", "))),
            }
        }
        let actual: Vec<Cells> = rows
            .iter()
            .map(|row| positions.iter().map(|position| row.get(*position).cloned().flatten()).collect())
            .collect();
        if self.order == RowOrder::Exact && actual.len() == self.expect.len() {
            return in_order(&names, &self.expect, &actual);
        }
        any_order(&names, &self.expect, &actual)
    }
}

fn in_order(names: &[&str], expected: &[TestRow], actual: &[Cells]) -> Result<(), String> {
    let mut told = String::new();
    for (index, (row, cells)) in expected.iter().zip(actual).enumerate() {
        if !agree(names, row, cells) {
            let _ = writeln!(told, "row {}: {}", index + 1, differences(names, row, cells));
        }
    }
    if told.is_empty() { Ok(()) } else { Err(told.trim_end().to_owned()) }
}

fn any_order(names: &[&str], expected: &[TestRow], actual: &[Cells]) -> Result<(), String> {
    let mut unexpected: Vec<&Cells> = actual.iter().collect();
    let mut missing: Vec<&TestRow> = Vec::new();
    for row in expected {
        match unexpected.iter().position(|cells| agree(names, row, cells)) {
            Some(found) => drop(unexpected.remove(found)),
            None => missing.push(row),
        }
    }
    if missing.is_empty() && unexpected.is_empty() {
        return Ok(());
    }
    let mut told = format!("expected {} rows, got {}\n", expected.len(), actual.len());
    for row in missing {
        match likest(names, row, &unexpected) {
            Some(like) => {
                let cells = unexpected.remove(like);
                let _ = writeln!(told, "differs:    {}", differences(names, row, cells));
            }
            None => {
                let cells: Cells = names.iter().map(|name| row.get(name).text()).collect();
                let _ = writeln!(told, "missing:    {}", shown(names, &cells));
            }
        }
    }
    for cells in unexpected.iter().take(MOST_SHOWN) {
        let _ = writeln!(told, "unexpected: {}", shown(names, cells));
    }
    if unexpected.len() > MOST_SHOWN {
        let _ = writeln!(told, "… and {} more unexpected rows", unexpected.len() - MOST_SHOWN);
    }
    Err(told.trim_end().to_owned())
}

const MOST_SHOWN: usize = 20;

/// The row that agrees in most cells, if it does in half of them: likely the one that was meant.
fn likest(names: &[&str], row: &TestRow, among: &[&Cells]) -> Option<usize> {
    let score =
        |cells: &Cells| names.iter().zip(cells).filter(|(name, cell)| same(row.get(name), cell.as_deref())).count();
    let scored = among.iter().enumerate().map(|(index, cells)| (score(cells), std::cmp::Reverse(index)));
    scored.max().filter(|(score, _)| *score * 2 >= names.len()).map(|(_, std::cmp::Reverse(index))| index)
}

fn agree(names: &[&str], row: &TestRow, cells: &Cells) -> bool {
    names.iter().zip(cells).all(|(name, cell)| same(row.get(name), cell.as_deref()))
}

/// `day=2011-11-23: spend is 12.00, expected 10.50`: what agrees names the row.
fn differences(names: &[&str], row: &TestRow, cells: &Cells) -> String {
    let pairs = || names.iter().zip(cells);
    let equal: Vec<String> = pairs()
        .filter(|(name, cell)| same(row.get(name), cell.as_deref()))
        .map(|(name, cell)| format!("{name}={}", or_null(cell.as_deref())))
        .collect();
    let unequal: Vec<String> = pairs()
        .filter(|(name, cell)| !same(row.get(name), cell.as_deref()))
        .map(|(name, cell)| {
            let wanted = row.get(name).text();
            format!("{name} is {}, expected {}", or_null(cell.as_deref()), or_null(wanted.as_deref()))
        })
        .collect();
    if equal.is_empty() { unequal.join("; ") } else { format!("{}: {}", equal.join(" "), unequal.join("; ")) }
}

fn shown(names: &[&str], cells: &Cells) -> String {
    let cell = |(name, cell): (&&str, &Option<String>)| format!("{name}={}", or_null(cell.as_deref()));
    names.iter().zip(cells).map(cell).collect::<Vec<_>>().join(" ")
}

fn or_null(text: Option<&str>) -> &str {
    text.unwrap_or("null")
}

fn same(expected: &TestValue, actual: Option<&str>) -> bool {
    let (expected_text, Some(actual)) = (expected.text(), actual) else {
        return *expected == TestValue::Null && actual.is_none();
    };
    let Some(expected_text) = expected_text else { return false };
    match expected {
        TestValue::Bool(true) => matches!(actual, "true" | "t" | "1"),
        TestValue::Bool(false) => matches!(actual, "false" | "f" | "0"),
        TestValue::Integer(_) | TestValue::Decimal(_) => number(&expected_text) == number(actual),
        TestValue::Date(_) => actual == expected_text || at_midnight(actual) == Some(&expected_text),
        // A time may be written with a blank or a T, with or without the Z of UTC.
        _ => actual == expected_text || (is_time(&expected_text) && time(&expected_text) == time(actual)),
    }
}

/// Digits without what does not count: `-0010.50` is `-10.5`. Other text stays as it is.
fn number(text: &str) -> String {
    let trimmed = text.trim_start_matches('+');
    let (sign, digits) = trimmed.strip_prefix('-').map_or(("", trimmed), |digits| ("-", digits));
    let bare = digits.trim_start_matches('0');
    let bare = if bare.is_empty() || bare.starts_with('.') { format!("0{bare}") } else { bare.to_owned() };
    if !is_decimal(&bare) {
        return text.to_owned();
    }
    let short = if bare.contains('.') { bare.trim_end_matches('0').trim_end_matches('.') } else { &bare };
    if short == "0" { "0".to_owned() } else { format!("{sign}{short}") }
}

/// The day of a time that is a day's first instant.
fn at_midnight(text: &str) -> Option<&str> {
    let (day, rest) = text.split_at_checked(10)?;
    rest.chars().all(|c| matches!(c, 'T' | ' ' | '0' | ':' | '.' | 'Z' | '+')).then_some(day)
}

fn is_time(text: &str) -> bool {
    text.split_at_checked(10)
        .is_some_and(|(day, rest)| day.as_bytes()[4] == b'-' && rest.starts_with(['T', ' ']) && rest.contains(':'))
}

fn time(text: &str) -> String {
    let text = text.replacen('T', " ", 1);
    let text = text.trim_end_matches('Z').trim_end_matches("+00:00").trim_end_matches("+00");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(expect: &str, order: &str, rows: &[&[Option<&str>]]) -> Result<(), String> {
        let text = format!("t:\n  model: m\n  expect: {expect}\n  order: {order}\n");
        let test = &ModelTest::parse("t.yaml", &text).unwrap()[0];
        let columns = ["extra", "day", "spend"].map(str::to_owned);
        let rows: Vec<Cells> =
            rows.iter().map(|row| row.iter().map(|cell| cell.map(str::to_owned)).collect()).collect();
        test.compare(&columns, &rows)
    }

    const TWO: &str = "[{day: 2011-11-23, spend: 10.50}, {day: 2011-11-24, spend: null}]";

    #[test]
    fn equal_rows_in_any_order() {
        let rows: [&[Option<&str>]; 2] =
            [&[Some("x"), Some("2011-11-24"), None], &[None, Some("2011-11-23T00:00:00"), Some("10.5000")]];
        assert_eq!(compare(TWO, "any", &rows), Ok(()));
        let told = compare(TWO, "exact", &rows).unwrap_err();
        assert!(
            told.starts_with("row 1: day is 2011-11-24, expected 2011-11-23; spend is null, expected 10.50"),
            "{told}"
        );
        assert_eq!(compare("[]", "any", &[]), Ok(()));
    }

    #[test]
    fn differences_are_told() {
        let told =
            compare(TWO, "any", &[&[None, Some("2011-11-23"), Some("12.00")], &[None, Some("2011-11-30"), Some("1")]]);
        assert_eq!(
            told.unwrap_err(),
            "expected 2 rows, got 2\n\
             differs:    day=2011-11-23: spend is 12.00, expected 10.50\n\
             missing:    day=2011-11-24 spend=null\n\
             unexpected: day=2011-11-30 spend=1"
        );
        let told = compare("[{dya: 1}]", "any", &[]).unwrap_err();
        assert_eq!(told, "the model has no column `dya`; it has: extra, day, spend");
        // no rows expected, so no columns are named, yet a row came
        assert!(compare("[]", "any", &[&[None, None, None]]).is_err());
    }

    #[test]
    fn numbers_and_times_are_compared_by_value() {
        let same_text = |expected: &str, actual: &str| same(&TestValue::Text(expected.to_owned()), Some(actual));
        assert_eq!((number("-0.00"), number("007.10"), number("1e5")), ("0".into(), "7.1".into(), "1e5".into()));
        assert!(
            same(&TestValue::Decimal("10.50".into()), Some("10.5")) && same(&TestValue::Integer(3), Some("3.0000"))
        );
        assert!(!same(&TestValue::Integer(3), Some("3.0001")) && !same(&TestValue::Integer(30), Some("3")));
        assert!(same_text("2011-11-23 10:00:00", "2011-11-23T10:00:00Z"));
        assert!(same_text("2011-11-23 10:00:00.5", "2011-11-23T10:00:00.500000Z"));
        assert!(!same_text("2011-11-23 10:00:00", "2011-11-23T10:00:01Z"));
        assert!(
            !same(&TestValue::Null, Some("")) && same(&TestValue::Null, None) && !same(&TestValue::Integer(0), None)
        );
    }
}
