//! `wharf try` and `wharf demo`: no project, no questions.

use std::process::Command;

use crate::client::Server;
use crate::shop::{self, Shop, WHARF};

fn try_files(shop: &Shop, files: &[&str]) -> Server {
    let mut command = shop.command(&["try", "--port", "0"]);
    command.args(files);
    Server::of(command)
}

fn orders(server: &Server) -> f64 {
    let overview = server.json("/overview");
    let figures = overview["metrics"].as_array().unwrap();
    figures.iter().find(|figure| figure["name"] == "orders").unwrap()["value"].as_f64().unwrap()
}

#[test]
fn an_export_that_a_preset_knows_and_any_table_of_orders() {
    let shop = Shop::new();
    shop.write("some export.csv", &shop::made_shop(500));
    let server = try_files(&shop, &["some export.csv"]);
    assert!(orders(&server) > 50.0);
    assert_eq!(server.json("/shop")["currency"], "GBP");
    assert_eq!(server.stop(), Some(0));

    let text = "order_id,date,customer,product,qty,price\n1,2024-05-01,anna,Tea,2,3.50\n1,2024-05-01,anna,Mug,1,9.00\n2,2024-05-02,ben,Mug,1,9.00\n";
    shop.write("simple.csv", text);
    let server = try_files(&shop, &["simple.csv", "--keep", "kept"]);
    assert_eq!(orders(&server), 2.0);
    assert_eq!(server.stop(), Some(0));
    // What was kept is a project.
    let told = Command::new(WHARF).args(["sales", "--format", "csv"]).current_dir(shop.path("kept")).output().unwrap();
    assert!(String::from_utf8_lossy(&told.stdout).contains("25.0000"), "{told:?}");

    shop.write("else.csv", "a,b\n1,2\n");
    shop.wharf(&["try", "else.csv", "--port", "0"]).fails(1, &["no order lines"]);
    shop.wharf(&["try", "none.csv"]).fails(1, &["there is no file none.csv"]);
}

#[test]
fn olist_files_are_known_among_others() {
    let Some(folder) = shop::data("olist-sample") else { return };
    let files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "csv"))
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    let shop = Shop::new();
    let server = try_files(&shop, &files.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(server.json("/shop")["currency"], "BRL");
    assert!(orders(&server) > 6_800.0);
}

#[test]
fn the_demo_lives_and_leaves_nothing() {
    let shop = Shop::new();
    let mut command = shop.command(&["demo", "--port", "0", "--orders", "5_000", "--speed", "600x"]);
    let temporary = shop.path("tmp");
    std::fs::create_dir(&temporary).unwrap();
    command.env("TMPDIR", &temporary);
    let server = Server::of(command);
    let info = server.json("/shop");
    assert_eq!(info["is_demo"], true);
    let before = info["published"].as_u64().unwrap();
    let begun = std::time::Instant::now();
    while server.json("/shop")["published"].as_u64().unwrap() < before + 3 {
        assert!(begun.elapsed().as_secs() < 60, "no orders came");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert_eq!(server.stop(), Some(0));
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0, "it left something behind");
}
