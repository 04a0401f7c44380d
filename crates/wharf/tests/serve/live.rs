//! The shop goes on while it is served.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::client::Server;
use crate::shop::{self, Shop, WHARF};
use crate::small;

const HEADER: &str = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

/// The events' lines from now on.
fn listen(server: &Server) -> impl Iterator<Item = String> + use<> {
    let mut stream = server.connect();
    write!(stream, "GET /api/v1/events HTTP/1.1\r\nhost: {}\r\n\r\n", server.address).unwrap();
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    assert!(lines.by_ref().take_while(|line| !line.is_empty()).any(|line| line.contains("text/event-stream")));
    lines
}

#[test]
fn an_order_is_told_within_two_seconds_of_its_file() {
    // The clock wakes nobody here: the file does.
    let (shop, server) = small("every_seconds = 3600\n");
    let mut lines = listen(&server);
    std::thread::sleep(Duration::from_millis(500));
    let order = |id: u32| format!("{HEADER}{id},85123A,LANTERN,2,2011-12-31 10:00:00,2.50,4711,France\n");
    // The quickest of three counts: other tests keep the machine busy.
    let mut after = Vec::new();
    for id in [700_001, 700_003, 700_004] {
        shop.write("inbox/late.csv.part", &order(id));
        std::fs::rename(shop.path("inbox/late.csv.part"), shop.path(&format!("inbox/late-{id}.csv"))).unwrap();
        let begun = Instant::now();
        let quoted = format!("\"{id}\"");
        let told = lines.find(|line| line.starts_with("data:") && line.contains(&quoted)).expect("the order is told");
        assert!(told.contains("France"));
        after.push(begun.elapsed());
        if begun.elapsed() < Duration::from_secs(2) {
            break;
        }
    }
    assert!(after.iter().min().is_some_and(|after| *after < Duration::from_secs(2)), "{after:?}");
    // It is in the numbers, too.
    let day = server.json("/stats/2011-12-31");
    assert_eq!(day["rows"][0][1], "4711");
    // A file that is written in place is landed when it is whole.
    shop.write("inbox/slow.csv", &order(700_002));
    assert!(lines.any(|line| line.starts_with("data:") && line.contains("\"700002\"")));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn an_empty_project_comes_to_life() {
    let shop = Shop::new();
    let server = Server::start(&shop, &[]);
    assert_eq!(server.get("/healthz").status, 200);
    assert_eq!(server.get("/readyz").status, 503);
    assert_eq!(server.json("/shop")["published"], 0);
    assert!(server.get("/api/v1/overview").problem(404).contains("no tables"));
    shop.drop_file("lines.csv", shop::made_shop(1000));
    let begun = Instant::now();
    while server.get("/readyz").status != 200 {
        assert!(begun.elapsed() < Duration::from_secs(30), "nothing was published");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(server.json("/loads")["rows"].as_array().unwrap().len() == 1);
    while server.json("/runs/steps?run=1")["rows"].as_array().unwrap().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(30), "the run's steps are not told");
        std::thread::sleep(Duration::from_millis(50));
    }
    // What was published is counted a moment after the steps are told.
    while !server.get("/metrics").text().contains("wharf_published_generation 1") {
        assert!(begun.elapsed() < Duration::from_secs(30), "the publish is not counted");
        std::thread::sleep(Duration::from_millis(50));
    }
    let metrics = server.get("/metrics").text();
    for name in ["wharf_http_requests_total", "wharf_published_generation 1", "wharf_runs_total{state=\"done\"} 1"] {
        assert!(metrics.contains(name), "{name} in\n{metrics}");
    }
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_mistake_in_the_project_is_told_and_mended_while_it_is_served() {
    let (shop, server) = small("every_seconds = 1\n");
    shop.write("models/broken.sql", "/* wharf\ndescription: x\nkind: full\n*/\nselect nothing from orders\n");
    let failed = |server: &Server| server.json("/runs/current").to_string().contains("broken");
    let begun = Instant::now();
    while !failed(&server) {
        assert!(begun.elapsed() < Duration::from_secs(20), "the mistake is not told");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(server.json("/runs/current").to_string().contains("models/broken.sql:5:8: cannot "));
    assert_eq!(server.get("/api/v1/overview").status, 200, "what is published is served");
    shop.write(
        "models/broken.sql",
        "/* wharf\ndescription: x\nkind: full\n*/\nselect count(*) as orders from orders\n",
    );
    while !server.json("/tables").to_string().contains("\"broken\"") {
        assert!(begun.elapsed() < Duration::from_secs(40), "the mended model is not made");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(server.json("/lineage").to_string().contains("\"broken\""));
}

#[test]
fn a_page_of_ones_own_is_read_anew_each_time() {
    let (shop, server) = small("");
    shop.write(
        "dashboards/morning.yaml",
        "title: Morning\ntiles:\n  - {metric: net_sales, by: month}\n  - {metric: orders}\n  - {query: top, chart: bar}\n  - {metric: orderz}\n",
    );
    shop.write(
        "queries/top.sql",
        "select country, sum(orders) as orders from daily_sales group by country order by 2 desc",
    );
    assert_eq!(server.json("/shop")["dashboards"], serde_json::json!(["morning"]));
    let page = server.json("/dashboards/morning");
    assert_eq!((&page["title"], &page["tiles"][0]["chart"]), (&"Morning".into(), &"line".into()));
    let sum = |tile: &serde_json::Value| -> f64 {
        tile["table"]["rows"].as_array().unwrap().iter().map(|row| row[1].as_f64().unwrap()).sum()
    };
    assert_eq!(page["tiles"][1]["table"]["rows"][0][0].as_f64().unwrap(), sum(&page["tiles"][2]));
    assert!(page["tiles"][3]["error"].as_str().unwrap().contains("did you mean `orders`?"));
    let france = server.json("/dashboards/morning?country=France");
    assert!(sum(&france["tiles"][0]) < sum(&page["tiles"][0]));
    shop.write("dashboards/morning.yaml", "tiles: [{metric: orders, by: dai}]\n");
    let told = server.get("/api/v1/dashboards/morning").problem(400);
    assert!(told.contains("dashboards/morning.yaml:1:") && told.contains("did you mean `day`?"), "{told}");
    server.get("/api/v1/dashboards/..%2Fwharf").problem(404);
    // What is wrong with the project's files is told without the place that they lie in.
    shop.write("dashboards/missing.yaml", "tiles: [{query: nope}]\n");
    std::fs::create_dir(shop.path("dashboards/folder.yaml")).unwrap();
    std::fs::write(shop.path("dashboards/latin.yaml"), b"title: Caf\xe9\n").unwrap();
    for (path, status, part) in [
        ("missing/tiles/0", 404, "queries/nope.sql"),
        ("folder", 400, "dashboards/folder.yaml cannot be read: it is a folder"),
        ("latin", 400, "dashboards/latin.yaml cannot be read: it is not UTF-8"),
    ] {
        let told = server.get(&format!("/api/v1/dashboards/{path}")).problem(status);
        assert!(told.contains(part) && !told.contains(shop.root().to_str().unwrap()), "{told}");
    }
    assert_eq!(server.json("/shop")["dashboards"], serde_json::json!(["latin", "missing", "morning"]));
    assert!(server.get("/api/v1/dashboards/mornin").problem(404).contains("did you mean morning?"));
}

/// Whatever a file is called, it is a page; of two with one name the second goes by all of its own.
#[test]
fn a_page_may_be_called_as_people_call_things() {
    let (shop, server) = small("");
    let page = "tiles: [{metric: orders}]\n";
    let files = ["Mein Brett.yaml", "wöchentlich & neu.yml", "both.yaml", "both.YML"];
    files.iter().for_each(|name| shop.write(&format!("dashboards/{name}"), page));
    ["notes.txt", ".hidden.yaml", "both.yaml~"].iter().for_each(|name| shop.write(&format!("dashboards/{name}"), "no"));
    let names = serde_json::json!(["Mein Brett", "both", "both.yaml", "wöchentlich & neu"]);
    assert_eq!(server.json("/shop")["dashboards"], names);
    for (path, title) in [
        ("Mein%20Brett", "Mein Brett"),
        ("w%C3%B6chentlich%20%26%20neu", "wöchentlich & neu"),
        ("both", "both"),
        ("both.yaml", "both"),
    ] {
        assert_eq!(server.json(&format!("/dashboards/{path}"))["title"], title, "{path}");
        assert_eq!(server.json(&format!("/dashboards/{path}/tiles/0"))["rows"].as_array().unwrap().len(), 1);
        assert_eq!(server.get(&format!("/dashboards/{path}")).status, 200);
    }
    for path in ["..", "%2e%2e%2fwharf", "notes", ".hidden", "both.yaml~"] {
        assert_eq!(server.get(&format!("/api/v1/dashboards/{path}")).status, 404, "{path}");
    }
}

/// A model of the shop's own in place of ours may lack what the page's frame asks for; the page opens nonetheless.
#[test]
fn a_shop_without_our_daily_sales_opens() {
    let (shop, _) = small("");
    shop.write(
        "models/daily_sales.sql",
        "/* wharf\ndescription: x\nkind: full\n*/\nselect count(*) as n from orders\n",
    );
    shop.wharf(&["run"]);
    let server = Server::start(&shop, &["--no-run"]);
    let info = server.json("/shop");
    assert!(info["first_day"].is_null() && info["countries"] == serde_json::json!([]), "{info}");
    assert!(info["published"].as_u64() > Some(1));
    server.get("/api/v1/overview").problem(404);
}

/// The made shop of a demo is gone with it, also where it was stopped before it was served.
#[test]
fn a_demo_that_is_stopped_early_leaves_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    for signal in ["-INT", "-TERM"] {
        let mut demo = Command::new(WHARF)
            .args(["demo", "--port", "0"])
            .env("TMPDIR", temporary.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while std::fs::read_dir(temporary.path()).unwrap().next().is_none() {
            assert!(begun.elapsed() < Duration::from_secs(20), "nothing is made");
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(300));
        assert!(Command::new("kill").args([signal, &demo.id().to_string()]).status().unwrap().success());
        assert_eq!(demo.wait().unwrap().code(), Some(130));
        assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0, "{signal}");
    }
}
