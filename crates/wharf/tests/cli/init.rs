//! `wharf init`: a folder that works as it is, and a draft that can be read.

use crate::shop::{Shop, wharf};

#[test]
fn a_project_from_a_preset_is_whole_and_never_overwritten() {
    let shop = Shop::new("olist");
    for name in ["wharf.toml", "inbox/.gitkeep", "models/.gitkeep", "tests/example.yaml", ".gitignore"] {
        assert!(shop.path(name).is_file(), "{name}");
    }
    shop.wharf(&["lint"]).succeeds();
    shop.wharf(&["test"]).succeeds().says(&["1 passed"]);
    let folder = shop.path("");
    let ran = wharf(shop.folder.path(), &["init", "--preset", "olist", folder.to_str().unwrap()]);
    ran.ends_with(2).tells(&["wharf.toml exists already"]);
    wharf(shop.folder.path(), &["init", "--preset", "olst", "other"]).ends_with(2).tells(&["did you mean `olist`?"]);
    wharf(shop.folder.path(), &["init", "other"]).ends_with(2).tells(&["--preset online-retail|olist|wharf", "--from"]);
    assert!(!shop.folder.path().join("other").exists());
}

#[test]
fn a_draft_from_files_runs_once_its_todos_are_mended() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sales_2024-05.csv");
    let csv = "Order No;SKU;Product Name;Qty;Unit Price;Order Date;Customer ID;Country\n\
               1;A;Pot;2;1,50;2024-05-01 10:00:00;7;France\n1;B;Pan;1;4,00;2024-05-01 10:00:00;7;France\n\
               2;A;Pot;1;1,50;2024-05-02 11:00:00;8;Spain\n";
    std::fs::write(&file, csv).unwrap();
    wharf(folder.path(), &["init", "--from", file.to_str().unwrap(), "shop"]).succeeds().says(&["TODO", "wharf lint"]);
    let shop = Shop { folder };
    let source = std::fs::read_to_string(shop.path("preset/source.toml")).unwrap();
    for part in ["guessed", "TODO", "delimiter = \";\"", "decimal = \",\"", "key = [\"order_no\"]"] {
        assert!(source.contains(part), "{part} in\n{source}");
    }
    for name in ["source.toml", "staging/orders.sql", "staging/order_lines.sql"] {
        let path = format!("preset/{name}");
        let text = std::fs::read_to_string(shop.path(&path)).unwrap();
        shop.write(&path, &text.replace("XXX", "EUR"));
    }
    shop.wharf(&["lint"]).succeeds();
    std::fs::copy(file_of(&shop), shop.path("inbox/sales_2024-05.csv")).unwrap();
    shop.wharf(&["run"]).succeeds().says(&["3 rows = 3 used"]);
    assert_eq!(
        shop.rows("select day, customer_id, orders, units, spend from daily_customer_stats order by 1"),
        ["2024-05-01,7,1,3,7.0000", "2024-05-02,8,1,1,1.5000"]
    );
}

#[test]
fn a_draft_that_files_tell_all_of_runs_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "Bestellnummer;Datum;Kunde;Artikel;Menge;Einzelpreis;Währung;Status\n\
               1;01.05.2024;7;Tee;2;2,50 €;EUR;bezahlt\n2;15.05.2024;8;Tasse;1;1.009,00 €;EUR;bezahlt\n\
               3;16.05.2024;8;Tasse;1;9,00 €;EUR;storniert\n";
    std::fs::write(folder.path().join("mai.csv"), csv).unwrap();
    wharf(folder.path(), &["init", "--from", "mai.csv", "shop"]).succeeds().tells(&[
        "guessed: order from Bestellnummer, date from Datum, customer from Kunde, product from Artikel",
        "amounts are in EUR: Währung says so; days are those of UTC",
        "orders count as cancelled whose Status is like `storniert`",
    ]);
    let shop = Shop { folder };
    shop.wharf(&["lint"]).succeeds();
    std::fs::copy(shop.folder.path().join("mai.csv"), shop.path("inbox/mai.csv")).unwrap();
    shop.wharf(&["run"]).succeeds().says(&["3 rows = 3 used"]);
    assert_eq!(
        shop.rows("select day, customer_id, orders, units, spend from daily_customer_stats order by 1"),
        ["2024-05-01,7,1,2,5.0000", "2024-05-15,8,1,1,1009.0000"]
    );
    // What cannot be drafted is told, and a draft is there to be mended all the same.
    std::fs::write(shop.folder.path().join("odd.csv"), "a,b\n1,2\n").unwrap();
    let ran = wharf(shop.folder.path(), &["init", "--from", "odd.csv", "other"]);
    ran.succeeds().tells(&["no order lines in odd.csv", "a column of dates"]);
}

#[test]
fn a_draft_from_the_months_of_an_export_takes_them_all_and_those_to_come() {
    let folder = tempfile::tempdir().unwrap();
    let head = "order_id,date,customer,product,quantity,price\n";
    for (name, rows) in [
        ("sales_jun.csv", "1,2024-06-01,anna,Tea,2,3\n2,2024-06-30,ben,Mug,1,9\n"),
        ("sales_jul.csv", "3,2024-07-01,ben,Tea,1,3.50\n"),
        ("sales_aug.csv", "4,2024-08-01,ben,Tea,1,3.50\n"),
    ] {
        std::fs::write(folder.path().join(name), format!("{head}{rows}")).unwrap();
    }
    let from = ["init", "--from", "sales_jun.csv", "--from", "sales_jul.csv", "shop"];
    wharf(folder.path(), &from)
        .succeeds()
        .tells(&["sales_jun.csv and sales_jul.csv have the same columns", "drop the latest last"]);
    let shop = Shop { folder };
    let source = std::fs::read_to_string(shop.path("preset/source.toml")).unwrap();
    assert!(
        source.contains("name = \"sales\"\nfiles = [\"sales*.csv\"]  # guessed: files with these columns"),
        "{source}"
    );
    for name in ["sales_jun.csv", "sales_jul.csv", "sales_aug.csv"] {
        std::fs::copy(shop.folder.path().join(name), shop.path(&format!("inbox/{name}"))).unwrap();
    }
    shop.wharf(&["run"]).succeeds();
    assert_eq!(shop.rows("select count(*), count(distinct order_id), sum(quantity) from order_lines"), ["4,4,5"]);
}

/// A project drafted from a file that lies in its inbox.
fn drafted(name: &str, csv: &str) -> (Shop, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), csv).unwrap();
    let ran = wharf(folder.path(), &["init", "--from", name, "shop"]).succeeds();
    let told = ran.err.clone();
    let shop = Shop { folder };
    std::fs::copy(shop.folder.path().join(name), shop.path(&format!("inbox/{name}"))).unwrap();
    (shop, told)
}

#[test]
fn a_mark_that_may_be_of_thousands_is_to_be_looked_at() {
    let (shop, _) = drafted(
        "points.csv",
        "order_id;date;product;quantity;price\n1;2024-05-01;Tea;1;1.000\n2;2024-05-02;Tea;1;3.000\n",
    );
    let source = std::fs::read_to_string(shop.path("preset/source.toml")).unwrap();
    assert!(
        source.contains("decimal = \".\"  # TODO: all numbers with a point have three digits after it"),
        "{source}"
    );
}

const DATED: &str = "select cast(count(*) as varchar) || ' ' || min(cast(day as varchar)) as days from order_lines";

#[test]
fn what_a_file_does_not_tell_is_never_made_up() {
    let (shop, told) =
        drafted("serial.csv", "order_id,date,product,quantity,price\n1,45292,Tea,1,2\n2,45293,Tea,1,3\n");
    assert!(told.contains("date has some that cannot be read, like `45292`"), "{told}");
    for command in ["lint", "run"] {
        let placeholder = "a draft's placeholder stands here: when it was ordered";
        shop.wharf(&[command]).ends_with(2).tells(&[
            "preset/staging/orders.sql:",
            placeholder,
            "in place of `todo(…)`",
        ]);
    }
    let (shop, _) = drafted("wert.csv", "order_id,date,product,quantity,wert\n1,2024-05-01,Tea,1,2.50\n");
    shop.wharf(&["run"])
        .ends_with(2)
        .tells(&["preset/staging/order_lines.sql:", "no amount could be read. It may be in wert"]);
    let (shop, _) = drafted("none.csv", "a,b\n1,2\n");
    shop.wharf(&["lint"]).ends_with(2).tells(&["none of the files seems to have them"]);
}

#[test]
fn one_bad_date_is_a_row_set_aside_and_months_have_names() {
    let rows = "order_id,date,product,quantity,price\n1,05/13/2024,Tea,1,2\n2,soon,Tea,1,3\n3,05/14/2024,Tea,1,4\n";
    let (shop, _) = drafted("bad.csv", rows);
    shop.wharf(&["run"]).succeeds().says(&["3 rows = 2 used"]);
    assert_eq!(shop.rows(DATED), ["2 2024-05-13"]);
    let rows = "order_id,date,product,quantity,price\n1,Jan 5 2024,Tea,1,2\n2,Jan 6 2024,Tea,1,3\n";
    let (shop, _) = drafted("names.csv", rows);
    shop.wharf(&["run"]).succeeds().says(&["2 rows = 2 used"]);
    assert_eq!(shop.rows(DATED), ["2 2024-01-05"]);
}

#[test]
fn money_given_back_is_a_return_and_the_checks_pass() {
    let rows = "order_id,customer,order date,product,qty,price\n1,c1,2018-11-04 00:00:00,a,1,1.0\n\
                2,c2,2018-11-04 00:30:00,refund,1,-5.0\n3,c3,2018-11-04 00:30:00,a,-2,1.0\n";
    let (shop, _) = drafted("refund.csv", rows);
    shop.wharf(&["run"]).succeeds();
    assert_eq!(
        shop.rows("select order_id, kind, quantity, unit_price, amount from order_lines order by 1"),
        ["1,sale,1,1.0000,1.0000", "2,return,-1,5.0000,-5.0000", "3,return,-2,1.0000,-2.0000"]
    );
    let (shop, _) = drafted(
        "brackets.csv",
        "order_id,date,product,quantity,price\n1,2024-01-01,A,1,$1.50\n2,2024-01-01,B,1,($5.00)\n",
    );
    shop.wharf(&["run"]).succeeds();
    assert_eq!(shop.rows("select kind, amount from order_lines order by 1"), ["return,-5.0000", "sale,1.5000"]);
}

#[test]
fn a_bar_code_in_place_of_a_number_is_a_row_set_aside() {
    for (name, header, rows) in [
        ("pieces.csv", "quantity,price", ["5012345678900123,4.50", "1,99999999999999.99", "2,4.50"]),
        ("amounts.csv", "quantity,amount", ["1,5012345678900", "1,-10000000000.00", "2,9.00"]),
    ] {
        let lines: Vec<String> =
            rows.iter().enumerate().map(|(at, row)| format!("{at},2024-05-01,Tea,{row}\n")).collect();
        let (shop, _) = drafted(name, &format!("order_id,date,product,{header}\n{}", lines.concat()));
        shop.wharf(&["run"]).succeeds().says(&["3 rows = 1 used + 2 rejected", "amount_too_large"]);
        assert_eq!(shop.rows("select quantity, amount from order_lines"), ["2,9.0000"]);
    }
}

#[test]
fn what_is_told_is_what_is_drafted() {
    let folder = tempfile::tempdir().unwrap();
    let orders: String = ["delivered", "shipped", "invoiced", "created", "approved", "canceled"]
        .iter()
        .enumerate()
        .map(|(id, status)| format!("{id},7,{status},2024-05-0{} 10:00:00\n", id + 1))
        .collect();
    let orders = format!("order_id,customer_id,order_status,order_purchase_timestamp\n{orders}");
    std::fs::write(folder.path().join("orders.csv"), orders).unwrap();
    let items =
        "order_id,product_id,shipping_limit_date,price\n0,p,2024-06-01 10:00:00,2.00\n0,q,2024-06-01 10:00:00,3.00\n";
    std::fs::write(folder.path().join("items.csv"), items).unwrap();
    let ran = wharf(folder.path(), &["init", "--from", "orders.csv", "--from", "items.csv", "shop"]).succeeds();
    ran.tells(&[
        "date from order_purchase_timestamp",
        "orders count as cancelled whose order_status is like `canceled`, and as sold where it is like `delivered`, `shipped`",
    ]);
    let bad = "date,product,quantity,price\n2024-05-01,Tea,1,2\nsoon,Tea,1,2\nlater,Tea,1,2\n";
    std::fs::write(folder.path().join("bad.csv"), bad).unwrap();
    wharf(folder.path(), &["init", "--from", "bad.csv", "bad"]).succeeds().tells(&["cannot be read, like `soon`"]);
}

fn file_of(shop: &Shop) -> std::path::PathBuf {
    shop.folder.path().join("sales_2024-05.csv")
}
