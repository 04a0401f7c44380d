//! What stands of each unit of replacement, found by its key: what a new load replaces costs what it brings, however many
//! loads there were before.

use lake::landing::{Keys, Unit, Units, loads_of, of_table, resolve};
use port::{Error, Land, Result};

use super::DOING;
use crate::postgres::work::Work;

const UNITS: &str = "_wharf_units";
/// Up to format 2 each load's units were kept apart, whatever stood of them.
const OF_LOADS: &str = "_wharf_keys";

/// Units written by one statement.
const A_STATEMENT: usize = 100_000;

/// What stands of those units of a table that are known.
pub async fn standing(work: &Work, table: &str, keys: impl Iterator<Item = u128>) -> Result<Units> {
    let keys: Vec<[u8; 16]> = keys.map(|key| of_table(table, key).to_be_bytes()).collect();
    let keys: Vec<&[u8]> = keys.iter().map(<[u8; 16]>::as_slice).collect();
    let sql = format!(
        "select key, load, unit, digest, rows, first_row from unnest($1::bytea[]) as wanted(key) join {} using (key)",
        work.session.place.table(UNITS)
    );
    let rows = work.session.rows("find the units of earlier loads", &sql, &[&keys]).await?;
    let unit = |row: &tokio_postgres::Row| {
        let key = row.get::<_, &[u8]>(0).try_into().map_err(|_| Error::internal("a unit's key is not of 16 bytes"))?;
        let key = of_table(table, u128::from_be_bytes(key));
        let unit = Unit {
            key,
            load: row.get(1),
            group: row.get::<_, i32>(2).cast_unsigned(),
            digest: row.get::<_, i64>(3).cast_unsigned(),
            rows: row.get::<_, i32>(4).cast_unsigned(),
            first_row: row.get(5),
        };
        Ok((key, unit))
    };
    rows.iter().map(unit).collect()
}

/// `anew`: every load in force was placed, so nothing else stands.
pub async fn store(work: &Work, units: &[Unit], anew: bool) -> Result<()> {
    let table = work.session.place.table(UNITS);
    if anew {
        // Nobody reads it but a run, and there is one at a time.
        work.session.run(DOING, &format!("truncate {table}")).await?;
    }
    let put = format!(
        "insert into {table} (key, load, unit, digest, rows, first_row) \
         select * from unnest($1::bytea[], $2::bigint[], $3::int[], $4::bigint[], $5::int[], $6::bigint[]) \
         on conflict (key) do update set load = excluded.load, unit = excluded.unit, digest = excluded.digest, \
         rows = excluded.rows, first_row = excluded.first_row"
    );
    for units in units.chunks(A_STATEMENT) {
        let keys: Vec<[u8; 16]> = units.iter().map(|unit| unit.key.to_be_bytes()).collect();
        let keys: Vec<&[u8]> = keys.iter().map(<[u8; 16]>::as_slice).collect();
        let loads: Vec<i64> = units.iter().map(|unit| unit.load).collect();
        let groups: Vec<i32> = units.iter().map(|unit| unit.group.cast_signed()).collect();
        let digests: Vec<i64> = units.iter().map(|unit| unit.digest.cast_signed()).collect();
        let rows: Vec<i32> = units.iter().map(|unit| unit.rows.cast_signed()).collect();
        let first: Vec<i64> = units.iter().map(|unit| unit.first_row).collect();
        work.session.write(DOING, &put, &[&keys, &loads, &groups, &digests, &rows, &first]).await?;
    }
    Ok(())
}

/// Units under the keys that they are stored by: the same key means another unit in another table.
pub fn of_all_tables(table: &str, units: impl Iterator<Item = Unit>) -> impl Iterator<Item = Unit> {
    units.map(move |unit| Unit { key: of_table(table, unit.key), ..unit })
}

/// What stands of the units of each load, where a layout of before kept them so; a rebuild knows better.
pub async fn take_over(work: &Work, request: &Land, rebuild: bool) -> Result<()> {
    let of_loads = work.session.place.table(OF_LOADS);
    if !work.session.has(DOING, OF_LOADS).await? {
        return Ok(());
    }
    for table in request.source.tables.iter().filter(|_| !rebuild) {
        let loads: Vec<i64> =
            loads_of(request, &table.name).iter().filter(|load| !load.is_new).map(|load| load.id).collect();
        let sql = format!("select load, keys from {of_loads} where load = any($1) order by load");
        let mut found = Vec::new();
        for row in work.session.rows(DOING, &sql, &[&loads]).await? {
            let load: i64 = row.get(0);
            found.push((load, Keys::from_bytes(row.get(1)).ok_or_else(|| unknown(load))?));
        }
        if let Some(lost) = loads.iter().find(|load| found.iter().all(|(found, _)| found != *load)) {
            return Err(unknown(*lost));
        }
        let found: Vec<(i64, &Keys)> = found.iter().map(|(load, keys)| (*load, keys)).collect();
        let mut units = Units::new();
        resolve(&mut units, &found);
        store(work, &of_all_tables(&table.name, units.into_values()).collect::<Vec<_>>(), false).await?;
    }
    work.session.run(DOING, &format!("drop table {of_loads}")).await
}

fn unknown(load: i64) -> Error {
    Error::input(format!("the units of load {load} are lost or damaged")).advise("run with --full-refresh")
}
