//! SQL made from what a user typed. Values arrive as what they are (days, numbers, text) and are rendered here alone, so
//! that nothing typed is ever read as SQL.

use std::fmt;

use retail::day::{Day, date_of};

/// A value in a query.
#[derive(Debug, Clone)]
pub enum Literal {
    Day(Day),
    Integer(i64),
    Text(String),
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Day(day) => write!(f, "date '{}'", date_of(*day)),
            Literal::Integer(number) => write!(f, "{number}"),
            Literal::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
        }
    }
}

/// The conditions of a query, all of which hold.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    conditions: Vec<String>,
}

impl Conditions {
    /// `column` and `operator` are ours, not the user's.
    pub fn and(mut self, column: &'static str, operator: &'static str, value: Option<Literal>) -> Conditions {
        if let Some(value) = value {
            self.conditions.push(format!("{column} {operator} {value}"));
        }
        self
    }

    pub fn between(self, column: &'static str, from: Option<Day>, to: Option<Day>) -> Conditions {
        self.and(column, ">=", from.map(Literal::Day)).and(column, "<=", to.map(Literal::Day))
    }

    /// One more condition, wholly ours.
    pub fn and_also(mut self, condition: &'static str) -> Conditions {
        self.conditions.push(condition.to_owned());
        self
    }

    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }
}

/// `where …`, or nothing.
impl fmt::Display for Conditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.conditions.is_empty() {
            return Ok(());
        }
        write!(f, "where {}", self.conditions.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_quotes() {
        let conditions = Conditions::default()
            .and("rule", "=", Some(Literal::Text("x' or 1=1 --".into())))
            .and("load", "=", None)
            .between("day", Some(0), None);
        assert_eq!(conditions.to_string(), "where rule = 'x'' or 1=1 --' and day >= date '1970-01-01'");
        assert_eq!(Conditions::default().to_string(), "");
    }
}
