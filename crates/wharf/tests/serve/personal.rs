//! What is personal stays hidden from viewers while tables and models are of different times.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::Server;
use crate::guard::{ADMIN, TOKENS, VIEWER};
use crate::shop::Shop;
use crate::small;

const PEOPLE: &str = "/* wharf\ndescription: x\nkind: full\ncolumns: {who: {pii: true}}\n*/\nselect customer_id as who, country from customers\n";

/// Cells of one column of the table, by an asker.
fn cells(server: &Server, table: &str, column: &str, who: (&str, &str)) -> Vec<String> {
    let reply = server.ask("GET", &format!("/api/v1/tables/{table}/rows?limit=20"), &[who], b"");
    assert_eq!(reply.status, 200, "{}", reply.text());
    let table: Value = serde_json::from_slice(&reply.body).unwrap();
    let at = table["columns"].as_array().unwrap().iter().position(|known| known["name"] == column).unwrap();
    table["rows"].as_array().unwrap().iter().map(|row| row[at].as_str().unwrap_or_default().to_owned()).collect()
}

#[track_caller]
fn is_hidden(server: &Server, table: &str, column: &str) {
    let seen = cells(server, table, column, VIEWER);
    assert!(!seen.is_empty() && seen.iter().all(|cell| cell == "•••"), "{table}.{column}: {seen:?}");
    assert_ne!(cells(server, table, column, ADMIN)[0], "•••");
}

fn wait_for(server: &Server, part: &str) {
    let begun = Instant::now();
    while !server.ask("GET", "/api/v1/runs/current", &[ADMIN], b"").text().contains(part) {
        assert!(begun.elapsed() < Duration::from_secs(40), "{part} is not told");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_table_that_is_older_than_its_model() {
    let (shop, server) = small(&format!("{TOKENS}every_seconds = 1\n"));
    shop.write("models/people.sql", PEOPLE);
    let begun = Instant::now();
    while server.ask("GET", "/api/v1/tables/people", &[ADMIN], b"").status != 200 {
        assert!(begun.elapsed() < Duration::from_secs(40), "people is not made");
        std::thread::sleep(Duration::from_millis(50));
    }
    is_hidden(&server, "people", "who");
    assert_ne!(cells(&server, "people", "country", VIEWER)[0], "•••");
    // The table of before stays published, with a column that the model no longer knows.
    let renamed = PEOPLE.replace("who", "person").replace("kind: full", "kind: full\nchecks: [person is null]");
    shop.write("models/people.sql", &renamed);
    wait_for(&server, "people failed");
    is_hidden(&server, "people", "who");
    // Or with one that means something else by now.
    let other =
        PEOPLE.replace("columns: {who: {pii: true}}", "checks: [who is null]").replace("customer_id as", "country as");
    shop.write("models/people.sql", &other);
    wait_for(&server, "people: who is null");
    is_hidden(&server, "people", "who");
    // Once it is made anew nothing of it is personal.
    shop.write("models/people.sql", &other.replace("checks: [who is null]\n", ""));
    let begun = Instant::now();
    while cells(&server, "people", "who", VIEWER)[0] == "•••" {
        assert!(begun.elapsed() < Duration::from_secs(40), "it stays hidden");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Nobody need look at models from time to time: whoever asks for a table has them as of its publish.
#[test]
fn a_table_that_another_process_made() {
    let shop = Shop::new();
    shop.write("wharf.toml", &format!("[shop]\npreset = \"online-retail\"\n\n[serve]\n{TOKENS}every_seconds = 3600\n"));
    shop.drop_file("lines.csv", crate::shop::made_shop(500));
    shop.run();
    let server = Server::start(&shop, &["--no-run"]);
    assert_ne!(cells(&server, "customers", "country", VIEWER)[0], "•••");
    shop.write("models/people.sql", PEOPLE);
    shop.run();
    is_hidden(&server, "people", "who");
    assert_ne!(cells(&server, "people", "country", VIEWER)[0], "•••");
    std::fs::remove_file(shop.path("models/people.sql")).unwrap();
    shop.write("models/more.sql", PEOPLE);
    shop.wharf(&["run", "--select", "more"]).well();
    // Of a model that is gone nobody says any more what is personal.
    if server.ask("GET", "/api/v1/tables/people", &[ADMIN], b"").status == 200 {
        is_hidden(&server, "people", "country");
    }
}
