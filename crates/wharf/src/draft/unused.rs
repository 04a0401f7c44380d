//! Files that no staging table of a draft is made of, each with the reason and what would change it.

use super::Seen;
use super::roles::*;

pub fn lines(seen: &[Seen], parts: &Parts<'_>) -> Vec<String> {
    let unused = seen.iter().filter(|file| !parts.all().any(|used| used.table == file.table));
    unused.map(|file| format!("{} is left out: {}", file.file(), reason(file, parts))).collect()
}

fn reason(file: &Seen, parts: &Parts<'_>) -> String {
    let has = |role| find(file, role).is_some();
    let table = &file.table;
    if (has(ORDER) || has(TIME)) && (has(PRODUCT) || has(QUANTITY) || has(PRICE) || amount(file).is_some()) {
        return match parts.lines {
            Some(lines) => format!(
                "order lines are read from {}, and files are read as one where all columns are the same ({}); give it those, or \
                 add `union all select … from {table}` to preset/staging/order_lines.sql",
                lines.file(),
                differing(file, lines)
            ),
            None => format!("no order lines were found; read the table {table} in preset/staging/order_lines.sql"),
        };
    }
    if let (true, Some(orders)) = (has(ORDER), parts.orders) {
        return format!(
            "orders are read from {}; to use it too, join the table {table} in preset/staging/orders.sql",
            orders.file()
        );
    }
    for (role, what, taken) in [(CUSTOMER, "customer", parts.customers), (PRODUCT, "product", parts.products)] {
        let Some(id) = find(file, role) else { continue };
        let why = match taken {
            Some(taken) => format!("{what}s are read from {}", taken.file()),
            None => format!("{} has values in several rows, and a {what} has one row", id.header),
        };
        return format!("{why}; to use it, read the table {table} in preset/staging/{what}s.sql");
    }
    let columns: Vec<&str> = file.look.columns.iter().map(|column| column.header.as_str()).collect();
    format!(
        "none of its columns ({}) is called like the id of an order, a customer or a product; call one order_id, customer_id or \
         product_id, or read the table {table} in preset/staging/",
        some_of(&columns)
    )
}

/// By which columns two files are not one.
fn differing(file: &Seen, other: &Seen) -> String {
    let beyond = |one: &Seen, other: &Seen| {
        let headers = one.look.columns.iter().map(|column| column.header.clone());
        let is_there = |header: &String| other.look.columns.iter().any(|column| column.header == *header);
        headers.filter(|header| !is_there(header)).collect::<Vec<String>>()
    };
    let (lacks, has) = (beyond(other, file), beyond(file, other));
    let told = [("it lacks", lacks), ("it alone has", has)].map(|(what, columns)| {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        (!columns.is_empty()).then(|| format!("{what} {}", some_of(&columns)))
    });
    let told: Vec<String> = told.into_iter().flatten().collect();
    if told.is_empty() { "their order or their form differs".to_owned() } else { told.join(", ") }
}

fn some_of(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    match names.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{} and {more} more", names[..SHOWN].join(", ")),
        _ => names.join(", "),
    }
}
