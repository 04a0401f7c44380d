//! What is bought together: frequent itemsets, association rules and pairs, all exact.
//!
//! Baskets come as rows of numbered items ([`Baskets`]); numbering products is the caller's. From there:
//!
//! | question | function |
//! |---|---|
//! | which sets of items are in at least so many baskets | [`itemsets()`]; [`count`] where their number is enough |
//! | what does a basket with these items tell about those | [`rules()`], from itemsets |
//! | the best rules, without a minimum support chosen by hand | [`top_rules`] |
//! | which two products are bought together | [`pairs()`] |
//! | at which support are there about so many sets | [`support_for`] |
//! | what such sets are worth | [`weights()`], [`Rules::weights`], [`pairs()`] of baskets with weights |
//!
//! A number behind a rule is a function of four counts, [`Contingency`], where each formula stands with its source.
//!
//! ```
//! use insight::basket::{self, Baskets, Metric, Mining, RuleOptions, Support};
//!
//! // Four baskets: {1, 2, 3}, {1, 2}, {2}, {1, 2, 3}.
//! let items = [1, 2, 3, 1, 2, 2, 1, 2, 3];
//! let baskets = Baskets::new(&items, &[0, 3, 5, 6, 9])?;
//! let sets = basket::itemsets(baskets, &Mining::at(Support::Count(2)))?;
//! assert_eq!(sets.len(), 7);
//! let rules = basket::rules(&sets, &RuleOptions::at_least(Metric::Confidence, 0.9))?;
//! let rule = rules.iter().find(|rule| rule.antecedent == [3] && rule.consequent == [2]).ok_or("no such rule")?;
//! assert_eq!((rule.counts.both, rule.counts.confidence()), (2, 1.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod baskets;

mod mine;
mod mining;

mod itemsets;

mod lookup;
mod rules;
mod top;

mod contingency;
mod significance;

mod pairs;
mod weights;

mod threads;

mod error;

pub use baskets::Baskets;
pub use contingency::{Contingency, Metric};
pub use error::Error;
pub use itemsets::{Itemset, Itemsets};
pub use mining::{Counts, Family, Mining, Support, count, itemsets, support_for};
pub use pairs::{Pair, Pairs, pairs};
pub use rules::{Rule, RuleOptions, Rules, rules};
pub use significance::{Correction, Significance, Test, adjust};
pub use top::{TopRules, top_rules};
pub use weights::weights;
