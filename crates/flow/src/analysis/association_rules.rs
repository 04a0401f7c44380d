//! `association_rules`: for each item, those that are in its baskets most beyond what is usual, and not by chance.

use std::sync::Arc;
use std::thread;

use arrow::array::{ArrayRef, Float64Builder, Int64Builder, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use insight::basket::{Correction, Test, adjust};
use port::{Error, Result};

use super::baskets::{Lines, Sizes, said};
use super::partners::{Partner, Partners, Wanted, partners};
use super::rules::{self, RuleColumns};
use super::{Analysis, Found, Room, Setting, Settings, Work};

pub struct AssociationRules;

/// Baskets of more different items than this are no purchases of one household or shop: they are left out and told.
pub const MAX_ITEMS: u64 = 2000;
/// From here on a rule is more than an anecdote.
pub const MIN_COUNT: u64 = 5;
/// In fewer baskets than these, hardly any two products are together five times; but what is together three times there may
/// be no chance, since few pairs are tried. Whether it is, a test of significance has to say.
pub const FEW_BASKETS: u64 = 1000;
pub const MIN_COUNT_OF_FEW: u64 = 3;

/// The least number of common baskets by what is seen of a shop; below [`MIN_COUNT`] only with a test of significance.
pub fn min_count(baskets: u64) -> u64 {
    if baskets < FEW_BASKETS { MIN_COUNT_OF_FEW } else { MIN_COUNT }
}

/// Of millions of baskets the faintest tie is no chance: two products of one season are together a little more often. A rule is
/// of use where it moves the consequent by a tenth of what it could.
pub const MIN_CERTAINTY: f64 = 0.1;

const SETTINGS: [Setting; 6] = [
    Setting { key: "min_items", default: 2.0, about: "Baskets of fewer different items are left out.", ..COUNT },
    Setting { key: "max_items", default: MAX_ITEMS as f64, about: "Baskets of more are left out.", ..COUNT },
    Setting {
        key: "min_count",
        default: 0.0,
        least: 0.0,
        about: "Rules seen in fewer baskets are left out; 0: in fewer than 5, or than 3 of fewer than 1000 baskets.",
        ..COUNT
    },
    Setting { key: "partners", default: 10.0, about: "Rules of an item, those of the highest certainty.", ..COUNT },
    Setting {
        key: "alpha",
        default: 0.05,
        least: 0.0,
        most: 1.0,
        whole: false,
        about: "Rules of a greater p-value are left out.",
    },
    Setting {
        key: "min_certainty",
        default: MIN_CERTAINTY,
        least: 0.0,
        most: 1.0,
        whole: false,
        about: "Rules of a lesser certainty are left out.",
    },
];

const COUNT: Setting = Setting { key: "", default: 1.0, least: 1.0, most: u32::MAX as f64, whole: true, about: "" };

impl Analysis for AssociationRules {
    fn name(&self) -> &'static str {
        "association_rules"
    }

    fn version(&self) -> u32 {
        3
    }

    fn input(&self) -> &'static [(&'static str, bool)] {
        &[("basket", true), ("item", true), ("name", false)]
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn schema(&self) -> SchemaRef {
        let mut fields = rules::fields();
        fields.push(Field::new("p_value", DataType::Float64, true));
        fields.push(Field::new("rank", DataType::Int64, true));
        Arc::new(Schema::new(fields))
    }

    fn begin(&self, settings: &Settings, room: Room) -> Box<dyn Work> {
        let sizes = Sizes { least: settings.count("min_items"), most: settings.count("max_items") };
        let (each, least) = (settings.count("partners") as usize, settings.count("min_count"));
        let min_count = (least > 0).then_some(least);
        let (alpha, min_certainty) = (settings.number("alpha"), settings.number("min_certainty"));
        Box::new(Gathering { lines: Lines::default(), sizes, each, min_count, room, alpha, min_certainty })
    }
}

struct Gathering {
    lines: Lines,
    sizes: Sizes,
    /// Rules of an item.
    each: usize,
    /// `None`: by the number of baskets.
    min_count: Option<u64>,
    room: Room,
    /// The share of rules that may be there by chance.
    alpha: f64,
    min_certainty: f64,
}

fn p_values(rules: &[Partner], threads: usize) -> Vec<f64> {
    let of = |rules: &[Partner]| rules.iter().map(|rule| rule.counts.p_value(Test::Fisher)).collect::<Vec<f64>>();
    thread::scope(|scope| {
        let parts = rules.chunks(rules.len().div_ceil(threads.max(1)).max(1));
        let parts: Vec<_> = parts.map(|part| scope.spawn(move || of(part))).collect();
        let joined = parts.into_iter().map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        joined.flatten().collect()
    })
}

impl Work for Gathering {
    fn take(&mut self, rows: &RecordBatch) -> Result<()> {
        self.lines.take(rows)
    }

    fn finish(self: Box<Self>) -> Result<Found> {
        let filled = self.lines.fill(self.sizes);
        let min_count = self.min_count.unwrap_or_else(|| min_count(filled.len() as u64));
        let wanted = Wanted { each: self.each, min_count, room: self.room };
        let Partners { found, looked_at } = partners(filled.baskets()?, wanted).map_err(said)?;
        let p_values = p_values(&found, self.room.threads);
        // The best of each item were picked from all others, so all were tried.
        let p_values = adjust(&p_values, Correction::BenjaminiHochberg, looked_at as f64);
        let (mut columns, mut shown, mut ranks) = (RuleColumns::default(), Float64Builder::new(), Int64Builder::new());
        let mut last = (u32::MAX, 0);
        let stays =
            |rule: &Partner, p_value: f64| p_value <= self.alpha && rule.counts.certainty() >= self.min_certainty;
        for (rule, p_value) in found.iter().zip(p_values).filter(|(rule, p_value)| stays(rule, *p_value)) {
            last = (rule.item, if last.0 == rule.item { last.1 + 1 } else { 1 });
            columns.push(&filled.goods, &[rule.item], &[rule.partner], &rule.counts);
            shown.append_value(p_value);
            ranks.append_value(last.1);
        }
        let mut columns: Vec<ArrayRef> = columns.finish().into_iter().map(|(_, column)| column).collect();
        columns.push(Arc::new(shown.finish()));
        columns.push(Arc::new(ranks.finish()));
        let rows = RecordBatch::try_new(AssociationRules.schema(), columns);
        let rows = rows.map_err(|error| Error::internal(format!("rules of unequal columns: {error}")))?;
        Ok(Found { rows, remarks: filled.left_out.remarks(self.sizes) })
    }
}
