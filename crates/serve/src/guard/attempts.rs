//! Log-ins that failed, so that passwords cannot be tried out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

#[derive(Default)]
pub struct Attempts(Mutex<HashMap<Option<IpAddr>, Vec<Instant>>>);

const WINDOW: Duration = Duration::from_secs(60);
/// From one address, and from all together.
const OF_ONE: usize = 5;
const OF_ALL: usize = 50;

impl Attempts {
    /// Whether one more is allowed now, and counts it.
    pub fn allow(&self, address: IpAddr) -> bool {
        let now = Instant::now();
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.retain(|_, times| {
            times.retain(|time| now.duration_since(*time) < WINDOW);
            !times.is_empty()
        });
        let count = |of: Option<IpAddr>| attempts.get(&of).map_or(0, Vec::len);
        if count(Some(address)) >= OF_ONE || count(None) >= OF_ALL {
            return false;
        }
        attempts.entry(Some(address)).or_default().push(now);
        attempts.entry(None).or_default().push(now);
        true
    }

    /// The right password clears an address's count.
    pub fn succeeded(&self, address: IpAddr) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&Some(address));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sixth_attempt_waits() {
        let (attempts, here) = (Attempts::default(), IpAddr::from([127, 0, 0, 1]));
        assert!((0..5).all(|_| attempts.allow(here)));
        assert!(!attempts.allow(here));
        assert!(attempts.allow(IpAddr::from([127, 0, 0, 2])));
        attempts.succeeded(here);
        assert!(attempts.allow(here));
    }
}
