//! Staging queries, run by the server, in the columns and types that a staging table must have; and how their rows join it.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewArray};
use connect::postgres::column::{literal, quoted};
use lake::landing::{NAMED_KEYS, is_filled, is_id, promised};
use port::{Error, Land, Result, Staging, Touched};

use super::convert;
use crate::postgres::columns::{Column, names};
use crate::postgres::draft::{Draft, Table, next};
use crate::postgres::work::Work;

/// Makes `_next_NAME` of the staging query.
pub async fn make(work: &mut Work, staging: &Staging, request: &Land) -> Result<Table> {
    let doing = format!("make staging {}", staging.name);
    let prefix = request.source.id_prefix.as_str();
    let stripped = strip_prefix(work, staging, prefix).await?;
    let statement = work.session.prepare(&doing, &staging.sql).await.map_err(|error| error.within(&staging.name))?;
    let given: Vec<String> = statement.columns().iter().map(|column| column.name().to_owned()).collect();
    promised(staging, &given)?;
    let columns = Column::of_schema(&staging.schema)?;
    let mut selected = Vec::with_capacity(columns.len());
    for column in &columns {
        let name = column.name.as_str();
        let from = match name {
            // What conversion fills is the amount before it.
            "original_currency" if is_filled(staging, name) => currency(request),
            "original_amount" if is_filled(staging, name) => "q.amount".to_owned(),
            "original_total" if is_filled(staging, name) => "q.total".to_owned(),
            "currency" => currency(request),
            id if is_id(id) && !prefix.is_empty() => {
                format!("{} || cast(q.{} as text)", literal(prefix), column.quoted())
            }
            _ => format!("q.{}", column.quoted()),
        };
        selected.push(column.cast(&from));
    }
    let query = format!("select {} from ({}\n) as q", selected.join(", "), staging.sql);
    work.keep(&staging.name, &query, &doing).await?;
    for table in stripped {
        work.show(&table).await?;
    }
    let table = Table { layer: "staging".to_owned(), columns };
    convert::into_reporting(work, request, staging, &table).await?;
    Ok(table)
}

/// A currency that the query leaves null is the source's.
fn currency(request: &Land) -> String {
    format!("coalesce(cast(q.currency as text), {})", literal(&request.source.currency))
}

/// Staging queries never see the prefix: staging tables that they read are shown without it.
async fn strip_prefix(work: &mut Work, staging: &Staging, prefix: &str) -> Result<Vec<String>> {
    let mut stripped = Vec::new();
    if prefix.is_empty() {
        return Ok(stripped);
    }
    let doing = format!("make staging {}", staging.name);
    for input in staging.inputs.iter().filter(|input| retail::staging::table(input).is_some()) {
        let (Some(rows), Some(table)) = (work.rows(input), work.table(input).cloned()) else { continue };
        let from = prefix.chars().count() + 1;
        let columns = table.columns.iter().map(|column| match column.name.as_str() {
            id if is_id(id) => column.cast(&format!("substr({}, {from})", column.quoted())),
            _ => column.quoted(),
        });
        let columns = columns.collect::<Vec<_>>().join(", ");
        let drop = format!("drop view if exists pg_temp.{} cascade", quoted(input));
        work.session.run(&doing, &drop).await?;
        work.view(input, &format!("select {columns} from ({rows}\n) as l"), &doing).await?;
        stripped.push(input.clone());
    }
    Ok(stripped)
}

/// Units that the query gave.
pub async fn keys_of(work: &Work, staging: &Staging) -> Result<i64> {
    let Some(key) = &staging.unique_key else { return Ok(0) };
    let sql = format!("select count(distinct {}) from {}", quoted(key), work.session.place.table(&next(&staging.name)));
    work.session.number(&format!("make staging {}", staging.name), &sql).await
}

/// Puts a table that was made anew in the place of the old one.
pub async fn replace(work: &mut Work, staging: &Staging, table: Table) -> Result<Option<Touched>> {
    let doing = format!("compare staging {}", staging.name);
    let day = table.day().is_some();
    let key = staging.unique_key.as_deref();
    let Some(changed) = work.replace(&staging.name, table, key).await? else { return Ok(None) };
    if changed.all {
        let sql = format!("select day from {}", work.session.place.table(&next(&staging.name)));
        let days = if day { Some(work.days(&sql, &doing).await?) } else { None };
        return Ok(Some(Touched { days, ..Touched::default() }));
    }
    let days = if day { Some(work.days("select day from _seen", &doing).await?) } else { None };
    let keys = match key {
        Some(key) => named(work, &format!("select {} from _seen", quoted(key)), &doing).await?,
        None => None,
    };
    Ok(Some(Touched { days, keys, only_added: false }))
}

/// Adds rows of units that are new, or, where `replaces`, may stand there already.
/// `others`: rows elsewhere may have waited for these, so new units count as changed too.
pub async fn upsert(
    work: &mut Work,
    staging: &Staging,
    table: Table,
    replaces: bool,
    others: bool,
) -> Result<Option<Touched>> {
    let doing = format!("add to staging {}", staging.name);
    let (name, place) = (&staging.name, work.session.place.clone());
    let (live, next) = (place.table(name), place.table(&next(name)));
    let rows = work.session.number(&doing, &format!("select count(*) from {next}")).await?;
    if !work.replaceable(&table, name) {
        let day = table.day().is_some();
        work.set(name, Draft::Whole(table)).await?;
        let days = if day { Some(work.days(&format!("select day from {next}"), &doing).await?) } else { None };
        return Ok((rows > 0).then(|| Touched { days, keys: none(), only_added: true }));
    }
    if rows == 0 {
        work.forget(name).await?;
        work.show(name).await?;
        return Ok(None);
    }
    let key = staging.unique_key.clone().ok_or_else(|| Error::internal(format!("{name} has no key")))?;
    let quoted_key = quoted(&key);
    let columns = names(&table.columns);
    let new_keys = format!("select distinct {quoted_key} from {next} where {quoted_key} is not null");
    let old_rows = format!("select {columns} from {live} where {quoted_key} in ({new_keys})");
    let mut days = None;
    if table.day().is_some() {
        let mut sql = format!("select day from {next}");
        if replaces {
            sql.push_str(&format!(" union all select day from ({old_rows}) as o"));
        }
        days = Some(work.days(&sql, &doing).await?);
    }
    let changed = match (others, replaces) {
        (true, _) => named(work, &new_keys, &doing).await?,
        (false, true) => named(work, &format!("select {quoted_key} from ({old_rows}) as o"), &doing).await?,
        (false, false) => none(),
    };
    work.set_some(name, table, &key, &new_keys, &doing).await?;
    Ok(Some(Touched { days, keys: changed, only_added: !replaces }))
}

fn none() -> Option<ArrayRef> {
    Some(Arc::new(StringViewArray::from(Vec::<Option<&str>>::new())))
}

/// Distinct texts of a query in order; `None` when there are too many to name.
async fn named(work: &Work, sql: &str, doing: &str) -> Result<Option<ArrayRef>> {
    let sql = format!("select distinct k from ({sql}) as q(k) where k is not null order by 1 limit {}", NAMED_KEYS + 1);
    let rows = work.session.rows(doing, &sql, &[]).await?;
    let keys: StringViewArray = rows.iter().map(|row| row.get::<_, Option<&str>>(0)).collect();
    Ok((rows.len() <= NAMED_KEYS).then(|| Arc::new(keys) as ArrayRef))
}
