//! A column of a row group while its values come.

use arrow::array::{Array, AsArray, BooleanBufferBuilder, StringViewArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, TimeUnit};
use arrow::datatypes::{Field, TimestampMicrosecondType};
use parquet::basic::{Encoding, Type};
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

use super::bits::{differences, differences_of_32, levels, packed, packed_bits, run, width};
use super::chunk::{Chunk, Pages};
use super::words::{Words, plain};

/// Rows of a page: enough that its header is nothing, few enough that what is not yet encoded is little.
const PAGE: usize = 16_384;
/// Bytes of a page of texts that come as they are, and of a dictionary that serves readers no more.
const BYTES: usize = 1 << 20;
/// Rows after which a page's size is looked at, and of which it can be told whether their texts repeat.
const STEP: usize = 1024;
/// Longer bounds of texts are not kept.
const BOUND: usize = 64;

pub struct Column {
    kind: DataType,
    described: ColumnDescPtr,
    /// Whether rows may be null: only then has a page levels.
    has_levels: bool,
    has_bounds: bool,
    pages: Pages,
    /// Of the page that is being filled.
    rows: usize,
    valid: BooleanBufferBuilder,
    nulls: usize,
    all_nulls: u64,
    values: Values,
    page: Vec<u8>,
}

enum Values {
    Numbers {
        numbers: Vec<i64>,
        bounds: Option<(i64, i64)>,
    },
    Flags {
        flags: BooleanBufferBuilder,
        bounds: Option<(bool, bool)>,
    },
    /// Floating-point numbers as they are written.
    Reals {
        reals: Vec<u8>,
        bounds: Option<(f64, f64)>,
    },
    Texts(Texts),
}

/// Texts are keys of a dictionary as long as that is worth it.
#[derive(Default)]
struct Texts {
    words: Words,
    /// Of the page that is being filled.
    keys: Vec<u32>,
    /// Some page refers to the dictionary.
    is_used: bool,
    /// They come as they are from here on.
    plain: Option<Vec<u8>>,
    /// Bounds of those that came as they are.
    bounds: Option<(Vec<u8>, Vec<u8>)>,
}

impl Column {
    /// `None`: left to the library.
    pub fn new(field: &Field, described: &ColumnDescPtr, properties: &WriterProperties) -> Option<Column> {
        use DataType as D;
        let values = match field.data_type() {
            D::Int64 | D::Int32 | D::Date32 | D::Timestamp(TimeUnit::Microsecond, _) | D::Decimal128(..=18, _) => {
                Values::Numbers { numbers: Vec::new(), bounds: None }
            }
            D::Boolean => Values::Flags { flags: BooleanBufferBuilder::new(0), bounds: None },
            D::Float64 => Values::Reals { reals: Vec::new(), bounds: None },
            D::Utf8View => Values::Texts(Texts::default()),
            _ => return None,
        };
        let path = described.path();
        let compression = properties.compression(path);
        Pages::can(compression).then(|| Column {
            kind: field.data_type().clone(),
            has_levels: described.max_def_level() > 0,
            has_bounds: properties.statistics_enabled(path) != EnabledStatistics::None,
            pages: Pages::new(compression),
            described: described.clone(),
            rows: 0,
            valid: BooleanBufferBuilder::new(0),
            nulls: 0,
            all_nulls: 0,
            values,
            page: Vec::new(),
        })
    }

    pub fn push(&mut self, array: &dyn Array) -> Result<()> {
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        if *array.data_type() != self.kind || (nulls.is_some() && !self.has_levels) {
            let (name, kind) = (self.described.name(), &self.kind);
            let (found, count) = (array.data_type(), array.null_count());
            return Err(ParquetError::General(format!("{name} is {kind}, not {found} with {count} nulls")));
        }
        for from in (0..array.len()).step_by(STEP) {
            self.take(array.slice(from, STEP.min(array.len() - from)).as_ref())?;
        }
        Ok(())
    }

    /// A step's rows, or, where their texts are long, so few of them that no page gets far too large.
    fn take(&mut self, few: &dyn Array) -> Result<()> {
        if few.len() > 1 && few.as_string_view_opt().is_some_and(|texts| bytes_of(texts) > BYTES) {
            let half = few.len() / 2;
            self.take(few.slice(0, half).as_ref())?;
            return self.take(few.slice(half, few.len() - half).as_ref());
        }
        self.rows += few.len();
        match few.nulls() {
            Some(nulls) => self.valid.append_buffer(nulls.inner()),
            None => self.valid.append_n(few.len(), true),
        }
        self.nulls += few.null_count();
        self.values.push(few, &self.kind, self.has_bounds);
        if self.rows >= PAGE || self.values.is_large() {
            self.end_page()?;
        }
        Ok(())
    }

    fn end_page(&mut self) -> Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        if self.has_levels {
            levels(&mut self.page, |page| match self.nulls {
                0 => run(page, 1, 1, self.rows),
                all if all == self.rows => run(page, 1, 0, self.rows),
                _ => packed_bits(page, self.valid.as_slice(), self.rows),
            });
        }
        let encoding = self.values.end_page(&mut self.page, is_narrow(&self.described), self.has_bounds);
        self.pages.push(&mut self.page, self.rows as u32, encoding)?;
        self.all_nulls += self.nulls as u64;
        (self.rows, self.nulls) = (0, 0);
        self.valid.truncate(0);
        Ok(())
    }

    pub fn finish(mut self) -> Result<Chunk> {
        self.end_page()?;
        let nulls = Some(self.all_nulls);
        let (dictionary, statistics) = match self.values {
            Values::Numbers { bounds, .. } if is_narrow(&self.described) => {
                let (low, high) = bounds.map(|(low, high)| (low as i32, high as i32)).unzip();
                (None, Statistics::int32(low, high, None, nulls, false))
            }
            Values::Numbers { bounds, .. } => {
                let (low, high) = bounds.unzip();
                (None, Statistics::int64(low, high, None, nulls, false))
            }
            Values::Flags { bounds, .. } => {
                let (low, high) = bounds.unzip();
                (None, Statistics::boolean(low, high, None, nulls, false))
            }
            Values::Reals { bounds, .. } => {
                // Readers may take a bound of zero by its sign: the format wants them so that they hold in any case.
                let low = bounds.map(|(low, _)| if low == 0.0 { -0.0 } else { low });
                let high = bounds.map(|(_, high)| if high == 0.0 { 0.0 } else { high });
                (None, Statistics::double(low, high, None, nulls, false))
            }
            Values::Texts(texts) => {
                let bounds = if self.has_bounds { texts.bounds() } else { None };
                let bounds = bounds.filter(|(low, high)| low.len() <= BOUND && high.len() <= BOUND);
                let (low, high) = bounds.map(|(low, high)| (ByteArray::from(low), ByteArray::from(high))).unzip();
                (texts.into_dictionary(), Statistics::byte_array(low, high, None, nulls, false))
            }
        };
        self.pages.finish(&self.described, dictionary, self.has_bounds.then_some(statistics))
    }
}

impl Values {
    fn push(&mut self, array: &dyn Array, kind: &DataType, has_bounds: bool) {
        let nulls = array.nulls();
        match (self, kind) {
            (Values::Numbers { numbers, bounds }, kind) => {
                let from = numbers.len();
                if array.len() == STEP {
                    // There are many: room for a page, instead of a little more ever and again.
                    numbers.reserve(PAGE + STEP - from);
                }
                match kind {
                    DataType::Int64 => numbers_of(numbers, array.as_primitive::<Int64Type>().values(), nulls, |n| n),
                    DataType::Int32 => {
                        numbers_of(numbers, array.as_primitive::<Int32Type>().values(), nulls, i64::from)
                    }
                    DataType::Date32 => {
                        numbers_of(numbers, array.as_primitive::<Date32Type>().values(), nulls, i64::from)
                    }
                    DataType::Decimal128(..) => {
                        // Of at most 18 digits, which 64 bits hold.
                        let decimals = array.as_primitive::<Decimal128Type>();
                        numbers_of(numbers, decimals.values(), nulls, |n| n as i64)
                    }
                    _ => {
                        let times = array.as_primitive::<TimestampMicrosecondType>();
                        numbers_of(numbers, times.values(), nulls, |n| n)
                    }
                }
                let new = &numbers[from..];
                if has_bounds && !new.is_empty() {
                    let (low, high) = bounds.unwrap_or((i64::MAX, i64::MIN));
                    *bounds = Some(new.iter().fold((low, high), |(low, high), n| (low.min(*n), high.max(*n))));
                }
            }
            (Values::Flags { flags, bounds }, _) => {
                let values = array.as_boolean().values();
                slices(array.len(), nulls, |from, to| {
                    let values = values.slice(from, to - from);
                    flags.append_buffer(&values);
                    let held = values.count_set_bits();
                    if !values.is_empty() {
                        let (low, high) = bounds.unwrap_or((true, false));
                        *bounds = Some((low && held == values.len(), high || held > 0));
                    }
                });
            }
            (Values::Reals { reals, bounds }, _) => {
                let values = array.as_primitive::<Float64Type>().values();
                slices(array.len(), nulls, |from, to| {
                    for value in &values[from..to] {
                        reals.extend_from_slice(&value.to_le_bytes());
                        if !value.is_nan() {
                            let (low, high) = bounds.unwrap_or((*value, *value));
                            *bounds = Some((low.min(*value), high.max(*value)));
                        }
                    }
                });
            }
            (Values::Texts(texts), _) => {
                let array = array.as_string_view();
                slices(array.len(), nulls, |from, to| texts.push(array, from..to, has_bounds));
            }
        }
    }

    fn is_large(&self) -> bool {
        match self {
            Values::Texts(Texts { plain: Some(page), .. }) => page.len() >= BYTES,
            Values::Texts(Texts { words, .. }) => words.size() >= BYTES,
            _ => false,
        }
    }

    /// Writes the page's values, and begins the next page.
    fn end_page(&mut self, page: &mut Vec<u8>, is_narrow: bool, has_bounds: bool) -> Encoding {
        match self {
            Values::Numbers { numbers, .. } => {
                match is_narrow {
                    true => differences_of_32(page, numbers),
                    false => differences(page, numbers),
                }
                numbers.clear();
                Encoding::DELTA_BINARY_PACKED
            }
            Values::Flags { flags, .. } => {
                page.extend_from_slice(flags.as_slice());
                flags.truncate(0);
                Encoding::PLAIN
            }
            Values::Reals { reals, .. } => {
                page.append(reals);
                Encoding::PLAIN
            }
            Values::Texts(texts) => texts.end_page(page, has_bounds),
        }
    }
}

impl Texts {
    fn push(&mut self, texts: &StringViewArray, indices: std::ops::Range<usize>, has_bounds: bool) {
        let Some(page) = &mut self.plain else { return self.words.push(texts, indices, &mut self.keys) };
        for text in indices.map(|index| texts.value(index).as_bytes()) {
            plain(page, text);
            if has_bounds {
                widen(&mut self.bounds, text);
            }
        }
    }

    fn end_page(&mut self, page: &mut Vec<u8>, has_bounds: bool) -> Encoding {
        if let Some(texts) = &mut self.plain {
            page.append(texts);
            return Encoding::PLAIN;
        }
        // Rows that all have none say nothing of what is to come, and a dictionary without words is none.
        if self.keys.is_empty() {
            return Encoding::PLAIN;
        }
        // What hardly repeats is not worth a dictionary; a few rows do not tell of those to come.
        if !self.is_used && 2 * self.words.count() > self.keys.len() {
            self.keys.iter().for_each(|key| plain(page, self.words.get(*key)));
            if self.keys.len() >= STEP || self.words.size() >= BYTES {
                if has_bounds {
                    self.bounds = self.bounds();
                }
                (self.words, self.plain) = (Words::default(), Some(Vec::new()));
            }
            self.keys.clear();
            return Encoding::PLAIN;
        }
        references(page, self.words.count(), &self.keys);
        self.is_used = true;
        self.keys.clear();
        if self.words.size() >= BYTES {
            self.plain = Some(Vec::new());
        }
        Encoding::RLE_DICTIONARY
    }

    /// The least and the greatest text of all.
    fn bounds(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let mut bounds = self.bounds.clone();
        for word in self.words.all() {
            widen(&mut bounds, word);
        }
        bounds
    }

    fn into_dictionary(self) -> Option<(Vec<u8>, u32)> {
        let count = self.words.count() as u32;
        self.is_used.then(|| (self.words.into_page(), count))
    }
}

/// Numbers of 32 bits.
fn is_narrow(described: &ColumnDescPtr) -> bool {
    described.physical_type() == Type::INT32
}

fn widen(bounds: &mut Option<(Vec<u8>, Vec<u8>)>, text: &[u8]) {
    match bounds {
        None => *bounds = Some((text.to_vec(), text.to_vec())),
        Some((low, _)) if text < low.as_slice() => *low = text.to_vec(),
        Some((_, high)) if text > high.as_slice() => *high = text.to_vec(),
        Some(_) => {}
    }
}

fn bytes_of(texts: &StringViewArray) -> usize {
    // The lengths are the views' lowest bits; of a row without a text they say nothing, and mostly that.
    texts.views().iter().map(|view| *view as u32 as usize).sum()
}

/// Calls for each run of rows that have a value.
fn slices(rows: usize, nulls: Option<&NullBuffer>, mut each: impl FnMut(usize, usize)) {
    match nulls.filter(|nulls| nulls.null_count() > 0) {
        None => each(0, rows),
        Some(nulls) => nulls.valid_slices().for_each(|(from, to)| each(from, to)),
    }
}

fn numbers_of<T: Copy>(numbers: &mut Vec<i64>, values: &[T], nulls: Option<&NullBuffer>, number: impl Fn(T) -> i64) {
    slices(values.len(), nulls, |from, to| numbers.extend(values[from..to].iter().map(|value| number(*value))));
}

/// Keys as runs or packed, whichever is shorter.
fn references(page: &mut Vec<u8>, words: usize, keys: &[u32]) {
    let width = width(words as u64 - 1).max(1);
    page.push(width as u8);
    let runs = 1 + keys.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let a_run = 1 + width.div_ceil(8) as usize;
    if runs * a_run * 8 < keys.len() * width as usize {
        keys.chunk_by(|a, b| a == b).for_each(|same| run(page, width, u64::from(same[0]), same.len()));
    } else {
        packed(page, width, keys.iter().map(|key| u64::from(*key)));
    }
}
