//! `wharf simulate`: a shop whose truth is known, in bulk or live.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use connect::files::Folder;
use indicatif::{ProgressBar, ProgressStyle};
use port::{Error, Target};
use retail::day::Day;
use sim::bulk::Bulk;
use sim::export::layout::{Every, Layout};
use sim::export::sheet::Format;
use sim::fault::Rates;
use sim::folder::{Remembered, Written};
use sim::live::Live;
use sim::options::{Feature, Options};
use sim::shop::Shop;

mod pace;
mod parse;

pub use self::pace::Speed;
use self::pace::{Pace, on_signals};
pub use self::parse::{count, speed};
use super::print;
use crate::arguments::{Global, day};
use crate::failure::{Failure, Outcome, Result};
use crate::output::thousands;

/// Make a shop: customers with habits, seasons, promotions, returns, faults, and the truth behind them
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf init --preset wharf my && wharf simulate --orders 100_000 --out my/inbox && wharf run --project my
  wharf simulate --orders 1_000_000 --seed 7 --out shop --format parquet
  wharf simulate --orders 50_000 --faults 0.002 --out shop         each kind of fault in 0.2% of orders
  wharf simulate --orders 50_000 --faults late=0.02,null=0.001 --every day --out shop
  wharf simulate --orders 100_000 --off seasons,promotions,stock --out shop
  wharf simulate --live --speed 60x --out my/inbox                 a year until now, then minute by minute

The same seed and flags give the same bytes on every machine. The truth (rates, drop-outs, demand, affinities, faults) is in
DIR/truth. --live goes on with the shop that is in DIR; stop it with Ctrl-C. docs/simulator.md tells what is made.")]
pub struct Simulate {
    /// The folder to write to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How many orders, about, from --start to --end [default: 100_000]
    #[arg(long, value_name = "N", value_parser = parse::count)]
    orders: Option<u64>,
    /// Which shop of all [default: 1]
    #[arg(long, value_name = "N", value_parser = parse::count)]
    seed: Option<u64>,
    /// The day on which the shop opens [default: 2025-01-01; with --live a year ago]
    #[arg(long, value_name = "DAY", value_parser = day)]
    start: Option<Day>,
    /// The last day [default: 2025-12-31]
    #[arg(long, value_name = "DAY", value_parser = day, conflicts_with = "live")]
    end: Option<Day>,
    /// How files are written [default: csv]
    #[arg(long, value_name = "csv|parquet|jsonl", value_parser = parse::format)]
    format: Option<Format>,
    /// A file of each table for every … [default: month]
    #[arg(long, value_name = "all|month|week|day|hour|minute", value_parser = parse::every)]
    every: Option<Every>,
    /// Products at the opening [default: 2000]
    #[arg(long, value_name = "N", value_parser = parse::count)]
    products: Option<u64>,
    /// Share of orders with a fault: one for each kind, or KIND=SHARE,…
    #[arg(long, value_name = "SHARE|KIND=SHARE,…", value_parser = parse::rates)]
    faults: Option<Rates>,
    /// Leave out: seasons, promotions, stock, affinities, usuals, assortment, returns, guests, carts
    #[arg(long, value_name = "FEATURE,…", value_delimiter = ',', value_parser = parse::feature)]
    off: Vec<Feature>,
    /// Do not write DIR/truth, the faults aside
    #[arg(long)]
    no_truth: bool,
    /// Threads to compute with; 0: one a processor
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = parse::threads)]
    threads: usize,
    /// Keep the clock: history until now, then a file every minute, or --beat
    #[arg(long)]
    live: bool,
    /// How fast the shop's clock runs: 1x, 60x, or max
    #[arg(long, value_name = "N", default_value = "1x", value_parser = parse::speed, requires = "live")]
    speed: Speed,
    /// Orders in a minute of yours when live begins, about; instead of --orders
    #[arg(long, value_name = "N", requires = "live", conflicts_with = "orders", value_parser = parse::orders_per_minute)]
    orders_per_minute: Option<f64>,
    /// The shop's minutes a file is of [default: 1, or as the folder has it]
    #[arg(long, value_name = "MINUTES", requires = "live", value_parser = clap::value_parser!(u32).range(1..=1440))]
    beat: Option<u32>,
    /// Stop after so many of the shop's minutes
    #[arg(long, value_name = "N", requires = "live")]
    minutes: Option<u64>,
}

const POSITION: &str = ".wharf-simulate.position";
const DAY_SECONDS: i64 = 86_400;
/// 2025-01-01 and the day after 2025-12-31.
const START: Day = 20_089;
const END: Day = 20_454;

/// A live shop, and how far it is.
pub struct Begun {
    what: Remembered,
    position: i64,
    now: i64,
}

/// A live shop for `wharf demo`.
pub struct Demo(Simulate);

impl Demo {
    /// Into `out`, with about so many orders in the year until now.
    pub fn new(out: PathBuf, orders: u64, speed: Speed) -> Demo {
        Demo(Simulate {
            out,
            orders: Some(orders),
            seed: None,
            start: None,
            end: None,
            format: None,
            every: None,
            products: None,
            faults: Some(Rates::each(0.0005)),
            off: Vec::new(),
            no_truth: true,
            threads: 0,
            live: true,
            speed,
            orders_per_minute: None,
            beat: Some(beat(speed)),
            minutes: None,
        })
    }

    /// Where its files go.
    pub fn out(&self) -> &Path {
        &self.0.out
    }

    /// The year until now; at night until the last morning, since a shop that sleeps shows little.
    pub fn begin(&self) -> Result<Begun> {
        let now = last_open(chrono::Utc::now().timestamp());
        Ok(self.0.begin(Remembered::read(&self.0.out)?, now, true)?.0)
    }

    /// Orders as they come, until it is stopped; `after` is called after each file.
    pub fn go_on(&self, begun: Begun, stopped: &Arc<AtomicBool>, after: &mut dyn FnMut()) -> Result<()> {
        self.0.go_on(begun, true, stopped, after).map(drop)
    }
}

/// Minutes of the shop's that a demo's files are of: one comes every few seconds, however fast the shop's clock runs. What comes
/// more often would only be a load more for wharf to remember, and nobody sees it.
fn beat(speed: Speed) -> u32 {
    const SECONDS: f64 = 5.0;
    match speed {
        Speed::Times(factor) => (SECONDS * factor / 60.0).ceil().clamp(1.0, 1440.0) as u32,
        Speed::Max => 60,
    }
}

/// The moment itself between the hours in which most orders come, else the last beginning of these.
fn last_open(now: i64) -> i64 {
    const OPENS: i64 = 8 * 3600;
    const CLOSES: i64 = 19 * 3600;
    match now.rem_euclid(DAY_SECONDS) {
        OPENS..CLOSES => now,
        night => now - (night - OPENS).rem_euclid(DAY_SECONDS),
    }
}

impl Simulate {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        if self.out.exists() && !self.out.is_dir() {
            let told = format!("--out {} is a file", self.out.display());
            return Err(Failure::usage(told, "name a folder: it is made where it is not there"));
        }
        let known = Remembered::read(&self.out)?;
        if self.live { self.live(known, global.quiet) } else { self.bulk(known, global.quiet) }
    }

    fn bulk(&self, known: Option<Remembered>, quiet: bool) -> Result<Outcome> {
        let start = self.start.unwrap_or(START);
        let end = self.end.map_or(END.max(start + 1), |last| last + 1);
        let what = self.shop(start, end, i64::from(end) * DAY_SECONDS, self.orders.unwrap_or(100_000))?;
        if known.is_some_and(|known| known != what) {
            return Err(self.holds_another());
        }
        let begun = Instant::now();
        let written = self.history(&what, quiet)?;
        let seconds = begun.elapsed().as_secs_f64();
        print(&format!("{} in {seconds:.1} s: {}\n", told(written), self.out.display()))?;
        Ok(Outcome::Done)
    }

    fn live(&self, known: Option<Remembered>, quiet: bool) -> Result<Outcome> {
        let (begun, history) = self.begin(known, chrono::Utc::now().timestamp(), quiet)?;
        if let Some(written) = history {
            print(&format!("History: {}\n", told(written)))?;
        }
        let all = self.go_on(begun, quiet, &on_signals()?, &mut || ())?;
        print(&format!("Live: {}: {}\n", told(all), self.out.display()))?;
        Ok(Outcome::Done)
    }

    /// A live shop with its history, made where the folder has none.
    fn begin(&self, known: Option<Remembered>, now: i64, quiet: bool) -> Result<(Begun, Option<Written>)> {
        let what = match known {
            Some(known) if self.agrees(&known) => known,
            Some(_) => return Err(self.holds_another()),
            None => self.new_live(now - now.rem_euclid(60))?,
        };
        match Folder::new(&self.out, POSITION).position()? {
            Some(text) => {
                let position = text.trim().parse().unwrap_or(what.layout.cut);
                let what = self.beating(what, position)?;
                Ok((Begun { what, position, now }, None))
            }
            None => {
                let cut = what.layout.cut;
                let what = self.beating(what, cut)?;
                let written = self.history(&what, quiet)?;
                let position = what.layout.cut;
                Ok((Begun { what, position, now }, Some(written)))
            }
        }
    }

    /// The same with files as long as they are asked for from there on, which the folder knows before the first is written.
    fn beating(&self, what: Remembered, position: i64) -> Result<Remembered> {
        let Some(minutes) = self.beat.filter(|minutes| i64::from(*minutes) * 60 != what.layout.beat) else {
            return Ok(what);
        };
        let what = Remembered { layout: what.layout.beating(minutes, position)?, ..what };
        if Remembered::read(&self.out)?.is_some() {
            what.write(&self.out)?;
        }
        Ok(what)
    }

    /// File after file, until it is stopped.
    fn go_on(
        &self,
        Begun { what, position, now }: Begun,
        quiet: bool,
        stopped: &Arc<AtomicBool>,
        after: &mut dyn FnMut(),
    ) -> Result<Written> {
        let mut target = Folder::new(&self.out, POSITION);
        let mut pace = Pace::new(position, now, self.speed, self.minutes, stopped.clone());
        let (mut all, mut last) = (Written::default(), position);
        let live = Live { what, threads: self.threads };
        live.run(&mut target, &mut pace, &mut |end, minute| {
            last = end;
            all.files += minute.files;
            all.orders += minute.orders;
            all.lines += minute.lines;
            all.rows += minute.rows;
            all.faults += minute.faults;
            if !quiet && minute.rows > 0 {
                let at = chrono::DateTime::from_timestamp(end, 0).unwrap_or_default().format("%Y-%m-%d %H:%M");
                eprintln!("{at}  {} orders, {} lines", minute.orders, minute.lines);
            }
            after();
        })?;
        if !self.no_truth && last > position {
            let until = (last.div_euclid(DAY_SECONDS) + 1) as Day;
            sim::truth::write(&Shop::new(&live.what.options, until)?, until, &self.out, self.threads)?;
        }
        Ok(all)
    }

    /// All files up to the cut, the truth, and what it takes to go on.
    fn history(&self, what: &Remembered, quiet: bool) -> Result<Written> {
        let until = (what.layout.cut + DAY_SECONDS - 1).div_euclid(DAY_SECONDS) as Day;
        let shop = Shop::new(&what.options, until)?;
        sim::bulk::check(&shop, what.format)?;
        what.write(&self.out)?;
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(what.options.orders) };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} of about {human_len} orders {wide_bar}")
        {
            bar.set_style(style);
        }
        let bulk = Bulk::history(what.layout, what.format, self.threads);
        let written = bulk.write(&shop, &self.out, &|so_far| bar.set_position(so_far.orders))?;
        bar.finish_and_clear();
        if !self.no_truth {
            sim::truth::write(&shop, until, &self.out, self.threads)?;
        }
        let position = what.layout.cut.to_string();
        Folder::new(&self.out, POSITION).write(&port::Delivery { position, parts: Vec::new() })?;
        Ok(written)
    }

    fn shop(&self, start: Day, sized_to: Day, cut: i64, orders: u64) -> Result<Remembered> {
        let mut options = Options::new(self.seed.unwrap_or(1), start, sized_to, orders);
        options.products = self.products.map_or(options.products, |n| u32::try_from(n).unwrap_or(u32::MAX));
        options.faults = self.faults.clone().unwrap_or_default();
        options.off.extend(&self.off);
        options.check()?;
        let layout = Layout::new(i64::from(start) * DAY_SECONDS, cut, self.every.unwrap_or(Every::Month))?;
        Ok(Remembered { options, layout, format: self.format.unwrap_or(Format::Csv) })
    }

    /// A shop that is a year old now, or opens today where --start says so.
    fn new_live(&self, now: i64) -> Result<Remembered> {
        let today = now.div_euclid(DAY_SECONDS) as Day;
        let start = self.start.unwrap_or(today - 365);
        if start > today {
            return Err(Failure::usage("--start lies in the future", "a live shop opens today at the latest"));
        }
        // A shop that opens today is sized by its first year.
        let sized_to = if today - start < 28 { start + 365 } else { today };
        let Some(wanted) = self.orders_per_minute else {
            return self.shop(start, sized_to, now, self.orders.unwrap_or(100_000));
        };
        let a_day = wanted * 1440.0 / self.speed.factor();
        let trial = self.shop(start, sized_to, now, 1_000_000)?.options;
        let trial = Shop::new(&Options { products: 10, ..trial }, today + 15)?;
        let (from, to) = ((now - 14 * DAY_SECONDS).max(trial.opening()), now + 14 * DAY_SECONDS);
        let drawn = trial.expected(from, to) / ((to - from) as f64 / DAY_SECONDS as f64);
        self.shop(start, sized_to, now, (1e6 * a_day / drawn).max(1.0) as u64)
    }

    /// Whether what the command line says is what the folder has.
    fn agrees(&self, known: &Remembered) -> bool {
        let options = &known.options;
        self.seed.is_none_or(|seed| seed == options.seed)
            && self.start.is_none_or(|start| start == options.start)
            && self.orders.is_none_or(|orders| orders == options.orders)
            && self.products.is_none_or(|products| products == u64::from(options.products))
            && self.faults.as_ref().is_none_or(|faults| *faults == options.faults)
            && self.format.is_none_or(|format| format == known.format)
            && self.every.is_none_or(|every| every == known.layout.every)
            && (self.off.is_empty()
                || self.off.iter().copied().collect::<std::collections::BTreeSet<_>>() == options.off)
    }

    fn holds_another(&self) -> Failure {
        let message = format!("{} holds another simulated shop", self.out.display());
        let advice = "choose another --out, empty the folder (with its hidden files), or go on with that shop: \
                      wharf simulate --live --out DIR, without flags that say what it is";
        Failure::from(Error::config(message).advise(advice))
    }
}

fn told(written: Written) -> String {
    let faults = match written.faults {
        0 => String::new(),
        faults => format!(", {} rows hit by faults", thousands(faults)),
    };
    format!(
        "{} orders with {} lines, {} rows in {} files{faults}",
        thousands(written.orders),
        thousands(written.lines),
        thousands(written.rows),
        thousands(written.files)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demo_begins_by_day() {
        let at = |day: i64, hour: i64| day * DAY_SECONDS + hour * 3600;
        assert_eq!(last_open(at(9, 12)), at(9, 12));
        assert_eq!(last_open(at(9, 23)), at(9, 8));
        assert_eq!(last_open(at(9, 2)), at(8, 8));
        assert_eq!(last_open(at(9, 8)), at(9, 8));
    }
}
