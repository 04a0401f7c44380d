//! Mines a file of one basket a line, items as numbers, and prints how many sets there are and the seconds that took; or
//! makes such a file.
//!
//! `cargo run --release -p insight --example basket -- FILE MIN_COUNT [all|closed|maximal] [THREADS] [sets|count]`
//! `cargo run --release -p insight --example basket -- --make FILE BASKETS PRODUCTS`

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::time::Instant;

use insight::basket::{self, Baskets, Family, Mining, Support};

const USAGE: &str = "usage: basket FILE MIN_COUNT [all|closed|maximal] [THREADS] [sets|count]
       basket --make FILE BASKETS PRODUCTS";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [make, file, baskets, products] if make == "--make" => make_file(file, baskets.parse()?, products.parse()?),
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

/// Baskets of 1 to 15 products, few of which are bought often, with groups of four that go together. The same each time.
fn make_file(file: &str, baskets: u64, products: u64) -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(File::create(file)?);
    let mut state = 1u64;
    let mut below = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    for _ in 0..baskets {
        let mut line = String::new();
        for _ in 0..1 + below(8) {
            // A product of two chances leans towards the small numbers.
            let product = below(products) * below(1000) / 1000;
            line += &format!("{product} ");
            if below(4) == 0 {
                line += &format!("{} ", product / 4 * 4 + below(4));
            }
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(out.flush()?)
}
