//! `wharf export`: whole tables into files.

use std::path::PathBuf;

use models::quote_name;
use port::Error;

use super::tables;
use crate::arguments::Global;
use crate::failure::{Failure, Outcome, Result};
use crate::output::{Format, OutputArgs};
use crate::shop::Shop;

/// Write whole tables into files
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf export daily_customer_stats --out stats.parquet
  wharf export daily_sales > sales.csv
  wharf export --all --out backup/ --format parquet")]
pub struct Export {
    /// The table
    #[arg(value_name = "TABLE", required_unless_present = "all", conflicts_with = "all")]
    table: Option<String>,
    /// All tables, a file each, into the folder --out
    #[arg(long)]
    all: bool,
    /// The file, or with --all the folder [default: stdout, or export/]
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// How to write the rows [default: by the extension of --out, else csv]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// In csv, leave cells that a spreadsheet might run (=…, +…, @…) as they are
    #[arg(long)]
    raw_csv: bool,
}

impl Export {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let shop = Shop::open(global)?;
        if self.all {
            return self.all(&shop);
        }
        let table = tables::find(&shop, self.table.as_deref().unwrap_or_default())?;
        let format = self.format.or(if self.out.is_none() { Some(Format::Csv) } else { None });
        write(&shop, &table.name, &OutputArgs { format, out: self.out, raw_csv: self.raw_csv })?;
        Ok(Outcome::Done)
    }

    fn all(self, shop: &Shop) -> Result<Outcome> {
        let format = self.format.unwrap_or(Format::Csv);
        let folder = self.out.unwrap_or_else(|| PathBuf::from("export"));
        if folder.is_file() {
            let message = format!("{} is a file", folder.display());
            return Err(Failure::usage(message, "with --all, --out names a folder"));
        }
        std::fs::create_dir_all(&folder).map_err(|error| Error::io("create", &folder, error))?;
        for table in shop.tables()? {
            let path = folder.join(format!("{}.{}", table.name, format.extension()));
            let output = OutputArgs { format: Some(format), out: Some(path.clone()), raw_csv: self.raw_csv };
            write(shop, &table.name, &output)?;
            tracing::info!(table = table.name, rows = table.rows, file = %path.display(), "exported");
        }
        Ok(Outcome::Done)
    }
}

fn write(shop: &Shop, table: &str, output: &OutputArgs) -> Result<()> {
    let answer = shop.query(&format!("select * from {}", quote_name(table)))?;
    shop.write(output, answer)
}
