//! Staging in the reporting currency: amounts of other currencies converted, their originals kept beside them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Builder, StringViewArray};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type};
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, cast, col, lit,
};
use datafusion::prelude::coalesce;
use port::{Error, Land, Result, Staging};
use retail::day::Day;
use retail::exchange::Exchange;
use retail::rates::Rate;
use retail::source::ColumnType;
use retail::staging::StagingTable;

use crate::engine::failed;

/// A currency that the query leaves null is the source's.
pub fn usual_currency(request: &Land) -> Expr {
    lit(ScalarValue::Utf8View(Some(request.source.currency.clone())))
}

/// The table with every amount in the reporting currency. `one_currency`: the query names none, so all rows are in the
/// source's.
pub fn into_reporting(frame: DataFrame, request: &Land, staging: &Staging, one_currency: bool) -> Result<DataFrame> {
    let exchange = &request.exchange;
    let contract = retail::staging::table(&staging.name).filter(|table| table.column("currency").is_some());
    let Some(contract) = contract else { return Ok(frame) };
    let is_ours = one_currency && request.source.currency == exchange.currency;
    if is_ours && exchange.rates.is_none() {
        return Ok(frame);
    }
    let currency = coalesce(vec![col("currency"), usual_currency(request)]);
    let columns = staging.schema.fields().iter().map(|field| {
        let column = match field.name().as_str() {
            "original_currency" => currency.clone(),
            "original_amount" => col("amount"),
            "original_total" => col("total"),
            "currency" if is_ours => col("currency"),
            "currency" => one_currency_alone(exchange, &staging.name).call(vec![currency.clone()]),
            name if !is_ours && exchange.rates.is_some() && is_money(contract, name) => {
                converted(exchange).call(vec![col(name), currency.clone(), col("day")])
            }
            name => col(name),
        };
        cast(column, field.data_type().clone()).alias(field.name())
    });
    frame.select(columns.collect::<Vec<_>>()).map_err(|e| failed("convert currencies", e))
}

/// Columns that the query does not give, since [`into_reporting`] fills them.
pub fn is_filled(staging: &Staging, column: &str) -> bool {
    let contract = retail::staging::table(&staging.name);
    contract.and_then(|table| table.column(column)).is_some_and(|column| column.of_conversion)
}

pub fn is_money(contract: &StagingTable, name: &str) -> bool {
    contract.column(name).is_some_and(|column| column.kind == ColumnType::Decimal)
}

fn converted(exchange: &Arc<Exchange>) -> ScalarUDF {
    let signature = Signature::exact(vec![MONEY, DataType::Utf8View, DataType::Date32], Volatility::Immutable);
    ScalarUDF::from(Converted { exchange: Same(exchange.clone()), signature })
}

fn one_currency_alone(exchange: &Arc<Exchange>, table: &str) -> ScalarUDF {
    let signature = Signature::exact(vec![DataType::Utf8View], Volatility::Immutable);
    ScalarUDF::from(OneCurrency { exchange: Same(exchange.clone()), table: table.to_owned(), signature })
}

const MONEY: DataType = DataType::Decimal128(18, 4);

/// Functions are told apart by whose rates they use.
#[derive(Debug, Clone)]
struct Same(Arc<Exchange>);

impl PartialEq for Same {
    fn eq(&self, other: &Same) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Same {}

impl std::hash::Hash for Same {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

/// `converted(amount, currency, day)`: the amount in the reporting currency.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Converted {
    exchange: Same,
    signature: Signature,
}

impl ScalarUDFImpl for Converted {
    fn name(&self) -> &str {
        "converted"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> datafusion::common::Result<DataType> {
        Ok(MONEY)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> datafusion::common::Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [amounts, currencies, days] = arrays.as_slice() else {
            return datafusion::common::exec_err!("converted takes an amount, a currency and a day");
        };
        let amounts = amounts.as_primitive::<Decimal128Type>();
        let (currencies, days) = (currencies.as_string_view(), days.as_primitive::<Date32Type>());
        let mut built = Decimal128Builder::with_capacity(amounts.len()).with_data_type(MONEY);
        // Rows of a file lie together by day, so a rate mostly serves the next row too.
        let mut last: Option<(&str, Day, Rate)> = None;
        for row in 0..amounts.len() {
            if amounts.is_null(row) || currencies.is_null(row) || days.is_null(row) {
                built.append_null();
                continue;
            }
            let (currency, day) = (currencies.value(row), days.value(row));
            let rate = match last {
                Some((of, on, rate)) if of == currency && on == day => rate,
                _ => rate(&self.exchange.0, currency, day).map_err(told)?,
            };
            last = Some((currency, day, rate));
            let amount = amounts.value(row);
            let money = rate.convert(amount).filter(|money| money.unsigned_abs() < MOST);
            built.append_value(money.ok_or_else(|| told(too_large(amount, currency)))?);
        }
        Ok(ColumnarValue::Array(Arc::new(built.finish()) as ArrayRef))
    }
}

/// DECIMAL(18, 4) ends here, in ten-thousandths.
const MOST: u128 = 1_000_000_000_000_000_000;

/// The rate of a staged row.
pub fn rate(exchange: &Exchange, currency: &str, day: Day) -> Result<Rate> {
    exchange.rate(&currency.to_uppercase(), day).ok_or_else(|| {
        Error::config(exchange.no_rate(currency, day)).advise(
            "or name the columns of a row's currency and day in source.toml (currency = …, dated_by = …): rows \
             without a rate are then set aside",
        )
    })
}

fn too_large(amount: i128, currency: &str) -> Error {
    Error::input(format!("{amount} ten-thousandths of {currency} are too large once converted"))
        .advise("look at the rate in the rates file")
}

/// `one_currency(currency)`: the reporting currency. Without rates any other one is a mistake of the preset.
#[derive(Debug, PartialEq, Eq, Hash)]
struct OneCurrency {
    exchange: Same,
    table: String,
    signature: Signature,
}

impl ScalarUDFImpl for OneCurrency {
    fn name(&self) -> &str {
        "one_currency"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> datafusion::common::Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> datafusion::common::Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [currencies] = arrays.as_slice() else {
            return datafusion::common::exec_err!("one_currency takes a currency");
        };
        let exchange = &self.exchange.0;
        if exchange.rates.is_none() {
            let ours = exchange.currency.as_str();
            let mut named = currencies.as_string_view().iter().flatten();
            if let Some(other) = named.find(|currency| !currency.eq_ignore_ascii_case(ours)) {
                return Err(told(other_currency(&self.table, other, ours)));
            }
        }
        let ours: StringViewArray = (0..args.number_rows).map(|_| Some(exchange.currency.as_str())).collect();
        Ok(ColumnarValue::Array(Arc::new(ours) as ArrayRef))
    }
}

pub fn other_currency(table: &str, currency: &str, ours: &str) -> Error {
    Error::config(format!("staging {table} has rows in {currency}, and the shop reports in {ours}")).advise(
        "give exchange rates ([rates] in wharf.toml), or name the columns of a row's currency and day in source.toml \
         (currency = …, dated_by = …): such rows are then set aside",
    )
}

fn told(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
