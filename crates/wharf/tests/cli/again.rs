//! Running again, dropping again, taking back: only what is needed is done, and the tables end the same.

use crate::shop::{Shop, wharf_with};

const FIRST: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,A,POT,2,2011-01-03 10:00:00,1.50,7,France
1,B,PAN,1,2011-01-03 10:00:00,4.00,7,France
2,A,POT,1,2011-01-04 11:00:00,1.50,8,Spain
3,A,POT,1,2011-01-04 12:00:00,0,8,Spain
";
/// Invoice 2 again with another quantity, and a later one.
const SECOND: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
2,A,POT,5,2011-01-04 11:00:00,1.50,8,Spain
4,B,PAN,1,2011-01-05 09:00:00,4.00,7,France
";
const STATS: &str = "select day, customer_id, orders, units, spend from daily_customer_stats order by 1, 2";

fn shop() -> Shop {
    let shop = Shop::new("online-retail");
    shop.write("inbox/first.csv", FIRST);
    shop.wharf(&["run"]).succeeds().says(&["4 rows = 3 used + 1 rejected", "unit_price_not_positive", "Done in"]);
    shop
}

#[test]
fn a_second_run_does_nothing_and_says_so() {
    let shop = shop();
    let before = shop.published();
    shop.wharf(&["plan"]).succeeds().says(&["Nothing to do"]);
    shop.wharf(&["run"]).succeeds().says(&["Nothing to do"]);
    assert_eq!(shop.published(), before);
}

#[test]
fn the_same_content_under_another_name_changes_nothing() {
    let shop = shop();
    let before = shop.rows(STATS);
    shop.write("inbox/copy.csv", FIRST);
    shop.wharf(&["run"]).succeeds().says(&["copy.csv is known already", "load 1"]);
    assert_eq!(shop.rows(STATS), before);
    assert_eq!(shop.rows("select count(*) from loads"), ["1"]);
    shop.wharf(&["run"]).succeeds().says(&["Nothing to do"]);
}

#[test]
fn an_overlapping_file_replaces_and_undo_brings_back() {
    let shop = shop();
    let before = shop.rows(STATS);
    assert_eq!(before, ["2011-01-03,7,1,3,7.0000", "2011-01-04,8,1,1,1.5000"]);
    shop.write("inbox/second.csv", SECOND);
    shop.wharf(&["plan"]).succeeds().says(&["land  second.csv into invoice_lines: new file", "daily_customer_stats"]);
    let ran = shop.wharf(&["run"]).succeeds();
    let ran = ran.says(&["Load 2: second.csv", "2 rows = 2 used", "Rows of load 1, first.csv: 1 superseded\n"]);
    // What was landed by the run before is none of this one's.
    assert!(!ran.out.contains("Load 1") && !ran.out.contains("All 2 loads"), "{}", ran.out);
    assert_eq!(shop.rows("select loads from runs where run = 2"), ["1"]);
    assert_eq!(shop.rows(STATS), ["2011-01-03,7,1,3,7.0000", "2011-01-04,8,1,5,7.5000", "2011-01-05,7,1,1,4.0000"]);
    assert_eq!(shop.rows("select superseded from loads where load = 1"), ["1"]);
    shop.wharf(&["undo", "2"]).succeeds();
    assert_eq!(shop.rows(STATS), before);
    shop.wharf(&["undo", "2"]).ends_with(1).tells(&["load 2 is undone already"]);
    shop.wharf(&["undo", "9"]).ends_with(1).tells(&["there is no load 9", "wharf loads"]);
}

#[test]
fn a_backfill_and_a_full_refresh_end_in_the_same_tables() {
    let shop = shop();
    let before = shop.rows(STATS);
    shop.wharf(&["backfill", "--from", "2011-01-03", "--to", "2011-01-04"]).succeeds().says(&["daily_customer_stats"]);
    assert_eq!(shop.rows(STATS), before);
    shop.wharf(&["run", "--day", "2011-01-04", "--select", "daily_sales"]).succeeds().says(&["daily_sales"]);
    shop.wharf(&["run", "--full-refresh"]).succeeds().says(&["4 rows = 3 used + 1 rejected"]);
    assert_eq!(shop.rows(STATS), before);
    shop.wharf(&["run"]).succeeds().says(&["Nothing to do"]);
}

#[test]
fn rejects_are_replayed_after_a_fix() {
    let shop = Shop::new("online-retail");
    shop.write("inbox/first.csv", &FIRST.replace("2,2011-01-03", "two,2011-01-03"));
    shop.wharf(&["run"]).succeeds().says(&["4 rows = 2 used + 2 rejected", "bad_integer"]);
    shop.wharf(&["rejects", "replay"]).succeeds();
    assert_eq!(shop.rows("select count(*) from rejects"), ["2"]);
}

#[test]
fn rows_that_are_there_twice_are_found_in_any_column() {
    let shop = shop();
    let model = |name: &str, columns: &str, rows: &str| {
        let header = format!(
            "/* wharf\ndescription: Rows.\nkind: full\ngrain: [{columns}]\nchecks: [\"unique({columns})\"]\n*/\n"
        );
        shop.write(
            &format!("models/{name}.sql"),
            &format!("{header}select * from (values {rows}) as rows ({columns})\n"),
        );
        shop.wharf(&["run", "--select", name])
    };
    // A null is a value like any other, and where it stands matters.
    model("nulls_apart", "a, b", "(null, 'x'), ('x', null), ('x', 'x')").succeeds();
    model("nulls_alike", "a, b", "(null, 'x'), ('x', null), (null, 'x')").ends_with(3).says(&["unique(a, b)"]);
    model("days", "day, n", "(date '2011-01-03', 1), (date '2011-02-04', 1), (date '2011-02-04', 2)").succeeds();
    model("amounts", "n", "(1.50), (2.25), (1.50)").ends_with(3).says(&["unique(n)", "1 row"]);
    model(
        "ratios",
        "n",
        "(cast(0.5 as double precision)), (cast(0.25 as double precision)), (cast(0.5 as double precision))",
    )
    .ends_with(3);
}

#[test]
fn models_of_ones_own_and_overrides() {
    let shop = shop();
    let header = "/* wharf\ndescription: Spend by country.\nkind: full\ngrain: [country]\nchecks: [unique(country), spend < 7]\n*/\n";
    let sql = "select country, sum(spend) as spend from daily_sales group by country\n";
    shop.write("models/by_country.sql", &format!("{header}{sql}"));
    // A check of severity error stops before anything is published.
    shop.wharf(&["run"]).ends_with(3).says(&["by_country", "spend < 7"]);
    shop.wharf(&["query", "select * from by_country"]).ends_with(2);
    shop.write("models/by_country.sql", &format!("{}{sql}", header.replace("spend < 7", "warn: spend < 7")));
    shop.wharf(&["run"]).succeeds().says(&["by_country", "1 warnings"]);
    assert_eq!(shop.rows("select * from by_country order by 1"), ["France,7.0000", "Spain,1.5000"]);
    shop.wharf(&["check", "--select", "by_country"]).succeeds().says(&["warning"]);
    shop.wharf(&["models", "list"]).succeeds().says(&["models/by_country.sql"]);
    shop.wharf(&["models", "show", "by_country"]).succeeds().says(&["reads", "daily_sales"]);
    shop.wharf(&["models", "graph", "--format", "mermaid"]).succeeds().says(&["flowchart LR", "by_country"]);
    shop.wharf(&["test"]).succeeds().says(&["1 passed, 0 failed"]);
    shop.wharf(&["optimize"]).succeeds().says(&["by_country"]);
    shop.wharf(&["run"]).succeeds().says(&["Nothing to do"]);
}

/// Every tenth version of a table's log is written as a checkpoint: for all tables in the same run.
#[test]
fn a_shop_that_runs_every_day_goes_on() {
    let shop = shop();
    for day in 1..=22 {
        let file = format!(
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n\
             {},A,POT,1,2011-02-{day:02} 10:00:00,1.50,7,France\n",
            100 + day
        );
        shop.write(&format!("inbox/day{day:02}.csv"), &file);
        shop.wharf(&["run"]).succeeds().says(&["1 row", "Done in"]);
    }
    assert_eq!(
        shop.rows("select count(*), sum(spend) from daily_customer_stats where day >= '2011-02-01'"),
        ["22,33.0000"]
    );
    // A database has no log of its own to keep short.
    let logs: &[&str] =
        if crate::elsewhere::is_database() { &[] } else { &["staging/orders", "marts/daily_customer_stats"] };
    for table in logs {
        for version in [10, 20] {
            let checkpoint = shop.path(&format!("lake/{table}/_delta_log/{version:020}.checkpoint.parquet"));
            assert!(checkpoint.exists(), "{} is missing", checkpoint.display());
        }
    }
    let entries = |table: &str| std::fs::read_dir(shop.path(&format!("lake/{table}/_delta_log"))).unwrap().count();
    shop.wharf(&["optimize"]).succeeds();
    assert!(logs.iter().all(|table| entries(table) > 22), "a week of the log is kept");
    shop.wharf(&["run"]).succeeds().says(&["Nothing to do"]);
    // Nothing is kept of versions whose files are deleted, and the shop goes on from the last checkpoint, also after a stop.
    shop.wharf(&["optimize", "--keep-days", "0"]).succeeds();
    assert!(logs.iter().all(|table| entries(table) < 16));
    shop.write(
        "inbox/day23.csv",
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n\
        123,A,POT,1,2011-02-23 10:00:00,1.50,7,France\n",
    );
    wharf_with(&shop.path(""), &["run"], &[("WHARF_FAULT", "commit:3")]);
    shop.wharf(&["run"]).succeeds();
    assert_eq!(
        shop.rows("select count(*), sum(spend) from daily_customer_stats where day >= '2011-02-01'"),
        ["23,34.5000"]
    );
}

/// Also of a name that would mean something else in an address.
#[test]
fn a_project_may_be_in_any_folder() {
    let shop = Shop::new("online-retail");
    for name in ["a#b", "c [d]?", "100%", "für uns"] {
        let project = shop.path(name).to_str().unwrap().to_owned();
        let wharf = |arguments: &[&str]| shop.wharf(&[arguments, &["--project", &project]].concat()).succeeds();
        shop.wharf(&["init", "--preset", "online-retail", &project]).succeeds();
        shop.write(&format!("{name}/inbox/first.csv"), FIRST);
        wharf(&["run"]);
        wharf(&["query", "select 'lines: ' || count(*) from order_lines"]).says(&["lines: 3"]);
        wharf(&["run", "--full-refresh"]);
        wharf(&["optimize", "--keep-days", "0"]);
    }
}
