//! Models of one's own over ours: views, unions and whole models with days follow what they read, and no more than that.

mod shop;

use shop::Shop;
use shop::kept::assert_same;
use shop::lines::HEADER;

fn by_day(sql: &str) -> String {
    format!(
        "/* wharf\ndescription: x\nkind: incremental_by_time_range\ntime_column: day\ngrain: [day]\n\
         partitioned_by: month(day)\n*/\n{sql}\n"
    )
}

fn view(more: &str, sql: &str) -> String {
    format!("/* wharf\ndescription: x\nkind: view\n{more}*/\n{sql}\n")
}

fn line(order: u32, day: &str, pieces: i32, price: &str) -> String {
    format!("{HEADER}\n{order},A,POT,{pieces},{day} 10:00:00,{price},7,France\n")
}

/// Three orders in three months.
fn landed(models: &[(&str, String)]) -> Shop {
    let shop = Shop::new();
    for (name, text) in models {
        shop.write(&format!("models/{name}.sql"), text);
    }
    for (order, day) in [(1, "2011-01-03"), (2, "2011-02-03"), (3, "2011-03-03")] {
        shop.drop_file(&format!("{order}.csv"), line(order, day, 2, "1.50"));
    }
    shop.run();
    shop
}

/// Corrects the order of February, and says what that left of the models' files.
#[track_caller]
fn correct(shop: &Shop, touched: &[&str]) {
    let before = shop.files();
    shop.drop_file("again.csv", line(2, "2011-02-03", 5, "1.50"));
    shop.run();
    let after = shop.files();
    for name in touched {
        for month in ["2011-01", "2011-03"] {
            assert_eq!(after[*name][month], before[*name][month], "{name} of {month} was written again");
        }
        assert_ne!(after[*name]["2011-02"], before[*name]["2011-02"], "{name} of February was not");
    }
    let said = shop.said();
    shop.wharf(&["run", "--full-refresh"]).well();
    assert_same("a full refresh", &shop.said(), &said);
    shop.assert_idle();
}

#[test]
fn what_reads_a_view_follows_what_the_view_reads() {
    let shop = landed(&[
        ("seen", view("", "select day, amount from order_lines_wide where is_sale_line")),
        ("sum_seen", by_day("select day, cast(sum(amount) as decimal(18, 4)) as amount from seen group by day")),
    ]);
    assert_eq!(shop.query("select count(*), sum(amount) from sum_seen"), ["3,9.0000"]);
    correct(&shop, &[]);
    assert_eq!(shop.query("select amount from sum_seen order by day"), ["3.0000", "7.5000", "3.0000"]);
    // Asked for by day, a view gives no more than that day.
    shop.wharf(&["run", "--day", "2011-02-03"]).well();
    assert_eq!(shop.query("select amount from sum_seen order by day"), ["3.0000", "7.5000", "3.0000"]);
}

#[test]
fn a_view_that_keeps_days_passes_them_on() {
    let shop = landed(&[
        ("seen", view("time_column: day\n", "select day, amount from order_lines_wide where is_sale_line")),
        ("sum_seen", by_day("select day, cast(sum(amount) as decimal(18, 4)) as amount from seen group by day")),
    ]);
    correct(&shop, &["sum_seen"]);
    assert_eq!(shop.query("select amount from sum_seen order by day"), ["3.0000", "7.5000", "3.0000"]);
}

#[test]
fn each_part_of_a_union_is_limited_to_the_days() {
    let shop = landed(&[(
        "two_ways",
        by_day(
            "select day, amount as value, 'line' as what from order_lines_wide\n\
             union all\n\
             select day, net_sales as value, 'sales' as what from daily_sales",
        ),
    )]);
    let before = shop.query("select count(*) from two_ways");
    assert_eq!(before, ["6"]);
    correct(&shop, &["two_ways"]);
    assert_eq!(shop.query("select count(*) from two_ways"), before);
    assert_eq!(
        shop.query("select value from two_ways where day = date '2011-02-03' order by what"),
        ["7.5000", "7.5000"]
    );
}

#[test]
fn a_whole_model_with_days_tells_which_came_out_otherwise() {
    let whole = "/* wharf\ndescription: x\nkind: full\ntime_column: day\ngrain: [day]\npartitioned_by: month(day)\n*/\n\
                 select day, cast(sum(amount) as decimal(18, 4)) as amount from order_lines_wide group by day\n";
    let shop = landed(&[("whole", whole.to_owned()), ("after", by_day("select day, amount * 2 as twice from whole"))]);
    let plan = {
        shop.drop_file("next.csv", line(4, "2011-04-03", 1, "1.00"));
        shop.wharf(&["plan"]).well()
    };
    assert!(plan.contains("build after                 the days that landed rows touch: follows whole"), "{plan}");
    correct(&shop, &["after"]);
    assert_eq!(shop.query("select twice from after order by day"), ["6.0000", "15.0000", "6.0000", "2.0000"]);
}

#[test]
fn days_that_mean_something_else_are_a_mistake() {
    let shop = landed(&[]);
    let weekly =
        by_day("select cast(date_trunc('week', day) as date) as week, count(*) as n from daily_sales group by 1");
    shop.write(
        "models/weekly.sql",
        &weekly.replace("time_column: day", "time_column: week").replace("(day)", "(week)").replace("[day]", "[week]"),
    );
    shop.wharf(&["lint"])
        .fails(2, &["models/weekly.sql", "runs by `week`, and `daily_sales`, which drives it, by `day`"]);
}
