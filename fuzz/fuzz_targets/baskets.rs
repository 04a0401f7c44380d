//! Any baskets and any options: never a panic, and the sets of all families, the rules, pairs and weights are those that
//! trying all subsets gives.
//!
//! `cargo +nightly fuzz run baskets -- -max_total_time=600`
//!
//! The first bytes choose what is asked for, the rest are items; 255 ends a basket.
#![no_main]

use insight::basket::{self, Baskets, Error, Family, Metric, Mining, RuleOptions, Significance, Support, TopRules};
use libfuzzer_sys::fuzz_target;

const ITEMS: u32 = 9;
const FAMILIES: [Family; 3] = [Family::All, Family::Closed, Family::Maximal];

fuzz_target!(|data: &[u8]| {
    let Some((&[support, lengths, spread, number @ ..], items)) = data.split_first_chunk::<12>() else { return };
    // Item numbers with gaps or without.
    let step = if spread % 2 == 0 { 1 } else { 400_000_000 };
    let (mut flat, mut offsets) = (Vec::new(), vec![0]);
    for byte in items {
        match byte {
            255 => offsets.push(flat.len()),
            item => flat.push(u32::from(*item) % ITEMS * step),
        }
    }
    offsets.push(flat.len());
    let weights: Vec<u64> = (0..flat.len() as u64).map(|at| at * 7 % 13).collect();
    let baskets = Baskets::new(&flat, &offsets).and_then(|baskets| baskets.with_weights(&weights)).expect("these are baskets");
    let rows: Vec<u32> = baskets.rows().map(|row| row.iter().fold(0, |bits, item| bits | 1 << (item / step))).collect();
    let number = f64::from_le_bytes(number[..8].try_into().expect("eight bytes"));
    odd_options(baskets, number);
    let least = u64::from(support) % (rows.len() as u64 + 2);
    let mining = Mining {
        min_items: usize::from(lengths % 4),
        max_items: usize::from(lengths / 4 % 8) + usize::from(lengths / 32 % 2) * 10,
        threads: 1 + usize::from(spread / 2 % 3),
        ..Mining::at(Support::Count(least))
    };
    for family in FAMILIES {
        same_sets(baskets, &rows, step, &Mining { family, ..mining.clone() });
    }
    rules_and_pairs(baskets, &rows, step, &Mining::at(Support::Count(least)));
});

fn count(rows: &[u32], set: u32) -> u64 {
    rows.iter().filter(|row| *row & set == set).count() as u64
}

fn bits(items: &[u32], step: u32) -> u32 {
    items.iter().fold(0, |bits, item| bits | 1 << (item / step))
}

/// The sets asked for are those, and no others, that trying all gives.
fn same_sets(baskets: Baskets<'_>, rows: &[u32], step: u32, mining: &Mining) {
    let Support::Count(least) = mining.min_support else { return };
    let least = least.max(1);
    let counts: Vec<u64> = (0..1u32 << ITEMS).map(|set| count(rows, set)).collect();
    let wanted = |set: u32| {
        let own = counts[set as usize];
        let larger = (0..ITEMS).map(|item| set | 1 << item).filter(|larger| *larger != set);
        let mut covered = larger.map(|larger| counts[larger as usize]);
        own >= least
            && (mining.min_items.max(1)..=mining.max_items).contains(&(set.count_ones() as usize))
            && match mining.family {
                Family::All => true,
                Family::Closed => covered.all(|count| count < own),
                Family::Maximal => covered.all(|count| count < least),
            }
    };
    let mut wanted: Vec<(u32, u64)> =
        (1..1u32 << ITEMS).filter(|set| wanted(*set)).map(|set| (set, counts[set as usize])).collect();
    let sets = basket::itemsets(baskets, mining).expect("there is no limit");
    let mut found: Vec<(u32, u64)> = sets.iter().map(|set| (bits(set.items, step), set.count)).collect();
    assert!(sets.iter().all(|set| set.items.len() == bits(set.items, step).count_ones() as usize), "an item twice");
    found.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(found, wanted, "{mining:?}");
    assert_eq!(basket::count(baskets, mining).expect("there is no limit").total(), wanted.len() as u64);
}

fn rules_and_pairs(baskets: Baskets<'_>, rows: &[u32], step: u32, mining: &Mining) {
    let sets = basket::itemsets(baskets, mining).expect("there is no limit");
    let options = RuleOptions { max_consequent: 2, top: 50, significance: Some(Significance::default()), ..RuleOptions::default() };
    let rules = basket::rules(&sets, &options).expect("all sets are there");
    for rule in rules.iter() {
        let (antecedent, consequent) = (bits(rule.antecedent, step), bits(rule.consequent, step));
        assert_eq!(antecedent & consequent, 0);
        assert_eq!(rule.counts.both, count(rows, antecedent | consequent));
        assert_eq!(rule.counts.antecedent, count(rows, antecedent));
        assert_eq!(rule.counts.consequent, count(rows, consequent));
        assert!(rule.p_value.is_some_and(|p_value| p_value <= 0.05));
    }
    assert_eq!(rules.weights(baskets, None).expect("there is no limit").len(), rules.len());
    let pairs = basket::pairs(baskets, mining).expect("there is no limit");
    assert_eq!(pairs.found.len(), sets.iter().filter(|set| set.items.len() == 2).count());
    assert!(pairs.found.iter().all(|pair| u64::from(pair.both) == count(rows, bits(&pair.items, step))));
}

/// Any float as a share, a least metric and an alpha, any limit: a result or an error.
fn odd_options(baskets: Baskets<'_>, number: f64) {
    let sets = basket::itemsets(baskets, &Mining { max_items: 3, ..Mining::at(Support::Share(number)) });
    assert_eq!(sets.is_ok(), (0.0..=1.0).contains(&number), "{number}");
    let limit = Mining { memory_limit: Some(number.to_bits() as usize % 5000), ..Mining::at(Support::Count(1)) };
    let limited = basket::itemsets(baskets, &limit);
    assert!(matches!(limited, Ok(_) | Err(Error::Memory { .. })), "{limited:?}");
    let mut top = TopRules::by(Metric::ALL[number.to_bits() as usize % Metric::ALL.len()], 5);
    top.rules.at_least = vec![(Metric::Confidence, number)];
    top.rules.significance = Some(Significance { alpha: number, ..Significance::default() });
    assert_eq!(basket::top_rules(baskets, &top).is_ok(), (0.0..=1.0).contains(&number), "{number}");
}
