//! The shop's clock beside the world's, and the signals that stop it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use port::{Error, Result};
use sim::live::Clock;

use crate::signals;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    Times(f64),
    /// Without waiting.
    Max,
}

impl Speed {
    /// Minutes of the shop in a minute of the world; a shop that does not wait is taken as it would be in step.
    pub fn factor(self) -> f64 {
        match self {
            Speed::Times(factor) => factor,
            Speed::Max => 1.0,
        }
    }
}

pub struct Pace {
    /// What the shop's clock showed when it was started.
    origin: i64,
    started: Instant,
    speed: Speed,
    /// Where it ends.
    end: i64,
    stopped: Arc<AtomicBool>,
}

/// A shop in step with the world that was cut off no longer ago than this catches up at once.
const CATCHES_UP: i64 = 7 * 86_400;
const NAP: Duration = Duration::from_millis(100);

impl Pace {
    /// `position`: up to where the shop is made.
    pub fn new(position: i64, now: i64, speed: Speed, minutes: Option<u64>, stopped: Arc<AtomicBool>) -> Pace {
        let in_step = speed == Speed::Times(1.0) && (0..=CATCHES_UP).contains(&(now - position));
        let minutes = minutes.map_or(i64::MAX / 120, |minutes| i64::try_from(minutes).unwrap_or(i64::MAX / 120));
        Pace {
            origin: if in_step { now } else { position },
            started: Instant::now(),
            speed,
            end: position.saturating_add(minutes.saturating_mul(60)),
            stopped,
        }
    }
}

impl Clock for Pace {
    fn wait_until(&mut self, at: i64) -> bool {
        loop {
            if at > self.end || self.stopped.load(Ordering::Relaxed) {
                return false;
            }
            let Speed::Times(factor) = self.speed else { return true };
            let left = (at - self.origin) as f64 / factor - self.started.elapsed().as_secs_f64();
            if left <= 0.0 {
                return true;
            }
            std::thread::sleep(NAP.min(Duration::from_secs_f64(left)));
        }
    }
}

/// True once Ctrl-C or a termination signal came.
pub fn on_signals() -> Result<Arc<AtomicBool>> {
    let stopped = Arc::new(AtomicBool::new(false));
    let flag = stopped.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::internal(format!("cannot wait for signals: {error}")).because(error))?;
    std::thread::spawn(move || {
        runtime.block_on(signals::stop());
        flag.store(true, Ordering::Relaxed);
    });
    Ok(stopped)
}
