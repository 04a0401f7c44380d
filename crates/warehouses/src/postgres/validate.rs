//! Models checked, and rehearsed, by the server, without touching a stored row: all of it is taken back.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use connect::postgres::column::quoted;
use port::{Error, Result, Sql};

use super::arrive;
use super::columns::{Column, schema};
use super::ledger;
use super::session::{Place, Session};

/// Plans each model over empty tables of the right columns; its own columns serve the models after it.
pub async fn validate(
    place: &Arc<Place>,
    zone: &str,
    models: &[Sql],
    given: &BTreeMap<String, SchemaRef>,
) -> Vec<Result<SchemaRef>> {
    let session = match prepared(place, zone, given).await {
        Ok(session) => session,
        Err(error) => {
            let told = || Error { advice: error.advice.clone(), ..Error::new(error.kind, error.message.clone()) };
            return models.iter().map(|_| Err(told())).collect();
        }
    };
    let mut results = Vec::with_capacity(models.len());
    for model in models {
        let planned = plan(&session, model, given).await;
        let back = if planned.is_err() { "rollback to savepoint model" } else { "release savepoint model" };
        let back = session.run("check the models", back).await;
        results.push(planned.and_then(|planned| back.map(|()| planned)));
    }
    // The transaction ends with its connection: nothing stays.
    results
}

async fn prepared(place: &Arc<Place>, zone: &str, given: &BTreeMap<String, SchemaRef>) -> Result<Session> {
    let doing = "check the models";
    let session = begun(place, zone, doing).await?;
    for (name, schema) in given {
        table(&session, name, &Column::of_schema(schema)?, doing).await?;
    }
    Ok(session)
}

/// A transaction in which our tables and `shop_day` are there, also in a project that never ran.
async fn begun(place: &Arc<Place>, zone: &str, doing: &str) -> Result<Session> {
    let session = Session::open(place).await?;
    session.run(doing, "begin").await?;
    ledger::migrate(&session, zone).await?;
    Ok(session)
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
    let columns = Column::kept_of(&statement, &model.name)?;
    if !given.contains_key(&model.name) {
        table(session, &model.name, &columns, &doing).await?;
    }
    Ok(schema(&columns))
}

/// Runs a query over tables that other queries stand for.
pub async fn rehearse(
    place: &Arc<Place>,
    zone: &str,
    sql: &str,
    given: BTreeMap<String, String>,
) -> Result<Vec<RecordBatch>> {
    let doing = "run the model";
    let session = begun(place, zone, doing).await?;
    for (name, rows) in given {
        let doing = format!("give rows of {name}");
        session.run(&doing, &format!("create temp view {} as {rows}", quoted(&name))).await?;
    }
    let columns = Column::of_statement(&session.prepare(doing, sql).await?)?;
    let rows = session.rows(doing, sql, &[]).await?;
    let schema = arrive::schema(&columns, &rows)?;
    Ok(vec![arrive::batch(&columns, &schema, &rows)?])
}
