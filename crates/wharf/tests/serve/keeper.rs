//! Runs of the server, and of others, as pages see them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use crate::client::Server;
use crate::guard::{ADMIN, TOKENS, VIEWER};
use crate::shop::{self, Shop};
use crate::small;

const EVERY_SECOND: &str = "every_seconds = 1\n";
const PATIENCE: Duration = Duration::from_secs(40);

#[track_caller]
fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// States and texts of runs, as the events tell them from now on.
fn runs_told(server: &Server, who: Option<(&str, &str)>) -> Receiver<(String, String)> {
    let mut stream = server.connect();
    let who = who.map(|(name, value)| format!("{name}: {value}\r\n")).unwrap_or_default();
    write!(stream, "GET /api/v1/events HTTP/1.1\r\nhost: {}\r\n{who}\r\n", server.address).unwrap();
    let (sender, told) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let state = line.strip_prefix("data: ").and_then(|data| serde_json::from_str::<Value>(data).ok());
            let text = |name: &str| state.as_ref().and_then(|state| Some(state[name].as_str()?.to_owned()));
            if let (Some(state), Some(text)) = (text("state"), text("text")) {
                let _ = sender.send((state, text));
            }
        }
    });
    told
}

#[track_caller]
fn next(told: &Receiver<(String, String)>, state: &str) -> String {
    loop {
        let (is, text) = told.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no run is {state}"));
        if is == state {
            return text;
        }
    }
}

fn runs(server: &Server) -> usize {
    server.json("/runs")["rows"].as_array().unwrap().len()
}

/// Days of the old zone under a fingerprint of the new one would stay wrong for ever.
#[test]
fn a_setting_that_the_server_holds_stops_runs_until_it_is_started_again() {
    let shop = Shop::with_own_retail(|source| source);
    shop.write("wharf.toml", "[shop]\npreset = \"preset/\"\n\n[serve]\nport = 0\nevery_seconds = 1\n");
    shop.drop_file("lines.csv", shop::made_shop(1000));
    shop.run();
    let days = "select count(distinct day), min(ordered_at) from orders";
    let before = shop.query(days);
    let server = Server::start(&shop, &[]);
    let told = runs_told(&server, None);
    let as_it_was = std::fs::read_to_string(shop.path("preset/source.toml")).unwrap();
    shop.edit("preset/source.toml", "Europe/London", "America/New_York");
    let text = next(&told, "failed");
    for part in ["preset/source.toml now says timezone = \"America/New_York\"", "restart `wharf serve`"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!((runs(&server), shop.query(days)), (1, before));
    // Taken back, all is well; and what else is held is held as well.
    shop.write("preset/source.toml", &as_it_was);
    next(&told, "done");
    shop.edit("wharf.toml", "[serve]", "week_start = \"sunday\"\n\n[serve]");
    assert!(next(&told, "failed").contains("shop.week_start in wharf.toml is another"));
    // A page that opens now is told at once.
    assert!(next(&runs_told(&server, None), "failed").contains("week_start"));
    assert_eq!(server.stop(), Some(0));
}

const CASTS: &str = "/* wharf\ndescription: x\nkind: full\n*/\n\
                     select cast(country || 'x' as int) as n from orders where country = 'France'\n";

/// One run and one publish a second would be 86,400 a day, and no answer would ever be kept.
#[test]
fn what_fails_is_tried_again_when_something_changed() {
    let (shop, _) = small(EVERY_SECOND);
    let log = shop.path("log.txt");
    let mut command = shop.command(&["serve", "--port", "0"]);
    command.stderr(Stdio::from(File::create(&log).unwrap()));
    let server = Server::of(command);
    let told = runs_told(&server, None);
    shop.write("models/casts.sql", CASTS);
    assert!(next(&told, "failed").contains("failed: casts"));
    let after = runs(&server);
    std::thread::sleep(Duration::from_secs(8));
    // After two seconds and after four more.
    assert!(runs(&server) <= after + 2, "{} after {after}", runs(&server));
    let said = std::fs::read_to_string(&log).unwrap();
    let warned: Vec<&str> =
        said.lines().filter(|line| line.contains("WARN") && line.contains("casts failed")).collect();
    assert!(warned.len() == 1 && warned[0].contains("Francex"), "{said}");
    // At once where a file came, or the model is another.
    let begun = Instant::now();
    shop.drop_file("more.csv", shop::made_shop(10));
    wait_until("the file is not landed", || server.json("/loads")["rows"].as_array().unwrap().len() == 2);
    shop.edit("models/casts.sql", "cast(country || 'x' as int)", "count(*)");
    next(&told, "done");
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert_eq!(server.stop(), Some(0));
}

/// The state that pages show ends with each run, also where the failure is the same, and clears once there is none.
#[test]
fn a_run_that_is_told_to_have_begun_is_told_to_have_ended() {
    let (shop, server) = small(EVERY_SECOND);
    let told = runs_told(&server, None);
    shop.write("models/casts.sql", CASTS);
    next(&told, "failed");
    let mut is_running = false;
    let begun = Instant::now();
    let mut ends = 0;
    while begun.elapsed() < Duration::from_secs(5) {
        let Ok((state, _)) = told.recv_timeout(Duration::from_millis(500)) else { continue };
        assert!(!(is_running && state == "started"), "it began twice");
        is_running = state == "started";
        ends += usize::from(state == "failed");
    }
    assert!(ends > 0 && !is_running);
    // Never made, so that nothing is left to do without it.
    std::fs::remove_file(shop.path("models/casts.sql")).unwrap();
    next(&told, "done");
    shop.write("models/casts.sql", "no model");
    next(&told, "failed");
    std::fs::remove_file(shop.path("models/casts.sql")).unwrap();
    next(&told, "done");
}

#[test]
fn why_a_run_failed_is_told_to_admins_alone() {
    let (shop, server) = small(&format!("{TOKENS}{EVERY_SECOND}"));
    let (to_admin, to_viewer) = (runs_told(&server, Some(ADMIN)), runs_told(&server, Some(VIEWER)));
    shop.write("models/casts.sql", CASTS);
    next(&to_admin, "failed");
    assert!(next(&to_viewer, "failed").contains("failed: casts"));
    let current = |who| server.ask("GET", "/api/v1/runs/current", &[who], b"").text();
    assert!(current(ADMIN).contains("Francex"), "{}", current(ADMIN));
    let seen = current(VIEWER);
    assert!(seen.contains("casts failed") && !seen.contains("Francex"), "{seen}");
    // Nor what fails a whole run.
    shop.write("models/casts.sql", "geheim");
    assert!(next(&to_admin, "failed").contains("models/casts.sql"));
    assert!(!next(&to_viewer, "failed").contains("models/casts.sql"));
    assert!(!current(VIEWER).contains("comment"), "{}", current(VIEWER));
}

#[test]
fn pages_follow_the_runs_of_others() {
    let (shop, _) = small(EVERY_SECOND);
    let server = Server::start(&shop, &["--no-run"]);
    let mut stream = server.connect();
    write!(stream, "GET /api/v1/events HTTP/1.1\r\nhost: {}\r\n\r\n", server.address).unwrap();
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    std::thread::sleep(Duration::from_millis(1500));
    shop.write("models/other.sql", "/* wharf\ndescription: x\nkind: full\n*/\nselect count(*) as n from orders\n");
    shop.run();
    let generation = format!("{{\"published\":{}}}", server.json("/shop")["published"]);
    assert!(lines.filter_map(|line| line.strip_prefix("data: ").map(str::to_owned)).any(|data| data == generation));
    assert_eq!(server.stop(), Some(0));
}

/// A server that has nothing to do looks for days: what each look wrote would add up.
#[test]
fn a_look_that_finds_nothing_writes_nothing() {
    fn files(folder: &std::path::Path, found: &mut BTreeMap<PathBuf, (u64, SystemTime)>) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let about = entry.metadata().unwrap();
            found.insert(entry.path(), (about.len(), about.modified().unwrap()));
            if about.is_dir() {
                files(&entry.path(), found);
            }
        }
    }
    let all = |shop: &Shop| {
        let mut found = BTreeMap::new();
        files(shop.root(), &mut found);
        found
    };
    let (shop, server) = small(EVERY_SECOND);
    // Its own run at the start is over once it looks again.
    wait_until("it does not run", || !server.json("/runs/current")["is_running"].as_bool().unwrap());
    std::thread::sleep(Duration::from_secs(2));
    let before = all(&shop);
    std::thread::sleep(Duration::from_secs(4));
    let after = all(&shop);
    let differing: Vec<&PathBuf> = before
        .iter()
        .filter(|(path, about)| after.get(*path) != Some(about))
        .map(|(path, _)| path)
        .chain(after.keys().filter(|path| !before.contains_key(*path)))
        .collect();
    assert!(differing.is_empty(), "{differing:?}");
    assert_eq!(server.stop(), Some(0));
}

/// Each file that comes is tried, and meets the full disk with another file of its own.
#[test]
fn a_full_disk_is_told_once() {
    let shop = Shop::new();
    shop.write("wharf.toml", "[shop]\npreset = \"online-retail\"\n\n[serve]\nevery_seconds = 1\n");
    let lake = shop.path("lake");
    std::fs::create_dir(&lake).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=600k", "tmpfs"]).arg(&lake).status();
    if !mounted.is_ok_and(|status| status.success()) {
        return println!("SKIPPED a_full_disk_is_told_once: mounting a small file system needs root");
    }
    let log = shop.path("log.txt");
    let mut command = shop.command(&["serve", "--port", "0"]);
    command.stderr(Stdio::from(File::create(&log).unwrap()));
    let server = Server::of(command);
    let told = runs_told(&server, None);
    for rows in [9_000, 9_001, 9_002] {
        shop.drop_file(&format!("lines-{rows}.csv"), shop::made_shop(rows));
        assert!(next(&told, "failed").contains("No space left on device"));
    }
    assert_eq!(server.stop(), Some(0));
    let _ = Command::new("umount").arg("-l").arg(&lake).status();
    let said = std::fs::read_to_string(&log).unwrap();
    assert_eq!(said.matches("No space left on device").count(), 1, "{said}");
}
