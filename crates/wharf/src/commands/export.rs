//! `wharf export`: whole tables into files.

use std::path::PathBuf;

use models::quote_name;
use port::{Error, TableInfo};

use super::tables;
use crate::arguments::Global;
use crate::failure::{Failure, Outcome, Result};
use crate::output::{Format, OutputArgs, thousands};
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
        let output = OutputArgs { format, out: self.out, raw_csv: self.raw_csv };
        has_room(&table, output.format()?)?;
        write(&shop, &table.name, &output)?;
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
        let tables = shop.tables()?;
        // Before the first of them is written.
        tables.iter().try_for_each(|table| has_room(table, format))?;
        for table in tables {
            let path = folder.join(format!("{}.{}", table.name, format.extension()));
            let output = OutputArgs { format: Some(format), out: Some(path.clone()), raw_csv: self.raw_csv };
            write(shop, &table.name, &output)?;
            tracing::info!(table = table.name, rows = table.rows, file = %path.display(), "exported");
        }
        Ok(Outcome::Done)
    }
}

/// How many rows a table has is known before they are read.
fn has_room(table: &TableInfo, format: Format) -> Result<()> {
    match format.room() {
        Some(room) if table.rows > room => {
            let (rows, room) = (thousands(table.rows), thousands(room));
            let message = format!("{} has {rows} rows, and a workbook's sheet has room for {room}", table.name);
            Err(Failure::usage(message, "write it as csv or parquet, or some of its rows: wharf query \"select …\""))
        }
        _ => Ok(()),
    }
}

fn write(shop: &Shop, table: &str, output: &OutputArgs) -> Result<()> {
    let answer = shop.query(&format!("select * from {}", quote_name(table)))?;
    shop.write(output, answer)
}
