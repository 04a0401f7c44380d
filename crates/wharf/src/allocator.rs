//! The memory allocator. A run makes and drops arrays of megabytes all the time; pages that are
//! kept need not be given back to the system, asked for again and zeroed once more.

use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// `mi_option_purge_delay`, which the bindings do not name.
const PURGE_DELAY: i32 = 15;
const NEVER: std::ffi::c_long = -1;

/// Keeps freed pages for the next array.
pub fn keep_pages() {
    // SAFETY: sets a number in the allocator's options, which it reads at its next purge; no memory is passed.
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, NEVER) }
}
