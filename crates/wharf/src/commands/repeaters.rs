//! `wharf repeaters`: customers with two or more orders, ever.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use flow::ask;

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
        let limit = self.limit.or(for_a_person.then_some(20));
        let mut sheet = Sheet::from(shop.ask(&ask::customers::repeaters(limit))?);
        if for_a_person {
            sheet = sheet.remark(share(&shop)?);
        }
        shop.write(&self.output, sheet)?;
        Ok(Outcome::Done)
    }
}

fn share(shop: &Shop) -> Result<String> {
    let batches = shop.rows(&ask::customers::share(&Default::default()))?;
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
