//! Rows that were deleted: units that landed copies have and the relation has no longer, or with fewer rows.

use std::collections::HashMap;
use std::path::Path;

use futures::StreamExt;
use port::Result;
use tokio_postgres::Client;

use super::address::Address;
use super::catalog::Described;
use super::column::{Column, Form, literal, quoted};
use super::decode::is_native;
use super::landed::{Copy, Head, Section};
use super::session::told;
use super::tuples::{shown, tuple_end, values};
use super::{Database, Found};
use crate::files::Input;

/// How many rows there are and a sum over their keys: other than before when a key came or went.
pub async fn sum_of_keys(client: &Client, address: &Address, described: &Described) -> Result<String> {
    let sql = format!(
        "select count(*)::text || ':' || coalesce(sum(hashtextextended(row({})::text, 0)::numeric), 0)::text from {} t",
        key_list(described),
        described.from
    );
    Ok(client.query_one(&sql, &[]).await.map_err(|error| told(address, error))?.get(0))
}

fn key_list(described: &Described) -> String {
    described.key.iter().map(|name| format!("t.{}", quoted(name))).collect::<Vec<_>>().join(", ")
}

/// The columns of tuples that name what is gone: the key's, as text.
pub fn columns(described: &Described) -> Vec<Column> {
    let as_text = |column: Column| {
        let form = if !column.array && is_native(column.form) { Form::Plain } else { Form::Text };
        Column { form, array: false, cast: None, ..column }
    };
    described.key_columns().into_iter().map(as_text).collect()
}

/// A key: the text of each of its values.
type Key = Vec<Vec<u8>>;

/// What was deleted since the last load.
#[derive(Debug, Default)]
pub struct Deleted {
    /// Tuples that name each unit of which no row is left.
    pub whole: Vec<Vec<u8>>,
    /// Units that have fewer rows than before: what is left of them must be read again, which no row's version tells.
    partly: Vec<Key>,
}

/// More units than this are read with everything else, rather than named one by one.
const MOST_NAMED: usize = 5_000;

impl Deleted {
    /// Holds for the rows of units that lost some; `None` where none did.
    pub fn condition(&self, described: &Described) -> Option<String> {
        if self.partly.len() > MOST_NAMED {
            return Some("true".to_owned());
        }
        let unit = |key: &Key| {
            let column = |(name, value): (&String, &Vec<u8>)| match value.is_empty() {
                true => format!("coalesce(t.{}::text, '') = ''", quoted(name)),
                // The server reads the text as its column's type.
                false => format!("t.{} = {}", quoted(name), literal(&String::from_utf8_lossy(value))),
            };
            format!("({})", described.key.iter().zip(key).map(column).collect::<Vec<_>>().join(" and "))
        };
        (!self.partly.is_empty()).then(|| self.partly.iter().map(unit).collect::<Vec<_>>().join(" or "))
    }
}

/// Compares how many rows each unit has with how many the landed copies have of it. A copy that has a unit has all of it.
pub async fn find(database: &Database, client: &Client, found: &Found, landing: &Path) -> Result<Deleted> {
    let address = &database.address;
    let mut known = HashMap::new();
    for file in &found.history {
        let copy = database.copies.open(&landing.join(file))?;
        remember(&copy, &found.arrival.name, &found.described.key, &mut known)?;
    }
    if known.is_empty() {
        return Ok(Deleted::default());
    }
    let columns = found.described.key_columns();
    let selection = columns.iter().map(|column| format!("{}, ", column.expression())).collect::<String>();
    let by = (1..=columns.len()).map(|place| place.to_string()).collect::<Vec<_>>().join(", ");
    let from = &found.described.from;
    let sql = format!("copy (select {selection}count(*) from {from} t group by {by}) to stdout (format binary)");
    let failed = |error| told(address, error);
    let rows = client.copy_out(&sql).await.map_err(failed)?;
    let mut rows = std::pin::pin!(rows);
    let mut bytes = Vec::new();
    while let Some(more) = rows.next().await {
        bytes.extend_from_slice(&more.map_err(failed)?);
    }
    let mut deleted = Deleted::default();
    // After COPY's signature, its flags and the length of its extension, which is none.
    let mut at = 19;
    while let Some(end) = tuple_end(&bytes, at).filter(|end| *end > at) {
        let unit = key(&columns, &bytes, at);
        let count = values(&bytes, at).nth(columns.len()).flatten().and_then(|(_, count)| count.first_chunk().copied());
        if known.remove(&unit).is_some_and(|before| count.is_some_and(|count| u64::from_be_bytes(count) < before)) {
            deleted.partly.push(unit);
        }
        at = end;
    }
    let mut gone: Vec<Key> = known.into_keys().collect();
    gone.sort_unstable();
    deleted.whole = gone.iter().map(tuple).collect();
    Ok(deleted)
}

/// Takes in how many rows a copy has of each unit, and takes out those that it says are gone.
fn remember(copy: &Input, name: &str, names: &[String], known: &mut HashMap<Key, u64>) -> Result<()> {
    let copy = Copy::open(copy, name)?;
    let Head { columns, gone, .. } = copy.head.clone();
    let mut section = copy.section(1 << 20);
    each(&mut section, &gone, names, |key| {
        known.remove(&key);
    })?;
    let mut section = section.following();
    let mut here: HashMap<Key, u64> = HashMap::new();
    each(&mut section, &columns, names, |key| *here.entry(key).or_default() += 1)?;
    known.extend(here);
    Ok(())
}

fn each(section: &mut Section, columns: &[Column], names: &[String], mut take: impl FnMut(Key)) -> Result<()> {
    let places: Option<Vec<usize>> =
        names.iter().map(|name| columns.iter().position(|column| column.name == *name)).collect();
    while let Some(block) = section.next()? {
        // A copy from when the key was another says nothing of this one.
        let Some(places) = &places else { continue };
        let mut at = 0;
        while let Some(end) = tuple_end(&block, at).filter(|end| *end > at) {
            let all = key(columns, &block, at);
            take(places.iter().map(|place| all.get(*place).cloned().unwrap_or_default()).collect());
            at = end;
        }
    }
    Ok(())
}

fn key(columns: &[Column], bytes: &[u8], at: usize) -> Key {
    columns.iter().zip(values(bytes, at)).map(shown).collect()
}

fn tuple(key: &Key) -> Vec<u8> {
    let mut bytes = (key.len() as i16).to_be_bytes().to_vec();
    for value in key {
        // An empty text and none are the same to the reader of rows.
        let length = if value.is_empty() { -1 } else { value.len() as i32 };
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(value);
    }
    bytes
}
