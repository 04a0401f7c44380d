//! `wharf copy`: the project's tables, put into its other warehouse.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, StringArray};
use port::TableInfo;

use crate::arguments::Global;
use crate::commands::tables;
use crate::failure::{Outcome, Result};
use crate::output::{OutputArgs, Sheet};
use crate::shop::{Kind, Shop};

/// Copy the published tables into the lake, or into PostgreSQL
#[derive(clap::Args)]
#[command(after_help = "The database is the one of [warehouse] in wharf.toml, the lake the one of [lake].

Examples:
  wharf copy --from lake --to postgres       reports on PostgreSQL, runs on the lake
  wharf copy --from postgres --to lake --table daily_sales --table customer_summary")]
pub struct Copy {
    /// Where the tables are
    #[arg(long, value_enum)]
    from: Kind,
    /// Where they go; what is there under their names is replaced, at once
    #[arg(long, value_enum)]
    to: Kind,
    /// Just these tables; without it all but the fates of rows
    #[arg(long = "table", value_name = "TABLE")]
    tables: Vec<String>,
    #[command(flatten)]
    output: OutputArgs,
}

impl Copy {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        if self.from == self.to {
            return Err(crate::failure::Failure::usage(
                "--from and --to are the same warehouse",
                "name both: --from lake --to postgres",
            ));
        }
        let shop = Shop::open_for(global, &self.output)?.within(self.from)?;
        let to = shop.other(self.to)?;
        let chosen: Vec<TableInfo> = match self.tables.as_slice() {
            [] => shop.tables()?.into_iter().filter(|table| table.name != "fates").collect(),
            names => names.iter().map(|name| tables::find(&shop, name)).collect::<Result<_>>()?,
        };
        let copied = shop.block_on(flow::copy(shop.warehouse(), &chosen, to.as_ref(), shop.config.patience()))?;
        let names: ArrayRef =
            Arc::new(copied.iter().map(|copied| Some(copied.table.as_str())).collect::<StringArray>());
        let rows: ArrayRef =
            Arc::new(copied.iter().map(|copied| i64::try_from(copied.rows).ok()).collect::<Int64Array>());
        let changed: ArrayRef = Arc::new(copied.iter().map(|copied| Some(copied.changed)).collect::<BooleanArray>());
        let sheet = Sheet::of_columns(vec![("table", names), ("rows", rows), ("changed", changed)])?;
        shop.write(&self.output, sheet)?;
        Ok(Outcome::Done)
    }
}
