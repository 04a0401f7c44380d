//! How fast rows are made when nothing is written: `into_memory ORDERS [THREADS]`.

use std::time::Instant;

use sim::bulk::on_threads;
use sim::export::collect::Scope;
use sim::export::layout::{Every, Layout};
use sim::export::make::{Made, Sink, make};
use sim::export::sheet::{Format, Part};
use sim::options::Options;
use sim::shop::Shop;

struct Count {
    rows: u64,
    lines: u64,
    bytes: u64,
}

impl Sink for Count {
    fn take(&mut self, made: Made) -> port::Result<()> {
        self.rows += made.rows;
        self.lines += if made.table.name == "orders" { made.rows } else { 0 };
        self.bytes += if let Part::Text(bytes) = &made.part { bytes.len() as u64 } else { 0 };
        Ok(())
    }
}

fn main() -> port::Result<()> {
    let mut arguments = std::env::args().skip(1).filter_map(|text| text.parse::<u64>().ok());
    let orders = arguments.next().unwrap_or(1_000_000);
    let asked: Option<u64> = arguments.next();
    for threads in asked.map_or(vec![1, 2], |threads| vec![threads]) {
        let before = Instant::now();
        let shop = Shop::new(&Options::new(1, 20_089, 20_454, orders), 20_454)?;
        let made = before.elapsed().as_secs_f64();
        let layout = Layout::new(shop.opening(), 20_454 * 86_400, Every::Month)?;
        let scope = Scope { shop: &shop, layout, files: 0..layout.history(), end: layout.history() };
        let mut count = Count { rows: 0, lines: 0, bytes: 0 };
        on_threads(threads as usize, || make(&scope, Format::Csv, &mut count))??;
        let seconds = before.elapsed().as_secs_f64() - made;
        println!(
            "{threads} threads: shop in {made:.3} s; {} lines, {} rows, {} MB of CSV in {seconds:.3} s: {:.0} lines/s, {:.0} rows/s",
            count.lines,
            count.rows,
            count.bytes / 1_000_000,
            count.lines as f64 / seconds,
            count.rows as f64 / seconds,
        );
    }
    Ok(())
}
