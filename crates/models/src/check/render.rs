//! Checks as SQL that all warehouses share: the rows that offend.

use std::collections::BTreeMap;

use retail::day::{Day, date_of};

use super::{Check, Rule};
use crate::rewrite::{quote, quote_name, rename, rename_tables};

impl Check {
    /// A query for the offending rows of `table`: all its columns, for `unique` the key and how often it is there, for
    /// `row_count` and `freshness` the figure. `today` is the shop's day.
    pub fn sql(&self, table: &str, today: Day) -> String {
        let from = self.from(table);
        if let Some(condition) = self.condition(table) {
            return format!("select * from {from} where {condition}");
        }
        match &self.rule {
            Rule::Unique { columns } => {
                let keys = columns.iter().map(|column| quote(column)).collect::<Vec<_>>().join(", ");
                format!("select {keys}, count(*) as row_count from {from} group by {keys} having count(*) > 1")
            }
            Rule::Relationships { column, table: other, key } => {
                let (column, key) = (quote(column), quote(key));
                let known = format!("select {key} from {} where {key} is not null", quote_name(other));
                format!("select * from {from} where {column} is not null and {column} not in ({known})")
            }
            Rule::RowCount { min, max } => {
                let above = max.map_or_else(String::new, |max| format!(" or count(*) > {max}"));
                format!("select count(*) as row_count from {from} having count(*) < {min}{above}")
            }
            Rule::Freshness { column, days } => {
                let newest = format!("max({})", quote(column));
                // Days before year 1 are no one's shop; the bound keeps the arithmetic within dates.
                let oldest = date_of(today.clamp(-100_000, 2_000_000) - *days as Day);
                let stale = format!("cast({newest} as date) < cast('{oldest}' as date)");
                format!("select {newest} as newest from {from} having {newest} is null or {stale}")
            }
            Rule::Query { statement } => rename_tables(statement, &self.own(table)),
            // These have a condition.
            Rule::NotNull { .. }
            | Rule::AcceptedValues { .. }
            | Rule::Range { .. }
            | Rule::Pattern { .. }
            | Rule::Expression { .. } => String::new(),
        }
    }

    /// What is true of the rows that offend, where a row offends by itself.
    fn condition(&self, table: &str) -> Option<String> {
        Some(match &self.rule {
            Rule::NotNull { columns } => {
                let nulls: Vec<String> = columns.iter().map(|column| format!("{} is null", quote(column))).collect();
                nulls.join(" or ")
            }
            Rule::AcceptedValues { column, values } => format!("{} not in ({})", quote(column), values.join(", ")),
            Rule::Range { column, min, max } => {
                let column = quote(column);
                let below = min.iter().map(|min| format!("{column} < {min}"));
                let bounds: Vec<String> = below.chain(max.iter().map(|max| format!("{column} > {max}"))).collect();
                if bounds.is_empty() { "false".to_owned() } else { bounds.join(" or ") }
            }
            Rule::Pattern { column, regex } => {
                format!("not regexp_like({}, '{}')", quote(column), regex.replace('\'', "''"))
            }
            Rule::Expression { expression } => {
                let mut condition = expression.as_ref().clone();
                rename(&mut condition, &self.own(table));
                format!("not ({condition})")
            }
            _ => return None,
        })
    }

    /// One query that counts the offending rows of all those checks of a table that look at rows one by one: a column
    /// each, `check_N` for the N-th of `checks`, null for a table without rows. `None` where there is no such check.
    pub fn counts(checks: &[Check], table: &str) -> Option<String> {
        let sums = checks.iter().enumerate().filter_map(|(at, check)| {
            Some(format!("sum(case when {} then 1 else 0 end) as check_{at}", check.condition(table)?))
        });
        let sums: Vec<String> = sums.collect();
        let from = checks.first()?.from(table);
        (!sums.is_empty()).then(|| format!("select {} from {from}", sums.join(", ")))
    }

    /// The table under the model's name, so that `daily_sales.spend` can be written in a check.
    fn from(&self, table: &str) -> String {
        if table == self.model { quote_name(table) } else { format!("{} as {}", quote_name(table), quote(&self.model)) }
    }

    fn own(&self, table: &str) -> BTreeMap<String, String> {
        if table == self.model { BTreeMap::new() } else { BTreeMap::from([(self.model.clone(), table.to_owned())]) }
    }
}
