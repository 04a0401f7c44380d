//! `wharf why METRIC DAY`: where a figure comes from.

use flow::ask::Filter;
use flow::ask::why::{self, Of, Rule};
use models::Metric;
use port::{Error, Kind};
use retail::day::Day;

use super::print;
use crate::arguments::{Global, day};
use crate::failure::{Failure, Outcome, Result};
use crate::output::{OutputArgs, Sheet};
use crate::project;
use crate::shop::Shop;

/// Explain a figure: its definition, the query behind it, and the order lines and files that it came from
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf why gross_sales 2011-11-23
  wharf why \"net revenue\" 2011-11-01 2011-11-30
  wharf why spend --customer 14646                           over all time
  wharf why units 2011-11-01 2011-11-30 --product 22423
  wharf why rule_lift --rule 22698 22697                     of what goes with a product
  wharf why returns 2011-11-23 --limit 100 --format csv      the lines alone

`wharf docs metrics` lists the metrics.")]
pub struct Why {
    /// A metric, by its name or a synonym; quote one of several words
    #[arg(value_name = "METRIC")]
    metric: String,
    /// The day, or the first of several; of one product, customer or order, and of what knows no days, it may be left out
    #[arg(value_name = "DAY", value_parser = day)]
    from: Option<Day>,
    /// The last day
    #[arg(value_name = "LAST", value_parser = day)]
    to: Option<Day>,
    /// Of one product alone
    #[arg(long, value_name = "ID")]
    product: Option<String>,
    /// Of one customer alone
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// Of one order alone
    #[arg(long, value_name = "ID")]
    order: Option<String>,
    /// Of one rule of what is bought together alone
    #[arg(long, value_names = ["WITH", "GOES"], num_args = 2)]
    rule: Vec<String>,
    /// How many order lines, the largest first
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: u64,
    #[command(flatten)]
    output: OutputArgs,
}

/// Loads that a person is shown.
const LOADS: u64 = 200;

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
        let mut of = self.of(metric)?;
        let shop = Shop::open_for(global, &self.output)?;
        if let Some(rule) = &mut of.rule {
            let graph = project::load(&shop.config)?.graph;
            rule.baskets = graph.model(why::RULES).map(|model| model.sql.clone());
        }
        let lines = why::lines(metric, &of, self.limit, 0);
        let value = why::value(metric, &of);
        if !self.output.is_for_a_person()? {
            let sql = lines.or(value).ok_or_else(|| {
                Error::config(format!("{} has no rows of its own", metric.name)).advise("leave --format and --out away")
            })?;
            shop.write(&self.output, shop.ask(&sql)?)?;
            return Ok(Outcome::Done);
        }
        let Some(sql) = value else {
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
            shop.write(&self.output, Sheet::from(shop.ask(&lines)?).remark("The largest lines that went into it."))?;
        }
        if let Some(loads) = why::loads(metric, &of, LOADS, 0) {
            print("\n")?;
            shop.write(
                &self.output,
                Sheet::from(shop.ask(&loads)?).remark("The loads that all of its lines came in."),
            )?;
        }
        Ok(Outcome::Done)
    }

    /// What the figure is asked of.
    fn of(&self, metric: &Metric) -> Result<Of> {
        let is_of_one = [&self.product, &self.customer, &self.order].into_iter().any(Option::is_some);
        if self.from.is_none() && !is_of_one && metric.time_column.is_some() {
            let advice = format!("write it, like: wharf why {} 2011-11-23", metric.name);
            return Err(Failure::usage(format!("{} needs a DAY", metric.title), advice));
        }
        let last = self.to.or(self.from);
        if self.from > last {
            return Err(Failure::usage("LAST lies before DAY", "swap them: the first day comes first"));
        }
        let [product, customer, order] = [&self.product, &self.customer, &self.order].map(Clone::clone);
        let rule = match self.rule.as_slice() {
            [antecedent, consequent] => {
                Some(Rule { antecedent: antecedent.clone(), consequent: consequent.clone(), baskets: None })
            }
            _ => None,
        };
        let of = Of { filter: Filter::of_days(self.from, last), product, customer, order, rule };
        match of.beyond(metric) {
            Some(one) => {
                let told = format!("{} is not known of one {one}", metric.name);
                Err(Failure::usage(told, "`wharf docs metrics` tells tables: order_lines_wide knows each of them"))
            }
            None => Ok(of),
        }
    }
}
