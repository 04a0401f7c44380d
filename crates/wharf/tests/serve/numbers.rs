//! Numbers of the API are those of the command line, which are the known answers.

use serde_json::{Value, json};

use crate::client::Server;
use crate::shop::{self, Shop};
use crate::small;

/// Online-retail, served; `None` where its data is not there.
fn retail() -> Option<(Shop, Server)> {
    let file = shop::data("online-retail/online_retail.csv")?;
    let shop = Shop::new();
    std::os::unix::fs::symlink(file, shop.path("inbox/online_retail.csv")).unwrap();
    shop.run();
    let server = Server::start(&shop, &["--no-run"]);
    Some((shop, server))
}

fn column(table: &Value, name: &str) -> usize {
    table["columns"].as_array().unwrap().iter().position(|column| column["name"] == name).unwrap()
}

/// All cells of a column.
fn cells<'a>(table: &'a Value, name: &str) -> Vec<&'a Value> {
    let at = column(table, name);
    table["rows"].as_array().unwrap().iter().map(|row| &row[at]).collect()
}

fn sum(table: &Value, name: &str) -> f64 {
    cells(table, name).iter().map(|cell| cell.as_f64().unwrap()).sum()
}

#[test]
fn online_retail_is_what_is_known() {
    let Some((shop, server)) = retail() else { return };
    let day = server.json("/stats/2011-11-23");
    assert_eq!(cells(&day, "customer_id").len(), 107);
    assert_eq!(sum(&day, "orders"), 130.0);
    assert_eq!(sum(&day, "units"), 38412.0);
    assert!((sum(&day, "spend") - 71_979.93).abs() < 1e-6);

    // Each figure at a glance is what its definition gives, whole shop and parts of it.
    for filter in [
        "from=2010-12-01&to=2011-12-09",
        "from=2011-11-01&to=2011-11-30",
        "from=2011-11-01&to=2011-11-30&country=France",
        "from=2011-11-01&to=2011-11-30&category=unknown",
    ] {
        let overview = server.json(&format!("/overview?{filter}"));
        for metric in ["gross_sales", "net_sales", "orders", "customers", "units", "returns"] {
            let figures = overview["metrics"].as_array().unwrap();
            let shown = &figures.iter().find(|figure| figure["name"] == metric).unwrap()["value"];
            let defined = &server.json(&format!("/why?metric={metric}&{filter}"))["value"];
            assert_eq!(shown.as_f64(), defined.as_f64(), "{metric} of {filter}");
        }
    }

    // And what the command line says.
    let sales = server.json("/sales?by=month");
    let told = shop.wharf(&["sales", "--by", "month", "--format", "csv"]).well();
    let gross: Vec<f64> = told.lines().skip(1).map(|line| line.split(',').nth(4).unwrap().parse().unwrap()).collect();
    assert_eq!(cells(&sales, "gross_sales").iter().map(|cell| cell.as_f64().unwrap()).collect::<Vec<_>>(), gross);
    let top = server.json("/customers?limit=3");
    assert_eq!(cells(&top, "customer_id"), [&json!("14646"), &json!("18102"), &json!("17450")]);
    assert_eq!(top["more"], true);

    // Who comes back, told by the tables; and, of a part of the shop that is the whole of it, by the lines.
    let channels = server.json("/shop")["channels"].clone();
    let [channel] = channels.as_array().unwrap().as_slice() else { panic!("{channels}") };
    for path in ["/cohorts", "/repeaters"] {
        assert!(server.json(path) == server.json(&format!("{path}?channel={}", channel.as_str().unwrap())), "{path}");
    }
    let french = server.json("/cohorts?country=France");
    let first_months: f64 =
        french["rows"].as_array().unwrap().iter().filter(|row| row[1] == 0).map(|row| row[2].as_f64().unwrap()).sum();
    let known = "select count(distinct customer_id) from order_lines_wide where country = 'France' and is_sale_line";
    let known: Value = serde_json::from_slice(&server.sql(known, &[]).body).unwrap();
    assert_eq!(Some(first_months), known["rows"][0][0].as_f64());
    assert!(
        first_months > 50.0 && server.json("/repeaters?country=France")["customers"].as_f64() == Some(first_months)
    );

    let rules = server.json("/recommendations?product=22697&limit=1");
    let recommended = shop.wharf(&["recommend", "22697", "--limit", "1", "--format", "csv"]).well();
    assert!(recommended.lines().nth(1).unwrap().contains(cells(&rules, "product_id")[0].as_str().unwrap()));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_figure_leads_to_its_files() {
    let (_shop, server) = small("");
    let last = server.json("/shop")["last_day"].as_str().unwrap().to_owned();
    let why = server.json(&format!("/why?metric=gross_sales&from={last}&to={last}"));
    assert!(why["sql"].as_str().unwrap().contains("order_lines_wide"));
    assert_eq!(why["models"][0]["name"], "order_lines_wide");
    let lines = &why["lines"];
    assert!(cells(lines, "file").iter().all(|file| **file == "lines.csv"));
    assert!(cells(lines, "row").iter().all(|row| row.is_i64()));
    if !lines["more"].as_bool().unwrap() {
        assert!((sum(lines, "amount") - why["value"].as_f64().unwrap()).abs() < 1e-6);
    }
    assert!(sum(&why["loads"], "lines") as usize >= cells(lines, "file").len());
}

#[test]
fn every_address_of_the_document_answers() {
    let (_shop, server) = small("");
    let document = server.json("/openapi.json");
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let first = |path: &str, name: &str| cells(&server.json(path), name)[0].as_str().unwrap().to_owned();
    let (product, customer, order) =
        (first("/products", "product_id"), first("/customers", "customer_id"), first("/orders", "order_id"));
    let mut asked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        if item.get("get").is_none() || path == "/events" {
            continue;
        }
        if path == "/dashboards/{name}" {
            // The project has none.
            server.get("/api/v1/dashboards/none").problem(404);
            continue;
        }
        let path = path.replace("{day}", "2011-11-23").replace("{name}", "daily_sales");
        let path = match path.as_str() {
            "/products/{id}" => format!("/products/{product}"),
            "/customers/{id}" => format!("/customers/{customer}"),
            "/orders/{id}" => format!("/orders/{order}"),
            "/why" => "/why?metric=orders".to_owned(),
            "/recommendations" => format!("/recommendations?product={product}"),
            "/checks/history" => "/checks/history?model=orders&check=x".to_owned(),
            "/runs/steps" => "/runs/steps?run=1".to_owned(),
            other => other.to_owned(),
        };
        server.json(&path);
        asked += 1;
    }
    assert!(asked > 25, "only {asked} addresses");
}

#[test]
fn tables_come_as_files_and_in_pages() {
    let (shop, server) = small("");
    let csv = server.get("/api/v1/products?format=csv");
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"products.csv\"");
    let all = csv.text().lines().count() - 1;
    let page = server.json(&format!("/products?limit=10&offset={}", all - 5));
    assert_eq!((page["rows"].as_array().unwrap().len(), &page["more"]), (5, &json!(false)));
    // A browser asks for it compressed.
    let packed = server.ask("GET", "/api/v1/products?format=csv", &[("accept-encoding", "gzip")], b"");
    assert_eq!((packed.header("content-encoding"), &packed.body[..2]), ("gzip", &[0x1f, 0x8b][..]));
    let parquet = server.get("/api/v1/sales?by=day&format=parquet");
    assert_eq!(&parquet.body[..4], b"PAR1");
    let xlsx = server.get("/api/v1/cohorts?format=xlsx");
    assert_eq!(&xlsx.body[..2], b"PK");
    let query = server.ask(
        "POST",
        "/api/v1/query?format=csv",
        &[("content-type", "application/json"), ("x-wharf", "1")],
        br#"{"sql": "select count(*) as lines from order_lines"}"#,
    );
    assert_eq!(query.text().lines().nth(1).unwrap(), shop.query("select count(*) from order_lines")[0]);
}

#[test]
fn an_answer_is_the_same_until_the_next_publish() {
    let (shop, server) = small("every_seconds = 3600\n");
    let first = server.get("/api/v1/overview");
    let tag = first.header("etag").to_owned();
    assert!(!tag.is_empty());
    assert_eq!(server.ask("GET", "/api/v1/overview", &[("if-none-match", &tag)], b"").status, 304);
    assert_eq!(server.get("/api/v1/overview").body, first.body);
    assert_ne!(server.get("/api/v1/overview?country=France").header("etag"), tag);
    shop.drop_file("more.csv", shop::made_shop(3500));
    shop.run();
    let then = server.ask("GET", "/api/v1/overview", &[("if-none-match", &tag)], b"");
    assert_eq!(then.status, 200);
    assert_ne!(then.header("etag"), tag);
}
