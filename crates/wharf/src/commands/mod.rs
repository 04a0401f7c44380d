//! A file a command: its flags, and what it does with them.

pub mod answer;
pub mod demo;
pub mod serve;
pub mod try_files;

pub mod config;
pub mod init;
pub mod presets;
pub mod simulate;

pub mod backfill;
pub mod plan;
pub mod run;
mod summary;

pub mod basket;
pub mod cohorts;
pub mod recommend;
pub mod repeaters;
pub mod sales;
pub mod stats;
pub mod top_customers;
mod totals;
pub mod why;

pub mod describe;
pub mod export;
pub mod query;
pub mod tables;

pub mod loads;
pub mod rejects;
pub mod undo;

pub mod check;
pub mod lint;
pub mod models;
pub mod test;

pub mod copy;
pub mod optimize;

pub mod completions;
pub mod docs;

use std::io::Write;

use crate::failure::{Failure, Result};

/// Text on stdout, as a command's whole answer.
fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::of_output)
}
