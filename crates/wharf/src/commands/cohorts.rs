//! `wharf cohorts`: who came back how many months after the first purchase.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Date32Type, Decimal128Type, Int64Type};
use port::Error;
use retail::day::date_of;

use crate::arguments::Global;
use crate::failure::{Outcome, Result};
use crate::output::{OutputArgs, Sheet};
use crate::shop::Shop;

/// Customers by the month of their first purchase, and the share that bought again in each later month
#[derive(clap::Args)]
#[command(after_help = "Examples:
  wharf cohorts                    a matrix: percent that bought again, by months since the first purchase
  wharf cohorts --format csv       a row for each cohort and month")]
pub struct Cohorts {
    #[command(flatten)]
    output: OutputArgs,
}

impl Cohorts {
    pub fn run(self, global: &Global) -> Result<Outcome> {
        let shop = Shop::open_for(global, &self.output)?;
        let answer = shop.ask(&flow::ask::customers::cohorts(&Default::default()))?;
        if !self.output.is_for_a_person()? {
            shop.write(&self.output, answer)?;
            return Ok(Outcome::Done);
        }
        let batches: Vec<RecordBatch> = shop.block_on(futures::TryStreamExt::try_collect(answer.rows))?;
        shop.write(&self.output, matrix(&batches)?)?;
        Ok(Outcome::Done)
    }
}

/// Percent by cohort and age.
#[derive(Default)]
struct Cohort {
    customers: i64,
    percent: BTreeMap<i64, f64>,
}

fn matrix(batches: &[RecordBatch]) -> Result<Sheet> {
    let cohorts = read(batches).ok_or_else(|| {
        Error::config("the table cohorts has other columns than ours").advise("write --format csv to see its rows")
    })?;
    let oldest = cohorts.values().filter_map(|cohort| cohort.percent.keys().next_back()).max().copied();
    let mut columns: Vec<(String, ArrayRef)> = vec![
        ("cohort".to_owned(), Arc::new(cohorts.keys().map(|day| Some(month(*day))).collect::<StringArray>())),
        ("customers".to_owned(), Arc::new(cohorts.values().map(|cohort| cohort.customers).collect::<Int64Array>())),
    ];
    for age in 0..=oldest.unwrap_or(0) {
        let percent = cohorts.values().map(|cohort| cohort.percent.get(&age).copied());
        columns.push((format!("+{age}"), Arc::new(percent.collect::<Float64Array>())));
    }
    let columns = columns.iter().map(|(name, column)| (name.as_str(), column.clone())).collect();
    Ok(Sheet::of_columns(columns)?.remark("Percent of a cohort's customers that bought so many months later."))
}

fn read(batches: &[RecordBatch]) -> Option<BTreeMap<i32, Cohort>> {
    let mut cohorts: BTreeMap<i32, Cohort> = BTreeMap::new();
    for batch in batches {
        let first = batch.column_by_name("cohort")?.as_primitive_opt::<Date32Type>()?;
        let age = batch.column_by_name("age")?.as_primitive_opt::<Int64Type>()?;
        let customers = batch.column_by_name("cohort_customers")?.as_primitive_opt::<Int64Type>()?;
        let retention = batch.column_by_name("retention")?.as_primitive_opt::<Decimal128Type>()?;
        for row in 0..batch.num_rows() {
            let cohort = cohorts.entry(first.value(row)).or_default();
            cohort.customers = customers.value(row);
            let share = retention.value(row) as f64 / 10f64.powi(i32::from(retention.scale()));
            cohort.percent.insert(age.value(row), (share * 1000.0).round() / 10.0);
        }
    }
    Some(cohorts)
}

fn month(day: i32) -> String {
    date_of(day).format("%Y-%m").to_string()
}
