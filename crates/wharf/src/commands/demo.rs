//! `wharf demo`: a made shop that lives.

mod rotate;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flow::{Request, Silent};
use lake::Lock;
use port::Error;

use self::rotate::Rotation;
use super::init;
use super::simulate::{self, Speed, count, speed};
use crate::arguments::Global;
use crate::config::FILE;
use crate::failure::{Outcome, Result};
use crate::serving::{self, Serving};
use crate::shop::Shop;
use crate::signals;

/// Show a made shop: a year of orders, then more as they come, on a live page
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf demo
  wharf demo --keep my-demo         in a folder that stays, to look into; the same again goes on with it
  wharf demo --orders 1_000_000 --speed 60x

Ctrl-C stops it.")]
pub struct Demo {
    /// The port; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    port: u16,
    /// Orders in the year until now, about
    #[arg(long, value_name = "N", default_value = "100_000", value_parser = count)]
    orders: u64,
    /// How fast the shop's clock runs from now on
    #[arg(long, value_name = "N", default_value = "30x", value_parser = speed)]
    speed: Speed,
    /// A folder for the project, which stays
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

impl Demo {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let scratch = Scratch::new(self.keep.as_deref(), "wharf-demo")?;
        if !scratch.folder.join(FILE).exists() {
            init::make(&scratch.folder, "wharf", "Demo shop")?;
        }
        // Two that make orders into one inbox would each go on behind the other's last file.
        let _alone = Lock::take(&scratch.folder, Duration::ZERO)?;
        let global = global.scratch(scratch.folder.clone());
        let open = Shop::open(&global)?;
        let listening = serving::listen(&open, Some(self.port))?;
        let shop = simulate::Demo::new(scratch.folder.join("inbox"), self.orders, self.speed);
        eprintln!("making a year of orders …");
        let begun = shop.begin()?;
        let flow = open.flow(Arc::new(Silent))?;
        open.block_on(flow.run(&Request::default()))?;
        drop(flow);
        let mut rotation =
            Rotation::new(shop.out().to_owned(), open.warehouse_to_share(), open.source.clone(), open.threads());
        let stopped = Arc::new(AtomicBool::new(false));
        let (stop, mut live) = (stopped.clone(), None);
        let serving = Serving { every: Some(Duration::from_secs(10)), is_demo: true, ..Serving::default() };
        let served = serving::serve(&global, open, listening, serving, || {
            eprintln!("a made shop: orders come as they are made; Ctrl-C stops it");
            live = Some(std::thread::spawn(move || shop.go_on(begun, &stop, &mut || rotation.turn())));
        });
        stopped.store(true, Ordering::Relaxed);
        if let Some(Ok(ended)) = live.map(std::thread::JoinHandle::join) {
            ended?;
        }
        served?;
        Ok(Outcome::Done)
    }
}

/// A project's folder, which is removed at the end where it is not to be kept.
pub struct Scratch {
    pub folder: PathBuf,
    is_kept: bool,
}

impl Scratch {
    pub fn new(keep: Option<&Path>, name: &str) -> Result<Scratch> {
        if let Some(folder) = keep {
            return Ok(Scratch { folder: folder.to_owned(), is_kept: true });
        }
        let base = std::env::temp_dir();
        // What a killed one left is not ours to reuse.
        for number in 0..1000 {
            let folder = base.join(format!("{name}-{}-{number}", std::process::id()));
            match std::fs::create_dir(&folder) {
                Ok(()) => {
                    let gone = folder.clone();
                    signals::clean_before_end(move || remove(&gone));
                    return Ok(Scratch { folder, is_kept: false });
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::io("create", &folder, error).into()),
            }
        }
        Err(Error::config(format!("cannot find a free name in {}", base.display())).into())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.is_kept {
            remove(&self.folder);
        }
    }
}

/// Once more where something was written into it meanwhile.
fn remove(folder: &Path) {
    for _ in 0..5 {
        if std::fs::remove_dir_all(folder).is_ok() || !folder.exists() {
            return;
        }
    }
}
