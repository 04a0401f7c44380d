//! Stopped anywhere, a run's successor ends in the tables of an undisturbed shop, row for row.

mod shop;

use std::collections::BTreeMap;
use std::fs::File;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use shop::kept::{Tables, assert_same};
use shop::{Done, Random, Shop, made_shop};

const LINES: u32 = 20_000;

/// What happens to a shop: a first export, then one that overlaps with it and corrects some of it.
struct Story {
    first: String,
    second: String,
}

impl Story {
    fn new() -> Story {
        let all = made_shop(LINES);
        let (header, rows) = all.split_once('\n').unwrap();
        let rows: Vec<&str> = rows.lines().collect();
        let first = rows[..rows.len() * 3 / 4].join("\n");
        let mut corrected: Vec<String> = rows[rows.len() / 2..].iter().map(|row| (*row).to_owned()).collect();
        // A corrected country, in orders that the first export has too.
        for row in corrected.iter_mut().take(400).step_by(40) {
            *row = row.replace("France", "Belgium").replace("United Kingdom", "Norway");
        }
        Story { first: format!("{header}\n{first}\n"), second: format!("{header}\n{}\n", corrected.join("\n")) }
    }

    /// A shop that is about to run for the first time.
    fn before_first(&self) -> Shop {
        let shop = Shop::new();
        shop.drop_file("week1.csv", &self.first);
        shop
    }

    /// The same with a file so large that it is read while it is copied: by a column that nobody knows.
    fn before_large(&self) -> Shop {
        let mut lines = self.first.lines();
        let header = format!("{},Remarks\n", lines.next().unwrap());
        let remark = "x".repeat((9 << 20) / lines.clone().count());
        let large = lines.fold(header, |text, line| text + line + "," + &remark + "\n");
        assert!(large.len() > 9 << 20);
        let shop = Shop::new();
        shop.drop_file("week1.csv", &large);
        shop
    }

    /// A shop that ran once and is about to land the second export.
    fn before_second(&self) -> Shop {
        let shop = self.before_first();
        shop.run();
        shop.drop_file("week2.csv", &self.second);
        shop
    }
}

/// A shop before a run, and how it must be after it.
struct Case {
    name: &'static str,
    before: Shop,
    after: Tables,
    takes: Duration,
}

fn cases() -> Vec<Case> {
    let story = Story::new();
    vec![Case::new("first run", story.before_first()), Case::new("second run", story.before_second())]
}

impl Case {
    fn new(name: &'static str, before: Shop) -> Case {
        let undisturbed = before.twin();
        let start = Instant::now();
        undisturbed.run();
        let takes = start.elapsed();
        undisturbed.assert_delta();
        undisturbed.assert_fates();
        Case { name, before, after: undisturbed.tables(), takes }
    }

    /// The next run must mend what the stopped one left.
    fn mends(&self, shop: &Shop, how: &str) {
        let what = format!("{} {how}", self.name);
        let done = shop.wharf(&["run"]);
        assert_eq!(done.code, Some(0), "{what}: the next run failed\n{}\n{}", done.err, done.out);
        assert_same(&what, &shop.tables(), &self.after);
        shop.assert_delta();
        let left = std::fs::read_dir(shop.path("lake/landing")).unwrap();
        let left: Vec<String> = left.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect();
        assert!(!left.iter().any(|name| name.starts_with(".tmp-")), "{what}: {left:?}");
    }
}

#[test]
fn stopped_at_each_write_boundary() {
    const POINTS: [&str; 21] = [
        "fetch",
        "land",
        "placed",
        "rejects",
        "recorded",
        "built:1",
        "built:2",
        "built:4",
        "built:6",
        "built:7",
        "commit:1",
        "commit:2",
        "commit:5",
        "commit:8",
        "commit:11",
        "commit:12",
        "commit:13",
        "commit:14",
        "manifest",
        "published",
        "built:3",
    ];
    for case in cases() {
        let mut hits = BTreeMap::new();
        for point in POINTS {
            let shop = case.before.twin();
            let stopped = Done::of(shop.fault(point));
            let hit = stopped.err.contains("fault: stopping at");
            assert_eq!(hit, stopped.code.is_none(), "{point}: {}", stopped.err);
            // Boundaries that every run passes; others depend on how many tables change.
            let always = !point.contains(':') || point.ends_with(":1");
            assert!(hit || !always, "{}: {point} was not reached\n{}", case.name, stopped.err);
            case.mends(&shop, &format!("stopped at {point}"));
            if hit {
                *hits.entry(point.split(':').next().unwrap_or(point)).or_insert(0) += 1;
            }
            if point == "published" || point == "manifest" {
                shop.assert_fates();
                shop.assert_idle();
            }
        }
        println!("{}: stops by boundary: {hits:?}", case.name);
    }
}

#[test]
fn stopped_twice_also_while_it_mends() {
    for case in cases() {
        for (first, second) in
            [("commit:3", "fetch"), ("commit:7", "commit:2"), ("manifest", "commit:1"), ("published", "land")]
        {
            let shop = case.before.twin();
            for point in [first, second] {
                shop.fault(point);
            }
            case.mends(&shop, &format!("stopped at {first}, then at {second}"));
        }
    }
}

/// `WHARF_KILLS` asks for another number of kills than 50.
#[test]
fn killed_at_random_moments() {
    let kills: usize = std::env::var("WHARF_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(50);
    let mut cases = cases();
    cases.push(Case::new("large file", Story::new().before_large()));
    let mut random = Random::new(2011);
    let mut hits: BTreeMap<String, usize> = BTreeMap::new();
    for kill in 0..kills {
        let case = &cases[kill % cases.len()];
        let shop = case.before.twin();
        let moment = case.takes.mul_f64(1.2 * random.below(1_000_000) as f64 / 1e6);
        let log = shop.path("stderr.txt");
        let mut child =
            shop.command(&["run"]).stderr(File::create(&log).unwrap()).stdout(Stdio::null()).spawn().unwrap();
        sleep(moment);
        let ended = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        let told = std::fs::read_to_string(&log).unwrap();
        let phase = if ended { "ended before" } else { phase(&told) };
        *hits.entry(format!("{}: {phase}", case.name)).or_default() += 1;
        case.mends(&shop, &format!("killed after {moment:?} ({phase})"));
        if kill % 10 == 0 {
            shop.assert_fates();
            shop.assert_idle();
        }
    }
    println!("{kills} kills (a first run takes {:?}, a second {:?}):", cases[0].takes, cases[1].takes);
    hits.iter().for_each(|(phase, count)| println!("  {count:>3}  {phase}"));
}

/// How far a run had come, by the last thing that it told.
fn phase(told: &str) -> &'static str {
    let passed = |text: &str| told.lines().any(|line| line.contains(text));
    match () {
        () if passed("published") => "after publishing",
        () if passed("model=\"cohorts\"") || passed("model=\"customer_summary\"") => "committing",
        () if passed("built") => "building",
        () if passed("landed") => "checking staging, building the first model",
        () if passed("landing") => "landing",
        () => "starting",
    }
}

#[test]
fn two_runs_at_once() {
    for case in cases() {
        let shop = case.before.twin();
        let start = || shop.command(&["run"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let both = [start(), start()];
        let both = both.map(|child| Done::of(child.wait_with_output().unwrap()));
        for done in &both {
            assert_eq!(done.code, Some(0), "{}\n{}", done.err, done.out);
        }
        let idle = both.iter().filter(|done| done.out.contains("Nothing to do")).count();
        assert_eq!(idle, 1, "one works, the other finds nothing left: {both:?}");
        assert_same(case.name, &shop.tables(), &case.after);
        shop.assert_delta();
        shop.assert_fates();
    }
}

#[test]
fn a_run_that_may_not_wait_says_who_holds_the_lock() {
    let shop = Story::new().before_first();
    std::fs::create_dir_all(shop.path("lake")).unwrap();
    let held = File::create(shop.path("lake/.lock")).unwrap();
    held.lock().unwrap();
    std::io::Write::write_all(&mut &held, b"process 4711").unwrap();
    let done = shop.wharf(&["run", "--set", "lake.wait_seconds=0"]);
    done.fails(1, &["another wharf is at work", "4711"]);
    drop(held);
    shop.run();
}
