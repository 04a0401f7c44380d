//! From baskets to candidates: at which support, and the rules that there are.

use std::collections::HashMap;

use flow::analysis::MIN_COUNT;
use flow::analysis::baskets::{Filled, said};
use insight::basket::{self, Contingency, Itemsets, Mining, Pairs, Rule, RuleOptions, Rules, Support};
use port::Result;

use super::arguments::{Family, MiningArgs};

#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// 0 is one a processor.
    pub threads: usize,
    pub memory: usize,
}

/// As much as a person, or a page, can look at: the support is chosen so that no more sets or pairs stay.
const LOOK_AT: u64 = 10_000;

/// What is asked for, with a support in any case.
pub struct Asked {
    pub mining: Mining,
    /// The least number of baskets.
    pub least: u64,
    /// Not by the user.
    pub chosen: bool,
}

/// `sets`: itemsets are wanted, which have no limit of length unless one is asked for.
pub fn support(filled: &Filled, args: &MiningArgs, room: &Room, sets: bool) -> Result<Asked> {
    let longest = args.max_length.and_then(|length| usize::try_from(length).ok());
    let mining = Mining {
        max_items: longest.unwrap_or(if sets { usize::MAX } else { 2 }),
        family: match args.itemsets {
            None | Some(Family::All) => basket::Family::All,
            Some(Family::Closed) => basket::Family::Closed,
            Some(Family::Maximal) => basket::Family::Maximal,
        },
        threads: room.threads,
        memory_limit: Some(room.memory),
        ..Mining::at(match (args.min_count, args.min_support) {
            (Some(count), _) => Support::Count(count),
            (None, Some(share)) => Support::Share(share),
            (None, None) => Support::Count(MIN_COUNT),
        })
    };
    let baskets = filled.baskets()?;
    let floor = mining.least_count(baskets.len()).map_err(said)?;
    let chosen = args.min_count.is_none() && args.min_support.is_none();
    // Pairs are counted at the floor anyway, and cut there.
    let least = match chosen && (sets || mining.max_items > 2) {
        true => basket::support_for(baskets, LOOK_AT, &mining).map_err(said)?,
        false => floor,
    };
    Ok(Asked { mining: Mining { min_support: Support::Count(least), ..mining }, least, chosen })
}

/// Rules before any is left out.
pub struct Candidates {
    source: Source,
    /// Of sets by their items, where asked for.
    weights: HashMap<Vec<u32>, u64>,
}

enum Source {
    /// Two rules a pair.
    Pairs(Pairs),
    Rules(Rules),
}

impl Candidates {
    /// Raises `asked.least` where it was chosen and too much would stay.
    pub fn find(filled: &Filled, asked: &mut Asked, revenue: bool) -> Result<Candidates> {
        let baskets = filled.baskets()?;
        if asked.mining.max_items <= 2 {
            let mut pairs = basket::pairs(baskets, &asked.mining).map_err(said)?;
            if let Some(first_left_out) = pairs.found.get(LOOK_AT as usize).filter(|_| asked.chosen) {
                asked.least = u64::from(first_left_out.both) + 1;
                // The most common come first.
                let stay = pairs.found.partition_point(|pair| u64::from(pair.both) >= asked.least);
                pairs.found.truncate(stay);
            }
            return Ok(Candidates { source: Source::Pairs(pairs), weights: HashMap::new() });
        }
        let sets = basket::itemsets(baskets, &asked.mining).map_err(said)?;
        let options = RuleOptions { memory_limit: asked.mining.memory_limit, ..RuleOptions::default() };
        let rules = basket::rules(&sets, &options).map_err(said)?;
        let weights = if revenue { weights(filled, &sets)? } else { HashMap::new() };
        Ok(Candidates { source: Source::Rules(rules), weights })
    }

    pub fn len(&self) -> usize {
        match &self.source {
            Source::Pairs(pairs) => 2 * pairs.found.len(),
            Source::Rules(rules) => rules.len(),
        }
    }

    pub fn rule(&self, at: usize) -> Option<Rule<'_>> {
        match &self.source {
            Source::Pairs(pairs) => {
                let pair = pairs.found.get(at / 2)?;
                let counts = pair.counts(pairs.baskets);
                let (first, second) = pair.items.split_at(1);
                Some(match at % 2 {
                    0 => Rule { antecedent: first, consequent: second, counts, p_value: None },
                    _ => Rule { antecedent: second, consequent: first, counts: reversed(counts), p_value: None },
                })
            }
            Source::Rules(rules) => rules.get(at),
        }
    }

    /// What a rule's items are worth in the baskets that hold all of them.
    pub fn weight(&self, at: usize) -> u64 {
        match &self.source {
            Source::Pairs(pairs) => pairs.found.get(at / 2).map_or(0, |pair| pair.weight),
            Source::Rules(rules) => rules.get(at).map_or(0, |rule| {
                let mut items = [rule.antecedent, rule.consequent].concat();
                items.sort_unstable();
                self.weights.get(&items).copied().unwrap_or(0)
            }),
        }
    }
}

fn reversed(counts: Contingency) -> Contingency {
    Contingency { antecedent: counts.consequent, consequent: counts.antecedent, ..counts }
}

fn weights(filled: &Filled, sets: &Itemsets) -> Result<HashMap<Vec<u32>, u64>> {
    let weights = basket::weights(filled.baskets()?, sets).map_err(said)?;
    let items = sets.iter().map(|set| {
        let mut items = set.items.to_vec();
        items.sort_unstable();
        items
    });
    Ok(items.zip(weights).collect())
}

/// The lift of two items that have nothing to do with each other, since large baskets hold much of everything: how often
/// two items of average baskets would meet if each basket's items were drawn from all sold, over what independence gives.
/// 1 where all baskets are of one size.
pub fn usual_lift(filled: &Filled) -> Result<f64> {
    let (mut lines, mut squares) = (0.0, 0.0);
    for row in filled.baskets()?.rows() {
        let size = row.len() as f64;
        lines += size;
        squares += size * (size - 1.0);
    }
    Ok(if lines > 0.0 { filled.len() as f64 * squares / (lines * lines) } else { 1.0 })
}
