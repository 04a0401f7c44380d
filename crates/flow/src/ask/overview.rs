//! A period's figures at a glance.

use super::filter::{Filter, SOLD};
use super::question::{Conditions, Literal};

/// One row: gross_sales, net_sales, orders, customers, average_order_value, units, returns, cancel_rate, new_customers,
/// returning_customers. Each is as models/metrics.yaml defines it; cancel_rate is the share of placed orders that were
/// cancelled, new customers are those whose first purchase ever lies in the period.
pub fn overview(filter: &Filter) -> String {
    format!(
        "select s.gross_sales, s.net_sales, s.orders, c.customers, \
           cast((s.gross_sales - s.discounts) / nullif(s.orders, 0) as decimal(18, 4)) as average_order_value, \
           s.units, s.returns, p.cancel_rate, c.new_customers, c.customers - c.new_customers as returning_customers \
         from ({}) as s cross join ({}) as c cross join ({}) as p",
        totals(filter),
        customers(filter),
        placed(filter)
    )
}

fn totals(filter: &Filter) -> String {
    if filter.category.is_some() {
        return format!("select {} from order_lines_wide {}", super::sales::sums_of_lines(), filter.of_lines());
    }
    let sum = |column: &str, kind: &str| format!("cast(coalesce(sum({column}), 0) as {kind}) as {column}");
    let columns: Vec<String> = [("orders", "bigint"), ("units", "bigint")]
        .into_iter()
        .chain(["gross_sales", "discounts", "returns", "net_sales"].map(|column| (column, "decimal(18, 4)")))
        .map(|(column, kind)| sum(column, kind))
        .collect();
    format!("select {} from daily_sales {}", columns.join(", "), filter.of_daily_sales())
}

/// Those who bought, and those of them who never had before.
fn customers(filter: &Filter) -> String {
    let buyers = if filter.is_of_whole_shop() {
        format!("select distinct customer_id from daily_customer_stats {}", filter.days().and_also("products > 0"))
    } else {
        let lines = filter.of_lines().and_also(SOLD).and_also("customer_id is not null");
        format!("select distinct customer_id from order_lines_wide {lines}")
    };
    let is_new = Conditions::default().and("f.first_day", ">=", filter.from.map(Literal::Day)).to_string();
    let is_new = is_new.strip_prefix("where ").unwrap_or("true");
    format!(
        "select count(*) as customers, \
           cast(coalesce(sum(case when {is_new} then 1 else 0 end), 0) as bigint) as new_customers \
         from ({buyers}) as b join customer_summary as f on f.customer_id = b.customer_id"
    )
}

/// Of orders as they were placed; they belong to no single category.
fn placed(filter: &Filter) -> String {
    if filter.category.is_some() {
        return "select cast(null as decimal(9, 6)) as cancel_rate".to_owned();
    }
    let orders = filter.of_orders().and_also("not is_test").and_also("(first_sale_line is not null or is_cancelled)");
    format!(
        "select cast(cast(sum(case when is_cancelled then 1 else 0 end) as decimal(18, 6)) / nullif(count(*), 0) \
           as decimal(9, 6)) as cancel_rate \
         from orders {orders}"
    )
}
