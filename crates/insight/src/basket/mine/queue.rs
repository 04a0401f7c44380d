//! Work shared by threads: first its parts, one after the other, then searches that busy threads give away to
//! idle ones.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Tasks of a kind, for so many threads.
pub struct Queue<T> {
    threads: usize,
    /// Parts that nobody has taken yet are those below.
    parts: AtomicUsize,
    offers: Mutex<Offers<T>>,
    changed: Condvar,
    /// Somebody waits and nothing is offered.
    hungry: AtomicBool,
}

struct Offers<T> {
    tasks: Vec<T>,
    idle: usize,
    over: bool,
}

pub enum Work<T> {
    Part(usize),
    Task(T),
}

impl<T> Queue<T> {
    pub fn new(parts: usize, threads: usize) -> Queue<T> {
        let offers = Offers { tasks: Vec::new(), idle: 0, over: false };
        Queue {
            threads,
            parts: AtomicUsize::new(parts),
            offers: Mutex::new(offers),
            changed: Condvar::new(),
            hungry: AtomicBool::new(false),
        }
    }

    /// The next thing to do, the last part first. Waits while others may still offer something; `None` when all is done.
    pub fn next(&self) -> Option<Work<T>> {
        if let Ok(part) = self.parts.fetch_update(Relaxed, Relaxed, |parts| parts.checked_sub(1)) {
            return Some(Work::Part(part - 1));
        }
        let mut offers = self.offers();
        offers.idle += 1;
        loop {
            if let Some(task) = offers.tasks.pop() {
                offers.idle -= 1;
                self.hungry.store(offers.idle > offers.tasks.len(), Relaxed);
                return Some(Work::Task(task));
            }
            if offers.over || offers.idle == self.threads {
                offers.over = true;
                self.changed.notify_all();
                return None;
            }
            self.hungry.store(true, Relaxed);
            offers = self.changed.wait(offers).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether somebody would be glad of a task.
    #[inline]
    pub fn hungry(&self) -> bool {
        self.hungry.load(Relaxed)
    }

    pub fn offer(&self, task: T) {
        let mut offers = self.offers();
        offers.tasks.push(task);
        self.hungry.store(offers.idle > offers.tasks.len(), Relaxed);
        self.changed.notify_one();
    }

    /// Nobody gets anything any more.
    pub fn close(&self) {
        self.parts.store(0, Relaxed);
        let mut offers = self.offers();
        offers.tasks.clear();
        offers.over = true;
        self.changed.notify_all();
    }

    fn offers(&self) -> MutexGuard<'_, Offers<T>> {
        self.offers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes the queue when a thread panics, so that the others do not wait for it.
pub struct Present<'a, T>(pub &'a Queue<T>);

impl<T> Drop for Present<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.close();
        }
    }
}
