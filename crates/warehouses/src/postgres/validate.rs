//! Models checked, and rehearsed, by the server, without touching a stored row: all of it is taken back.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use connect::postgres::column::quoted;
use port::{Error, Result, Sql};

use super::arrive;
use super::columns::{Column, schema};
use super::session::Session;

/// Plans each model over empty tables of the right columns; its own columns serve the models after it.
pub async fn validate(
    session: &Session,
    models: &[Sql],
    given: &BTreeMap<String, SchemaRef>,
) -> Vec<Result<SchemaRef>> {
    let told = |error: &Error| Error { advice: error.advice.clone(), ..Error::new(error.kind, error.message.clone()) };
    if let Err(error) = prepare(session, given).await {
        return models.iter().map(|_| Err(told(&error))).collect();
    }
    let mut results = Vec::with_capacity(models.len());
    for model in models {
        let planned = plan(session, model, given).await;
        let back = if planned.is_err() { "rollback to savepoint model" } else { "release savepoint model" };
        let back = session.run("check the models", back).await;
        results.push(planned.and_then(|planned| back.map(|()| planned)));
    }
    // Whatever happened: nothing stays.
    let _ = session.run("check the models", "rollback").await;
    results
}

async fn prepare(session: &Session, given: &BTreeMap<String, SchemaRef>) -> Result<()> {
    let doing = "check the models";
    session.run(doing, "begin").await?;
    functions(session, doing).await?;
    for (name, schema) in given {
        table(session, name, &Column::of_schema(schema)?, doing).await?;
    }
    Ok(())
}

/// A project that never ran has no schema yet, and so not its function.
async fn functions(session: &Session, doing: &str) -> Result<()> {
    let there = session.rows(doing, "select to_regproc('shop_day') is not null", &[]).await?;
    if there.first().is_some_and(|row| row.get(0)) {
        return Ok(());
    }
    let schema = quoted(&session.place.schema);
    let exists = session.rows(doing, "select 1 from pg_namespace where nspname = $1", &[&session.place.schema]).await?;
    let create = if exists.is_empty() { format!("create schema {schema}; ") } else { String::new() };
    let sql = format!(
        "{create}create function {schema}.shop_day(instant timestamptz) returns date language sql immutable \
         as 'select (instant at time zone ''UTC'')::date'"
    );
    session.run(doing, &sql).await
}

async fn table(session: &Session, name: &str, columns: &[Column], doing: &str) -> Result<()> {
    let columns: Vec<String> = columns.iter().map(Column::definition).collect();
    let sql = format!("create temp table {} ({}) on commit drop", quoted(name), columns.join(", "));
    session.run(doing, &sql).await
}

async fn plan(session: &Session, model: &Sql, given: &BTreeMap<String, SchemaRef>) -> Result<SchemaRef> {
    let doing = format!("plan {}", model.name);
    session.run(&doing, "savepoint model").await?;
    let statement = session.prepare(&doing, &model.text).await?;
    let columns: Vec<Column> = Column::of_statement(&statement)?.iter().map(Column::kept).collect();
    if let Some(twice) = (1..columns.len()).find(|at| columns[..*at].iter().any(|c| c.name == columns[*at].name)) {
        return Err(Error::config(format!("{} has two columns named {}", model.name, columns[twice].name))
            .advise("give one an alias"));
    }
    if !given.contains_key(&model.name) {
        table(session, &model.name, &columns, &doing).await?;
    }
    Ok(schema(&columns))
}

/// Runs a query over tables that other queries stand for.
pub async fn rehearse(session: &Session, sql: &str, given: BTreeMap<String, String>) -> Result<Vec<RecordBatch>> {
    let result = run(session, sql, given).await;
    session.run("run the model", "rollback").await?;
    result
}

async fn run(session: &Session, sql: &str, given: BTreeMap<String, String>) -> Result<Vec<RecordBatch>> {
    let doing = "run the model";
    session.run(doing, "begin").await?;
    functions(session, doing).await?;
    for (name, rows) in given {
        let doing = format!("give rows of {name}");
        session.run(&doing, &format!("create temp view {} as {rows}", quoted(&name))).await?;
    }
    let columns = Column::of_statement(&session.prepare(doing, sql).await?)?;
    let rows = session.rows(doing, sql, &[]).await?;
    let schema = arrive::schema(&columns, &rows)?;
    Ok(vec![arrive::batch(&columns, &schema, &rows)?])
}
