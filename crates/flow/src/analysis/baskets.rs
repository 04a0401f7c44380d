//! Rows of a basket and an item, gathered into numbered baskets.

use std::borrow::Cow;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type};
use insight::basket::Baskets;
use port::{Error, Result};

use super::numbering::Numbering;

/// Rows so far.
#[derive(Debug, Default)]
pub struct Lines {
    baskets: Numbering,
    items: Numbering,
    /// By item; the least name in the order of texts, so that the order of rows means nothing.
    names: Vec<Option<String>>,
    rows: Vec<(u32, u32)>,
    /// What each row is worth, where that is given: in units of `scale` decimals.
    weights: Vec<u64>,
    scale: i8,
    /// Rows without a basket or without an item.
    incomplete: u64,
}

/// How many different items a basket has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    pub least: u64,
    pub most: u64,
}

/// Baskets of the sizes asked for.
#[derive(Debug, Default)]
pub struct Filled {
    items: Vec<u32>,
    offsets: Vec<usize>,
    weights: Vec<u64>,
    /// Decimals of weights.
    pub scale: i8,
    pub goods: Goods,
    pub left_out: LeftOut,
}

/// Items by number: in the order of their texts, or numbers that stand for themselves.
#[derive(Debug, Default)]
pub struct Goods {
    ids: Option<Vec<String>>,
    names: Vec<Option<String>>,
}

/// What was not looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Baskets of fewer items than asked for.
    pub smaller: u64,
    /// Baskets of more items than asked for, and how many the largest of them has.
    pub larger: u64,
    pub largest: u64,
    /// Rows without a basket or without an item.
    pub incomplete: u64,
}

impl Lines {
    /// Takes rows of `basket`, `item` and, if they are there, `name` and `weight`.
    pub fn take(&mut self, rows: &RecordBatch) -> Result<()> {
        let (baskets, items) = (texts(rows, "basket")?, texts(rows, "item")?);
        let (Some(baskets), Some(items)) = (baskets, items) else {
            return Err(Error::config("the rows lack a column `basket` or a column `item`"));
        };
        let names = texts(rows, "name")?;
        let weights = self.weights(rows)?;
        self.rows.reserve(rows.num_rows());
        for row in 0..rows.num_rows() {
            if baskets.is_null(row) || items.is_null(row) {
                self.incomplete += 1;
                continue;
            }
            let (basket, item) = (self.baskets.number(baskets.value(row)), self.items.number(items.value(row)));
            self.rows.push((basket, item));
            if let Some(weights) = &weights {
                self.weights.push(weights.get(row).copied().unwrap_or(0));
            }
            if let Some(names) = names.as_ref().filter(|names| names.is_valid(row)) {
                self.name(item, names.value(row));
            }
        }
        Ok(())
    }

    /// A whole basket, that no other rows are of.
    pub fn basket<'a>(&mut self, items: impl Iterator<Item = &'a str>) {
        let basket = self.baskets.unnamed();
        for item in items {
            let item = self.items.number(item);
            self.rows.push((basket, item));
        }
    }

    /// Baskets of the sizes asked for, each item once a basket.
    pub fn fill(self, sizes: Sizes) -> Filled {
        let (goods, places) = sorted(&self.items, self.names);
        let mut ends = vec![0usize; self.baskets.len() + 1];
        self.rows.iter().for_each(|(basket, _)| ends[*basket as usize + 1] += 1);
        for at in 1..ends.len() {
            ends[at] += ends[at - 1];
        }
        let weighted = !self.weights.is_empty();
        let mut items = vec![0u32; self.rows.len()];
        let mut weights = vec![0u64; self.weights.len()];
        // After this loop an entry is where its basket ends, since it began where the one before ended.
        for (at, (basket, item)) in self.rows.iter().enumerate() {
            let place = &mut ends[*basket as usize];
            items[*place] = places[*item as usize];
            if weighted {
                weights[*place] = self.weights[at];
            }
            *place += 1;
        }
        let left_out = LeftOut { incomplete: self.incomplete, ..LeftOut::default() };
        let mut filled = Filled { items, weights, offsets: vec![0], scale: self.scale, goods, left_out };
        filled.keep(&ends[..self.baskets.len()], sizes);
        filled
    }

    fn name(&mut self, item: u32, name: &str) {
        let item = item as usize;
        if self.names.len() <= item {
            self.names.resize(item + 1, None);
        }
        match &mut self.names[item] {
            Some(known) if known.as_str() <= name => {}
            known => *known = Some(name.to_owned()),
        }
    }

    /// Weights in whole units; what is below nothing counts as nothing.
    fn weights(&mut self, rows: &RecordBatch) -> Result<Option<Vec<u64>>> {
        let Some(column) = rows.column_by_name("weight") else { return Ok(None) };
        let DataType::Decimal128(_, scale) = column.data_type() else {
            return Err(Error::config(format!("`weight` is {}, not a decimal", column.data_type())));
        };
        self.scale = *scale;
        let column = column.as_primitive::<Decimal128Type>();
        Ok(Some(column.iter().map(|weight| u64::try_from(weight.unwrap_or(0)).unwrap_or(0)).collect()))
    }
}

impl Filled {
    /// Baskets of numbers: basket `b` holds `items[ends[b - 1]..ends[b]]`.
    pub fn of_numbers(items: Vec<u32>, ends: &[usize], sizes: Sizes) -> Filled {
        let mut filled = Filled { items, offsets: vec![0], ..Filled::default() };
        filled.keep(ends, sizes);
        filled
    }

    pub fn baskets(&self) -> Result<Baskets<'_>> {
        let baskets = Baskets::new(&self.items, &self.offsets).map_err(said)?;
        if self.weights.is_empty() { Ok(baskets) } else { baskets.with_weights(&self.weights).map_err(said) }
    }

    /// How many baskets there are.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Leaves the baskets of the right sizes, each item once in them, moved together.
    fn keep(&mut self, ends: &[usize], sizes: Sizes) {
        let (mut start, mut filled) = (0, 0);
        let mut scratch: Vec<(u32, u64)> = Vec::new();
        for end in ends {
            let distinct = self.distinct(start, *end, &mut scratch);
            let many = distinct as u64;
            if many < sizes.least {
                self.left_out.smaller += 1;
            } else if many > sizes.most {
                self.left_out.larger += 1;
                self.left_out.largest = self.left_out.largest.max(many);
            } else {
                self.items.copy_within(start..start + distinct, filled);
                if !self.weights.is_empty() {
                    self.weights.copy_within(start..start + distinct, filled);
                }
                filled += distinct;
                self.offsets.push(filled);
            }
            start = *end;
        }
        self.items.truncate(filled);
        self.weights.truncate(filled);
    }

    /// Brings a basket's different items, ascending, to its front; how many they are.
    fn distinct(&mut self, start: usize, end: usize, scratch: &mut Vec<(u32, u64)>) -> usize {
        let items = &mut self.items[start..end];
        if self.weights.is_empty() {
            items.sort_unstable();
            let mut kept = items.len().min(1);
            for at in 1..items.len() {
                if items[at] != items[kept - 1] {
                    items[kept] = items[at];
                    kept += 1;
                }
            }
            return kept;
        }
        let weights = &mut self.weights[start..end];
        scratch.clear();
        scratch.extend(items.iter().copied().zip(weights.iter().copied()));
        scratch.sort_unstable_by_key(|(item, _)| *item);
        scratch.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 = if same { kept.1.saturating_add(next.1) } else { kept.1 };
            same
        });
        for (at, (item, weight)) in scratch.iter().enumerate() {
            (items[at], weights[at]) = (*item, *weight);
        }
        scratch.len()
    }
}

impl Goods {
    pub fn id(&self, item: u32) -> Cow<'_, str> {
        match &self.ids {
            Some(ids) => Cow::Borrowed(ids.get(item as usize).map_or("", String::as_str)),
            None => Cow::Owned(item.to_string()),
        }
    }

    pub fn name(&self, item: u32) -> Option<&str> {
        self.names.get(item as usize)?.as_deref()
    }

    /// The item of that id; without one, all of that name, in whatever case.
    pub fn find(&self, text: &str) -> Vec<u32> {
        let Some(ids) = &self.ids else { return text.parse().into_iter().collect() };
        if let Ok(item) = ids.binary_search_by(|known| known.as_str().cmp(text)) {
            return vec![item as u32];
        }
        let wanted = text.to_lowercase();
        let named = |name: &Option<String>| name.as_ref().is_some_and(|name| name.to_lowercase() == wanted);
        (0..ids.len() as u32).filter(|item| named(&self.names[*item as usize])).collect()
    }

    /// Ids, or names that hold the text, in quotes, for a person who mistyped one.
    pub fn near(&self, text: &str) -> Vec<String> {
        const SHOWN: usize = 3;
        let wanted = text.to_lowercase();
        let ids = self.ids.iter().flatten().map(String::as_str);
        let names = || self.names.iter().flatten().map(String::as_str);
        let holds = names().filter(|name| !wanted.is_empty() && name.to_lowercase().contains(&wanted)).take(SHOWN);
        let mut near: Vec<&str> = models::nearest(text, ids.chain(names())).into_iter().chain(holds).collect();
        near.dedup();
        near.into_iter().take(SHOWN).map(|text| format!("`{text}`")).collect()
    }

    pub fn has_names(&self) -> bool {
        self.names.iter().any(Option::is_some)
    }
}

impl LeftOut {
    /// What a person should know of it.
    pub fn remarks(&self, sizes: Sizes) -> Vec<String> {
        let mut remarks = Vec::new();
        if self.larger > 0 {
            remarks.push(format!(
                "{} with more than {} different items left out, the largest with {}",
                baskets(self.larger),
                sizes.most,
                self.largest
            ));
        }
        if self.incomplete > 0 {
            remarks.push(format!("{} rows without a basket or an item left out", self.incomplete));
        }
        remarks
    }
}

/// What the library says, as an error of ours.
pub fn said(error: insight::basket::Error) -> Error {
    match error {
        insight::basket::Error::Memory { .. } => {
            Error::new(port::Kind::Io, error.cause()).advise("ask for sets in more baskets (--min-count, --min-support) or for shorter ones (--max-length), or let it take more: --memory, \
                or `memory` of [lake] in wharf.toml")
        }
        error => Error::config(error.to_string()),
    }
}

fn baskets(count: u64) -> String {
    if count == 1 { "1 basket".to_owned() } else { format!("{count} baskets") }
}

/// Items in the order of their texts, and each one's place there: numbers, and what ties are broken by, do not depend on
/// the order of rows.
fn sorted(items: &Numbering, mut names: Vec<Option<String>>) -> (Goods, Vec<u32>) {
    names.resize(items.len(), None);
    let mut order: Vec<u32> = (0..items.len() as u32).collect();
    order.sort_unstable_by(|a, b| items.text(*a).cmp(items.text(*b)));
    let mut places = vec![0; order.len()];
    for (place, item) in order.iter().enumerate() {
        places[*item as usize] = place as u32;
    }
    let ids = order.iter().map(|item| items.text(*item).to_owned()).collect();
    let names = order.iter().map(|item| names[*item as usize].take()).collect();
    (Goods { ids: Some(ids), names }, places)
}

fn texts(rows: &RecordBatch, name: &str) -> Result<Option<StringViewArray>> {
    let Some(column) = rows.column_by_name(name) else { return Ok(None) };
    let cast: ArrayRef = match column.data_type() {
        DataType::Utf8View => column.clone(),
        _ => cast(column, &DataType::Utf8View).map_err(|error| Error::config(format!("`{name}`: {error}")))?,
    };
    Ok(Some(cast.as_string_view().clone()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Decimal128Array, Int64Array, StringArray};

    use super::*;

    fn rows(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))
            .unwrap()
    }

    fn lines() -> Lines {
        let mut lines = Lines::default();
        let item = StringArray::from(vec![Some("b"), Some("a"), Some("b"), Some("c"), Some("a"), None, Some("b")]);
        let name = StringArray::from(vec![Some("B2"), None, Some("B1"), Some("C"), None, None, Some("B3")]);
        let weight = Decimal128Array::from(vec![1, 2, 3, 4, -5, 6, 7]).with_precision_and_scale(18, 4).unwrap();
        let batch = rows(vec![
            ("basket", Arc::new(Int64Array::from(vec![9, 9, 9, 7, 7, 7, 8]))),
            ("item", Arc::new(item)),
            ("name", Arc::new(name)),
            ("weight", Arc::new(weight)),
        ]);
        lines.take(&batch).unwrap();
        lines
    }

    #[test]
    fn an_item_counts_once_a_basket_and_weighs_what_all_its_rows_do() {
        let filled = lines().fill(Sizes { least: 2, most: 9 });
        let baskets = filled.baskets().unwrap();
        assert_eq!(baskets.rows().collect::<Vec<_>>(), [[0, 1], [0, 2]]);
        assert_eq!(baskets.weights(), Some(&[2, 4, 0, 4][..]));
        assert_eq!(filled.left_out, LeftOut { smaller: 1, incomplete: 1, ..LeftOut::default() });
        assert_eq!((&*filled.goods.id(1), filled.goods.name(1), filled.goods.name(0)), ("b", Some("B1"), None));
        assert_eq!(
            (filled.goods.find("c"), filled.goods.find("b1"), filled.goods.find("x")),
            (vec![2], vec![1], vec![])
        );
    }

    #[test]
    fn baskets_beyond_the_limit_are_told() {
        let filled = lines().fill(Sizes { least: 1, most: 1 });
        assert_eq!((filled.len(), filled.left_out.larger, filled.left_out.largest), (1, 2, 2));
        let remarks = filled.left_out.remarks(Sizes { least: 1, most: 1 });
        assert_eq!(remarks[0], "2 baskets with more than 1 different items left out, the largest with 2");
    }

    #[test]
    fn no_rows_are_no_baskets() {
        let filled = Lines::default().fill(Sizes { least: 0, most: 9 });
        assert!(filled.is_empty() && filled.baskets().unwrap().is_empty());
        let batch = rows(vec![("basket", Arc::new(Int64Array::from(vec![1])))]);
        assert!(Lines::default().take(&batch).unwrap_err().to_string().contains("`item`"));
    }
}
