//! `wharf check`: all checks of the published tables, now.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray};
use flow::CheckResult;

use crate::arguments::Global;
use crate::failure::{Outcome, Result};
use crate::output::{OutputArgs, Sheet, plain};
use crate::shop::Shop;

/// Run the checks of the published tables; results are kept in the table `checks`
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf check
  wharf check --select daily_sales
  wharf query \"select * from checks where rows > 0\"

Exit code 3 when a check of severity error finds rows.")]
pub struct Check {
    /// Models whose checks to run, like --select of `wharf run`
    #[arg(long, value_name = "MODELS")]
    select: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

impl Check {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let shop = Shop::open_for(global, &self.output)?;
        let flow = shop.flow(Arc::new(flow::Silent))?;
        let results = shop.block_on(flow.check(self.select.as_deref()))?;
        let failed = results.iter().any(|result| !result.warning && result.rows > 0);
        let mut sheet = sheet(&results)?;
        for result in results.iter().filter(|result| result.rows > 0) {
            let samples = result.samples.iter().take(5).map(|sample| format!("\n  {}", plain(sample)));
            sheet = sheet.remark(format!("{}: {}{}", result.model, result.check, samples.collect::<String>()));
        }
        shop.write(&self.output, sheet)?;
        Ok(if failed { Outcome::ChecksFailed } else { Outcome::Done })
    }
}

fn sheet(results: &[CheckResult]) -> Result<Sheet> {
    let text = |of: fn(&CheckResult) -> &str| -> ArrayRef {
        Arc::new(results.iter().map(|result| Some(of(result))).collect::<StringArray>())
    };
    let rows: ArrayRef = Arc::new(results.iter().map(|result| i64::try_from(result.rows).ok()).collect::<Int64Array>());
    Sheet::of_columns(vec![
        ("result", text(outcome)),
        ("model", text(|result| &result.model)),
        ("check", text(|result| &result.check)),
        ("rows", rows),
    ])
}

fn outcome(result: &CheckResult) -> &str {
    match (result.rows, result.warning) {
        (0, _) => "passed",
        (_, true) => "warning",
        (_, false) => "failed",
    }
}
