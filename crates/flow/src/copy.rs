//! Published tables of one warehouse put into another: for teams whose reports stand on a database and whose runs on the lake.

use std::time::Duration;

use arrow::compute::concat_batches;
use futures::TryStreamExt;
use port::{Error, Put, Query, Result, TableInfo, Warehouse};

use crate::state::{Remembered, State};

/// A table that was copied.
#[derive(Debug, Clone)]
pub struct Copied {
    pub table: String,
    pub rows: u64,
    /// False: the other warehouse had just these rows.
    pub changed: bool,
}

/// Puts `tables` into `to`, all at once: whoever reads there sees the tables of before or those of after. `to` must not be a
/// warehouse that runs fill themselves: they would take the rows back.
pub async fn copy(
    from: &dyn Query,
    tables: &[TableInfo],
    to: &dyn Warehouse,
    patience: Duration,
) -> Result<Vec<Copied>> {
    let state = State::read(to, &Remembered::default()).await?;
    let loads = state.in_force().count();
    if loads > 0 {
        return Err(Error::config(format!(
            "the other warehouse has {loads} loads of its own, which its runs keep true"
        ))
        .advise("copy into a place of its own: another [warehouse] schema, or another [lake] path"));
    }
    let work = to.begin(patience).await?;
    let mut copied = Vec::with_capacity(tables.len());
    for table in tables {
        let columns: Vec<String> =
            table.schema.fields().iter().map(|field| format!("\"{}\"", field.name().replace('"', "\"\""))).collect();
        let name = table.name.replace('"', "\"\"");
        let answer = from.query(&format!("select {} from \"{name}\"", columns.join(", "))).await?;
        let (schema, rows) = (answer.schema.clone(), answer.rows);
        let batches: Vec<_> = rows.try_collect().await?;
        let rows = concat_batches(&schema, &batches).map_err(|error| Error::internal(error.to_string()))?;
        let count = rows.num_rows() as u64;
        let changed = match table.layer.as_str() {
            "wharf" => {
                work.put(&table.name, rows, Put::InPlaceOfAll).await?;
                true
            }
            layer => work.store(&table.name, layer, rows).await?.changed,
        };
        copied.push(Copied { table: table.name.clone(), rows: count, changed });
    }
    work.publish(state.render()?).await?;
    Ok(copied)
}
