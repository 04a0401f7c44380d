//! `wharf query`: read-only SQL over all published tables.

use std::io::Read;
use std::path::PathBuf;

use port::Error;

use crate::arguments::Global;
use crate::failure::{Failure, Outcome, Result};
use crate::output::OutputArgs;
use crate::shop::Shop;

/// Ask in SQL; read only
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf query \"select country, sum(net_sales) as net_sales from daily_sales group by country order by 2 desc\"
  wharf query --file report.sql --out report.xlsx
  echo 'select count(*) from rejects' | wharf query -

`wharf tables` lists the tables, `wharf describe TABLE` their columns.")]
pub struct Query {
    /// The statement; - reads it from stdin
    #[arg(value_name = "SQL", required_unless_present = "file", conflicts_with = "file")]
    sql: Option<String>,
    /// Read the statement from this file
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

impl Query {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let sql = self.statement()?;
        let shop = Shop::open_for(global, &self.output)?;
        let answer = shop.query(&sql).map_err(|failure| self.placed(failure))?;
        shop.write(&self.output, answer)?;
        Ok(Outcome::Done)
    }

    fn statement(&self) -> Result<String> {
        let sql = match (&self.file, self.sql.as_deref()) {
            (Some(path), _) => std::fs::read_to_string(path).map_err(|error| Error::io("read", path, error))?,
            (None, Some("-")) => {
                let mut sql = String::new();
                let read = std::io::stdin().lock().read_to_string(&mut sql);
                read.map_err(|error| Error::config(format!("cannot read the statement from stdin: {error}")))?;
                sql
            }
            (None, sql) => sql.unwrap_or_default().to_owned(),
        };
        if sql.trim().is_empty() {
            return Err(Failure::usage("there is no statement", "write one: wharf query \"select 1\""));
        }
        Ok(sql)
    }

    /// Names the text that a place in an error is of.
    fn placed(&self, mut failure: Failure) -> Failure {
        if let Failure::Error(error) = &mut failure
            && let Some(location) = &mut error.location
            && location.file.is_empty()
        {
            location.file = self.file.as_ref().map_or("query".to_owned(), |path| path.display().to_string());
        }
        failure
    }
}
