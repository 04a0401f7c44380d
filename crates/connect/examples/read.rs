//! Reads a file as its table's source.toml says and prints what was found and how long it took.
//!
//! `cargo run -p connect --example read -- online_retail.csv [table.toml]`

use std::time::Instant;

use connect::files::{Settings, read_path};
use retail::source::LandedTable;

/// The columns of the UCI Online Retail file.
const ONLINE_RETAIL: &str = r#"
name = "lines"
files = ["*"]
null = ["NA"]
column = [
    { name = "invoice_no", from = ["Invoice", "InvoiceNo"], required = true },
    { name = "stock_code", required = true },
    { name = "description" },
    { name = "quantity", type = "integer", required = true },
    { name = "invoice_date", type = "timestamp", required = true, max = "now+1d" },
    { name = "unit_price", from = ["UnitPrice", "Price"], type = "decimal", required = true },
    { name = "customer_id" },
    { name = "country" },
]
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: read FILE [TABLE.toml]")?;
    let text = arguments.next().map_or(Ok(ONLINE_RETAIL.to_owned()), std::fs::read_to_string)?;
    let table: LandedTable = toml::from_str(&text)?;
    let start = Instant::now();
    let mut rows = read_path(&table, path.as_ref(), &Settings::new("Europe/London", 1_800_000_000_000_000)?)?;
    let (mut good, mut rejected, mut chunks, mut first) = (0, 0, 0, None);
    while let Some(chunk) = rows.next_chunk()? {
        good += chunk.batch.num_rows();
        rejected += chunk.rejected.len();
        chunks += 1;
        first = first.or_else(|| chunk.rejected.into_iter().next());
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("rows {good} rejected {rejected} chunks {chunks} seconds {seconds:.3}");
    for note in rows.notes() {
        println!("note: {note}");
    }
    if let Some(first) = first {
        println!("first reject: row {} line {} {}: {}", first.row, first.line, first.rule, first.reason);
    }
    Ok(())
}
