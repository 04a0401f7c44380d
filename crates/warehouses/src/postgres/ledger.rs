//! wharf's own tables in the schema: what is published, which tables there are, and what landing remembers. Their layout has a
//! version; a newer wharf brings an older one up to date.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use connect::postgres::column::quoted;
use port::{Chapter, Error, Kind, Result, Saved};
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
    // What _wharf_keys has goes into _wharf_units when something is landed, and it goes with that.
    "
    create table {schema}._wharf_units (
        key bytea primary key, load bigint not null, unit int not null, digest bigint not null, rows int not null,
        first_row bigint not null
    );
    create index on {schema}.fates (load, unit);
    drop index if exists {schema}.fates_load_idx;
    comment on table {schema}._wharf_units is 'What stands of each unit of replacement: the load that has it, and what its rows say.';
    comment on column {schema}.fates.unit is 'The unit of replacement, by its place in the load.';
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

/// What was remembered with it, its chapters by name.
pub async fn saved(session: &Session) -> Result<Option<Saved>> {
    let Some(Published { format, state: Some(head), .. }) = published(session).await? else { return Ok(None) };
    let chapters = match format {
        ..2 => Vec::new(),
        _ => digests(session, "read what is published").await?,
    };
    Ok(Some(Saved { head, chapters: chapters.into_iter().map(|name| Chapter::Stored(name.into())).collect() }))
}

/// Chapters' texts by their digests.
pub async fn chapters(session: &Session, names: &[Arc<str>]) -> Result<Vec<String>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<&str> = names.iter().map(|name| &**name).collect();
    let sql = format!("select digest, chapter from {} where digest = any($1)", session.place.table(CHAPTERS));
    let rows = session.rows("read what is published", &sql, &[&wanted]).await?;
    let mut texts: HashMap<String, String> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let text = |name: &Arc<str>| {
        texts.remove(&**name).ok_or_else(|| {
            Error::new(Kind::NotFound, format!("a chapter of what is remembered is not in {}", shown(&session.place)))
                .advise("restore the schema from a backup (docs/operations.md)")
        })
    };
    names.iter().map(text).collect()
}

async fn digests(session: &Session, doing: &str) -> Result<Vec<String>> {
    let sql = format!("select digest from {} order by place", session.place.table(CHAPTERS));
    Ok(session.rows(doing, &sql, &[]).await?.iter().map(|row| row.get(0)).collect())
}

/// Remembers this from now on; chapters that are there already are not sent again.
pub async fn save(session: &Session, saved: &Saved) -> Result<()> {
    let doing = "publish";
    let place = &session.place;
    let known = digests(session, doing).await?;
    // One that moved to another place leaves a copy of itself behind until what stands there now is written.
    let mut moved: Vec<(usize, Arc<str>)> = Vec::new();
    let mut new: Vec<(usize, String, Cow<'_, str>)> = Vec::new();
    for (at, chapter) in saved.chapters.iter().enumerate() {
        match chapter {
            Chapter::Stored(name) if known.get(at).is_some_and(|known| **known == **name) => {}
            Chapter::Stored(name) => moved.push((at, name.clone())),
            Chapter::New(text) => {
                let digest = format!("{:032x}", XxHash3_128::oneshot(text.as_bytes()));
                new.push((at, digest, Cow::Borrowed(text)));
            }
        }
    }
    let names: Vec<Arc<str>> = moved.iter().map(|(_, name)| name.clone()).collect();
    let texts = chapters(session, &names).await?;
    new.extend(moved.into_iter().zip(texts).map(|((at, name), text)| (at, name.to_string(), Cow::Owned(text))));
    let put = format!(
        "insert into {} values ($1, $2, $3) \
         on conflict (place) do update set digest = excluded.digest, chapter = excluded.chapter",
        place.table(CHAPTERS)
    );
    for (at, digest, text) in new {
        session.write(doing, &put, &[&(at as i32), &digest, &&*text]).await?;
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

/// Who holds an advisory lock; a number of 64 bits is shown as two halves.
const HOLDER: &str = "select 'connection ' || a.pid || coalesce(' from ' || host(a.client_addr), '') || ' since ' \
   || to_char(a.backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC' \
 from pg_locks l join pg_stat_activity a on a.pid = l.pid \
 where l.locktype = 'advisory' and l.granted and l.objsubid = 1 \
   and l.database = (select oid from pg_database where datname = current_database()) \
   and ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended($1, 0)";

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
            let holder = session.rows(doing, HOLDER, &[&name]).await.unwrap_or_default();
            let holder = holder.first().map(|row| format!(": {}", row.get::<_, String>(0))).unwrap_or_default();
            return Err(Error::new(Kind::Locked, format!("another run writes to {}{holder}", shown(&session.place)))
                .advise("wait for it, or look for it in pg_stat_activity: its application_name is wharf"));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn shown(place: &Place) -> String {
    format!("schema {} of {}", place.schema, place.address.shown())
}
