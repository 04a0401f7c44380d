//! Files dropped twice, overlapping, replaced, early, late or empty: what lands is right, and no row vanishes.

mod shop;

use std::collections::BTreeSet;
use std::fs;

use shop::kept::assert_same;
use shop::lines::{HEADER, LINES_SQL, Line, STATS_SQL, csv, day, expected_lines, expected_stats, order, truth};
use shop::{Random, Shop, made_shop};

/// An export of `orders`, made from a seed, over six months.
fn export(seed: u64, orders: std::ops::Range<usize>) -> Vec<Line> {
    let mut lines = Vec::new();
    for number in orders {
        let mut random = Random::new(seed * 100_000 + number as u64);
        lines.extend(order(&mut random, number, &day(number / 10)));
    }
    lines
}

/// Order lines and statistics are those of these exports.
#[track_caller]
fn assert_truth(shop: &Shop, exports: &[Vec<Line>]) {
    let orders = truth(exports);
    let lines: BTreeSet<String> = shop.query(LINES_SQL).into_iter().collect();
    assert_eq!(lines, expected_lines(&orders));
    let stats: BTreeSet<String> = shop.query(STATS_SQL).into_iter().collect();
    assert_eq!(stats, expected_stats(&orders));
}

#[test]
fn every_file_dropped_twice_changes_nothing() {
    let shop = Shop::new();
    let (a, b) = (export(1, 0..80), export(1, 80..160));
    shop.drop_file("a.csv", csv(&a));
    shop.drop_file("b.csv", csv(&b));
    shop.run();
    let (tables, files) = (shop.tables(), shop.files());
    assert_truth(&shop, &[a.clone(), b.clone()]);
    shop.assert_idle();

    shop.drop_file("again/a.csv", csv(&a));
    shop.drop_file("b-copy.csv", csv(&b));
    // The same name and content under a newer time.
    shop.drop_file("a.csv", csv(&a));
    let out = shop.run();
    assert!(out.contains("known already"), "{out}");
    assert_same("dropped twice", &shop.tables(), &tables);
    let mut now = shop.files();
    now.insert("runs".to_owned(), files["runs"].clone());
    assert_eq!(now, files, "stored files changed");
    shop.assert_idle();
    shop.assert_fates();
}

#[test]
fn weekly_exports_that_overlap_tell_the_truth_once() {
    let all = made_shop(6_000);
    let (header, rows) = all.split_once('\n').unwrap();
    let rows: Vec<&str> = rows.lines().collect();
    let order_of = |row: &str| row.split(',').next().unwrap().to_owned();
    // Whole orders: weeks end where an order does.
    let end_after =
        |at: usize| (at..rows.len()).find(|n| order_of(rows[*n]) != order_of(rows[n - 1])).unwrap_or(rows.len());
    let (one, two) = (end_after(2_000), end_after(4_000));
    let mut late: Vec<String> = rows[one..].iter().map(|row| (*row).to_owned()).collect();
    let corrected = order_of(&late[10]);
    for row in late.iter_mut().filter(|row| order_of(row) == corrected) {
        let mut cells: Vec<String> = row.split(',').map(str::to_owned).collect();
        cells[5] = "9.99".to_owned();
        *row = cells.join(",");
    }
    // An order of several lines of which one was taken out.
    let shorter = (300..).find(|n| order_of(&late[*n]) == order_of(&late[n + 1]) && !late[*n].contains(",0,")).unwrap();
    late.remove(shorter);

    let file = |rows: &[String]| format!("{header}\n{}\n", rows.join("\n"));
    let early: Vec<String> = rows[..two].iter().map(|row| (*row).to_owned()).collect();
    let shop = Shop::new();
    shop.run_each(&[("week1-2.csv", &file(&early)), ("week2-3.csv", &file(&late))]);
    let shared = shop.query("select merged, superseded from loads order by load");
    assert_ne!(shared[0].split(',').nth(1), Some("0"), "a corrected order supersedes: {shared:?}");
    assert_ne!(shared[1].split(',').next(), Some("0"), "an unchanged order is merged: {shared:?}");

    let mut last: Vec<String> = rows[..one].iter().map(|row| (*row).to_owned()).collect();
    last.extend(late);
    let once = Shop::new();
    once.run_each(&[("all.csv", &file(&last))]);
    assert_same("two overlapping exports and one of the truth", &shop.said(), &once.said());
    shop.assert_fates();
    shop.assert_idle();

    // Both in one run, and by a full refresh, it is the same again.
    let together = Shop::new();
    together.drop_file("week1-2.csv", file(&early));
    together.drop_file(
        "week2-3.csv",
        file(&{
            let mut rows = last.clone();
            rows.drain(..one);
            rows
        }),
    );
    together.run();
    assert_same("one run or two", &together.tables_but_history(), &shop.tables_but_history());
    let before = shop.tables_but_history();
    shop.wharf(&["run", "--full-refresh"]).well();
    assert_same("a full refresh", &shop.tables_but_history(), &before);
}

impl Shop {
    /// All but checks and runs, which tell how often wharf was run.
    fn tables_but_history(&self) -> shop::kept::Tables {
        let mut tables = self.tables();
        tables.retain(|name, _| name != "checks");
        tables
    }
}

#[test]
fn a_corrected_row_touches_its_month_and_runs_its_days() {
    let shop = Shop::new();
    let all = export(2, 0..240);
    shop.run_each(&[("all.csv", &csv(&all))]);
    let before = shop.files();
    let number = "500115";
    let mut fixed: Vec<Line> = all.iter().filter(|line| line.invoice.ends_with(&number[1..])).cloned().collect();
    assert!(!fixed.is_empty());
    fixed.iter_mut().for_each(|line| (line.pence, line.quantity) = (777, 3 * line.quantity.signum()));
    let (month, fixed_day) = (fixed[0].day()[..7].to_owned(), fixed[0].day().to_owned());
    shop.drop_file("fixed.csv", csv(&fixed));
    let plan = shop.wharf(&["plan"]).well();
    assert!(plan.contains("fixed.csv"), "{plan}");
    let out = shop.run();
    for model in ["order_lines_wide", "daily_customer_stats", "daily_sales", "product_daily_demand"] {
        let line =
            out.lines().find(|line| line.trim_start().starts_with(model)).unwrap_or_else(|| panic!("{model}: {out}"));
        assert!(
            line.contains(&fixed_day) && !line.contains("days)"),
            "{model} runs other days than {fixed_day}: {line}"
        );
    }
    let after = shop.files();
    for (table, months) in &before {
        for (of, files) in months.iter().filter(|(of, _)| !of.is_empty()) {
            let now = after[table].get(of).cloned().unwrap_or_default();
            if *of == month {
                continue;
            }
            assert_eq!(&now, files, "{table}: files of {of} changed by a correction in {month}");
        }
    }
    assert_truth(&shop, &[all, fixed]);
    shop.assert_fates();
    shop.assert_delta();
    shop.assert_idle();
}

#[test]
fn undo_brings_back_the_former_tables() {
    let shop = Shop::new();
    let first = export(3, 0..100);
    shop.run_each(&[("a.csv", &csv(&first))]);
    let before = shop.said();
    let mut second = export(3, 90..140);
    second.iter_mut().for_each(|line| line.quantity *= 2);
    shop.run_each(&[("b.csv", &csv(&second))]);
    assert_truth(&shop, &[first.clone(), second.clone()]);
    shop.wharf(&["undo", "2"]).well();
    assert_same("undo", &shop.said(), &before);
    assert_truth(&shop, &[first]);
    assert_eq!(shop.query("select load, undone from loads order by load"), ["1,false", "2,true"]);
    shop.assert_fates();
    shop.assert_delta();
    shop.assert_idle();
    shop.wharf(&["undo", "2"]).fails(1, &["2"]);
    shop.wharf(&["undo", "9"]).fails(1, &["no load 9"]);
}

#[test]
fn undo_of_the_only_load_leaves_nothing() {
    let shop = Shop::new();
    let only = export(4, 0..30);
    shop.run_each(&[("a.csv", &csv(&only))]);
    shop.wharf(&["undo", "1"]).well();
    assert_eq!(shop.query("select undone from loads"), ["true"]);
    for table in
        ["order_lines", "orders", "customers", "products", "daily_customer_stats", "cohorts", "rejects", "fates"]
    {
        assert_eq!(shop.query(&format!("select count(*) from {table}")), ["0"], "{table}");
    }
    shop.assert_idle();
    // Another file brings the shop back to life.
    let next = export(5, 0..30);
    shop.run_each(&[("b.csv", &csv(&next))]);
    assert_truth(&shop, &[next]);
    shop.assert_fates();
}

#[test]
fn a_replaced_file_of_a_keyed_source_replaces_its_orders() {
    let shop = Shop::new();
    let (first, mut second) = (export(6, 0..60), export(6, 0..70));
    second.iter_mut().step_by(7).for_each(|line| line.pence += 5);
    shop.run_each(&[("export.csv", &csv(&first)), ("export.csv", &csv(&second))]);
    assert_truth(&shop, &[first, second]);
    shop.assert_fates();
    shop.assert_idle();
}

/// The preset without a key: the unit of replacement is the file's path.
fn keyless() -> Shop {
    Shop::with_own_retail(|source| source.replace("key = [\"invoice_no\"]", ""))
}

#[test]
fn a_replaced_file_of_a_keyless_source_replaces_the_file() {
    let shop = keyless();
    let (a, b, mut c) = (export(7, 0..40), export(7, 40..80), export(7, 40..75));
    c[0].quantity += 3;
    shop.run_each(&[("a.csv", &csv(&a)), ("b.csv", &csv(&b))]);
    let rejects = shop.query("select count(*) from rejects");
    assert_ne!(rejects, ["0"], "the sample has rejects");
    shop.assert_fates();
    shop.run_each(&[("b.csv", &csv(&c))]);
    shop.assert_fates();
    let fresh = keyless();
    fresh.run_each(&[("a.csv", &csv(&a)), ("b.csv", &csv(&c))]);
    assert_same("a replaced file", &shop.said(), &fresh.said());
    shop.assert_idle();
}

#[test]
fn a_keyless_file_replaced_by_an_empty_one_is_gone() {
    let shop = keyless();
    shop.run_each(&[("a.csv", &csv(&export(8, 0..20))), ("b.csv", &csv(&export(8, 20..40)))]);
    shop.run_each(&[("b.csv", &format!("{HEADER}\n"))]);
    let fresh = keyless();
    fresh.run_each(&[("a.csv", &csv(&export(8, 0..20)))]);
    assert_same("replaced by a file without rows", &shop.said(), &fresh.said());
}

#[test]
fn a_keyless_file_that_goes_back_to_an_older_content_goes_back() {
    let (one, two) = (csv(&export(18, 0..20)), csv(&export(18, 5..25)));
    let shop = keyless();
    shop.run_each(&[("a.csv", &one)]);
    let before = shop.said();
    shop.run_each(&[("a.csv", &two), ("a.csv", &one)]);
    assert_same("gone back", &shop.said(), &before);
}

#[test]
fn a_keyless_order_that_lies_in_two_files_is_one_order() {
    let lines = export(19, 0..20);
    // A file ends within an order.
    let cut = (1..lines.len()).find(|at| lines[*at].invoice == lines[at - 1].invoice).unwrap();
    let shop = keyless();
    shop.run_each(&[("a.csv", &csv(&lines[..cut])), ("b.csv", &csv(&lines[cut..]))]);
    let at_once = keyless();
    at_once.drop_file("a.csv", csv(&lines[..cut]));
    at_once.drop_file("b.csv", csv(&lines[cut..]));
    at_once.run();
    assert_same("an order in two files", &shop.said(), &at_once.said());
    let before = shop.said();
    shop.wharf(&["run", "--full-refresh"]).well();
    assert_same("a full refresh", &shop.said(), &before);
}

#[test]
fn files_without_usable_rows_land_and_say_so() {
    let shop = Shop::new();
    shop.run_each(&[("good.csv", &csv(&export(9, 0..20)))]);
    let before = shop.said();
    let mut bad = export(9, 20..30);
    bad.iter_mut().for_each(|line| line.pence = 0);
    shop.run_each(&[("all-rejected.csv", &csv(&bad)), ("header-only.csv", &format!("{HEADER}\n"))]);
    assert_same("nothing usable", &shop.said(), &before);
    let loads = shop.query("select rows, rejected from loads order by load");
    assert_eq!(loads[1..], [format!("{0},{0}", bad.len()), "0,0".to_owned()]);
    shop.assert_fates();
    shop.assert_idle();
    // A file of no bytes has no header either: it is told, and does not stop what else came.
    shop.drop_file("empty.csv", "");
    let done = shop.wharf(&["run"]);
    assert!(!done.err.contains("panicked"), "{}", done.err);
    assert!(done.code == Some(0) || done.err.contains("empty.csv"), "{}", done.err);
    shop.take_away("empty.csv");
    shop.run();
    assert_same("nothing usable", &shop.said(), &before);
}

#[test]
fn a_first_run_of_nothing_usable_gives_empty_tables() {
    let shop = Shop::new();
    shop.run_each(&[("header-only.csv", &format!("{HEADER}\n"))]);
    assert_eq!(shop.query("select count(*) from daily_customer_stats"), ["0"]);
    shop.assert_idle();
    let lines = export(10, 0..30);
    shop.run_each(&[("good.csv", &csv(&lines))]);
    assert_truth(&shop, &[lines]);
    shop.assert_fates();
}

#[test]
fn unfinished_and_hidden_files_are_left_alone() {
    let shop = Shop::new();
    let lines = export(11, 0..20);
    for name in ["a.csv.part", "b.csv.tmp", ".c.csv", ".hidden/d.csv", "~$report.xlsx"] {
        shop.drop_file(name, csv(&lines));
    }
    shop.assert_idle();
    fs::rename(shop.path("inbox/a.csv.part"), shop.path("inbox/a.csv")).unwrap();
    shop.run();
    assert_truth(&shop, &[lines]);
}

#[test]
fn rejects_are_tried_again_when_the_rule_is_loosened() {
    let shop = Shop::with_own_retail(|source| source);
    let lines = export(12, 0..80);
    shop.run_each(&[("a.csv", &csv(&lines))]);
    let rejected = lines.iter().filter(|line| !line.usable()).count();
    assert_eq!(shop.query("select count(*) from rejects"), [rejected.to_string()]);
    shop.edit("preset/source.toml", "when = \"unit_price <= 0\"", "when = \"unit_price < 0\"");
    let plan = shop.wharf(&["plan"]).well();
    assert!(plan.contains("source.toml or a staging model changed"), "{plan}");
    shop.wharf(&["rejects", "replay"]).well();
    assert_eq!(shop.query("select count(*) from rejects"), ["0"]);
    assert_eq!(shop.query("select count(*) from order_lines"), [lines.len().to_string()]);
    shop.assert_fates();
    shop.assert_idle();
    let fresh = Shop::with_own_retail(|source| source.replace("unit_price <= 0", "unit_price < 0"));
    fresh.run_each(&[("a.csv", &csv(&lines))]);
    assert_same("replayed", &shop.tables_but_history(), &fresh.tables_but_history());
    // Replaying with nothing to find again changes nothing.
    shop.wharf(&["rejects", "replay"]).well();
    assert_same("replayed again", &shop.tables_but_history(), &fresh.tables_but_history());
}

#[test]
fn a_changed_preset_places_all_loads_anew() {
    let shop = Shop::with_own_retail(|source| source);
    let (a, b) = (export(13, 0..60), export(13, 40..90));
    shop.run_each(&[("a.csv", &csv(&a)), ("b.csv", &csv(&b))]);
    let stricter = ("rule = \"quantity_zero\"", "rule = \"quantity_two\"");
    shop.edit("preset/source.toml", stricter.0, stricter.1);
    shop.edit("preset/source.toml", "when = \"quantity = 0\"", "when = \"abs(quantity) = 2\"");
    shop.edit("preset/staging/products.sql", "substr(product_id, 1, 5) = 'gift_'", "product_id = '20001'");
    shop.run();
    let fresh = Shop::with_own_retail(|source| {
        source.replace(stricter.0, stricter.1).replace("when = \"quantity = 0\"", "when = \"abs(quantity) = 2\"")
    });
    fresh.edit("preset/staging/products.sql", "substr(product_id, 1, 5) = 'gift_'", "product_id = '20001'");
    fresh.run_each(&[("a.csv", &csv(&a)), ("b.csv", &csv(&b))]);
    assert_same("a changed preset", &shop.tables_but_history(), &fresh.tables_but_history());
    shop.assert_fates();
    shop.assert_delta();
    shop.assert_idle();
}

/// Without a key a path's newest content stands for it.
fn by_path() -> Shop {
    Shop::with_own_retail(|source| source.replace("key = [\"invoice_no\"]\n", ""))
}

#[test]
fn a_path_keeps_its_rows_when_another_that_had_the_same_goes_on() {
    let (first, second, third) = (export(21, 0..20), export(21, 20..40), export(21, 40..60));
    let shop = by_path();
    shop.run_each(&[("a.csv", &csv(&first))]);
    shop.drop_file("b.csv", csv(&first));
    shop.drop_file("c.csv", csv(&first));
    assert!(shop.run().contains("known already"));
    shop.run_each(&[("a.csv", &csv(&second))]);
    let fresh = by_path();
    fresh.run_each(&[("a.csv", &csv(&second)), ("b.csv", &csv(&first)), ("c.csv", &csv(&first))]);
    assert_same("a went on", &shop.said(), &fresh.said());
    shop.assert_idle();
    shop.assert_fates();
    // A content that stands nowhere any more lands again, under whatever name.
    shop.run_each(&[("b.csv", &csv(&third)), ("c.csv", &csv(&third))]);
    shop.run_each(&[("old-a.csv", &csv(&first))]);
    fresh.run_each(&[("b.csv", &csv(&third)), ("c.csv", &csv(&third)), ("d.csv", &csv(&first))]);
    assert_same("the first once more", &shop.said(), &fresh.said());
    shop.assert_idle();
    shop.assert_fates();
}

#[test]
fn what_was_taken_back_stays_away_wherever_its_file_is_copied_to() {
    let (good, bad) = (export(22, 0..30), export(22, 30..60));
    let shop = Shop::new();
    shop.run_each(&[("good.csv", &csv(&good))]);
    let before = shop.said();
    shop.run_each(&[("bad.csv", &csv(&bad))]);
    // A file that cannot be read, and one that is new, are none of an undo's business.
    shop.drop_file("broken.csv.gz", "no gzip");
    shop.drop_file("later.csv", csv(&export(22, 60..70)));
    shop.wharf(&["undo", "2"]).well();
    assert_same("taken back", &shop.said(), &before);
    shop.take_away("broken.csv.gz");
    shop.take_away("later.csv");
    // The same content at another time, as a copy of the project has it.
    shop.drop_file("bad.csv", csv(&bad));
    let out = shop.run();
    assert!(out.contains("bad.csv is known already: its content is that of load 2, which was taken back"), "{out}");
    assert_same("touched", &shop.said(), &before);
    shop.assert_idle();
    shop.drop_file("bad-after-all.csv", csv(&bad));
    shop.run();
    assert_truth(&shop, &[good, bad]);
}

#[test]
fn a_slip_of_a_number_is_set_aside_and_stops_nothing() {
    let good = export(23, 0..10);
    let header_and_rows = csv(&good);
    let slips = "9000001,A,SCAN,5012345678900,2011-01-05 10:00:00,25.00,7,France\n\
                 9000002,A,SCAN,-9223372036854775807,2011-01-05 10:00:00,99999999999999.9999,7,France\n\
                 9000003,A,POT,1,2011-01-05 10:00:00,99999999999999.9999,7,France\n";
    let shop = Shop::new();
    shop.run_each(&[("a.csv", &format!("{header_and_rows}{slips}"))]);
    assert_eq!(shop.query("select count(*) from rejects where rule = 'amount_too_large'"), ["3"]);
    assert_truth(&shop, &[good]);
}

#[test]
fn more_rejects_than_the_source_bears_publish_nothing() {
    let shop =
        Shop::with_own_retail(|source| source.replace("null = [\"NA\"]", "null = [\"NA\"]\nmax_rejects = \"2\""));
    let good: Vec<Line> = export(14, 0..40).into_iter().filter(Line::usable).collect();
    let mut bad = export(14, 40..60);
    bad.iter_mut().take(3).for_each(|line| line.pence = 0);
    shop.run_each(&[("good.csv", &csv(&good))]);
    let before = shop.tables();
    shop.drop_file("bad.csv", csv(&bad));
    // Nothing of them is published, so the error has to say what is wrong with them.
    shop.wharf(&["run"]).fails(3, &["bad.csv", "unit_price_not_positive, the first in line", "max_rejects"]);
    assert_same("over the limit", &shop.tables(), &before);
    shop.assert_delta();
    shop.take_away("bad.csv");
    shop.assert_idle();
    shop.assert_fates();
}

#[test]
fn the_order_in_which_files_come_does_not_matter_where_they_do_not_overlap() {
    let parts: Vec<Vec<Line>> = (0..4).map(|n| export(15, n * 30..n * 30 + 30)).collect();
    // One name a product and one country a customer: which is the newest depends on the order, rightly.
    let plain = |lines: &Vec<Line>| -> String {
        let plain =
            |line: &Line| Line { name: format!("THING {}", line.stock), country: "France".into(), ..line.clone() };
        csv(&lines.iter().map(plain).collect::<Vec<_>>())
    };
    let files: Vec<(String, String)> =
        parts.iter().enumerate().map(|(n, part)| (format!("{n}.csv"), plain(part))).collect();
    let forth: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let back: Vec<(&str, &str)> = forth.iter().rev().copied().collect();
    let (one, other, at_once) = (Shop::new(), Shop::new(), Shop::new());
    one.run_each(&forth);
    other.run_each(&back);
    forth.iter().for_each(|(name, text)| at_once.drop_file(name, text));
    at_once.run();
    assert_same("forth and back", &one.said(), &other.said());
    assert_same("one by one and at once", &one.tables_but_history(), &at_once.tables_but_history());
    [one, other, at_once].iter().for_each(Shop::assert_fates);
}

#[test]
fn a_taken_back_file_can_be_dropped_again() {
    let shop = Shop::new();
    let (a, b) = (export(16, 0..30), export(16, 30..60));
    shop.run_each(&[("a.csv", &csv(&a)), ("b.csv", &csv(&b))]);
    shop.wharf(&["undo", "2"]).well();
    // It still lies in the inbox, and stays taken back.
    shop.assert_idle();
    assert_truth(&shop, &[a]);
    shop.assert_fates();
}

#[test]
fn a_model_can_go_and_come_back() {
    let model = |kind: &str| {
        format!(
            "/* wharf\ndescription: Lines a day.\nkind: {kind}\ngrain: [day]\n*/\nselect day, count(*) as n from order_lines group by day\n"
        )
    };
    let shop = Shop::new();
    let lines = export(17, 0..40);
    shop.drop_file("a.csv", csv(&lines));
    shop.write("models/mine.sql", &model("full"));
    shop.run();
    let rows = shop.query("select * from mine order by day");
    for kind in ["view", "full", "incremental_by_time_range\ntime_column: day", "view"] {
        shop.write("models/mine.sql", &model(kind));
        shop.run();
        assert_eq!(shop.query("select * from mine order by day"), rows, "as {kind}");
    }
    fs::remove_file(shop.path("models/mine.sql")).unwrap();
    shop.run();
    shop.wharf(&["query", "select * from mine"]).fails(2, &["mine"]);
    shop.write("models/mine.sql", &model("full"));
    shop.run();
    assert_eq!(shop.query("select * from mine order by day"), rows, "come back");
    shop.assert_delta();
    shop.assert_idle();
}
