//! A shop that goes on while its tables are in PostgreSQL.

use std::io::{BufRead, BufReader, Write};
use std::time::{Duration, Instant};

use crate::Server;
use crate::client;
use crate::shop::Shop;

/// Of a shop of tens of thousands of orders: what a run costs follows from what came, as far as the models let it.
#[test]
fn an_order_is_told_within_two_seconds_of_its_file() {
    let Some(server) = Server::start("an_order_is_told_within_two_seconds_of_its_file") else { return };
    let shop = Shop::of("wharf");
    let settings = format!("[shop]\npreset = \"wharf\"\n\n[warehouse]\nurl = \"{}\"\n", server.warehouse());
    // The clock wakes nobody here: the file does.
    shop.write("wharf.toml", &format!("{settings}\n[serve]\nevery_seconds = 3600\n"));
    shop.wharf(&["simulate", "--orders", "40_000", "--no-truth", "--out", "inbox"]).well();
    shop.run();
    let page = client::Server::start(&shop, &[]);
    let mut stream = page.connect();
    write!(stream, "GET /api/v1/events HTTP/1.1\r\nhost: {}\r\n\r\n", page.address).unwrap();
    let mut told = BufReader::new(stream).lines().map_while(Result::ok);
    assert!(told.by_ref().take_while(|line| !line.is_empty()).any(|line| line.contains("text/event-stream")));
    std::thread::sleep(Duration::from_secs(1));
    // The last order that the shop had, once more under other numbers.
    let last = std::fs::read_to_string(shop.path("inbox/orders-2025-12-01.csv")).unwrap();
    let (header, order) = (last.lines().next().unwrap(), last.lines().next_back().unwrap());
    let (id, rest) = order.split_once(',').unwrap();
    // The quickest of five counts: other tests keep the machine busy.
    let mut after = Vec::new();
    for number in 1..=5 {
        let id = format!("{id}-{number}");
        shop.write("late.csv.part", &format!("{header}\n{id},{rest}\n"));
        std::fs::rename(shop.path("late.csv.part"), shop.path(&format!("inbox/orders-late-{number}.csv"))).unwrap();
        let begun = Instant::now();
        let quoted = format!("\"{id}\"");
        assert!(told.any(|line| line.starts_with("data:") && line.contains(&quoted)), "the order is told");
        after.push(begun.elapsed());
        if begun.elapsed() < Duration::from_secs(2) {
            break;
        }
    }
    println!("told after {after:?}");
    assert!(after.iter().min().is_some_and(|after| *after < Duration::from_secs(2)), "{after:?}");
    assert_eq!(page.stop(), Some(0));
}
