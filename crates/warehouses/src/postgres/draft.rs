//! Tables as a run leaves them. What is made anew waits in tables of its own until [`apply`], at the end. Where some rows take the
//! place of others they do so at once, by rows, and the others are kept aside: the run's transaction alone sees it, its models
//! read a plain table, and whoever reads meanwhile waits for nothing. Views of others that stand on tables stay.

use std::collections::BTreeMap;

use connect::postgres::column::quoted;
use port::{Error, Result};
use retail::day::{Day, date_of, ranges};
use tokio_postgres::types::Type;

use super::columns::{Column, names};
use super::session::{Place, Session};

/// So many rows say little of how a table's rows are spread.
const FEW_ROWS: u64 = 1000;

/// A table of the schema as it is, or as a run makes it.
#[derive(Debug, Clone)]
pub struct Table {
    pub layer: String,
    pub columns: Vec<Column>,
}

#[derive(Debug, Clone)]
pub enum Draft {
    /// The rows of `_next_NAME` are all there are.
    Whole(Table),
    /// Live rows whose `by` is in `_set_NAME` have given way to those of `_next_NAME`, and are in `_old_NAME`.
    Some {
        table: Table,
        by: String,
    },
    View {
        table: Table,
        sql: String,
    },
    Dropped,
}

pub fn next(name: &str) -> String {
    format!("_next_{name}")
}

pub fn set(name: &str) -> String {
    format!("_set_{name}")
}

pub fn old(name: &str) -> String {
    format!("_old_{name}")
}

impl Draft {
    pub fn table(&self) -> Option<&Table> {
        match self {
            Draft::Whole(table) | Draft::Some { table, .. } | Draft::View { table, .. } => Some(table),
            Draft::Dropped => None,
        }
    }

    /// A query for the rows as of now.
    pub fn rows(&self, place: &Place, name: &str) -> Option<String> {
        match self {
            Draft::Whole(table) => Some(format!("select {} from {}", names(&table.columns), place.table(&next(name)))),
            Draft::Some { table, .. } => Some(format!("select {} from {}", names(&table.columns), place.table(name))),
            Draft::View { sql, .. } => Some(sql.clone()),
            Draft::Dropped => None,
        }
    }
}

/// A published table.
#[derive(Debug, Clone)]
pub struct Live {
    pub table: Table,
    /// The query of a view, and its place among views.
    pub view: Option<(String, i64)>,
}

/// The schema's tables and views that are published, by name.
pub async fn live(session: &Session) -> Result<BTreeMap<String, Live>> {
    let doing = "list the tables";
    // One that someone dropped by hand is to be made anew.
    let registered = format!(
        "select name, layer, view, made from {} where to_regclass(format('%I.%I', $1::text, name)) is not null",
        session.place.table("_wharf_tables")
    );
    let mut tables = BTreeMap::new();
    for row in session.rows(doing, &registered, &[&session.place.schema]).await? {
        let (name, layer, view, made): (String, String, Option<String>, i64) =
            (row.get(0), row.get(1), row.get(2), row.get(3));
        let table = Table { layer, columns: Vec::new() };
        tables.insert(name, Live { table, view: view.map(|sql| (sql, made)) });
    }
    let columns = "select relname::text, attname::text, atttypid, atttypmod from pg_attribute join pg_class c on c.oid = attrelid \
                   where relnamespace = $1::text::regnamespace and relname = any($2) and attnum > 0 and not attisdropped \
                   order by relname, attnum";
    let names: Vec<&str> = tables.keys().map(String::as_str).collect();
    for row in session.rows(doing, columns, &[&quoted(&session.place.schema), &names]).await? {
        let (name, column, kind, modifier): (&str, &str, u32, i32) = (row.get(0), row.get(1), row.get(2), row.get(3));
        let kind = Type::from_oid(kind).unwrap_or(Type::TEXT);
        let Some(live) = tables.get_mut(name) else { continue };
        live.table.columns.push(Column::of_type(column, &kind, modifier)?);
    }
    Ok(tables)
}

/// Lets some rows take the place of live ones, which are kept aside.
pub async fn exchange(session: &Session, name: &str, table: &Table, by: &str, doing: &str) -> Result<()> {
    let place = &session.place;
    let (columns, by) = (names(&table.columns), quoted(by));
    let [live, next, set, old] = [name, &next(name), &set(name), &old(name)].map(|name| place.table(name));
    let those = format!("where {by} in (select {by} from {set})");
    let sql = format!(
        "drop table if exists {old}; create table {old} as select {columns} from {live} {those}; delete from {live} {those}; \
         insert into {live} ({columns}) select {columns} from {next} {those}"
    );
    let rows = session.writes(doing, &sql).await?;
    look_again(session, &live, rows, doing).await
}

/// Puts those that were kept aside back.
pub async fn take_back(session: &Session, name: &str, table: &Table, by: &str, doing: &str) -> Result<()> {
    let place = &session.place;
    let (columns, by) = (names(&table.columns), quoted(by));
    let [live, set, old] = [name, &set(name), &old(name)].map(|name| place.table(name));
    let sql = format!(
        "delete from {live} where {by} in (select {by} from {set}); \
         insert into {live} ({columns}) select {columns} from {old}"
    );
    session.run(doing, &sql).await
}

/// Drops what a draft keeps beside the live table.
pub fn drop_aside(place: &Place, name: &str) -> String {
    let [next, set, old] = [next(name), set(name), old(name)].map(|name| place.table(&name));
    format!("drop table if exists {next}, {set}, {old} cascade")
}

/// Makes the live tables what the drafts say.
pub async fn apply(session: &Session, live: &BTreeMap<String, Live>, drafts: &[(String, Draft)]) -> Result<()> {
    let place = session.place.clone();
    // Views stand on tables: where any of these goes, all go, and come again.
    let rows_alone = |(name, draft): &(String, Draft)| match draft {
        Draft::Some { .. } => true,
        Draft::Whole(table) => {
            live.get(name).is_none_or(|old| old.view.is_none() && old.table.columns == table.columns)
        }
        Draft::View { .. } | Draft::Dropped => false,
    };
    let mut views: Vec<(&String, &str, i64)> = live
        .iter()
        .filter_map(|(name, old)| old.view.as_ref().map(|(sql, made)| (name, sql.as_str(), *made)))
        .collect();
    views.sort_by_key(|(_, _, made)| *made);
    let keeps_views = drafts.iter().all(rows_alone);
    if !keeps_views {
        for (name, ..) in views.iter().rev() {
            session.run(&format!("publish {name}"), &format!("drop view {}", place.table(name))).await?;
        }
    }
    for (name, draft) in drafts {
        let doing = format!("publish {name}");
        let old = live.get(name).filter(|old| old.view.is_none()).map(|old| &old.table);
        match draft {
            Draft::Whole(table) => whole(session, name, table, old).await?,
            Draft::Some { .. } => session.run(&doing, &drop_aside(&place, name)).await?,
            Draft::View { .. } | Draft::Dropped if old.is_some() => {
                session.run(&doing, &format!("drop table {}", place.table(name))).await?;
            }
            Draft::View { .. } | Draft::Dropped => {}
        }
        let registry = place.table("_wharf_tables");
        let view = match draft {
            Draft::View { sql, .. } => Some(sql.as_str()),
            _ => None,
        };
        match draft.table() {
            // What is known of it stays true.
            Some(table) if view.is_none() && old.is_some_and(|old| old.layer == table.layer) => {}
            Some(table) => {
                let sql = format!(
                    "insert into {registry} values ($1, $2, $3, (select coalesce(max(made), 0) + 1 from {registry})) \
                     on conflict (name) do update set layer = excluded.layer, view = excluded.view, made = excluded.made"
                );
                session.write(&doing, &sql, &[name, &table.layer, &view]).await?;
            }
            None => {
                session.write(&doing, &format!("delete from {registry} where name = $1"), &[name]).await?;
            }
        }
        port::fault::reach("commit");
    }
    if !keeps_views {
        let drafted = |name: &str| drafts.iter().any(|(drafted, _)| drafted == name);
        let kept = views.iter().filter(|(name, ..)| !drafted(name)).map(|(name, sql, _)| (*name, *sql));
        let made = drafts.iter().filter_map(|(name, draft)| match draft {
            Draft::View { sql, .. } => Some((name, sql.as_str())),
            _ => None,
        });
        for (name, sql) in kept.chain(made) {
            session.run(&format!("publish {name}"), &format!("create view {} as {sql}", place.table(name))).await?;
        }
    }
    Ok(())
}

async fn whole(session: &Session, name: &str, table: &Table, old: Option<&Table>) -> Result<()> {
    let place = &session.place;
    let doing = format!("publish {name}");
    let (live, next) = (place.table(name), place.table(&next(name)));
    match old {
        Some(old) if old.columns == table.columns => {
            let columns = names(&table.columns);
            let sql = format!(
                "delete from {live}; insert into {live} ({columns}) select {columns} from {next}; drop table {next}"
            );
            let rows = session.writes(&doing, &sql).await?;
            look_again(session, &live, rows, &doing).await
        }
        old => {
            let drop = old.map(|_| format!("drop table {live}; ")).unwrap_or_default();
            session.run(&doing, &format!("{drop}alter table {next} rename to {}", quoted(name))).await?;
            for column in indexed(table) {
                session.run(&doing, &format!("create index on {live} ({})", quoted(column))).await?;
            }
            session.run(&doing, &format!("analyze {live}")).await
        }
    }
}

/// Statistics of a table of which a tenth or more is new: the server itself looks a minute later or never, and until then it
/// would plan questions for a table that is no more.
async fn look_again(session: &Session, live: &str, rows: u64, doing: &str) -> Result<()> {
    if rows < FEW_ROWS {
        return Ok(());
    }
    let sql = "select reltuples::float8 from pg_class where oid = $1::text::regclass";
    let known: f64 = session.rows(doing, sql, &[&live]).await?.first().map_or(0.0, |row| row.get(0));
    match rows as f64 * 10.0 > known {
        true => session.run(doing, &format!("analyze {live}")).await,
        false => Ok(()),
    }
}

/// Columns by which rows are looked for and replaced.
fn indexed(table: &Table) -> impl Iterator<Item = &str> {
    let wanted: &[&str] = match table.layer.as_str() {
        "staging" => &["day", "order_id", "customer_id", "ordered_at"],
        "marts" => &["day", "customer_id"],
        _ => &[],
    };
    wanted.iter().copied().filter(|name| table.column(name).is_some())
}

/// `column` lies on one of `days`, in as few ranges as there are.
pub fn on_days(column: &str, days: &[Day]) -> String {
    let column = quoted(column);
    let between =
        |(low, high): (Day, Day)| format!("{column} between date '{}' and date '{}'", date_of(low), date_of(high));
    let ranges: Vec<String> = ranges(days).into_iter().map(between).collect();
    if ranges.is_empty() { "false".to_owned() } else { format!("({})", ranges.join(" or ")) }
}

/// Days as rows of a query.
pub fn day_rows(days: &[Day], name: &str) -> Result<String> {
    let days: Vec<String> = days.iter().map(|day| format!("(date '{}')", date_of(*day))).collect();
    if days.is_empty() {
        return Err(Error::internal("no days to replace"));
    }
    Ok(format!("select v.d as {} from (values {}) as v(d)", quoted(name), days.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_few_ranges() {
        assert_eq!(
            on_days("day", &[3, 1, 2, 9]),
            "(\"day\" between date '1970-01-02' and date '1970-01-04' or \"day\" between date '1970-01-10' and date '1970-01-10')"
        );
        assert_eq!(on_days("day", &[]), "false");
    }
}
