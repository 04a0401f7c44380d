//! What the server says of a relation before a row is read: its columns, its key, how large it is.

use port::{Error, Result};
use retail::mistake::nearest;
use retail::source::LandedTable;
use tokio_postgres::Client;

use super::address::Address;
use super::column::{Column, quoted};
use super::session::told;
use super::{Relation, What};
use crate::files::header::match_columns;

/// A relation, or a query that stands for one.
#[derive(Debug, Clone)]
pub struct Described {
    /// As it stands after FROM; it is called `t` there.
    pub from: String,
    pub columns: Vec<Column>,
    /// Names of the columns that are the landed table's key, in its order.
    pub key: Vec<String>,
    /// The relation's own primary key.
    pub primary: Vec<String>,
    /// Each row's version is known by the transaction that wrote it (`xmin`).
    pub versioned: bool,
    /// As the server estimates them; 0 where it does not.
    pub rows: f64,
}

impl Described {
    /// What to select, in the columns' order.
    pub fn selection(&self) -> String {
        self.columns.iter().map(Column::expression).collect::<Vec<_>>().join(", ")
    }

    pub fn key_columns(&self) -> Vec<Column> {
        self.key.iter().filter_map(|name| self.columns.iter().find(|column| column.name == *name)).cloned().collect()
    }

    /// Rows in an order that is always the same, where the relation has a key.
    pub fn order(&self) -> String {
        if self.primary.is_empty() {
            return String::new();
        }
        format!(" order by {}", self.primary.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", "))
    }
}

const FIND: &str = "
    select c.relkind::text, quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.reltuples::float8,
        coalesce((
            select array_agg(a.attname::text order by k.place)
            from pg_index i
            cross join unnest(i.indkey::int2[]) with ordinality as k(number, place)
            join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
            where i.indrelid = c.oid and i.indisprimary and k.place <= i.indnkeyatts
        ), '{}')
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.oid = to_regclass($1)";

const READABLE: &str = "
    select n.nspname || '.' || c.relname
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema')
        and has_table_privilege(c.oid, 'select')
    order by 1
    limit 1000";

pub async fn describe(
    client: &Client,
    address: &Address,
    relation: &Relation,
    table: &LandedTable,
) -> Result<Described> {
    let failed = |error| told(address, error);
    let (from, primary, versioned, rows) = match &relation.what {
        What::Query(query) => (format!("({query})"), Vec::new(), false, 0.0),
        What::Table(name) => {
            let found = client.query_opt(FIND, &[name]).await.map_err(failed)?;
            let Some(found) = found else { return Err(no_relation(client, address, name).await) };
            let kind: String = found.get(0);
            let versioned = matches!(kind.as_str(), "r" | "p" | "m");
            (found.get(1), found.get(3), versioned, found.get::<_, f64>(2).max(0.0))
        }
    };
    let wanted = match &relation.columns {
        None => "*".to_owned(),
        Some(names) => names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", "),
    };
    let statement = client.prepare(&format!("select {wanted} from {from} t limit 0")).await.map_err(failed)?;
    let columns: Vec<Column> =
        statement.columns().iter().map(|column| Column::new(column.name(), column.type_())).collect();
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let matched = match_columns(table, &names, &relation.arrival, 0)?;
    let place = |name: &String| table.columns.iter().position(|column| column.name == *name);
    let key = table.key.iter().filter_map(|name| Some(names[matched.sources[place(name)?]?].clone())).collect();
    Ok(Described { from, columns, key, primary, versioned, rows })
}

async fn no_relation(client: &Client, address: &Address, name: &str) -> Error {
    let error = Error::config(format!("{} has no table {name} that this user may see", address.shown()));
    let Ok(rows) = client.query(READABLE, &[]).await else { return error };
    let known: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => error.advise(format!("did you mean `{near}`?")),
        None if known.is_empty() => error.advise("it may read none: grant usage on schema …, grant select on … to it"),
        None => error.advise(format!("there are: {}", known[..known.len().min(20)].join(", "))),
    }
}
