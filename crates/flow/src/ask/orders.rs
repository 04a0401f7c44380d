//! Orders as they come, and one of them in full.

use super::filter::Filter;
use super::question::{Conditions, Literal};

/// The newest first.
pub fn newest(filter: &Filter, limit: u64, offset: u64) -> String {
    of(&filter.of_orders().and_also("not is_test").and_also("first_sale_line is not null"), limit, offset)
}

/// Orders that `conditions` of the table orders hold for, with what their lines come to.
pub(super) fn of(conditions: &Conditions, limit: u64, offset: u64) -> String {
    format!(
        "select o.order_id, o.ordered_at, o.customer_id, o.country, o.channel, o.status, o.is_cancelled, \
           count(l.order_id) as lines, cast(coalesce(sum(l.quantity), 0) as bigint) as units, \
           cast(coalesce(sum(l.amount), 0) as decimal(18, 4)) as amount \
         from (select * from orders {conditions} order by ordered_at desc, order_id desc limit {limit} offset {offset}) as o \
         left join order_lines as l on l.order_id = o.order_id \
         group by o.order_id, o.ordered_at, o.customer_id, o.country, o.channel, o.status, o.is_cancelled \
         order by o.ordered_at desc, o.order_id desc"
    )
}

pub fn one(id: &str) -> String {
    let id = Literal::Text(id.to_owned());
    format!("select * from orders where order_id = {id}")
}

/// An order's lines, and which row of which file each came from.
pub fn lines(id: &str) -> String {
    let id = Literal::Text(id.to_owned());
    format!(
        "select w.line_no, w.day, w.product_id, w.product_name, w.category, w.kind, w.quantity, w.unit_price, w.discount, \
           w.tax, w.amount, w.is_sale_line, l._load as load, d.name as file, l._row as row \
         from (select * from order_lines_wide where order_id = {id}) as w \
         left join (select * from order_lines where order_id = {id}) as l \
           on l.order_id = w.order_id and l.line_no = w.line_no \
         left join loads as d on d.load = l._load \
         order by w.line_no"
    )
}
