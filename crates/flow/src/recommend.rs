//! What goes with a basket, by the rules that the last run found.
//!
//! A product's score is the highest certainty that a rule from any product of the basket gives it: of several ways to join
//! the rules of a whole basket this one foretold most on held-out orders (docs/baskets.md).

use std::collections::{BTreeSet, HashMap};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
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

/// Recommendations, the best first, and the products of the basket that have rules at all.
#[derive(Debug, Default)]
pub struct Recommendations {
    pub found: Vec<Recommendation>,
    pub known: BTreeSet<String>,
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

/// What goes with the products of `basket` and is not among them.
pub async fn recommend(query: &dyn Query, basket: &[String]) -> Result<Recommendations> {
    if basket.is_empty() {
        return Ok(Recommendations::default());
    }
    let batches = query.lookup("basket_rules", &COLUMNS, "antecedent", basket).await?;
    let taken: BTreeSet<&str> = basket.iter().map(String::as_str).collect();
    let mut known = BTreeSet::new();
    let mut best: HashMap<String, Recommendation> = HashMap::new();
    for batch in &batches {
        for rule in rules(batch).ok_or_else(other_columns)? {
            known.insert(rule.because.clone());
            if taken.contains(rule.product.as_str()) {
                continue;
            }
            match best.get_mut(&rule.product) {
                Some(so_far) if order(so_far, &rule).is_le() => {}
                Some(so_far) => *so_far = rule,
                None => drop(best.insert(rule.product.clone(), rule)),
            }
        }
    }
    let mut found: Vec<Recommendation> = best.into_values().collect();
    found.sort_by(order);
    Ok(Recommendations { found, known })
}

/// What a basket is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bought {
    InOrder,
    ByCustomer,
}

/// Products on an order's or a customer's lines of kind sale; of those that are no merchandise there are no rules.
pub async fn bought(query: &dyn Query, whose: Bought, id: &str) -> Result<Vec<String>> {
    let column = match whose {
        Bought::InOrder => "order_id",
        Bought::ByCustomer => "customer_id",
    };
    let batches = query.lookup("order_lines", &["product_id", "kind"], column, &[id.to_owned()]).await?;
    let mut products = BTreeSet::new();
    for batch in &batches {
        let [product, kind] = [0, 1].map(|at| batch.column(at).as_string_view_opt());
        let (Some(product), Some(kind)) = (product, kind) else { continue };
        let sold = product.iter().zip(kind).filter(|(_, kind)| *kind == Some("sale"));
        products.extend(sold.filter_map(|(product, _)| product.map(str::to_owned)));
    }
    Ok(products.into_iter().collect())
}

/// The better first.
fn order(a: &Recommendation, b: &Recommendation) -> std::cmp::Ordering {
    (b.certainty.total_cmp(&a.certainty))
        .then(b.both_baskets.cmp(&a.both_baskets))
        .then_with(|| (&a.product, &a.because).cmp(&(&b.product, &b.because)))
}

/// `None` where the columns are others than ours.
fn rules(batch: &RecordBatch) -> Option<Vec<Recommendation>> {
    let texts = |at: usize| batch.column(at).as_string_view_opt();
    let (because, because_name, product, name) = (texts(0)?, texts(1)?, texts(2)?, texts(3)?);
    let numbers = |column: &ArrayRef| column.as_primitive_opt::<Float64Type>().cloned();
    let [certainty, confidence, lift] = [4, 5, 6].map(|at| numbers(batch.column(at)));
    let (certainty, confidence, lift) = (certainty?, confidence?, lift?);
    let both = batch.column(7).as_primitive_opt::<Int64Type>()?;
    let rule = |row: usize| Recommendation {
        product: product.value(row).to_owned(),
        name: name.is_valid(row).then(|| name.value(row).to_owned()),
        because: because.value(row).to_owned(),
        because_name: because_name.is_valid(row).then(|| because_name.value(row).to_owned()),
        certainty: certainty.value(row),
        confidence: confidence.value(row),
        lift: lift.value(row),
        both_baskets: both.value(row),
    };
    Some((0..batch.num_rows()).map(rule).collect())
}

fn other_columns() -> Error {
    Error::config("the table basket_rules has other columns than those of `association_rules`")
        .advise("give a model of your own another name")
}
