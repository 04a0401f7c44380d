//! One reporting currency: rows in another are set aside, or converted by the day's rate.

mod shop;

use shop::Shop;
use shop::kept::assert_same;

const SOURCE: &str = r#"
name = "world"
currency = "EUR"
timezone = "Europe/Berlin"

[[table]]
name = "sales"
files = ["*"]
key = ["order_id"]
currency = "currency"
dated_by = "sold_at"
[[table.column]]
name = "order_id"
required = true
[[table.column]]
name = "sold_at"
type = "timestamp"
required = true
[[table.column]]
name = "pieces"
type = "integer"
[[table.column]]
name = "price"
type = "decimal"
[[table.column]]
name = "currency"
"#;

const CUSTOMERS: &str = "/* wharf
description: Customers.
kind: full
grain: [customer_id]
*/
select customer_id, null as name, null as email, null as city, null as region, null as country,
  null as accepts_marketing, null as created_at, min(_load) as _load, min(_row) as _row
from orders where customer_id is not null group by customer_id
";
const PRODUCTS: &str = "/* wharf
description: Products.
kind: full
grain: [product_id]
*/
select product_id, null as sku, null as name, null as category, true as is_merchandise, null as list_price,
  null as unit_cost, min(_load) as _load, min(_row) as _row
from order_lines group by product_id
";
const ORDERS: &str = "/* wharf
description: Orders.
kind: incremental_by_unique_key
unique_key: order_id
grain: [order_id]
*/
select order_id, 'ann' as customer_id, min(sold_at) as ordered_at, shop_day(min(sold_at)) as day, 'paid' as status,
  false as is_cancelled, null as cancelled_at, false as is_test, 'web' as channel, null as country,
  min(currency) as currency, 0 as shipping, 0 as tax, sum(pieces * price) as total,
  min(case when pieces < 0 then null else _line end) as first_sale_line, min(_load) as _load, min(_row) as _row
from sales group by order_id
";
const ORDER_LINES: &str = "/* wharf
description: Lines.
kind: incremental_by_unique_key
unique_key: order_id
grain: [order_id, line_no]
*/
select order_id, _line as line_no, sold_at as occurred_at, shop_day(sold_at) as day, 'ann' as customer_id,
  'thing' as product_id, null as name, case when pieces < 0 then 'return' else 'sale' end as kind, pieces as quantity,
  price as unit_price, 0 as discount, 0 as tax, pieces * price as amount, currency, _load, _row
from sales
";

fn world() -> Shop {
    Shop::with_preset(
        SOURCE,
        &[("customers", CUSTOMERS), ("products", PRODUCTS), ("orders", ORDERS), ("order_lines", ORDER_LINES)],
    )
}

/// Sold late on the 3rd in Berlin, which is the 3rd in UTC too; the 4th and 5th are a weekend.
const SALES: &str = "order_id,sold_at,pieces,price,currency
1,2024-05-03T22:30:00+02:00,2,10.00,EUR
2,2024-05-03T10:00:00,1,100.00,USD
3,2024-05-05T10:00:00,3,0.0042,usd
4,2024-05-06T10:00:00,-1,100.00,USD
5,2024-05-06T11:00:00,1,7.00,
6,2024-05-06T12:00:00,1,1000,JPY
";
const RATES: &str = "day,currency,rate\n2024-05-03,USD,0.9312\n2024-05-06,USD,0.93\n";

fn with_rates(shop: &Shop, rates: &str) {
    shop.write("rates.csv", rates);
    shop.write("wharf.toml", "[shop]\npreset = \"preset/\"\n[rates]\nfile = \"rates.csv\"\n");
}

#[test]
fn rows_in_another_currency_are_set_aside() {
    let shop = world();
    shop.run_each(&[("sales.csv", SALES)]);
    assert_eq!(
        shop.query("select order_id, amount, currency from order_lines order by order_id"),
        ["1,20.0000,EUR", "5,7.0000,EUR"]
    );
    assert_eq!(
        shop.query("select row, rule, reason from rejects where row <> 6 order by row"),
        ["2", "3", "4"].map(|row| {
            let why = "the row is in USD and the shop reports in EUR: give exchange rates, [rates] in wharf.toml";
            format!("{row},other_currency,\"{why}\"")
        })
    );
    shop.assert_fates();
}

#[test]
fn rates_convert_and_the_original_stays_visible() {
    let shop = world();
    with_rates(&shop, RATES);
    shop.run_each(&[("sales.csv", SALES)]);
    assert_eq!(
        shop.query(
            "select order_id, unit_price, amount, currency, original_amount, original_currency \
             from order_lines order by order_id"
        ),
        [
            "1,10.0000,20.0000,EUR,20.0000,EUR",
            "2,93.1200,93.1200,EUR,100.0000,USD",
            // Sunday has Friday's rate. Each amount is rounded by itself: 0.00391104 and 0.01173312.
            "3,0.0039,0.0117,EUR,0.0126,usd",
            "4,93.0000,-93.0000,EUR,-100.0000,USD",
            "5,7.0000,7.0000,EUR,7.0000,EUR",
        ]
    );
    assert_eq!(
        shop.query("select order_id, total, original_total from orders where order_id in ('2', '5') order by 1"),
        ["2,93.1200,100.0000", "5,7.0000,7.0000"]
    );
    assert_eq!(
        shop.query("select day, spend, returns from daily_customer_stats order by day"),
        ["2024-05-03,113.1200,0.0000", "2024-05-05,0.0117,0.0000", "2024-05-06,7.0000,93.0000"]
    );
    assert_eq!(
        shop.query("select row, rule, reason from rejects"),
        ["6,no_rate,there is no rate of JPY for 2024-05-06 or the 31 days before: add it to the rates file"]
    );
    shop.assert_fates();
    shop.assert_idle();
}

#[test]
fn a_rate_that_comes_later_lets_its_rows_in_and_others_change_nothing() {
    let shop = world();
    with_rates(&shop, RATES);
    shop.run_each(&[("sales.csv", SALES)]);
    let before = shop.said();
    // Rates of days and currencies that no row has.
    let more = format!("{RATES}2024-05-07,USD,0.94\n2024-05-03,CHF,1.02\n");
    shop.write("rates.csv", &more);
    shop.assert_idle();
    // The yen that was missing, and a dollar of Sunday that was not known on the day.
    shop.write("rates.csv", &format!("{more}2024-05-06,JPY,0.006\n2024-05-05,USD,1\n"));
    let plan = shop.wharf(&["plan"]).well();
    assert!(plan.contains("exchange rates changed that rows are converted with"), "{plan}");
    shop.run();
    assert_eq!(
        shop.query("select order_id, amount from order_lines where order_id in ('3', '6') order by 1"),
        ["3,0.0126", "6,6.0000"]
    );
    assert_eq!(shop.query("select count(*) from rejects"), ["0"]);
    shop.assert_fates();
    shop.assert_idle();
    // And back.
    shop.write("rates.csv", RATES);
    shop.run();
    assert_same("rates taken back", &shop.said(), &before);
}

#[test]
fn a_rate_holds_as_long_as_the_project_says() {
    let shop = world();
    with_rates(&shop, "day,currency,rate\n2024-05-03,USD,0.9312\n");
    shop.drop_file("sales.csv", SALES);
    shop.wharf(&["run", "--set", "rates.max_age_days=1"]).well();
    let told = shop.query("select row, reason from rejects where rule = 'no_rate' order by row limit 1");
    assert_eq!(told, ["3,there is no rate of USD for 2024-05-05 or the 1 days before: add it to the rates file"]);
    // Back to 31 days: all loads are placed anew.
    shop.run();
    assert_eq!(shop.query("select row from rejects"), ["6"]);
}

#[test]
fn a_preset_that_does_not_say_where_the_currency_is() {
    let shop = world();
    shop.edit("preset/source.toml", "currency = \"currency\"\ndated_by = \"sold_at\"\n", "");
    shop.drop_file("sales.csv", SALES);
    let told = ["has rows in USD, and the shop reports in EUR", "[rates]", "dated_by"];
    shop.wharf(&["run"]).fails(2, &told);
    with_rates(&shop, RATES);
    shop.wharf(&["run"]).fails(2, &["there is no rate of JPY for 2024-05-06", "dated_by"]);
    with_rates(&shop, &format!("{RATES}2024-05-06,JPY,0.006\n"));
    shop.run();
    assert_eq!(shop.query("select amount from order_lines where order_id = '6'"), ["6.0000"]);
    shop.edit("preset/source.toml", "key = [\"order_id\"]\n", "key = [\"order_id\"]\ncurrency = \"curency\"\n");
    shop.wharf(&["run"]).fails(2, &["source.toml:10:", "has no column `curency`", "did you mean `currency`?"]);
}

#[test]
fn a_mistake_in_the_rates_file_is_told_where_it_is() {
    let shop = world();
    with_rates(&shop, "day,currency,rate\n2024-05-03,USD,\"0,93\"\n");
    shop.wharf(&["run"]).fails(2, &["rates.csv:2:1: 4 cells", "2024-05-03,USD,0.9312"]);
    std::fs::remove_file(shop.path("rates.csv")).unwrap();
    shop.wharf(&["plan"]).fails(2, &["wharf.toml:4:8", "there is no file", "rates.csv"]);
}

const INVOICES: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,A,POT,2,2011-01-03 10:00:00,1.50,7,France
2,A,POT,1,2011-01-10 10:00:00,1.50,7,France
";

#[test]
fn a_preset_in_another_currency() {
    let shop = Shop::new();
    shop.drop_file("a.csv", INVOICES);
    shop.write("wharf.toml", "[shop]\npreset = \"online-retail\"\ncurrency = \"EUR\"\n");
    let told = ["wharf.toml:3:12: the shop reports in EUR, and the amounts of its files are in GBP", "[rates]"];
    shop.wharf(&["run"]).fails(2, &told).fails(2, &["file_currency = \"EUR\""]);

    // The files are in euro: nothing is converted, and the tables say so.
    shop.write("wharf.toml", "[shop]\npreset = \"online-retail\"\ncurrency = \"EUR\"\nfile_currency = \"EUR\"\n");
    shop.run();
    let lines = "select amount, currency from order_lines order by order_id";
    assert_eq!(shop.query(lines), ["3.0000,EUR", "1.5000,EUR"]);
    assert!(shop.wharf(&["stats", "2011-01-03"]).well().contains("EUR"));

    // They are in pounds: converted, and a day without a rate is set aside.
    shop.write("rates.csv", "day,currency,rate\n2011-01-03,GBP,1.2\n");
    shop.write(
        "wharf.toml",
        "[shop]\npreset = \"online-retail\"\ncurrency = \"EUR\"\n[rates]\nfile = \"rates.csv\"\nmax_age_days = 3\n",
    );
    shop.run();
    assert_eq!(shop.query(lines), ["3.6000,EUR"]);
    assert_eq!(shop.query("select row, rule from rejects"), ["2,no_rate"]);
    assert_eq!(shop.query("select total, original_total, original_currency from orders"), ["3.6000,3.0000,GBP"]);
}

#[test]
fn items_wait_for_an_order_without_a_rate() {
    let shop = Shop::of("olist");
    shop.write(
        "wharf.toml",
        "[shop]\npreset = \"olist\"\ncurrency = \"USD\"\n[rates]\nfile = \"rates.csv\"\nmax_age_days = 0\n",
    );
    shop.write("rates.csv", "day,currency,rate\n2017-01-03,BRL,0.31\n");
    let customers =
        "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state\nk1,p1,1,rio,RJ\n";
    // 01:00 UTC would be the 4th already; in São Paulo it is the 3rd.
    let orders = "order_id,customer_id,order_status,order_purchase_timestamp\no1,k1,delivered,2017-01-03 23:00:00\n\
                  o2,k1,delivered,2017-01-04 10:00:00\n";
    let items = "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n\
                 o1,1,q1,s,2017-01-09 10:00:00,100.00,10.00\no2,1,q1,s,2017-01-09 10:00:00,50.00,5.00\n";
    for (name, text) in [("customers.csv", customers), ("orders.csv", orders), ("items.csv", items)] {
        shop.drop_file(name, text);
    }
    shop.run();
    assert_eq!(
        shop.query("select landed_table, rule, status from rejects order by 1"),
        ["olist_items,parent_missing,pending", "olist_orders,no_rate,rejected"]
    );
    let sales = "select day, orders, gross_sales, shipping from daily_sales order by day";
    assert_eq!(shop.query(sales), ["2017-01-03,1,31.0000,3.1000"]);
    shop.write("rates.csv", "day,currency,rate\n2017-01-03,BRL,0.31\n2017-01-04,BRL,0.3\n");
    shop.run();
    assert_eq!(shop.query(sales), ["2017-01-03,1,31.0000,3.1000", "2017-01-04,1,15.0000,1.5000"]);
    shop.assert_fates();
    shop.assert_idle();
}
