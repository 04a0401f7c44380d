//! The drafts of the staging SQL: plain SELECTs whose every line says whether it was guessed or has to be mended.

use retail::source::ColumnType;

use super::roles::*;
use super::written::Written;
use super::{Seen, currency};

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
    fn column(self, name: &str, role: Role, fallback: &str, todo: &str) -> Self {
        self.wrapped(name, role, "", fallback, todo)
    }

    /// The same within a function.
    fn wrapped(self, name: &str, role: Role, function: &str, fallback: &str, todo: &str) -> Self {
        match self.expression(role) {
            // An empty cell of a discount or a tax is none.
            Some(expression) if fallback == "0" => self.line(format!("coalesce({expression}, 0) as {name}"), "guessed"),
            Some(expression) if function.is_empty() => self.line(format!("{expression} as {name}"), "guessed"),
            Some(expression) => self.line(format!("{function}({expression}) as {name}"), "guessed"),
            None => {
                let todo = if todo.is_empty() { String::new() } else { format!("TODO: {todo}") };
                self.line(format!("{fallback} as {name}"), &todo)
            }
        }
    }

    /// Whether and when an order was cancelled; of a file of lines it was where all of its lines are.
    fn cancelled(self, is_flat: bool) -> Self {
        let wrapped = |sql: String| if is_flat { format!("min({sql})") } else { sql };
        let when = self.expression(CANCELLED).map(wrapped);
        let status = self.cancelled_row().map(|is| format!("coalesce({}, 0) = 1", wrapped(is)));
        let is: Vec<String> = when.iter().map(|when| format!("{when} is not null")).chain(status).collect();
        let (when, when_note) = when.map_or(("null".to_owned(), ""), |when| (when, "guessed"));
        match is.is_empty() {
            true => self.line("false as is_cancelled", "TODO: how are cancelled orders told?"),
            false => self.line(format!("{} as is_cancelled", is.join(" or ")), "guessed"),
        }
        .line(format!("{when} as cancelled_at"), when_note)
    }

    /// 1 where a row's status says that it was cancelled, 0 where it says something else.
    fn cancelled_row(&self) -> Option<String> {
        let status = self.expression(STATUS)?;
        let starts = CANCELLED_WORDS.map(|word| format!("lower({status}) like '{word}%'")).join(" or ");
        Some(format!("case when {starts} then 1 when {status} is not null then 0 end"))
    }

    /// Whether a line alone was cancelled, of an order that stands: it sold nothing.
    fn cancelled_alone(&self) -> Option<String> {
        let (seen, _) = self.from?;
        if find(seen, CANCELLED).is_some() || is_order_a_row(seen) {
            return None;
        }
        let is = self.cancelled_row()?;
        Some(format!("({is}) = 1 and min({is}) over (partition by {}) = 0", order_of(seen, "")))
    }

    fn expression(&self, role: Role) -> Option<String> {
        let (seen, alias) = self.from?;
        let column = match role {
            CURRENCY => currency::column(seen),
            AMOUNT => amount(seen),
            DISCOUNT => discount(seen),
            _ => find(seen, role),
        }?;
        let name = models::quote_name(&column.name);
        let name = if alias.is_empty() { name } else { format!("{alias}.{name}") };
        let written = Written::of(column, &seen.look).filter(|_| role.is_number());
        Some(written.map_or(name.clone(), |written| written.sql(&name)))
    }

    /// When it was ordered.
    fn time(&self) -> String {
        let Some(time) = self.expression(TIME) else { return todo(NO_TIME) };
        match self.from {
            Some((seen, _)) if is_told_once(seen) => {
                format!("min({time}) over (partition by {})", order_of(seen, ""))
            }
            _ => time,
        }
    }

    /// The product by its number, else by its name.
    fn product(self) -> Self {
        let known: Vec<String> = [PRODUCT, TITLE].into_iter().filter_map(|role| self.expression(role)).collect();
        let has_gaps =
            |(seen, _): (&Seen, _)| find(seen, PRODUCT).or(find(seen, TITLE)).is_some_and(|it| it.null_share > 0.0);
        match known.first() {
            Some(_) if self.from.is_some_and(has_gaps) => {
                let product = format!("coalesce({}, 'unknown') as product_id", known.join(", "));
                self.line(product, "guessed")
            }
            Some(product) => {
                let product = format!("{product} as product_id");
                self.line(product, "guessed")
            }
            None => self.line("'unknown' as product_id", "TODO: the product"),
        }
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

/// How the status of an order begins that sold nothing in the end.
#[rustfmt::skip]
pub const CANCELLED_WORDS: [&str; 21] = [
    "cancelled", "canceled", "refunded", "returned", "void", "failed", "declined", "rejected", "expired", "chargeback",
    "charged back", "abandoned", "storniert", "erstattet", "abgelehnt", "fehlgeschlagen", "annul", "cancelad",
    "wc-cancelled", "wc-refunded", "wc-failed",
];

const USUAL_CURRENCY: &str = "null is the currency of source.toml";

fn order_lines(parts: &Parts<'_>) -> String {
    let head = header("Lines of orders.", "[order_id, line_no]", &["not_null(order_id, line_no, day, product_id)"]);
    let Some(lines) = parts.lines else { return head + &nothing("order_lines", "lines of orders") };
    let joined = !parts.is_flat() && parts.orders.is_some();
    let from = Some((lines, if joined { "l" } else { "" }));
    let of_order = if joined { parts.orders.map(|orders| (orders, "o")) } else { from };
    let order = List::of(of_order);
    let time = order.time();
    let time_note = if order.expression(TIME).is_some() { "guessed" } else { "TODO" };
    let customer = order.expression(CUSTOMER).unwrap_or("null".to_owned());
    let values = List::of(from);
    let currency = values.expression(CURRENCY).or(order.expression(CURRENCY));
    let worth = Worth::of(&values);
    let alone = values.cancelled_alone().filter(|_| !joined);
    let sold = |value: &str| match &alone {
        Some(alone) => format!("case when {alone} then 0 else {value} end"),
        None => value.to_owned(),
    };
    let is_left_out = named(lines, DISCOUNT).is_some();
    let discount_todo = if is_left_out { "a share, or in the amounts already; not an amount of its own" } else { "" };
    let own = if joined { "l." } else { "" };
    head + &values
        .line(format!("{} as order_id", order_of(lines, own)), "guessed")
        .line(format!("{own}_line as line_no"), "")
        .line(format!("{time} as occurred_at"), time_note)
        .line(format!("shop_day({time}) as day"), "")
        .line(format!("{customer} as customer_id"), "guessed; null is a guest")
        .product()
        .column("name", TITLE, "null", "")
        .line(
            format!("case when {} then 'return' else 'sale' end as kind", worth.is_return),
            "guessed: TODO: how are returns told?",
        )
        .line(format!("{} as quantity", sold(&worth.quantity)), worth.quantity_note)
        .line(format!("{} as unit_price", worth.price), worth.price_note)
        .column("discount", DISCOUNT, "0", discount_todo)
        .column("tax", TAX, "0", "")
        .line(format!("{} as amount", sold(&worth.amount)), "")
        .line(format!("{} as currency", currency.as_deref().unwrap_or("null")), USUAL_CURRENCY)
        .line(format!("{own}_load"), "")
        .line(format!("{own}_row"), "")
        .sql(&match parts.orders.filter(|_| joined) {
            Some(orders) => {
                let on = format!("{} = {}", order_of(orders, "o."), order_of(lines, "l."));
                format!("from {} as l\njoin {} as o on {on}\n", lines.table, orders.table)
            }
            None => format!("from {}\n", lines.table),
        })
}

/// What a line comes to, in SQL.
struct Worth {
    /// Goods came back, or money was given back for them.
    is_return: String,
    quantity: String,
    price: String,
    amount: String,
    quantity_note: &'static str,
    price_note: &'static str,
}

impl Worth {
    fn of(list: &List<'_>) -> Worth {
        let number = list.expression(QUANTITY);
        let is_whole = list.from.is_none_or(|(seen, _)| !has_fractions(seen));
        let amount = list.expression(AMOUNT);
        let price = list.expression(PRICE).filter(|_| amount.is_none());
        match (number, amount, price) {
            // A line is given back whichever of its two numbers says so, and then both pieces and amount are negative.
            (Some(number), None, Some(price)) if is_whole => Worth {
                is_return: format!("{number} < 0 or {price} < 0"),
                quantity: returned(&number, &price),
                amount: format!("{} * abs({price})", returned(&number, &price)),
                price: format!("abs({price})"),
                quantity_note: "guessed",
                price_note: "guessed",
            },
            (Some(number), Some(amount), _) if is_whole => Worth {
                is_return: format!("{number} < 0 or {amount} < 0"),
                quantity: returned(&number, &amount),
                price: format!("abs(coalesce({amount} / nullif({number}, 0), {amount}))"),
                amount: returned(&amount, &number),
                quantity_note: "guessed",
                price_note: AMOUNT_NOTE,
            },
            (Some(number), None, None) if is_whole => {
                let worth = unknown(list);
                Worth {
                    is_return: format!("{number} < 0"),
                    quantity: number,
                    price: worth.clone(),
                    amount: worth,
                    quantity_note: "guessed",
                    price_note: NO_PRICE,
                }
            }
            // A piece a line: of a length or a weight pieces cannot be counted.
            (number, amount, price) => {
                let quantity_note = match number {
                    Some(_) => "guessed: quantities have fractions, so that a line counts as one piece",
                    None => "TODO: the files tell no quantity",
                };
                let (amount, price_note) = match (amount, number, price) {
                    (Some(amount), ..) => (amount, AMOUNT_NOTE),
                    (None, Some(number), Some(price)) => {
                        (format!("{} * abs({price})", returned(&number, &price)), "guessed")
                    }
                    (None, None, Some(price)) => (price, "guessed"),
                    (None, _, None) => return Worth::nothing(unknown(list), quantity_note),
                };
                Worth {
                    is_return: format!("{amount} < 0"),
                    quantity: format!("case when {amount} < 0 then -1 else 1 end"),
                    price: format!("abs({amount})"),
                    amount,
                    quantity_note,
                    price_note,
                }
            }
        }
    }

    fn nothing(worth: String, quantity_note: &'static str) -> Worth {
        Worth {
            is_return: "false".to_owned(),
            quantity: "1".to_owned(),
            price: worth.clone(),
            amount: worth,
            quantity_note,
            price_note: NO_PRICE,
        }
    }
}

const AMOUNT_NOTE: &str = "guessed: what the line comes to, by the piece";
const NO_PRICE: &str = "TODO: the files tell no price";

/// What stands for an amount where there is none: 0 where files count pieces alone. Where a column may hold the amounts and
/// was not read, zeros would be wrong.
fn unknown(list: &List<'_>) -> String {
    match list.from.and_then(|(seen, _)| unread_amount(seen)) {
        Some(column) => todo(&format!(
            "what a line comes to; no amount could be read. It may be in {}. 0 if the files tell none",
            column.header
        )),
        None => "0".to_owned(),
    }
}

/// A call that no warehouse has, which `wharf lint` and `wharf run` refuse and tell of.
fn todo(what: &str) -> String {
    format!("todo('{}')", what.replace('\'', "''"))
}

const NO_TIME: &str = "when it was ordered: a column of dates or times; none could be read in this file";

/// A line's number, less than nothing where its other number is.
fn returned(number: &str, other: &str) -> String {
    format!("case when {other} < 0 then -abs({number}) else {number} end")
}

/// Pieces that are weights or lengths.
pub fn has_fractions(seen: &Seen) -> bool {
    find(seen, QUANTITY).is_some_and(|column| match Written::of(column, &seen.look) {
        Some(written) => written.has_fractions(column),
        None => column.kind.value == ColumnType::Decimal,
    })
}

/// The number of a row's order; a row that names none is an order by itself.
fn order_of(seen: &Seen, own: &str) -> String {
    match find(seen, ORDER) {
        Some(order) => format!("{own}{}", models::quote_name(&order.name)),
        None => format!("cast({own}_load as varchar) || '-' || cast({own}_row as varchar)"),
    }
}

fn orders(parts: &Parts<'_>) -> String {
    let head = header("Orders.", "[order_id]", &["not_null(order_id, ordered_at, day)", "unique(order_id)"]);
    match (parts.orders, parts.lines) {
        (Some(orders), _) if parts.is_flat() => head + &flat_orders(orders),
        (Some(orders), Some(lines)) => head + &own_orders(orders, lines),
        _ => head + &nothing("orders", "orders with their lines"),
    }
}

/// Orders whose lines lie in the same file: their rows brought together.
fn flat_orders(orders: &Seen) -> String {
    let list = List::of(Some((orders, "")));
    let worth = Worth::of(&list);
    let order = order_of(orders, "");
    let time = list.expression(TIME);
    let ordered = time.map_or_else(|| todo(NO_TIME), |time| format!("min({time})"));
    list.line(format!("{order} as order_id"), "guessed")
        .wrapped("customer_id", CUSTOMER, "min", "null", "who ordered; null is a guest")
        .line(format!("{ordered} as ordered_at"), "guessed")
        .line(format!("shop_day({ordered}) as day"), "")
        .wrapped("status", STATUS, "min", "'completed'", "")
        .cancelled(true)
        .line("false as is_test", "TODO: how are test orders told?")
        .wrapped("channel", CHANNEL, "min", "'online'", "where orders come from")
        .wrapped("country", COUNTRY, "min", "null", "the order's country")
        .wrapped("currency", CURRENCY, "min", "null", "")
        .line("0 as shipping", "TODO: shipping of the order, if the files tell it")
        .line("0 as tax", "TODO: tax of the order, if the files tell it")
        .line(format!("sum({}) as total", worth.amount), "")
        .line(format!("min(case when {} then null else _line end) as first_sale_line", worth.is_return), "")
        .line("min(_load) as _load", "")
        .line("min(_row) as _row", "")
        .sql(&format!("from {}\ngroup by {order}\n", orders.table))
}

/// Orders in a file of their own; their lines lie in another.
fn own_orders(orders: &Seen, lines: &Seen) -> String {
    let list = List::of(Some((orders, "o")));
    let worth = Worth::of(&List::of(Some((lines, ""))));
    let line_order = order_of(lines, "");
    let order = order_of(orders, "o.");
    let time = list.expression(TIME).unwrap_or_else(|| todo(NO_TIME));
    list.line(format!("{order} as order_id"), "guessed")
        .column("customer_id", CUSTOMER, "null", "who ordered; null is a guest")
        .line(format!("{time} as ordered_at"), "guessed")
        .line(format!("shop_day({time}) as day"), "")
        .column("status", STATUS, "'completed'", "")
        .cancelled(false)
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
            "from {} as o\nleft join (\n  select {line_order} as line_order, sum({}) as goods,\n    \
             min(case when {} then null else _line end) as first_sale_line\n  from {}\n  group by \
             {line_order}\n) as l on l.line_order = {order}\n",
            orders.table, worth.amount, worth.is_return, lines.table
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
        .column("sku", SKU, "null", "")
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
    let missing = todo(&format!("{what}: none of the files seems to have them. `where false` if there are none"));
    format!("-- TODO: none of the files seems to have {what}.\n{}", list.sql(&format!("where {missing}\n")))
}
