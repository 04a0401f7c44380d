//! `wharf top-customers`.

use crate::arguments::{Global, Range};
use crate::failure::{Outcome, Result};
use crate::output::OutputArgs;
use crate::question::{Conditions, Literal};
use crate::shop::Shop;

/// The customers who bought most
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf top-customers
  wharf top-customers --by orders --limit 20
  wharf top-customers --from 2011-11-01 --to 2011-11-30 --out november.xlsx")]
pub struct TopCustomers {
    /// What counts
    #[arg(long, value_enum, default_value = "spend")]
    by: By,
    /// How many customers
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(i64).range(1..))]
    limit: i64,
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum By {
    Spend,
    Orders,
}

/// What customers did on some days; a day without products takes back a cancelled order.
fn within(days: &Conditions) -> String {
    format!(
        "( \
           select customer_id, cast(sum(orders) as bigint) as orders, cast(sum(units) as bigint) as units, \
             cast(sum(spend) as decimal(18, 4)) as spend, \
             cast(sum(gross_sales - discounts) / nullif(sum(orders), 0) as decimal(18, 4)) as average_order_value, \
             min(case when products > 0 then day end) as first_day, \
             max(case when products > 0 then day end) as last_day \
           from daily_customer_stats {days} group by customer_id \
         ) as customers"
    )
}

impl TopCustomers {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let range = self.range.checked()?;
        let (by, then) = match self.by {
            By::Spend => ("spend", "orders"),
            By::Orders => ("orders", "spend"),
        };
        let days = Conditions::default().between("day", range.from, range.to);
        let shop = Shop::open_for(global, &self.output)?;
        // Over all days an order that was taken back is none; over some, the day counts on which that was done.
        let as_of_now = days.is_empty() && shop.config.reverses_cancelled();
        let customers = if as_of_now { "customer_summary".to_owned() } else { within(&days) };
        let sql = format!(
            "select cast(rank() over (order by {by} desc) as bigint) as rank, customer_id, orders, units, spend, \
               average_order_value, first_day, last_day \
             from {customers} \
             order by {by} desc, {then} desc, customer_id limit {}",
            Literal::Integer(self.limit)
        );
        let answer = shop.query(&sql)?;
        shop.write(&self.output, answer)?;
        Ok(Outcome::Done)
    }
}
