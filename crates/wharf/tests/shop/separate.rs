//! A shop that exports orders, lines, products and customers each into files of their own, none waiting for another.

use super::{Random, Shop};

pub const SOURCE: &str = r#"
name = "separate"
currency = "EUR"
timezone = "Europe/Berlin"

[[table]]
name = "shop_orders"
files = ["*orders*"]
key = ["id"]
[[table.column]]
name = "id"
required = true
[[table.column]]
name = "customer"
[[table.column]]
name = "placed"
type = "timestamp"
formats = ["%Y-%m-%d %H:%M:%S"]
required = true
[[table.column]]
name = "country"
[[table.column]]
name = "state"
[[table.column]]
name = "cancelled"
type = "timestamp"
formats = ["%Y-%m-%d %H:%M:%S"]
optional = true
[[table.column]]
name = "shipping"
type = "decimal"
optional = true

[[table]]
name = "shop_lines"
files = ["*lines*"]
key = ["order_id"]
[[table.column]]
name = "order_id"
required = true
[[table.column]]
name = "product"
required = true
[[table.column]]
name = "customer"
[[table.column]]
name = "placed"
type = "timestamp"
formats = ["%Y-%m-%d %H:%M:%S"]
required = true
[[table.column]]
name = "pieces"
type = "integer"
required = true
[[table.column]]
name = "price"
type = "decimal"
required = true

[[table]]
name = "shop_products"
files = ["*products*"]
key = ["id"]
[[table.column]]
name = "id"
required = true
[[table.column]]
name = "name"
[[table.column]]
name = "category"

[[table]]
name = "shop_customers"
files = ["*customers*"]
key = ["id"]
[[table.column]]
name = "id"
required = true
[[table.column]]
name = "name"
"#;

const CUSTOMERS: &str = "/* wharf
description: Customers.
kind: incremental_by_unique_key
unique_key: customer_id
grain: [customer_id]
*/
select id as customer_id, name, null as email, null as city, null as region, null as country,
  null as accepts_marketing, null as created_at, _load, _row
from shop_customers
";

const PRODUCTS: &str = "/* wharf
description: Products.
kind: incremental_by_unique_key
unique_key: product_id
grain: [product_id]
*/
select id as product_id, id as sku, name, category, category <> 'fees' as is_merchandise, null as list_price,
  null as unit_cost, _load, _row
from shop_products
";

const ORDERS: &str = "/* wharf
description: Orders.
kind: incremental_by_unique_key
unique_key: order_id
grain: [order_id]
*/
select id as order_id, customer as customer_id, placed as ordered_at, shop_day(placed) as day, state as status,
  coalesce(state = 'cancelled', false) as is_cancelled, cancelled as cancelled_at, false as is_test, 'online' as channel,
  country, 'EUR' as currency, coalesce(shipping, 0) as shipping, 0 as tax, 0 as total, 1 as first_sale_line, _load, _row
from shop_orders
";

/// Lines of no pieces are left out here, not by a rule.
const ORDER_LINES: &str = "/* wharf
description: Lines.
kind: incremental_by_unique_key
unique_key: order_id
grain: [order_id, line_no]
*/
select order_id, _line as line_no, placed as occurred_at, shop_day(placed) as day, customer as customer_id,
  product as product_id, null as name, case when pieces < 0 then 'return' else 'sale' end as kind, pieces as quantity, price as unit_price, 0 as discount, 0 as tax,
  pieces * price as amount, 'EUR' as currency, _load, _row
from shop_lines
where pieces <> 0
";

pub fn shop() -> Shop {
    Shop::with_preset(
        SOURCE,
        &[("customers", CUSTOMERS), ("products", PRODUCTS), ("orders", ORDERS), ("order_lines", ORDER_LINES)],
    )
}

/// A file of one kind about some of the shop's things, as they read at the moment.
pub fn file(random: &mut Random) -> (&'static str, String) {
    let some = |random: &mut Random, of: usize| -> Vec<usize> { (0..of).filter(|_| random.one_in(3)).collect() };
    let at = |random: &mut Random, number: usize| {
        let other = if random.one_in(5) { 11 } else { 0 };
        format!("{} 10:{:02}:00", super::lines::day((number + other) % 24), number % 60)
    };
    match random.below(5) {
        0 => {
            let row = |random: &mut Random, n: usize| {
                let (country, state) =
                    (*random.pick(&["DE", "AT", ""]), *random.pick(&["paid", "paid", "cancelled", ""]));
                // Most shops say when; some days before the order, which no clock should.
                let cancelled =
                    if state == "cancelled" && !random.one_in(4) { at(random, n + 3) } else { String::new() };
                format!("{n},c{},{},{country},{state},{cancelled},{}\n", n % 9, at(random, n), random.below(3))
            };
            let rows: String = some(random, 40).into_iter().map(|n| row(random, n)).collect();
            ("orders", format!("id,customer,placed,country,state,cancelled,shipping\n{rows}"))
        }
        1 | 2 => {
            let row = |random: &mut Random, n: usize| {
                let placed = at(random, n);
                let line = |random: &mut Random, at: usize| {
                    // The first line is a sale, later ones may come back.
                    let pieces = random.below(4) as i64 - i64::from(at > 0);
                    format!("{n},p{},c{},{placed},{pieces},{}.50\n", random.below(8), n % 9, 1 + random.below(3))
                };
                (0..1 + random.below(3)).map(|at| line(random, at)).collect::<String>()
            };
            let rows: String = some(random, 40).into_iter().map(|n| row(random, n)).collect();
            ("lines", format!("order_id,product,customer,placed,pieces,price\n{rows}"))
        }
        3 => {
            let row = |random: &mut Random, n: usize| {
                format!("p{n},{},{}\n", random.pick(&["TEA", "POT", ""]), random.pick(&["food", "fees", "ware"]))
            };
            let rows: String = some(random, 8).into_iter().map(|n| row(random, n)).collect();
            ("products", format!("id,name,category\n{rows}"))
        }
        _ => {
            let row = |random: &mut Random, n: usize| format!("c{n},{}\n", random.pick(&["Ann", "Bo", ""]));
            let rows: String = some(random, 9).into_iter().map(|n| row(random, n)).collect();
            ("customers", format!("id,name\n{rows}"))
        }
    }
}
