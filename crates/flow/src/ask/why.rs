//! Where a figure comes from: its definition as SQL, the order lines behind it, and the files that these came in.

use models::Metric;

use super::filter::{CATEGORY, CHANNEL, COUNTRY, Filter};
use super::question::Conditions;
use super::sales::By;

/// The query that gives the figure, by its definition in models/metrics.yaml. A definition over another table than the
/// order lines knows days alone.
pub fn value(metric: &Metric, filter: &Filter) -> Option<String> {
    let table = metric.table.as_deref()?;
    let conditions = all(metric.filter.as_deref(), &conditions(metric, filter));
    let expression = expression(metric, filter.category.is_some());
    Some(format!("select {expression} as {} from {table}{conditions}", metric.name))
}

/// A metric by day, week, month, country, category or channel: rows of that and the figure. `None` where its table does not
/// have it.
pub fn by(metric: &Metric, by: By, filter: &Filter) -> Option<String> {
    let table = metric.table.as_deref()?;
    let is_of_lines = table == "order_lines_wide";
    let day = metric.time_column.as_deref().unwrap_or("day");
    let (name, group) = match by {
        By::Day => ("day", day.to_owned()),
        By::Week { on_sunday: true } => {
            ("week", format!("cast(date_trunc('week', {day} + interval '1 day') - interval '1 day' as date)"))
        }
        By::Week { on_sunday: false } => ("week", format!("cast(date_trunc('week', {day}) as date)")),
        By::Month => ("month", format!("cast(date_trunc('month', {day}) as date)")),
        By::Country if is_of_lines => ("country", COUNTRY.to_owned()),
        By::Category if is_of_lines => ("category", CATEGORY.to_owned()),
        By::Channel if is_of_lines => ("channel", CHANNEL.to_owned()),
        _ => return None,
    };
    let is_time = matches!(by, By::Day | By::Week { .. } | By::Month);
    let order = if is_time { "1" } else { "2 desc nulls last, 1" };
    let expression = expression(metric, filter.category.is_some() || matches!(by, By::Category));
    let conditions = all(metric.filter.as_deref(), &conditions(metric, filter));
    Some(format!(
        "select {group} as {name}, {expression} as {} from {table}{conditions} group by 1 order by {order}",
        metric.name
    ))
}

/// Orders add up by their first lines, which lie in one category each; asked of categories, an order counts in each that it
/// has lines of.
fn expression(metric: &Metric, of_categories: bool) -> String {
    match of_categories {
        true => metric.expression.replace(BY_FIRST_LINES, super::sales::ORDERS),
        false => metric.expression.clone(),
    }
}

const BY_FIRST_LINES: &str =
    "sum(case when not is_first_sale_line then 0 when kind = 'cancellation' then -1 else 1 end)";

/// The largest lines that went into it, each with the row and file that it came from.
pub fn lines(metric: &Metric, filter: &Filter, limit: u64) -> Option<String> {
    let lines = of_lines(metric, filter)?;
    Some(format!(
        "select w.order_id, w.line_no, w.day, w.customer_id, w.product_name, w.kind, w.quantity, w.unit_price, w.discount, \
           w.amount, l._load as load, d.name as file, l._row as row \
         from (select * from order_lines_wide{lines} order by abs(amount) desc, order_id, line_no limit {limit}) as w \
         left join order_lines as l on l.order_id = w.order_id and l.line_no = w.line_no \
         left join loads as d on d.load = l._load \
         order by abs(w.amount) desc, w.order_id, w.line_no"
    ))
}

/// The loads that its lines came in, with how many lines each gave.
pub fn loads(metric: &Metric, filter: &Filter) -> Option<String> {
    let lines = of_lines(metric, filter)?;
    Some(format!(
        "select d.load, d.name, d.landed_table, d.landed_at, g.lines, d.rows, d.used, d.rejected, d.pending, d.merged, \
           d.superseded \
         from ( \
           select l._load as load, count(*) as lines \
           from (select order_id, line_no from order_lines_wide{lines}) as w \
           join order_lines as l on l.order_id = w.order_id and l.line_no = w.line_no \
           group by l._load \
         ) as g join loads as d on d.load = g.load order by g.lines desc, d.load limit 200"
    ))
}

/// Conditions on order_lines_wide that pick the metric's lines; `None` where it is not made of lines.
fn of_lines(metric: &Metric, filter: &Filter) -> Option<String> {
    (metric.table.as_deref() == Some("order_lines_wide"))
        .then(|| all(metric.filter.as_deref(), &conditions(metric, filter)))
}

fn conditions(metric: &Metric, filter: &Filter) -> Conditions {
    if metric.table.as_deref() == Some("order_lines_wide") {
        return filter.of_lines();
    }
    if metric.table.as_deref() == Some("orders") {
        return filter.of_orders();
    }
    match metric.time_column.as_deref() {
        Some("first_day") => Conditions::default().between("first_day", filter.from, filter.to),
        Some("cohort") => Conditions::default().between("cohort", filter.from, filter.to),
        Some("day") => filter.days(),
        _ => Conditions::default(),
    }
}

fn all(of_metric: Option<&str>, asked: &Conditions) -> String {
    let asked = asked.to_string();
    match (of_metric, asked.strip_prefix("where ")) {
        (Some(filter), Some(asked)) => format!(" where ({filter}) and {asked}"),
        (Some(filter), None) => format!(" where {filter}"),
        (None, Some(asked)) => format!(" where {asked}"),
        (None, None) => String::new(),
    }
}
