//! wharf's own tables in the schema: what is published, which tables there are, and what landing remembers. Their layout has a
//! version; a newer wharf brings an older one up to date.

use std::time::{Duration, Instant};

use connect::postgres::column::quoted;
use port::{Error, Kind, Result, Saved};
use twox_hash::XxHash3_128;

use super::session::{Place, Session};

/// Raised when the layout changes: the number of [`MIGRATIONS`].
pub const FORMAT: i32 = MIGRATIONS.len() as i32;

/// What brings a schema of version `n` to `n + 1`; `{schema}` is its name.
const MIGRATIONS: &[&str] = &[
    "
    create table {schema}._wharf (format int not null, generation bigint not null, state text);
    insert into {schema}._wharf values (0, 0, null);
    create table {schema}._wharf_tables (
        name text collate \"C\" primary key, layer text not null, view text, made bigint not null default 0
    );
    create table {schema}._wharf_keys (load bigint primary key, keys bytea not null);
    create table {schema}.fates (
        load bigint, \"row\" bigint, fate text collate \"C\", by_load bigint, by_row bigint, unit bigint
    );
    create index on {schema}.fates (load);
    comment on table {schema}._wharf is 'What wharf published last, and what it remembers of it.';
    comment on table {schema}._wharf_tables is 'The tables that wharf keeps here.';
    comment on column {schema}._wharf_tables.view is 'The query of a model that is a view.';
    comment on column {schema}._wharf_tables.made is 'Orders views: each after those it reads.';
    comment on table {schema}._wharf_keys is 'The units of replacement that each load holds.';
    comment on column {schema}.fates.unit is 'The unit of replacement, by its place in _wharf_keys.';
",
    "
    create table {schema}._wharf_chapters (place int primary key, digest text not null, chapter text not null);
    comment on table {schema}._wharf_chapters is 'What wharf remembers of loads, dozens in a row.';
",
];

const CHAPTERS: &str = "_wharf_chapters";

/// What is published.
#[derive(Default)]
pub struct Published {
    pub generation: i64,
    pub state: Option<String>,
    /// One of before there were chapters has everything in its state.
    format: i32,
}

/// `None`: nothing was ever.
pub async fn published(session: &Session) -> Result<Option<Published>> {
    let doing = "read what is published";
    let place = &session.place;
    if !session.has(doing, "_wharf").await? {
        return Ok(None);
    }
    let sql = format!("select format, generation, state from {}", place.table("_wharf"));
    let rows = session.rows(doing, &sql, &[]).await?;
    let row = rows.first().ok_or_else(|| Error::internal(format!("{} is empty", place.table("_wharf"))))?;
    known(row.get(0), &place.schema)?;
    Ok(Some(Published { format: row.get(0), generation: row.get(1), state: row.get(2) }))
}

/// What was remembered with it.
pub async fn saved(session: &Session) -> Result<Option<Saved>> {
    let Some(Published { format, state: Some(head), .. }) = published(session).await? else { return Ok(None) };
    let sql = format!("select chapter from {} order by place", session.place.table(CHAPTERS));
    let chapters = match format {
        ..2 => Vec::new(),
        _ => session.rows("read what is published", &sql, &[]).await?.iter().map(|row| row.get(0)).collect(),
    };
    Ok(Some(Saved { head, chapters }))
}

/// Remembers this from now on; chapters that are there already are not sent again.
pub async fn save(session: &Session, saved: &Saved) -> Result<()> {
    let doing = "publish";
    let place = &session.place;
    let rows =
        session.rows(doing, &format!("select digest from {} order by place", place.table(CHAPTERS)), &[]).await?;
    let known: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let put = format!(
        "insert into {} values ($1, $2, $3) \
         on conflict (place) do update set digest = excluded.digest, chapter = excluded.chapter",
        place.table(CHAPTERS)
    );
    for (at, chapter) in saved.chapters.iter().enumerate() {
        let digest = format!("{:032x}", XxHash3_128::oneshot(chapter.as_bytes()));
        if known.get(at) != Some(&digest) {
            session.write(doing, &put, &[&(at as i32), &digest, chapter]).await?;
        }
    }
    let rest = format!("delete from {} where place >= $1", place.table(CHAPTERS));
    session.write(doing, &rest, &[&(saved.chapters.len() as i32)]).await?;
    let sql = format!("update {} set generation = generation + 1, state = $1", place.table("_wharf"));
    session.write(doing, &sql, &[&saved.head]).await?;
    Ok(())
}

/// Fails where nothing was ever published.
pub async fn something(session: &Session) -> Result<()> {
    match published(session).await? {
        Some(published) if published.generation > 0 => Ok(()),
        _ => Err(Error::new(Kind::NotFound, format!("there are no tables in {} yet", shown(&session.place)))
            .advise("put files into inbox/ and run `wharf run`")),
    }
}

fn known(format: i32, schema: &str) -> Result<()> {
    if format <= FORMAT {
        return Ok(());
    }
    Err(Error::config(format!("schema {schema} is of format {format}, and this wharf knows {FORMAT} at most"))
        .advise("use the wharf that wrote it, or a newer one (docs/operations.md)"))
}

/// Within a transaction: an older layout becomes this one's, and `shop_day` the zone's.
pub async fn migrate(session: &Session, zone: &str) -> Result<()> {
    let doing = "prepare the warehouse's schema";
    let place = &session.place;
    let schema = quoted(&place.schema);
    let exists = session.rows(doing, "select 1 from pg_namespace where nspname = $1", &[&place.schema]).await?;
    if exists.is_empty() {
        session.run(doing, &format!("create schema {schema}")).await?;
    }
    let format = match session.has(doing, "_wharf").await? {
        true => session.number(doing, &format!("select format::bigint from {}", place.table("_wharf"))).await? as i32,
        false => 0,
    };
    known(format, &place.schema)?;
    for migration in MIGRATIONS.iter().skip(format as usize) {
        session.run(doing, &migration.replace("{schema}", &schema)).await?;
    }
    if format < FORMAT {
        session.run(doing, &format!("update {} set format = {FORMAT}", place.table("_wharf"))).await?;
    }
    // Models call it; the zone is the shop's of now.
    let zone = zone.replace('\'', "''");
    let body = format!("select (instant at time zone '{zone}')::date");
    let known = session
        .rows(
            doing,
            "select prosrc from pg_proc p join pg_namespace n on n.oid = pronamespace where nspname = $1 and proname = 'shop_day'",
            &[&place.schema],
        )
        .await?;
    if known.first().is_none_or(|row| row.get::<_, String>(0) != body) {
        let function = format!(
            "create or replace function {schema}.shop_day(instant timestamptz) returns date language sql \
             immutable strict parallel safe as $wharf${body}$wharf$"
        );
        session.run(doing, &function).await?;
    }
    Ok(())
}

/// The writer's place among all processes, until the connection ends.
pub async fn lock(session: &Session, patience: Duration) -> Result<()> {
    let doing = "begin a run";
    let begun = Instant::now();
    let name = format!("wharf:{}", session.place.schema);
    loop {
        let taken = session.rows(doing, "select pg_try_advisory_lock(hashtextextended($1, 0))", &[&name]).await?;
        if taken.first().is_some_and(|row| row.get(0)) {
            return Ok(());
        }
        if begun.elapsed() >= patience {
            return Err(Error::new(Kind::Locked, format!("another run writes to {}", shown(&session.place)))
                .advise("wait for it, or look for it in pg_stat_activity: its application_name is wharf"));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn shown(place: &Place) -> String {
    format!("schema {} of {}", place.schema, place.address.shown())
}
