//! Models checked, and rehearsed, without touching a stored row.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::datasource::empty::EmptyTable;
use port::{Result, Sql};

use crate::build::kept;
use crate::engine::{Engine, failed};

/// Plans each model over empty tables of the right columns; its own columns serve the models after it.
pub async fn validate(engine: &Engine, models: &[Sql], given: &BTreeMap<String, SchemaRef>) -> Vec<Result<SchemaRef>> {
    let session = engine.session();
    let mut results = Vec::with_capacity(models.len());
    for (name, schema) in given {
        // Names are unique in a map, so this cannot meet a registered one.
        let _ = session.register_table(name.as_str(), Arc::new(EmptyTable::new(schema.clone())));
    }
    for model in models {
        let planned = match session.sql(&model.text).await {
            // Its shape is promised, so its columns are cast: `null as name` will do.
            Ok(frame) if given.contains_key(&model.name) => Ok(frame),
            Ok(frame) => kept(frame, &model.name),
            Err(error) => Err(failed(&format!("plan {}", model.name), error)),
        };
        let planned = planned.map(|frame| -> SchemaRef { Arc::new(frame.schema().as_arrow().clone()) });
        if let Ok(schema) = &planned
            && session.table_exist(model.name.as_str()).is_ok_and(|exists| !exists)
        {
            let _ = session.register_table(model.name.as_str(), Arc::new(EmptyTable::new(schema.clone())));
        }
        results.push(planned);
    }
    results
}

/// Runs a query over tables that other queries stand for.
pub async fn rehearse(engine: &Engine, sql: &str, given: BTreeMap<String, String>) -> Result<Vec<RecordBatch>> {
    let session = engine.session();
    for (name, rows) in given {
        let frame = session.sql(&rows).await.map_err(|e| failed(&format!("give rows of {name}"), e))?;
        let view = kept(frame, &name)?.into_view();
        session.register_table(name.as_str(), view).map_err(|e| failed(&format!("give rows of {name}"), e))?;
    }
    let frame = session.sql(sql).await.map_err(|e| failed("run the model", e))?;
    let frame = kept(frame, "the model")?;
    frame.collect().await.map_err(|e| failed("run the model", e))
}
