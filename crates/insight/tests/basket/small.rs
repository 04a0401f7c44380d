//! What can be worked out by hand.

use insight::basket::{
    self, Baskets, Contingency, Correction, Error, Family, Metric, Mining, RuleOptions, Significance, Support, Test,
    TopRules,
};

/// {1, 2, 3}, {1, 2}, {}, {2, 2, 9}, {3, 2, 1}.
const ITEMS: [u32; 11] = [1, 2, 3, 1, 2, 2, 2, 9, 3, 2, 1];
const OFFSETS: [usize; 6] = [0, 3, 5, 5, 8, 11];

fn baskets() -> Baskets<'static> {
    Baskets::new(&ITEMS, &OFFSETS).unwrap()
}

fn sets(baskets: Baskets<'_>, mining: &Mining) -> Vec<(Vec<u32>, u64)> {
    let mut found = basket::itemsets(baskets, mining).unwrap();
    found.sort();
    assert_eq!(basket::count(baskets, mining).unwrap().total(), found.len() as u64);
    found.iter().map(|set| (set.items.to_vec(), set.count)).collect()
}

#[test]
fn all_closed_and_maximal_sets() {
    let at = |family| Mining { family, ..Mining::at(Support::Count(2)) };
    let all = [(vec![1], 3), (vec![2], 4), (vec![3], 2), (vec![1, 2], 3), (vec![1, 3], 2), (vec![2, 3], 2)];
    let full = (vec![1, 2, 3], 2);
    assert_eq!(sets(baskets(), &at(Family::All)), [&all[..], std::slice::from_ref(&full)].concat());
    assert_eq!(sets(baskets(), &at(Family::Closed)), [(vec![2], 4), (vec![1, 2], 3), full.clone()]);
    assert_eq!(sets(baskets(), &at(Family::Maximal)), [full]);
    let some = Mining { min_items: 2, max_items: 2, ..at(Family::All) };
    assert_eq!(sets(baskets(), &some), all[3..]);
}

#[test]
fn supports_at_the_edges() {
    let number = |support| sets(baskets(), &Mining::at(support)).len();
    assert_eq!(number(Support::Count(0)), number(Support::Count(1)));
    assert_eq!(number(Support::Count(1)), 9);
    assert_eq!(number(Support::Share(0.0)), 9);
    assert_eq!(number(Support::Share(0.4)), 7);
    assert_eq!(number(Support::Share(0.4000001)), 3);
    assert_eq!(number(Support::Count(5)), 0);
    assert_eq!(number(Support::Count(u64::MAX)), 0);
    assert_eq!(number(Support::Share(1.0)), 0);
    for share in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
        let found = basket::itemsets(baskets(), &Mining::at(Support::Share(share)));
        assert!(matches!(found, Err(Error::Option { name: "min_support", .. })), "{share}");
    }
}

#[test]
fn nothing_gives_nothing() {
    for offsets in [&[][..], &[0], &[0, 0, 0]] {
        let none = Baskets::new(&[], offsets).unwrap();
        for family in [Family::All, Family::Closed, Family::Maximal] {
            assert_eq!(sets(none, &Mining { family, ..Mining::at(Support::Share(0.0)) }), []);
        }
        assert_eq!(basket::pairs(none, &Mining::at(Support::Count(0))).unwrap().found, []);
        assert!(basket::top_rules(none, &TopRules::by(Metric::Lift, 3)).unwrap().is_empty());
    }
    assert!(Baskets::new(&[1], &[0]).is_err());
    assert!(Baskets::new(&[1], &[]).is_err());
    assert!(Baskets::new(&[1, 2], &[0, 2, 1, 2]).is_err());
    assert!(baskets().with_weights(&[1]).is_err());
    assert!(baskets().with_weights(&[u64::MAX / 2; 11]).is_err());
}

#[test]
fn one_item_and_the_largest_number() {
    let one = Baskets::new(&[u32::MAX, u32::MAX, u32::MAX], &[0, 2, 3]).unwrap();
    assert_eq!(sets(one, &Mining::at(Support::Share(1.0))), [(vec![u32::MAX], 2)]);
}

#[test]
fn a_limit_ends_in_an_error_with_advice() {
    let items: Vec<u32> = (0..20).collect();
    let wide = Baskets::new(&items, &[0, 20]).unwrap();
    let mining = Mining { memory_limit: Some(1 << 20), ..Mining::at(Support::Count(1)) };
    let error = basket::itemsets(wide, &mining).unwrap_err();
    assert!(matches!(error, Error::Memory { limit: 1_048_576, .. }), "{error:?}");
    assert!(error.to_string().contains("Raise the minimum support"), "{error}");
    assert_eq!(basket::count(wide, &mining).unwrap().total(), (1 << 20) - 1);
    assert_eq!(sets(wide, &Mining { family: Family::Maximal, ..mining }).len(), 1);
}

#[test]
fn a_support_for_so_many_sets() {
    let at = |sets| basket::support_for(baskets(), sets, &Mining::at(Support::Count(1))).unwrap();
    assert_eq!([at(100), at(9), at(8), at(7), at(3), at(1), at(0)], [1, 1, 2, 2, 3, 4, 5]);
}

/// Online Retail, clean set: PINK -> GREEN REGENCY TEACUP AND SAUCER.
#[test]
fn metrics_of_four_counts() {
    let counts = Contingency { baskets: 17_087, antecedent: 551, consequent: 691, both: 460 };
    let rounded = Metric::ALL.map(|metric| (metric.name(), (counts.metric(metric) * 1e6).round() / 1e6));
    assert_eq!(
        rounded,
        [
            ("support", 0.026921),
            ("confidence", 0.834846),
            ("lift", 20.644007),
            ("leverage", 0.025617),
            ("conviction", 5.810082),
            ("zhang", 0.983267),
            ("jaccard", 0.588235),
            ("certainty", 0.827885),
            ("kulczynski", 0.750274),
        ]
    );
    for metric in Metric::ALL {
        assert_eq!(Metric::named(metric.name()), Ok(metric));
    }
    assert!(Metric::named("luck").unwrap_err().to_string().contains("lift, leverage"));
}

#[test]
fn rules_without_exception_and_of_things_always_bought() {
    let always = Contingency { baskets: 4, antecedent: 2, consequent: 4, both: 2 };
    let metrics = Metric::ALL.map(|metric| always.metric(metric));
    assert_eq!(metrics, [0.5, 1.0, 1.0, 0.0, f64::INFINITY, 0.0, 0.5, 0.0, 0.75]);
    let never = Contingency { baskets: 4, antecedent: 2, consequent: 2, both: 0 };
    assert_eq!(Metric::ALL.map(|metric| never.metric(metric)), [0.0, 0.0, 0.0, -0.25, 0.5, -1.0, 0.0, -1.0, 0.0]);
    let nothing = Contingency { baskets: 0, antecedent: 0, consequent: 0, both: 0 };
    assert!(Metric::ALL.into_iter().all(|metric| !nothing.metric(metric).is_nan()));
}

#[test]
fn rules_of_a_few_baskets() {
    let found = basket::itemsets(baskets(), &Mining::at(Support::Count(2))).unwrap();
    let of = |options: RuleOptions| -> Vec<(Vec<u32>, Vec<u32>)> {
        let rules = basket::rules(&found, &options).unwrap();
        assert!(rules.iter().all(|rule| rule.p_value.is_none()));
        rules.iter().map(|rule| (rule.antecedent.to_vec(), rule.consequent.to_vec())).collect()
    };
    // {1,2}, {1,3}, {2,3} split two ways each, {1,2,3} six ways, half of them with two items after the arrow.
    assert_eq!(of(RuleOptions::default()).len(), 9);
    assert_eq!(of(RuleOptions { max_consequent: 2, ..RuleOptions::default() }).len(), 12);
    assert_eq!(of(RuleOptions { max_antecedent: 1, ..RuleOptions::default() }).len(), 6);
    assert_eq!(of(RuleOptions { max_antecedent: 0, ..RuleOptions::default() }).len(), 0);
    let sure = of(RuleOptions { max_consequent: 2, ..RuleOptions::at_least(Metric::Confidence, 1.0) });
    assert_eq!(
        sure,
        [
            (vec![2, 3], vec![1]),
            (vec![3], vec![1]),
            (vec![3], vec![1, 2]),
            (vec![1], vec![2]),
            (vec![1, 3], vec![2]),
            (vec![3], vec![2]),
        ]
    );
    let best = of(RuleOptions { top: 2, ..RuleOptions::at_least(Metric::Confidence, 1.0) });
    assert_eq!(best, sure[..2]);
    let nan = basket::rules(&found, &RuleOptions::at_least(Metric::Lift, f64::NAN));
    assert!(matches!(nan, Err(Error::Option { name: "at_least", .. })));
}

#[test]
fn rules_need_all_sets() {
    let closed = Mining { family: Family::Closed, ..Mining::at(Support::Count(2)) };
    let closed = basket::itemsets(baskets(), &closed).unwrap();
    let error = basket::rules(&closed, &RuleOptions::default()).unwrap_err();
    assert!(error.to_string().contains("closed"), "{error}");
}

#[test]
fn chance_is_told_apart() {
    // Ten of thirty baskets with both, ten with neither: p by scipy's fisher_exact([[10, 5], [5, 10]], "greater").
    let counts = Contingency { baskets: 30, antecedent: 15, consequent: 15, both: 10 };
    assert!((counts.p_value(Test::Fisher) - 0.071_555_489_025).abs() < 1e-9, "{}", counts.p_value(Test::Fisher));
    assert!((counts.chi_square() - 10.0 / 3.0).abs() < 1e-12);
    assert!(
        (counts.p_value(Test::ChiSquare) - 0.067_889_154_861_8).abs() < 1e-9,
        "{}",
        counts.p_value(Test::ChiSquare)
    );
    // scipy.stats.hypergeom.sf(both - 1, baskets, antecedent, consequent).
    for (baskets, antecedent, consequent, both, p_value) in [
        (10_000_000, 100_000, 50_000, 700, 1.048_614_760_150_485e-17),
        (10_000_000, 100_000, 50_000, 430, 0.999_417_772_848_452_8),
        (1_000, 100, 200, 10, 0.998_473_696_739_166_1),
        (88_162, 50, 60, 4, 4.358_648_260_586_703e-8),
        (4_000_000_000, 3_000_000, 2_000_000, 1_600, 0.005_427_887_328_603_5),
    ] {
        let found = Contingency { baskets, antecedent, consequent, both }.p_value(Test::Fisher);
        assert!((found / p_value - 1.0).abs() < 1e-6, "{found} for {p_value}");
    }
    let odd = Contingency { baskets: 3, antecedent: 5, consequent: 1, both: 4 };
    assert_eq!(odd.p_value(Test::Fisher), 1.0);
    for alpha in [f64::NAN, -1.0, 2.0] {
        let options = RuleOptions {
            significance: Some(Significance { alpha, ..Significance::default() }),
            ..RuleOptions::default()
        };
        assert!(basket::rules(&Default::default(), &options).is_err(), "{alpha}");
    }
}

/// R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") and "BH".
#[test]
fn p_values_are_corrected() {
    let near = |found: Vec<f64>, want: [f64; 4]| {
        assert!(found.iter().zip(want).all(|(found, want)| (found - want).abs() < 1e-12), "{found:?}");
    };
    let p_values = [0.01, 0.04, 0.03, 0.005];
    near(basket::adjust(&p_values, Correction::None, 0.0), p_values);
    near(basket::adjust(&p_values, Correction::Holm, 4.0), [0.03, 0.06, 0.06, 0.02]);
    near(basket::adjust(&p_values, Correction::BenjaminiHochberg, 4.0), [0.02, 0.04, 0.04, 0.02]);
    near(basket::adjust(&p_values, Correction::Holm, 8.0), [0.07, 0.2, 0.18, 0.04]);
    near(basket::adjust(&p_values, Correction::BenjaminiHochberg, 8.0), [0.04, 0.08, 0.08, 0.04]);
}

#[test]
fn pairs_and_what_they_are_worth() {
    let weights = [1, 10, 100, 1, 10, 5, 6, 7, 100, 10, 1];
    let weighed = baskets().with_weights(&weights).unwrap();
    let found = basket::pairs(weighed, &Mining::at(Support::Count(1))).unwrap();
    let seen: Vec<_> = found.found.iter().map(|pair| (pair.items, pair.counts, pair.both, pair.weight)).collect();
    assert_eq!(
        seen,
        [([1, 2], [3, 4], 3, 33), ([1, 3], [3, 2], 2, 202), ([2, 3], [4, 2], 2, 220), ([2, 9], [4, 1], 1, 18),]
    );
    assert_eq!(found.found[0].counts(found.baskets), Contingency { baskets: 5, antecedent: 3, consequent: 4, both: 3 });
    let mut sets = basket::itemsets(weighed, &Mining::at(Support::Count(2))).unwrap();
    sets.sort();
    assert_eq!(basket::weights(weighed, &sets, None).unwrap(), [3, 41, 200, 33, 202, 220, 222]);
}
