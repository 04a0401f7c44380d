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

/// What was bought in a part of the shop and not taken back, by customer and day. At all times: who comes back is not seen in
/// a month.
fn purchases(filter: &Filter) -> String {
    let lines =
        filter.ever().of_lines().and_also("customer_id is not null").and_also("is_sale_line and not is_cancelled");
    format!(
        "(select customer_id, day, count(distinct order_id) as orders, sum(amount) as spend from order_lines_wide {lines} \
          group by customer_id, day) as purchases"
    )
}

/// How many customers there are, and how many of them bought again.
pub fn share(filter: &Filter) -> String {
    let customers = match filter.is_of_whole_shop() {
        true => "customer_summary".to_owned(),
        false => format!(
            "(select sum(orders) >= 2 as is_repeat from {} group by customer_id) as customers",
            purchases(filter)
        ),
    };
    format!(
        "select count(*) as customers, \
           cast(coalesce(sum(case when is_repeat then 1 else 0 end), 0) as bigint) as repeaters from {customers}"
    )
}

/// Days from one purchase of a customer to the next: how often each number of days.
pub fn gaps(filter: &Filter) -> String {
    let days = match filter.is_of_whole_shop() {
        true => "daily_customer_stats where products > 0".to_owned(),
        false => purchases(filter),
    };
    format!(
        "select days, count(*) as times from ( \
           select cast(extract(epoch from day) / 86400 as bigint) \
             - lag(cast(extract(epoch from day) / 86400 as bigint)) over (partition by customer_id order by day) as days \
           from {days} \
         ) as gaps where days is not null group by days order by days"
    )
}

/// Customers by the month of their first purchase, and how many bought again in each later month; the model `cohorts` says
/// the same of the whole shop.
pub fn cohorts(filter: &Filter) -> String {
    const COLUMNS: &str = "cohort, age, customers, cohort_customers, orders, spend, retention";
    if filter.is_of_whole_shop() {
        return format!("select {COLUMNS} from cohorts order by cohort, age");
    }
    let months = |of: &str| format!("extract(year from {of}) * 12 + extract(month from {of})");
    format!(
        "with months as ( \
           select customer_id, cast(date_trunc('month', day) as date) as month, sum(orders) as orders, sum(spend) as spend \
           from {purchases} group by customer_id, cast(date_trunc('month', day) as date) \
         ), joined as (select customer_id, min(month) as cohort from months group by customer_id), \
         ages as ( \
           select j.cohort, cast({month} - ({cohort}) as bigint) as age, m.orders, m.spend \
           from months as m join joined as j on j.customer_id = m.customer_id \
         ), counted as ( \
           select cohort, age, count(*) as customers, cast(sum(orders) as bigint) as orders, \
             cast(sum(spend) as decimal(18, 4)) as spend \
           from ages group by cohort, age \
         ), sized as (select *, max(customers) over (partition by cohort) as cohort_customers from counted) \
         select cohort, age, customers, cohort_customers, orders, spend, \
           cast(cast(customers as decimal(18, 6)) / cohort_customers as decimal(9, 6)) as retention \
         from sized order by cohort, age",
        purchases = purchases(filter),
        month = months("m.month"),
        cohort = months("j.cohort"),
    )
}

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
