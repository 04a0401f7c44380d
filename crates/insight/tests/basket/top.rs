//! The best rules without a support chosen by hand are the first of all rules.

use insight::basket::{
    self, Baskets, Correction, Metric, Mining, Rule, RuleOptions, Rules, Significance, Support, TopRules,
};

use crate::chance::Chance;

/// So many rules that most are dropped while others are still being found.
fn made(chance: &mut Chance) -> (Vec<u32>, Vec<usize>) {
    let (mut items, mut offsets) = (Vec::new(), vec![0]);
    for _ in 0..3_000 {
        let mut row: Vec<u32> =
            (0..2 + chance.below(14)).map(|_| (chance.below(50) * chance.below(50) / 50) as u32).collect();
        row.sort_unstable();
        row.dedup();
        items.extend(row);
        offsets.push(items.len());
    }
    (items, offsets)
}

fn first(rules: &Rules, top: usize) -> Vec<Rule<'_>> {
    rules.iter().take(top).collect()
}

#[test]
fn by_each_metric_they_are_the_first_of_all() {
    let mut chance = Chance(11);
    let (items, offsets) = made(&mut chance);
    let baskets = Baskets::new(&items, &offsets).unwrap();
    let sets = basket::itemsets(baskets, &Mining { max_items: 3, ..Mining::at(Support::Count(5)) }).unwrap();
    for metric in Metric::ALL {
        let all = basket::rules(&sets, &RuleOptions { by: metric, ..RuleOptions::default() }).unwrap();
        assert!(all.len() > 20_000, "{} rules", all.len());
        for top in [0, 1, 7, 3_000, 5_000, usize::MAX] {
            let best = basket::top_rules(baskets, &TopRules::by(metric, top)).unwrap();
            assert_eq!(first(&best, usize::MAX), first(&all, top), "{} {top}", metric.name());
        }
    }
}

#[test]
fn those_of_some_items_are_the_first_of_theirs() {
    let mut chance = Chance(12);
    let (items, offsets) = made(&mut chance);
    let baskets = Baskets::new(&items, &offsets).unwrap();
    let sets = basket::itemsets(baskets, &Mining { max_items: 3, ..Mining::at(Support::Count(5)) }).unwrap();
    let p_values = Significance { correction: Correction::BenjaminiHochberg, alpha: 1.0, ..Significance::default() };
    for (metric, significance) in [(Metric::Leverage, None), (Metric::Lift, None), (Metric::Certainty, Some(p_values))]
    {
        let options = RuleOptions { by: metric, significance, ..RuleOptions::default() };
        let all = basket::rules(&sets, &options).unwrap();
        let of = vec![3, 17];
        let right: Vec<Rule<'_>> =
            all.iter().filter(|rule| of.iter().any(|item| rule.antecedent.contains(item))).take(40).collect();
        let mut asked = TopRules::by(metric, 40);
        asked.rules.of = of.clone();
        asked.rules.significance = significance;
        let best = basket::top_rules(baskets, &asked).unwrap();
        assert_eq!(right.len(), 40);
        let counts = |rules: &[Rule<'_>]| -> Vec<_> {
            rules.iter().map(|rule| (rule.antecedent.to_vec(), rule.consequent.to_vec(), rule.counts)).collect()
        };
        assert_eq!(counts(&first(&best, 40)), counts(&right), "{}", metric.name());
    }
}
