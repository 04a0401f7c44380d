//! Mines a file of one basket a line, items as numbers, and prints how many sets there are and the seconds that took.
//!
//! `cargo run --release -p insight --example basket -- FILE MIN_COUNT [all|closed|maximal] [THREADS] [sets|count]`

use std::error::Error;
use std::fs;
use std::time::Instant;

use insight::basket::{self, Baskets, Family, Mining, Support};

const USAGE: &str = "usage: basket FILE MIN_COUNT [all|closed|maximal] [THREADS] [sets|count]";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [file, min_count, more @ ..] => mine(file, min_count.parse()?, more),
        _ => Err(USAGE.into()),
    }
}

fn mine(file: &str, min_count: u64, more: &[String]) -> Result<(), Box<dyn Error>> {
    let family = match more.first().map_or("all", String::as_str) {
        "all" => Family::All,
        "closed" => Family::Closed,
        "maximal" => Family::Maximal,
        other => return Err(format!("{other} is none of all, closed, maximal").into()),
    };
    let threads = more.get(1).map_or(Ok(1), |threads| threads.parse())?;
    let (mut items, mut offsets) = (Vec::new(), vec![0]);
    for line in fs::read_to_string(file)?.lines() {
        for item in line.split_ascii_whitespace() {
            items.push(item.parse::<u32>()?);
        }
        offsets.push(items.len());
    }
    let baskets = Baskets::new(&items, &offsets)?;
    let mining = Mining { family, threads, ..Mining::at(Support::Count(min_count)) };
    let start = Instant::now();
    // Sets are kept until after the clock has stopped: letting them go is not part of finding them.
    let (sets, _kept) = match more.get(2).map_or("sets", String::as_str) {
        "count" => (basket::count(baskets, &mining)?.total(), None),
        _ => {
            let found = basket::itemsets(baskets, &mining)?;
            (found.len() as u64, Some(found))
        }
    };
    println!("itemsets {sets} seconds {:.4}", start.elapsed().as_secs_f64());
    Ok(())
}
