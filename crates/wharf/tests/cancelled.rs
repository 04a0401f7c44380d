//! Cancelled orders: they leave every number, or count and are taken back on the day of their cancellation.

mod shop;

use shop::kept::assert_same;
use shop::{Random, Shop, separate};

const REVERSE: &str = "[shop]\npreset = \"preset/\"\ncancelled = \"reverse\"\n";

fn shop(reverse: bool) -> Shop {
    let shop = separate::shop();
    if reverse {
        shop.write("wharf.toml", REVERSE);
    }
    shop
}

const PRODUCTS: &str = "id,name,category\ntea,Tea,food\npot,Pot,ware\npost,Postage,fees\n";
const LINES: &str = "order_id,product,customer,placed,pieces,price
1,tea,ann,2011-01-03 10:00:00,3,2.00
1,post,ann,2011-01-03 10:00:00,1,4.00
1,tea,ann,2011-01-05 10:00:00,-1,2.00
2,pot,ann,2011-01-04 10:00:00,1,9.00
3,pot,bo,2011-01-03 12:00:00,1,9.00
4,tea,,2011-01-03 13:00:00,5,2.00
";
const ORDER_HEADER: &str = "id,customer,placed,country,state,cancelled,shipping";

/// Order 1 is cancelled late in the evening of the 6th in Berlin, order 3 nobody knows when, order 4 of a guest at once.
fn orders() -> String {
    format!(
        "{ORDER_HEADER}\n1,ann,2011-01-03 10:00:00,DE,cancelled,2011-01-06 23:30:00,1.50\n\
         2,ann,2011-01-04 10:00:00,DE,paid,,0\n3,bo,2011-01-03 12:00:00,AT,cancelled,,2.50\n\
         4,,2011-01-03 13:00:00,DE,cancelled,2011-01-03 13:05:00,3.50\n"
    )
}

fn landed(reverse: bool) -> Shop {
    let shop = shop(reverse);
    shop.drop_file("products.csv", PRODUCTS);
    shop.drop_file("lines.csv", LINES);
    shop.drop_file("orders.csv", orders());
    shop.run();
    shop
}

const STATS: &str = "select day, customer_id, orders, lines, units, spend, gross_sales, returns, net_sales, products \
                     from daily_customer_stats order by day, customer_id";
const SALES: &str = "select day, country, orders, customers, lines, units, gross_sales, returns, net_sales, shipping, fees, \
                     total_sales from daily_sales order by day, country";

#[test]
fn excluded_orders_leave_every_number() {
    let shop = landed(false);
    assert_eq!(shop.query(STATS), ["2011-01-04,ann,1,1,1,9.0000,9.0000,0.0000,9.0000,1"]);
    assert_eq!(shop.query(SALES), ["2011-01-04,DE,1,1,1,1,9.0000,0.0000,9.0000,0.0000,0.0000,9.0000"]);
}

#[test]
fn reversed_orders_count_on_their_day_and_are_taken_back() {
    let shop = landed(true);
    assert_eq!(
        shop.query(STATS),
        [
            // Tea for 6 and postage for 4; on the 5th one tea came back, and nothing was bought; on the 6th all is undone.
            "2011-01-03,ann,1,2,4,10.0000,6.0000,0.0000,6.0000,2",
            "2011-01-04,ann,1,1,1,9.0000,9.0000,0.0000,9.0000,1",
            "2011-01-06,ann,-1,-2,-4,-10.0000,-6.0000,-2.0000,-4.0000,0",
        ]
    );
    assert_eq!(
        shop.query(SALES),
        [
            // Order 4 counts and is taken back on one day; order 3 counts nowhere.
            "2011-01-03,DE,1,1,2,4,6.0000,0.0000,6.0000,1.5000,4.0000,11.5000",
            "2011-01-04,DE,1,1,1,1,9.0000,0.0000,9.0000,0.0000,0.0000,9.0000",
            "2011-01-05,DE,0,0,0,0,0.0000,2.0000,-2.0000,0.0000,0.0000,-2.0000",
            "2011-01-06,DE,-1,0,-2,-4,-6.0000,-2.0000,-4.0000,-1.5000,-4.0000,-9.5000",
        ]
    );
    assert_eq!(
        shop.query("select day, product_id, units, revenue, lines, returned_units, returns from product_daily_demand order by 1, 2"),
        [
            "2011-01-03,post,1,4.0000,1,0,0.0000",
            "2011-01-03,tea,3,6.0000,1,0,0.0000",
            "2011-01-04,pot,1,9.0000,1,0,0.0000",
            "2011-01-05,tea,0,0.0000,0,1,2.0000",
            "2011-01-06,post,-1,-4.0000,-1,0,0.0000",
            "2011-01-06,tea,-3,-6.0000,-1,-1,-2.0000",
        ]
    );
    // What is told of customers over all time is what it is without the cancelled orders.
    assert_eq!(
        shop.query(
            "select customer_id, first_day, last_day, active_days, orders, spend, is_repeat from customer_summary"
        ),
        ["ann,2011-01-04,2011-01-04,1,1,9.0000,false"]
    );
    assert_eq!(shop.query("select cohort, age, customers, orders, spend from cohorts"), ["2011-01-01,0,1,1,9.0000"]);
    shop.assert_idle();
}

#[test]
fn a_cancellation_that_comes_later_touches_its_day_and_no_other_file() {
    let shop = landed(true);
    let march = "order_id,product,customer,placed,pieces,price\n5,tea,cid,2011-03-09 10:00:00,1,2.00\n";
    let paid = format!("{ORDER_HEADER}\n5,cid,2011-03-09 10:00:00,DE,paid,,0\n");
    shop.run_each(&[("lines-5.csv", march), ("orders-5.csv", &paid)]);
    let (stats, files) = (shop.query(STATS), shop.files());
    // Bo's order of January had been cancelled nobody knew when: now it is known, and it counts in January too.
    let february = format!("{ORDER_HEADER}\n3,bo,2011-01-03 12:00:00,AT,cancelled,2011-02-10 09:00:00,2.50\n");
    shop.drop_file("orders-3.csv", &february);
    let plan = shop.wharf(&["plan"]).well();
    assert!(plan.contains("order_lines_wide      the days that landed rows touch"), "{plan}");
    shop.run();
    let mut expected = stats.clone();
    expected.insert(1, "2011-01-03,bo,1,1,1,9.0000,9.0000,0.0000,9.0000,1".to_owned());
    expected.insert(4, "2011-02-10,bo,-1,-1,-1,-9.0000,-9.0000,0.0000,-9.0000,0".to_owned());
    assert_eq!(shop.query(STATS), expected);
    let after = shop.files();
    for table in ["order_lines_wide", "daily_customer_stats", "daily_sales", "product_daily_demand"] {
        assert_eq!(after[table]["2011-03"], files[table]["2011-03"], "{table}");
        assert_ne!(after[table]["2011-01"], files[table]["2011-01"], "{table}");
    }
    assert_eq!(after["cancelled_lines"].len(), 2);
    shop.assert_idle();
    let load = shop.query("select max(load) from loads").remove(0);
    shop.wharf(&["undo", &load]).well();
    assert_eq!(shop.query(STATS), stats);
}

#[test]
fn the_setting_can_be_changed_at_any_time() {
    let shop = landed(false);
    let before = shop.said();
    let set = ["run", "--set", "shop.cancelled=reverse"];
    let told = shop.wharf(&set).well();
    assert!(told.contains("order_lines_wide"), "{told}");
    assert_same("reverse", &shop.said(), &landed(true).said());
    shop.run();
    assert_same("exclude again", &shop.said(), &before);
    assert!(!before.contains_key("cancelled_lines"));
    shop.wharf(&["run", "--set", "shop.cancelled=revert"]).fails(2, &["did you mean `reverse`?"]);
}

/// Sums over all days, which must not depend on the setting where each cancelled order is known to be cancelled when.
const SUMS: [&str; 3] = [
    "select sum(orders), sum(lines), sum(units), sum(spend), sum(gross_sales), sum(discounts), sum(net_sales), \
     sum(shipping), sum(tax), sum(fees), sum(total_sales), sum(returns) from daily_sales",
    "select product_id, sum(units), sum(revenue), sum(lines), sum(returned_units), sum(returns) \
     from product_daily_demand group by product_id \
     having sum(lines) <> 0 or sum(returned_units) <> 0 order by product_id",
    "select customer_id, sum(orders), sum(units), sum(spend) from daily_customer_stats group by customer_id \
     having sum(lines) <> 0 order by customer_id",
];

#[test]
fn over_all_days_both_ways_tell_the_same() {
    for seed in 0..4 {
        let mut random = Random::new(seed);
        let shop = shop(false);
        for at in 0..12 {
            let (kind, text) = separate::file(&mut random);
            shop.drop_file(&format!("{at:02}-{kind}.csv"), text);
        }
        // A cancelled order without a time leaves every number either way.
        shop.run();
        let ask = |sql: &&str| shop.query(sql);
        let excluded: Vec<Vec<String>> = SUMS.iter().map(ask).collect();
        let lasting = ["customer_summary", "cohorts"].map(|table| shop.said()[table].clone());
        shop.write("wharf.toml", REVERSE);
        shop.run();
        assert_eq!(SUMS.iter().map(ask).collect::<Vec<_>>(), excluded, "seed {seed}");
        assert_eq!(["customer_summary", "cohorts"].map(|table| shop.said()[table].clone()), lasting, "seed {seed}");
        assert_ne!(shop.query("select count(*) from cancelled_lines"), ["0"], "seed {seed}");
    }
}

#[test]
fn answers_know_what_was_taken_back() {
    let shop = landed(true);
    let csv = |arguments: &[&str]| -> Vec<String> {
        let out = shop.wharf(&[arguments, &["--format", "csv"]].concat()).well();
        out.trim_start_matches('\u{feff}').lines().skip(1).map(str::to_owned).collect()
    };
    let month = csv(&["sales", "--by", "month"]);
    assert!(month[0].starts_with("2011-01-01,1,1,1,9.0000,"), "{month:?}");
    // On the day of a cancellation alone nobody bought.
    let day = csv(&["sales", "--by", "day", "--from", "2011-01-06", "--to", "2011-01-06"]);
    assert!(day[0].starts_with("2011-01-06,0,-1,-4,-6.0000,"), "{day:?}");
    let country = csv(&["sales", "--by", "country"]);
    assert!(country[0].starts_with("DE,1,1,1,9.0000,"), "{country:?}");
    let category = csv(&["sales", "--by", "category"]);
    assert!(category.iter().any(|row| row.starts_with("ware,1,1,1,9.0000,")), "{category:?}");
    assert!(category.iter().any(|row| row.starts_with("food,1,0,0,0.0000,")), "{category:?}");
    assert_eq!(csv(&["top-customers"]), ["1,ann,1,1,9.0000,9.0000,2011-01-04,2011-01-04"]);
    let range = csv(&["top-customers", "--from", "2011-01-03", "--to", "2011-01-03"]);
    assert_eq!(range, ["1,ann,1,4,10.0000,6.0000,2011-01-03,2011-01-03"]);
    let total = shop.wharf(&["stats", "2011-01-06"]).well();
    assert!(total.lines().last().is_some_and(|line| line.contains("0 customers")), "{total}");
}
