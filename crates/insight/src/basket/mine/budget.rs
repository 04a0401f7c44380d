//! What a search may take, shared by its threads: bytes, and how many sets are of interest.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};

use super::super::Error;

/// The search is over before its end; [`Budget::outcome`] says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop;

#[derive(Debug)]
pub struct Budget {
    limit: usize,
    taken: AtomicUsize,
    short: AtomicBool,
    most: u64,
    found: AtomicU64,
}

impl Budget {
    /// So many bytes, and no more sets than are of interest.
    pub fn new(limit: Option<usize>, most: u64) -> Budget {
        Budget {
            limit: limit.unwrap_or(usize::MAX),
            taken: AtomicUsize::new(0),
            short: AtomicBool::new(false),
            most,
            found: AtomicU64::new(0),
        }
    }

    /// Bytes about to be taken. Once it fails it fails for all.
    pub fn take(&self, bytes: usize) -> Result<(), Stop> {
        let before = self.taken.fetch_add(bytes, Relaxed);
        if before.checked_add(bytes).is_none_or(|taken| taken > self.limit) {
            self.short.store(true, Relaxed);
        }
        if self.short.load(Relaxed) { Err(Stop) } else { Ok(()) }
    }

    /// Bytes that were taken and are free again.
    pub fn give(&self, bytes: usize) {
        self.taken.fetch_sub(bytes, Relaxed);
    }

    /// Room for one more in a list, and some to come.
    pub fn room<T>(&self, list: &mut Vec<T>) -> Result<(), Stop> {
        if list.len() == list.capacity() {
            let more = list.len().max(4);
            self.take(more * size_of::<T>())?;
            list.reserve_exact(more);
        }
        Ok(())
    }

    /// Sets that were found since the last time.
    pub fn found(&self, sets: u64) -> Result<(), Stop> {
        let before = self.found.fetch_add(sets, Relaxed);
        if before.saturating_add(sets) > self.most { Err(Stop) } else { self.go_on() }
    }

    pub fn go_on(&self) -> Result<(), Stop> {
        if self.short.load(Relaxed) || self.found.load(Relaxed) > self.most { Err(Stop) } else { Ok(()) }
    }

    /// The error that the search ended with: memory that did not suffice. `Ok(false)` if there are more sets than are of
    /// interest.
    pub fn outcome(&self, doing: &'static str) -> Result<bool, Error> {
        let found = self.found.load(Relaxed);
        match self.short.load(Relaxed) {
            true => Err(Error::Memory { limit: self.limit, doing, found }),
            false => Ok(found <= self.most),
        }
    }
}
