//! What sets typed rows aside: a landed table's `[[reject]]` rules, expressions over its columns, and its currencies.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use datafusion::common::{DFSchema, SchemaError};
use datafusion::error::DataFusionError;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::prelude::SessionContext;
use port::{Chunk, Error, Land, Result};
use retail::mistake::nearest;
use retail::source::{LandedTable, RejectRule};

use super::currency::Currencies;
use crate::engine::failed;

pub struct Rules {
    rules: Vec<Rule>,
    currencies: Option<Currencies>,
}

struct Rule {
    name: String,
    reason: String,
    when: Arc<dyn PhysicalExpr>,
}

impl Rules {
    pub fn new(session: &SessionContext, request: &Land, table: &LandedTable) -> Result<Rules> {
        let rules = compiled(session, table).collect::<Result<_>>()?;
        Ok(Rules { rules, currencies: Currencies::of(request, table)? })
    }

    /// What keeps rules of the table from being used, by their place in it.
    pub fn mistakes(session: &SessionContext, table: &LandedTable) -> Vec<(usize, Error)> {
        compiled(session, table).enumerate().filter_map(|(at, rule)| Some((at, rule.err()?))).collect()
    }

    /// For each row that a rule sets aside: its index, the rule and the reason; in row order, the first rule wins.
    pub fn broken<'a>(&'a self, batch: &RecordBatch) -> Result<Vec<(usize, &'a str, Cow<'a, str>)>> {
        let mut found: Vec<(usize, &str, Cow<'a, str>)> = Vec::new();
        for rule in &self.rules {
            let value = rule.when.evaluate(batch).and_then(|value| value.into_array(batch.num_rows()));
            let value = value.map_err(|error| failed(&format!("use the rule {}", rule.name), error))?;
            let mask: &BooleanArray = value.as_boolean();
            if mask.true_count() == 0 {
                continue;
            }
            let broken = (0..mask.len()).filter(|row| mask.is_valid(*row) && mask.value(*row));
            found.extend(broken.map(|row| (row, rule.name.as_str(), Cow::from(&rule.reason))));
        }
        let foreign = self.currencies.iter().flat_map(|currencies| currencies.foreign(batch));
        found.extend(foreign.map(|(row, rule, reason)| (row, rule, Cow::from(reason))));
        found.sort_by_key(|(row, ..)| *row);
        found.dedup_by_key(|(row, ..)| *row);
        Ok(found)
    }
}

fn compiled<'a>(session: &'a SessionContext, table: &'a LandedTable) -> impl Iterator<Item = Result<Rule>> + 'a {
    let schema = DFSchema::try_from(Chunk::schema(table));
    table.rejects.iter().map(move |rule| {
        let schema = schema.as_ref().map_err(|error| Error::internal(format!("cannot read the rules: {error}")))?;
        let unusable = |error| unusable(table, rule, error);
        let when = session.parse_sql_expr(&rule.when, schema).map_err(unusable)?;
        let when = session.create_physical_expr(when, schema).map_err(unusable)?;
        let kind = when.data_type(schema.as_arrow()).map_err(unusable)?;
        if kind != arrow::datatypes::DataType::Boolean {
            let message = format!("the rule {} of {} gives {kind}, not true or false", rule.rule, table.name);
            return Err(Error::config(message).advise("compare it with something, such as `quantity = 0`"));
        }
        let reason = if rule.reason.is_empty() { rule.when.clone() } else { rule.reason.clone() };
        Ok(Rule { name: rule.rule.clone(), reason, when })
    })
}

/// The engine's error in words of source.toml; its place is that in the expression, where it is known.
fn unusable(table: &LandedTable, rule: &RejectRule, error: DataFusionError) -> Error {
    let words = || rule.when.split(|mark: char| !mark.is_alphanumeric() && mark != '_');
    if words().any(|word| word.eq_ignore_ascii_case("select")) {
        let message = format!("the rule {} of {} holds a subquery", rule.rule, table.name);
        return Error::config(message).advise("a rule looks at one row by itself: compare that row's columns");
    }
    if let DataFusionError::SchemaError(cause, _) = error.find_root()
        && let SchemaError::FieldNotFound { field, .. } = cause.as_ref()
    {
        let message = format!("the rule {} reads `{}`, which {} does not have", rule.rule, field.name, table.name);
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let advice = match nearest(&field.name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("valid are: {}", names.join(", ")),
        };
        let before = rule.when.find(&field.name).map_or(0, |at| rule.when[..at].chars().count());
        return Error::config(message).advise(advice).at("", 1, before + 1);
    }
    failed(&format!("use the rule {} of {}", rule.rule, table.name), error)
}
