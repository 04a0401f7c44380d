//! Failures passed in: tests name a write boundary and the process ends there as if killed.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// `WHARF_FAULT=point` or `WHARF_FAULT=point:3`, the third time the point is reached.
const VARIABLE: &str = "WHARF_FAULT";

static FAULT: OnceLock<Option<(String, u64)>> = OnceLock::new();
static REACHED: AtomicU64 = AtomicU64::new(0);

/// Marks a write boundary. Ends the process when a test asked for it, else does nothing.
pub fn reach(point: &str) {
    let fault = FAULT.get_or_init(|| {
        let text = std::env::var(VARIABLE).ok()?;
        match text.rsplit_once(':') {
            Some((name, count)) if count.parse::<u64>().is_ok() => Some((name.to_owned(), count.parse().ok()?)),
            _ => Some((text, 1)),
        }
    });
    if let Some((name, count)) = fault
        && name == point
        && REACHED.fetch_add(1, Ordering::SeqCst) + 1 == *count
    {
        eprintln!("fault: stopping at {point}");
        std::process::abort();
    }
}
