//! Killed at any moment, cut off, restarted: equal in the end.

use std::thread;
use std::time::{Duration, Instant};

use crate::shop::{Random, in_time};
use crate::{LINES, Server, assert_same, retail};

const TABLE: &str = "from = \"lines\"\ncursor = \"id\"\ndeletes = true";

fn lines(server: &Server, count: u32) {
    server.sql(LINES);
    server.sql(&format!(
        "insert into lines (invoice_no, stock_code, quantity, invoice_date, unit_price, customer_id, country, description) \
         select 1000 + n / 5, 'P' || n % 97, 1 + n % 7, timestamptz '2011-02-01 12:00+00' + n * interval '20 seconds', \
         (n % 31 + 1) * 0.25, n % 50, 'France', md5(n::text) from generate_series(1, {count}) as n"
    ));
    server.sql("analyze lines");
}

#[test]
fn a_run_that_is_killed_is_finished_by_the_next() {
    let Some(server) = Server::start("a_run_that_is_killed_is_finished_by_the_next") else { return };
    lines(&server, 60_000);
    let shop = retail(&server, TABLE);
    let began = Instant::now();
    shop.run();
    let usual = began.elapsed();
    let mut random = Random::new(11);
    for round in 0..8 {
        server.sql(&format!(
            "update lines set quantity = quantity + 1 where id % 97 = {round}; \
             delete from lines where id % 9973 = {round}; \
             insert into lines (invoice_no, stock_code, quantity, invoice_date, unit_price) \
             select 900000 + {round}, 'P' || n, 1, '2011-04-01', 3 from generate_series(1, 40) as n"
        ));
        let mut run = shop.command(&["run"]);
        run.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let mut run = run.spawn().unwrap();
        thread::sleep(usual * random.below(100) as u32 / 100);
        let _ = run.kill();
        run.wait().unwrap();
    }
    shop.run();
    assert_same(&shop, &server);
    shop.assert_idle();
}

#[test]
fn a_server_that_cuts_us_off_or_starts_anew_is_waited_for() {
    let Some(mut server) = Server::start("a_server_that_cuts_us_off_or_starts_anew_is_waited_for") else { return };
    lines(&server, 400_000);
    let shop = retail(&server, TABLE);
    let running = |shop: &crate::Shop| {
        let command = shop.command(&["run"]);
        thread::spawn(move || in_time::output(command))
    };
    let run = running(&shop);
    let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'wharf'";
    let mut cuts = 0;
    for _ in 0..200 {
        cuts += server.sql(cut)[0].parse::<u32>().unwrap();
        if cuts >= 3 {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    let output = run.join().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(cuts > 0, "nothing was cut");
    assert_same(&shop, &server);

    server.sql("update lines set quantity = quantity + 1 where id % 10 = 0");
    let run = running(&shop);
    thread::sleep(Duration::from_millis(60));
    server.kill();
    thread::sleep(Duration::from_millis(500));
    server.start_again();
    let output = run.join().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    shop.run();
    assert_same(&shop, &server);
    shop.assert_idle();
}
