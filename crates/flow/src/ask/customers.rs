//! Who buys, how much, and how often.

use super::filter::{Filter, SOLD};
use super::question::{Conditions, Literal};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    Spend,
    Orders,
}

/// What customers did on some days; a day without products takes back a cancelled order.
fn within(filter: &Filter) -> String {
    if filter.is_of_whole_shop() {
        let days = filter.days();
        return format!(
            "( \
               select customer_id, cast(sum(orders) as bigint) as orders, cast(sum(units) as bigint) as units, \
                 cast(sum(spend) as decimal(18, 4)) as spend, \
                 cast(sum(gross_sales - discounts) / nullif(sum(orders), 0) as decimal(18, 4)) as average_order_value, \
                 min(case when products > 0 then day end) as first_day, \
                 max(case when products > 0 then day end) as last_day \
               from daily_customer_stats {days} group by customer_id \
             ) as customers"
        );
    }
    let lines = filter.of_lines().and_also("customer_id is not null").and_also("is_sale_line");
    format!(
        "( \
           select customer_id, {orders} as orders, cast(sum(quantity) as bigint) as units, \
             cast(sum(amount) as decimal(18, 4)) as spend, \
             cast(sum(case when is_merchandise then amount - discount else 0 end) / nullif({orders}, 0) \
               as decimal(18, 4)) as average_order_value, \
             min(case when {SOLD} then day end) as first_day, max(case when {SOLD} then day end) as last_day \
           from order_lines_wide {lines} group by customer_id \
         ) as customers",
        orders = super::sales::ORDERS,
    )
}

/// Those who bought most. `reverses`: cancelled orders are taken back on a day of their own.
pub fn top(rank: Rank, filter: &Filter, reverses: bool, limit: u64, offset: u64) -> String {
    let (by, then) = match rank {
        Rank::Spend => ("spend", "orders"),
        Rank::Orders => ("orders", "spend"),
    };
    // Over all days an order that was taken back is none; over some, the day counts on which that was done.
    let as_of_now = filter.days().is_empty() && filter.is_of_whole_shop() && reverses;
    let customers = if as_of_now { "customer_summary".to_owned() } else { within(filter) };
    format!(
        "select cast(rank() over (order by {by} desc) as bigint) as rank, customer_id, orders, units, spend, \
           average_order_value, first_day, last_day \
         from {customers} \
         order by {by} desc, {then} desc, customer_id limit {limit} offset {offset}"
    )
}

/// Those with two or more orders, ever. `limit`: `None` for all.
pub fn repeaters(limit: Option<u32>) -> String {
    let limit = limit.map(|limit| format!("limit {limit}")).unwrap_or_default();
    format!(
        "select customer_id, orders, units, spend, first_day, last_day from customer_summary where is_repeat \
         order by orders desc, spend desc, customer_id {limit}"
    )
}

/// How many customers there are, and how many of them bought again.
pub const SHARE: &str = "select count(*) as customers, \
    cast(coalesce(sum(case when is_repeat then 1 else 0 end), 0) as bigint) as repeaters from customer_summary";

/// Days from one purchase of a customer to the next: how often each number of days.
pub const GAPS: &str = "select days, count(*) as times from ( \
      select cast(extract(epoch from day) / 86400 as bigint) \
        - lag(cast(extract(epoch from day) / 86400 as bigint)) over (partition by customer_id order by day) as days \
      from daily_customer_stats where products > 0 \
    ) as gaps where days is not null group by days order by days";

pub const COHORTS: &str = "select cohort, age, customers, cohort_customers, orders, spend, retention from cohorts \
    order by cohort, age";

/// One customer, with what is known of them.
pub fn one(id: &str) -> String {
    let id = Literal::Text(id.to_owned());
    format!(
        "select c.customer_id, c.name, c.email, c.city, c.region, c.country, c.created_at, s.first_day, s.last_day, \
           s.active_days, s.orders, s.units, s.spend, s.average_order_value, s.is_repeat, s.rank \
         from (select * from customers where customer_id = {id}) as c \
         left join (select * from customer_summary where customer_id = {id}) as s on s.customer_id = c.customer_id"
    )
}

/// A customer's orders, the newest first; cancelled ones and returns too.
pub fn orders_of(id: &str, limit: u64, offset: u64) -> String {
    let whose = Conditions::default().and("customer_id", "=", Some(Literal::Text(id.to_owned())));
    super::orders::of(&whose, limit, offset)
}
