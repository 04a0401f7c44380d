//! `wharf backfill`: `wharf run` for a range of days.

use flow::Request;

use super::run::run_request;
use crate::arguments::{Global, Range};
use crate::failure::{Failure, Outcome, Result};
use crate::shop::Shop;

/// Make a range of days again, in one pass
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf backfill --from 2011-11-01 --to 2011-11-30
  wharf backfill --from 2010-12-01 --to 2011-12-09 --select daily_sales")]
pub struct Backfill {
    #[command(flatten)]
    range: Range,
    /// Models to run: NAME, +NAME with what it reads, NAME+ with what reads it
    #[arg(long, value_name = "MODELS")]
    select: Option<String>,
}

impl Backfill {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let range = self.range.checked()?;
        let Some(days) = range.from.zip(range.to) else {
            let advice = "wharf backfill --from 2011-11-01 --to 2011-11-30";
            return Err(Failure::usage("a backfill needs its first and its last day", advice));
        };
        let request = Request { days: Some(days), select: self.select, ..Request::default() };
        run_request(&Shop::open(global)?, &request)
    }
}
