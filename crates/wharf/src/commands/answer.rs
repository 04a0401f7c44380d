//! `wharf answer`: one statement for `wharf serve`, in a process that can be stopped. serve::apart tells what is said to whom.

use std::io::{BufRead, BufReader, BufWriter, Read, Write};

use arrow_ipc::writer::StreamWriter;
use futures::StreamExt;
use port::Error;
use serve::Told;

use crate::arguments::Global;
use crate::failure::{Failure, Outcome, Result};
use crate::shop::Shop;

/// Answer one statement from stdin to `wharf serve`
#[derive(clap::Args)]
pub struct Answer {}

impl Answer {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let Err(failure) = answer(global) else { return Ok(Outcome::Done) };
        let told = Told::from(&Error::from(failure));
        eprintln!("{}", serde_json::to_string(&told).unwrap_or_default());
        Ok(Outcome::Failed)
    }
}

fn answer(global: &Global) -> Result<()> {
    let mut sql = Vec::new();
    let mut stdin = BufReader::new(std::io::stdin());
    let read = stdin.read_until(0, &mut sql);
    read.map_err(|error| Error::internal(format!("cannot read the statement: {error}")))?;
    sql.pop();
    let sql = String::from_utf8(sql).map_err(|_| Error::config("the statement is not UTF-8"))?;
    // Whoever asked is gone when this ends.
    std::thread::spawn(move || {
        while stdin.read(&mut [0]).is_ok_and(|read| read > 0) {}
        std::process::exit(1);
    });
    let shop = Shop::open(global)?;
    let mut answer = shop.query(&sql)?;
    let failed = |error: arrow::error::ArrowError| Failure::of_output(std::io::Error::other(error));
    let out = BufWriter::with_capacity(1 << 16, std::io::stdout());
    let mut writer = StreamWriter::try_new(out, &answer.schema).map_err(failed)?;
    writer.get_mut().flush().map_err(Failure::of_output)?;
    while let Some(batch) = shop.block_on(answer.rows.next()) {
        writer.write(&batch?).map_err(failed)?;
        writer.get_mut().flush().map_err(Failure::of_output)?;
    }
    writer.finish().map_err(failed)?;
    writer.get_mut().flush().map_err(Failure::of_output)
}
