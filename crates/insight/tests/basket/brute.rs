//! Made baskets of many shapes beside the plainest search there is.

use std::collections::BTreeSet;

use insight::basket::{self, Baskets, Correction, Family, Metric, Mining, RuleOptions, Significance, Support};

use crate::chance::Chance;

/// Sets with their supports, in order.
type Sets = Vec<(Vec<u32>, u64)>;

/// Every frequent set, each item after the other.
fn all(baskets: &[BTreeSet<u32>], least: u64) -> Sets {
    let items: BTreeSet<u32> = baskets.iter().flatten().copied().collect();
    let mut sets: Sets = Vec::new();
    let mut prefixes: Vec<Vec<u32>> = vec![Vec::new()];
    while let Some(prefix) = prefixes.pop() {
        for item in items.range(prefix.last().map_or(0, |last| last + 1)..) {
            let set: Vec<u32> = prefix.iter().chain([item]).copied().collect();
            let count = baskets.iter().filter(|basket| set.iter().all(|item| basket.contains(item))).count() as u64;
            if count >= least {
                sets.push((set.clone(), count));
                prefixes.push(set);
            }
        }
    }
    sets
}

fn of(all: &Sets, family: Family) -> Sets {
    let within = |set: &[u32], other: &[u32]| set.len() < other.len() && set.iter().all(|item| other.contains(item));
    let covered = |set: &[u32], count: u64| match family {
        Family::All => false,
        Family::Closed => all.iter().any(|(other, more)| *more == count && within(set, other)),
        Family::Maximal => all.iter().any(|(other, _)| within(set, other)),
    };
    let mut sets: Sets = all.iter().filter(|(set, count)| !covered(set, *count)).cloned().collect();
    sets.sort_by(|(a, _), (b, _)| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    sets
}

/// Baskets of one of some shapes: few or many items, thin or thick, repeated rows, groups that go together.
fn made(chance: &mut Chance) -> (Vec<u32>, Vec<usize>) {
    let items = 1 + chance.below(10) as u32;
    let rows = chance.below(90);
    let density = 1 + chance.below(99);
    let spread = [1, 1, 7, 40_000_000][chance.below(4)];
    let (mut flat, mut offsets) = (Vec::new(), vec![0]);
    for _ in 0..rows {
        let repeat = offsets.len() > 1 && chance.below(4) == 0;
        if repeat {
            let row = chance.below(offsets.len() - 1);
            flat.extend_from_within(offsets[row]..offsets[row + 1]);
        } else {
            let group = chance.below(3) as u32;
            flat.extend(
                (0..items)
                    .filter(|item| chance.below(100) < if item % 3 == group { 90 } else { density })
                    .map(|item| item * spread),
            );
            if chance.below(3) == 0 && flat.len() > offsets[offsets.len() - 1] {
                flat.push(flat[offsets[offsets.len() - 1]]);
            }
        }
        offsets.push(flat.len());
    }
    (flat, offsets)
}

#[test]
fn sets_of_all_families_are_those_of_brute_force() {
    let mut chance = Chance(20_260_801);
    for round in 0..400 {
        let (items, offsets) = made(&mut chance);
        let baskets = Baskets::new(&items, &offsets).unwrap();
        let rows: Vec<BTreeSet<u32>> = baskets.rows().map(|row| row.iter().copied().collect()).collect();
        let least = 1 + chance.below(rows.len().max(1)) as u64 / 3;
        let everything = all(&rows, least);
        let (min_items, max_items) = [(1, usize::MAX), (2, 3), (0, 1), (3, 2), (1, 4)][chance.below(5)];
        for family in [Family::All, Family::Closed, Family::Maximal] {
            let mut wanted = of(&everything, family);
            wanted.retain(|(set, _)| (min_items..=max_items).contains(&set.len()));
            for threads in [1, 3] {
                let mining = Mining { family, threads, min_items, max_items, ..Mining::at(Support::Count(least)) };
                let mut found = basket::itemsets(baskets, &mining).unwrap();
                found.sort();
                let found: Sets = found.iter().map(|set| (set.items.to_vec(), set.count)).collect();
                assert_eq!(found, wanted, "round {round}, {mining:?}, {rows:?}");
                assert_eq!(basket::count(baskets, &mining).unwrap().total(), wanted.len() as u64, "round {round}");
            }
        }
    }
}

#[test]
fn rules_pairs_and_weights_are_those_of_brute_force() {
    let mut chance = Chance(7);
    for round in 0..200 {
        let (items, offsets) = made(&mut chance);
        let weights: Vec<u64> = items.iter().map(|_| chance.below(1000) as u64).collect();
        let baskets = Baskets::new(&items, &offsets).unwrap().with_weights(&weights).unwrap();
        let rows: Vec<&[u32]> = baskets.rows().collect();
        let holds = |row: &&&[u32], set: &[u32]| set.iter().all(|item| row.contains(item));
        let counted = |set: &[u32]| rows.iter().filter(|row| holds(row, set)).count() as u64;
        let weighed = |set: &[u32]| -> u64 {
            let rows = offsets.windows(2).filter(|at| set.iter().all(|item| items[at[0]..at[1]].contains(item)));
            rows.flat_map(|at| at[0]..at[1]).filter(|at| set.contains(&items[*at])).map(|at| weights[at]).sum()
        };
        let mining = Mining { threads: 1 + chance.below(3), ..Mining::at(Support::Count(1 + rows.len() as u64 / 8)) };
        let sets = basket::itemsets(baskets, &mining).unwrap();
        let worth = basket::weights(baskets, &sets, None).unwrap();
        assert_eq!(worth.len(), sets.len());
        for (set, worth) in sets.iter().zip(worth) {
            assert_eq!(worth, weighed(set.items), "round {round} {set:?}");
        }
        let pairs = basket::pairs(baskets, &mining).unwrap();
        let twos: Vec<_> = sets.iter().filter(|set| set.items.len() == 2).collect();
        assert_eq!(pairs.found.len(), twos.len(), "round {round}");
        for pair in &pairs.found {
            assert_eq!(pair.counts.map(u64::from), pair.items.map(|item| counted(&[item])));
            assert_eq!((u64::from(pair.both), pair.weight), (counted(&pair.items), weighed(&pair.items)));
        }
        let options = RuleOptions { max_consequent: usize::MAX, ..RuleOptions::default() };
        let rules = basket::rules(&sets, &options).unwrap();
        let splits: usize = sets.iter().map(|set| (1 << set.items.len()) - 2).sum();
        assert_eq!(rules.len(), splits, "round {round}");
        // Also what no basket held could have been found.
        let singles = sets.iter().filter(|set| set.items.len() == 1).count() as u32;
        let longest = sets.iter().map(|set| set.items.len() as u32).max().unwrap_or(0);
        let choices = (0..1u64 << singles).map(u64::count_ones).filter(|items| (2..=longest).contains(items));
        assert_eq!(rules.tests(), choices.map(|items| (1u64 << items) - 2).sum::<u64>() as f64, "round {round}");
        for rule in rules.iter().step_by(7) {
            let both: Vec<u32> = rule.antecedent.iter().chain(rule.consequent).copied().collect();
            assert_eq!(rule.counts.both, counted(&both));
            assert_eq!(rule.counts.antecedent, counted(rule.antecedent));
            assert_eq!(rule.counts.consequent, counted(rule.consequent));
        }
    }
}

/// Baskets without any tie, in which many pairs are together far more often than usual, and one pair that was tied.
#[test]
fn chance_does_not_pass_for_a_tie() {
    let mut chance = Chance(11);
    let (mut items, mut offsets): (Vec<u32>, Vec<usize>) = (Vec::new(), vec![0]);
    for basket in 0..30_000 {
        let mut drawn: BTreeSet<u32> = (0..5).map(|_| chance.below(1500) as u32).collect();
        if basket % 5_000 == 0 {
            drawn.extend([2000, 2001]);
        }
        items.extend(drawn);
        offsets.push(items.len());
    }
    let baskets = Baskets::new(&items, &offsets).unwrap();
    let sets = basket::itemsets(baskets, &Mining { max_items: 2, ..Mining::at(Support::Count(4)) }).unwrap();
    let seen = sets.iter().filter(|set| set.items.len() == 2).count();
    assert!(seen > 20, "{seen}");
    for (correction, of, least) in [
        (Correction::Holm, vec![], 0.0),
        (Correction::BenjaminiHochberg, vec![], 0.0),
        (Correction::BenjaminiHochberg, vec![2000], 3.0),
    ] {
        let significance = Some(Significance { correction, ..Significance::default() });
        let options = RuleOptions { significance, of, ..RuleOptions::at_least(Metric::Lift, least) };
        let rules = basket::rules(&sets, &options).unwrap();
        let passed: Vec<_> = rules.iter().map(|rule| (rule.antecedent, rule.consequent)).collect();
        let tied: &[(&[u32], &[u32])] = &[(&[2000], &[2001]), (&[2001], &[2000])];
        assert_eq!(passed, tied[..if options.of.is_empty() { 2 } else { 1 }], "{correction:?}");
        // The same p-value, whatever else is asked of a rule.
        let p_value = rules.get(0).unwrap().p_value;
        let all = basket::rules(&sets, &RuleOptions { significance, ..RuleOptions::default() }).unwrap();
        assert_eq!(all.iter().find(|rule| rule.antecedent == [2000]).unwrap().p_value, p_value);
    }
}
