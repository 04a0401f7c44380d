//! `wharf sales`: the shop's sales by time, country or category.

use crate::arguments::{Global, Range};
use crate::failure::{Outcome, Result};
use crate::output::OutputArgs;
use crate::question::Conditions;
use crate::shop::Shop;

/// Sales by day, week, month, country or category, guests included
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf sales --by month
  wharf sales --by week --from 2011-11-01 --to 2011-11-30
  wharf sales --by country --format csv

Weeks start as shop.week_start says. `wharf docs metrics` says what each column is.")]
pub struct Sales {
    /// A row for each …
    #[arg(long, value_enum, default_value = "month")]
    by: By,
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum By {
    Day,
    Week,
    Month,
    Country,
    Category,
}

impl Sales {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let days = Conditions::default().between("day", self.range.checked()?.from, self.range.to);
        let shop = Shop::open_for(global, &self.output)?;
        let sunday = shop.config.weeks_start_on_sunday();
        let sql = match self.by {
            By::Day => by_time("day", "day", &days),
            By::Week if sunday => {
                // A week from Sunday on is one from Monday on, a day later.
                by_time("week", "date_trunc('week', day + interval '1 day') - interval '1 day'", &days)
            }
            By::Week => by_time("week", "date_trunc('week', day)", &days),
            By::Month => by_time("month", "date_trunc('month', day)", &days),
            By::Country => by_country(&days),
            By::Category => by_category(&days),
        };
        let answer = shop.query(&sql)?;
        shop.write(&self.output, answer)?;
        Ok(Outcome::Done)
    }
}

/// Columns of daily_sales that add up over days and countries.
const ADD_UP: &str = "cast(sum(orders) as bigint) as orders, cast(sum(units) as bigint) as units, \
    cast(sum(gross_sales) as decimal(18, 4)) as gross_sales, cast(sum(discounts) as decimal(18, 4)) as discounts, \
    cast(sum(returns) as decimal(18, 4)) as returns, cast(sum(net_sales) as decimal(18, 4)) as net_sales, \
    cast(sum(shipping) as decimal(18, 4)) as shipping, cast(sum(tax) as decimal(18, 4)) as tax, \
    cast(sum(fees) as decimal(18, 4)) as fees, cast(sum(total_sales) as decimal(18, 4)) as total_sales, \
    cast(sum(gross_sales - discounts) / nullif(sum(orders), 0) as decimal(18, 4)) as average_order_value";

const SHOWN: &str = "coalesce(c.customers, 0) as customers, s.orders, s.units, s.gross_sales, s.discounts, s.returns, \
    s.net_sales, s.shipping, s.tax, s.fees, s.total_sales, s.average_order_value";

/// Customers do not add up over days, so they are counted from those that bought in each period. A row without products
/// takes back a cancelled order.
fn by_time(name: &str, period: &str, days: &Conditions) -> String {
    format!(
        "select s.{name}, {SHOWN} \
         from (select cast({period} as date) as {name}, {ADD_UP} from daily_sales {days} group by 1) as s \
         left join ( \
           select cast({period} as date) as {name}, \
             count(distinct case when products > 0 then customer_id end) as customers \
           from daily_customer_stats {days} group by 1 \
         ) as c on c.{name} = s.{name} \
         order by 1"
    )
}

fn by_country(days: &Conditions) -> String {
    let sold = format!("{} {SOLD}", if days.is_empty() { "where".to_owned() } else { format!("{days} and") });
    format!(
        "select s.country, {SHOWN} \
         from (select country, {ADD_UP} from daily_sales {days} group by country) as s \
         left join ( \
           select coalesce(country, 'unknown') as country, count(distinct customer_id) as customers \
           from order_lines_wide {sold} group by 1 \
         ) as c on c.country = s.country \
         order by s.total_sales desc, s.country"
    )
}

const SOLD: &str = "is_sale_line and kind <> 'cancellation'";

/// An order counts in each category that it has lines of, and no longer once it is taken back.
fn by_category(days: &Conditions) -> String {
    let sum = |condition: &str, value: &str| {
        format!("cast(sum(case when {condition} then {value} else 0 end) as decimal(18, 4))")
    };
    let gross = sum("is_sale_line and is_merchandise", "amount");
    let discounts = sum("is_sale_line and is_merchandise", "discount");
    let returns = sum("is_return_line and is_merchandise", "discount - amount");
    let net = sum("(is_sale_line or is_return_line) and is_merchandise", "amount - discount");
    format!(
        "select coalesce(category, case when is_merchandise then 'unknown' else 'not merchandise' end) as category, \
           count(distinct case when {SOLD} then customer_id end) as customers, \
           count(distinct case when {SOLD} then order_id end) \
             - count(distinct case when is_sale_line and kind = 'cancellation' then order_id end) as orders, \
           cast(sum(case when is_sale_line then quantity else 0 end) as bigint) as units, \
           {} as spend, {gross} as gross_sales, {discounts} as discounts, {returns} as returns, {net} as net_sales \
         from order_lines_wide {days} group by 1 order by net_sales desc, category",
        sum("is_sale_line", "amount"),
    )
}
