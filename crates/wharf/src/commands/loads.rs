//! `wharf loads`: what was landed, and what became of its rows.

use crate::arguments::Global;
use crate::failure::{Outcome, Result};
use crate::output::OutputArgs;
use crate::shop::Shop;

/// List loads and the fates of their rows
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf loads
  wharf loads --format json

Every row has one fate: rows = used + rejected + pending + merged + superseded.")]
pub struct Loads {
    #[command(flatten)]
    output: OutputArgs,
}

impl Loads {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let shop = Shop::open_for(global, &self.output)?;
        let columns = if self.output.is_for_a_person()? {
            "load, name, landed_table, rows, used, rejected, pending, merged, superseded, \
             case when undone then 'undone' end as state"
        } else {
            "*"
        };
        let answer = shop.ask(&format!("select {columns} from loads order by load"))?;
        shop.write(&self.output, answer)?;
        Ok(Outcome::Done)
    }
}
