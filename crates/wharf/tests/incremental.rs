//! However the data came, the tables are those of a fresh shop that is given what is in force: new days, late files,
//! corrections, undo, reruns and replays in seeded random order.

mod shop;

use std::collections::{BTreeMap, BTreeSet};

use shop::kept::{Tables, assert_same};
use shop::lines::{LINES_SQL, Line, STATS_SQL, corrected, csv, day, expected_lines, expected_stats, order, truth};
use shop::{Random, Shop, olist, separate};

/// A shop, what was dropped into it, and what it should hold.
struct Story {
    shop: Shop,
    random: Random,
    /// Content of each load, by its number; undone ones are gone.
    in_force: BTreeMap<u64, (String, String)>,
    /// The newest file of a name replaces the others.
    by_path: bool,
    seed: u64,
    told: Vec<String>,
}

impl Story {
    fn new(seed: u64, shop: Shop) -> Story {
        Story { shop, random: Random::new(seed), in_force: BTreeMap::new(), by_path: false, seed, told: Vec::new() }
    }

    fn tell(&mut self, what: impl Into<String>) {
        self.told.push(what.into());
    }

    fn history(&self) -> String {
        format!("seed {}: {}", self.seed, self.told.join("; "))
    }

    /// Drops files and runs; what landed is in force from now on.
    fn land(&mut self, files: Vec<(String, String)>) {
        self.tell(format!("land {}", files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" ")));
        for (name, text) in &files {
            self.shop.drop_file(name, text);
        }
        self.well(&["run"]);
        // What is read, replaced and taken back later lies in packs, or not yet.
        if self.random.one_in(3) {
            self.tell("optimize");
            self.well(&["optimize", "--keep-days", "0"]);
        }
        for row in self.shop.query("select load, name from loads where not undone order by load") {
            let (load, name) = row.split_once(',').unwrap();
            let load: u64 = load.parse().unwrap();
            self.in_force.entry(load).or_insert_with(|| {
                let (_, text) = files.iter().find(|(file, _)| file == name).expect("a load of what was dropped");
                (name.to_owned(), text.clone())
            });
        }
    }

    fn well(&mut self, arguments: &[&str]) {
        let done = self.shop.wharf(arguments);
        assert_eq!(done.code, Some(0), "{}: {arguments:?} failed\n{}\n{}", self.history(), done.err, done.out);
    }

    fn undo(&mut self) {
        let loads: Vec<u64> = self.in_force.keys().copied().collect();
        if loads.len() < 2 {
            return;
        }
        let load = *self.random.pick(&loads);
        self.tell(format!("undo {load}"));
        self.well(&["undo", &load.to_string()]);
        self.in_force.remove(&load);
    }

    /// Asks for what should change nothing.
    fn ask_again(&mut self) {
        let on = day(self.random.below(24));
        let to = day(23);
        let arguments: &[&str] = match self.random.below(6) {
            0 => &["run", "--day", &on],
            1 => &["backfill", "--from", "2011-01-01", "--to", &to],
            2 => &["rejects", "replay"],
            3 => &["optimize", "--keep-days", "0"],
            4 => &["run", "--day", &on, "--select", "daily_customer_stats+"],
            _ => &["run"],
        };
        self.tell(arguments.join(" "));
        let before = self.shop.said();
        self.well(arguments);
        assert_same(&self.history(), &self.shop.said(), &before);
    }

    /// The same content again under another name.
    fn drop_again(&mut self) {
        let all: Vec<(String, String)> = self.in_force.values().cloned().collect();
        let (name, text) = self.random.pick(&all).clone();
        let before = self.shop.said();
        self.land(vec![(format!("again-{}-{name}", self.told.len()), text)]);
        assert_same(&self.history(), &self.shop.said(), &before);
    }

    /// A full refresh says the same, and so does a fresh shop.
    fn assert_as_fresh(&mut self, fresh: Shop) {
        self.shop.assert_fates();
        self.shop.assert_delta();
        self.shop.assert_idle();
        let before = facts(&self.shop);
        self.well(&["run", "--full-refresh"]);
        assert_same(&format!("a full refresh after {}", self.history()), &facts(&self.shop), &before);
        let newest: BTreeMap<&String, u64> = self.in_force.iter().map(|(load, (name, _))| (name, *load)).collect();
        for (load, (name, text)) in &self.in_force {
            if !self.by_path || newest[name] == *load {
                let name = if self.by_path { name.clone() } else { format!("{load:04}-{name}") };
                fresh.drop_file(&name, text);
                if self.by_path {
                    // In the order of the loads, which names do not tell here.
                    fresh.run();
                }
            }
        }
        fresh.run();
        assert_same(&format!("a fresh shop after {}", self.history()), &self.shop.said(), &fresh.said());
    }
}

/// All but history, with provenance.
fn facts(shop: &Shop) -> Tables {
    let mut tables = shop.tables();
    tables.retain(|name, _| name != "checks");
    tables
}

/// Exports of an invoice shop and their truth, told by us and not by wharf.
#[derive(Default)]
struct Invoices {
    orders: Vec<Vec<Line>>,
    files: usize,
}

impl Invoices {
    fn export(&mut self, random: &mut Random) -> (String, String) {
        let mut lines = Vec::new();
        let known = self.orders.len();
        for _ in 0..1 + random.below(6) {
            let (number, on) = (self.orders.len(), day(random.below(24)));
            self.orders.push(order(random, number, &on));
            lines.extend(self.orders[number].clone());
        }
        for at in 0..known {
            match random.below(12) {
                0 => lines.extend(self.orders[at].clone()),
                1 => {
                    self.orders[at] = corrected(random, &self.orders[at]);
                    lines.extend(self.orders[at].clone());
                }
                _ => {}
            }
        }
        self.files += 1;
        (format!("{:03}.csv", self.files), csv(&lines))
    }
}

fn parse(text: &str) -> Vec<Line> {
    let line = |row: &str| {
        let cells: Vec<&str> = row.split(',').collect();
        Line {
            invoice: cells[0].into(),
            stock: cells[1].into(),
            name: cells[2].into(),
            quantity: cells[3].parse().unwrap(),
            at: cells[4].into(),
            pence: cells[5].replace('.', "").parse().unwrap(),
            customer: cells[6].into(),
            country: cells[7].into(),
        }
    };
    text.lines().skip(1).map(line).collect()
}

fn invoice_story(seed: u64, by_path: bool) {
    let keyless = |source: String| source.replace("key = [\"invoice_no\"]", "");
    let shop = || if by_path { Shop::with_own_retail(keyless) } else { Shop::new() };
    let mut story = Story { by_path, ..Story::new(seed, shop()) };
    let mut invoices = Invoices::default();
    let first = invoices.export(&mut story.random);
    story.land(vec![first]);
    for _ in 0..9 {
        match story.random.below(10) {
            0..4 => {
                let file = invoices.export(&mut story.random);
                story.land(vec![file]);
            }
            4 => {
                let files = (0..2).map(|_| invoices.export(&mut story.random)).collect();
                story.land(files);
            }
            5 => {
                let names: Vec<String> = story.in_force.values().map(|(name, _)| name.clone()).collect();
                let name = story.random.pick(&names).clone();
                let (_, text) = invoices.export(&mut story.random);
                story.land(vec![(name, text)]);
            }
            6 | 7 => story.undo(),
            8 if !by_path => story.drop_again(),
            _ => story.ask_again(),
        }
        if !by_path {
            let exports: Vec<Vec<Line>> = story.in_force.values().map(|(_, text)| parse(text)).collect();
            let orders = truth(&exports);
            let lines: BTreeSet<String> = story.shop.query(LINES_SQL).into_iter().collect();
            assert_eq!(lines, expected_lines(&orders), "{}", story.history());
            let stats: BTreeSet<String> = story.shop.query(STATS_SQL).into_iter().collect();
            assert_eq!(stats, expected_stats(&orders), "{}", story.history());
        }
    }
    story.assert_as_fresh(shop());
}

fn story_of(seed: u64, shop: impl Fn() -> Shop, file: impl Fn(&mut Random) -> (&'static str, String)) {
    let mut story = Story::new(seed, shop());
    for at in 0..10 {
        match story.random.below(9) {
            0 if at > 0 => story.undo(),
            1 if at > 0 => story.ask_again(),
            2 if at > 0 => story.drop_again(),
            3 | 4 => {
                let files = (0..3).map(|n| {
                    let (name, text) = file(&mut story.random);
                    (format!("{at:02}{n}-{name}.csv"), text)
                });
                let files = files.collect();
                story.land(files);
            }
            _ => {
                let (name, text) = file(&mut story.random);
                story.land(vec![(format!("{at:02}-{name}.csv"), text)]);
            }
        }
    }
    story.assert_as_fresh(shop());
}

/// `WHARF_SEEDS=FROM..TO` asks for other seeds.
fn seeds(usual: std::ops::Range<u64>) -> std::ops::Range<u64> {
    let asked = std::env::var("WHARF_SEEDS").ok();
    let asked = asked
        .as_deref()
        .and_then(|text| text.split_once(".."))
        .and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
    asked.map_or(usual, |(from, to)| from..to)
}

/// Stories wait for processes, and one test has many of them: two at a time.
fn each(seeds: std::ops::Range<u64>, story: impl Fn(u64) + Sync) {
    let story = &story;
    std::thread::scope(|scope| {
        for first in 0..2 {
            let seeds = seeds.clone().skip(first).step_by(2);
            scope.spawn(move || seeds.for_each(story));
        }
    });
}

#[test]
fn invoices_in_any_order_are_as_a_fresh_shop() {
    each(seeds(0..10), |seed| invoice_story(seed, false));
}

#[test]
fn files_without_keys_are_as_a_fresh_shop() {
    each(seeds(100..105), |seed| invoice_story(seed, true));
}

#[test]
fn separate_files_in_any_order_are_as_a_fresh_shop() {
    each(seeds(200..206), |seed| story_of(seed, separate::shop, separate::file));
}

#[test]
fn cancelled_orders_taken_back_are_as_a_fresh_shop() {
    let reversing = || {
        let shop = separate::shop();
        shop.write("wharf.toml", "[shop]\npreset = \"preset/\"\ncancelled = \"reverse\"\n");
        shop
    };
    each(seeds(250..254), |seed| story_of(seed, reversing, separate::file));
}

#[test]
fn files_that_wait_for_each_other_are_as_a_fresh_shop() {
    each(seeds(300..306), |seed| story_of(seed, || Shop::of("olist"), olist::file));
}

#[test]
fn children_that_come_first_wait_and_then_get_in() {
    let shop = Shop::of("olist");
    let items = "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n\
                 o1,1,q1,s,2011-01-09 10:00:00,5.00,1.00\no2,1,q1,s,2011-01-09 10:00:00,6.00,1.00\n";
    let orders = "order_id,customer_id,order_status,order_purchase_timestamp\no1,k1,delivered,2011-01-03 10:00:00\n";
    let customers =
        "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state\nk1,p1,1,rio,RJ\n";
    shop.run_each(&[("items.csv", items)]);
    assert_eq!(shop.query("select count(*) from rejects where status = 'pending'"), ["2"]);
    shop.run_each(&[("orders.csv", orders)]);
    assert_eq!(shop.query("select count(*) from rejects where status = 'pending'"), ["3"]);
    assert_eq!(shop.query("select count(*) from order_lines"), ["0"]);
    shop.run_each(&[("customers.csv", customers)]);
    assert_eq!(shop.query("select landed_table, reason from rejects"), ["olist_items,no olist_orders row with key o2"]);
    assert_eq!(
        shop.query("select day, customer_id, orders, spend from daily_customer_stats"),
        ["2011-01-03,p1,1,5.0000"]
    );
    shop.assert_fates();
    shop.assert_idle();
}

#[test]
fn a_product_told_later_reaches_the_days_already_made() {
    let shop = separate::shop();
    let lines = "order_id,product,customer,placed,pieces,price\n1,p1,c1,2011-01-03 10:00:00,2,1.50\n";
    let orders = "id,customer,placed,country,state\n1,c1,2011-01-03 10:00:00,DE,paid\n";
    let wide = "select day, product_name, is_merchandise from order_lines_wide";
    shop.run_each(&[("lines.csv", lines)]);
    assert_eq!(shop.query(wide).len(), 0, "an order that is not there has no lines in marts");
    shop.run_each(&[("orders.csv", orders)]);
    assert_eq!(shop.query(wide), ["2011-01-03,,true"]);
    shop.run_each(&[("products.csv", "id,name,category\np1,POST,fees\n")]);
    assert_eq!(shop.query(wide), ["2011-01-03,POST,false"]);
    shop.assert_idle();
}

#[test]
fn a_correction_that_staging_leaves_out_takes_the_old_rows_away() {
    let shop = separate::shop();
    let line = |pieces: u32| {
        format!("order_id,product,customer,placed,pieces,price\n1,p1,c1,2011-01-03 10:00:00,{pieces},1.50\n")
    };
    let broken = "2,p1,c1,2011-01-03 10:00:00,many,1.50\n";
    shop.run_each(&[("a-lines.csv", &(line(2) + broken)), ("b-lines.csv", &line(0))]);
    assert_eq!(shop.query("select count(*) from order_lines"), ["0"]);
    // All was placed anew: what is set aside is not there twice.
    shop.assert_fates();
}

#[test]
fn a_value_that_had_slipped_a_column_is_a_correction() {
    let shop = Shop::new();
    let file = |cells: &str| format!("{}\n1,A,POT,2,2011-01-03 10:00:00,1.50,{cells}\n", shop::lines::HEADER);
    shop.run_each(&[("a.csv", &file(",France")), ("b.csv", &file("France,"))]);
    assert_eq!(shop.query("select customer_id from order_lines"), ["France"]);
}

#[test]
fn a_newest_country_that_is_unknown_is_told_alike_by_a_full_refresh() {
    let shop = Shop::new();
    let file = |order: u32, country: &str| {
        format!("{}\n{order},A,POT,2,2011-01-0{order} 10:00:00,1.50,7,{country}\n", shop::lines::HEADER)
    };
    shop.run_each(&[("a.csv", &file(1, "France")), ("b.csv", &file(2, ""))]);
    let before = shop.said();
    shop.wharf(&["run", "--full-refresh"]).well();
    assert_same("a full refresh", &shop.said(), &before);
}

#[test]
fn a_model_whose_check_failed_catches_up_with_its_children() {
    let shop = Shop::new();
    shop.write(
        "models/mine.sql",
        "/* wharf\ndescription: Lines a day.\nkind: incremental_by_time_range\ntime_column: day\ngrain: [day]\nchecks: [n <= 3]\n*/\n\
         select day, count(*) as n from order_lines_wide group by day\n",
    );
    shop.write(
        "models/child.sql",
        "/* wharf\ndescription: All lines.\nkind: full\ngrain: [n]\n*/\nselect cast(sum(n) as bigint) as n from mine\n",
    );
    let file = |order: u32, day: u32, lines: usize| {
        let line = format!("{order},A,POT,1,2011-02-0{day} 10:00:00,1.50,7,France\n");
        format!("{}\n{}", shop::lines::HEADER, line.repeat(lines))
    };
    let all = |shop: &Shop| (shop.query("select * from mine order by day"), shop.query("select n from child"));
    shop.run_each(&[("a.csv", &file(1, 1, 2))]);
    let first = all(&shop);
    for (name, text) in [("b.csv", file(2, 2, 5)), ("c.csv", file(3, 3, 1))] {
        shop.drop_file(name, text);
        let done = shop.wharf(&["run"]).fails(3, &["mine", "child"]);
        assert!(done.out.contains("skipped"), "{}", done.out);
        assert_eq!(all(&shop), first, "a failed check publishes nothing of its model");
    }
    // What does not hang on it went on.
    assert_eq!(shop.query("select count(*) from order_lines_wide"), ["8"]);
    shop.run_each(&[("d.csv", &file(2, 2, 3))]);
    let rows = ["2011-02-01,2", "2011-02-02,3", "2011-02-03,1"].map(str::to_owned).to_vec();
    assert_eq!(all(&shop), (rows, vec!["6".to_owned()]));
    shop.assert_idle();
}

#[test]
fn models_that_were_not_asked_for_catch_up() {
    let shop = Shop::new();
    let file =
        |order: u32| format!("{}\n{order},A,POT,1,2011-02-0{order} 10:00:00,1.50,7,France\n", shop::lines::HEADER);
    shop.run_each(&[("a.csv", &file(1)), ("b.csv", &file(2))]);
    shop.drop_file("c.csv", file(3));
    shop.wharf(&["run", "--select", "order_lines_wide"]).well();
    assert_eq!(shop.query("select count(*) from daily_sales"), ["2"]);
    shop.drop_file("d.csv", file(4));
    shop.wharf(&["run", "--select", "daily_sales"]).well();
    shop.run();
    let before = shop.said();
    shop.wharf(&["run", "--full-refresh"]).well();
    assert_same("a full refresh", &shop.said(), &before);
    assert_eq!(shop.query("select count(*) from daily_sales"), ["4"]);
}

/// What a long step has nothing to do with does not wait for it. In PostgreSQL a run is one connection: a step at a time.
#[test]
fn a_model_begins_once_what_it_reads_is_made() {
    if shop::elsewhere::is_database() {
        return;
    }
    let shop = Shop::new();
    let model = |what: &str| {
        format!("/* wharf\ndescription: A count.\nkind: full\ngrain: [n]\n*/\nselect count(*) as n from {what}\n")
    };
    shop.write(
        "models/long.sql",
        &model("order_lines_wide as a cross join order_lines_wide as b where a.amount < b.tax"),
    );
    shop.write("models/child.sql", &model("daily_sales"));
    shop.drop_file("a.csv", shop::made_shop(15_000));
    shop.run();
    let sql = "select c.started_millis < l.started_millis + l.millis from steps as c cross join steps as l \
               where c.model = 'child' and l.model = 'long'";
    assert_eq!(shop.query(sql), ["true"]);
}

/// In PostgreSQL the steps of a run share one connection, of which what the next model has to do is asked too.
#[test]
fn what_a_model_has_to_do_is_found_while_others_are_at_work() {
    let shop = separate::shop();
    shop.write(
        "models/mine.sql",
        "/* wharf\ndescription: Lines a day.\nkind: incremental_by_time_range\ntime_column: day\ngrain: [day, name]\n*/\n\
         select l.day, p.name, count(*) as n from order_lines_wide as l join products as p on p.product_id = l.product_id \
         group by l.day, p.name\n",
    );
    shop.write(
        "models/other.sql",
        "/* wharf\ndescription: Products.\nkind: full\ngrain: [n]\n*/\nselect count(*) as n from products\n",
    );
    let lines = "order_id,product,customer,placed,pieces,price\n1,p1,c1,2011-01-03 10:00:00,2,1.50\n";
    let orders = "id,customer,placed,country,state\n1,c1,2011-01-03 10:00:00,DE,paid\n";
    let products = |name: &str| format!("id,name,category\np1,{name},pots\n");
    shop.run_each(&[("lines.csv", lines), ("orders.csv", orders), ("products.csv", &products("POT"))]);
    assert_eq!(shop.query("select * from mine"), ["2011-01-03,POT,1"]);
    shop.run_each(&[("products-2.csv", &products("JUG"))]);
    assert_eq!(shop.query("select * from mine"), ["2011-01-03,JUG,1"]);
    shop.assert_idle();
}

#[test]
fn a_view_becomes_a_table_and_goes_with_its_readers() {
    let shop = Shop::new();
    shop.write(
        "models/mine.sql",
        "/* wharf\ndescription: Lines a day.\nkind: view\n*/\nselect day, count(*) as n from order_lines_wide group by day\n",
    );
    let all = "/* wharf\ndescription: Days.\nkind: full\n*/\nselect count(*) as n from mine\n";
    shop.write("models/reads.sql", all);
    shop.drop_file("a.csv", shop::made_shop(300));
    shop.run();
    let days = shop.query("select n from reads");
    for (from, to) in [("view", "full"), ("full", "view")] {
        shop.edit("models/mine.sql", from, to);
        shop.run();
        assert_eq!(shop.query("select count(*) from mine"), days, "{to}");
        assert_eq!(shop.query("select n from reads"), days, "{to}");
        shop.assert_idle();
    }
    for gone in ["models/reads.sql", "models/mine.sql"] {
        std::fs::remove_file(shop.path(gone)).unwrap();
    }
    shop.run();
    assert!(!shop.wharf(&["tables"]).well().contains("mine"));
    shop.assert_idle();
}
