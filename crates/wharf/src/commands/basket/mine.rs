//! From baskets to candidates: at which support, and the rules that there are.

use flow::analysis::baskets::{Filled, said};
use flow::analysis::{MIN_CERTAINTY, MIN_COUNT, min_count};
use insight::basket::{
    self, Contingency, Correction, Metric, Mining, Pairs, Rule, RuleOptions, Rules, Significance, Support, Test,
    TopRules,
};
use port::{Error, Result};

use super::arguments::{Family, MiningArgs, RuleArgs, Sort};
use crate::output::thousands;

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
    /// Where chance was looked for without having been asked for.
    pub tested: Option<Tested>,
}

/// What became of pairs that were together often enough.
#[derive(Debug, Clone, Copy)]
pub struct Tested {
    /// Pairs of items that each are in enough baskets.
    pub tried: u64,
    /// Left out: not more often together than chance has it.
    pub chance: u64,
    /// Left out: no chance, but neither of the two says much of the other. `None` where that was not asked.
    pub weak: Option<u64>,
}

impl Asked {
    /// Rules are judged as those of the table `basket_rules` are.
    pub fn is_judged(&self) -> bool {
        self.tested.is_some_and(|tested| tested.weak.is_some())
    }
}

/// The share of pairs that may be there by chance, where they are tested without having been asked for.
pub const ALPHA: f64 = 0.05;

/// `sets`: itemsets are wanted, which have no limit of length unless one is asked for. `all`: the support is not chosen.
pub fn support(filled: &Filled, args: &MiningArgs, room: &Room, sets: bool, all: bool) -> Result<Asked> {
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
            (None, None) if sets || all || longest.is_some_and(|longest| longest > 2) => Support::Count(MIN_COUNT),
            (None, None) => Support::Count(min_count(filled.len() as u64)),
        })
    };
    let baskets = filled.baskets()?;
    let floor = mining.least_count(baskets.len()).map_err(said)?;
    let chosen = args.min_count.is_none() && args.min_support.is_none() && !all;
    // Pairs are counted at the floor anyway, and cut there.
    let least = match chosen && (sets || mining.max_items > 2) {
        true => basket::support_for(baskets, LOOK_AT, &mining).map_err(said)?,
        false => floor,
    };
    if least > floor && least > baskets.len() as u64 {
        let error = Error::input(format!(
            "more than 10,000 itemsets are in every one of the {} baskets",
            thousands(baskets.len() as u64)
        ));
        return Err(
            error.advise("--itemsets closed tells the same in fewer sets; --max-length 2 gives short ones alone")
        );
    }
    Ok(Asked { mining: Mining { min_support: Support::Count(least), ..mining }, least, chosen, tested: None })
}

/// Rules before any is left out.
pub struct Candidates {
    source: Source,
    /// Of rules, where asked for.
    weights: Vec<u64>,
}

enum Source {
    /// Two rules a pair.
    Pairs(Pairs),
    Rules(Rules),
}

impl Candidates {
    /// Raises `asked.least` where it was chosen and too much would stay. Pairs are judged where the user set no limit, and tested
    /// where the least is so low that chance reaches it.
    pub fn find(filled: &Filled, asked: &mut Asked, args: &RuleArgs) -> Result<Candidates> {
        let revenue = args.revenue;
        let baskets = filled.baskets()?;
        if asked.mining.max_items <= 2 {
            let mut pairs = basket::pairs(baskets, &asked.mining).map_err(said)?;
            if let Some(first_left_out) = pairs.found.get(LOOK_AT as usize).filter(|_| asked.chosen) {
                asked.least = u64::from(first_left_out.both) + 1;
                // The most common come first.
                let stay = pairs.found.partition_point(|pair| u64::from(pair.both) >= asked.least);
                pairs.found.truncate(stay);
            }
            let judged = asked.chosen && !args.has_limits();
            if judged || (asked.chosen && asked.least < MIN_COUNT) {
                asked.tested = Some(without_chance(filled, &mut pairs, &asked.mining, judged)?);
            }
            return Ok(Candidates { source: Source::Pairs(pairs), weights: Vec::new() });
        }
        let sets = basket::itemsets(baskets, &asked.mining).map_err(said)?;
        let options = RuleOptions { memory_limit: asked.mining.memory_limit, ..RuleOptions::default() };
        let options = options.of_at_most(asked.mining.max_items);
        let rules = basket::rules(&sets, &options).map_err(said)?;
        drop(sets);
        Candidates::of(filled, rules, &asked.mining, revenue)
    }

    /// The best rules by a metric, however often they are seen from the least count on.
    pub fn best(filled: &Filled, asked: &Asked, args: &RuleArgs, top: u64, of: Option<&[u32]>) -> Result<Candidates> {
        let metric = args.sort.and_then(Sort::best).unwrap_or(Metric::Certainty);
        let mut best = TopRules::by(metric, usize::try_from(top).unwrap_or(usize::MAX));
        best.min_count = asked.least;
        best.max_items = asked.mining.max_items;
        best.threads = asked.mining.threads;
        let least = [(Metric::Confidence, args.min_confidence), (Metric::Lift, args.min_lift)];
        best.rules.at_least = least.into_iter().filter_map(|(metric, least)| Some((metric, least?))).collect();
        best.rules.of = of.unwrap_or_default().to_vec();
        best.rules.memory_limit = asked.mining.memory_limit;
        best.rules.significance = args.has_p_values().then(|| Significance {
            correction: args.correction(),
            alpha: args.alpha.unwrap_or(1.0),
            ..Significance::default()
        });
        let rules = basket::top_rules(filled.baskets()?, &best).map_err(said)?;
        Candidates::of(filled, rules, &asked.mining, args.revenue)
    }

    fn of(filled: &Filled, rules: Rules, mining: &Mining, revenue: bool) -> Result<Candidates> {
        let weights = match revenue {
            true => rules.weights(filled.baskets()?, mining.memory_limit).map_err(said)?,
            false => Vec::new(),
        };
        Ok(Candidates { source: Source::Rules(rules), weights })
    }

    /// The tests that p-values are corrected for: all rules that there could be.
    pub fn tests(&self, filled: &Filled, mining: &Mining) -> Result<f64> {
        match &self.source {
            // A pair is a rule each way.
            Source::Pairs(_) => Ok(2.0 * pairs_of(filled, mining)? as f64),
            Source::Rules(rules) => Ok(rules.tests()),
        }
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
            Source::Rules(_) => self.weights.get(at).copied().unwrap_or(0),
        }
    }
}

/// Takes away pairs that may be there by chance: those in few baskets; where pairs are `judged`, all such, and those of which
/// neither item says much of the other.
fn without_chance(filled: &Filled, pairs: &mut Pairs, mining: &Mining, judged: bool) -> Result<Tested> {
    let tried = pairs_of(filled, mining)?;
    let baskets = pairs.baskets;
    let p_values: Vec<f64> = pairs.found.iter().map(|pair| pair.counts(baskets).p_value(Test::Fisher)).collect();
    let mut p_values = basket::adjust(&p_values, Correction::BenjaminiHochberg, tried as f64).into_iter();
    let found = pairs.found.len();
    let stays = |both: u32, p_value: f64| (!judged && u64::from(both) >= MIN_COUNT) || p_value <= ALPHA;
    pairs.found.retain(|pair| stays(pair.both, p_values.next().unwrap_or(1.0)));
    let no_chance = pairs.found.len();
    if judged {
        let certainty = |counts: Contingency| counts.certainty().max(reversed(counts).certainty());
        pairs.found.retain(|pair| certainty(pair.counts(baskets)) >= MIN_CERTAINTY);
    }
    let weak = judged.then_some((no_chance - pairs.found.len()) as u64);
    Ok(Tested { tried, chance: (found - no_chance) as u64, weak })
}

/// Pairs of the items that each are in enough baskets.
fn pairs_of(filled: &Filled, mining: &Mining) -> Result<u64> {
    let singles = Mining { max_items: 1, family: basket::Family::All, ..mining.clone() };
    let items = basket::count(filled.baskets()?, &singles).map_err(said)?.total();
    Ok(items * items.saturating_sub(1) / 2)
}

fn reversed(counts: Contingency) -> Contingency {
    Contingency { antecedent: counts.consequent, consequent: counts.antecedent, ..counts }
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
