//! The best rules by a metric, without a minimum support chosen by hand.

use super::{Baskets, Error, Metric, Mining, RuleOptions, Rules, Support, itemsets, rules};

/// Which rules: how many, by which metric, and what they must be. `TopRules::by(Metric::Leverage, 100)` and the fields
/// that should differ.
#[derive(Debug, Clone, PartialEq)]
pub struct TopRules {
    /// How many, by which metric and with what limits. Here `by` and `top` are what is asked for.
    pub rules: RuleOptions,
    /// Rules seen in fewer baskets are left out: the rarest pairs always have the highest lift. 5 by default, from where
    /// on the tests of significance are worth something.
    pub min_count: u64,
    /// The most items in a rule, both sides together; 3 by default.
    pub max_items: usize,
    /// As in [`Mining`].
    pub threads: usize,
}

impl TopRules {
    pub fn by(metric: Metric, top: usize) -> TopRules {
        TopRules {
            rules: RuleOptions { by: metric, top, ..RuleOptions::default() },
            min_count: 5,
            max_items: 3,
            threads: 0,
        }
    }
}

/// The `top` rules by the metric among all rules seen in at least `min_count` baskets: the same that
/// [`rules()`](super::rules()) would give of all sets at that support.
///
/// Of support and leverage it is known how great they can be for a rule seen in few baskets, so the search starts with
/// high supports and ends as soon as what is left cannot be among the best. Other metrics, and p-values, which depend on
/// the number of tests, need all rules from `min_count` on.
pub fn top_rules(baskets: Baskets<'_>, options: &TopRules) -> Result<Rules, Error> {
    let all = baskets.len() as u64;
    let metric = options.rules.by;
    let bounded = options.rules.significance.is_none() && greatest(metric, 1, all).is_some();
    let rule_options = options.rules.clone().of_at_most(options.max_items);
    let mut count = if bounded { (all / 32).max(options.min_count) } else { options.min_count };
    loop {
        let mining = Mining {
            max_items: options.max_items,
            threads: options.threads,
            memory_limit: options.rules.memory_limit,
            ..Mining::at(Support::Count(count))
        };
        let best = rules(&itemsets(baskets, &mining)?, &rule_options)?;
        let last = (best.len() == options.rules.top).then(|| best.iter().last()).flatten();
        let enough = match (last, greatest(metric, count.saturating_sub(1), all)) {
            (Some(last), Some(greatest)) => last.counts.metric(metric) >= greatest,
            _ => options.rules.top == 0,
        };
        if enough || count <= options.min_count {
            return Ok(best);
        }
        count = (count / 3).max(options.min_count);
    }
}

/// The greatest value of a metric for a rule seen in at most so many of all baskets, where there is one below that of
/// all rules.
fn greatest(metric: Metric, both: u64, baskets: u64) -> Option<f64> {
    let share = both as f64 / baskets.max(1) as f64;
    match metric {
        Metric::Support => Some(share),
        // Neither side is rarer than both together.
        Metric::Leverage => Some(share.min(0.5) * (1.0 - share.min(0.5))),
        _ => None,
    }
}
