//! The shop's sales by time, place or category.

use super::filter::{CATEGORY, CHANNEL, COUNTRY, Filter, SOLD};

/// A row for each …
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Day,
    /// Weeks begin on Sunday, or on Monday.
    Week {
        on_sunday: bool,
    },
    Month,
    Country,
    Category,
    Channel,
    /// Of each category in each month.
    CategoryMonth,
}

pub fn sales(by: By, filter: &Filter) -> String {
    match by {
        By::Day => by_time("day", "day", filter),
        // A week from Sunday on is one from Monday on, a day later.
        By::Week { on_sunday: true } => {
            by_time("week", "date_trunc('week', day + interval '1 day') - interval '1 day'", filter)
        }
        By::Week { on_sunday: false } => by_time("week", "date_trunc('week', day)", filter),
        By::Month => by_time("month", "date_trunc('month', day)", filter),
        By::Country => by_place("country", COUNTRY, filter),
        By::Channel => by_place("channel", CHANNEL, filter),
        By::Category => of_lines("category", CATEGORY, "net_sales desc, category", filter),
        By::CategoryMonth => format!(
            "select cast(date_trunc('month', day) as date) as month, {CATEGORY} as category, {} \
             from order_lines_wide {} group by 1, 2 order by 1, net_sales desc, 2",
            sums_of_lines(),
            filter.of_lines()
        ),
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

/// Customers do not add up over days, so they are counted from those that bought in each period.
fn by_time(name: &str, period: &str, filter: &Filter) -> String {
    if filter.category.is_some() {
        return of_lines(name, &format!("cast({period} as date)"), name, filter);
    }
    // A row of a customer's day without products takes back a cancelled order.
    let customers = if filter.is_of_whole_shop() {
        let days = filter.days();
        format!(
            "select cast({period} as date) as {name}, \
               count(distinct case when products > 0 then customer_id end) as customers \
             from daily_customer_stats {days} group by 1"
        )
    } else {
        let sold = filter.of_orders().and_also(SOLD);
        format!(
            "select cast({period} as date) as {name}, count(distinct customer_id) as customers \
             from order_lines_wide {sold} group by 1"
        )
    };
    format!(
        "select s.{name}, {SHOWN} \
         from (select cast({period} as date) as {name}, {ADD_UP} from daily_sales {} group by 1) as s \
         left join ({customers}) as c on c.{name} = s.{name} \
         order by 1",
        filter.of_daily_sales()
    )
}

fn by_place(name: &str, place: &str, filter: &Filter) -> String {
    if filter.category.is_some() {
        return of_lines(name, place, &format!("net_sales desc, {name}"), filter);
    }
    let sold = filter.of_orders().and_also(SOLD);
    format!(
        "select s.{name}, {SHOWN} \
         from (select {name}, {ADD_UP} from daily_sales {} group by {name}) as s \
         left join ( \
           select {place} as {name}, count(distinct customer_id) as customers from order_lines_wide {sold} group by 1 \
         ) as c on c.{name} = s.{name} \
         order by s.total_sales desc, s.{name}",
        filter.of_daily_sales()
    )
}

/// From the lines themselves. An order counts in each category that it has lines of, and no longer once it is taken back.
fn of_lines(name: &str, group: &str, order: &str, filter: &Filter) -> String {
    format!(
        "select {group} as {name}, {} from order_lines_wide {} group by 1 order by {order}",
        sums_of_lines(),
        filter.of_lines()
    )
}

/// What lines of order_lines_wide come to.
pub(super) fn sums_of_lines() -> String {
    let sum = |condition: &str, value: &str| {
        format!("cast(coalesce(sum(case when {condition} then {value} else 0 end), 0) as decimal(18, 4))")
    };
    format!(
        "count(distinct case when {SOLD} then customer_id end) as customers, {ORDERS} as orders, \
         cast(coalesce(sum(case when is_sale_line then quantity else 0 end), 0) as bigint) as units, \
         {} as spend, {} as gross_sales, {} as discounts, {} as returns, {} as net_sales",
        sum("is_sale_line", "amount"),
        sum("is_sale_line and is_merchandise", "amount"),
        sum("is_sale_line and is_merchandise", "discount"),
        sum("is_return_line and is_merchandise", "discount - amount"),
        sum("(is_sale_line or is_return_line) and is_merchandise", "amount - discount"),
    )
}

/// Orders with a sale line, those that were taken back no longer.
pub(super) const ORDERS: &str = "(count(distinct case when is_sale_line and kind <> 'cancellation' then order_id end) \
    - count(distinct case when is_sale_line and kind = 'cancellation' then order_id end))";

/// The values that filters may have, with those that sell most first.
pub fn values_of(what: &'static str) -> String {
    let (from, expression) = match what {
        "category" => ("order_lines_wide where is_sale_line", CATEGORY),
        other => ("daily_sales", other),
    };
    let value = if what == "category" { "sum(amount)" } else { "sum(gross_sales)" };
    format!("select {expression} as value from {from} group by 1 order by {value} desc, 1 limit 500")
}

/// The first and the last day with sales or returns.
pub const DAYS: &str = "select min(day) as first_day, max(day) as last_day from daily_sales";
