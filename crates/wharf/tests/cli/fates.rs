//! Nothing vanishes: every row has one fate, told and kept.

use crate::shop::Data;

#[test]
fn rows_are_the_sum_of_their_fates() {
    for (data, rows) in [(Data::OnlineRetail, 541_909), (Data::OlistSample, 0), (Data::OlistFaults, 0)] {
        let Some(shop) = data.shop("rows_are_the_sum_of_their_fates") else { return };
        let ran = shop.wharf(&["loads", "--format", "json"]).succeeds();
        let loads: Vec<serde_json::Value> = serde_json::from_str(&ran.out).unwrap();
        let mut all = 0;
        for load in &loads {
            let count = |name: &str| load[name].as_u64().unwrap();
            let fates = ["used", "rejected", "pending", "merged", "superseded"].map(count);
            assert_eq!(count("rows"), fates.iter().sum::<u64>(), "{load}");
            all += count("rows");
        }
        assert!(rows == 0 || all == rows, "{all}");
        // The fates as they are kept, row by row.
        let kept = shop.rows("select fate, count(*) from fates group by fate order by fate");
        let kept: u64 = kept.iter().map(|row| row.rsplit(',').next().unwrap().parse::<u64>().unwrap()).sum();
        assert_eq!(kept, all);
    }
}

#[test]
fn rejects_of_online_retail() {
    let Some(shop) = Data::OnlineRetail.shop("rejects_of_online_retail") else { return };
    shop.wharf(&["rejects"]).succeeds().says(&["2517", "unit_price_not_positive"]);
    assert_eq!(shop.rows("select count(*) from rejects"), ["2517"]);
    let listed = shop.wharf(&["rejects", "list", "--rule", "unit_price_not_positive", "--format", "csv"]).succeeds();
    assert_eq!(listed.out.lines().count(), 2518);
    let none = shop.wharf(&["rejects", "list", "--rule", "x' or '1'='1", "--format", "csv"]).succeeds();
    assert_eq!(none.out.lines().count(), 1);
    shop.wharf(&["rejects", "show", "--limit", "2"])
        .succeeds()
        .says(&["load 1 row", "rejected by unit_price_not_positive"]);
    let exported = shop.wharf(&["rejects", "export", "--load", "1"]).succeeds();
    assert!(
        exported.out.lines().next().unwrap().starts_with("_load,_row,_file,_rule,_reason,_status,"),
        "{}",
        exported.out
    );
    assert_eq!(exported.out.lines().count(), 2518);
}

#[test]
fn rejects_of_olist_faults() {
    let Some(shop) = Data::OlistFaults.shop("rejects_of_olist_faults") else { return };
    let by_table = shop.rows("select landed_table, count(*) from rejects group by landed_table order by landed_table");
    assert_eq!(by_table, ["olist_items,3", "olist_orders,3"]);
    let sample = Data::OlistSample.shop("rejects_of_olist_faults").unwrap();
    assert_eq!(sample.rows("select count(*) from rejects"), ["0"]);
}

/// What a spreadsheet would run is marked in the export; the marks are no data when the mended file is dropped.
#[test]
fn rejects_come_back_mended_as_they_were() {
    let shop = crate::shop::Shop::new("online-retail");
    let header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
    let rows = "1,A,-20% OFF,x,2011-01-03 10:00:00,1.50,@bob,France\n\
                2,A,=SUM(A1),-2x,2011-01-03 10:00:00,1.50,'+bob,France\n";
    shop.write("inbox/first.csv", &format!("{header}{rows}"));
    shop.wharf(&["run"]).succeeds().says(&["2 rows = 0 used + 2 rejected"]);
    let exported = shop.wharf(&["rejects", "export"]).succeeds().out;
    assert!(exported.contains("'-20% OFF") && exported.contains("'@bob") && exported.contains("''+bob"), "{exported}");
    shop.write("inbox/mended.csv", &exported.replace(",x,", ",1,").replace("'-2x", "-2"));
    let ran = shop.wharf(&["run"]).succeeds().says(&["2 rows = 2 used"]);
    assert!(!ran.out.contains("does not name") && !ran.err.contains("does not name"), "{}", ran.out);
    let one = |order: &str, customer: &str, name: &str| {
        let asked = format!("order_id = '{order}' and customer_id = '{customer}' and name = '{name}'");
        shop.rows(&format!("select quantity from order_lines where {asked}"))
    };
    assert_eq!(one("1", "@bob", "-20% OFF"), ["1"]);
    assert_eq!(one("2", "''+bob", "=SUM(A1)"), ["-2"]);
}
