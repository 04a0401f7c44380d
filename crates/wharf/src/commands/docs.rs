//! `wharf docs`: pages made from what the binary holds.

use crate::failure::{Outcome, Result};
use crate::project;

/// Print documentation that is generated
#[derive(clap::Args)]
pub struct Docs {
    #[command(subcommand)]
    page: Page,
}

#[derive(clap::Subcommand)]
enum Page {
    /// What each metric is, from models/metrics.yaml
    #[command(after_help = "Examples:\n  wharf docs metrics > docs/metrics.md")]
    Metrics,
}

impl Docs {
    pub fn run(self) -> Result<Outcome> {
        let Page::Metrics = self.page;
        super::print(&project::metrics()?.to_markdown())?;
        Ok(Outcome::Done)
    }
}
