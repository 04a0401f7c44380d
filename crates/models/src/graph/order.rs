//! Order and reach in a graph of names.

use std::collections::{BTreeMap, BTreeSet};

type Edges = BTreeMap<String, BTreeSet<String>>;

/// Parents first, by name where that leaves a choice; or the names along a cycle, each reading the next.
pub(super) fn topological(parents: &Edges) -> Result<Vec<String>, Vec<String>> {
    let mut waiting: BTreeMap<&str, usize> = parents.iter().map(|(name, reads)| (name.as_str(), reads.len())).collect();
    let mut ready: BTreeSet<&str> = waiting.iter().filter(|(_, reads)| **reads == 0).map(|(name, _)| *name).collect();
    let mut readers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, reads) in parents {
        for read in reads {
            readers.entry(read).or_default().push(name);
        }
    }
    let mut order = Vec::with_capacity(parents.len());
    while let Some(name) = ready.pop_first() {
        order.push(name.to_owned());
        waiting.remove(name);
        for reader in readers.get(name).into_iter().flatten() {
            if let Some(left) = waiting.get_mut(reader) {
                *left -= 1;
                if *left == 0 {
                    ready.insert(reader);
                }
            }
        }
    }
    if waiting.is_empty() { Ok(order) } else { Err(cycle(parents, &waiting)) }
}

/// Every name that waits has a parent that waits, so going from parent to parent ends in a circle.
fn cycle(parents: &Edges, waiting: &BTreeMap<&str, usize>) -> Vec<String> {
    let mut path: Vec<&str> = Vec::new();
    let mut next = waiting.keys().next().copied();
    while let Some(name) = next {
        if let Some(start) = path.iter().position(|seen| *seen == name) {
            let circle = &path[start..];
            // It begins at the first by name, wherever the walk came in.
            let first = (0..circle.len()).min_by_key(|i| circle[*i]).unwrap_or(0);
            return circle[first..].iter().chain(&circle[..first]).map(|name| (*name).to_owned()).collect();
        }
        path.push(name);
        let reads = parents.get(name).into_iter().flatten();
        next = reads.map(String::as_str).find(|read| waiting.contains_key(read));
    }
    path.into_iter().map(str::to_owned).collect()
}

pub(super) fn reach(from: &str, edges: &Edges) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        for next in edges.get(name).into_iter().flatten() {
            if reached.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    reached
}
