//! What ends a command that goes on by itself.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether somebody waits for the end.
static AWAITED: AtomicBool = AtomicBool::new(false);
/// Whether the process is about to end.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Waits for Ctrl-C, or for what a service manager sends.
pub async fn stop() {
    AWAITED.store(true, Ordering::Relaxed);
    signal().await;
}

/// Until somebody waits for it, the end comes after `cleaning` and is the process's.
pub fn clean_before_end(cleaning: impl FnOnce() + Send + 'static) {
    const INTERRUPTED: i32 = 130;
    let wait = move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(signal());
        if !AWAITED.load(Ordering::Relaxed) {
            ENDING.store(true, Ordering::Relaxed);
            cleaning();
            std::process::exit(INTERRUPTED);
        }
    };
    // Without the thread the process ends as any other, and leaves what it made.
    let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(wait);
}

/// Where the end has begun, what fails now fails of it: nothing is told, and the end is waited for.
pub fn give_way_to_end() {
    while ENDING.load(Ordering::Relaxed) {
        std::thread::park();
    }
}

async fn signal() {
    #[cfg(unix)]
    if let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated.recv() => {}
        }
        return;
    }
    let _ = tokio::signal::ctrl_c().await;
}
