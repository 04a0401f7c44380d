//! Where a figure comes from: its definition as SQL, the order lines behind it, and the files that these came in.

use models::Metric;

use super::filter::{CATEGORY, CHANNEL, COUNTRY, Filter, SOLD};
use super::question::{Conditions, Literal};
use super::sales::By;

/// What a figure is asked of: a part of the shop, and within it one product, customer, order or rule where they are named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Of {
    pub filter: Filter,
    pub product: Option<String>,
    pub customer: Option<String>,
    pub order: Option<String>,
    pub rule: Option<Rule>,
}

/// What baskets with one product have beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub antecedent: String,
    pub consequent: String,
    /// The SELECT of the model `basket_rules`: rows of basket and item.
    pub baskets: Option<String>,
}

impl From<Filter> for Of {
    fn from(filter: Filter) -> Of {
        Of { filter, ..Of::default() }
    }
}

/// What a metric can be asked of one of: the columns that its table knows. A metric of customers by their first day is of the
/// customers who bought in a part of the shop, too.
pub fn known(metric: &Metric) -> &'static [&'static str] {
    match metric.table.as_deref() {
        Some("order_lines_wide") => &["country", "category", "channel", "product", "customer", "order"],
        Some("orders") => &["country", "channel", "customer", "order"],
        Some("customer_summary") if is_of_first_days(metric) => &["country", "category", "channel", "customer"],
        Some("customer_summary") => &["customer"],
        Some(RULES) => &["rule"],
        _ => &[],
    }
}

/// The table of rules of what is bought together.
pub const RULES: &str = "basket_rules";

/// Who is new, without a condition of its own that is of the whole shop.
fn is_of_first_days(metric: &Metric) -> bool {
    metric.table.as_deref() == Some("customer_summary")
        && metric.time_column.as_deref() == Some("first_day")
        && metric.filter.is_none()
}

impl Of {
    /// What the metric's table does not know one of, though one is named: a country, category, channel, product, customer, order
    /// or rule. Such a figure would be another than was asked for.
    pub fn beyond(&self, metric: &Metric) -> Option<&'static str> {
        let known = known(metric);
        let named = [
            ("country", self.filter.country.is_some()),
            ("category", self.filter.category.is_some()),
            ("channel", self.filter.channel.is_some()),
            ("product", self.product.is_some()),
            ("customer", self.customer.is_some()),
            ("order", self.order.is_some()),
            ("rule", self.rule.is_some()),
        ];
        named.into_iter().find(|(what, is_named)| *is_named && !known.contains(what)).map(|(what, _)| what)
    }

    fn named(&self, conditions: Conditions) -> Conditions {
        let text = |id: &Option<String>| id.clone().map(Literal::Text);
        let rule = |id: fn(&Rule) -> &String| self.rule.as_ref().map(|rule| Literal::Text(id(rule).clone()));
        conditions
            .and("product_id", "=", text(&self.product))
            .and("customer_id", "=", text(&self.customer))
            .and("order_id", "=", text(&self.order))
            .and("antecedent", "=", rule(|rule| &rule.antecedent))
            .and("consequent", "=", rule(|rule| &rule.consequent))
    }

    /// An order may have lines of other categories and products too.
    fn is_of_parts_of_orders(&self) -> bool {
        self.filter.category.is_some() || self.product.is_some()
    }
}

/// The query that gives the figure, by its definition in models/metrics.yaml. A definition over another table than the
/// order lines knows days alone.
pub fn value(metric: &Metric, of: &Of) -> Option<String> {
    let table = metric.table.as_deref()?;
    let conditions = conditions(metric, of, &period_start(&of.filter));
    let expression = expression(metric, of.is_of_parts_of_orders());
    let buyers = buyers(metric, &of.filter, None);
    let rows = metric.rows.as_ref().map_or(table.to_owned(), |rows| format!("({rows}) as counted"));
    Some(format!("select {expression} as {} from {rows}{buyers}{conditions}", metric.name))
}

/// A metric by day, week, month, country, category or channel: rows of that and the figure. `None` where its table does not
/// have it.
pub fn by(metric: &Metric, by: By, filter: &Filter) -> Option<String> {
    let table = metric.table.as_deref()?;
    let day = metric.time_column.as_deref()?;
    let is_time = matches!(by, By::Day | By::Week { .. } | By::Month);
    let (name, group) = match by {
        _ if is_time => period(by, day),
        _ if table != "order_lines_wide" => return None,
        By::Country => ("country", COUNTRY.to_owned()),
        By::Category => ("category", CATEGORY.to_owned()),
        By::Channel => ("channel", CHANNEL.to_owned()),
        _ => return None,
    };
    // In a table by time each row is a period of its own; the first one begins where the whole does.
    let start = match (is_time, filter.from) {
        (false, _) => period_start(filter),
        (true, None) => period(by, &format!("{table}.{day}")).1,
        (true, Some(_)) => format!("greatest({}, {})", period(by, &format!("{table}.{day}")).1, period_start(filter)),
    };
    let order = if is_time { "1" } else { "2 desc nulls last, 1" };
    let expression = expression(metric, filter.category.is_some() || matches!(by, By::Category));
    let conditions = conditions(metric, &filter.clone().into(), &start);
    let buyers = buyers(metric, filter, Some((by, &group)));
    Some(format!(
        "select {group} as {name}, {expression} as {} from {table}{buyers}{conditions} group by 1 order by {order}",
        metric.name
    ))
}

/// A join that leaves those customers who bought in the part of the shop and in the period, as the overview counts them; in a
/// table by time in the period of each row.
fn buyers(metric: &Metric, filter: &Filter, by: Option<(By, &str)>) -> String {
    if filter.is_of_whole_shop() || !is_of_first_days(metric) {
        return String::new();
    }
    let lines = filter.of_lines().and_also(SOLD).and_also("customer_id is not null");
    let (bought, on) = match by {
        Some((by, group)) => (format!(", {} as bought", period(by, "day").1), format!(" and bought = {group}")),
        None => (String::new(), String::new()),
    };
    format!(
        " join (select distinct customer_id as buyer{bought} from order_lines_wide {lines}) as buyers \
         on buyer = customer_id{on}"
    )
}

/// A period's name, and its first day.
fn period(by: By, day: &str) -> (&'static str, String) {
    match by {
        By::Week { on_sunday: true } => {
            ("week", format!("cast(date_trunc('week', {day} + interval '1 day') - interval '1 day' as date)"))
        }
        By::Week { on_sunday: false } => ("week", format!("cast(date_trunc('week', {day}) as date)")),
        By::Month => ("month", format!("cast(date_trunc('month', {day}) as date)")),
        _ => ("day", day.to_owned()),
    }
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

/// What a metric calls the first day of the period that it is asked for, as a word of its filter.
const PERIOD_START: &str = "period_start";

/// Before all days where the period has no first one.
fn period_start(filter: &Filter) -> String {
    filter.from.map_or("date '0001-01-01'".to_owned(), |day| Literal::Day(day).to_string())
}

/// The largest lines that went into it, each with the row and file that it came from.
pub fn lines(metric: &Metric, of: &Of, limit: u64, offset: u64) -> Option<String> {
    let lines = of_lines(metric, of)?;
    Some(format!(
        "select w.order_id, w.line_no, w.day, w.customer_id, w.product_name, w.kind, w.quantity, w.unit_price, w.discount, \
           w.amount, l._load as load, d.name as file, l._row as row \
         from (select * from order_lines_wide{lines} order by abs(amount) desc, order_id, line_no limit {limit} offset {offset}) as w \
         left join order_lines as l on l.order_id = w.order_id and l.line_no = w.line_no \
         left join loads as d on d.load = l._load \
         order by abs(w.amount) desc, w.order_id, w.line_no"
    ))
}

/// The loads that its lines came in, with how many lines each gave.
pub fn loads(metric: &Metric, of: &Of, limit: u64, offset: u64) -> Option<String> {
    let lines = of_lines(metric, of)?;
    Some(format!(
        "select d.load, d.name, d.landed_table, d.landed_at, g.lines, d.rows, d.used, d.rejected, d.pending, d.merged, \
           d.superseded \
         from ( \
           select l._load as load, count(*) as lines \
           from (select order_id, line_no from order_lines_wide{lines}) as w \
           join order_lines as l on l.order_id = w.order_id and l.line_no = w.line_no \
           group by l._load \
         ) as g join loads as d on d.load = g.load order by g.lines desc, d.load limit {limit} offset {offset}"
    ))
}

/// Conditions on order_lines_wide that pick the metric's lines; `None` where it is not made of lines.
fn of_lines(metric: &Metric, of: &Of) -> Option<String> {
    match metric.table.as_deref() {
        Some("order_lines_wide") => Some(conditions(metric, of, &period_start(&of.filter))),
        Some(RULES) => of.rule.as_ref()?.lines(),
        _ => None,
    }
}

impl Rule {
    /// Sales of both products in the baskets that hold both; none where a basket is another thing than an order.
    fn lines(&self) -> Option<String> {
        let baskets = self.baskets.as_ref()?;
        let [one, other] = [&self.antecedent, &self.consequent].map(|id| Literal::Text(id.clone()));
        let with = |item: &Literal| format!("select basket from (\n{baskets}\n) as items where item = {item}");
        Some(format!(
            " where is_sale_line and product_id in ({one}, {other}) and order_id in ({} intersect {})",
            with(&one),
            with(&other)
        ))
    }
}

/// ` where …`: the metric's own filter, and what is asked of.
fn conditions(metric: &Metric, of: &Of, start: &str) -> String {
    let Of { filter, .. } = of;
    let asked = match (metric.table.as_deref(), metric.time_column.as_deref()) {
        (Some("order_lines_wide"), _) => filter.of_lines(),
        (Some("orders"), _) => filter.of_orders(),
        (_, Some("first_day")) => Conditions::default().between("first_day", filter.from, filter.to),
        (_, Some("cohort")) => Conditions::default().between("cohort", filter.from, filter.to),
        (_, Some("day")) => filter.days(),
        _ => Conditions::default(),
    };
    let asked = of.named(asked).to_string();
    let own = metric.filter.as_ref().map(|filter| filter.replace(PERIOD_START, start));
    match (own, asked.strip_prefix("where ")) {
        (Some(own), Some(asked)) => format!(" where ({own}) and {asked}"),
        (Some(own), None) => format!(" where {own}"),
        (None, Some(asked)) => format!(" where {asked}"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(table: &str, filter: &str) -> Metric {
        Metric {
            name: "found".into(),
            expression: "count(*)".into(),
            table: Some(table.into()),
            time_column: Some("day".into()),
            filter: Some(filter.into()),
            ..Metric::default()
        }
    }

    #[test]
    fn one_of_them_narrows_or_is_refused() {
        let of = Of { product: Some("a'b".into()), customer: Some("7".into()), ..Of::default() };
        let lines = metric("order_lines_wide", "is_sale_line");
        assert_eq!(of.beyond(&lines), None);
        assert_eq!(
            value(&lines, &of).unwrap(),
            "select count(*) as found from order_lines_wide where (is_sale_line) and product_id = 'a''b' and customer_id = '7'"
        );
        assert_eq!(of.beyond(&metric("orders", "true")), Some("product"));
        assert_eq!(of.beyond(&metric("cohorts", "true")), Some("product"));
        assert_eq!(Of { product: None, ..of }.beyond(&metric("orders", "true")), None);
    }

    #[test]
    fn a_rule_has_the_lines_of_its_baskets() {
        let rule = Rule { antecedent: "a".into(), consequent: "b".into(), baskets: Some("select 1".into()) };
        let of = Of { rule: Some(rule), ..Of::default() };
        let lift = Metric { filter: None, time_column: None, expression: "max(lift)".into(), ..metric(RULES, "") };
        assert_eq!((of.beyond(&lift), of.beyond(&metric("orders", "true"))), (None, Some("rule")));
        assert_eq!(
            value(&lift, &of).unwrap(),
            "select max(lift) as found from basket_rules where antecedent = 'a' and consequent = 'b'"
        );
        assert!(lines(&lift, &of, 9, 0).unwrap().contains("as items where item = 'a' intersect select basket from"));
        assert_eq!((lines(&lift, &Of::default(), 9, 0), by(&lift, By::Day, &Filter::default())), (None, None));
    }

    #[test]
    fn rows_of_their_own_stand_for_the_table() {
        let gap = Metric { rows: Some("select 1 as days".into()), time_column: None, ..metric("stats", "days > 0") };
        let asked = value(&gap, &Filter::of_days(Some(59), None).into()).unwrap();
        assert_eq!(asked, "select count(*) as found from (select 1 as days) as counted where days > 0");
    }

    #[test]
    fn a_part_of_the_shop_narrows_or_is_refused() {
        let french = Filter { country: Some("France".into()), ..Filter::of_days(Some(59), None) };
        let of = Of::from(french.clone());
        assert_eq!(of.beyond(&metric("orders", "true")), None);
        assert_eq!(of.beyond(&metric("cohorts", "true")), Some("country"));
        assert_eq!(of.beyond(&metric("customer_summary", "is_repeat")), Some("country"));
        let food = Of::from(Filter { category: Some("food".into()), ..Filter::default() });
        assert_eq!(food.beyond(&metric("orders", "true")), Some("category"));
        let joined = Metric { time_column: Some("first_day".into()), filter: None, ..metric("customer_summary", "") };
        assert_eq!(of.beyond(&joined), None);
        assert_eq!(
            value(&joined, &of).unwrap(),
            "select count(*) as found from customer_summary join (select distinct customer_id as buyer from \
             order_lines_wide where day >= date '1970-03-01' and country = 'France' and \
             is_sale_line and kind <> 'cancellation' and customer_id is not null) as buyers on buyer = customer_id \
             where first_day >= date '1970-03-01'"
        );
        assert!(by(&joined, By::Day, &french).unwrap().contains("on buyer = customer_id and bought = first_day"));
        assert!(!value(&joined, &Of::default()).unwrap().contains("join"));
    }

    #[test]
    fn a_period_has_a_first_day_and_each_row_of_a_table_one_of_its_own() {
        let metric = metric("order_lines_wide", "first < period_start");
        let ends = |sql: Option<String>, end: &str| assert!(sql.as_ref().unwrap().contains(end), "{sql:?}");
        ends(value(&metric, &Of::default()), "where first < date '0001-01-01'");
        let march = Filter::of_days(Some(59), None);
        ends(value(&metric, &march.clone().into()), "where (first < date '1970-03-01') and day >= date '1970-03-01'");
        ends(by(&metric, By::Day, &Filter::default()), "where first < order_lines_wide.day group by 1");
        let month = "(first < greatest(cast(date_trunc('month', order_lines_wide.day) as date), date '1970-03-01'))";
        ends(by(&metric, By::Month, &march), month);
        ends(by(&metric, By::Country, &march), "where (first < date '1970-03-01')");
    }
}
