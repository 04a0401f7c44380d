//! What is sold.

use super::filter::{CATEGORY, Filter};
use super::question::Literal;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    GrossSales,
    Units,
}

/// Those that sold most; merchandise alone.
pub fn top(rank: Rank, filter: &Filter, limit: u64, offset: u64) -> String {
    let by = match rank {
        Rank::GrossSales => "gross_sales",
        Rank::Units => "units",
    };
    let lines = filter.of_lines().and_also("is_merchandise").and_also("(is_sale_line or is_return_line)");
    format!(
        "select product_id, max(product_name) as name, max({CATEGORY}) as category, \
           cast(sum(case when is_sale_line then quantity else 0 end) as bigint) as units, \
           {orders} as orders, \
           cast(sum(case when is_sale_line then amount else 0 end) as decimal(18, 4)) as gross_sales, \
           cast(sum(case when is_return_line then discount - amount else 0 end) as decimal(18, 4)) as returns \
         from order_lines_wide {lines} group by product_id \
         order by {by} desc, product_id limit {limit} offset {offset}",
        orders = super::sales::ORDERS,
    )
}

/// One product, with all that it sold so far.
pub fn one(id: &str) -> String {
    let id = Literal::Text(id.to_owned());
    format!(
        "select p.product_id, p.sku, p.name, p.category, p.is_merchandise, p.list_price, p.unit_cost, \
           d.first_day, d.last_day, d.units, d.gross_sales, d.returned_units \
         from (select * from products where product_id = {id}) as p \
         left join ( \
           select product_id, min(day) as first_day, max(day) as last_day, cast(sum(units) as bigint) as units, \
             cast(sum(revenue) as decimal(18, 4)) as gross_sales, cast(sum(returned_units) as bigint) as returned_units \
           from product_daily_demand where product_id = {id} group by product_id \
         ) as d on d.product_id = p.product_id"
    )
}

/// A product's demand by day; days without any have no row. Of a part of the shop it is made of lines, as the table is of all.
pub fn days(id: &str, filter: &Filter) -> String {
    let is_part = [&filter.country, &filter.category, &filter.channel].into_iter().any(Option::is_some);
    if is_part {
        let lines = filter.of_lines().and("product_id", "=", Some(Literal::Text(id.to_owned())));
        let lines = lines.and_also("(is_sale_line or is_return_line)");
        return format!(
            "select day, \
               cast(sum(case when is_sale_line then quantity else 0 end) as bigint) as units, \
               cast(sum(case when is_sale_line then amount else 0 end) as decimal(18, 4)) as gross_sales, \
               cast(sum(case when not is_sale_line then 0 when kind = 'cancellation' then -1 else 1 end) as bigint) as lines, \
               cast(sum(case when is_return_line then -quantity else 0 end) as bigint) as returned_units \
             from order_lines_wide {lines} group by day order by day"
        );
    }
    let days = filter.days().and("product_id", "=", Some(Literal::Text(id.to_owned())));
    format!(
        "select day, units, revenue as gross_sales, lines, returned_units from product_daily_demand {days} order by day"
    )
}

/// Rules of what goes with what, the surest first. `product`: those from this one alone.
pub fn baskets(
    product: Option<&str>,
    min_lift: Option<f64>,
    min_baskets: Option<i64>,
    limit: u64,
    offset: u64,
) -> String {
    let product = product.map(|id| Literal::Text(id.to_owned()));
    let lift = min_lift.filter(|lift| lift.is_finite()).map(|lift| format!("and lift >= {lift:?}")).unwrap_or_default();
    let both = min_baskets.map(|count| format!("and both_baskets >= {count}")).unwrap_or_default();
    let from = product.map(|id| format!("and antecedent = {id}")).unwrap_or_default();
    format!(
        "select antecedent, antecedent_name, consequent, consequent_name, both_baskets, support, confidence, lift, \
           certainty, p_value, rank \
         from basket_rules where true {from} {lift} {both} \
         order by certainty desc, both_baskets desc, antecedent, consequent limit {limit} offset {offset}"
    )
}
