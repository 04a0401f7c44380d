//! `wharf repeaters`: customers with two or more orders, ever.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;

use crate::arguments::Global;
use crate::failure::{Outcome, Result};
use crate::output::{OutputArgs, Sheet, thousands};
use crate::shop::Shop;

/// Customers who bought more than once
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf repeaters
  wharf repeaters --limit 0               the count alone
  wharf repeaters --out repeaters.csv     all of them")]
pub struct Repeaters {
    /// Show so many at most [default: 20 to a person, all to a program]
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    #[command(flatten)]
    output: OutputArgs,
}

impl Repeaters {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let shop = Shop::open_for(global, &self.output)?;
        let for_a_person = self.output.is_for_a_person()?;
        let limit = match self.limit {
            Some(limit) => format!("limit {limit}"),
            None if for_a_person => "limit 20".to_owned(),
            None => String::new(),
        };
        let sql = format!(
            "select customer_id, orders, units, spend, first_day, last_day from customer_summary where is_repeat \
             order by orders desc, spend desc, customer_id {limit}"
        );
        let mut sheet = Sheet::from(shop.query(&sql)?);
        if for_a_person {
            sheet = sheet.remark(share(&shop)?);
        }
        shop.write(&self.output, sheet)?;
        Ok(Outcome::Done)
    }
}

fn share(shop: &Shop) -> Result<String> {
    let batches = shop.rows(
        "select count(*) as customers, cast(coalesce(sum(case when is_repeat then 1 else 0 end), 0) as bigint) \
           as repeaters from customer_summary",
    )?;
    let count = |name: &str| {
        let cell = |batch: &RecordBatch| {
            let column = batch.column_by_name(name)?.as_primitive_opt::<Int64Type>()?;
            column.iter().next().flatten().and_then(|count| u64::try_from(count).ok())
        };
        batches.iter().find_map(cell).unwrap_or(0)
    };
    let (customers, repeaters) = (count("customers"), count("repeaters"));
    let percent = if customers == 0 { 0.0 } else { 100.0 * repeaters as f64 / customers as f64 };
    Ok(format!("{} of {} customers bought more than once ({percent:.1}%)", thousands(repeaters), thousands(customers)))
}
