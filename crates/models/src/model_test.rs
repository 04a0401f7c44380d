//! tests/*.yaml: given these rows of a model's inputs, expect those of the model. Reading and rendering only; `flow` runs them.

use crate::fields::{Fields, pick};
use crate::problem::{Place, Problem};
use crate::rewrite::quote;
use crate::yaml::{self, Entry, Node, Value};

#[derive(Debug, Clone, PartialEq)]
pub struct ModelTest {
    pub name: String,
    pub file: String,
    pub line: usize,
    pub description: String,
    pub model: String,
    /// Rows of each input table; a column that a row leaves out is null.
    pub given: Vec<(String, Vec<TestRow>)>,
    /// All rows expected, each with the same columns; other columns of the model are not looked at.
    pub expect: Vec<TestRow>,
    pub order: RowOrder,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TestRow {
    pub cells: Vec<(String, TestValue)>,
    pub line: usize,
}

/// What a cell holds. A quoted one is text.
#[derive(Debug, Clone, PartialEq)]
pub enum TestValue {
    Null,
    Bool(bool),
    Integer(i64),
    /// As written, to the last digit.
    Decimal(String),
    Text(String),
    /// `YYYY-MM-DD`.
    Date(String),
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RowOrder {
    #[default]
    Any,
    Exact,
}

const KEYS: [&str; 5] = ["description", "model", "given", "expect", "order"];
const ORDERS: [(&str, RowOrder); 2] = [("any", RowOrder::Any), ("exact", RowOrder::Exact)];

impl ModelTest {
    /// All tests of a file: a map from names to tests.
    pub fn parse(file: &str, text: &str) -> Result<Vec<ModelTest>, Vec<Problem>> {
        let node = yaml::parse(file, text).map_err(|problem| vec![problem])?;
        let Value::Map(entries) = &node.value else {
            let problem = Problem::new(file, node.at, "there is no test here");
            return Err(vec![
                problem.advise("write: name: {model: …, given: {table: [{column: value}]}, expect: [{column: value}]}"),
            ]);
        };
        let mut problems = Vec::new();
        let tests: Vec<ModelTest> = entries.iter().filter_map(|entry| test(file, entry, &mut problems)).collect();
        if problems.is_empty() { Ok(tests) } else { Err(problems) }
    }

    /// A query that stands for a given table: its rows, cast to the types of its columns (name, SQL type).
    /// A table that is not given has no rows.
    pub fn given_sql(&self, table: &str, columns: &[(String, String)]) -> Result<String, Problem> {
        let rows = self.given.iter().find(|(name, _)| name == table).map_or(&[][..], |(_, rows)| rows);
        for row in rows {
            if let Some((unknown, _)) =
                row.cells.iter().find(|(name, _)| !columns.iter().any(|(known, _)| known == name))
            {
                let problem =
                    Problem::new(&self.file, Place::new(row.line, 1), format!("`{table}` has no column `{unknown}`"));
                return Err(problem.suggest(unknown, columns.iter().map(|(name, _)| name.as_str())));
            }
        }
        if rows.is_empty() {
            let none = TestRow { cells: Vec::new(), line: self.line };
            return Ok(format!("select * from ({}) as no_rows where 1 = 0", select(&none, columns)));
        }
        Ok(rows.iter().map(|row| select(row, columns)).collect::<Vec<_>>().join("\nunion all "))
    }

    /// The columns to look at.
    pub fn columns(&self) -> Vec<&str> {
        self.expect.first().map_or_else(Vec::new, |row| row.cells.iter().map(|(name, _)| name.as_str()).collect())
    }
}

impl TestRow {
    pub fn get(&self, column: &str) -> &TestValue {
        self.cells.iter().find(|(name, _)| name == column).map_or(&TestValue::Null, |(_, value)| value)
    }
}

impl TestValue {
    /// As an engine prints it; none for null.
    pub fn text(&self) -> Option<String> {
        match self {
            TestValue::Null => None,
            TestValue::Bool(value) => Some(value.to_string()),
            TestValue::Integer(value) => Some(value.to_string()),
            TestValue::Decimal(text) | TestValue::Text(text) | TestValue::Date(text) => Some(text.clone()),
        }
    }

    fn literal(&self) -> String {
        match self {
            TestValue::Null => "null".to_owned(),
            TestValue::Bool(value) => value.to_string(),
            TestValue::Integer(value) => value.to_string(),
            // In quotes: a bare 10.50 would pass through a floating-point number in some engines.
            TestValue::Decimal(text) | TestValue::Text(text) | TestValue::Date(text) => {
                format!("'{}'", text.replace('\'', "''"))
            }
        }
    }
}

fn select(row: &TestRow, columns: &[(String, String)]) -> String {
    let cast =
        |(name, kind): &(String, String)| format!("cast({} as {kind}) as {}", row.get(name).literal(), quote(name));
    format!("select {}", columns.iter().map(cast).collect::<Vec<_>>().join(", "))
}

fn test(file: &str, entry: &Entry, problems: &mut Vec<Problem>) -> Option<ModelTest> {
    let before = problems.len();
    let mut fields = Fields::of(file, &entry.value, "a test", &KEYS, problems)?;
    let model = fields.text("model");
    let description = fields.text("description").unwrap_or_default();
    let order = fields.word("order");
    let given = fields.map("given");
    let expect = fields.get("expect");
    if model.is_none() {
        fields.tell(entry.at, format!("the test `{}` does not say its `model`", entry.key));
    }
    if expect.is_none() {
        fields.tell(entry.at, format!("the test `{}` does not say what to `expect`; [] is no rows", entry.key));
    }
    let order = order.and_then(|(text, at)| pick(file, "order", &text, at, &ORDERS, problems));
    let given = given.iter().map(|table| (table.key.clone(), rows(file, &table.value, problems))).collect();
    let expect = expect.map(|node| rows(file, node, problems)).unwrap_or_default();
    same_columns(file, &expect, problems);
    if problems.len() > before {
        return None;
    }
    Some(ModelTest {
        name: entry.key.clone(),
        file: file.to_owned(),
        line: entry.at.line,
        description,
        model: model?,
        given,
        expect,
        order: order.unwrap_or_default(),
    })
}

fn rows(file: &str, node: &Node, problems: &mut Vec<Problem>) -> Vec<TestRow> {
    let items = match &node.value {
        Value::List(items) => items.as_slice(),
        _ if node.is_null() => &[],
        _ => {
            problems.push(Problem::new(file, node.at, "rows are a list: - {column: value, …}"));
            &[]
        }
    };
    let mut rows = Vec::new();
    for item in items {
        let Value::Map(entries) = &item.value else {
            problems.push(Problem::new(file, item.at, "a row is written {column: value, …}"));
            continue;
        };
        let mut cells = Vec::new();
        for entry in entries {
            match value(&entry.value) {
                Some(value) => cells.push((entry.key.clone(), value)),
                None => problems.push(Problem::new(file, entry.value.at, format!("`{}` takes one value", entry.key))),
            }
        }
        rows.push(TestRow { cells, line: item.at.line });
    }
    rows
}

/// A row that left out a column could pass for any.
fn same_columns(file: &str, expect: &[TestRow], problems: &mut Vec<Problem>) {
    let Some(first) = expect.first() else { return };
    let has = |row: &TestRow, column: &str| row.cells.iter().any(|(name, _)| name == column);
    for row in &expect[1..] {
        let missing = first.cells.iter().find(|(name, _)| !has(row, name));
        let extra = row.cells.iter().find(|(name, _)| !has(first, name));
        if let Some((name, _)) = missing {
            problems.push(Problem::new(
                file,
                Place::new(row.line, 1),
                format!("this expected row lacks `{name}`, which the first has"),
            ));
        }
        if let Some((name, _)) = extra {
            problems.push(Problem::new(
                file,
                Place::new(row.line, 1),
                format!("this expected row has `{name}`, which the first lacks"),
            ));
        }
    }
}

fn value(node: &Node) -> Option<TestValue> {
    let Value::Scalar { text, quoted } = &node.value else { return None };
    if *quoted {
        return Some(TestValue::Text(text.clone()));
    }
    if node.is_null() {
        return Some(TestValue::Null);
    }
    Some(match text.as_str() {
        "true" => TestValue::Bool(true),
        "false" => TestValue::Bool(false),
        text if is_date(text) => TestValue::Date(text.to_owned()),
        text => match text.parse() {
            // A leading zero or plus is part of a name, as in a postcode.
            Ok(number) if i64::to_string(&number) == text => TestValue::Integer(number),
            _ if is_decimal(text) => TestValue::Decimal(text.to_owned()),
            _ => TestValue::Text(text.to_owned()),
        },
    })
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && bytes.iter().enumerate().all(|(i, b)| if i == 4 || i == 7 { *b == b'-' } else { b.is_ascii_digit() })
}

/// Digits with a point among them, or too many digits for an integer.
pub(crate) fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    all_digits(whole) && all_digits(part) && (whole == "0" || !whole.starts_with('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
a_return_counts_on_its_day:
  model: daily
  given:
    lines:
      - {day: 2011-11-23, spend: 10.50, name: \"O'Neil\", code: 007, n: 3, ok: true, none: null}
      - {day: 2011-11-24}
    empty: []
  expect:
    - {day: 2011-11-23, spend: 10.5}
  order: exact
";

    #[test]
    fn values_keep_their_type_and_digits() {
        let test = &ModelTest::parse("t.yaml", TEXT).unwrap()[0];
        let row = &test.given[0].1[0];
        let values: Vec<&TestValue> = row.cells.iter().map(|(_, value)| value).collect();
        assert_eq!(
            values,
            [
                &TestValue::Date("2011-11-23".into()),
                &TestValue::Decimal("10.50".into()),
                &TestValue::Text("O'Neil".into()),
                &TestValue::Text("007".into()),
                &TestValue::Integer(3),
                &TestValue::Bool(true),
                &TestValue::Null,
            ]
        );
        assert_eq!((test.order, test.line, test.columns()), (RowOrder::Exact, 2, vec!["day", "spend"]));
    }

    #[test]
    fn given_rows_are_a_query() {
        let test = &ModelTest::parse("t.yaml", TEXT).unwrap()[0];
        let column = |name: &str, kind: &str| (name.to_owned(), kind.to_owned());
        let all = ["day", "spend", "name", "code", "n", "ok", "none"];
        let mut columns: Vec<_> = all.iter().map(|name| column(name, "text")).collect();
        columns[1].1 = "decimal(18, 4)".to_owned();
        let sql = test.given_sql("lines", &columns).unwrap();
        assert!(
            sql.starts_with("select cast('2011-11-23' as text) as day, cast('10.50' as decimal(18, 4)) as spend, ")
        );
        assert!(sql.contains("cast('O''Neil' as text) as name"), "{sql}");
        assert!(
            sql.contains("\nunion all select cast('2011-11-24' as text) as day, cast(null as decimal(18, 4)) as spend")
        );
        assert!(crate::sql::parse_query("f", &sql).is_ok());
        let none = test.given_sql("empty", &[column("order", "bigint")]).unwrap();
        assert_eq!(none, "select * from (select cast(null as bigint) as \"order\") as no_rows where 1 = 0");
        let problem = test.given_sql("lines", &[column("days", "date")]).unwrap_err();
        assert_eq!(problem.to_string(), "t.yaml:6:1: `lines` has no column `day`\n  did you mean `days`?");
    }

    #[test]
    fn mistakes_are_told_at_their_place() {
        let text = "t:\n  modl: daily\n  expect:\n    - {a: 1}\n    - {b: [1]}\n    - 3\n  order: some\n";
        let problems: Vec<String> =
            ModelTest::parse("t.yaml", text).unwrap_err().iter().map(Problem::to_string).collect();
        assert_eq!(
            problems,
            [
                "t.yaml:2:3: a test has no key `modl`\n  did you mean `model`?",
                "t.yaml:1:1: the test `t` does not say its `model`",
                "t.yaml:7:10: `order` cannot be `some`\n  there are: any, exact",
                "t.yaml:5:11: `b` takes one value",
                "t.yaml:6:7: a row is written {column: value, …}",
                "t.yaml:5:1: this expected row lacks `a`, which the first has",
            ]
        );
    }
}
