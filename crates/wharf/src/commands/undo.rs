//! `wharf undo LOAD`: takes a load back.

use std::collections::BTreeSet;

use flow::Request;
use port::{Error, Kind};

use super::run::run_request;
use crate::arguments::Global;
use crate::failure::{Outcome, Result};
use crate::shop::Shop;

/// Take a load back: its rows leave all tables, and what they had replaced comes back
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf loads
  wharf undo 3

The file may stay in the inbox: it is not landed again. To land it again, drop it under another name.")]
pub struct Undo {
    /// Number of the load, as `wharf loads` lists it
    #[arg(value_name = "LOAD", required = true)]
    loads: Vec<i64>,
}

impl Undo {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let shop = Shop::open(global)?;
        let flow = shop.flow(std::sync::Arc::new(flow::Silent))?;
        let state = shop.block_on(flow.state())?;
        drop(flow);
        for load in &self.loads {
            let message = match state.loads.get(*load) {
                Some(record) if !record.undone => continue,
                Some(_) => format!("load {load} is undone already"),
                None => format!("there is no load {load}"),
            };
            return Err(Error::new(Kind::NotFound, message).advise("`wharf loads` lists them").into());
        }
        // A load that is named twice is taken back once.
        let undo: BTreeSet<i64> = self.loads.into_iter().collect();
        run_request(&shop, &Request { undo: undo.into_iter().collect(), ..Request::default() })
    }
}
