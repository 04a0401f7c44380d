//! `wharf top-customers`.

use flow::ask::Filter;
use flow::ask::customers::{Rank, top};

use crate::arguments::{Global, Range};
use crate::failure::{Outcome, Result};
use crate::output::OutputArgs;
use crate::shop::Shop;

/// The customers who bought most
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf top-customers
  wharf top-customers --by orders --limit 20
  wharf top-customers --from 2011-11-01 --to 2011-11-30 --out november.xlsx")]
pub struct TopCustomers {
    /// What counts
    #[arg(long, value_enum, default_value = "spend")]
    by: By,
    /// How many customers
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(i64).range(1..))]
    limit: i64,
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum By {
    Spend,
    Orders,
}

impl TopCustomers {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let range = self.range.checked()?;
        let rank = match self.by {
            By::Spend => Rank::Spend,
            By::Orders => Rank::Orders,
        };
        let shop = Shop::open_for(global, &self.output)?;
        let days = Filter::of_days(range.from, range.to);
        let limit = self.limit.unsigned_abs();
        let answer = shop.ask(&top(rank, &days, shop.config.reverses_cancelled(), limit, 0))?;
        shop.write(&self.output, answer)?;
        Ok(Outcome::Done)
    }
}
