//! What changes in the database is what the next run reads: late commits, updates, deletions, two databases and files.

use std::time::{Duration, Instant};

use crate::{LINES, Server, assert_same, retail};

const TABLE: &str = "from = \"lines\"\ncursor = \"id\"\ndeletes = true";

fn insert(invoices: std::ops::Range<u32>) -> String {
    format!(
        "insert into lines (invoice_no, stock_code, quantity, invoice_date, unit_price, customer_id, country) \
         select n, 'P' || line, 1 + line, timestamptz '2011-05-01 12:00+00' + n * interval '1 minute', 1.25 * line, n % 50, \
         'France' from generate_series({}, {}) as n, generate_series(1, 3) as line",
        invoices.start,
        invoices.end - 1
    )
}

#[test]
fn only_what_changed_is_read() {
    let Some(server) = Server::start("only_what_changed_is_read") else { return };
    server.sql(LINES);
    server.sql(&insert(1000..3000));
    let shop = retail(&server, TABLE);
    assert!(shop.run().contains("6,000 rows = 6,000 used"));
    shop.assert_idle();
    assert_same(&shop, &server);

    server.sql(&insert(3000..3010));
    server.sql("update lines set quantity = 9 where invoice_no = '1500' and stock_code = 'P2'");
    // An invoice is one unit: all of its lines come again.
    let out = shop.run();
    assert!(out.contains("33 rows"), "{out}");
    assert_same(&shop, &server);
    shop.assert_idle();

    // An update that does not touch the cursor, a deleted line, a deleted invoice, all at once.
    server.sql("update lines set unit_price = 77 where invoice_no = '1001'");
    server.sql("delete from lines where invoice_no = '1002'");
    server.sql("delete from lines where invoice_no = '1003' and stock_code = 'P3'; update lines set quantity = 2 where invoice_no = '1003'");
    shop.run();
    assert_same(&shop, &server);
    shop.assert_idle();

    // From the stored loads alone: the database is not asked.
    let port = server.port.to_string();
    shop.edit("wharf.toml", &port, "1");
    shop.edit("wharf.toml", "[[source.table]]", "wait_seconds = 0\n[[source.table]]");
    let rows = shop.query("select count(*), sum(amount) from order_lines");
    assert_eq!(rows.len(), 1);
}

#[test]
fn transactions_that_commit_late_are_read() {
    let Some(server) = Server::start("transactions_that_commit_late_are_read") else { return };
    server.sql(LINES);
    server.sql(&insert(1..20));
    let shop = retail(&server, TABLE);
    shop.run();

    // Draws its ids and now() first, commits last; a savepoint has a transaction number of its own.
    let mut late = server.session();
    late.say(&format!("begin; savepoint a; {}; release a;", insert(100..103)));
    late.say("update lines set quantity = 5 where invoice_no = '7';");
    while server.sql("select count(*) from pg_stat_activity where state = 'idle in transaction'") != ["1"] {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    server.sql(&insert(200..203));
    let out = shop.run();
    assert!(out.contains("9 rows"), "{out}");
    assert_same(&shop, &server);
    late.say("commit;");
    late.end();
    // A greater id was read already.
    shop.run();
    assert_same(&shop, &server);
    assert_eq!(shop.query("select count(distinct order_id) from order_lines where order_id like '10_'"), ["3"]);
    shop.assert_idle();
}

#[test]
fn two_databases_and_files_are_one_shop() {
    let Some(server) = Server::start("two_databases_and_files_are_one_shop") else { return };
    server.sql(LINES);
    server.sql(&insert(1..11));
    server.sql("create schema branch; create table branch.lines (like lines including all)");
    server.sql(&insert(100..105).replace("into lines", "into branch.lines"));
    let shop = retail(&server, TABLE);
    let more = format!(
        "\n[[source]]\nname = \"branch\"\nurl = \"{}\"\n[[source.table]]\ntable = \"invoice_lines\"\nfrom = \"branch.lines\"\n",
        server.url()
    );
    let toml = std::fs::read_to_string(shop.path("wharf.toml")).unwrap();
    shop.write("wharf.toml", &(toml + &more));
    shop.drop_file(
        "counter.csv",
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n\
         900,P1,POT,1,2011-05-03 10:00:00,1.50,7,France\n",
    );
    shop.run();
    assert_eq!(shop.query("select count(*), count(distinct order_id) from order_lines"), ["46,16"]);
    shop.assert_idle();
    let loads = shop.wharf(&["loads"]).well();
    ["web:lines", "branch:branch.lines", "counter.csv"]
        .iter()
        .for_each(|name| assert!(loads.contains(name), "{loads}"));
    // Each is taken back by itself.
    shop.wharf(&["undo", "2"]).well();
}

#[test]
fn nothing_is_lost_while_others_write() {
    let Some(server) = Server::start("nothing_is_lost_while_others_write") else { return };
    server.sql(LINES);
    server.sql(&insert(1000..2000));
    let shop = retail(&server, TABLE);
    // Each transaction writes, waits for a moment, writes again: they commit out of the order of their ids.
    let script = "\\set old random(1000, 1999)\n\\set new random(10000, 99999999)\n\\set line random(1, 3)\nbegin;\n\
        insert into lines (invoice_no, stock_code, quantity, invoice_date, unit_price) values (:new, 'P1', 1, now(), 2.5);\n\
        select pg_sleep(random() * 0.05);\n\
        update lines set quantity = quantity + 1 where id = (select id from lines where invoice_no = :old::text and stock_code = 'P' || :line);\n\
        insert into lines (invoice_no, stock_code, quantity, invoice_date, unit_price) values (:new, 'P2', 2, now(), 1);\n\
        delete from lines where invoice_no = (:old + 1)::text and stock_code = 'P3' and random() < 0.02;\ncommit;\n";
    // A minute of 700 transactions a second, each of three rows or four.
    let mut writers = server.hammer(script, 40, 60, 700);
    let mut runs = 0;
    while writers.try_wait().unwrap().is_none() {
        let begun = Instant::now();
        shop.run();
        runs += 1;
        std::thread::sleep(Duration::from_secs(1).saturating_sub(begun.elapsed()));
    }
    assert!(writers.wait().unwrap().success());
    shop.run();
    assert_same(&shop, &server);
    shop.assert_idle();
    let sql = "select n_tup_ins - 3000 + n_tup_upd + n_tup_del, n_tup_ins - 3000 from pg_stat_user_tables where relname = 'lines'";
    std::thread::sleep(Duration::from_millis(1500));
    let written = server.sql(sql).remove(0);
    println!("{runs} runs beside writers that wrote rows, inserted of these: {written}");
    let written: u32 = written.split(',').next().unwrap().parse().unwrap();
    // A machine that is busy with other tests lets fewer through; what is asked of one that is not is told above.
    assert!(runs >= 10 && written > 40_000, "{runs} runs, {written} rows");
}
