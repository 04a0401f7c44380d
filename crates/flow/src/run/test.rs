//! Tests of models: given these rows, expect those.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use models::ModelTest;
use port::{Error, Result, Sql};

use super::analyse;
use super::land::given;
use crate::flow::Flow;
use crate::run::TestResult;

pub async fn test_all(flow: &Flow, tests: &[ModelTest]) -> Result<Vec<TestResult>> {
    let schemas = schemas(flow).await?;
    let mut results = Vec::with_capacity(tests.len());
    for test in tests {
        let failure = one(flow, test, &schemas).await.err();
        results.push(TestResult { name: test.name.clone(), file: test.file.clone(), failure });
    }
    Ok(results)
}

/// The error is what differs, or what kept the test from running.
async fn one(flow: &Flow, test: &ModelTest, schemas: &BTreeMap<String, SchemaRef>) -> Result<(), String> {
    let model = flow.project.graph.model(&test.model).ok_or_else(|| format!("there is no model {}", test.model))?;
    let mut given = BTreeMap::new();
    for input in &model.inputs {
        let schema = schemas.get(&input.name).ok_or_else(|| format!("{} has no known columns", input.name))?;
        let columns: Vec<(String, String)> =
            schema.fields().iter().map(|field| (field.name().clone(), sql_type(field.data_type()))).collect();
        let sql = test.given_sql(&input.name, &columns).map_err(|problem| problem.to_string())?;
        given.insert(input.name.clone(), sql);
    }
    let mut batches = flow.warehouse.rehearse(&model.sql, given).await.map_err(|error| error.to_string())?;
    if model.header.analysis.is_some() {
        batches = vec![analyse::rehearse(flow, model, &batches).map_err(|error| error.to_string())?];
    }
    let (columns, rows) = cells(&batches).map_err(|error| error.to_string())?;
    let columns = if columns.is_empty() { model.columns.clone().unwrap_or_default() } else { columns };
    test.compare(&columns, &rows)
}

/// Columns of every table that a model can read.
pub(super) async fn schemas(flow: &Flow) -> Result<BTreeMap<String, SchemaRef>> {
    let mut schemas = given(flow);
    let graph = &flow.project.graph;
    let models = graph.order().iter().filter_map(|name| graph.model(name));
    let sql: Vec<Sql> = models.map(|model| Sql { name: model.name.clone(), text: model.sql.clone() }).collect();
    let planned = flow.warehouse.validate(&sql, &schemas).await;
    for (sql, planned) in sql.into_iter().zip(planned) {
        if let Ok(schema) = planned {
            schemas.entry(sql.name).or_insert(schema);
        }
    }
    Ok(schemas)
}

fn sql_type(kind: &DataType) -> String {
    match kind {
        DataType::Int64 => "bigint".to_owned(),
        DataType::Float64 => "double precision".to_owned(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision}, {scale})"),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::Timestamp(_, _) => "timestamp".to_owned(),
        _ => "varchar".to_owned(),
    }
}

type Cells = Vec<Vec<Option<String>>>;

fn cells(batches: &[RecordBatch]) -> Result<(Vec<String>, Cells)> {
    let columns = batches
        .first()
        .map(|batch| batch.schema())
        .map_or_else(Vec::new, |schema| schema.fields().iter().map(|field| field.name().clone()).collect());
    let mut rows = Vec::new();
    for batch in batches {
        let options = FormatOptions::default();
        let formatters: Result<Vec<_>, _> =
            batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options)).collect();
        let formatters = formatters.map_err(|error| Error::internal(error.to_string()))?;
        for row in 0..batch.num_rows() {
            let cell = |(column, formatter): (&arrow::array::ArrayRef, &ArrayFormatter<'_>)| {
                (!column.is_null(row)).then(|| formatter.value(row).to_string())
            };
            rows.push(batch.columns().iter().zip(&formatters).map(cell).collect());
        }
    }
    Ok((columns, rows))
}
