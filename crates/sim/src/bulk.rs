//! All of a stretch of time at once, as fast as the machine can.

use std::ops::Range;
use std::path::Path;

use port::{Error, Result};

use crate::export::collect::Scope;
use crate::export::layout::Layout;
use crate::export::make::make;
use crate::export::sheet::Format;
use crate::fault::Fault;
use crate::folder::{Folder, Written};
use crate::shop::Shop;

/// What to write.
#[derive(Debug, Clone)]
pub struct Bulk {
    pub layout: Layout,
    pub files: Range<u32>,
    pub format: Format,
    /// 0: one a processor. The bytes do not depend on it.
    pub threads: usize,
}

impl Bulk {
    /// All of history, as the layout has it.
    pub fn history(layout: Layout, format: Format, threads: usize) -> Bulk {
        Bulk { layout, files: 0..layout.history(), format, threads }
    }

    /// Writes the files into a folder; `told` hears how much there is so far.
    pub fn write(&self, shop: &Shop, folder: &Path, told: &(dyn Fn(Written) + Sync)) -> Result<Written> {
        check(shop, self.format)?;
        let mut sink = Folder::new(folder, self.layout, self.format, told)?;
        let scope = Scope { shop, layout: self.layout, files: self.files.clone(), end: self.files.end };
        let sink = on_threads(self.threads, || {
            if !scope.files.is_empty() {
                make(&scope, self.format, &mut sink)?;
            }
            sink.close()?;
            Ok(sink)
        })??;
        Ok(sink.written)
    }
}

/// Typed files cannot hold all faults.
pub fn check(shop: &Shop, format: Format) -> Result<()> {
    let rates = &shop.options.faults.0;
    let wrong = Fault::ALL.iter().find(|(_, it)| it.needs_text() && rates.get(it).is_some_and(|rate| *rate > 0.0));
    match wrong {
        Some((name, _)) if format == Format::Parquet => {
            Err(Error::config(format!("Parquet has no place for the fault {name}: its columns have types"))
                .advise(format!("leave {name} out, or write --format csv or jsonl")))
        }
        _ => Ok(()),
    }
}

pub fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> Result<T> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| Error::internal(format!("no threads: {error}")))?;
    Ok(pool.install(work))
}
