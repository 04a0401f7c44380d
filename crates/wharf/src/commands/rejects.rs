//! `wharf rejects`: rows set aside, why, and trying them again.

mod raw;
mod show;

use flow::Request;
use flow::ask::Conditions;
use flow::ask::data::Rejects as Asked;

use super::run::run_request;
use crate::arguments::Global;
use crate::failure::{Outcome, Result};
use crate::output::{Format, OutputArgs, Sheet};
use crate::shop::Shop;

/// Rows that were set aside, by reason; list, show, export or try them again
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:
  wharf rejects                                            how many, by rule
  wharf rejects list --rule unit_price_not_positive
  wharf rejects show --load 1 --limit 3                    rows in full, as they came
  wharf rejects export --rule bad_timestamp --out fix.csv
  wharf rejects replay                                     try them again, after a fix of source.toml")]
pub struct Rejects {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(clap::Subcommand)]
enum Action {
    /// List rejected and pending rows
    List {
        #[command(flatten)]
        filters: Filters,
        #[command(flatten)]
        limit: Limit,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Show rows in full, as they came
    Show {
        #[command(flatten)]
        filters: Filters,
        #[command(flatten)]
        limit: Limit,
    },
    /// Write rows with their own cells as columns, to be mended and dropped into inbox/ again
    Export {
        #[command(flatten)]
        filters: Filters,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Try all rejected and pending rows again, under the rules of today
    Replay,
}

#[derive(Debug, Clone, Default, clap::Args)]
pub struct Filters {
    /// Only rows that this rule set aside
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
    /// Only rows of this load
    #[arg(long, value_name = "LOAD")]
    load: Option<i64>,
    /// Only rows of this landed table
    #[arg(long, value_name = "TABLE")]
    table: Option<String>,
    /// rejected: set aside; pending: waiting for a row they belong to
    #[arg(long, value_name = "STATUS", value_parser = ["rejected", "pending"])]
    status: Option<String>,
}

#[derive(Debug, Clone, Default, clap::Args)]
pub struct Limit {
    /// So many rows at most [default: 50 to a person, all to a program]
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
}

impl Rejects {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let shop = Shop::open(global)?;
        match &self.action {
            None => hint(&shop, &self.filters)?,
            Some(Action::List { filters, .. } | Action::Show { filters, .. } | Action::Export { filters, .. }) => {
                hint(&shop, filters)?;
            }
            Some(Action::Replay) => {}
        }
        match self.action {
            None => by_reason(&shop, &self.filters, &self.output)?,
            Some(Action::List { filters, limit, output }) => list(&shop, &filters, &limit, &output)?,
            Some(Action::Show { filters, limit }) => show::show(&shop, &filters, limit.limit.unwrap_or(10))?,
            Some(Action::Export { filters, output }) => raw::export(&shop, &filters, output)?,
            Some(Action::Replay) => {
                return run_request(&shop, &Request { replay: true, ..Request::default() });
            }
        }
        Ok(Outcome::Done)
    }
}

impl Filters {
    fn asked(&self) -> Asked {
        let Filters { rule, load, table, status } = self.clone();
        Asked { rule, load, table, status }
    }

    fn conditions(&self) -> Conditions {
        self.asked().conditions()
    }
}

/// Tells of a rule that set no row aside, which may be a slip of the pen.
fn hint(shop: &Shop, filters: &Filters) -> Result<()> {
    let Some(rule) = &filters.rule else { return Ok(()) };
    let mut known = Vec::new();
    for batch in shop.rows("select distinct rule from rejects order by rule")? {
        let cell = |row| arrow::util::display::array_value_to_string(batch.column(0), row).unwrap_or_default();
        known.extend((0..batch.num_rows()).map(cell));
    }
    if !known.contains(rule) {
        let advice = match retail::mistake::nearest(rule, known.iter().map(String::as_str)) {
            Some(near) => format!("; did you mean `{near}`?"),
            None if known.is_empty() => String::new(),
            None => format!("; there are: {}", known.join(", ")),
        };
        eprintln!("no row was set aside by the rule `{rule}`{advice}");
    }
    Ok(())
}

fn by_reason(shop: &Shop, filters: &Filters, output: &OutputArgs) -> Result<()> {
    let answer = shop.ask(&filters.asked().by_reason())?;
    shop.write(
        output,
        Sheet::from(answer).remark("wharf rejects list shows the rows, wharf rejects show each in full."),
    )
}

fn list(shop: &Shop, filters: &Filters, limit: &Limit, output: &OutputArgs) -> Result<()> {
    let person = output.is_for_a_person()?;
    let most = match limit.limit {
        Some(limit) => format!("limit {limit}"),
        None if person => "limit 50".to_owned(),
        None => String::new(),
    };
    let raw = if person { "" } else { ", raw" };
    let sql = format!(
        "select load, row, line, file, landed_table, rule, reason, status{raw} from rejects {} \
         order by load, row {most}",
        filters.conditions()
    );
    let mut sheet = Sheet::from(shop.ask(&sql)?);
    if limit.limit.is_none() && output.format()? == Format::Table {
        sheet = sheet.remark("At most 50 rows are shown: --limit shows more, --format csv all.");
    }
    shop.write(output, sheet)
}
