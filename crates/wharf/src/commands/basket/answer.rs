//! Rules, itemsets and counts as rows.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use flow::analysis::baskets::{Filled, Sizes, said};
use flow::analysis::rules::{RuleColumns, ids_of, names_of};
use flow::analysis::{MIN_CERTAINTY, MIN_COUNT};
use futures::StreamExt;
use insight::basket::{self, Itemsets, Metric, Rule, Test};
use port::{Error, Kind};

use super::arguments::{MiningArgs, RuleArgs, Sort};
use super::mine::{self, ALPHA, Asked, Candidates, Room};
use super::nothing::{baskets, nothing};
use crate::failure::{Failure, Result};
use crate::output::{Sheet, thousands};

/// Rows to a person who does not say how many.
const SHOWN: u64 = 20;

pub fn count(sets: i64, seconds: f64) -> Result<Sheet> {
    Sheet::of_columns(vec![
        ("itemsets", Arc::new(Int64Array::from(vec![sets]))),
        ("seconds", Arc::new(Float64Array::from(vec![seconds]))),
    ])
}

/// Rows of an answer at once.
const PIECE: usize = 8192;
/// What a rule takes at most while rules are chosen and put in order: its pair, its place, and p-values beside each other.
const RULE_BYTES: usize = 128;

/// Rows made a piece at a time, as they are written.
fn in_pieces(
    schema: SchemaRef,
    rows: usize,
    piece: impl Fn(Range<usize>) -> port::Result<RecordBatch> + Send + 'static,
) -> Sheet {
    let pieces = (0..rows).step_by(PIECE).map(move |start| piece(start..rows.min(start + PIECE)));
    Sheet { schema, rows: futures::stream::iter(pieces).boxed(), total: None, remarks: Vec::new() }
}

/// A rule that is shown.
struct Shown {
    at: usize,
    by: f64,
    p_value: Option<f64>,
}

/// An answer, or to a person why there is none.
pub enum Found {
    Rows(Sheet),
    Nothing(String),
}

/// Who asks, and of what.
#[derive(Debug, Clone, Copy)]
pub struct For {
    pub a_person: bool,
    /// Not into a file.
    pub on_screen: bool,
    pub a_file: bool,
}

pub fn rules(
    filled: Filled,
    sizes: Sizes,
    mining: &MiningArgs,
    args: &RuleArgs,
    room: &Room,
    asks: For,
) -> Result<Found> {
    let For { a_person: for_a_person, a_file: is_file, .. } = asks;
    let of = args.of.as_deref().map(|product| find(&filled, product)).transpose()?;
    let mut asked = mine::support(&filled, mining, room, false, args.top.is_some())?;
    let candidates = match args.top {
        Some(top) => Candidates::best(&filled, &asked, args, top, of.as_deref())?,
        None => Candidates::find(&filled, &mut asked, args)?,
    };
    if candidates.len() > room.memory / RULE_BYTES {
        let found = candidates.len() as u64;
        return Err(said(basket::Error::Memory { limit: room.memory, doing: "putting rules in order", found }).into());
    }
    let p_values = match (args.has_p_values(), args.top) {
        (false, _) => None,
        // The best were found with theirs.
        (true, Some(_)) => Some((0..candidates.len()).map(|at| candidates.rule(at)?.p_value).collect()),
        (true, None) => Some(p_values(&candidates, candidates.tests(&filled, &asked.mining)?, args)),
    };
    let mut shown = chosen(&candidates, &asked, args, of.as_deref(), p_values);
    let all = shown.len();
    shown.truncate(limit(args, for_a_person));
    shown.shrink_to_fit();
    // The best rules are those that fit; of all others it is seen here whether there are any.
    if candidates.len() == 0 && !(args.top.is_some() && args.filters()) {
        let reason = nothing(&filled, &asked, is_file);
        if asks.on_screen {
            return Ok(Found::Nothing(reason));
        }
        eprintln!("{reason}");
    }
    let usual = mine::usual_lift(&filled)?;
    let told = usual >= 1.2 && candidates.len() > 0;
    let smaller = match filled.left_out.smaller {
        0 => String::new(),
        smaller => format!("; {} of fewer than {} left out", thousands(smaller), sizes.least),
    };
    let looked_at = format!("{}{smaller}.", baskets(filled.len() as u64));
    let (many, all, at_least) = (thousands(shown.len() as u64), thousands(all as u64), at_least(&asked, &filled));
    let counted = match args.top {
        Some(_) => {
            let by = args.sort.and_then(Sort::best).unwrap_or(Metric::Certainty).name();
            format!("The {many} best of all rules by {by}, {at_least}.")
        }
        None => format!("{many} of {all} rules, {at_least}."),
    };
    let sheet = RuleAnswer { filled, candidates, shown, args: args.clone(), for_a_person }.sheet()?;
    let sheet = sheet.remark(looked_at).remark(counted);
    Ok(Found::Rows(if told {
        sheet.remark(format!(
            "Since baskets differ in size, items without any tie have a lift of about {usual:.1} here."
        ))
    } else {
        sheet
    }))
}

pub fn itemsets(filled: Filled, mining: &MiningArgs, args: &RuleArgs, room: &Room, asks: For) -> Result<Found> {
    let For { a_person: for_a_person, a_file: is_file, .. } = asks;
    let asked = mine::support(&filled, mining, room, true, false)?;
    let sets = basket::itemsets(filled.baskets()?, &asked.mining).map_err(said)?;
    let weights = match args.revenue {
        true => Some(basket::weights(filled.baskets()?, &sets, asked.mining.memory_limit).map_err(said)?),
        false => None,
    };
    if args.sort.is_some_and(|sort| !matches!(sort, Sort::Count | Sort::Support | Sort::Revenue)) {
        return Err(Failure::usage("itemsets are sorted by count or revenue", "--sort count"));
    }
    let by = weights.as_deref().filter(|_| args.sort == Some(Sort::Revenue));
    let mut order = ordered(&sets, by);
    order.truncate(limit(args, for_a_person));
    if sets.is_empty() {
        let reason = nothing(&filled, &asked, is_file);
        if asks.on_screen {
            return Ok(Found::Nothing(reason));
        }
        eprintln!("{reason}");
    }
    let remark = format!(
        "{} of {} itemsets of {}, {}.",
        thousands(order.len() as u64),
        thousands(sets.len() as u64),
        baskets(filled.len() as u64),
        at_least(&asked, &filled)
    );
    Ok(Found::Rows(Answer { filled, sets, weights, order, round: for_a_person }.sheet()?.remark(remark)))
}

/// Rules as asked for, the first first.
fn chosen(
    candidates: &Candidates,
    asked: &Asked,
    args: &RuleArgs,
    of: Option<&[u32]>,
    p_values: Option<Vec<Option<f64>>>,
) -> Vec<Shown> {
    let sort = args.sort.unwrap_or(Sort::Certainty);
    let least_certainty = if asked.is_judged() { MIN_CERTAINTY } else { f64::NEG_INFINITY };
    let alpha = args.alpha.unwrap_or(1.0);
    let mut shown: Vec<Shown> = (0..candidates.len())
        .filter_map(|at| {
            let rule = candidates.rule(at)?;
            let p_value = p_values.as_ref().and_then(|p_values| *p_values.get(at)?);
            let fits = of.is_none_or(|of| rule.antecedent.iter().any(|item| of.contains(item)))
                && args.min_confidence.is_none_or(|least| rule.counts.confidence() >= least)
                && args.min_lift.is_none_or(|least| rule.counts.lift() >= least)
                && rule.counts.certainty() >= least_certainty
                && p_value.is_none_or(|p_value| p_value <= alpha);
            let by = match (sort, sort.metric()) {
                (_, Some(metric)) => rule.counts.metric(metric),
                (Sort::Revenue, None) => candidates.weight(at) as f64,
                (Sort::PValue, None) => -p_value.unwrap_or(1.0),
                _ => rule.counts.both as f64,
            };
            fits.then_some(Shown { at, by, p_value })
        })
        .collect();
    let key = |rule: &Shown| candidates.rule(rule.at).map(|rule| (rule.counts.both, rule.antecedent, rule.consequent));
    shown.sort_by(|a, b| {
        let ties = || match (key(a), key(b)) {
            (Some((both, ..)), Some((other, ..))) if both != other => other.cmp(&both),
            (first, second) => first.cmp(&second),
        };
        b.by.total_cmp(&a.by).then_with(ties)
    });
    shown
}

/// Of all rules, also those that something else leaves out: a p-value is the same whatever is shown beside it.
fn p_values(candidates: &Candidates, tests: f64, args: &RuleArgs) -> Vec<Option<f64>> {
    let p_value = |at: usize| candidates.rule(at).map_or(1.0, |rule| rule.counts.p_value(Test::Fisher));
    let p_values: Vec<f64> = (0..candidates.len()).map(p_value).collect();
    basket::adjust(&p_values, args.correction(), tests).into_iter().map(Some).collect()
}

/// Chosen rules, written in pieces: there may be millions.
struct RuleAnswer {
    filled: Filled,
    candidates: Candidates,
    shown: Vec<Shown>,
    args: RuleArgs,
    for_a_person: bool,
}

impl RuleAnswer {
    fn sheet(self) -> Result<Sheet> {
        let fields = self.columns(&[])?.into_iter();
        let schema = Arc::new(Schema::new(
            fields.map(|(name, column)| Field::new(name, column.data_type().clone(), true)).collect::<Vec<_>>(),
        ));
        let of = schema.clone();
        Ok(in_pieces(schema, self.shown.len(), move |piece| {
            let columns = self.columns(&self.shown[piece])?.into_iter().map(|(_, column)| column).collect();
            RecordBatch::try_new(of.clone(), columns)
                .map_err(|error| Error::internal(format!("rules of unequal columns: {error}")))
        }))
    }

    fn columns(&self, shown: &[Shown]) -> port::Result<Vec<(&'static str, ArrayRef)>> {
        let RuleAnswer { filled, candidates, args, .. } = self;
        let mut columns = match self.for_a_person {
            true => for_people(filled, candidates, shown, args),
            false => full(filled, candidates, shown),
        };
        if args.has_p_values() {
            columns.push(("p_value", Arc::new(shown.iter().map(|rule| rule.p_value).collect::<Float64Array>())));
        }
        if args.revenue {
            columns.push(("revenue", money(filled, shown.iter().map(|rule| candidates.weight(rule.at)))?));
        }
        Ok(columns)
    }
}

/// All metrics, for programs.
fn full(filled: &Filled, candidates: &Candidates, shown: &[Shown]) -> Vec<(&'static str, ArrayRef)> {
    let mut columns = RuleColumns::default();
    for rule in shown.iter().filter_map(|rule| candidates.rule(rule.at)) {
        columns.push(&filled.goods, rule.antecedent, rule.consequent, &rule.counts);
    }
    columns.finish()
}

/// Names, and the metrics that are read most.
fn for_people(
    filled: &Filled,
    candidates: &Candidates,
    shown: &[Shown],
    args: &RuleArgs,
) -> Vec<(&'static str, ArrayRef)> {
    let rules: Vec<Rule<'_>> = shown.iter().filter_map(|rule| candidates.rule(rule.at)).collect();
    let side = |items: fn(&Rule<'_>) -> Vec<u32>| -> ArrayRef {
        let text = |rule: &Rule<'_>| {
            let items = items(rule);
            Some(names_of(&filled.goods, &items).unwrap_or_else(|| ids_of(&filled.goods, &items)))
        };
        Arc::new(rules.iter().map(text).collect::<StringArray>())
    };
    let metric = |metric: Metric| -> ArrayRef {
        let value = |rule: &Rule<'_>| six_digits(rule.counts.metric(metric));
        Arc::new(rules.iter().map(|rule| Some(value(rule)).filter(|value| value.is_finite())).collect::<Float64Array>())
    };
    let count = rules.iter().map(|rule| i64::try_from(rule.counts.both).ok()).collect::<Int64Array>();
    let mut metrics = vec![Metric::Support, Metric::Confidence, Metric::Lift, Metric::Certainty];
    metrics.extend(args.sort.and_then(Sort::metric).filter(|sort| !metrics.contains(sort)));
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("antecedent", side(|rule| rule.antecedent.to_vec())),
        ("consequent", side(|rule| rule.consequent.to_vec())),
        ("both_baskets", Arc::new(count)),
    ];
    columns.extend(metrics.into_iter().map(|of| (of.name(), metric(of))));
    columns
}

/// Found sets and their order, written in pieces: there may be millions.
struct Answer {
    filled: Filled,
    sets: Itemsets,
    weights: Option<Vec<u64>>,
    order: Vec<usize>,
    /// Six digits, for people.
    round: bool,
}

impl Answer {
    fn sheet(self) -> Result<Sheet> {
        Ok(in_pieces(self.schema(), self.order.len(), move |piece| self.batch(&self.order[piece])))
    }

    fn schema(&self) -> SchemaRef {
        let mut fields = vec![Field::new("items", DataType::Utf8, true)];
        if self.filled.goods.has_names() {
            fields.push(Field::new("names", DataType::Utf8, true));
        }
        fields.push(Field::new("length", DataType::Int64, true));
        fields.push(Field::new("count", DataType::Int64, true));
        fields.push(Field::new("support", DataType::Float64, true));
        if self.weights.is_some() {
            fields.push(Field::new("revenue", DataType::Decimal128(38, self.filled.scale), true));
        }
        Arc::new(Schema::new(fields))
    }

    fn batch(&self, piece: &[usize]) -> port::Result<RecordBatch> {
        let goods = &self.filled.goods;
        let baskets = self.filled.len() as f64;
        let (mut ids, mut names): (Vec<String>, Vec<Option<String>>) = (Vec::new(), Vec::new());
        let (mut lengths, mut counts, mut supports) = (Vec::new(), Vec::new(), Vec::new());
        for set in piece.iter().filter_map(|at| self.sets.get(*at)) {
            let mut items = set.items.to_vec();
            items.sort_unstable();
            ids.push(ids_of(goods, &items));
            names.push(names_of(goods, &items));
            lengths.push(items.len() as i64);
            counts.push(set.count as i64);
            let support = set.count as f64 / baskets;
            supports.push(if self.round { six_digits(support) } else { support });
        }
        let mut columns: Vec<ArrayRef> = vec![Arc::new(StringArray::from(ids))];
        if goods.has_names() {
            columns.push(Arc::new(StringArray::from(names)));
        }
        columns.push(Arc::new(Int64Array::from(lengths)));
        columns.push(Arc::new(Int64Array::from(counts)));
        columns.push(Arc::new(Float64Array::from(supports)));
        if let Some(weights) = &self.weights {
            columns.push(money(&self.filled, piece.iter().map(|at| weights.get(*at).copied().unwrap_or(0)))?);
        }
        RecordBatch::try_new(self.schema(), columns)
            .map_err(|error| Error::internal(format!("itemsets of unequal columns: {error}")))
    }
}

/// The most common first, or what made most; then the shorter, then by items.
fn ordered(sets: &Itemsets, weights: Option<&[u64]>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sets.len()).collect();
    order.sort_unstable_by(|a, b| {
        let by_weight = weights.map_or(Ordering::Equal, |weights| weights[*b].cmp(&weights[*a]));
        by_weight.then_with(|| match (sets.get(*a), sets.get(*b)) {
            (Some(a), Some(b)) => {
                b.count.cmp(&a.count).then(a.items.len().cmp(&b.items.len())).then(a.items.cmp(b.items))
            }
            _ => Ordering::Equal,
        })
    });
    order
}

/// Amounts in the currency of the shop.
fn money(filled: &Filled, weights: impl Iterator<Item = u64>) -> port::Result<ArrayRef> {
    let amounts: Decimal128Array = weights.map(|weight| Some(i128::from(weight))).collect();
    let amounts = amounts.with_precision_and_scale(38, filled.scale);
    Ok(Arc::new(amounts.map_err(|error| Error::internal(format!("amounts that do not fit: {error}")))?))
}

fn six_digits(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

fn limit(args: &RuleArgs, for_a_person: bool) -> usize {
    let limit = args.limit.or((for_a_person && args.top.is_none()).then_some(SHOWN));
    limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX)
}

fn at_least(asked: &Asked, filled: &Filled) -> String {
    let percent = 100.0 * asked.least as f64 / filled.len().max(1) as f64;
    // Of millions of baskets a few are no whole hundredth of a percent.
    let places = if percent < 0.005 { 6 } else { 2 };
    // Below the usual floor nothing was raised.
    let chosen = if asked.chosen && (asked.tested.is_none() || asked.least >= MIN_COUNT) {
        ", chosen so that at most 10,000 sets stay"
    } else {
        ""
    };
    let judged = match asked.tested {
        Some(_) if asked.is_judged() => format!(
            ", only where that is no chance (p-values up to {ALPHA}, corrected) and with a certainty of {MIN_CERTAINTY} or more; \
             --min-count {} shows all",
            asked.least
        ),
        Some(_) => {
            format!(", in fewer than {MIN_COUNT} only where that is no chance: p-values up to {ALPHA}, corrected")
        }
        None => String::new(),
    };
    format!("each in {} or more ({percent:.places$}%{chosen}){judged}", baskets(asked.least))
}

/// The items that a person means by an id or a name.
fn find(filled: &Filled, text: &str) -> Result<Vec<u32>> {
    let found = filled.goods.find(text);
    if !found.is_empty() {
        return Ok(found);
    }
    let error = Error::new(Kind::NotFound, format!("no basket has the item `{text}`"));
    let near = filled.goods.near(text);
    Err(match near.is_empty() {
        true => error.advise("items go by their id or their whole name").into(),
        false => error.advise(format!("did you mean {}?", near.join(", "))).into(),
    })
}
