//! What sets typed rows aside: a landed table's `[[reject]]` rules, expressions over its columns, and its currencies.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use datafusion::common::DFSchema;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::prelude::SessionContext;
use port::{Chunk, Error, Land, Result};
use retail::source::LandedTable;

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
        let schema = DFSchema::try_from(Chunk::schema(table)).map_err(|e| failed("read the rules", e))?;
        let rule = |rule: &retail::source::RejectRule| -> Result<Rule> {
            let doing = format!("use the rule {} of {}", rule.rule, table.name);
            let when = session.parse_sql_expr(&rule.when, &schema).map_err(|e| failed(&doing, e))?;
            let when = session.create_physical_expr(when, &schema).map_err(|e| failed(&doing, e))?;
            let kind = when.data_type(schema.as_arrow()).map_err(|e| failed(&doing, e))?;
            if kind != arrow::datatypes::DataType::Boolean {
                return Err(Error::config(format!(
                    "the rule {} of {} gives {kind}, not true or false",
                    rule.rule, table.name
                )));
            }
            let reason = if rule.reason.is_empty() { rule.when.clone() } else { rule.reason.clone() };
            Ok(Rule { name: rule.rule.clone(), reason, when })
        };
        let rules = table.rejects.iter().map(rule).collect::<Result<_>>()?;
        Ok(Rules { rules, currencies: Currencies::of(request, table)? })
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
