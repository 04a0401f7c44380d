//! PostgreSQL as a source, from the command line and with a real server: what the database has is what the lake has.

#[allow(dead_code, reason = "these tests use a part of it")]
#[path = "../serve/client.rs"]
mod client;
mod server;
#[path = "../shop/mod.rs"]
mod shop;

mod answers;
mod changes;
mod faults;
mod live;
mod warehouse;

use server::{PASSWORD, Server};
use shop::Shop;

/// A project of online-retail's preset whose lines are in a table.
fn retail(server: &Server, table: &str) -> Shop {
    let shop = Shop::new();
    shop.write(
        "wharf.toml",
        &format!(
            "[shop]\npreset = \"online-retail\"\n\n[[source]]\nname = \"web\"\nurl = \"{}\"\n\n\
             [[source.table]]\ntable = \"invoice_lines\"\n{table}\n",
            server.url()
        ),
    );
    shop
}

/// An empty table of lines. `id` is the table's key and no part of the shop's.
const LINES: &str = "create table lines (id bigserial primary key, invoice_no text not null, stock_code text not null, \
    description text, quantity int not null, invoice_date timestamptz not null, unit_price numeric(12, 3) not null, \
    customer_id int, country text); create index on lines (invoice_no)";

/// Row for row.
#[track_caller]
fn assert_same(shop: &Shop, server: &Server) {
    let ours = shop.query(
        "select order_id, product_id, quantity, cast(amount as decimal(18, 4)) from order_lines order by 1, 2, 3, 4",
    );
    let theirs = server.sql(
        "select invoice_no, stock_code, quantity, (quantity * unit_price)::numeric(18, 4) from lines \
         order by invoice_no collate \"C\", stock_code collate \"C\", 3, 4",
    );
    assert_eq!(ours.len(), theirs.len());
    let differs = ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs);
    assert_eq!(differs, None);
}
