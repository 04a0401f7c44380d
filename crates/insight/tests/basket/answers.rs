//! Public data sets: the sets found and their supports are those that other programs find, by the hashes that
//! scripts/basket_answers.py stored in answers.txt.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use insight::basket::{self, Baskets, Family, Mining, Support};

/// A file, a minimum count, a family, the number of sets and their hash.
const ANSWERS: &str = include_str!("answers.txt");

#[test]
fn sets_of_public_data_are_those_of_other_programs() {
    let Some(data) = data() else { return };
    let mut read: BTreeMap<&str, (Vec<u32>, Vec<usize>)> = BTreeMap::new();
    for line in ANSWERS.lines() {
        let [file, least, family, sets, hash] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let (items, offsets) = read.entry(file).or_insert_with(|| baskets(&data.join(file)));
        let baskets = Baskets::new(items, offsets).unwrap();
        let family = match family {
            "all" => Family::All,
            "closed" => Family::Closed,
            _ => Family::Maximal,
        };
        for threads in [1, 2] {
            let mining = Mining { family, threads, ..Mining::at(Support::Count(least.parse().unwrap())) };
            let mut found = basket::itemsets(baskets, &mining).unwrap();
            assert_eq!(found.len().to_string(), sets, "{line} on {threads} threads");
            found.sort();
            assert_eq!(hash_of(&found), hash, "{line} on {threads} threads");
            assert_eq!(basket::count(baskets, &mining).unwrap().total().to_string(), sets, "{line}");
        }
    }
}

/// Items ascending and the support in brackets, a line each.
fn hash_of(sets: &basket::Itemsets) -> String {
    let mut hash = blake3::Hasher::new();
    let mut line = String::new();
    for set in sets.iter() {
        line.clear();
        for (at, item) in set.items.iter().enumerate() {
            write!(line, "{}{item}", if at > 0 { " " } else { "" }).unwrap();
        }
        writeln!(line, " ({})", set.count).unwrap();
        hash.update(line.as_bytes());
    }
    hash.finalize().to_string()
}

fn data() -> Option<PathBuf> {
    let data = std::env::var_os("WHARF_TEST_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    if data.join("fimi").is_dir() {
        return Some(data);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "no data at {}", data.display());
    println!("SKIPPED sets_of_public_data_are_those_of_other_programs: no data at {}", data.display());
    None
}

/// A basket a line: numbers, or names between commas, which are numbered in their order.
fn baskets(path: &Path) -> (Vec<u32>, Vec<usize>) {
    let text = fs::read_to_string(path).unwrap();
    let names = path.extension().is_some_and(|extension| extension == "csv");
    let rows: Vec<Vec<&str>> = text
        .lines()
        .map(|line| match names {
            true => line.split(',').map(str::trim).filter(|name| !name.is_empty()).collect(),
            false => line.split_ascii_whitespace().collect(),
        })
        .collect();
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    numbers.extend(rows.iter().flatten().map(|item| (*item, 0)));
    for (number, (item, kept)) in (0..).zip(&mut numbers) {
        *kept = if names { number } else { item.parse().unwrap() };
    }
    let mut offsets = vec![0];
    offsets.extend(rows.iter().scan(0, |end, row| {
        *end += row.len();
        Some(*end)
    }));
    (rows.iter().flatten().map(|item| numbers[item]).collect(), offsets)
}
