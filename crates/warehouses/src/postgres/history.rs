//! wharf's own tables: loads and what runs did. Rows go into them at once, within the run's transaction: nobody else sees them
//! before it is published.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, SchemaRef};
use connect::postgres::column::quoted;
use port::{Error, HISTORY, Put, Result};

use super::columns::{Column, names};
use super::draft::{Live, Table};
use super::session::Session;
use super::work::Work;

/// Rows into one of them; false where there is no table of these columns in which they could take others' place.
pub async fn put(work: &mut Work, name: &str, schema: &SchemaRef, rows: &[RecordBatch], how: Put<'_>) -> Result<bool> {
    let doing = format!("write {name}");
    let place = work.session.place.clone();
    let columns = Column::of_schema(schema)?;
    let is_known = work.live.get(name).is_some_and(|live| live.view.is_none() && live.table.columns == columns);
    match (is_known, how) {
        (true, Put::Beside) => {}
        (true, Put::InPlaceOfAll) => {
            work.session.write(&doing, &format!("delete from {}", place.table(name)), &[]).await?;
        }
        (true, Put::InPlaceOf(by)) => {
            let mut numbers: Vec<i64> = Vec::new();
            for batch in rows {
                let column = batch.column_by_name(by).and_then(|column| column.as_primitive_opt::<Int64Type>());
                let column = column.ok_or_else(|| Error::internal(format!("{by} of {name} is no number")))?;
                numbers.extend(column.iter().flatten());
            }
            let index = quoted(&format!("{name}_by_{by}"));
            let sql = format!("create index if not exists {index} on {} ({})", place.table(name), quoted(by));
            work.session.run(&doing, &sql).await?;
            let sql = format!("delete from {} where {} = any($1)", place.table(name), quoted(by));
            work.session.write(&doing, &sql, &[&numbers]).await?;
        }
        (false, Put::InPlaceOf(_)) => return Ok(false),
        (false, Put::Beside | Put::InPlaceOfAll) => {
            let definitions: Vec<String> = columns.iter().map(Column::definition).collect();
            let table = place.table(name);
            let sql = format!(
                "drop table if exists {table}; create table {table} ({}); \
                 insert into {} values ('{}', 'wharf') on conflict (name) do nothing",
                definitions.join(", "),
                place.table("_wharf_tables"),
                name.replace('\'', "''"),
            );
            work.session.run(&doing, &sql).await?;
            let table = Table { layer: "wharf".to_owned(), columns: columns.clone() };
            work.live.insert(name.to_owned(), Live { table, view: None });
        }
    }
    work.session.copy(&doing, &place.table(name), &names(&columns), rows).await?;
    Ok(true)
}

/// Forgets what runs did but the last `runs` of them; of each check the latest result stays, however old it is.
pub async fn forget(session: &Session, runs: u64) -> Result<()> {
    for (table, keys) in HISTORY {
        let doing = format!("forget old rows of {table}");
        if !session.has(&doing, table).await? {
            continue;
        }
        let full = session.place.table(table);
        let old = format!("old.run <= (select max(run) from {full}) - $1::bigint");
        let sql = match keys {
            [] => format!("delete from {full} as old where {old}"),
            keys => {
                let names: Vec<String> = keys.iter().map(|key| quoted(key)).collect();
                let same: Vec<String> = names.iter().map(|key| format!("old.{key} = latest.{key}")).collect();
                format!(
                    "delete from {full} as old using \
                     (select {0}, max(run) as run from {full} group by {0}) as latest \
                     where {old} and {1} and old.run < latest.run",
                    names.join(", "),
                    same.join(" and ")
                )
            }
        };
        session.write(&doing, &sql, &[&i64::try_from(runs).unwrap_or(i64::MAX / 2)]).await?;
    }
    Ok(())
}
