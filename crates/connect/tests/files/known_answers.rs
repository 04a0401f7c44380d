//! Real files and what is known about them.

use std::path::PathBuf;

use super::*;

/// The folder of real data; `None`, told, where it is missing.
fn data(test: &str, folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("WHARF_TEST_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let path = root.join(folder);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{test} needs {}", path.display());
    println!("SKIPPED {test}: no data at {}", path.display());
    None
}

#[test]
fn online_retail() {
    let Some(folder) = data("online_retail", "online-retail") else { return };
    let table = table(
        r#"
        null = ["NA"]
        column = [
            { name = "invoice_no", required = true },
            { name = "stock_code", required = true },
            { name = "description" },
            { name = "quantity", type = "integer", required = true },
            { name = "invoice_date", type = "timestamp", required = true },
            { name = "unit_price", type = "decimal", required = true },
            { name = "customer_id" },
            { name = "country" },
        ]
        "#,
    );
    let path = folder.join("online_retail.csv");
    let mut rows = connect::files::read_path(&table, &path, &settings()).unwrap();
    let (mut count, mut amount, mut known) = (0, 0_i128, 0);
    while let Some(chunk) = rows.next_chunk().unwrap() {
        assert_eq!(chunk.rejected, []);
        use arrow::array::{Array, AsArray};
        use arrow::datatypes::{Decimal128Type, Int64Type};
        let quantity = chunk.batch.column(3).as_primitive::<Int64Type>();
        let price = chunk.batch.column(5).as_primitive::<Decimal128Type>();
        amount += quantity.values().iter().zip(price.values()).map(|(q, p)| i128::from(*q) * p).sum::<i128>();
        count += chunk.batch.num_rows();
        known += chunk.batch.column(6).len() - chunk.batch.column(6).null_count();
        chunk.batch.column(2).to_data().validate_full().unwrap();
    }
    assert_eq!((count, amount), (541_909, 97_477_479_340));
    assert_eq!(known, 406_829);
}

#[test]
fn olist_faults() {
    let Some(folder) = data("olist_faults", "olist-faults") else { return };
    let table = table(
        r#"
        column = [
            { name = "order_id", required = true },
            { name = "order_status", required = true, values = [
                "delivered", "shipped", "canceled", "unavailable", "invoiced", "processing", "created", "approved",
            ] },
            { name = "order_purchase_timestamp", type = "timestamp", min = "2000-01-01", max = "now+1d" },
            { name = "order_estimated_delivery_date", type = "date" },
        ]
        "#,
    );
    let bytes = std::fs::read(folder.join("orders.csv")).unwrap();
    let found = read(&table, "orders.csv", bytes);
    assert_eq!(found.rows.len() + found.rejected.len(), 8135);
    let mut rejected: Vec<(&str, bool)> = found
        .rejected
        .iter()
        .map(|row| {
            let id = [
                "b727342259c06ae7d97115cb632073bb",
                "9743ae99d7c809d4fe6e83fe7c72cd54",
                "c0c3e3561d570a706345bbd04b42de8e",
            ];
            (row.rule.as_str(), id.iter().any(|id| row.raw.contains(id)))
        })
        .collect();
    rejected.sort_unstable();
    assert_eq!(rejected.len(), 3, "{:?}", found.rejected);
    assert!(rejected.iter().all(|(_, known)| *known), "{:?}", found.rejected);
}
