//! Threads to compute with.

use std::num::NonZero;
use std::thread;

/// Runs the same on so many threads (0: as many as there are processors) and gives what each comes back with.
pub fn on_each<R: Send>(threads: usize, work: impl Fn() -> R + Sync) -> Vec<R> {
    thread::scope(|scope| {
        let others: Vec<_> = (1..number(threads)).map(|_| scope.spawn(&work)).collect();
        let mut results = vec![work()];
        for other in others {
            match other.join() {
                Ok(result) => results.push(result),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    })
}

/// How many threads are meant.
pub fn number(threads: usize) -> usize {
    match threads {
        0 => thread::available_parallelism().map_or(1, NonZero::get),
        more => more.min(256),
    }
}
