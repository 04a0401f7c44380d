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

fn file_of(shop: &Shop) -> std::path::PathBuf {
    shop.folder.path().join("sales_2024-05.csv")
}
