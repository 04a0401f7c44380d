//! The server as its users meet it: `wharf serve` as a process, asked over HTTP.

mod client;
#[path = "../shop/mod.rs"]
mod shop;

mod files;
mod guard;
mod hostile;
mod keeper;
mod live;
mod numbers;
mod paged;
mod personal;
mod tried;

use client::Server;
use shop::Shop;

/// A served shop of a few thousand made lines.
fn small(settings: &str) -> (Shop, Server) {
    let shop = Shop::new();
    shop.write(
        "wharf.toml",
        &format!("[shop]\npreset = \"online-retail\"\nname = \"Small\"\n\n[serve]\nport = 0\n{settings}"),
    );
    shop.drop_file("lines.csv", shop::made_shop(3000));
    shop.run();
    let server = Server::start(&shop, &[]);
    (shop, server)
}
