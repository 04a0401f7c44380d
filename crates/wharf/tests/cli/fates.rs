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
