//! A column being filled: values and validity, until they become an Arrow array without a copy.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int64Array, StringViewArray, TimestampMicrosecondArray,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use port::{Error, Result};

use super::plan::{Kind, Nulls};
use super::text::{TextLimits, view};
use super::{ColumnPlan, Fault, Parse, bounds::Limits};
use crate::files::cells::{Grid, Text, trim};

/// The values of one column so far.
#[derive(Debug, Default)]
pub struct ColumnBuilder {
    values: Values,
    valid: Vec<bool>,
    nulls: usize,
}

#[derive(Debug)]
enum Values {
    Text(Vec<u128>),
    Integer(Vec<i64>),
    Decimal(Vec<i128>),
    Boolean(Vec<bool>),
    Date(Vec<i32>),
    Timestamp(Vec<i64>),
}

impl Default for Values {
    fn default() -> Values {
        Values::Text(Vec::new())
    }
}

/// The rows of a grid that are set aside, each for its first faulty column.
#[derive(Debug, Default)]
pub struct Faults {
    /// Column and fault by row; kept from grid to grid.
    first: Vec<Option<(u32, Fault)>>,
    any: bool,
}

impl Faults {
    pub fn clear(&mut self, rows: usize) {
        if self.any || self.first.len() < rows {
            self.first.clear();
            self.first.resize(rows, None);
        }
        self.any = false;
    }

    pub fn any(&self) -> bool {
        self.any
    }

    /// Index of the column in the table, and what is wrong with its cell.
    pub fn get(&self, row: usize) -> Option<(usize, Fault)> {
        self.first.get(row).copied().flatten().map(|(column, fault)| (column as usize, fault))
    }

    #[cold]
    fn add(&mut self, row: usize, column: usize, fault: Fault) {
        self.any = true;
        if let Some(first @ None) = self.first.get_mut(row) {
            *first = Some((column as u32, fault));
        }
    }
}

impl ColumnBuilder {
    pub fn new(plan: &ColumnPlan) -> ColumnBuilder {
        let values = match plan.kind {
            Kind::Text(_) => Values::Text(Vec::new()),
            Kind::Integer(..) => Values::Integer(Vec::new()),
            Kind::Decimal(..) => Values::Decimal(Vec::new()),
            Kind::Boolean(..) => Values::Boolean(Vec::new()),
            Kind::Date(..) => Values::Date(Vec::new()),
            Kind::Timestamp(..) => Values::Timestamp(Vec::new()),
        };
        ColumnBuilder { values, valid: Vec::new(), nulls: 0 }
    }

    /// Types the cells of column `index` of the table in every row of `grid`.
    pub fn fill(
        &mut self,
        index: usize,
        plan: &mut ColumnPlan,
        nulls: &Nulls,
        grid: &Grid,
        text: Text,
        faults: &mut Faults,
    ) {
        let cells = Cells { index, source: plan.source, required: plan.required, nulls, grid, text };
        let (valid, missing) = (&mut self.valid, &mut self.nulls);
        match (&mut self.values, &mut plan.kind) {
            (Values::Text(values), Kind::Text(limits)) => cells.texts(limits, values, valid, missing, faults),
            (Values::Integer(values), Kind::Integer(parser, limits)) => {
                cells.typed(parser, limits, values, valid, missing, faults);
            }
            (Values::Decimal(values), Kind::Decimal(parser, limits)) => {
                cells.typed(parser, limits, values, valid, missing, faults);
            }
            (Values::Boolean(values), Kind::Boolean(parser, limits)) => {
                cells.typed(parser, limits, values, valid, missing, faults);
            }
            (Values::Date(values), Kind::Date(parser, limits)) => {
                cells.typed(parser, limits, values, valid, missing, faults);
            }
            (Values::Timestamp(values), Kind::Timestamp(parser, limits)) => {
                cells.typed(parser, limits, values, valid, missing, faults);
            }
            // A builder is made from its plan, so the two agree.
            _ => {}
        }
    }

    /// Drops the faulty ones of the rows that the last `fill` added from row `from` on.
    pub fn drop_faulty(&mut self, from: usize, faults: &Faults) {
        match &mut self.values {
            Values::Text(values) => keep_good(values, from, faults),
            Values::Integer(values) | Values::Timestamp(values) => keep_good(values, from, faults),
            Values::Decimal(values) => keep_good(values, from, faults),
            Values::Boolean(values) => keep_good(values, from, faults),
            Values::Date(values) => keep_good(values, from, faults),
        }
        let nulls = |valid: &[bool]| valid.iter().skip(from).filter(|valid| !**valid).count();
        self.nulls -= nulls(&self.valid);
        keep_good(&mut self.valid, from, faults);
        self.nulls += nulls(&self.valid);
    }

    /// The array; texts are views into `buffers`: the block, then the side text.
    pub fn finish(self, buffers: &[Buffer]) -> Result<ArrayRef> {
        let valid = if self.nulls > 0 { Some(NullBuffer::new(BooleanBuffer::from(self.valid))) } else { None };
        Ok(match self.values {
            Values::Text(views) => texts(views, buffers, valid),
            Values::Integer(values) => Arc::new(Int64Array::new(values.into(), valid)),
            Values::Decimal(values) => {
                let array = Decimal128Array::new(values.into(), valid).with_precision_and_scale(18, 4);
                Arc::new(array.map_err(|error| Error::internal(error.to_string()))?)
            }
            Values::Boolean(values) => Arc::new(BooleanArray::new(BooleanBuffer::from(values), valid)),
            Values::Date(values) => Arc::new(Date32Array::new(values.into(), valid)),
            Values::Timestamp(values) => {
                Arc::new(TimestampMicrosecondArray::new(values.into(), valid).with_timezone("UTC"))
            }
        })
    }
}

/// Text views were made by [`view`] from cells of these very buffers.
fn texts(views: Vec<u128>, buffers: &[Buffer], valid: Option<NullBuffer>) -> ArrayRef {
    let views = ScalarBuffer::from(views);
    // SAFETY: `view` makes a view from a slice of `buffers` alone, so offset and length are inside them; a block is
    // valid UTF-8 as a whole or its rows were checked one by one, and cells begin and end next to ASCII bytes or were
    // checked themselves, so each text is valid UTF-8. Checking each again costs as much as all the typing.
    Arc::new(unsafe { StringViewArray::new_unchecked(views, buffers.to_vec(), valid) })
}

fn keep_good<T: Copy>(values: &mut Vec<T>, from: usize, faults: &Faults) {
    let mut to = from;
    for at in from..values.len() {
        if faults.get(at - from).is_none() {
            values[to] = values[at];
            to += 1;
        }
    }
    values.truncate(to);
}

/// One column's cells in a grid.
struct Cells<'a> {
    index: usize,
    source: Option<usize>,
    required: bool,
    nulls: &'a Nulls,
    grid: &'a Grid,
    text: Text<'a>,
}

impl Cells<'_> {
    fn typed<P: Parse>(
        &self,
        parser: &mut P,
        limits: &Limits<P::Value>,
        values: &mut Vec<P::Value>,
        valid: &mut Vec<bool>,
        missing: &mut usize,
        faults: &mut Faults,
    ) {
        let rows = self.grid.rows.len();
        let Some(source) = self.source else {
            values.resize(values.len() + rows, P::Value::default());
            return self.absent(rows, valid, missing, faults);
        };
        values.reserve(rows);
        valid.reserve(rows);
        for row in 0..rows {
            let cell = self.grid.cell(row, source);
            let bytes = trim(self.text.get(cell));
            if self.nulls.has(bytes) {
                self.null(row, missing, faults);
                values.push(P::Value::default());
                valid.push(false);
                continue;
            }
            let value = match parser.parse(bytes, cell.is_native()) {
                Ok(value) => {
                    if let Err(fault) = limits.check(value) {
                        faults.add(row, self.index, fault);
                    }
                    value
                }
                Err(fault) => {
                    faults.add(row, self.index, fault);
                    P::Value::default()
                }
            };
            values.push(value);
            valid.push(true);
        }
    }

    fn texts(
        &self,
        limits: &TextLimits,
        values: &mut Vec<u128>,
        valid: &mut Vec<bool>,
        missing: &mut usize,
        faults: &mut Faults,
    ) {
        let rows = self.grid.rows.len();
        let Some(source) = self.source else {
            values.resize(values.len() + rows, 0);
            return self.absent(rows, valid, missing, faults);
        };
        values.reserve(rows);
        valid.reserve(rows);
        for row in 0..rows {
            let cell = self.grid.cell(row, source);
            let whole = self.text.get(cell);
            let bytes = trim(whole);
            if self.nulls.has(bytes) {
                self.null(row, missing, faults);
                values.push(0);
                valid.push(false);
                continue;
            }
            if let Err(fault) = limits.check(bytes) {
                faults.add(row, self.index, fault);
            }
            let skipped = if bytes.len() == whole.len() { 0 } else { blanks(whole) };
            let from = if cell.is_side() { self.text.side } else { self.text.block };
            values.push(view(from, cell.start() + skipped, bytes, cell));
            valid.push(true);
        }
    }

    #[inline]
    fn null(&self, row: usize, missing: &mut usize, faults: &mut Faults) {
        *missing += 1;
        if self.required {
            faults.add(row, self.index, Fault::Missing);
        }
    }

    /// The file has no such column.
    fn absent(&self, rows: usize, valid: &mut Vec<bool>, missing: &mut usize, faults: &mut Faults) {
        valid.resize(valid.len() + rows, false);
        for row in 0..rows {
            self.null(row, missing, faults);
        }
    }
}

fn blanks(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}
