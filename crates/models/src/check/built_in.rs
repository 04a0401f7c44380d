//! The built-in checks, written like function calls.

use sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Spanned, Value};

use super::Rule;
use crate::problem::{Place, Problem, nearest};
use crate::sql::{ident_name, start};

/// Name and how to write it.
pub(super) const BUILT_IN: [(&str, &str); 8] = [
    ("not_null", "not_null(column, …)"),
    ("unique", "unique(column, …)"),
    ("accepted_values", "accepted_values(column, 'a', 'b')"),
    ("relationships", "relationships(column, other_table.column)"),
    ("range", "range(column, min, max), null for no bound"),
    ("pattern", "pattern(column, 'regex')"),
    ("row_count", "row_count(min) or row_count(min, max)"),
    ("freshness", "freshness(column, days)"),
];

/// The rule of an expression: a call of a built-in check, or the condition itself.
pub(super) fn rule(file: &str, expression: Expr) -> Result<Rule, Problem> {
    let at = start(expression.span());
    if let Expr::Function(function) = &expression
        && let Some(name) = plain_name(function)
    {
        if let Some((name, usage)) = BUILT_IN.iter().find(|(known, _)| *known == name) {
            let arguments = Arguments { file, name, usage, at, expressions: arguments(function) };
            return arguments.rule();
        }
        if let Some(near) = nearest(&name, BUILT_IN.iter().map(|(known, _)| *known)) {
            let problem = Problem::new(file, at, format!("there is no check `{name}`"));
            return Err(problem.advise(format!("did you mean `{near}`?")));
        }
    }
    if let Expr::Value(value) = &expression
        && !matches!(value.value, Value::Boolean(_))
    {
        return Err(Problem::new(file, at, format!("`{expression}` is not a condition")).advise(ALL));
    }
    Ok(Rule::Expression { expression: Box::new(expression) })
}

const ALL: &str = "write not_null, unique, accepted_values, relationships, range, pattern, row_count, freshness, \
                   a condition such as spend >= 0, or a SELECT of offending rows";

/// The name of a call that has nothing but arguments.
fn plain_name(function: &Function) -> Option<String> {
    let bare = function.over.is_none() && function.filter.is_none() && function.name.0.len() == 1;
    bare.then(|| function.name.0[0].as_ident().map(ident_name)).flatten()
}

fn arguments(function: &Function) -> Vec<Option<&Expr>> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    let expression = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expr)) => Some(expr),
        _ => None,
    };
    list.args.iter().map(expression).collect()
}

/// The arguments of one call, with what is needed to tell what is wrong with them.
struct Arguments<'a> {
    file: &'a str,
    name: &'a str,
    usage: &'a str,
    at: Place,
    expressions: Vec<Option<&'a Expr>>,
}

impl Arguments<'_> {
    fn rule(&self) -> Result<Rule, Problem> {
        let count = self.expressions.len();
        let (least, most) = match self.name {
            "not_null" | "unique" => (1, usize::MAX),
            "accepted_values" => (2, usize::MAX),
            "range" => (2, 3),
            "row_count" => (1, 2),
            _ => (2, 2),
        };
        if count < least || count > most {
            return Err(self.wrong(self.at, format!("`{}` does not take {count} arguments", self.name)));
        }
        let all = 0..count;
        Ok(match self.name {
            "not_null" => Rule::NotNull { columns: all.map(|i| self.column(i)).collect::<Result<_, _>>()? },
            "unique" => Rule::Unique { columns: all.map(|i| self.column(i)).collect::<Result<_, _>>()? },
            "accepted_values" => Rule::AcceptedValues {
                column: self.column(0)?,
                values: (1..count).map(|i| self.value(i)).collect::<Result<_, _>>()?,
            },
            "relationships" => {
                let (table, key) = self.other_column(1)?;
                Rule::Relationships { column: self.column(0)?, table, key }
            }
            "range" => Rule::Range { column: self.column(0)?, min: self.bound(1)?, max: self.bound(2)? },
            "pattern" => Rule::Pattern { column: self.column(0)?, regex: self.text(1)? },
            "row_count" => {
                Rule::RowCount { min: self.number(0)?, max: (count > 1).then(|| self.number(1)).transpose()? }
            }
            _ => Rule::Freshness { column: self.column(0)?, days: self.days(1)? },
        })
    }

    fn column(&self, index: usize) -> Result<String, Problem> {
        match self.get(index)? {
            Expr::Identifier(ident) => Ok(ident_name(ident)),
            other => Err(self.wrong(start(other.span()), format!("`{other}` is not a column"))),
        }
    }

    fn other_column(&self, index: usize) -> Result<(String, String), Problem> {
        match self.get(index)? {
            Expr::CompoundIdentifier(parts) if parts.len() == 2 => Ok((ident_name(&parts[0]), ident_name(&parts[1]))),
            other => Err(self.wrong(start(other.span()), format!("`{other}` is not a table and its column"))),
        }
    }

    /// A literal: a value, a signed number, a `date '…'`.
    fn value(&self, index: usize) -> Result<String, Problem> {
        match self.get(index)? {
            expr @ (Expr::Value(_) | Expr::TypedString(_)) => Ok(expr.to_string()),
            expr @ Expr::UnaryOp { expr: inner, .. } if matches!(**inner, Expr::Value(_)) => Ok(expr.to_string()),
            other => {
                let message = format!("`{other}` is not a value; texts stand in single quotes");
                Err(self.wrong(start(other.span()), message))
            }
        }
    }

    /// A value, or none for `null` and for what is not given.
    fn bound(&self, index: usize) -> Result<Option<String>, Problem> {
        if index >= self.expressions.len() {
            return Ok(None);
        }
        let text = self.value(index)?;
        Ok((!text.eq_ignore_ascii_case("null")).then_some(text))
    }

    fn text(&self, index: usize) -> Result<String, Problem> {
        match self.get(index)? {
            Expr::Value(value) => match &value.value {
                Value::SingleQuotedString(text) => Ok(text.clone()),
                other => Err(self.wrong(start(value.span), format!("`{other}` is not a text in single quotes"))),
            },
            other => Err(self.wrong(start(other.span()), format!("`{other}` is not a text in single quotes"))),
        }
    }

    fn number(&self, index: usize) -> Result<u64, Problem> {
        let expr = self.get(index)?;
        let number = expr.to_string().parse();
        number.map_err(|_| self.wrong(start(expr.span()), format!("`{expr}` is not a whole number")))
    }

    fn days(&self, index: usize) -> Result<u32, Problem> {
        const LONGEST: u64 = 36_500;
        let days = self.number(index)?.min(LONGEST);
        Ok(days as u32)
    }

    fn get(&self, index: usize) -> Result<&Expr, Problem> {
        let given = self.expressions.get(index).copied().flatten();
        given.ok_or_else(|| self.wrong(self.at, format!("argument {} of `{}` is not a value", index + 1, self.name)))
    }

    fn wrong(&self, at: Place, message: String) -> Problem {
        let at = if at.line == 0 { self.at } else { at };
        Problem::new(self.file, at, message).advise(format!("write {}", self.usage))
    }
}
