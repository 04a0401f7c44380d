//! The drafts of the staging SQL: plain SELECTs whose every line says whether it was guessed or has to be mended.

use super::Seen;
use super::roles::*;

/// A draft for each staging table.
pub fn all(parts: &Parts<'_>) -> [(&'static str, String); 4] {
    [
        ("customers", customers(parts)),
        ("products", products(parts)),
        ("orders", orders(parts)),
        ("order_lines", order_lines(parts)),
    ]
}

/// Lines of a SELECT list, each with what is said about it.
struct List<'a> {
    /// The file whose columns are named, and what it is called in the query.
    from: Option<(&'a Seen, &'static str)>,
    lines: Vec<(String, String)>,
}

impl<'a> List<'a> {
    fn of(from: Option<(&'a Seen, &'static str)>) -> List<'a> {
        List { from, lines: Vec::new() }
    }

    /// The column that goes by one of these names, else the fallback with what to do about it.
    fn column(self, name: &str, words: &[&str], fallback: &str, todo: &str) -> Self {
        self.wrapped(name, words, "", fallback, todo)
    }

    /// The same within a function.
    fn wrapped(self, name: &str, words: &[&str], function: &str, fallback: &str, todo: &str) -> Self {
        match self.expression(words) {
            Some(expression) if function.is_empty() => self.line(format!("{expression} as {name}"), "guessed"),
            Some(expression) => self.line(format!("{function}({expression}) as {name}"), "guessed"),
            None => {
                let todo = if todo.is_empty() { String::new() } else { format!("TODO: {todo}") };
                self.line(format!("{fallback} as {name}"), &todo)
            }
        }
    }

    /// Whether and when an order was cancelled.
    fn cancelled(self, function: &str, orders: &Seen) -> Self {
        let when = self.expression(CANCELLED);
        let when = when.map(|when| if function.is_empty() { when } else { format!("{function}({when})") });
        match when {
            Some(when) => self
                .line(format!("{when} is not null as is_cancelled"), "guessed")
                .line(format!("{when} as cancelled_at"), "guessed"),
            None => self.line("false as is_cancelled", &cancelled_todo(orders)).line("null as cancelled_at", ""),
        }
    }

    fn expression(&self, words: &[&str]) -> Option<String> {
        let (seen, alias) = self.from?;
        let column = find(seen, words)?;
        let name = models::quote_name(&column.name);
        Some(if alias.is_empty() { name } else { format!("{alias}.{name}") })
    }

    fn line(mut self, line: impl Into<String>, comment: &str) -> Self {
        self.lines.push((line.into(), comment.to_owned()));
        self
    }

    fn sql(&self, rest: &str) -> String {
        let mut sql = String::from("select\n");
        for (index, (line, comment)) in self.lines.iter().enumerate() {
            let comma = if index + 1 < self.lines.len() { "," } else { "" };
            let comment = if comment.is_empty() { String::new() } else { format!("  -- {comment}") };
            sql.push_str(&format!("  {line}{comma}{comment}\n"));
        }
        sql + rest
    }
}

const USUAL_CURRENCY: &str = "null is the currency of source.toml";

fn order_lines(parts: &Parts<'_>) -> String {
    let head = header("Lines of orders.", "[order_id, line_no]", &["not_null(order_id, line_no, day, product_id)"]);
    let Some(lines) = parts.lines else { return head + &nothing("order_lines", "lines of orders") };
    let joined = !parts.is_flat() && parts.orders.is_some();
    let from = Some((lines, if joined { "l" } else { "" }));
    let of_order = if joined { parts.orders.map(|orders| (orders, "o")) } else { from };
    let order = List::of(of_order);
    let time = order.expression(TIME).unwrap_or("timestamp '2000-01-01 00:00:00'".to_owned());
    let time_note = if order.expression(TIME).is_some() { "guessed" } else { "TODO: when it was sold" };
    let customer = order.expression(CUSTOMER).unwrap_or("null".to_owned());
    let values = List::of(from);
    let currency = values.expression(CURRENCY).or(order.expression(CURRENCY));
    let quantity = values.expression(QUANTITY).unwrap_or("1".to_owned());
    let price = values.expression(PRICE).unwrap_or("0".to_owned());
    let own = if joined { "l." } else { "" };
    head + &List::of(from)
        .column("order_id", ORDER, "'?'", "the order that the line belongs to")
        .line(format!("{own}_line as line_no"), "")
        .line(format!("{time} as occurred_at"), time_note)
        .line(format!("shop_day({time}) as day"), "")
        .line(format!("{customer} as customer_id"), "guessed; null is a guest")
        .column("product_id", PRODUCT, "'unknown'", "the product")
        .column("name", TITLE, "null", "")
        .line(
            format!("case when {quantity} < 0 then 'return' else 'sale' end as kind"),
            "guessed: TODO: how are returns told?",
        )
        .column("quantity", QUANTITY, "1", "the files tell no quantity")
        .column("unit_price", PRICE, "0", "the files tell no price")
        .column("discount", DISCOUNT, "0", "")
        .column("tax", TAX, "0", "")
        .line(format!("{quantity} * {price} as amount"), "")
        .line(format!("{} as currency", currency.as_deref().unwrap_or("null")), USUAL_CURRENCY)
        .line(format!("{own}_load"), "")
        .line(format!("{own}_row"), "")
        .sql(&match parts.orders.filter(|_| joined) {
            Some(orders) => {
                let on = join_on(lines, orders);
                format!("from {} as l\njoin {} as o on {on}\n", lines.table, orders.table)
            }
            None => format!("from {}\n", lines.table),
        })
}

fn orders(parts: &Parts<'_>) -> String {
    let head = header("Orders.", "[order_id]", &["not_null(order_id, ordered_at, day)", "unique(order_id)"]);
    match (parts.orders, parts.lines) {
        (Some(orders), _) if parts.is_flat() => head + &flat_orders(orders),
        (Some(orders), Some(lines)) => head + &own_orders(orders, lines),
        _ => head + &nothing("orders", "orders with their lines"),
    }
}

/// Orders whose lines lie in the same file: a row an order.
fn flat_orders(orders: &Seen) -> String {
    let list = List::of(Some((orders, "")));
    let quantity = list.expression(QUANTITY).unwrap_or("1".to_owned());
    let price = list.expression(PRICE).unwrap_or("0".to_owned());
    let order = list.expression(ORDER).unwrap_or("'?'".to_owned());
    let time = list.expression(TIME);
    let ordered = time.map_or("timestamp '2000-01-01 00:00:00'".to_owned(), |time| format!("min({time})"));
    list.line(format!("{order} as order_id"), "guessed")
        .wrapped("customer_id", CUSTOMER, "min", "null", "who ordered; null is a guest")
        .line(format!("{ordered} as ordered_at"), "guessed")
        .line(format!("shop_day({ordered}) as day"), "")
        .wrapped("status", STATUS, "min", "'completed'", "")
        .cancelled("min", orders)
        .line("false as is_test", "TODO: how are test orders told?")
        .wrapped("channel", CHANNEL, "min", "'online'", "where orders come from")
        .wrapped("country", COUNTRY, "min", "null", "the order's country")
        .wrapped("currency", CURRENCY, "min", "null", "")
        .line("0 as shipping", "TODO: shipping of the order, if the files tell it")
        .line("0 as tax", "TODO: tax of the order, if the files tell it")
        .line(format!("sum({quantity} * {price}) as total"), "")
        .line(format!("min(case when {quantity} < 0 then null else _line end) as first_sale_line"), "")
        .line("min(_load) as _load", "")
        .line("min(_row) as _row", "")
        .sql(&format!("from {}\ngroup by {order}\n", orders.table))
}

/// Orders in a file of their own; their lines lie in another.
fn own_orders(orders: &Seen, lines: &Seen) -> String {
    let list = List::of(Some((orders, "o")));
    let of_lines = List::of(Some((lines, "")));
    let quantity = of_lines.expression(QUANTITY).unwrap_or("1".to_owned());
    let price = of_lines.expression(PRICE).unwrap_or("0".to_owned());
    let line_order = of_lines.expression(ORDER).unwrap_or("'?'".to_owned());
    let order = list.expression(ORDER).unwrap_or("'?'".to_owned());
    let time = list.expression(TIME).unwrap_or("timestamp '2000-01-01 00:00:00'".to_owned());
    list.line(format!("{order} as order_id"), "guessed")
        .column("customer_id", CUSTOMER, "null", "who ordered; null is a guest")
        .line(format!("{time} as ordered_at"), "guessed")
        .line(format!("shop_day({time}) as day"), "")
        .column("status", STATUS, "'completed'", "")
        .cancelled("", orders)
        .line("false as is_test", "TODO: how are test orders told?")
        .column("channel", CHANNEL, "'online'", "where orders come from")
        .column("country", COUNTRY, "null", "the order's country")
        .column("currency", CURRENCY, "null", "")
        .column("shipping", SHIPPING, "0", "shipping of the order, if the files tell it")
        .column("tax", TAX, "0", "tax of the order, if the files tell it")
        .line("coalesce(l.goods, 0) as total", "TODO: what the shop says the order comes to")
        .line("l.first_sale_line", "")
        .line("o._load", "")
        .line("o._row", "")
        .sql(&format!(
            "from {} as o\nleft join (\n  select {line_order} as line_order, sum({quantity} * {price}) as goods,\n    \
             min(case when {quantity} < 0 then null else _line end) as first_sale_line\n  from {}\n  group by \
             {line_order}\n) as l on l.line_order = {order}\n",
            orders.table, lines.table
        ))
}

fn customers(parts: &Parts<'_>) -> String {
    let head = header("Customers.", "[customer_id]", &["not_null(customer_id)", "unique(customer_id)"]);
    let Some(customers) = parts.customers else {
        return head
            + "-- Drafted from the orders, since no file of customers was given: the country is the newest one known.
select
  customer_id,
  null as name,
  null as email,
  null as city,
  null as region,
  max(case when country_age = 1 then country end) as country,
  null as accepts_marketing,
  min(ordered_at) as created_at,
  max(case when age = 1 then _load end) as _load,
  max(case when age = 1 then _row end) as _row
from (
  select
    customer_id, country, ordered_at, _load, _row,
    row_number() over (partition by customer_id order by _load desc, _row desc) as age,
    row_number() over (
      partition by customer_id
      order by case when country is null then 1 else 0 end, _load desc, _row desc
    ) as country_age
  from orders
  where customer_id is not null
) as newest_first
group by customer_id
";
    };
    head + &List::of(Some((customers, "")))
        .column("customer_id", CUSTOMER, "'?'", "the customer's number")
        .column("name", NAME, "null", "")
        .column("email", EMAIL, "null", "")
        .column("city", CITY, "null", "")
        .column("region", REGION, "null", "")
        .column("country", COUNTRY, "null", "")
        .line("null as accepts_marketing", "")
        .line("null as created_at", "TODO: since when the shop knows the customer, if the files tell it")
        .line("_load", "")
        .line("_row", "")
        .sql(&format!("from {}\n", customers.table))
}

fn products(parts: &Parts<'_>) -> String {
    let checks = ["not_null(product_id, is_merchandise)", "unique(product_id)"];
    let head = header("Products.", "[product_id]", &checks);
    let Some(products) = parts.products else {
        return head
            + "-- Drafted from the order lines, since no file of products was given.
select
  product_id,
  product_id as sku,
  min(name) as name,
  null as category,
  true as is_merchandise,  -- TODO: false for postage, fees and gift cards
  null as list_price,
  null as unit_cost,
  min(_load) as _load,
  min(_row) as _row
from order_lines
group by product_id
";
    };
    head + &List::of(Some((products, "")))
        .column("product_id", PRODUCT, "'?'", "the product's number")
        .column("sku", &["sku"], "null", "")
        .column("name", TITLE, "null", "")
        .column("category", CATEGORY, "null", "")
        .line("true as is_merchandise", "TODO: false for postage, fees and gift cards")
        .column("list_price", LIST_PRICE, "null", "")
        .column("unit_cost", COST, "null", "")
        .line("_load", "")
        .line("_row", "")
        .sql(&format!("from {}\n", products.table))
}

fn header(description: &str, grain: &str, checks: &[&str]) -> String {
    let checks: String = checks.iter().map(|check| format!("  - {check}\n")).collect();
    format!("/* wharf\ndescription: {description}\nkind: full\ngrain: {grain}\nchecks:\n{checks}*/\n")
}

/// A table of no rows with the right columns.
fn nothing(table: &str, what: &str) -> String {
    let mut list = List::of(None);
    for column in retail::staging::table(table).into_iter().flat_map(|table| table.columns_where(false)) {
        list = list.line(format!("null as {}", column.name), "");
    }
    format!("-- TODO: none of the files seems to have {what}.\n{}", list.sql("where false\n"))
}

fn cancelled_todo(orders: &Seen) -> String {
    match find(orders, STATUS) {
        Some(status) => {
            let seen: Vec<String> = status.samples.iter().map(|word| word.replace(char::is_control, " ")).collect();
            format!("TODO: {} in (…); seen: {}", status.name, seen.join(", "))
        }
        None => "TODO: how are cancelled orders told?".to_owned(),
    }
}

fn join_on(lines: &Seen, orders: &Seen) -> String {
    let name = |seen: &Seen| find(seen, ORDER).map_or("'?'".to_owned(), |column| models::quote_name(&column.name));
    format!("o.{} = l.{}", name(orders), name(lines))
}
