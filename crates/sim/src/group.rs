//! Affinity groups: products that are bought together far more often than chance would have it.

use crate::draw::{Draw, Of};
use crate::options::{Feature, Options};

#[derive(Debug, Clone)]
pub struct Group {
    /// Numbers of its products.
    pub members: Vec<u32>,
    /// When one of them is drawn for an order, each other one joins it with this probability.
    pub strength: f64,
}

#[derive(Debug, Clone, Default)]
pub struct Groups {
    pub all: Vec<Group>,
    /// Group of each product of the opening, from 1; 0 is none.
    of: Vec<u16>,
}

/// Members are neither bestsellers, which meet everything, nor so rare that nobody could find the group.
const LEAST_RANK: u32 = 8;
const MOST_RANK: u32 = 400;

impl Groups {
    /// `ranks`: popularity rank of each product of the opening.
    pub fn new(options: &Options, ranks: &[u32]) -> Groups {
        let mut groups = Groups { all: Vec::new(), of: vec![0; ranks.len()] };
        if !options.has(Feature::Affinities) {
            return groups;
        }
        let most = (ranks.len() as u32 * 2 / 5).min(MOST_RANK);
        let mut free: Vec<u32> =
            (0..ranks.len() as u32).filter(|number| (LEAST_RANK..=most).contains(&ranks[*number as usize])).collect();
        let mut draw = Draw::new(options.seed, Of::Group, 0);
        let wanted = (ranks.len() / 50).clamp(2, 40);
        for _ in 0..wanted {
            let size = [2, 3, 3, 4][draw.below(4)];
            if free.len() < size {
                break;
            }
            let members: Vec<u32> = (0..size).map(|_| free.swap_remove(draw.below(free.len()))).collect();
            members.iter().for_each(|member| groups.of[*member as usize] = groups.all.len() as u16 + 1);
            groups.all.push(Group { members, strength: draw.between(0.35, 0.6) });
        }
        groups
    }

    pub fn of(&self, product: usize) -> Option<&Group> {
        let group = *self.of.get(product)?;
        self.all.get(usize::from(group).checked_sub(1)?)
    }

    pub fn has(&self, product: usize) -> bool {
        self.of(product).is_some()
    }
}
