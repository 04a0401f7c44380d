//! `wharf run`: land, check, model; only what is needed.

use flow::Request;
use retail::day::Day;

use super::summary;
use crate::arguments::{Global, Range, day};
use crate::failure::{Failure, Outcome, Result};
use crate::shop::Shop;

/// Land new files and build what is missing, changed, dirty or failed
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf run                                    what is needed, nothing else
  wharf run --day 2011-11-23                   make one day again
  wharf run --from 2011-11-01 --to 2011-11-30
  wharf run --select +daily_sales+             a model, what it reads and what reads it
  wharf run --full-refresh                     everything again, from the landed originals")]
pub struct Run {
    #[command(flatten)]
    what: What,
}

/// What of a shop to run; `wharf plan` takes the same.
#[derive(Debug, Clone, clap::Args)]
pub struct What {
    /// Make this day again
    #[arg(long, value_name = "DAY", value_parser = day, conflicts_with_all = ["from", "to"])]
    day: Option<Day>,
    #[command(flatten)]
    range: Range,
    /// Models to run: NAME, +NAME with what it reads, NAME+ with what reads it
    #[arg(long, value_name = "MODELS")]
    select: Option<String>,
    /// Make everything again from the landed originals
    #[arg(long)]
    full_refresh: bool,
}

impl Run {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let request = self.what.request()?;
        let shop = Shop::open(global)?;
        run_request(&shop, &request)
    }
}

impl What {
    pub fn request(self) -> Result<Request> {
        let range = self.range.checked()?;
        let days = match (self.day, range.from, range.to) {
            (Some(day), _, _) => Some((day, day)),
            (None, None, None) => None,
            (None, Some(from), Some(to)) => Some((from, to)),
            (None, Some(_), None) => return Err(open_end("--from", "--to")),
            (None, None, Some(_)) => return Err(open_end("--to", "--from")),
        };
        Ok(Request { days, select: self.select, full_refresh: self.full_refresh, ..Request::default() })
    }
}

/// Runs, and tells what was done.
pub fn run_request(shop: &Shop, request: &Request) -> Result<Outcome> {
    let flow = shop.flow(shop.observer())?;
    let summary = shop.block_on(flow.run(request))?;
    // Ends the progress line before the summary is printed.
    drop(flow);
    if !shop.is_quiet() {
        summary::print(shop, &summary)?;
    }
    Ok(summary::outcome(&summary))
}

fn open_end(given: &str, lacking: &str) -> Failure {
    Failure::usage(format!("{given} needs {lacking}"), "a range has a first and a last day; for one day write --day")
}
