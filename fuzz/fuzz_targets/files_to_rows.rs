//! Any bytes under any name become rows, rejects or an error: never a panic, never a row without a fate, and the same
//! whatever the size of the blocks.
//!
//! `cargo +nightly fuzz run files_to_rows -- -max_total_time=600`
//!
//! The first byte chooses the name and the table's marks, the rest is the file.
#![no_main]

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use connect::files::{Settings, read_bytes};
use libfuzzer_sys::fuzz_target;
use retail::source::LandedTable;

const NAMES: [&str; 7] = ["a.csv", "a.tsv", "a.jsonl", "a.parquet", "a.xlsx", "a.zip", "a"];
const KEYS: [&str; 4] = ["", "delimiter = \",\"", "decimal = \",\"\nthousands = \".\"", "encoding = \"shift_jis\"\nskip_lines = 1"];
const COLUMNS: &str = r#"
name = "orders"
files = ["*"]
null = ["NA"]
column = [
    { name = "id", required = true },
    { name = "count", type = "integer", optional = true, min = "-5" },
    { name = "amount", type = "decimal", optional = true },
    { name = "gift", type = "boolean", optional = true },
    { name = "day", type = "date", optional = true, formats = ["%d/%m/%Y", "%b %d, %Y"] },
    { name = "at", type = "timestamp", optional = true, max = "now+1d" },
]
"#;

/// Row numbers, each row's raw form or rejection.
type Fates = Vec<(i64, u64, String)>;

fn fates(table: &LandedTable, name: &str, bytes: &[u8], block: usize) -> Result<Fates, String> {
    let settings = Settings::new("Europe/London", 1_800_000_000_000_000).map_err(|error| error.to_string())?;
    let settings = settings.with_block_bytes(block).with_quote_limit(256);
    let mut rows = read_bytes(table, name, bytes.to_vec(), &settings).map_err(|error| error.to_string())?;
    let mut fates = Vec::new();
    while let Some(chunk) = rows.next_chunk().map_err(|error| error.to_string())? {
        let numbers = chunk.batch.column(chunk.batch.num_columns() - 1).as_primitive::<Int64Type>().clone();
        for (index, row) in numbers.values().iter().enumerate() {
            fates.push((*row, chunk.raw.line(index), chunk.raw.raw(index)));
        }
        for column in chunk.batch.columns() {
            column.to_data().validate_full().expect("arrays hold what they say");
        }
        fates.extend(chunk.rejected.into_iter().map(|found| (found.row, found.line, found.rule + &found.raw)));
    }
    fates.sort();
    Ok(fates)
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, bytes)) = data.split_first() else { return };
    let name = NAMES[usize::from(*choice) % NAMES.len()];
    let keys = KEYS[usize::from(*choice) / NAMES.len() % KEYS.len()];
    // Keys stand before the columns, which are tables of their own in TOML.
    let table: LandedTable = toml::from_str(&format!("{keys}\n{COLUMNS}")).expect("the table is right");
    let whole = fates(&table, name, bytes, 1 << 20);
    if let Ok(fates) = &whole {
        assert!(fates.iter().zip(1..).all(|((row, _, _), number)| *row == number), "each row has one fate");
    }
    if !matches!(name, "a.parquet" | "a.xlsx" | "a.zip") {
        assert_eq!(fates(&table, name, bytes, 5), whole, "whatever the size of blocks");
    }
});
