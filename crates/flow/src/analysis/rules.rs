//! Rules as columns: the same in the table that a run makes and in answers.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Builder, Int64Builder, StringViewBuilder};
use arrow::datatypes::{DataType, Field};
use insight::basket::{Contingency, Metric};

use super::baskets::Goods;

/// Between the items of a side.
pub const AND: &str = " + ";

/// Columns in the making.
#[derive(Default)]
pub struct RuleColumns {
    /// antecedent, antecedent_name, consequent, consequent_name.
    texts: [StringViewBuilder; 4],
    /// baskets, antecedent_baskets, consequent_baskets, both_baskets.
    counts: [Int64Builder; 4],
    metrics: [Float64Builder; Metric::ALL.len()],
}

const TEXTS: [&str; 4] = ["antecedent", "antecedent_name", "consequent", "consequent_name"];
const COUNTS: [&str; 4] = ["baskets", "antecedent_baskets", "consequent_baskets", "both_baskets"];

impl RuleColumns {
    pub fn push(&mut self, goods: &Goods, antecedent: &[u32], consequent: &[u32], counts: &Contingency) {
        let [before, before_name, after, after_name] = &mut self.texts;
        for (side, ids, names) in [(antecedent, before, before_name), (consequent, after, after_name)] {
            if let [item] = side {
                ids.append_value(goods.id(*item));
                names.append_option(goods.name(*item));
            } else {
                ids.append_value(ids_of(goods, side));
                names.append_option(names_of(goods, side));
            }
        }
        let Contingency { baskets, antecedent, consequent, both } = *counts;
        for (column, count) in self.counts.iter_mut().zip([baskets, antecedent, consequent, both]) {
            column.append_value(i64::try_from(count).unwrap_or(i64::MAX));
        }
        for (column, metric) in self.metrics.iter_mut().zip(Metric::ALL) {
            // Conviction of a rule without exception; no column type of all warehouses holds it.
            column.append_option(Some(counts.metric(metric)).filter(|value| value.is_finite()));
        }
    }

    /// Names and columns, in order.
    pub fn finish(mut self) -> Vec<(&'static str, ArrayRef)> {
        let texts = self.texts.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef);
        let mut columns: Vec<(&str, ArrayRef)> = TEXTS.into_iter().zip(texts).collect();
        let counts = self.counts.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef);
        columns.extend(COUNTS.into_iter().zip(counts));
        let metrics = self.metrics.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef);
        columns.extend(Metric::ALL.map(Metric::name).into_iter().zip(metrics));
        columns
    }
}

/// The fields of these columns.
pub fn fields() -> Vec<Field> {
    let of = |names: &[&'static str], kind: DataType| -> Vec<Field> {
        names.iter().map(|name| Field::new(*name, kind.clone(), true)).collect()
    };
    let mut fields = of(&TEXTS, DataType::Utf8View);
    fields.extend(of(&COUNTS, DataType::Int64));
    fields.extend(of(&Metric::ALL.map(Metric::name), DataType::Float64));
    fields
}

/// The ids of a set of items in one text.
pub fn ids_of(goods: &Goods, items: &[u32]) -> String {
    items.iter().map(|item| goods.id(*item)).collect::<Vec<_>>().join(AND)
}

/// Their names, ids where some lack one; `None` where none has any.
pub fn names_of(goods: &Goods, items: &[u32]) -> Option<String> {
    let any = items.iter().any(|item| goods.name(*item).is_some());
    let name = |item: &u32| goods.name(*item).map_or_else(|| goods.id(*item), Cow::Borrowed);
    any.then(|| items.iter().map(name).collect::<Vec<_>>().join(AND))
}
