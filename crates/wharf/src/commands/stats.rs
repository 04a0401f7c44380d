//! `wharf stats DAY`: what each customer did on a day.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use flow::ask::stats::{COLUMNS, stats};
use retail::day::{Day, date_of};

use super::totals::total;
use crate::arguments::{Global, day};
use crate::failure::{Outcome, Result};
use crate::output::{OutputArgs, Sheet, thousands};
use crate::shop::Shop;

/// Daily statistics per customer
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf stats 2011-11-23
  wharf stats 2011-11-23 --format csv > stats.csv
  wharf stats 2011-11-23 --out stats.xlsx")]
pub struct Stats {
    /// The day, like 2011-11-23
    #[arg(value_name = "DAY", value_parser = day)]
    day: Day,
    #[command(flatten)]
    output: OutputArgs,
}

impl Stats {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let shop = Shop::open_for(global, &self.output)?;
        let answer = shop.ask(&stats(self.day))?;
        let schema = answer.schema.clone();
        let batches: Vec<RecordBatch> = shop.block_on(futures::TryStreamExt::try_collect(answer.rows))?;
        if batches.iter().all(|batch| batch.num_rows() == 0) {
            tell_of_no_rows(&shop, self.day)?;
        }
        let total = total_row(&batches, &shop.currency);
        shop.write(&self.output, Sheet { total, ..Sheet::of(schema, batches) })?;
        Ok(Outcome::Done)
    }
}

/// What adds up is added up; the average is that of all orders; distinct products do not add up.
fn total_row(batches: &[RecordBatch], currency: &str) -> Option<Vec<String>> {
    if batches.iter().all(|batch| batch.num_rows() == 0) {
        return None;
    }
    // A row without products takes back a cancelled order.
    let bought = |batch: &RecordBatch| {
        let products =
            batch.column_by_name("products").map(|column| column.as_primitive::<Int64Type>().values().clone());
        products.map_or(0, |products| products.iter().filter(|products| **products > 0).count())
    };
    let customers: usize = batches.iter().map(bought).sum();
    let cell = |column: &&str| match *column {
        "day" => currency.to_owned(),
        "customer_id" => format!("{} customers", thousands(customers as u64)),
        "average_order_value" => {
            let after_discounts = total(batches, "gross_sales")
                .zip(total(batches, "discounts"))
                .map(|(gross, discounts)| gross.minus(discounts));
            let average = after_discounts.zip(total(batches, "orders")).and_then(|(sales, orders)| sales.over(orders));
            average.map(|average| average.to_string()).unwrap_or_default()
        }
        "products" => String::new(),
        column => total(batches, column).map(|total| total.to_string()).unwrap_or_default(),
    };
    Some(COLUMNS.iter().map(cell).collect())
}

fn tell_of_no_rows(shop: &Shop, day: Day) -> Result<()> {
    let mut known = String::new();
    for batch in shop.rows("select cast(min(day) as varchar), cast(max(day) as varchar) from daily_sales")? {
        let cell = |column| arrow::util::display::array_value_to_string(batch.column(column), 0).unwrap_or_default();
        if batch.num_rows() > 0 && !cell(0).is_empty() {
            known = format!("; there are days from {} to {}", cell(0), cell(1));
        }
    }
    eprintln!("no known customer bought anything on {}{known}", date_of(day));
    Ok(())
}
