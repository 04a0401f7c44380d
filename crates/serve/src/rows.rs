//! A table in JSON: columns by name and kind, rows as arrays.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{
    DataType, Date32Type, Float64Type, Int32Type, Int64Type, SchemaRef, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde::Serialize;
use serde_json::{Number, Value};
use std::sync::Arc;
use utoipa::ToSchema;

/// Rows of one query, as of one published state of all tables.
#[derive(Debug, Clone)]
pub struct Rows {
    pub schema: SchemaRef,
    pub batches: Vec<RecordBatch>,
    /// There are more than were taken.
    pub more: bool,
}

/// A table: `rows` have a cell for each of `columns`. Decimals are numbers, days are `YYYY-MM-DD`, instants are RFC 3339 in UTC.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Table {
    pub columns: Vec<Column>,
    #[schema(value_type = Vec<Vec<Value>>)]
    pub rows: Vec<Vec<Value>>,
    /// Rows follow after these: ask for them with a higher offset.
    pub more: bool,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
    /// `currency`, `ratio`, `count` or null.
    pub unit: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Text,
    Integer,
    Decimal,
    Number,
    Boolean,
    Day,
    Instant,
    Other,
}

impl Table {
    /// A table of all its rows, made here: columns by name, kind and unit.
    pub fn of(columns: &[(&str, Kind, Option<&str>)], rows: Vec<Vec<Value>>) -> Table {
        let column = |(name, kind, unit): &(&str, Kind, Option<&str>)| Column {
            name: (*name).to_owned(),
            kind: *kind,
            unit: unit.map(str::to_owned),
        };
        Table { columns: columns.iter().map(column).collect(), rows, more: false }
    }

    /// The same rows for a file.
    pub fn batch(&self) -> arrow::error::Result<RecordBatch> {
        let columns = self.columns.iter().enumerate().map(|(at, column)| {
            let cells = self.rows.iter().map(|row| row.get(at).unwrap_or(&Value::Null));
            let array: ArrayRef = match column.kind {
                Kind::Integer => Arc::new(cells.map(Value::as_i64).collect::<Int64Array>()),
                Kind::Decimal | Kind::Number => Arc::new(cells.map(Value::as_f64).collect::<Float64Array>()),
                Kind::Boolean => Arc::new(cells.map(Value::as_bool).collect::<BooleanArray>()),
                _ => Arc::new(cells.map(Value::as_str).collect::<StringArray>()),
            };
            (column.name.as_str(), array, true)
        });
        RecordBatch::try_from_iter_with_nullable(columns)
    }
}

/// What stands in a cell that the asker may not see.
pub const MASK: &str = "•••";

impl Rows {
    pub fn count(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The first row as an object; `None` where there is none.
    pub fn first(&self) -> Option<serde_json::Map<String, Value>> {
        let batch = self.batches.iter().find(|batch| batch.num_rows() > 0)?;
        let cells = batch.columns().iter().map(|column| cells(column).into_iter().next().unwrap_or_default());
        Some(self.schema.fields().iter().map(|field| field.name().clone()).zip(cells).collect())
    }

    pub fn table(&self, unit: impl Fn(&str) -> Option<String>) -> Table {
        let column = |field: &Arc<arrow::datatypes::Field>| Column {
            name: field.name().clone(),
            kind: kind(field.data_type()),
            unit: unit(field.name()),
        };
        let mut rows = Vec::with_capacity(self.count());
        for batch in &self.batches {
            let mut columns: Vec<_> = batch.columns().iter().map(|column| cells(column).into_iter()).collect();
            rows.extend(
                (0..batch.num_rows())
                    .map(|_| columns.iter_mut().map(|cells| cells.next().unwrap_or_default()).collect::<Vec<Value>>()),
            );
        }
        Table { columns: self.schema.fields().iter().map(column).collect(), rows, more: self.more }
    }

    /// The texts of a column, in order; nulls are left out.
    pub fn texts(&self, column: usize) -> Vec<String> {
        let of = |batch: &RecordBatch| cells(batch.column(column));
        let text = |cell: Value| match cell {
            Value::Null => None,
            Value::String(text) => Some(text),
            other => Some(other.to_string()),
        };
        self.batches.iter().flat_map(of).filter_map(text).collect()
    }
}

/// The batch without what `personal` columns hold.
pub fn masked(batch: &RecordBatch, personal: impl Fn(&str) -> bool) -> arrow::error::Result<RecordBatch> {
    let schema = masked_schema(&batch.schema(), &personal);
    let hide = |column: &ArrayRef| -> ArrayRef {
        Arc::new((0..column.len()).map(|row| column.is_valid(row).then_some(MASK)).collect::<StringArray>())
    };
    let fields = batch.schema();
    let columns = fields.fields().iter().zip(batch.columns());
    let columns = columns.map(|(field, column)| if personal(field.name()) { hide(column) } else { column.clone() });
    RecordBatch::try_new(schema, columns.collect())
}

pub fn masked_schema(schema: &SchemaRef, personal: impl Fn(&str) -> bool) -> SchemaRef {
    let hidden = |field: &Arc<arrow::datatypes::Field>| match personal(field.name()) {
        true => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8)),
        false => field.clone(),
    };
    Arc::new(arrow::datatypes::Schema::new(schema.fields().iter().map(hidden).collect::<Vec<_>>()))
}

pub fn kind(of: &DataType) -> Kind {
    match of {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Kind::Text,
        DataType::Boolean => Kind::Boolean,
        DataType::Date32 | DataType::Date64 => Kind::Day,
        DataType::Timestamp(..) => Kind::Instant,
        DataType::Decimal128(..) | DataType::Decimal256(..) => Kind::Decimal,
        DataType::Float32 | DataType::Float64 | DataType::Float16 => Kind::Number,
        kind if kind.is_integer() => Kind::Integer,
        DataType::Dictionary(_, value) => kind(value),
        _ => Kind::Other,
    }
}

/// A column's cells. Numbers that JSON does not have (infinities, NaN) are null.
fn cells(column: &ArrayRef) -> Vec<Value> {
    let number = |value: f64| Number::from_f64(value).map_or(Value::Null, Value::Number);
    let or_null = |value: Option<Value>| value.unwrap_or(Value::Null);
    match column.data_type() {
        DataType::Null => vec![Value::Null; column.len()],
        DataType::Int64 => column.as_primitive::<Int64Type>().iter().map(|v| or_null(v.map(Value::from))).collect(),
        DataType::Int32 => column.as_primitive::<Int32Type>().iter().map(|v| or_null(v.map(Value::from))).collect(),
        DataType::UInt64 => column.as_primitive::<UInt64Type>().iter().map(|v| or_null(v.map(Value::from))).collect(),
        DataType::Float64 => column.as_primitive::<Float64Type>().iter().map(|v| or_null(v.map(number))).collect(),
        DataType::Boolean => column.as_boolean().iter().map(|v| or_null(v.map(Value::from))).collect(),
        DataType::Utf8View => column.as_string_view().iter().map(|v| or_null(v.map(Value::from))).collect(),
        DataType::Utf8 => column.as_string::<i32>().iter().map(|v| or_null(v.map(Value::from))).collect(),
        DataType::Date32 => {
            let days = column.as_primitive::<Date32Type>().iter();
            days.map(|day| or_null(day.map(|day| retail::day::date_of(day).to_string().into()))).collect()
        }
        // One without a zone is UTC too: so the engine reckons.
        DataType::Timestamp(unit, _) => {
            let (instants, a_second): (Int64Array, i64) = match unit {
                TimeUnit::Second => (column.as_primitive::<TimestampSecondType>().reinterpret_cast(), 1),
                TimeUnit::Millisecond => (column.as_primitive::<TimestampMillisecondType>().reinterpret_cast(), 1_000),
                TimeUnit::Microsecond => {
                    (column.as_primitive::<TimestampMicrosecondType>().reinterpret_cast(), 1_000_000)
                }
                TimeUnit::Nanosecond => {
                    (column.as_primitive::<TimestampNanosecondType>().reinterpret_cast(), 1_000_000_000)
                }
            };
            instants.iter().map(|at| or_null(at.and_then(|at| instant(at, a_second)).map(Value::from))).collect()
        }
        other => {
            let is_number = other.is_numeric();
            let options = FormatOptions::default();
            let Ok(texts) = ArrayFormatter::try_new(column.as_ref(), &options) else {
                return vec![Value::Null; column.len()];
            };
            let cell = |row: usize| {
                if column.is_null(row) {
                    return Value::Null;
                }
                let text = texts.value(row).to_string();
                match text.parse::<f64>() {
                    Ok(value) if is_number => number(value),
                    _ => Value::from(text),
                }
            };
            (0..column.len()).map(cell).collect()
        }
    }
}

/// RFC 3339, no finer than it needs.
fn instant(at: i64, a_second: i64) -> Option<String> {
    let nanos = at.rem_euclid(a_second) * (1_000_000_000 / a_second);
    let format = match nanos {
        0 => chrono::SecondsFormat::Secs,
        nanos if nanos % 1_000 == 0 => chrono::SecondsFormat::Micros,
        _ => chrono::SecondsFormat::Nanos,
    };
    let instant = chrono::DateTime::from_timestamp(at.div_euclid(a_second), u32::try_from(nanos).ok()?)?;
    Some(instant.to_rfc3339_opts(format, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_null_whatever_its_type() {
        let nothing: [ArrayRef; 2] =
            [Arc::new(arrow::array::NullArray::new(2)), Arc::new(Int64Array::from(vec![None, None]))];
        assert!(nothing.iter().all(|column| cells(column) == [Value::Null, Value::Null]));
    }
    use arrow::array::{
        Date32Array, Decimal128Array, Float64Array, TimestampMicrosecondArray, TimestampMillisecondArray,
        TimestampNanosecondArray, TimestampSecondArray,
    };

    fn rows() -> Rows {
        let money = Decimal128Array::from(vec![Some(123_400), None]).with_precision_and_scale(18, 4).unwrap();
        let at = TimestampMicrosecondArray::from(vec![Some(0), Some(1_500_000)]).with_timezone("UTC");
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("day", Arc::new(Date32Array::from(vec![0, 1]))),
            ("at", Arc::new(at)),
            ("spend", Arc::new(money)),
            ("lift", Arc::new(Float64Array::from(vec![f64::INFINITY, 0.5]))),
            ("name", Arc::new(StringArray::from(vec![Some("Anna"), None]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        Rows { schema: batch.schema(), batches: vec![batch], more: false }
    }

    #[test]
    fn cells_are_what_json_has_for_them() {
        let table = rows().table(|name| (name == "spend").then(|| "currency".to_owned()));
        assert_eq!(
            serde_json::to_value(&table.rows).unwrap(),
            serde_json::json!([
                ["1970-01-01", "1970-01-01T00:00:00Z", 12.34, null, "Anna"],
                ["1970-01-02", "1970-01-01T00:00:01.500000Z", null, 0.5, null],
            ])
        );
        assert_eq!(table.columns[2].unit.as_deref(), Some("currency"));
        assert_eq!(table.columns[2].kind, Kind::Decimal);
    }

    #[test]
    fn instants_of_every_unit_are_utc() {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("s", Arc::new(TimestampSecondArray::from(vec![-1]))),
            ("ms", Arc::new(TimestampMillisecondArray::from(vec![1_500]).with_timezone("UTC"))),
            ("ns", Arc::new(TimestampNanosecondArray::from(vec![1_500_000_001]))),
            ("whole", Arc::new(TimestampNanosecondArray::from(vec![-500_000_000]).with_timezone("UTC"))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let rows = Rows { schema: batch.schema(), batches: vec![batch], more: false };
        let told = [
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:01.500000Z",
            "1970-01-01T00:00:01.500000001Z",
            "1969-12-31T23:59:59.500000Z",
        ];
        assert_eq!(rows.table(|_| None).rows[0], told);
    }

    #[test]
    fn a_table_made_here_is_rows_for_a_file() {
        let columns =
            [("name", Kind::Text, None), ("rows", Kind::Integer, None), ("share", Kind::Number, Some("ratio"))];
        let rows = vec![vec!["a".into(), 3.into(), 0.5.into()], vec![Value::Null, Value::Null, Value::Null]];
        let batch = Table::of(&columns, rows.clone()).batch().unwrap();
        let again = Rows { schema: batch.schema(), batches: vec![batch], more: false };
        assert_eq!(again.table(|_| None).rows, rows);
        assert_eq!(Table::of(&columns, Vec::new()).batch().unwrap().num_rows(), 0);
    }

    #[test]
    fn what_is_personal_is_hidden_and_nothing_else() {
        let batch = masked(&rows().batches[0], |name| name == "name" || name == "spend").unwrap();
        let hidden = Rows { schema: batch.schema(), batches: vec![batch], more: false };
        assert_eq!(hidden.texts(4), [MASK]);
        assert_eq!(hidden.texts(2), [MASK]);
        assert_eq!(hidden.texts(0), ["1970-01-01", "1970-01-02"]);
    }
}
