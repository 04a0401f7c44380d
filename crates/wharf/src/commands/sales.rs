//! `wharf sales`: the shop's sales by time, country or category.

use flow::ask::{self, Filter};

use crate::arguments::{Global, Range};
use crate::failure::{Outcome, Result};
use crate::output::OutputArgs;
use crate::shop::Shop;

/// Sales by day, week, month, country, category or channel, guests included
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf sales --by month
  wharf sales --by week --from 2011-11-01 --to 2011-11-30
  wharf sales --by country --format csv

Weeks start as shop.week_start says. `wharf docs metrics` says what each column is.")]
pub struct Sales {
    /// A row for each …
    #[arg(long, value_enum, default_value = "month")]
    by: By,
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum By {
    Day,
    Week,
    Month,
    Country,
    Category,
    Channel,
}

impl Sales {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let range = self.range.checked()?;
        let shop = Shop::open_for(global, &self.output)?;
        let by = match self.by {
            By::Day => ask::sales::By::Day,
            By::Week => ask::sales::By::Week { on_sunday: shop.config.weeks_start_on_sunday() },
            By::Month => ask::sales::By::Month,
            By::Country => ask::sales::By::Country,
            By::Category => ask::sales::By::Category,
            By::Channel => ask::sales::By::Channel,
        };
        let answer = shop.ask(&ask::sales::sales(by, &Filter::of_days(range.from, range.to)))?;
        shop.write(&self.output, answer)?;
        Ok(Outcome::Done)
    }
}
