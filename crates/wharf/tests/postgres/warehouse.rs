//! PostgreSQL as the warehouse: what it holds is what the lake would hold, whoever reads or kills what meanwhile.

use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::Server;
use crate::shop::lines::{self, Line};
use crate::shop::{self, Random, Shop};

/// A project whose tables are in the server, of the user that docs/postgresql.md names.
fn there(server: &Server) -> Shop {
    let shop = Shop::new();
    shop.write(
        "wharf.toml",
        &format!("[shop]\npreset = \"online-retail\"\n\n[warehouse]\nurl = \"{}\"\n", server.warehouse()),
    );
    shop
}

/// Every table's rows, in an order of their own.
const TABLES: [&str; 8] = [
    "select order_id, line_no, day, customer_id, product_id, kind, quantity, amount from order_lines order by 1, 2",
    "select order_id, customer_id, ordered_at, status, total from orders order by 1",
    "select customer_id, country, created_at from customers order by 1",
    "select product_id, name, is_merchandise from products order by 1",
    "select * from daily_customer_stats order by day, customer_id",
    "select * from daily_sales order by day, country, channel",
    "select * from cohorts order by cohort, age",
    "select * from customer_summary order by customer_id",
];

#[track_caller]
fn assert_equal(ours: &Shop, theirs: &Shop) {
    for sql in TABLES {
        let (ours, theirs) = (ours.query(sql), theirs.query(sql));
        assert_eq!(ours.iter().zip(&theirs).find(|(a, b)| a != b), None, "{sql}");
        assert_eq!(ours.len(), theirs.len(), "{sql}");
    }
}

/// Files of a few orders a day; later ones repeat, correct and extend earlier ones.
fn exports(seed: u64, files: usize) -> Vec<(String, String)> {
    let mut random = Random::new(seed);
    let mut orders: Vec<Vec<Line>> = Vec::new();
    let mut all = Vec::new();
    for file in 0..files {
        let mut text: Vec<Line> = Vec::new();
        for _ in 0..3 {
            if let Some(at) = (!orders.is_empty()).then(|| random.below(orders.len())) {
                let order: &mut Vec<Line> = &mut orders[at];
                if random.one_in(2) {
                    order.iter_mut().for_each(|line| line.quantity += 1);
                }
                text.extend(order.iter().cloned());
            }
        }
        for number in 0..6 {
            let order = lines::order(&mut random, file * 100 + number, &lines::day(file % 20));
            text.extend(order.iter().cloned());
            orders.push(order);
        }
        all.push((format!("export-{file:03}.csv"), lines::csv(&text)));
    }
    all
}

#[test]
fn tables_are_those_of_the_lake_however_files_come() {
    let Some(server) = Server::start("tables_are_those_of_the_lake_however_files_come") else { return };
    let (ours, lake) = (there(&server), Shop::new());
    for (at, (name, text)) in exports(3, 12).into_iter().enumerate() {
        ours.drop_file(&name, &text);
        lake.drop_file(&name, &text);
        // Some files come one by one, some together.
        if at % 3 != 1 {
            ours.run();
            lake.run();
        }
    }
    ours.run();
    lake.run();
    assert_equal(&ours, &lake);
    ours.assert_idle();
    for shop in [&ours, &lake] {
        shop.wharf(&["undo", "4"]).well();
        shop.run();
    }
    assert_equal(&ours, &lake);
    let fates = "select load, fate, count(*) from fates group by 1, 2 order by 1, 2";
    assert_eq!(ours.query(fates), lake.query(fates));
    let loads =
        "select load, name, undone, rows, used, rejected, pending, merged, superseded, hash from loads order by load";
    assert_eq!(ours.query(loads), lake.query(loads));
    ours.wharf(&["run", "--full-refresh"]).well();
    assert_equal(&ours, &lake);
    assert_eq!(ours.query(loads), lake.query(loads));
    // Of what runs did the last few are left, and of each check the latest result.
    let latest = "select model, check_name, max(run), count(distinct at) from checks group by 1, 2 order by 1, 2";
    let before = ours.query("select model, check_name, max(run) from checks group by 1, 2 order by 1, 2");
    let runs: i64 = ours.query("select max(run) from runs")[0].parse().unwrap();
    ours.wharf(&["optimize", "--set", "history.keep_runs=2"]).well();
    assert_eq!(ours.query("select run from runs order by run"), [(runs - 1).to_string(), runs.to_string()]);
    assert_eq!(ours.query("select count(*) from steps where run < (select max(run) from runs) - 1"), ["0"]);
    assert_eq!(ours.query("select model, check_name, max(run) from checks group by 1, 2 order by 1, 2"), before);
    let old = format!("select count(*) from checks where run < {}", runs - 1);
    let alone = ours.query(latest).len() as i64;
    assert!(ours.query(&old)[0].parse::<i64>().unwrap() <= alone);
    // One mart by hand, and what is dropped by hand is made again.
    server.sql_as_wharf("delete from wharf.daily_sales where day < '2011-02-01'; drop table wharf.cohorts");
    ours.wharf(&["backfill", "--from", "2011-01-01", "--to", "2011-02-01"]).well();
    ours.wharf(&["run", "--full-refresh"]).well();
    assert_equal(&ours, &lake);
    let models = server.sql("select count(*) from pg_tables where schemaname = 'wharf' and tablename like '\\_next%'");
    assert_eq!(models, ["0"], "nothing is left aside");
}

#[test]
fn a_reader_never_sees_half_a_run() {
    let Some(server) = Server::start("a_reader_never_sees_half_a_run") else { return };
    let shop = there(&server);
    let order = |price: u32, invoices: std::ops::Range<u32>| {
        let lines = invoices
            .map(|n| format!("{n},P{},POT,1,2011-05-{:02} 10:00:00,{price}.00,{},France\n", n % 7, n % 28 + 1, n % 11));
        format!("{}\n{}", lines::HEADER, lines.collect::<String>())
    };
    shop.drop_file("a.csv", order(1, 1000..3000));
    shop.run();
    // A view of somebody else's stands on a table, and stays.
    server.sql("create view public.mine as select sum(spend) as spend from wharf.daily_customer_stats");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = std::collections::BTreeSet::new();
            while !done.load(Ordering::Relaxed) {
                seen.extend(server.sql(
                    "select (select spend from mine)::int, (select sum(gross_sales) from wharf.daily_sales)::int, \
                     (select sum(spend) from wharf.customer_summary)::int, (select sum(amount) from wharf.order_lines)::int",
                ));
            }
            seen
        });
        for price in 2..8 {
            shop.drop_file("a.csv", order(price, 1000..3000));
            shop.run();
        }
        done.store(true, Ordering::Relaxed);
        let seen = reader.join().unwrap();
        let whole: Vec<String> = (1..8).map(|price| [price * 2000; 4].map(|sum| sum.to_string()).join(",")).collect();
        assert!(seen.iter().all(|seen| whole.contains(seen)), "{seen:?}");
        assert!(seen.len() > 2, "{seen:?}");
    });
}

#[test]
fn a_run_that_is_ended_leaves_nothing_and_the_next_one_finishes() {
    let Some(mut server) = Server::start("a_run_that_is_ended_leaves_nothing_and_the_next_one_finishes") else {
        return;
    };
    let (ours, lake) = (there(&server), Shop::new());
    let mut exports = exports(5, 40).into_iter();
    let mut drop_next = |ours: &Shop| {
        let (name, text) = exports.next().unwrap();
        ours.drop_file(&name, &text);
        lake.drop_file(&name, &text);
    };
    drop_next(&ours);
    ours.run();
    for point in ["fetch", "land", "placed", "rejects", "built:2", "commit:1", "commit:4", "manifest", "published"] {
        drop_next(&ours);
        let output = ours.fault(point);
        assert!(!output.status.success(), "{point} was not reached");
        let fates = server.sql("select count(*) from wharf.fates where fate is null");
        assert_eq!(fates, ["0"], "{point}");
    }
    // Killed from outside, and cut off by the server.
    let mut random = Random::new(8);
    let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'wharf'";
    let begun = Instant::now();
    drop_next(&ours);
    ours.run();
    let usual = begun.elapsed();
    for round in 0..16 {
        drop_next(&ours);
        let mut run = ours.command(&["run"]);
        let mut run = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(usual * random.below(100) as u32 / 100);
        if round % 2 == 0 {
            let _ = run.kill();
        } else {
            server.sql(cut);
        }
        run.wait().unwrap();
    }
    drop_next(&ours);
    let mut run = ours.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    thread::sleep(usual / 2);
    server.kill();
    run.wait().unwrap();
    server.start_again();
    ours.run();
    lake.run();
    assert_equal(&ours, &lake);
    ours.assert_idle();
}

#[test]
fn two_runs_at_once_and_a_user_with_too_many_rights() {
    let Some(server) = Server::start("two_runs_at_once_and_a_user_with_too_many_rights") else { return };
    let shop = there(&server);
    shop.drop_file("a.csv", &exports(1, 1)[0].1);
    let mut other = server.session_as_wharf();
    other.say("select pg_advisory_lock(hashtextextended('wharf:wharf', 0));");
    thread::sleep(Duration::from_millis(300));
    shop.wharf(&["run", "--set", "lake.wait_seconds=0"])
        .fails(1, &["another run writes to schema wharf", ": connection ", " since 20"]);
    other.end();
    shop.run();
    shop.wharf(&["query", "select pg_sleep(100)"]).fails(2, &["pg_", "beyond the tables"]);
    for sql in ["drop table orders", "delete from orders", "with x as (delete from orders returning 1) select * from x"]
    {
        assert_eq!(shop.wharf(&["query", sql]).code, Some(2), "{sql}");
    }
    shop.wharf(&["query", "select\n  nothing from orders"]).fails(2, &["2:3", "nothing"]);
    let url = server.url();
    shop.write("wharf.toml", &format!("[shop]\npreset = \"online-retail\"\n[warehouse]\nurl = \"{url}\"\n"));
    shop.wharf(&["tables"]).fails(2, &["user postgres", "files of the server", "create role wharf"]);
    shop.write("wharf.toml", "[shop]\npreset = \"online-retail\"\n[warehouse]\nkind = \"postgres\"\n");
    shop.wharf(&["tables"]).fails(2, &["names no PostgreSQL database"]);
}

#[test]
fn tables_are_copied_both_ways() {
    let Some(server) = Server::start("tables_are_copied_both_ways") else { return };
    let shop = there(&server);
    shop.edit("wharf.toml", "[warehouse]\n", "[warehouse]\nkind = \"lake\"\n");
    for (name, text) in exports(9, 4) {
        shop.drop_file(&name, text);
    }
    shop.run();
    let copy = ["copy", "--from", "lake", "--to", "postgres", "--format", "csv"];
    let out = shop.wharf(&copy).well();
    assert!(out.contains("daily_customer_stats,") && out.contains(",true"), "{out}");
    let again = shop.wharf(&copy).well();
    assert!(
        again.lines().filter(|line| line.starts_with("daily_sales,")).all(|line| line.ends_with(",false")),
        "{again}"
    );
    let sql = "select count(*), sum(spend) from daily_customer_stats";
    let here = shop.query(sql);
    assert_eq!(server.sql("select count(*), sum(spend) from wharf.daily_customer_stats"), here);
    // A warehouse that its own runs fill is not written over.
    shop.wharf(&["copy", "--from", "postgres", "--to", "lake"]).fails(2, &["4 loads of its own"]);
    let other = there(&server);
    other.wharf(&["copy", "--from", "postgres", "--to", "lake", "--table", "daily_customer_stats"]).well();
    other.edit("wharf.toml", "[warehouse]\n", "[warehouse]\nkind = \"lake\"\n");
    assert_eq!(other.query(sql), here);
    other.wharf(&["copy", "--from", "lake", "--to", "lake"]).fails(2, &["the same warehouse"]);
}

#[test]
fn the_technical_test() {
    let Some(server) = Server::start("the_technical_test") else { return };
    let Some(files) = shop::data("olist-faults") else { return };
    let (ours, lake) = (there(&server), Shop::of("olist"));
    ours.edit("wharf.toml", "online-retail", "olist");
    for shop in [&ours, &lake] {
        for file in ["customer", "items", "orders", "products"] {
            std::fs::copy(files.join(format!("{file}.csv")), shop.path(&format!("inbox/{file}.csv"))).unwrap();
        }
        shop.run();
    }
    assert_equal(&ours, &lake);
    for command in [
        &["stats", "2016-09-04", "--format", "csv"][..],
        &["stats", "2017-11-24", "--format", "csv"],
        &["top-customers", "--format", "csv"],
        &["repeaters", "--format", "csv"],
        &["cohorts", "--format", "csv"],
        &["sales", "--by", "month", "--format", "csv"],
    ] {
        assert_eq!(ours.wharf(command).well(), lake.wharf(command).well(), "{command:?}");
    }
}

#[test]
fn models_run_in_the_server_and_a_newer_layout_is_left_alone() {
    let Some(mut server) = Server::start("models_run_in_the_server_and_a_newer_layout_is_left_alone") else { return };
    server.sql("alter system set shared_preload_libraries = pg_stat_statements");
    server.kill();
    server.start_again();
    server.sql("create extension pg_stat_statements");
    let shop = there(&server);
    shop.drop_file("a.csv", &exports(2, 1)[0].1);
    shop.run();
    for model in ["order_lines", "daily_customer_stats", "cohorts"] {
        let made = server.sql(&format!(
            "select sum(rows) > 0 from pg_stat_statements where query like 'create table \"wharf\".\"_next_{model}\" as select%'"
        ));
        assert_eq!(made, ["t"], "{model}");
    }
    // Format 1 had the loads in the state.
    let loads = shop.wharf(&["loads", "--format", "csv"]).well();
    server.sql(
        "update wharf._wharf set format = 1, state = jsonb_set(state::jsonb, '{loads}', (select jsonb_agg(load) \
         from wharf._wharf_chapters, jsonb_array_elements(chapter::jsonb) as load))::text; \
         drop table wharf._wharf_chapters, wharf._wharf_units; create table wharf._wharf_keys (load bigint, keys bytea); \
         alter table wharf._wharf_keys owner to wharf",
    );
    assert!(shop.wharf(&["run"]).well().contains("Nothing to do"));
    shop.wharf(&["run", "--full-refresh"]).well();
    assert_eq!(shop.wharf(&["loads", "--format", "csv"]).well(), loads);
    assert_eq!(
        server.sql("select format || '|' || (select count(*) from wharf._wharf_chapters) from wharf._wharf"),
        ["3|1"]
    );

    server.sql("update wharf._wharf set format = 99");
    for command in ["run", "tables", "plan"] {
        shop.wharf(&[command]).fails(2, &["schema wharf is of format 99", "a newer one"]);
    }
    assert_eq!(server.sql("select format from wharf._wharf"), ["99"]);
}

/// A schema as wharf left it up to format 2, where what a load held of its units was one value of bytes.
#[test]
fn a_schema_of_format_2_goes_on() {
    let Some(server) = Server::start("a_schema_of_format_2_goes_on") else { return };
    let order = |price: u32, invoices: std::ops::Range<u32>| {
        let lines = invoices
            .map(|n| format!("{n},P{},POT,1,2011-05-{:02} 10:00:00,{price}.00,{},France\n", n % 7, n % 28 + 1, n % 11));
        format!("{}\n{}", lines::HEADER, lines.collect::<String>())
    };
    server.sql_as_wharf(include_str!("format-2.sql"));
    let (ours, lake) = (there(&server), Shop::new());
    for (name, text) in [("1.csv", order(1, 1000..1010)), ("2.csv", order(2, 1005..1012))] {
        ours.drop_file(name, &text);
        lake.drop_file(name, &text);
        lake.run();
    }
    // What the first load has gives way, what the second has is said again, and one order is new.
    for shop in [&ours, &lake] {
        shop.drop_file("3.csv", order(2, 1003..1013));
        shop.run();
    }
    assert_equal(&ours, &lake);
    let fates = "select load, fate, by_load, count(*) from fates group by 1, 2, 3 order by 1, 2, 3";
    assert_eq!(ours.query(fates), lake.query(fates));
    let layout = "select format || '|' || coalesce(to_regclass('wharf._wharf_keys')::text, 'gone') || '|' || \
                  (select count(*) from wharf._wharf_units) from wharf._wharf";
    assert_eq!(server.sql(layout), ["3|gone|13"]);
    ours.run();
    ours.assert_idle();
}
