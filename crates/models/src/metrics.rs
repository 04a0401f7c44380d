//! models/metrics.yaml: each metric defined once; docs, CLI, API and pages are made from it.

use std::fmt::Write as _;

use crate::fields::Fields;
use crate::problem::{Place, Problem, nearest};
use crate::sql;
use crate::yaml::{self, Node, Value};

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metrics {
    /// In the file's order.
    pub metrics: Vec<Metric>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metric {
    pub name: String,
    /// What a page calls it.
    pub title: String,
    pub description: String,
    /// SQL over the columns of `table`, or over other metrics.
    pub expression: String,
    /// The rows that count, as a SQL condition.
    pub filter: Option<String>,
    pub table: Option<String>,
    /// A SELECT over `table` whose rows count in place of the table's.
    pub rows: Option<String>,
    pub time_column: Option<String>,
    pub unit: Option<String>,
    /// How a number is shown.
    pub format: Option<String>,
    /// Other words for it, to be found by.
    pub synonyms: Vec<String>,
    /// Names of metrics to compare it with.
    pub see: Vec<String>,
    pub line: usize,
}

const KEYS: [&str; 12] = [
    "name",
    "title",
    "description",
    "expression",
    "filter",
    "table",
    "rows",
    "time_column",
    "unit",
    "format",
    "synonyms",
    "see",
];

impl Metrics {
    /// A list of metrics, each with at least `name`, `description` and `expression`.
    pub fn parse(file: &str, text: &str) -> Result<Metrics, Vec<Problem>> {
        let node = yaml::parse(file, text).map_err(|problem| vec![problem])?;
        let Value::List(items) = &node.value else {
            let problem = Problem::new(file, node.at, "metrics are a list");
            return Err(vec![problem.advise("begin each with `- name: …`")]);
        };
        let mut problems = Vec::new();
        let mut found = Metrics::default();
        for item in items {
            if let Some(metric) = metric(file, item, &mut problems) {
                if found.get(&metric.name).is_some() {
                    problems.push(Problem::new(
                        file,
                        item.at,
                        format!("the metric `{}` is defined twice", metric.name),
                    ));
                }
                found.metrics.push(metric);
            }
        }
        found.look_up_see(file, items, &mut problems);
        if problems.is_empty() { Ok(found) } else { Err(problems) }
    }

    pub fn get(&self, name: &str) -> Option<&Metric> {
        self.metrics.iter().find(|metric| metric.name == name)
    }

    /// The metric of that name, title or synonym, case aside.
    pub fn find(&self, words: &str) -> Option<&Metric> {
        let same = |text: &str| text.eq_ignore_ascii_case(words);
        let named = self.metrics.iter().find(|metric| same(&metric.name) || same(&metric.title));
        named.or_else(|| self.metrics.iter().find(|metric| metric.synonyms.iter().any(|synonym| same(synonym))))
    }

    /// The metric of that name, or the one that [`Metrics::find`] finds; else the nearest name.
    pub fn look_up(&self, words: &str) -> Result<&Metric, Option<&str>> {
        let found = self.get(words).or_else(|| self.find(words));
        found.ok_or_else(|| nearest(words, self.metrics.iter().map(|metric| metric.name.as_str())))
    }

    /// docs/metrics.md. The same metrics give the same bytes.
    pub fn to_markdown(&self) -> String {
        let mut text = String::from(
            "# Metrics\n\n<!-- Made from models/metrics.yaml; edit that. -->\n\n| metric | what it is | unit |\n|---|---|---|\n",
        );
        for metric in &self.metrics {
            let unit = metric.unit.as_deref().unwrap_or_default();
            let _ = writeln!(
                text,
                "| [{}](#{}) | {} | {} |",
                cell(&metric.title),
                metric.name,
                cell(first_sentence(&metric.description)),
                cell(unit)
            );
        }
        for metric in &self.metrics {
            text.push_str(&metric.to_markdown());
        }
        text
    }

    fn look_up_see(&self, file: &str, items: &[Node], problems: &mut Vec<Problem>) {
        for metric in &self.metrics {
            for name in metric.see.iter().filter(|name| self.get(name).is_none()) {
                let item = items.iter().find(|item| item.at.line == metric.line);
                let at = item.and_then(|item| see_place(item, name)).unwrap_or(Place::new(metric.line, 1));
                let problem = Problem::new(file, at, format!("`see` names no metric: `{name}`"));
                problems.push(problem.suggest(name, self.metrics.iter().map(|metric| metric.name.as_str())));
            }
        }
    }
}

impl Metric {
    fn to_markdown(&self) -> String {
        // The anchor is the name, which a title need not be.
        let mut text = format!("\n<a id=\"{}\"></a>\n## {}\n\n", self.name, self.title);
        let _ = writeln!(text, "{}\n", self.description.trim());
        text.push_str("| | |\n|---|---|\n");
        let mut row = |name: &str, value: String| {
            let _ = writeln!(text, "| {name} | {value} |");
        };
        let code = |sql: &str| format!("`{}`", cell(sql));
        row("name", code(&self.name));
        row("expression", code(&self.expression));
        let optional = [
            ("filter", &self.filter),
            ("rows", &self.rows),
            ("table", &self.table),
            ("time column", &self.time_column),
            ("format", &self.format),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                row(name, code(value));
            }
        }
        if let Some(unit) = &self.unit {
            row("unit", cell(unit));
        }
        if !self.synonyms.is_empty() {
            row("also called", cell(&self.synonyms.join(", ")));
        }
        if !self.see.is_empty() {
            let links: Vec<String> = self.see.iter().map(|name| format!("[{name}](#{name})")).collect();
            row("see", links.join(", "));
        }
        text
    }
}

fn metric(file: &str, item: &Node, problems: &mut Vec<Problem>) -> Option<Metric> {
    let mut fields = Fields::of(file, item, "a metric", &KEYS, problems)?;
    let Some((name, at)) = fields.word("name") else {
        fields.tell(item.at, "a metric has no `name`");
        return None;
    };
    if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
        fields.tell(at, format!("`{name}` cannot name a metric: use small letters, digits and _"));
    }
    let metric = Metric {
        title: fields.text("title").unwrap_or_else(|| title_of(&name)),
        description: fields.text("description").unwrap_or_default(),
        expression: expression(file, "expression", &mut fields).unwrap_or_default(),
        filter: expression(file, "filter", &mut fields),
        table: fields.text("table"),
        rows: rows(file, &mut fields),
        time_column: fields.text("time_column"),
        unit: fields.text("unit"),
        format: fields.text("format"),
        synonyms: fields.texts("synonyms"),
        see: fields.texts("see"),
        line: item.at.line,
        name,
    };
    for key in ["description", "expression"] {
        if fields.get(key).is_none() {
            fields.tell(item.at, format!("the metric `{}` has no `{key}`", metric.name));
        }
    }
    Some(metric)
}

/// SQL that at least parses.
fn expression(file: &str, key: &str, fields: &mut Fields<'_, '_>) -> Option<String> {
    let (text, at) = fields.word(key)?;
    // A block of lines begins below its `|`, so its own places are only roughly known.
    let parsed = sql::parse_expression(file, &format!("{}{text}", at.padding()));
    if let Err(problem) = parsed {
        fields.problems().push(problem);
    }
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A query that at least parses.
fn rows(file: &str, fields: &mut Fields<'_, '_>) -> Option<String> {
    let (text, at) = fields.word("rows")?;
    if let Err(problems) = sql::parse_query(file, &format!("{}{text}", at.padding())) {
        fields.problems().extend(problems);
    }
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn see_place(item: &Node, name: &str) -> Option<Place> {
    let Value::Map(entries) = &item.value else { return None };
    let see = entries.iter().find(|entry| entry.key == "see")?;
    match &see.value.value {
        Value::List(names) => names.iter().find(|node| node.text() == Some(name)).map(|node| node.at),
        _ => Some(see.value.at),
    }
}

/// `net_sales` is shown as "Net sales".
fn title_of(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn first_sentence(text: &str) -> &str {
    let text = text.trim();
    text.find(". ").map_or(text, |end| &text[..=end])
}

/// Text that keeps to its cell of a Markdown table.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "
- name: gross_sales
  description: Merchandise sold. Before discounts.
  expression: sum(amount)
  filter: kind = 'sale' and a || b <> ''
  table: order_lines_wide
  time_column: day
  unit: currency
  synonyms: [turnover, revenue]
  see: [average_order_value]
- name: average_order_value
  title: Average order value
  description: What an order is worth.
  expression: (gross_sales - discounts) / orders
- name: longest_gap
  description: The longest.
  expression: max(days)
  rows: select a
    as days from gaps
  table: gaps
";

    fn problems(text: &str) -> Vec<String> {
        Metrics::parse("m.yaml", text).unwrap_err().iter().map(Problem::to_string).collect()
    }

    #[test]
    fn metrics_become_a_page() {
        let metrics = Metrics::parse("m.yaml", TWO).unwrap();
        assert_eq!(metrics.find("Turnover").unwrap().title, "Gross sales");
        let page = metrics.to_markdown();
        assert!(page.contains("| [Gross sales](#gross_sales) | Merchandise sold. | currency |\n"), "{page}");
        assert!(page.contains("| filter | `kind = 'sale' and a \\|\\| b <> ''` |\n"), "{page}");
        assert!(page.contains("| see | [average_order_value](#average_order_value) |\n"), "{page}");
        assert!(page.contains("| rows | `select a as days from gaps` |\n| table | `gaps` |\n"), "{page}");
        assert_eq!(page, Metrics::parse("m.yaml", TWO).unwrap().to_markdown());
    }

    #[test]
    fn mistakes_are_told_at_their_place() {
        let text = "- name: a\n  descripton: x\n  expression: sum(x\n  see: [aa]\n- name: a\n  description: d\n  expression: 1\n";
        assert_eq!(
            problems(text),
            [
                "m.yaml:2:3: a metric has no key `descripton`\n  did you mean `description`?",
                "m.yaml:3:20: expected ), found the end",
                "m.yaml:1:3: the metric `a` has no `description`",
                "m.yaml:5:3: the metric `a` is defined twice",
                "m.yaml:4:9: `see` names no metric: `aa`\n  did you mean `a`?",
            ]
        );
        assert!(
            problems("- name: a\n  description: d\n  expression: x\n  rows: select from\n")[0].starts_with("m.yaml:4:")
        );
        assert_eq!(problems("a: 1"), ["m.yaml:1:1: metrics are a list\n  begin each with `- name: …`"]);
    }
}
