//! The same options give the same bytes: over threads, over runs, over a live shop that is cut off.

use std::collections::BTreeMap;
use std::path::Path;

use port::{Capabilities, Content, Delivery, Result, Takes, Target};
use retail::day::Day;
use sim::bulk::Bulk;
use sim::export::layout::{Every, Layout};
use sim::export::sheet::Format;
use sim::fault::Rates;
use sim::folder::Remembered;
use sim::live::{Clock, Live};
use sim::options::Options;
use sim::shop::Shop;

const START: Day = 20_089;
const DAY: i64 = 86_400;

fn options(orders: u64, days: Day) -> Options {
    let mut options = Options::new(11, START, START + days, orders);
    options.products = 300;
    options.faults = Rates::each(0.01);
    options
}

fn layout(until: i64, every: Every) -> Layout {
    Layout::new(i64::from(START) * DAY, until, every).unwrap()
}

/// Contents of a folder's files by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        } else {
            found.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
    found
}

fn bulk(shop: &Shop, layout: Layout, format: Format, threads: usize) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    Bulk::history(layout, format, threads).write(shop, folder.path(), &|_| {}).unwrap();
    files(folder.path())
}

#[test]
fn threads_change_no_byte() {
    let mut options = options(30_000, 200);
    let until = i64::from(START + 200) * DAY;
    let shop = Shop::new(&options, START + 200).unwrap();
    for (format, every) in [(Format::Csv, Every::Month), (Format::Jsonl, Every::Day), (Format::Parquet, Every::Month)] {
        if format == Format::Parquet {
            options.faults = Rates::default();
        }
        let shop = if format == Format::Parquet { &Shop::new(&options, START + 200).unwrap() } else { &shop };
        let one = bulk(shop, layout(until, every), format, 1);
        assert!(one.keys().any(|name| name.starts_with("orders-2025-03-01")), "{:?}", one.keys());
        for threads in [2, 5] {
            assert!(one == bulk(shop, layout(until, every), format, threads), "{format:?} on {threads} threads");
        }
    }
}

#[test]
fn a_seed_is_what_it_was_yesterday_and_elsewhere() {
    let shop = Shop::new(&options(2_000, 90), START + 90).unwrap();
    let made = bulk(&shop, layout(i64::from(START + 90) * DAY, Every::Month), Format::Csv, 0);
    let mut hasher = blake3::Hasher::new();
    for (name, bytes) in &made {
        hasher.update(name.as_bytes()).update(bytes);
    }
    let told = "a seed means another shop now: if that is meant, say so in CHANGELOG.md and put this hash here";
    assert_eq!(hasher.finalize().to_hex().as_str(), KNOWN, "{told}");
}

const KNOWN: &str = "262f6baba5afdc2e8774027d0cde5b8ae323594951dce1d4d9dcba042cca4ce4";

#[test]
fn a_shop_made_further_is_the_same_up_to_there() {
    let (short, long) = (START + 120, START + 400);
    let options = options(8_000, 120);
    let [short, long] = [short, long].map(|until| Shop::new(&options, until).unwrap());
    let layout = layout(i64::from(START + 120) * DAY, Every::Week);
    assert!(bulk(&short, layout, Format::Csv, 0) == bulk(&long, layout, Format::Csv, 0));
}

/// Of each order and customer the last version, of stock all that happened; files in the order of their names.
fn last(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<String>> {
    let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, bytes) in files {
        let table = name.split("-2").next().unwrap().to_owned();
        let text = std::str::from_utf8(bytes).unwrap();
        let mut of_file: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in text.lines().skip(1) {
            let key = format!("{table}/{}", line.split(',').next().unwrap());
            of_file.entry(key).or_default().push(line.to_owned());
        }
        // Stock has events, not states.
        for (key, lines) in of_file {
            match table.as_str() {
                "stock" => {
                    let known = rows.entry(key).or_default();
                    lines.into_iter().for_each(|line| {
                        if !known.contains(&line) {
                            known.push(line)
                        }
                    });
                }
                _ => drop(rows.insert(key, lines)),
            }
        }
    }
    rows
}

/// Rows are the same however they are cut into files.
#[test]
fn files_of_any_size_hold_the_same_rows() {
    let mut options = options(4_000, 100);
    options.faults = Rates::default();
    let shop = Shop::new(&options, START + 100).unwrap();
    let of = |every| last(&bulk(&shop, layout(i64::from(START + 100) * DAY, every), Format::Csv, 0));
    let month = of(Every::Month);
    assert!(month.len() > 8_000);
    for every in [Every::All, Every::Week, Every::Hour] {
        assert!(month == of(every), "{every:?}");
    }
}

/// A target that fails after some deliveries, once half of one is there.
#[derive(Default)]
struct Memory {
    files: BTreeMap<String, Vec<u8>>,
    position: Option<String>,
    left: usize,
    /// A file may come again with more in it, or less.
    of_another_size: bool,
}

impl Target for Memory {
    fn capabilities(&self) -> Capabilities {
        Capabilities { takes: Takes::Files, atomic: false }
    }

    fn position(&mut self) -> Result<Option<String>> {
        Ok(self.position.clone())
    }

    fn write(&mut self, batch: &Delivery) -> Result<()> {
        for part in &batch.parts {
            let Content::File(bytes) = &part.content else { panic!("rows") };
            let before = self.files.insert(part.name.clone(), bytes.clone());
            let same = self.of_another_size || before.is_none_or(|before| before == *bytes);
            assert!(same, "{} came again, and otherwise", part.name);
            if self.left == 0 {
                return Err(port::Error::new(port::Kind::Io, "the power went"));
            }
            self.left -= 1;
        }
        self.position = Some(batch.position.clone());
        Ok(())
    }
}

struct Until(i64);

impl Clock for Until {
    fn wait_until(&mut self, at: i64) -> bool {
        at <= self.0
    }
}

#[test]
fn a_live_shop_that_is_cut_off_gives_what_bulk_gives() {
    let options = options(20_000, 60);
    let begin = i64::from(START + 40) * DAY + 37_260;
    let end = begin + 3 * DAY;
    let live = |cuts: &[usize]| {
        let what = Remembered { options: options.clone(), layout: layout(begin, Every::Month), format: Format::Csv };
        let (live, mut target) = (Live { what, threads: 0 }, Memory::default());
        for left in cuts {
            target.left = *left;
            let ended = live.run(&mut target, &mut Until(end), &mut |_, _| {});
            assert_eq!(ended.is_ok(), *left == usize::MAX);
        }
        target.files
    };
    let whole = live(&[usize::MAX]);
    assert!(whole.len() > 1500, "{}", whole.len());
    assert!(whole == live(&[0, 1, 2, 3, 100, 7, 800, usize::MAX]));

    // After history by the month the first minute also has what history was to repeat; those after it are as if there had
    // been minutes from the opening on.
    let shop = Shop::new(&options, START + 60).unwrap();
    let minutes = bulk(&shop, layout(end, Every::Minute), Format::Csv, 0);
    let first = format!("orders-{}.csv", layout(begin, Every::Month).label(layout(begin, Every::Month).history()));
    assert!(whole[&first].len() > minutes[&first].len());
    let later = whole.iter().filter(|(name, _)| **name != first && !name.starts_with("truth"));
    let compared = later.map(|(name, bytes)| assert!(*bytes == minutes[name], "{name}")).count();
    assert!(compared > 1000, "{compared}");
}

/// Files of several minutes, and of other numbers of them from some moment on, hold the rows of bulk, wherever they are cut.
#[test]
fn a_live_shop_in_beats_has_the_rows_of_bulk() {
    let mut options = options(20_000, 60);
    options.faults = Rates::default();
    let begin = i64::from(START + 40) * DAY + 37_260;
    let end = begin + 4 * DAY;
    let shop = Shop::new(&options, START + 60).unwrap();
    let expected = last(&bulk(&shop, layout(end, Every::Month), Format::Csv, 0));
    let history = bulk(&shop, layout(begin, Every::Month), Format::Csv, 0);
    for beats in [&[20][..], &[1, 11, 60, 7, 1]] {
        let mut target = Memory { files: history.clone(), of_another_size: true, ..Memory::default() };
        let mut now = layout(begin, Every::Month);
        for (at, minutes) in beats.iter().enumerate() {
            let position = target.position.as_ref().map_or(begin, |position| position.parse().unwrap());
            now = now.beating(*minutes, position).unwrap();
            let what = Remembered { options: options.clone(), layout: now, format: Format::Csv };
            // What stands in the folder is what it is read as.
            let text = serde_json::to_string(&what).unwrap();
            assert_eq!(serde_json::from_str::<Remembered>(&text).unwrap(), what);
            let live = Live { what, threads: 0 };
            // All but the last end within a delivery.
            for left in [5, 40, if at + 1 == beats.len() { usize::MAX } else { 31 }] {
                target.left = left;
                let ended = live.run(&mut target, &mut Until(end), &mut |_, _| {});
                assert_eq!(ended.is_ok(), left == usize::MAX);
            }
        }
        let reached: i64 = target.position.as_ref().unwrap().parse().unwrap();
        assert_eq!(reached, end);
        assert!(last(&target.files) == expected, "{beats:?}");
    }
    let layout = layout(begin, Every::Month);
    assert!(layout.beating(0, begin).is_err() && layout.beating(5, begin - 60).is_err());
}
