//! `wharf optimize`: small files become large ones, and what nobody needs any more is deleted.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, Int64Array, StringArray};
use port::{Keep, Optimized};

use crate::arguments::Global;
use crate::failure::{Outcome, Result};
use crate::output::{OutputArgs, Sheet};
use crate::shop::Shop;

/// Join small files, and delete those that no state of the last days needs
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  wharf optimize\n  wharf optimize --keep-days 0")]
pub struct Optimize {
    /// Keep files that a state of so many last days needs: other engines may still read them
    #[arg(long, value_name = "N", default_value_t = 7)]
    keep_days: u32,
    #[command(flatten)]
    output: OutputArgs,
}

impl Optimize {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let shop = Shop::open_for(global, &self.output)?;
        let files = Duration::from_secs(u64::from(self.keep_days) * 86_400);
        let keep = Keep { files, runs: shop.config.keep_runs() };
        // Not by way of the models, which may be broken now.
        let packed = connect::copies::pack::pack(&shop.landing())?;
        if packed > 0 {
            tracing::info!(files = packed, "landed copies put together");
        }
        let tables = shop.block_on(shop.warehouse().optimize(keep))?;
        let count = |of: fn(&Optimized) -> u64| -> ArrayRef {
            Arc::new(tables.iter().map(|table| i64::try_from(of(table)).ok()).collect::<Int64Array>())
        };
        let names: ArrayRef = Arc::new(tables.iter().map(|table| Some(table.table.as_str())).collect::<StringArray>());
        let sheet = Sheet::of_columns(vec![
            ("table", names),
            ("files_before", count(|table| table.files_before)),
            ("files_after", count(|table| table.files_after)),
            ("files_deleted", count(|table| table.files_deleted)),
        ])?;
        shop.write(&self.output, sheet)?;
        Ok(Outcome::Done)
    }
}
