//! `wharf simulate` into a project of its preset: every row ends as the files and the truth say, to the row and to the cent.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use crate::basket::Rows;
use crate::shop::{Ran, Shop, wharf};

fn simulate(shop: &Shop, flags: &[&str]) -> Ran {
    let inbox = shop.path("inbox");
    let all = [&["simulate", "--out", inbox.to_str().unwrap()], flags].concat();
    wharf(Path::new("/"), &all)
}

/// Files of a table in the order in which they are landed.
fn files(shop: &Shop, table: &str) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<(String, Vec<u8>)> = std::fs::read_dir(shop.path("inbox"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(name, _)| name.starts_with(table))
        .map(|(name, path)| (name, std::fs::read(path).unwrap()))
        .collect();
    found.sort();
    found
}

/// Hits of faults by file and row: fate and rule.
fn hits(shop: &Shop) -> BTreeMap<(String, i64), (String, String, String)> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(shop.path("inbox/truth")).unwrap() {
        let path = entry.unwrap().path();
        if !path.file_name().unwrap().to_str().unwrap().starts_with("faults-") {
            continue;
        }
        for line in std::fs::read_to_string(path).unwrap().lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let [fault, file, row, .., fate, rule] = cells[..] else { panic!("{line}") };
            let hit = (fault.to_owned(), fate.to_owned(), rule.to_owned());
            assert!(found.insert((file.to_owned(), row.parse().unwrap()), hit).is_none(), "{line}");
        }
    }
    found
}

/// What wharf kept: fate, and the rule of rejected rows, by file and row.
fn fates(shop: &Shop) -> HashMap<(String, i64), (String, String)> {
    let rows = shop.rows(
        "select l.name, f.row, f.fate, r.rule from fates as f join loads as l on l.load = f.load \
         left join rejects as r on r.load = f.load and r.row = f.row where l.landed_table = 'shop_orders'",
    );
    let parse = |row: String| {
        let cells: Vec<&str> = row.split(',').collect();
        ((cells[0].to_owned(), cells[1].parse().unwrap()), (cells[2].to_owned(), cells[3].to_owned()))
    };
    rows.into_iter().map(parse).collect()
}

/// The fates that follow from the files by the rules of docs/sources.md, rejected rows given.
fn by_the_rules(
    files: &[(String, Vec<u8>)],
    is_rejected: impl Fn(&str, i64) -> bool,
) -> HashMap<(String, i64), &'static str> {
    type Unit = (usize, Vec<i64>, Vec<Vec<u8>>);
    let mut fates = HashMap::new();
    let mut standing: HashMap<Vec<u8>, Unit> = HashMap::new();
    for (at, (name, bytes)) in files.iter().enumerate() {
        let mut units: HashMap<Vec<u8>, Unit> = HashMap::new();
        let mut seen = HashMap::new();
        for (number, line) in bytes.split(|byte| *byte == b'\n').skip(1).filter(|line| !line.is_empty()).enumerate() {
            let row = number as i64 + 1;
            let key = (name.clone(), row);
            if is_rejected(name, row) {
                fates.insert(key, "rejected");
            } else if seen.insert(line.to_vec(), row).is_some() {
                fates.insert(key, "merged");
            } else {
                fates.insert(key, "used");
                let order = line.split(|byte| *byte == b',').next().unwrap().to_vec();
                let unit = units.entry(order).or_insert_with(|| (at, Vec::new(), Vec::new()));
                unit.1.push(row);
                unit.2.push(line.to_vec());
            }
        }
        for (order, unit) in units {
            let of = |unit: &Unit| unit.1.iter().map(|row| (files[unit.0].0.clone(), *row)).collect::<Vec<_>>();
            match standing.get(&order) {
                Some(old) if old.2 == unit.2 => fates.extend(of(&unit).into_iter().map(|row| (row, "merged"))),
                old => {
                    fates.extend(old.iter().flat_map(|old| of(old)).map(|row| (row, "superseded")));
                    standing.insert(order, unit);
                }
            }
        }
    }
    fates
}

#[test]
fn every_fault_ends_as_recorded() {
    for format in ["csv", "jsonl"] {
        let shop = Shop::new("wharf");
        let flags =
            ["--orders", "6_000", "--products", "300", "--end", "2025-06-30", "--faults", "0.006", "--format", format];
        simulate(&shop, &flags).succeeds().says(&["rows hit by faults"]);
        shop.wharf(&["run"]).succeeds();
        let (hits, fates) = (hits(&shop), fates(&shop));
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, (fault, fate, rule)) in &hits {
            *kinds.entry(fault).or_default() += 1;
            let (kept, by) = &fates[at];
            assert_eq!((kept, by), (fate, rule), "{fault} at {at:?} in {format}");
        }
        assert_eq!(kinds.len(), 12, "{kinds:?}");
        // Nothing else is rejected, and the rest is as the rules have it.
        let rejected = fates.values().filter(|(fate, _)| fate == "rejected").count();
        assert_eq!(rejected, hits.values().filter(|(_, fate, _)| fate == "rejected").count());
        let recorded =
            |name: &str, row| hits.get(&(name.to_owned(), row)).is_some_and(|(_, fate, _)| fate == "rejected");
        let expected = match format {
            "csv" => by_the_rules(&files(&shop, "orders-"), recorded),
            _ => continue,
        };
        assert_eq!(fates.len(), expected.len());
        for (at, fate) in expected {
            assert_eq!(fates[&at].0, fate, "{at:?}");
        }
    }
}

/// A cell of a row by the header's name.
fn cell<'a>(header: &[&str], row: &[&'a str], name: &str) -> &'a str {
    row[header.iter().position(|column| *column == name).unwrap()]
}

fn cents(text: &str) -> i64 {
    let (whole, part) = text.trim_start_matches('-').split_once('.').unwrap();
    let all = whole.parse::<i64>().unwrap() * 100 + part.parse::<i64>().unwrap();
    if text.starts_with('-') { -all } else { all }
}

#[test]
fn a_simulated_shop_runs_at_once_and_its_numbers_are_those_of_its_files() {
    let shop = Shop::new("wharf");
    simulate(&shop, &["--orders", "4000", "--products", "200", "--end", "2025-05-31"]).succeeds();
    let ran = shop.wharf(&["run"]).succeeds();
    assert!(!ran.out.contains("No table takes"), "{}", ran.out);
    assert_eq!(shop.rows("select count(*) from rejects"), ["0"]);

    // The newest file that has an order, a return or a refund has all of it.
    let mut documents: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let files = files(&shop, "orders-");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let header = text(&files[0].1).lines().next().unwrap().to_owned();
    let header: Vec<&str> = header.split(',').collect();
    for (_, bytes) in &files {
        let mut of_file: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in text(bytes).lines().skip(1) {
            of_file.entry(line.split(',').next().unwrap().to_owned()).or_default().push(line.to_owned());
        }
        documents.extend(of_file);
    }
    let (mut orders, mut goods, mut discounts, mut returns, mut total) = (0, 0, 0, 0, 0);
    for lines in documents.values() {
        let rows: Vec<Vec<&str>> = lines.iter().map(|line| line.split(',').collect()).collect();
        let of = |row: &[&str], name: &str| cents(cell(&header, row, name));
        let is_cancelled = cell(&header, &rows[0], "status") == "cancelled";
        let is_order = cell(&header, &rows[0], "kind") == "order";
        let mut sum = of(&rows[0], "shipping") + of(&rows[0], "shipping_tax");
        for row in &rows {
            let amount = cell(&header, row, "quantity").parse::<i64>().unwrap() * of(row, "unit_price");
            let net = amount - of(row, "discount");
            sum += net + of(row, "tax");
            let is_goods = cell(&header, row, "product_id").starts_with('P');
            match (is_order, is_goods) {
                (true, true) if !is_cancelled => {
                    goods += amount;
                    discounts += of(row, "discount");
                }
                (false, true) => returns -= net,
                _ => {}
            }
        }
        // What an order says it comes to is what its lines come to.
        assert_eq!(sum, of(&rows[0], "order_total"), "{lines:?}");
        orders += i64::from(is_order && !is_cancelled);
        total += if is_cancelled { 0 } else { sum };
    }
    let euros = |cents: i64| format!("{}.{:02}00", cents / 100, cents % 100);
    assert!(returns > 0 && discounts > 0);
    assert_eq!(
        shop.rows(
            "select sum(orders), sum(gross_sales), sum(discounts), sum(returns), sum(total_sales) from daily_sales"
        ),
        [format!("{orders},{},{},{},{}", euros(goods), euros(discounts), euros(returns), euros(total))]
    );
    assert_eq!(shop.rows("select count(*) from customers where name is null or country is null"), ["0"]);
    assert_eq!(shop.rows("select count(*) from order_lines_wide where category is null"), ["0"]);
    // A return counts when it came back, which is after the day of the order that it belongs to.
    let days = shop.rows("select order_id, day from order_lines where kind = 'return'");
    let later = |row: &String| {
        let (id, day) = row.split_once(',').unwrap();
        format!("20{}-{}-{}", &id[..2], &id[2..4], &id[4..6]).as_str() < day
    };
    assert!(days.len() > 100 && days.iter().all(later), "{days:?}");
    shop.wharf(&["run"]).succeeds().says(&["Nothing to do"]);
}

#[test]
fn a_live_shop_goes_on_where_it_was_cut_and_runs_as_it_grows() {
    let shop = Shop::new("wharf");
    let opening = (chrono::Utc::now() - chrono::Duration::days(40)).format("%Y-%m-%d").to_string();
    let live = ["--live", "--speed", "max", "--minutes", "300"];
    let first = ["--orders", "3000", "--products", "100", "--start", &opening];
    simulate(&shop, &[&live[..], &first].concat()).succeeds().says(&["History: ", "Live: "]);
    shop.wharf(&["run"]).succeeds();
    let orders = || shop.rows("select count(*) from orders where status <> 'closed'")[0].parse::<i64>().unwrap();
    let before = orders();
    simulate(&shop, &live).succeeds();
    shop.wharf(&["run"]).succeeds();
    assert!(orders() > before, "{} after {before}", orders());
    assert_eq!(shop.rows("select count(*) from rejects"), ["0"]);
    // Which shop it is stands in the folder.
    simulate(&shop, &["--live", "--seed", "9"]).ends_with(2).tells(&["holds another simulated shop"]);
    simulate(&shop, &["--orders", "10"]).ends_with(2).tells(&["holds another simulated shop"]);
}

/// What is landed is landed: who rotates exports takes nothing from wharf.
#[test]
fn files_that_leave_the_inbox_change_nothing() {
    let (shop, other) = (Shop::new("wharf"), Shop::new("wharf"));
    let opening = (chrono::Utc::now() - chrono::Duration::days(40)).format("%Y-%m-%d").to_string();
    let first = ["--orders", "3000", "--products", "100", "--start", &opening];
    let live = ["--live", "--speed", "max", "--minutes", "240"];
    let said = simulate(&shop, &[&live[..], &first, &["--beat", "20"]].concat()).succeeds().out;
    assert!(said.contains("Live: "), "{said}");
    let copied = std::process::Command::new("cp")
        .args(["-a", shop.path("inbox").to_str().unwrap(), other.path("").to_str().unwrap()])
        .status();
    assert!(copied.unwrap().success());
    let tables = ["orders", "order_lines", "customers", "daily_sales", "customer_summary"];
    let all = |shop: &Shop| {
        tables.map(|table| {
            let mut rows = shop.rows(&format!("select * from {table}"));
            rows.sort();
            rows
        })
    };
    for (round, beat) in [(1, "20"), (2, "20"), (3, "7"), (4, "1")] {
        for one in [&shop, &other] {
            simulate(one, &[&live[..], &["--beat", beat]].concat()).succeeds();
            one.wharf(&["run"]).succeeds();
        }
        // Of one of them, all that is landed goes.
        let gone: Vec<_> = std::fs::read_dir(shop.path("inbox")).unwrap().map(|entry| entry.unwrap().path()).collect();
        let is_csv = |path: &&std::path::PathBuf| path.extension().is_some_and(|kind| kind == "csv");
        let gone = gone.iter().filter(is_csv).map(|path| std::fs::remove_file(path).unwrap()).count();
        assert!(gone > 0);
        let before = shop.rows("select count(*) from runs");
        shop.wharf(&["run"]).succeeds().says(&["Nothing to do"]);
        assert_eq!(shop.rows("select count(*) from runs"), before);
        assert!(all(&shop) == all(&other), "round {round}");
    }
    // Also where all is placed anew.
    shop.wharf(&["run", "--full-refresh"]).succeeds();
    assert!(all(&shop) == all(&other));
    assert_eq!(shop.rows("select count(*) from rejects"), ["0"]);
}

#[test]
fn wrong_flags_are_told() {
    let shop = Shop::new("wharf");
    simulate(&shop, &["--orders", "many"]).ends_with(2).tells(&["write a whole number, like 100_000"]);
    simulate(&shop, &["--every", "moth"]).ends_with(2).tells(&["did you mean month?"]);
    simulate(&shop, &["--faults", "lates=0.1"]).ends_with(2).tells(&["did you mean late?"]);
    simulate(&shop, &["--faults", "0.2"]).ends_with(2).tells(&["add up to 1 at most"]);
    simulate(&shop, &["--faults", "0.01", "--format", "parquet"]).ends_with(2).tells(&["Parquet has no place for"]);
    simulate(&shop, &["--end", "2024-01-01"]).ends_with(2).tells(&["ends before it opens"]);
    simulate(&shop, &["--speed", "2x"]).ends_with(2).tells(&["--live"]);
    simulate(&shop, &["--live", "--beat", "0"]).ends_with(2).tells(&["--beat"]);
    simulate(&shop, &["--products", "3"]).ends_with(2).tells(&["--products between"]);
    assert_eq!(files(&shop, "orders").len(), 0);
}

#[test]
fn what_the_truth_says_is_bought_together_is_found() {
    let shop = Shop::new("wharf");
    simulate(&shop, &["--orders", "100_000"]).succeeds();
    shop.wharf(&["run"]).succeeds();
    let drawn = drawn(&shop);
    let asked = asked(&shop.wharf(&["basket", "--format", "csv"]).succeeds().out);
    for found in [pairs(&shop.rows("select antecedent, consequent from basket_rules")), pairs(&asked)] {
        let both = drawn.intersection(&found).count() as f64;
        let (precision, recall) = (both / found.len() as f64, both / drawn.len() as f64);
        println!("{} pairs drawn, {} found: precision {precision:.3}, recall {recall:.3}", drawn.len(), found.len());
        assert!(drawn.len() > 100 && precision > 0.9 && recall > 0.9, "precision {precision:.3}, recall {recall:.3}");
    }
    // All that are together so often, where they are asked for.
    let floor = shop.wharf(&["basket", "--min-count", "5", "--format", "csv"]).succeeds();
    assert!(floor.out.lines().count() > 10 * asked.len());
}

#[test]
fn a_shop_without_ties_has_no_rules() {
    let shop = Shop::new("wharf");
    simulate(&shop, &["--orders", "20_000", "--off", "affinities"]).succeeds();
    shop.wharf(&["run"]).succeeds();
    assert_eq!(shop.rows("select count(*) from basket_rules"), ["0"]);
    shop.wharf(&["basket"]).succeeds().says(&["Nothing is together more often than chance has it.", "--min-count 5"]);
    let tested = shop.wharf(&["basket", "--min-count", "5", "--alpha", "0.05", "--format", "csv"]).succeeds();
    assert!(tested.out.lines().count() < 20, "{}", tested.out);
}

/// Both sides of each rule of `wharf basket --format csv`.
fn asked(csv: &str) -> Vec<String> {
    let rules = Rows::of(csv);
    rules.rows.iter().map(|row| ["antecedent", "consequent"].map(|side| rules.cell(row, side)).join(",")).collect()
}

#[test]
fn what_a_small_shop_is_told_to_be_together_is() {
    let (mut all, mut right) = (0, 0);
    for seed in ["1", "2", "3", "4", "5"] {
        let shop = Shop::new("wharf");
        simulate(&shop, &["--orders", "200", "--seed", seed]).succeeds();
        shop.wharf(&["run"]).succeeds();
        let found = pairs(&shop.rows("select antecedent, consequent from basket_rules"));
        let asked = asked(&shop.wharf(&["basket", "--format", "csv"]).succeeds().out);
        assert_eq!(pairs(&asked), found, "asked and stored are the same, seed {seed}");
        let drawn = drawn(&shop);
        println!("seed {seed}: {} found, {} of them drawn", found.len(), drawn.intersection(&found).count());
        all += found.len();
        right += drawn.intersection(&found).count();
        if found.is_empty() {
            shop.wharf(&["basket"]).succeeds().says(&["Nothing is together", "Tried: ", "--min-count"]);
        } else {
            shop.wharf(&["basket"]).succeeds().says(&["each in 3 baskets or more", "only where that is no chance"]);
        }
    }
    assert!(all > 10 && right as f64 > 0.9 * all as f64, "{right} of {all}");
}

/// Pairs of products that the truth has in one group.
fn drawn(shop: &Shop) -> BTreeSet<(String, String)> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let truth = std::fs::read_to_string(shop.path("inbox/truth/affinity_groups.csv")).unwrap();
    for line in truth.lines().skip(1) {
        let (group, rest) = line.split_once(',').unwrap();
        groups.entry(group.to_owned()).or_default().push(rest.split(',').next().unwrap().to_owned());
    }
    let mut drawn = BTreeSet::new();
    for group in groups.values() {
        for (at, a) in group.iter().enumerate() {
            drawn.extend(group[at + 1..].iter().map(|b| pair(a, b)));
        }
    }
    drawn
}

fn pair(a: &str, b: &str) -> (String, String) {
    (a.min(b).to_owned(), a.max(b).to_owned())
}

/// Rows of two products as pairs.
fn pairs(rows: &[String]) -> BTreeSet<(String, String)> {
    rows.iter().map(|row| row.split_once(',').unwrap()).map(|(a, b)| pair(a, b)).collect()
}
