//! The memory allocator. Arrays are made by some threads and dropped by others all the time: on a shop of half a million
//! lines jemalloc needs half of the memory that mimalloc 3 took, and what is not asked of the system need not be zeroed by
//! it. The system's own did as well there; jemalloc gives back what it no longer needs, also to long-running processes.

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// One arena a processor, for large blocks too, instead of four and one apart: else the pages of a thread that ends, and each
/// large block at once, go back to the system, only to be asked for and zeroed again. A twentieth of a run's time.
#[allow(unsafe_code, reason = "the name is jemalloc's, and nothing else has it")]
#[unsafe(export_name = "_rjem_malloc_conf")]
static SETTINGS: &[u8] = b"percpu_arena:percpu,oversize_threshold:0\0";
