//! `wharf presets`.

use crate::failure::{Outcome, Result};
use crate::output::{OutputArgs, text_sheet};

/// List the shops that wharf reads without being told how
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  wharf presets\n  wharf init --preset olist my-shop")]
pub struct Presets {
    #[command(flatten)]
    output: OutputArgs,
}

impl Presets {
    pub fn run(self) -> Result<Outcome> {
        let rows: Vec<Vec<String>> = retail::preset::presets()
            .iter()
            .map(|preset| {
                let source = &preset.source;
                vec![preset.name.clone(), source.currency.clone(), source.timezone.clone(), source.description.clone()]
            })
            .collect();
        let sheet = text_sheet(&["preset", "currency", "timezone", "description"], &rows)?;
        futures::executor::block_on(self.output.write(sheet))?;
        Ok(Outcome::Done)
    }
}
