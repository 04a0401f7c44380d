//! Association rules: what baskets with some items have beside them.

use std::cmp::Ordering;

use super::itemsets::Block;
use super::lookup::Lookup;
use super::significance::{Significance, adjust};
use super::{Contingency, Error, Itemsets, Metric};

/// Which rules. `RuleOptions::at_least(Metric::Confidence, 0.5)` and the fields that should differ.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleOptions {
    /// Rules with a lesser metric are left out; any number of metrics.
    pub at_least: Vec<(Metric, f64)>,
    /// The most items before the arrow; no limit by default.
    pub max_antecedent: usize,
    /// The most items after the arrow; 1 by default, as is usual where rules are read. `usize::MAX` gives all splits.
    pub max_consequent: usize,
    /// Leave out what may be chance. Not asked for by default.
    pub significance: Option<Significance>,
    /// Rules come with the greatest first, lift by default; those alike by common baskets, then by items.
    pub by: Metric,
    /// Only so many of the first; no limit by default. Where significance is not asked for, not many more are ever kept.
    pub top: usize,
    /// Only rules with one of these items before the arrow; all rules where it is empty, as by default. P-values are the same
    /// as without it.
    pub of: Vec<u32>,
    /// Bytes that rules and what is needed to find them may take; `None`, the default, is no limit.
    pub memory_limit: Option<usize>,
}

impl RuleOptions {
    pub fn at_least(metric: Metric, least: f64) -> RuleOptions {
        RuleOptions { at_least: vec![(metric, least)], ..RuleOptions::default() }
    }

    /// The same for rules of at most so many items, both sides together, as in [`Mining`](super::Mining): by the most before
    /// the arrow it is known how many rules there could be.
    pub fn of_at_most(self, items: usize) -> RuleOptions {
        let most = if items == usize::MAX { items } else { items.saturating_sub(1) };
        RuleOptions { max_antecedent: self.max_antecedent.min(most), ..self }
    }

    fn check(&self) -> Result<(), Error> {
        if let Some((metric, _)) = self.at_least.iter().find(|(_, least)| least.is_nan()) {
            return Err(Error::option("at_least", format!("asks for a {} of NaN", metric.name())));
        }
        self.significance.map_or(Ok(()), |significance| significance.check())
    }
}

impl Default for RuleOptions {
    fn default() -> RuleOptions {
        RuleOptions {
            at_least: Vec::new(),
            max_antecedent: usize::MAX,
            max_consequent: 1,
            significance: None,
            by: Metric::Lift,
            top: usize::MAX,
            of: Vec::new(),
            memory_limit: None,
        }
    }
}

/// Rules, packed; the greatest first.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    baskets: u64,
    tests: f64,
    items: Vec<u32>,
    rows: Vec<Row>,
}

/// Baskets with all of the antecedent, and what of them has all of the consequent too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule<'a> {
    /// Items before the arrow, ascending.
    pub antecedent: &'a [u32],
    /// Items after the arrow, ascending, none of them in the antecedent.
    pub consequent: &'a [u32],
    pub counts: Contingency,
    /// Corrected for the number of tests; `None` where significance was not asked for.
    pub p_value: Option<f64>,
}

/// A rule in the pack.
#[derive(Debug, Clone, Copy)]
struct Row {
    start: usize,
    antecedent_items: u32,
    consequent_items: u32,
    antecedent: u32,
    consequent: u32,
    both: u32,
    /// NaN where it was not asked for.
    p_value: f64,
}

impl Rules {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The tests that p-values are corrected for: all rules that could be made of the items that there are sets of, with as
    /// many items as rules may have (as the longest set has, where `max_antecedent` sets no limit). Rules that were seen
    /// were picked out of these by how often they are, which is itself a test. Webb, *Discovering significant patterns*,
    /// Machine Learning 68, 2007.
    pub fn tests(&self) -> f64 {
        self.tests
    }

    /// The rule at a place, `None` beyond the last.
    pub fn get(&self, index: usize) -> Option<Rule<'_>> {
        self.rows.get(index).map(|row| self.rule(row))
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = Rule<'_>> + Clone {
        self.rows.iter().map(|row| self.rule(row))
    }

    /// The items of each rule, both sides together, in order of the rules.
    pub fn sets(&self) -> Itemsets {
        let items = |row: &Row| (row.antecedent_items + row.consequent_items) as usize;
        let mut block = Block::of(self.rows.iter().map(items).sum(), self.rows.len());
        for row in &self.rows {
            block.push(&self.items[row.start..row.start + items(row)], row.both);
        }
        Itemsets::of(self.baskets, vec![block])
    }

    fn rule(&self, row: &Row) -> Rule<'_> {
        let middle = row.start + row.antecedent_items as usize;
        Rule {
            antecedent: &self.items[row.start..middle],
            consequent: &self.items[middle..middle + row.consequent_items as usize],
            counts: row.counts(self.baskets),
            p_value: Some(row.p_value).filter(|p_value| !p_value.is_nan()),
        }
    }

    /// What they take.
    pub(super) fn bytes(&self) -> usize {
        4 * self.items.capacity() + size_of::<Row>() * self.rows.capacity()
    }

    /// Items of rules that are no longer there leave.
    fn pack(&mut self) {
        let mut items = Vec::with_capacity(self.items.capacity());
        for row in &mut self.rows {
            let length = (row.antecedent_items + row.consequent_items) as usize;
            let start = items.len();
            items.extend_from_slice(&self.items[row.start..row.start + length]);
            row.start = start;
        }
        self.items = items;
    }
}

impl Row {
    fn counts(&self, baskets: u64) -> Contingency {
        let [antecedent, consequent, both] = [self.antecedent, self.consequent, self.both].map(u64::from);
        Contingency { baskets, antecedent, consequent, both }
    }
}

/// The rules that the sets give: each set of two items and more, split in all ways that `options` allows. The sets must
/// hold all parts of theirs, so they are those of [`Family::All`](super::Family::All) with single items.
pub fn rules(sets: &Itemsets, options: &RuleOptions) -> Result<Rules, Error> {
    options.check()?;
    let lookup = Lookup::of(sets, options.memory_limit)?;
    let rules = Rules { baskets: sets.baskets(), tests: possible(sets, options), ..Rules::default() };
    // P-values are corrected by their place among all, so then all of them stay until the end.
    let crowd = if options.significance.is_none() { options.top.saturating_mul(2).max(FEW) } else { usize::MAX };
    let mut found = Finder { lookup: &lookup, options, rules, crowd, bar: f64::NEG_INFINITY, others: Vec::new() };
    for set in sets.iter().filter(|set| set.items.len() > 1) {
        let mut items = set.items.to_vec();
        items.sort_unstable();
        found.split(&items, set.count as u32)?;
    }
    let (mut rules, others) = (found.rules, found.others);
    significant(&mut rules, options, others);
    best(&mut rules, options);
    let mut rows = std::mem::take(&mut rules.rows);
    rows.sort_unstable_by(order(&rules, options.by));
    Ok(Rules { rows, ..rules })
}

/// So few rules are not worth choosing from.
const FEW: usize = 1 << 12;

struct Finder<'a> {
    lookup: &'a Lookup<'a>,
    options: &'a RuleOptions,
    rules: Rules,
    /// From so many rules on, only the best stay.
    crowd: usize,
    /// The metric of the last of those that stayed; what is below it is not among the best.
    bar: f64,
    /// P-values of rules that are left out by something else: they have their place among all, whatever is shown of them.
    others: Vec<f64>,
}

impl Finder<'_> {
    /// All splits of a set: consequents by rising number of items.
    fn split(&mut self, items: &[u32], both: u32) -> Result<(), Error> {
        let most = self.options.max_consequent.min(items.len() - 1);
        let least = items.len().saturating_sub(self.options.max_antecedent).max(1);
        let mut antecedent = Vec::with_capacity(items.len());
        let mut consequent = Vec::with_capacity(items.len());
        for length in least..=most {
            let mut places: Vec<usize> = (0..length).collect();
            loop {
                antecedent.clear();
                consequent.clear();
                let mut next = places.iter().copied().peekable();
                for (place, item) in items.iter().enumerate() {
                    let after = next.next_if_eq(&place).is_some();
                    if after { &mut consequent } else { &mut antecedent }.push(*item);
                }
                self.consider(&antecedent, &consequent, both)?;
                if !advance(&mut places, items.len()) {
                    break;
                }
            }
        }
        Ok(())
    }

    fn consider(&mut self, antecedent: &[u32], consequent: &[u32], both: u32) -> Result<(), Error> {
        let row = Row {
            start: self.rules.items.len(),
            antecedent_items: antecedent.len() as u32,
            consequent_items: consequent.len() as u32,
            antecedent: self.lookup.count(antecedent)?,
            consequent: self.lookup.count(consequent)?,
            both,
            p_value: f64::NAN,
        };
        let counts = row.counts(self.rules.baskets);
        let of = &self.options.of;
        let is_asked_for = (of.is_empty() || antecedent.iter().any(|item| of.contains(item)))
            && !counts.metric(self.options.by).total_cmp(&self.bar).is_lt()
            && self.options.at_least.iter().all(|(metric, least)| counts.metric(*metric) >= *least);
        if !is_asked_for && self.options.significance.is_none() {
            return Ok(());
        }
        let p_value = self.options.significance.map(|asked| (counts.p_value(asked.test), asked.alpha));
        // A correction only raises it.
        if p_value.is_some_and(|(p_value, alpha)| p_value > alpha) {
            return Ok(());
        }
        if !is_asked_for {
            self.others.extend(p_value.map(|(p_value, _)| p_value));
            return self.fits();
        }
        self.rules.items.extend_from_slice(antecedent);
        self.rules.items.extend_from_slice(consequent);
        self.rules.rows.push(Row { p_value: p_value.map_or(f64::NAN, |(p_value, _)| p_value), ..row });
        if self.rules.rows.len() >= self.crowd {
            best(&mut self.rules, self.options);
            self.rules.pack();
            let last = self.rules.rows.last().map(|row| row.counts(self.rules.baskets).metric(self.options.by));
            self.bar = last.unwrap_or(f64::INFINITY);
        }
        self.fits()
    }

    fn fits(&self) -> Result<(), Error> {
        let taken = self.rules.bytes() + self.lookup.bytes() + size_of::<f64>() * self.others.capacity();
        match self.options.memory_limit {
            Some(limit) if taken > limit => {
                Err(Error::Memory { limit, doing: "finding rules", found: self.rules.rows.len() as u64 })
            }
            _ => Ok(()),
        }
    }
}

/// How many rules could be made of the items: for each number of items all choices of so many, split in all ways that
/// `options` allows.
fn possible(sets: &Itemsets, options: &RuleOptions) -> f64 {
    let items = sets.iter().filter(|set| set.items.len() == 1).count();
    let longest = match options.max_antecedent {
        usize::MAX => sets.iter().map(|set| set.items.len()).max().unwrap_or(0),
        most => most.saturating_add(options.max_consequent).min(items),
    };
    let (mut all, mut choices) = (0.0, items as f64);
    for length in 2..=longest {
        choices *= (items + 1).saturating_sub(length) as f64 / length as f64;
        let mut splits = 0.0;
        let mut of_length = 1.0;
        for consequent in 1..=options.max_consequent.min(length - 1) {
            of_length *= (length + 1 - consequent) as f64 / consequent as f64;
            if length - consequent <= options.max_antecedent {
                splits += of_length;
            }
        }
        all += choices * splits;
        // No p-value is small enough for more, and products of what is not finite are no numbers.
        if all > 1e300 {
            return 1e300;
        }
    }
    all
}

/// The next choice of places among so many, false after the last.
fn advance(places: &mut [usize], among: usize) -> bool {
    let chosen = places.len();
    let Some(at) = (0..chosen).rev().find(|at| places[*at] < among - chosen + at) else { return false };
    places[at] += 1;
    for after in at + 1..chosen {
        places[after] = places[after - 1] + 1;
    }
    true
}

fn significant(rules: &mut Rules, options: &RuleOptions, others: Vec<f64>) {
    let Some(Significance { correction, alpha, .. }) = options.significance else { return };
    let mut p_values: Vec<f64> = rules.rows.iter().map(|row| row.p_value).collect();
    p_values.extend(others);
    for (row, p_value) in rules.rows.iter_mut().zip(adjust(&p_values, correction, rules.tests)) {
        row.p_value = p_value;
    }
    rules.rows.retain(|row| row.p_value <= alpha);
}

/// Leaves the first of them, the last of these at the end, else in no particular order.
fn best(rules: &mut Rules, options: &RuleOptions) {
    let mut rows = std::mem::take(&mut rules.rows);
    if options.top < rows.len() {
        if options.top > 0 {
            rows.select_nth_unstable_by(options.top - 1, order(rules, options.by));
        }
        rows.truncate(options.top);
    }
    rules.rows = rows;
}

fn order(rules: &Rules, by: Metric) -> impl Fn(&Row, &Row) -> Ordering {
    move |a, b| {
        let (first, second) = (rules.rule(a), rules.rule(b));
        let metric = |rule: &Rule<'_>| rule.counts.metric(by);
        (metric(&second).total_cmp(&metric(&first)))
            .then(b.both.cmp(&a.both))
            .then_with(|| (first.antecedent, first.consequent).cmp(&(second.antecedent, second.consequent)))
    }
}
