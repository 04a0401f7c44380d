//! Mistakes: what is wrong, where, what to do, and the exit code.

use std::path::Path;

use crate::shop::{Shop, wharf, wharf_with};

#[test]
fn words_of_the_command_line() {
    let shop = Shop::new("online-retail");
    shop.wharf(&["stats", "23/11/2011"]).ends_with(2).tells(&["YEAR-MONTH-DAY"]);
    shop.wharf(&["stats", "2011-02-30"]).ends_with(2).tells(&["2011-02-30"]);
    shop.wharf(&["runn"]).ends_with(2).tells(&["run"]);
    shop.wharf(&["run", "--form", "2011-01-01"]).ends_with(2).tells(&["--from"]);
    shop.wharf(&["run", "--from", "2011-01-01"]).ends_with(2).tells(&["--from needs --to"]);
    shop.wharf(&["run", "--from", "2011-01-02", "--to", "2011-01-01"]).ends_with(2).tells(&["swap them"]);
    shop.wharf(&["backfill"]).ends_with(2).tells(&["first and its last day"]);
    shop.wharf(&["stats", "2011-01-01", "--format", "exel"]).ends_with(2).tells(&["xlsx"]);
    shop.wharf(&["stats", "2011-01-01", "--out", "rows.doc"]).ends_with(2).tells(&["rows.doc", "--format"]);
    shop.wharf(&["--help"]).succeeds().says(&["Examples:", "Exit codes"]);
    shop.wharf(&["top-customers", "--help"]).succeeds().says(&["Examples:", "--by"]);
}

#[test]
fn outside_of_a_project() {
    let folder = tempfile::tempdir().unwrap();
    wharf(folder.path(), &["run"]).ends_with(2).tells(&["wharf.toml", "wharf init"]);
    wharf(folder.path(), &["presets"]).succeeds().says(&["online-retail", "olist", "wharf"]);
    wharf(folder.path(), &["docs", "metrics"]).succeeds().says(&["# Metrics", "gross_sales"]);
    wharf(folder.path(), &["completions", "bash"]).succeeds().says(&["top-customers"]);
}

#[test]
fn the_configuration() {
    let shop = Shop::new("online-retail");
    shop.write("wharf.toml", "[shop]\npreset = \"onlin-retail\"\nnam = \"x\"\n[lake]\nmemory = \"a lot\"\n");
    shop.wharf(&["run"]).ends_with(2).tells(&[
        "wharf.toml:3:1: unknown key `nam` in [shop]",
        "did you mean `name`?",
        "wharf.toml:5:10: lake.memory",
        "2 mistakes",
    ]);
    shop.write("wharf.toml", "[shop]\npreset = \"onlin-retail\"\n");
    shop.wharf(&["run"]).ends_with(2).tells(&["wharf.toml:2:10: there is no preset", "did you mean `online-retail`?"]);
    shop.write("wharf.toml", "[shop]\npreset = \"olist\"\n[lake]\npath = \"s3://user:geheim@host/x\"\n");
    let folder = shop.path("");
    let environment = [("WHARF_LAKE_MEMORY", "3GB")];
    let ran = wharf_with(&folder, &["config", "show", "--set", "lake.threads=2"], &environment).succeeds();
    let ran =
        ran.says(&["environment WHARF_LAKE_MEMORY", "--set", "wharf.toml:2:10", "preset olist", "BRL", "***@host"]);
    assert!(!ran.out.contains("geheim"), "{}", ran.out);
    wharf_with(&folder, &["run"], &[("WHARF_LAKE_MEMROY", "1GB")]).ends_with(2).tells(&["WHARF_LAKE_MEMORY"]);
}

#[test]
fn models() {
    let shop = Shop::new("online-retail");
    shop.wharf(&["lint"]).succeeds().says(&["No mistakes"]);
    let header = "/* wharf\ndescription: x\nkind: full\n*/\n";
    shop.write("models/one.sql", &format!("{header}select custmer_id from customers\n"));
    shop.wharf(&["lint"]).ends_with(2).tells(&["models/one.sql:5:8", "custmer_id"]);
    shop.write("models/one.sql", &header.replace("kind:", "kinds:"));
    shop.write("models/two.sql", &format!("{header}select 1 as a from\n"));
    let ran = shop.wharf(&["lint"]).ends_with(2);
    ran.tells(&["models/one.sql:3:1", "kind", "models/two.sql:5:"]);
    shop.write("models/one.sql", &format!("{header}select a from two\n"));
    shop.write("models/two.sql", &format!("{header}select a from one\n"));
    shop.wharf(&["lint"]).ends_with(2).tells(&["circle"]);
}

#[test]
fn queries() {
    let shop = Shop::new("online-retail");
    shop.wharf(&["query", "select 1"]).ends_with(1).tells(&["there are no tables", "wharf run"]);
    let csv = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n1,A,POT,2,2011-01-03 10:00:00,1.50,7,France\n";
    shop.write("inbox/one.csv", csv);
    shop.wharf(&["run"]).succeeds();
    shop.wharf(&["query", "select nope from orders"]).ends_with(2).tells(&["nope"]);
    // A run tells places in its models as lint does.
    shop.write("models/one.sql", "/* wharf\ndescription: x\nkind: full\n*/\nselect custmer_id from customers\n");
    shop.wharf(&["run"]).ends_with(1).says(&["models/one.sql:5:8: cannot "]);
    std::fs::remove_file(shop.path("models/one.sql")).unwrap();
    let staging = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../presets/online-retail/staging/customers.sql"
    ));
    shop.write("models/customers.sql", &staging.unwrap().replace("customer_id", "custmer_id"));
    shop.wharf(&["run"]).ends_with(2).tells(&["models/customers.sql:"]);
    std::fs::remove_file(shop.path("models/customers.sql")).unwrap();
    shop.wharf(&["query", "drop table orders"]).ends_with(2);
    shop.wharf(&["query", "create table x as select 1"]).ends_with(2);
    shop.wharf(&["query", "copy orders to '/tmp/x.csv'"]).ends_with(2);
    shop.wharf(&["describe", "order"]).ends_with(1).tells(&["did you mean `orders`?"]);
    assert!(!Path::new("/tmp/x.csv").exists());
}
