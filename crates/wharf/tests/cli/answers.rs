//! Known answers, to the cent, from the command line.

use std::path::Path;

use crate::shop::{Data, Shop};

#[test]
fn online_retail_answers() {
    let Some(shop) = Data::OnlineRetail.shop("online_retail_answers") else { return };
    golden_answers(shop, Data::OnlineRetail);
}

#[test]
fn olist_sample_answers() {
    let Some(shop) = Data::OlistSample.shop("olist_sample_answers") else { return };
    golden_answers(shop, Data::OlistSample);
}

#[test]
fn olist_faults_answers() {
    let Some(shop) = Data::OlistFaults.shop("olist_faults_answers") else { return };
    golden_answers(shop, Data::OlistFaults);
}

#[test]
fn a_day_of_online_retail() {
    let Some(shop) = Data::OnlineRetail.shop("a_day_of_online_retail") else { return };
    let person = shop.wharf(&["stats", "2011-11-23"]).succeeds();
    let total = person.out.lines().last().unwrap();
    for part in ["GBP", "107 customers", "130", "38412", "71979.9300"] {
        assert!(total.contains(part), "{part} in {total}");
    }
    let csv = shop.wharf(&["stats", "2011-11-23", "--format", "csv"]).succeeds();
    assert_eq!(
        csv.out.lines().next(),
        Some(
            "day,customer_id,orders,lines,units,spend,gross_sales,discounts,returns,net_sales,average_order_value,products"
        )
    );
    assert_eq!(csv.out.lines().count(), 108);
    // Most spend first.
    let spends: Vec<f64> =
        csv.out.lines().skip(1).map(|line| line.split(',').nth(5).unwrap().parse().unwrap()).collect();
    assert!(spends.is_sorted_by(|a, b| a >= b));
}

#[test]
fn a_month_has_few_files_and_none_is_without_rows() {
    if crate::elsewhere::is_database() {
        return;
    }
    let Some(shop) = Data::OnlineRetail.shop("a_month_has_few_files_and_none_is_without_rows") else { return };
    let manifest: serde_json::Value = serde_json::from_slice(&shop.published()).unwrap();
    for (name, table) in manifest["tables"].as_object().unwrap() {
        let files = table["files"].as_array().unwrap();
        assert!(files.len() <= 13 + 2, "{name} has {} files for 13 months", files.len());
        for file in files {
            assert!(file["rows"].as_u64() > Some(0), "{name}: {file}");
        }
    }
}

#[test]
fn a_day_of_olist() {
    let Some(shop) = Data::OlistSample.shop("a_day_of_olist") else { return };
    let total = shop.wharf(&["stats", "2017-11-24"]).succeeds().out;
    for part in ["BRL", "75 customers", "87", "9705.8100"] {
        assert!(total.lines().last().unwrap().contains(part), "{part}");
    }
}

#[test]
fn a_day_without_sales_is_said_so() {
    let Some(shop) = Data::OnlineRetail.shop("a_day_without_sales_is_said_so") else { return };
    let ran = shop.wharf(&["stats", "2011-11-26", "--format", "csv"]).succeeds();
    assert_eq!(ran.out.lines().count(), 1);
    ran.tells(&["2011-11-26", "from 2010-12-01 to 2011-12-09"]);
}

#[test]
fn exact_duplicates_are_merged_where_the_project_says_so() {
    let Some(shop) = Data::OnlineRetail.fresh("exact_duplicates_are_merged_where_the_project_says_so") else { return };
    shop.wharf(&["run", "--set", "shop.exact_duplicates=merge"]).succeeds().says(&["5,263 merged"]);
    let sql = "select count(*), sum(amount) from order_lines_wide where is_sale_line and customer_id is not null";
    assert_eq!(shop.rows(sql), ["392692,8887208.8940"]);
}

#[test]
fn top_customers() {
    let Some(shop) = Data::OnlineRetail.shop("top_customers") else { return };
    let top = |arguments: &[&str], column: usize| -> Vec<String> {
        let all = [&["top-customers", "--limit", "5", "--format", "csv"], arguments].concat();
        let ran = shop.wharf(&all).succeeds();
        let cells = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{} {}", cells[1], cells[column])
        };
        ran.out.lines().skip(1).map(cells).collect()
    };
    assert_eq!(
        top(&[], 4),
        ["14646 280206.0200", "18102 259657.3000", "17450 194550.7900", "16446 168472.5000", "14911 143825.0600"]
    );
    assert_eq!(top(&["--by", "orders"], 2), ["12748 209", "14911 201", "17841 124", "13089 97", "14606 93"]);
    assert_eq!(top(&["--from", "2011-11-23", "--to", "2011-11-23"], 4).len(), 5);
}

#[test]
fn repeat_customers() {
    let Some(shop) = Data::OnlineRetail.shop("repeat_customers") else { return };
    shop.wharf(&["repeaters"]).succeeds().says(&["2,845 of 4,338 customers"]);
    assert_eq!(shop.wharf(&["repeaters", "--format", "csv"]).succeeds().out.lines().count(), 2846);
    for (data, said) in [(Data::OlistSample, "52 of 6,800 customers"), (Data::OlistFaults, "52 of 6,797 customers")] {
        data.shop("repeat_customers").unwrap().wharf(&["repeaters"]).succeeds().says(&[said]);
    }
}

#[test]
fn cohorts_are_the_golden_ones() {
    for data in [Data::OnlineRetail, Data::OlistSample, Data::OlistFaults] {
        let Some(shop) = data.shop("cohorts_are_the_golden_ones") else { return };
        let ran = shop.wharf(&["cohorts", "--format", "csv"]).succeeds();
        assert_eq!(ran.out, golden(&format!("{}-cohorts.csv", data.name())));
        shop.wharf(&["cohorts"]).succeeds().says(&["cohort", "+1", "100.0"]);
    }
}

#[test]
fn cancelled_orders_of_olist_are_taken_back_where_the_project_says_so() {
    let Some(shop) = Data::OlistSample.fresh("cancelled_orders_of_olist_are_taken_back") else { return };
    // Olist does not say when an order was cancelled: here it is the day for which delivery was promised.
    let preset = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../presets/olist/staging/orders.sql");
    let orders = std::fs::read_to_string(preset).unwrap();
    let when = "case when o.order_status in ('canceled', 'unavailable') then o.order_estimated_delivery_date end as cancelled_at";
    assert!(orders.contains("null as cancelled_at"));
    shop.write("models/orders.sql", &orders.replace("null as cancelled_at", when));
    shop.write("wharf.toml", "[shop]\npreset = \"olist\"\ncancelled = \"reverse\"\n");
    shop.wharf(&["run"]).succeeds();
    let rows = shop.rows(
        "select cast(date_trunc('month', day) as date) as month, sum(orders), sum(lines), sum(units), sum(gross_sales), \
         sum(shipping), sum(total_sales), sum(cast(extract(day from day) as bigint) * gross_sales) \
         from daily_sales group by 1 order by 1",
    );
    let golden = golden("olist-sample-reversed-months.csv");
    assert_eq!(rows, golden.lines().skip(1).collect::<Vec<_>>());
    // Over all time: 6,800 customers and 52 of them repeat, as if the cancelled orders had never been.
    shop.wharf(&["repeaters"]).succeeds().says(&["52 of 6,800 customers"]);
    assert_eq!(shop.rows("select sum(spend) from daily_customer_stats"), ["996021.3900"]);
    assert_eq!(
        shop.rows("select count(*), sum(case when is_sale_line then 1 end) from order_lines_wide where is_cancelled"),
        {
            let lines = shop.rows("select 2 * count(*) from cancelled_lines").remove(0);
            [format!("{lines},{lines}")]
        }
    );
}

#[test]
fn sales_add_up_however_they_are_cut() {
    let Some(shop) = Data::OnlineRetail.shop("sales_add_up_however_they_are_cut") else { return };
    for by in ["day", "week", "month", "country"] {
        let ran = shop.wharf(&["sales", "--by", by, "--format", "json"]).succeeds();
        let rows: Vec<serde_json::Value> = serde_json::from_str(&ran.out).unwrap();
        let sum = |name: &str| rows.iter().map(|row| row[name].as_f64().unwrap()).sum::<f64>();
        assert!((sum("total_sales") - 9_769_872.054).abs() < 0.005, "{by}: {}", sum("total_sales"));
        assert_eq!(sum("orders"), 19_960.0, "{by}");
    }
    let categories = shop.wharf(&["sales", "--by", "category", "--format", "csv"]).succeeds();
    categories.says(&["not merchandise", "unknown", "10271433.0600"]);
    // 2011-11-23 was a Wednesday: the week from Monday is the 21st's, from Sunday the 20th's.
    let week = |start: &str| {
        let start = format!("shop.week_start={start}");
        let arguments =
            ["sales", "--by", "week", "--from", "2011-11-23", "--to", "2011-11-23", "--format", "csv", "--set"];
        shop.wharf(&[&arguments[..], &[&start]].concat()).succeeds().out.lines().nth(1).unwrap().to_owned()
    };
    assert!(week("monday").starts_with("2011-11-21,107,"), "{}", week("monday"));
    assert!(week("sunday").starts_with("2011-11-20,107,"), "{}", week("sunday"));
}

/// Every answer of tests/golden/answers.csv for the data set, by one process each.
fn golden_answers(shop: &Shop, data: Data) {
    let text = golden("answers.csv");
    let mut asked = 0;
    for line in text.lines().skip(1) {
        let [dataset, name, sql, answer] = <[String; 4]>::try_from(cells(line)).unwrap();
        if dataset == data.name() {
            let rows: Vec<String> = shop.rows(&sql).iter().map(|row| row.replace(',', " ")).collect();
            assert_eq!(rows.join("; "), answer, "{name}: {sql}");
            asked += 1;
        }
    }
    assert!(asked > 5, "{asked} answers of {}", data.name());
}

fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Cells of a line of csv.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for mark in line.chars() {
        match mark {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            mark => cells.last_mut().unwrap().push(mark),
        }
    }
    cells
}
