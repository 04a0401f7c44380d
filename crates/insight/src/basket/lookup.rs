//! The support of a set by its items, in whatever order: a hash table over packed sets.

use super::{Error, Itemsets};

/// Slots of set numbers, by a sum of the items' hashes.
pub struct Lookup<'a> {
    sets: &'a Itemsets,
    slots: Vec<u32>,
}

const EMPTY: u32 = u32::MAX;

impl<'a> Lookup<'a> {
    pub fn of(sets: &'a Itemsets, memory_limit: Option<usize>) -> Result<Lookup<'a>, Error> {
        let slots = (sets.len() * 2).next_power_of_two();
        match memory_limit {
            Some(limit) if slots * 4 > limit => {
                return Err(Error::Memory { limit, doing: "finding rules", found: 0 });
            }
            _ if sets.len() >= EMPTY as usize => {
                return Err(Error::Memory { limit: usize::MAX, doing: "finding rules", found: 0 });
            }
            _ => {}
        }
        let mut lookup = Lookup { sets, slots: vec![EMPTY; slots] };
        for (index, set) in sets.iter().enumerate() {
            let mut slot = lookup.first_slot(set.items);
            while lookup.slots[slot] != EMPTY {
                slot = (slot + 1) & (slots - 1);
            }
            lookup.slots[slot] = index as u32;
        }
        Ok(lookup)
    }

    /// The count of the set with these items.
    pub fn count(&self, items: &[u32]) -> Result<u32, Error> {
        let mut slot = self.first_slot(items);
        while self.slots[slot] != EMPTY {
            if let Some(set) = self.sets.get(self.slots[slot] as usize)
                && set.items.len() == items.len()
                && set.items.iter().all(|item| items.contains(item))
            {
                return Ok(set.count as u32);
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
        Err(Error::option(
            "sets",
            format!("lack {items:?}: rules need all frequent sets from one item on, not closed or maximal ones"),
        ))
    }

    pub fn bytes(&self) -> usize {
        4 * self.slots.len()
    }

    fn first_slot(&self, items: &[u32]) -> usize {
        let sum = items.iter().fold(0u64, |sum, item| sum.wrapping_add(scatter(*item)));
        (sum >> 20) as usize & (self.slots.len() - 1)
    }
}

/// Bits of a number spread over 64, by the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
fn scatter(item: u32) -> u64 {
    let mut bits = u64::from(item).wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
