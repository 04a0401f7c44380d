//! What is told before a run would fail, and how a failure is told after it.

use std::path::Path;

use crate::elsewhere;
use crate::shop::{Ran, Shop, wharf};

const HEAD: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
const HEADER: &str = "/* wharf\ndescription: x\nkind: full\n*/\n";
const OWN: [&str; 6] = ["rejects", "loads", "fates", "runs", "steps", "checks"];

/// A shop with the preset's files in a folder of its own, source.toml changed.
fn with_source(was: &str, is: &str) -> Shop {
    let shop = Shop::new("online-retail");
    let preset = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../presets/online-retail");
    for table in ["customers", "orders", "order_lines", "products"] {
        let sql = std::fs::read_to_string(preset.join(format!("staging/{table}.sql"))).unwrap();
        shop.write(&format!("preset/staging/{table}.sql"), &sql);
    }
    let source = std::fs::read_to_string(preset.join("source.toml")).unwrap();
    assert!(source.contains(was), "{was}");
    shop.write("preset/source.toml", &source.replacen(was, is, 1));
    shop.write("wharf.toml", "[shop]\npreset = \"preset\"\n");
    shop
}

#[track_caller]
fn lint_and_plan(shop: &Shop, parts: &[&str]) {
    for command in ["lint", "plan"] {
        shop.wharf(&[command]).ends_with(2).tells(parts);
    }
}

#[test]
fn names_that_wharf_needs_for_itself() {
    for name in OWN {
        let shop = Shop::new("online-retail");
        shop.write(&format!("models/{name}.sql"), &format!("{HEADER}select 1 as a from orders\n"));
        lint_and_plan(&shop, &[&format!("models/{name}.sql:1:1: `{name}`"), "wharf's own", "rename the file"]);
    }
    let shop = with_source("name = \"invoice_lines\"", "name = \"runs\"");
    lint_and_plan(&shop, &["preset/source.toml:9:8: `runs`", "wharf's own", "shop_runs"]);
    let shop = Shop::new("online-retail");
    shop.write("models/invoice_lines.sql", &format!("{HEADER}select 1 as a from orders\n"));
    lint_and_plan(&shop, &["models/invoice_lines.sql:1:1", "landed table", "rename the file"]);
}

#[test]
fn what_a_source_says_and_nobody_can_use() {
    for (was, is, parts) in [
        ("\"quantity = 0\"", "\"1 = 1 and quantiti = 0\"", &[":63:19: ", "`quantiti`", "did you mean `quantity`?"][..]),
        ("\"quantity = 0\"", "\"quantity\"", &[":63:8: ", "quantity_zero", "not true or false"]),
        ("\"quantity = 0\"", "\"quantity in (select 1)\"", &[":63:8: ", "quantity_zero", "subquery"]),
        ("%m/%d/%y %H:%M", "%m/%d/%q %H:%M", &[":39:", "%q", "known"]),
        ("null = [\"NA\"]", "encoding = \"windows-125\"", &[":12:12: ", "windows-125", "did you mean `windows-125"]),
        ("\"*.tsv\"", "\"*.{tsv\"", &[":11:19: ", "*.{tsv", "pattern"]),
    ] {
        let shop = with_source(was, is);
        let parts: Vec<&str> = [&["preset/source.toml"], parts].concat();
        lint_and_plan(&shop, &parts);
    }
    with_source("\"quantity = 0\"", "\"quantity = 0 or unit_price > 1e6\"").wharf(&["lint"]).succeeds();
}

#[test]
fn checks_and_tests_of_what_is_not_there() {
    let shop = Shop::new("online-retail");
    let model = |check: &str| {
        format!("/* wharf\ndescription: x\nkind: full\nchecks:\n  - {check}\n*/\nselect day, orders from daily_sales\n")
    };
    shop.write("models/mine.sql", &model("uniq(day)"));
    shop.wharf(&["lint"]).ends_with(2).tells(&["models/mine.sql:5:5", "uniq(day)", "did you mean `unique`?"]);
    shop.write("models/mine.sql", &model("orders + 1 > 0"));
    shop.wharf(&["lint"]).succeeds();
    let test = "given_and_expected:\n  model: mine\n  given:\n    daily_sales:\n      - {dai: 2024-05-01}\n  expect:\n    - {ordrs: 1}\n";
    shop.write("tests/mine.yaml", test);
    let ran = shop.wharf(&["lint"]).ends_with(2);
    ran.tells(&[
        "tests/mine.yaml:5:1: `daily_sales` has no column `dai`",
        "did you mean `day`?",
        "tests/mine.yaml:7:1: `mine` has no column `ordrs`",
        "did you mean `orders`?",
    ]);
    shop.wharf(&["test", "--only", "given_and_expectd"]).ends_with(1).tells(&["did you mean `given_and_expected`?"]);
}

fn run_shop() -> Shop {
    let shop = Shop::new("online-retail");
    shop.write("inbox/one.csv", &format!("{HEAD}1,A,POT,2,2011-01-03 10:00:00,1.50,7,France\n"));
    shop
}

/// None of the engine's words.
#[track_caller]
fn in_words(ran: Ran, parts: &[&str]) {
    let ran = ran.ends_with(1).tells(parts);
    for engine in [":1:", "Schema error", "cannot run the query"] {
        assert!(!ran.err.contains(engine), "{}", ran.err);
    }
}

#[test]
fn answers_from_tables_that_were_not_made() {
    let shop = run_shop();
    let off = "/* wharf\ndescription: x\nkind: full\nenabled: false\n*/\nselect 1 as day from orders\n";
    shop.write("models/customer_summary.sql", off);
    shop.wharf(&["run"]).succeeds();
    in_words(shop.wharf(&["repeaters"]), &["`customer_summary` was not made", "wharf run", "wharf models"]);
    shop.write("models/customer_summary.sql", &format!("{HEADER}select customer_id from customers\n"));
    shop.wharf(&["run"]).succeeds();
    in_words(shop.wharf(&["repeaters"]), &["customer_summary", "wharf models"]);
    let fresh = Shop::new("online-retail");
    for answer in [&["sales"][..], &["check"], &["stats", "2011-01-03"]] {
        fresh.wharf(answer).ends_with(1).tells(&["wharf run"]);
    }
    // What a person writes keeps its places.
    shop.wharf(&["query", "select nope from orders"]).ends_with(2).tells(&["nope"]);
}

#[test]
fn a_run_that_ended_with_an_error_was_not_stopped() {
    let shop = run_shop();
    shop.write("inbox/two.csv", "InvoiceNo,StockCode\n1,A\n");
    let ran = shop.wharf(&["run"]);
    assert_ne!(ran.code, 0, "{}", ran.err);
    let again = shop.wharf(&["run"]);
    assert_ne!(again.code, 0, "{}", again.err);
    assert!(!again.err.contains("was stopped"), "{}", again.err);
    std::fs::remove_file(shop.path("inbox/two.csv")).unwrap();
    let mended = shop.wharf(&["run"]).succeeds();
    assert!(!mended.err.contains("was stopped"), "{}", mended.err);
    assert_eq!(shop.rows("select count(*) from order_lines"), ["1"]);
}

#[test]
fn a_run_needs_no_secret_of_the_server() {
    let shop = run_shop();
    let hash = "admin_password_hash = \"${ADMIN_HASH_OF_NOBODY}\"\n";
    let settings = format!("[shop]\npreset = \"online-retail\"\n[serve]\n{hash}");
    shop.write("wharf.toml", &settings);
    shop.wharf(&["run"]).succeeds();
    shop.wharf(&["config", "show"]).succeeds().says(&["unset", "wharf.toml:4:23: the environment variable"]);
    let told = "wharf.toml:4:23: the environment variable `ADMIN_HASH_OF_NOBODY` is not set";
    shop.wharf(&["serve", "--port", "0"]).ends_with(2).tells(&[told]);
    // Everything else is needed by every command.
    shop.write("wharf.toml", &format!("{settings}[inbox]\npath = \"${{INBOX_OF_NOBODY}}\"\n"));
    shop.wharf(&["run"]).ends_with(2).tells(&["`INBOX_OF_NOBODY` is not set"]);
}

#[test]
fn a_manifest_that_was_cut_or_lost() {
    if elsewhere::is_database() {
        return;
    }
    let shop = run_shop();
    shop.wharf(&["run"]).succeeds();
    let manifest = std::fs::read(shop.path("lake/manifest.json")).unwrap();
    std::fs::write(shop.path("lake/manifest.json"), &manifest[..50]).unwrap();
    shop.wharf(&["run"]).ends_with(2).tells(&["manifest.json is damaged", "backup"]);
    // Gone altogether: neither taken for a new lake nor for one that has nothing to do.
    std::fs::remove_file(shop.path("lake/manifest.json")).unwrap();
    for arguments in [&["run"][..], &["plan"], &["tables"], &["query", "select 1"]] {
        shop.wharf(arguments).ends_with(2).tells(&["manifest.json is missing", "backup"]);
    }
    std::fs::write(shop.path("lake/manifest.json"), &manifest).unwrap();
    shop.wharf(&["run"]).succeeds();
}

#[test]
fn errors_are_lines_of_a_json_log() {
    let shop = run_shop();
    let folder = tempfile::tempdir().unwrap();
    for ran in [
        shop.wharf(&["query", "select nope from orders", "--log-format", "json"]),
        wharf(folder.path(), &["run", "--log-format", "json"]),
    ] {
        assert_ne!(ran.code, 0);
        let last = ran.err.lines().last().unwrap();
        let line: serde_json::Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{}", ran.err));
        assert_eq!(line["level"], "ERROR", "{}", ran.err);
        assert!(!line["message"].as_str().unwrap().is_empty(), "{}", ran.err);
    }
}

#[test]
fn days_that_never_were_and_loads_named_twice() {
    let shop = run_shop();
    shop.wharf(&["stats", "2011-02-29"]).ends_with(2).tells(&["there is no such day"]);
    shop.wharf(&["run"]).succeeds();
    shop.wharf(&["rejects", "list", "--rule", "bad_quantiti"]).succeeds().tells(&["no row was set aside"]);
    let ran = shop.wharf(&["undo", "1", "1"]).succeeds();
    assert!(!ran.err.contains("1, 1"), "{}", ran.err);
}
