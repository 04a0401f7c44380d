//! Rejected rows in full, a block each.

use std::fmt::Write as _;

use arrow::util::display::array_value_to_string;

use super::Filters;
use super::raw::cells;
use crate::failure::Result;
use crate::output::plain;
use crate::shop::Shop;

pub fn show(shop: &Shop, filters: &Filters, limit: u32) -> Result<()> {
    let sql = format!(
        "select load, row, line, file, landed_table, rule, reason, status, raw from rejects {} \
         order by load, row limit {limit}",
        filters.conditions()
    );
    let mut text = String::new();
    for batch in shop.rows(&sql)? {
        for row in 0..batch.num_rows() {
            let cell = |name: &str| {
                let column = batch.column_by_name(name);
                plain(&column.and_then(|column| array_value_to_string(column, row).ok()).unwrap_or_default())
            };
            let line = cell("line");
            let line = if line.is_empty() { String::new() } else { format!(":{line}") };
            let _ = writeln!(
                text,
                "load {} row {}  {}{line}  {}",
                cell("load"),
                cell("row"),
                cell("file"),
                cell("landed_table")
            );
            let _ = writeln!(text, "  {} by {}: {}", cell("status"), cell("rule"), cell("reason"));
            let raw = cells(&cell("raw"));
            let width = raw.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
            for (name, value) in raw {
                let _ = writeln!(text, "    {name:width$}  {}", plain(&value.unwrap_or_default()));
            }
            text.push('\n');
        }
    }
    if text.is_empty() {
        text.push_str("No such rows.\n");
    }
    super::super::print(&text)
}
