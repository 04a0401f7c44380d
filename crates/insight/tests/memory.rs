//! What is computed on the caller's thread stays within the memory limit: the thread's own allocations are counted.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use insight::basket::{self, Baskets, Error, Mining, RuleOptions, Support};

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    /// Bytes that are held, and the most that ever were.
    static HELD: Cell<(isize, isize)> = const { Cell::new((0, 0)) };
}

fn held(more: isize) {
    let _ = HELD.try_with(|held| {
        let (now, most) = held.get();
        held.set((now + more, most.max(now + more)));
    });
}

#[allow(unsafe_code, reason = "only an allocator sees what is allocated")]
// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        held(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        held(-(layout.size() as isize));
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// What `work` takes at most, beside what was there before.
fn most<T>(work: impl FnOnce() -> T) -> (T, usize) {
    HELD.with(|held| held.set((0, 0)));
    let done = work();
    (done, HELD.with(Cell::get).1 as usize)
}

/// Four thousand baskets of some of forty items each, of which the common ones are together in many sets.
fn made() -> (Vec<u32>, Vec<usize>, Vec<u64>) {
    let mut random = 7u64;
    let mut below = |end: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % end
    };
    let (mut items, mut offsets) = (Vec::new(), vec![0]);
    for _ in 0..4_000 {
        let mut row: Vec<u32> = (0..4 + below(14)).map(|_| (below(40) * below(40) / 40) as u32).collect();
        row.sort_unstable();
        row.dedup();
        items.extend(row);
        offsets.push(items.len());
    }
    let weights = items.iter().map(|_| below(1_000)).collect();
    (items, offsets, weights)
}

#[test]
fn what_sets_are_worth_is_found_within_the_limit_or_not_at_all() {
    let (items, offsets, weights) = made();
    let baskets = Baskets::new(&items, &offsets).unwrap().with_weights(&weights).unwrap();
    let sets = basket::itemsets(baskets, &Mining { max_items: 4, ..Mining::at(Support::Count(20)) }).unwrap();
    let rules = basket::rules(&sets, &RuleOptions::default()).unwrap();
    let of_sets = |limit| basket::weights(baskets, &sets, limit);
    let of_rules = |limit| rules.weights(baskets, limit);
    let (free, needed) = most(|| (of_sets(None).unwrap(), of_rules(None).unwrap()));
    assert!(sets.len() > 5_000 && rules.len() > 5_000 && needed > 1 << 20, "{} sets, {needed} bytes", sets.len());
    let (mut refused, mut found) = (0, 0);
    for limit in (0..16).map(|step| needed * step / 8) {
        let tried: [(_, &Vec<u64>); 2] =
            [(most(|| of_sets(Some(limit))), &free.0), (most(|| of_rules(Some(limit))), &free.1)];
        for ((answer, taken), right) in tried {
            // A list that grows is there twice for a moment, which is not counted.
            assert!(taken <= limit + limit / 8 + 1024, "{taken} bytes of {limit}");
            match answer {
                Ok(answer) => {
                    assert_eq!(&answer, right);
                    found += 1;
                }
                Err(Error::Memory { limit: told, .. }) => {
                    assert_eq!(told, limit);
                    refused += 1;
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert!(refused > 8 && found > 8, "{refused} refused, {found} found");
    let message = of_sets(Some(1 << 20)).unwrap_err().to_string();
    assert!(message.starts_with("adding up what sets are worth takes more than the memory limit of 1 MiB. Raise"));
}
