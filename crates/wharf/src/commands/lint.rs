//! `wharf lint`: mistakes in models, found before anything runs.

use crate::arguments::Global;
use crate::failure::{Failure, Outcome, Result};
use crate::project;
use crate::shop::Shop;

/// Find mistakes in models and tests before anything runs: columns, types, cycles, SQL, header keys
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  wharf lint\n\nEach mistake is told as file:line:column. Exit code 2 if there is any."
)]
pub struct Lint {}

impl Lint {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let shop = Shop::open(global)?;
        let flow = shop.flow(std::sync::Arc::new(flow::Silent))?;
        let mut problems = shop.block_on(flow.lint())?;
        let tests = project::tests(&shop.config);
        // Where a model is wrong its tests have no columns to be held against.
        if let (Ok(tests), true) = (&tests, problems.is_empty()) {
            problems.extend(shop.block_on(flow.lint_tests(tests))?);
        }
        if !problems.is_empty() {
            let mut told: Vec<String> = problems.iter().map(ToString::to_string).collect();
            if let Err(Failure::Mistakes(more)) = tests {
                told.extend(more);
            }
            return Err(Failure::Mistakes(told));
        }
        let tests = tests?;
        let models = flow.project.graph.order().len();
        super::print(&format!("No mistakes in {models} models and {} tests.\n", tests.len()))?;
        Ok(Outcome::Done)
    }
}
