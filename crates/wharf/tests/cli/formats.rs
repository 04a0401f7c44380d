//! Rows in every format, on stdout and in files.

use std::process::{Command, Stdio};

use arrow::array::AsArray;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::shop::{Data, Shop};

fn shop() -> Shop {
    let shop = Shop::new("online-retail");
    let csv = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,A,=HYPERLINK(1),2,2011-01-03 10:00:00,1.50,7,France
1,B,\"PAN, \"\"big\"\"\",1,2011-01-03 10:00:00,4.00,7,France
2,C,,1,2011-01-04 10:00:00,4.00,,France
";
    shop.write("inbox/one.csv", csv);
    shop.wharf(&["run"]).succeeds();
    shop
}

const SQL: &str = "select product_id, name, quantity, amount, day, customer_id from order_lines order by product_id";

#[test]
fn every_format() {
    let shop = shop();
    let csv = shop.wharf(&["query", SQL, "--format", "csv"]).succeeds();
    assert_eq!(
        csv.out,
        "product_id,name,quantity,amount,day,customer_id\nA,'=HYPERLINK(1),2,3.0000,2011-01-03,7\n\
         B,\"PAN, \"\"big\"\"\",1,4.0000,2011-01-03,7\nC,,1,4.0000,2011-01-04,\n"
    );
    let raw = shop.wharf(&["query", SQL, "--format", "csv", "--raw-csv"]).succeeds();
    raw.says(&["A,=HYPERLINK(1),2"]);
    let json = shop.wharf(&["query", SQL, "--format", "json"]).succeeds();
    json.says(&["\"amount\":3.0000", "\"customer_id\":null", "\"quantity\":2,", "\"day\":\"2011-01-03\""]);
    let none = shop.wharf(&["query", "select * from orders where order_id = 'none'", "--format", "json"]).succeeds();
    assert_eq!(none.out, "[]\n");
    let table = shop.wharf(&["query", SQL]).succeeds();
    let lines: Vec<&str> = table.out.lines().collect();
    assert_eq!(lines.len(), 5);
    assert!(lines[2].contains("       2  3.0000  2011-01-03  7"), "{}", table.out);
    for (name, start) in [("rows.parquet", &b"PAR1"[..]), ("rows.xlsx", b"PK"), ("rows.csv", b"product_id,")] {
        shop.wharf(&["query", SQL, "--out", name]).succeeds();
        assert!(std::fs::read(shop.path(name)).unwrap().starts_with(start), "{name}");
    }
}

/// Parquet has no type that holds a whole interval: there it is the text that it is in CSV.
#[test]
fn intervals_are_readable_in_every_format() {
    // A database has intervals of its own.
    if crate::elsewhere::is_database() {
        return;
    }
    let shop = shop();
    let sql = "select order_id, interval '1 month 2 days' as wait, max(ordered_at) - min(ordered_at) as apart \
               from orders group by order_id order by order_id";
    let csv = shop.wharf(&["query", sql, "--format", "csv"]).succeeds();
    csv.says(&["1 mons 2 days"]);
    let texts = |name: &str| -> Vec<String> {
        let file = std::fs::File::open(shop.path(name)).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
        let waits = reader.map(|batch| batch.unwrap().column_by_name("wait").unwrap().as_string::<i32>().clone());
        waits.flat_map(|wait| wait.iter().flatten().map(str::to_owned).collect::<Vec<_>>()).collect()
    };
    shop.wharf(&["query", sql, "--out", "rows.parquet"]).succeeds();
    assert_eq!(texts("rows.parquet"), ["1 mons 2 days"; 2]);
    shop.wharf(&["query", sql, "--out", "rows.xlsx"]).succeeds();
    let nested = "select make_array(interval '1 day') as waits";
    shop.wharf(&["query", nested, "--out", "nested.parquet"]).succeeds();
}

#[test]
fn tables_are_listed_described_and_exported() {
    let shop = shop();
    shop.wharf(&["tables"]).succeeds().says(&["daily_customer_stats", "staging", "marts", "wharf"]);
    let described = shop.wharf(&["describe", "daily_customer_stats"]).succeeds();
    described.says(&["decimal(18, 4)", "Sum of amount over sale lines.", "personal"]);
    shop.wharf(&["export", "orders"]).succeeds().says(&["order_id,customer_id,ordered_at"]);
    shop.wharf(&["export", "--all", "--out", "all", "--format", "parquet"]).succeeds();
    assert!(shop.path("all/daily_sales.parquet").is_file());
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let Some(shop) = Data::OnlineRetail.shop("a_reader_that_leaves_early_is_no_error") else { return };
    let mut command = Command::new(env!("CARGO_BIN_EXE_wharf"));
    command.current_dir(shop.path("")).args(["export", "order_lines"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    crate::elsewhere::place(&mut command, &shop.path(""));
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn log_lines_as_json() {
    let shop = shop();
    shop.write("inbox/two.csv", "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n9,A,x,1,2011-01-03 10:00:00,1,7,France\n");
    let ran = shop.wharf(&["run", "--log-format", "json"]).succeeds();
    let lines: Vec<serde_json::Value> = ran.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let landed = lines.iter().find(|line| line["message"] == "landed").unwrap();
    assert_eq!(landed["rows"], 1);
    assert_eq!(shop.wharf(&["run", "--quiet", "--full-refresh"]).succeeds().err, "");
}
