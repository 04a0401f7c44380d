//! Tables as files: every one, in every format, whole, and without what is personal where a viewer asks.

use std::collections::BTreeSet;
use std::io::Write;

use arrow::array::{Array, AsArray, RecordBatch};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::client::Server;
use crate::guard::{ADMIN, VIEWER, guarded};
use crate::small;

/// Addresses of the document that a GET answers, with ids and what else they need filled in: as they stand there, and filled in.
pub fn addresses(server: &Server) -> Vec<(String, String)> {
    let first = |path: &str, name: &str| {
        let table = server.json(path);
        let at = table["columns"].as_array().unwrap().iter().position(|column| column["name"] == name).unwrap();
        table["rows"][0][at].as_str().unwrap().to_owned()
    };
    let product = first("/products", "product_id");
    let (customer, order) = (first("/customers", "customer_id"), first("/orders", "order_id"));
    let document = server.json("/openapi.json");
    let paths = document["paths"].as_object().unwrap().iter();
    let asked = paths.filter(|(path, item)| item.get("get").is_some() && *path != "/events").map(|(path, _)| {
        let subject = path.split('/').nth(1).unwrap_or_default();
        let id = match subject {
            "products" => &product,
            "customers" => &customer,
            _ => &order,
        };
        let name = if subject == "dashboards" { "mine" } else { "daily_sales" };
        let filled = path.replace("{day}", "2011-11-23").replace("{tile}", "1").replace("{name}", name);
        let filled = filled.replace("{id}", id);
        let more = match path.as_str() {
            path if path.starts_with("/why") => "metric=orders".to_owned(),
            "/recommendations" => format!("product={product}"),
            "/checks/history" => "model=orders&check=x".to_owned(),
            "/runs/steps" => "run=1".to_owned(),
            _ => String::new(),
        };
        (path.clone(), format!("{filled}?{more}"))
    });
    asked.collect()
}

/// A page of the project's own, which the document's addresses name.
pub const DASHBOARD: &str = "title: Mine
tiles:
  - {metric: net_sales, by: month}
  - {sql: \"select country, orders from daily_sales order by day, country, channel limit 30\"}
";

fn parquet(body: &[u8]) -> Vec<RecordBatch> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(body).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    reader.map(Result::unwrap).collect()
}

#[test]
fn every_table_is_a_file_in_every_format() {
    let (shop, server) = small("");
    std::fs::create_dir(shop.path("dashboards")).unwrap();
    shop.write("dashboards/mine.yaml", DASHBOARD);
    let document = server.json("/openapi.json");
    let mut tables = 0;
    for (path, filled) in addresses(&server) {
        let get = &document["paths"][&path]["get"];
        let answer = &get["responses"]["200"]["content"]["application/json"]["schema"];
        let parameters = get["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let has_format = parameters.iter().any(|parameter| parameter["name"] == "format");
        assert_eq!(answer["$ref"] == "#/components/schemas/Table", has_format, "{path}");
        if !has_format {
            continue;
        }
        tables += 1;
        let table = server.json(&filled);
        let names: Vec<&str> =
            table["columns"].as_array().unwrap().iter().map(|column| column["name"].as_str().unwrap()).collect();
        let shown = table["rows"].as_array().unwrap().len();
        let file = |format: &str| {
            let reply = server.get(&format!("/api/v1{filled}&format={format}"));
            assert_eq!(reply.status, 200, "{path} as {format}: {}", reply.text());
            assert!(reply.header("content-disposition").ends_with(&format!(".{format}\"")), "{path}");
            reply
        };
        assert_eq!(file("csv").text().lines().next().unwrap(), names.join(","), "{path}");
        let batches = parquet(&file("parquet").body);
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        // Recommendations are ten unless more are asked for, in a file too.
        assert!(
            rows == shown || (table["more"] == true && rows > shown && shown >= 1000) || path == "/recommendations"
        );
        assert_eq!(&file("xlsx").body[..2], b"PK", "{path}");
    }
    assert!(tables > 20, "only {tables} tables");
    server.get("/api/v1/dashboards/mine/tiles/2?format=csv").problem(404);
    server.get("/api/v1/tables/none/rows?format=csv").problem(404);
    server.get("/api/v1/orders/none/lines?format=csv").problem(404);
}

/// Page after page, each row comes once, by day where a table has days.
#[test]
fn pages_of_a_table_hold_each_row_once() {
    let (shop, server) = guarded();
    for table in ["orders", "daily_customer_stats", "order_lines_wide", "customer_summary", "loads", "checks"] {
        let rows: usize = shop.query(&format!("select count(*) from {table}"))[0].parse().unwrap();
        let size = rows.div_ceil(5).max(1);
        let mut seen: Vec<Vec<Value>> = Vec::new();
        for page in 0..=5 {
            let path = format!("/api/v1/tables/{table}/rows?limit={size}&offset={}", page * size);
            let reply: Value = serde_json::from_slice(&server.ask("GET", &path, &[ADMIN], b"").body).unwrap();
            let days = reply["columns"].as_array().unwrap().iter().position(|column| column["name"] == "day");
            seen.extend(reply["rows"].as_array().unwrap().iter().map(|row| row.as_array().unwrap().clone()));
            if let Some(day) = days {
                assert!(seen.is_sorted_by_key(|row| row[day].as_str().unwrap().to_owned()), "{table}");
            }
        }
        assert_eq!(seen.len(), rows, "{table}");
        let apart: BTreeSet<String> = seen.iter().map(|row| Value::from(row.clone()).to_string()).collect();
        assert_eq!(apart.len(), rows, "{table}");
    }
}

/// All rows, but what is personal: also in tables of wharf's own, and in columns that a model took over without a word.
#[test]
fn viewers_keep_tables_without_what_is_personal() {
    let (shop, server) = guarded();
    let file = |path: &str, who| {
        let reply = server.ask("GET", &format!("/api/v1{path}"), &[who], b"");
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply
    };
    let customer = shop.query("select customer_id from customer_summary order by rank limit 1")[0].clone();
    for table in ["orders", "order_lines", "customers", "daily_customer_stats", "order_lines_wide"] {
        let path = format!("/tables/{table}/rows?format=csv");
        let has = |who| file(&path, who).text().lines().any(|line| line.split(',').any(|cell| cell == customer));
        assert!(has(ADMIN), "{table}");
        assert!(!has(VIEWER), "{table}");
        let rows: usize = shop.query(&format!("select count(*) from {table}"))[0].parse().unwrap();
        assert_eq!(file(&path, VIEWER).text().lines().count(), rows + 1, "{table}");
    }
    let batches = parquet(&file("/tables/orders/rows?format=parquet", VIEWER).body);
    let hidden = batches.iter().flat_map(|batch| {
        let cells = batch.column_by_name("customer_id").unwrap().as_string::<i32>();
        cells.iter().flatten().map(str::to_owned).collect::<Vec<_>>()
    });
    assert!(hidden.collect::<BTreeSet<_>>().iter().eq(["•••"]));
    assert!(
        batches.iter().all(|batch| batch.column_by_name("total").is_some_and(|total| !total.data_type().is_string()))
    );
    for (table, column) in [("rejects", "raw"), ("rejects", "reason"), ("checks", "samples"), ("steps", "failure")] {
        let about: Value = serde_json::from_slice(&file(&format!("/tables/{table}"), VIEWER).body).unwrap();
        let known = about["columns"].as_array().unwrap().iter().find(|known| known["name"] == column).unwrap();
        assert_eq!(known["pii"], true, "{table}.{column}");
    }
}
