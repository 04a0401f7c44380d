//! `wharf test`: the user's tests of models, tests/*.yaml.

use std::fmt::Write as _;

use port::{Error, Kind};

use crate::arguments::Global;
use crate::failure::{Outcome, Result};
use crate::project;
use crate::shop::Shop;

/// Run tests/*.yaml: given these rows, expect those
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf test
  wharf test --only refunds

A test:
  refunds_count_on_their_own_day:
    model: daily_sales
    given:
      order_lines_wide:
        - {order_id: a, line_no: 1, day: 2024-05-01, …}
    expect:
      - {day: 2024-05-01, orders: 1}")]
pub struct Test {
    /// Only tests with this in their name
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

impl Test {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let shop = Shop::open(global)?;
        let mut tests = project::tests(&shop.config)?;
        if let Some(only) = &self.only {
            let names: Vec<String> = tests.iter().map(|test| test.name.clone()).collect();
            tests.retain(|test| test.name.contains(only.as_str()));
            if tests.is_empty() && !names.is_empty() {
                let error = Error::new(Kind::NotFound, format!("no test has `{only}` in its name"));
                let advice = match retail::mistake::nearest(only, names.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are: {}", names.join(", ")),
                };
                return Err(error.advise(advice).into());
            }
        }
        if tests.is_empty() {
            super::print("There are no tests: write them into tests/*.yaml (wharf test --help).\n")?;
            return Ok(Outcome::Done);
        }
        let flow = shop.flow(std::sync::Arc::new(flow::Silent))?;
        let results = shop.block_on(flow.test(&tests))?;
        let mut text = String::new();
        for result in &results {
            match &result.failure {
                None => {
                    let _ = writeln!(text, "passed  {}", result.name);
                }
                Some(failure) => {
                    let indented = failure.replace('\n', "\n        ");
                    let _ = writeln!(text, "FAILED  {} ({})\n        {indented}", result.name, result.file);
                }
            }
        }
        let failed = results.iter().filter(|result| result.failure.is_some()).count();
        let _ = writeln!(text, "{} passed, {failed} failed", results.len() - failed);
        super::print(&text)?;
        Ok(if failed > 0 { Outcome::Failed } else { Outcome::Done })
    }
}
