//! A check is a query for offending rows: one of the built-in ones, a condition every row holds, or a SELECT.

mod built_in;
mod render;
#[cfg(test)]
mod tests;

use sqlparser::ast::{Expr, Statement, Visit, Visitor};

use crate::problem::{Place, Problem};
use crate::sql;

#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// What reports call it: its own text, unless it was given a name.
    pub name: String,
    pub rule: Rule,
    pub severity: Severity,
    /// The model it belongs to; SQL of the check may call the table so.
    pub model: String,
    pub line: usize,
    pub column: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Severity {
    /// Stops before the table is published.
    #[default]
    Error,
    /// Is reported.
    Warn,
}

/// Values and bounds are SQL as it was written.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    NotNull {
        columns: Vec<String>,
    },
    /// No two rows agree in all columns; a null is a value like any other, so that guests' rows are compared too.
    Unique {
        columns: Vec<String>,
    },
    AcceptedValues {
        column: String,
        values: Vec<String>,
    },
    /// Each value that is not null is one of another table's column.
    Relationships {
        column: String,
        table: String,
        key: String,
    },
    /// Bounds are inclusive.
    Range {
        column: String,
        min: Option<String>,
        max: Option<String>,
    },
    Pattern {
        column: String,
        regex: String,
    },
    RowCount {
        min: u64,
        max: Option<u64>,
    },
    /// The newest day is at most so many days ago.
    Freshness {
        column: String,
        days: u32,
    },
    /// Holds, or is null, in every row.
    Expression {
        expression: Box<Expr>,
    },
    Query {
        statement: Box<Statement>,
    },
}

impl Check {
    /// `line` and `column` are where the text stands in the file. A `warn:` before it makes it a warning.
    pub fn parse(file: &str, model: &str, text: &str, line: usize, column: usize) -> Result<Check, Problem> {
        let mut at = Place::new(line, column);
        let (severity, rest) = severity(text);
        at.column += text[..text.len() - rest.len()].chars().count();
        if rest.trim().is_empty() {
            return Err(Problem::new(file, at, "a check is empty").advise("write one like not_null(day) or spend >= 0"));
        }
        let padded = at.padding() + rest;
        let rule = match first_word(rest).as_str() {
            "select" | "with" => Rule::Query { statement: Box::new(query(file, &padded)?) },
            _ => built_in::rule(file, sql::parse_expression(file, &padded)?)?,
        };
        let name = one_line(rest);
        Ok(Check { name, rule, severity, model: model.to_owned(), line: at.line, column: at.column })
    }

    /// Names of the checks that are written like a call.
    pub fn built_in() -> impl Iterator<Item = &'static str> {
        built_in::BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// The tables it reads beside the model's own.
    pub fn inputs(&self) -> Vec<String> {
        let inputs = match &self.rule {
            Rule::Relationships { table, .. } => return vec![table.clone()],
            Rule::Expression { expression } => sql::inputs(expression.as_ref()),
            Rule::Query { statement } => sql::inputs(statement.as_ref()),
            _ => Vec::new(),
        };
        inputs.into_iter().map(|input| input.name).filter(|name| *name != self.model).collect()
    }

    /// The model's columns that it surely names.
    pub fn columns(&self) -> Vec<String> {
        match &self.rule {
            Rule::NotNull { columns } | Rule::Unique { columns } => columns.clone(),
            Rule::AcceptedValues { column, .. }
            | Rule::Relationships { column, .. }
            | Rule::Range { column, .. }
            | Rule::Pattern { column, .. }
            | Rule::Freshness { column, .. } => vec![column.clone()],
            // Names inside a subquery may be the other table's.
            Rule::Expression { expression } if sql::inputs(expression.as_ref()).is_empty() => identifiers(expression),
            Rule::Expression { .. } | Rule::Query { .. } | Rule::RowCount { .. } => Vec::new(),
        }
    }
}

/// What stands after `warn:` or `error:`.
fn severity(text: &str) -> (Severity, &str) {
    let trimmed = text.trim_start();
    let after = |word: &str| trimmed.strip_prefix(word).map(str::trim_start).and_then(|rest| rest.strip_prefix(':'));
    if let Some(rest) = after("warn") {
        return (Severity::Warn, rest.trim_start());
    }
    (Severity::Error, after("error").map_or(trimmed, str::trim_start))
}

fn first_word(text: &str) -> String {
    text.trim_start_matches(|c: char| c == '(' || c.is_whitespace())
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect::<String>()
        .to_lowercase()
}

fn query(file: &str, padded: &str) -> Result<Statement, Problem> {
    match sql::parse_query(file, padded) {
        Ok(parsed) => Ok(parsed.statement),
        Err(problems) => {
            Err(problems.into_iter().next().unwrap_or_else(|| Problem::new(file, Place::default(), "bad SQL")))
        }
    }
}

fn identifiers(expression: &Expr) -> Vec<String> {
    struct Names(Vec<String>);
    impl Visitor for Names {
        type Break = ();
        fn pre_visit_expr(&mut self, expr: &Expr) -> std::ops::ControlFlow<()> {
            if let Expr::Identifier(ident) = expr {
                self.0.push(sql::ident_name(ident));
            }
            std::ops::ControlFlow::Continue(())
        }
    }
    let mut names = Names(Vec::new());
    let _ = expression.visit(&mut names);
    names.0
}

fn one_line(text: &str) -> String {
    const LONGEST: usize = 100;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= LONGEST { text } else { text.chars().take(LONGEST - 1).chain(['…']).collect() }
}
