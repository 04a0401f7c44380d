//! `wharf why METRIC DAY`: where a figure comes from.

use flow::ask::{self, Filter};
use port::{Error, Kind};
use retail::day::Day;

use super::print;
use crate::arguments::{Global, day};
use crate::failure::{Outcome, Result};
use crate::output::{Format, OutputArgs, Sheet};
use crate::project;
use crate::shop::Shop;

/// Explain a figure: its definition, the query behind it, and the order lines and files that it came from
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf why gross_sales 2011-11-23
  wharf why \"net revenue\" 2011-11-01 2011-11-30
  wharf why returns 2011-11-23 --limit 100 --format csv      the lines alone

`wharf docs metrics` lists the metrics.")]
pub struct Why {
    /// A metric, by its name or a synonym
    #[arg(value_name = "METRIC")]
    metric: String,
    /// The day, or the first of several
    #[arg(value_name = "DAY", value_parser = day)]
    from: Day,
    /// The last day
    #[arg(value_name = "LAST", value_parser = day)]
    to: Option<Day>,
    /// How many order lines, the largest first
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: u64,
    #[command(flatten)]
    output: OutputArgs,
}

impl Why {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let metrics = project::metrics()?;
        let metric = metrics.look_up(&self.metric).map_err(|near| {
            let error = Error::new(Kind::NotFound, format!("there is no metric `{}`", self.metric));
            match near {
                Some(near) => error.advise(format!("did you mean `{near}`?")),
                None => error.advise("`wharf docs metrics` lists them"),
            }
        })?;
        let shop = Shop::open_for(global, &self.output)?;
        let filter = Filter::of_days(Some(self.from), Some(self.to.unwrap_or(self.from)));
        let lines = ask::why::lines(metric, &filter, self.limit);
        if self.output.format()? != Format::Table {
            let sql = lines.or_else(|| ask::why::value(metric, &filter)).unwrap_or_default();
            shop.write(&self.output, shop.query(&sql)?)?;
            return Ok(Outcome::Done);
        }
        let Some(sql) = ask::why::value(metric, &filter) else {
            print(&format!("{}: {}\n", metric.title, metric.description))?;
            return Ok(Outcome::Done);
        };
        let value = shop.rows(&sql)?;
        let value = value
            .first()
            .filter(|batch| batch.num_rows() > 0)
            .map(|batch| arrow::util::display::array_value_to_string(batch.column(0), 0).unwrap_or_default());
        let value = value.filter(|text| !text.is_empty()).unwrap_or_else(|| "nothing".to_owned());
        print(&format!("{}: {value}\n{}\n\n{sql}\n\n", metric.title, metric.description))?;
        if let Some(lines) = lines {
            shop.write(&self.output, Sheet::from(shop.query(&lines)?).remark("The largest lines that went into it."))?;
        }
        if let Some(loads) = ask::why::loads(metric, &filter) {
            print("\n")?;
            shop.write(
                &self.output,
                Sheet::from(shop.query(&loads)?).remark("The loads that all of its lines came in."),
            )?;
        }
        Ok(Outcome::Done)
    }
}
