//! What goes with a basket, by the rules that the last run found.
//!
//! A product's score is the highest certainty that a rule from any product of the basket gives it: of several ways to join
//! the rules of a whole basket this one foretold most on held-out orders (docs/baskets.md).

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet};

use arrow::array::{Array, AsArray, Float64Array, Int64Array, RecordBatch, StringViewArray};
use arrow::datatypes::{Float64Type, Int64Type};
use port::{Error, Query, Result};

/// A product, and the rule that speaks for it most.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    pub product: String,
    pub name: Option<String>,
    /// The product of the basket that it goes with.
    pub because: String,
    pub because_name: Option<String>,
    pub certainty: f64,
    pub confidence: f64,
    pub lift: f64,
    /// Baskets with both.
    pub both_baskets: i64,
}

/// Recommendations, the best first, and what is known of the ids that were asked for.
#[derive(Debug, Default)]
pub struct Recommendations {
    pub found: Vec<Recommendation>,
    /// Products of the basket that have rules at all.
    pub known: BTreeSet<String>,
    /// Ids asked for that the shop does not have, in their order. Of products, the others are answered all the same.
    pub unknown: Vec<String>,
}

/// What goes with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum With<'a> {
    Products(&'a [String]),
    /// What is in an order.
    Order(&'a str),
    /// All that a customer bought.
    Customer(&'a str),
}

impl With<'_> {
    /// What its ids are of.
    pub fn what(&self) -> &'static str {
        match self {
            With::Products(_) => "product",
            With::Order(_) => "order",
            With::Customer(_) => "customer",
        }
    }

    /// The error for an id that the shop does not have.
    pub fn missing(&self, id: &str) -> Error {
        Error::new(port::Kind::NotFound, format!("there is no {} `{id}`", self.what()))
    }
}

const COLUMNS: [&str; 8] = [
    "antecedent",
    "antecedent_name",
    "consequent",
    "consequent_name",
    "certainty",
    "confidence",
    "lift",
    "both_baskets",
];

/// The `most` products that go with the basket and are not in it.
///
/// Whether an id is unknown is decided here for everyone: a product is known by its rules or in products, an order by a line of
/// its own or in orders, a customer by a line or in customers. Who has an id and bought nothing is known.
pub async fn recommend(query: &dyn Query, with: With<'_>, most: usize) -> Result<Recommendations> {
    let (column, table, id) = match with {
        With::Products(products) => {
            let mut answer = goes_with(query, products, most).await?;
            answer.unknown = products.iter().filter(|product| !answer.known.contains(*product)).cloned().collect();
            let there = ids(query, "products", "product_id", &answer.unknown).await?;
            answer.unknown.retain(|product| !there.contains(product));
            return Ok(answer);
        }
        With::Order(id) => ("order_id", "orders", id),
        With::Customer(id) => ("customer_id", "customers", id),
    };
    let bought = bought(query, column, id).await?;
    let mut answer = goes_with(query, &bought, most).await?;
    if bought.is_empty() {
        answer.unknown = vec![id.to_owned()];
        let there = ids(query, table, column, &answer.unknown).await?;
        answer.unknown.retain(|id| !there.contains(id));
    }
    Ok(answer)
}

/// Those of some ids that a table has.
async fn ids(query: &dyn Query, table: &str, column: &str, wanted: &[String]) -> Result<HashSet<String>> {
    let mut there = HashSet::new();
    if wanted.is_empty() {
        return Ok(there);
    }
    for batch in query.lookup(table, &[column], column, wanted).await? {
        let found = batch.column(0).as_string_view_opt();
        there.extend(found.into_iter().flatten().flatten().map(str::to_owned));
    }
    Ok(there)
}

/// Products on lines of kind sale; of those that are no merchandise there are no rules.
async fn bought(query: &dyn Query, column: &str, id: &str) -> Result<Vec<String>> {
    let batches = query.lookup("order_lines", &["product_id", "kind"], column, &[id.to_owned()]).await?;
    let mut products: BTreeSet<&str> = BTreeSet::new();
    for batch in &batches {
        let [product, kind] = [0, 1].map(|at| batch.column(at).as_string_view_opt());
        let (Some(product), Some(kind)) = (product, kind) else { continue };
        let sold = product.iter().zip(kind).filter(|(_, kind)| *kind == Some("sale"));
        products.extend(sold.filter_map(|(product, _)| product));
    }
    Ok(products.into_iter().map(str::to_owned).collect())
}

/// A basket of hundreds of products has thousands of rules, of which few are shown: texts are made for these alone.
async fn goes_with(query: &dyn Query, basket: &[String], most: usize) -> Result<Recommendations> {
    if basket.is_empty() {
        return Ok(Recommendations::default());
    }
    let batches = query.lookup("basket_rules", &COLUMNS, "antecedent", basket).await?;
    let batches: Option<Vec<Columns<'_>>> = batches.iter().map(Columns::of).collect();
    let batches = batches.ok_or_else(other_columns)?;
    let taken: HashSet<&str> = basket.iter().map(String::as_str).collect();
    let mut known: HashSet<&str> = HashSet::new();
    let mut best: HashMap<&str, Rule<'_>> = HashMap::new();
    for columns in &batches {
        for row in 0..columns.because.len() {
            let rule = Rule { columns, row };
            known.insert(rule.because());
            if taken.contains(rule.product()) {
                continue;
            }
            best.entry(rule.product())
                .and_modify(|so_far| {
                    if rule.order(so_far).is_lt() {
                        *so_far = rule;
                    }
                })
                .or_insert(rule);
        }
    }
    let mut found: Vec<Rule<'_>> = best.into_values().collect();
    if most < found.len() {
        found.select_nth_unstable_by(most, Rule::order);
        found.truncate(most);
    }
    found.sort_unstable_by(Rule::order);
    Ok(Recommendations {
        found: found.iter().map(Rule::told).collect(),
        known: known.into_iter().map(str::to_owned).collect(),
        unknown: Vec::new(),
    })
}

/// Rules as they are read.
struct Columns<'a> {
    because: &'a StringViewArray,
    because_name: &'a StringViewArray,
    product: &'a StringViewArray,
    name: &'a StringViewArray,
    certainty: &'a Float64Array,
    confidence: &'a Float64Array,
    lift: &'a Float64Array,
    both: &'a Int64Array,
}

impl<'a> Columns<'a> {
    /// `None` where the columns are others than ours.
    fn of(batch: &'a RecordBatch) -> Option<Columns<'a>> {
        let text = |at: usize| batch.column(at).as_string_view_opt();
        let number = |at: usize| batch.column(at).as_primitive_opt::<Float64Type>();
        Some(Columns {
            because: text(0)?,
            because_name: text(1)?,
            product: text(2)?,
            name: text(3)?,
            certainty: number(4)?,
            confidence: number(5)?,
            lift: number(6)?,
            both: batch.column(7).as_primitive_opt::<Int64Type>()?,
        })
    }
}

#[derive(Clone, Copy)]
struct Rule<'a> {
    columns: &'a Columns<'a>,
    row: usize,
}

impl<'a> Rule<'a> {
    fn because(&self) -> &'a str {
        self.columns.because.value(self.row)
    }

    fn product(&self) -> &'a str {
        self.columns.product.value(self.row)
    }

    /// The better first.
    fn order(&self, other: &Rule<'_>) -> Ordering {
        let certainty = |rule: &Rule<'_>| rule.columns.certainty.value(rule.row);
        let both = |rule: &Rule<'_>| rule.columns.both.value(rule.row);
        (certainty(other).total_cmp(&certainty(self)))
            .then(both(other).cmp(&both(self)))
            .then_with(|| (self.product(), self.because()).cmp(&(other.product(), other.because())))
    }

    fn told(&self) -> Recommendation {
        let Rule { columns, row } = *self;
        let name = |names: &StringViewArray| names.is_valid(row).then(|| names.value(row).to_owned());
        Recommendation {
            product: self.product().to_owned(),
            name: name(columns.name),
            because: self.because().to_owned(),
            because_name: name(columns.because_name),
            certainty: columns.certainty.value(row),
            confidence: columns.confidence.value(row),
            lift: columns.lift.value(row),
            both_baskets: columns.both.value(row),
        }
    }
}

fn other_columns() -> Error {
    Error::config("the table basket_rules has other columns than those of `association_rules`")
        .advise("give a model of your own another name")
}
