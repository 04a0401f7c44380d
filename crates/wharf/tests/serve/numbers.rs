//! Numbers of the API are those of the command line, which are the known answers.

use serde_json::{Value, json};

use crate::client::Server;
use crate::files::{DASHBOARD, addresses};
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
        for metric in ["gross_sales", "net_sales", "orders", "customers", "units", "returns", "returning_customers"] {
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

/// Figures of a product's, a customer's and an order's page and of each row of a list answer for that one alone.
#[test]
fn one_product_customer_or_order_answers_for_itself() {
    let (shop, server) = small("");
    let lists: [(&str, &str, &[&str]); 2] = [
        ("product", "/products", &["gross_sales", "units", "orders", "returns"]),
        ("customer", "/customers", &["spend", "units", "orders", "average_order_value"]),
    ];
    let days = server.json("/shop");
    let month = format!("from=2011-11-01&to={}", days["last_day"].as_str().unwrap());
    for (what, path, metrics) in lists {
        for period in ["", &month, "country=France"] {
            let list = server.json(&format!("{path}?limit=5&{period}"));
            assert!(!cells(&list, "orders").is_empty(), "{path}?{period}");
            for (row, id) in cells(&list, &format!("{what}_id")).into_iter().enumerate() {
                for metric in metrics {
                    let told = server.json(&format!("/why?metric={metric}&{what}={}&{period}", id.as_str().unwrap()));
                    let shown = cells(&list, metric)[row].as_f64().unwrap_or_default();
                    let value = told["value"].as_f64().unwrap_or_default();
                    assert!((shown - value).abs() < 1e-4, "{metric} of {what} {id}, {period}: {shown}, {told}");
                }
            }
        }
    }
    // Its days, of all of the shop from a table of their own and of a part of it from lines, are what why says of each.
    let product = cells(&server.json("/products?limit=1&country=France"), "product_id")[0].as_str().unwrap().to_owned();
    let list = |path: &str| server.json(&format!("/products/{product}/days?{path}"));
    let (all, french) = (list(""), list("country=France"));
    assert!(sum(&french, "units") < sum(&all, "units"));
    for (days, of) in [(&all, ""), (&french, "&country=France")] {
        for (at, day) in cells(days, "day").into_iter().enumerate().take(5) {
            let day = day.as_str().unwrap();
            let why = server.json(&format!("/why?metric=units&product={product}&from={day}&to={day}{of}"));
            assert_eq!(
                cells(days, "units")[at].as_f64(),
                Some(why["value"].as_f64().unwrap_or_default()),
                "{day} {of}"
            );
        }
    }
    let whole = list("country=France&channel=online");
    assert_eq!(cells(&whole, "returned_units"), cells(&french, "returned_units"));
    let customer = cells(&server.json("/customers?limit=1"), "customer_id")[0].as_str().unwrap().to_owned();
    let known = &server.json(&format!("/customers/{customer}"))["customer"];
    let why = server.json(&format!("/why?metric=spend&customer={customer}"));
    assert_eq!(known["spend"], why["value"]);
    assert!(cells(&why["lines"], "customer_id").iter().all(|id| **id == customer.as_str()));
    let file = server.get(&format!("/api/v1/why/lines?metric=spend&customer={customer}&format=csv")).text();
    assert_eq!(Some(file.lines().count() as f64 - 1.0), cells(&why["loads"], "lines")[0].as_f64());
    let order = cells(&server.json("/orders?limit=1"), "order_id")[0].as_str().unwrap().to_owned();
    let why = server.json(&format!("/why?metric=spend&order={order}"));
    assert!((sum(&why["lines"], "amount") - why["value"].as_f64().unwrap()).abs() < 1e-6);
    let lines = server.json(&format!("/orders/{order}/lines"));
    let sold = cells(&lines, "is_sale_line").into_iter().filter(|is_sold| **is_sold == true).count();
    assert_eq!(cells(&why["lines"], "row").len(), sold);

    // The command line says the same, and a figure that cannot be of one is none at all.
    let ask = |more: &[&str]| shop.wharf(&[&["why", "spend"], more].concat());
    let told = ask(&["--customer", &customer]).well();
    let value: f64 = told.lines().next().unwrap().trim_start_matches("Spend: ").parse().unwrap();
    assert_eq!(Some(value), known["spend"].as_f64());
    assert!(ask(&["2011-11-01", "--product", "x' or '1'='1"]).well().starts_with("Spend: nothing"));
    ask(&[]).fails(2, &["DAY"]);
    ask(&["2011-11-23", "2011-11-22"]).fails(2, &["LAST lies before DAY", "swap them"]);
    ask(&["2011-11-21", "2011-11-22", "2011-11-23"]).fails(2, &["unexpected argument", "2011-11-23"]);
    shop.wharf(&["why", "retention", "2011-11-01", "--customer", &customer]).fails(2, &["not known of one customer"]);
    let beyond = server.get(&format!("/api/v1/why?metric=cancel_rate&product={customer}"));
    assert!(beyond.problem(400).contains("not known of one product"));
    server.get("/api/v1/why/lines?metric=retention").problem(404);
}

/// What a figure's definition gives of a part of the shop is what the overview shows of it, or it is refused: never another one.
#[test]
fn figures_of_a_part_of_the_shop_are_those_of_the_overview_or_none() {
    let shop = Shop::of("wharf");
    let inbox = shop.path("inbox");
    shop.wharf(&["simulate", "--orders", "3_000", "--seed", "5", "--out", inbox.to_str().unwrap()]).well();
    shop.run();
    let server = Server::start(&shop, &["--no-run"]);
    let known = server.json("/shop");
    let first = |what: &str| known[what][0].as_str().unwrap().replace(' ', "%20").replace('&', "%26");
    let [country, category, channel] = ["countries", "categories", "channels"].map(first);
    let last = known["last_day"].as_str().unwrap();
    let period = format!("from={}-01&to={last}", &last[..7]);
    let (mut told, mut refused) = (0, Vec::new());
    for place in [
        String::new(),
        format!("country={country}"),
        format!("category={category}"),
        format!("channel={channel}"),
        format!("country={country}&category={category}&channel={channel}"),
    ] {
        for filter in [place.clone(), format!("{period}&{place}")] {
            let overview = server.json(&format!("/overview?{filter}"));
            for figure in overview["metrics"].as_array().unwrap() {
                let name = figure["name"].as_str().unwrap();
                let why = server.get(&format!("/api/v1/why?metric={name}&{filter}"));
                if why.status == 400 {
                    assert!(why.text().contains("is not known of one"), "{}", why.text());
                    refused.push(format!("{name} {place}"));
                    continue;
                }
                let why: Value = serde_json::from_slice(&why.body).unwrap();
                let (shown, defined) = (figure["value"].as_f64(), why["value"].as_f64());
                let is_same = (shown.unwrap_or_default() - defined.unwrap_or_default()).abs() < 1e-4;
                assert!(is_same, "{name} of {filter}: {shown:?} is shown, {defined:?} is defined: {}", why["sql"]);
                told += 1;
            }
        }
    }
    assert!(refused.iter().all(|it| it.starts_with("cancel_rate ") && it.contains("category=")), "{refused:?}");
    assert_eq!((told, refused.len()), (96, 4));

    // Those that the overview does not have, and tiles.
    for metric in ["retention", "repeat_customers"] {
        let beyond = server.get(&format!("/api/v1/why?metric={metric}&country={country}"));
        assert!(beyond.problem(400).contains(&format!("{metric} is not known of one country")));
    }
    shop.write(
        "dashboards/new.yaml",
        "title: New\ntiles:\n  - {metric: new_customers, by: month}\n  - {metric: new_customers}\n  - {metric: cancel_rate}\n  - {metric: retention}\n",
    );
    let place = format!("country={country}&category={category}");
    let tiles = server.json(&format!("/dashboards/new?{period}&{place}"))["tiles"].clone();
    let overview = server.json(&format!("/overview?{period}&{place}"));
    let figures = overview["metrics"].as_array().unwrap();
    let shown = figures.iter().find(|figure| figure["name"] == "new_customers").unwrap()["value"].as_f64();
    assert!(shown > Some(0.0));
    assert_eq!(tiles[0]["table"]["rows"][0][1].as_f64(), shown);
    assert_eq!(tiles[1]["table"]["rows"][0][0].as_f64(), shown);
    for (tile, error) in [(2, "cancel_rate is not known of one category"), (3, "retention is not known of one country")]
    {
        assert!(tiles[tile]["error"].as_str().unwrap().starts_with(error), "{}", tiles[tile]);
    }
}

#[test]
fn every_address_of_the_document_answers() {
    let (shop, server) = small("");
    std::fs::create_dir(shop.path("dashboards")).unwrap();
    shop.write("dashboards/mine.yaml", DASHBOARD);
    assert!(server.json("/openapi.json")["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut asked = 0;
    for (_, path) in addresses(&server) {
        server.json(&path);
        asked += 1;
    }
    server.get("/api/v1/dashboards/none").problem(404);
    assert!(asked > 35, "only {asked} addresses");
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

/// The middle of the gaps that the page draws, and figures of rules.
#[test]
fn figures_that_are_of_no_lines_of_their_own_answer_too() {
    let (_shop, server) = small("");
    let gaps = server.json("/repeaters/gaps");
    let numbers = |name: &str| cells(&gaps, name).into_iter().map(|cell| cell.as_u64().unwrap()).collect::<Vec<_>>();
    let (days, times) = (numbers("days"), numbers("times"));
    let all: u64 = times.iter().sum();
    let within = |at: usize| times[..=at].iter().sum::<u64>() * 2 >= all;
    let median = days[(0..days.len()).find(|at| within(*at)).unwrap()];
    let why = server.json("/why?metric=days_to_next_purchase");
    assert_eq!(why["value"].as_f64(), Some(median as f64));
    assert!(why["models"].to_string().contains("daily_customer_stats") && why["lines"].is_null());

    let rule = server.json("/why?metric=rule_lift&antecedent=a&consequent=b");
    assert_eq!((&rule["value"], &rule["lines"]["rows"]), (&Value::Null, &serde_json::json!([])));
    let half = server.get("/api/v1/why?metric=rule_lift&antecedent=a").problem(400);
    assert!(half.contains("two products"), "{half}");
    let other = server.get("/api/v1/why?metric=spend&antecedent=a&consequent=b").problem(400);
    assert!(other.contains("not known of one rule"), "{other}");
}
