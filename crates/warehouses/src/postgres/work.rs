//! The one transaction that a run is: its connection, what was published before, and what it makes of that.

use std::collections::{BTreeMap, BTreeSet};

use connect::postgres::column::quoted;
use port::{Result, Saved};
use retail::day::Day;

use super::columns::{Column, Kind, names};
use super::draft::{self, Draft, Live, Table, next, on_days, set};
use super::ledger;
use super::session::Session;

pub struct Work {
    pub session: Session,
    /// What is published.
    pub live: BTreeMap<String, Live>,
    /// In the order in which they were made.
    pub drafts: Vec<(String, Draft)>,
    /// Landed tables, which staging queries read: temporary ones.
    pub landed: BTreeSet<String>,
}

impl Work {
    pub fn draft(&self, name: &str) -> Option<&Draft> {
        self.drafts.iter().find(|(drafted, _)| drafted == name).map(|(_, draft)| draft)
    }

    /// The table as of now.
    pub fn table(&self, name: &str) -> Option<&Table> {
        match self.draft(name) {
            Some(draft) => draft.table(),
            None => self.live.get(name).map(|live| &live.table),
        }
    }

    /// A query for a table's rows as of now.
    pub fn rows(&self, name: &str) -> Option<String> {
        let place = &self.session.place;
        match self.draft(name) {
            Some(draft) => draft.rows(place, name),
            None => self.live.get(name).map(|live| match &live.view {
                // By bare names, so that it reads the tables as of now too.
                Some((sql, _)) => sql.clone(),
                None => format!("select * from {}", place.table(name)),
            }),
        }
    }

    /// The published table, where rows can be replaced in it.
    pub fn replaceable(&self, table: &Table, name: &str) -> bool {
        self.live.get(name).is_some_and(|old| {
            old.view.is_none() && old.table.columns == table.columns && old.table.layer == table.layer
        })
    }

    /// From now on the table is what the draft says, for every later statement of this run.
    pub async fn set(&mut self, name: &str, draft: Draft) -> Result<()> {
        self.drafts.retain(|(drafted, _)| drafted != name);
        self.drafts.push((name.to_owned(), draft));
        self.show(name).await
    }

    /// Back to what is published.
    pub async fn revert(&mut self, name: &str) -> Result<()> {
        let Some(draft) = self.draft(name) else { return Ok(()) };
        if let Draft::Some { table, by } = draft {
            draft::take_back(&self.session, name, table, by, &format!("put {name} back")).await?;
        }
        self.drafts.retain(|(drafted, _)| drafted != name);
        self.show(name).await?;
        self.forget(name).await
    }

    /// The same for all tables.
    pub async fn revert_all(&mut self) -> Result<()> {
        let drafted: Vec<String> = self.drafts.iter().map(|(name, _)| name.clone()).collect();
        for name in drafted {
            self.revert(&name).await?;
        }
        Ok(())
    }

    /// Drops what a draft keeps aside.
    pub async fn forget(&self, name: &str) -> Result<()> {
        self.session.run(&format!("put {name} back"), &draft::drop_aside(&self.session.place, name)).await
    }

    /// Lets the bare name mean the rows as of now: a temporary view is found before the live table. Views that read it are
    /// shown anew, since they would go on reading what is published.
    pub async fn show(&mut self, name: &str) -> Result<()> {
        let doing = format!("show {name}");
        self.hide(name, &doing).await?;
        let draft = self.draft(name).filter(|draft| !matches!(draft, Draft::Some { .. }));
        if let Some(rows) = draft.and_then(|draft| draft.rows(&self.session.place, name)) {
            self.view(name, &rows, &doing).await?;
        }
        let mut views: Vec<(i64, String, String)> = self
            .live
            .iter()
            .filter(|(view, _)| *view != name && self.draft(view).is_none())
            .filter_map(|(view, live)| live.view.as_ref().map(|(sql, made)| (*made, view.clone(), sql.clone())))
            .collect();
        views.sort();
        let drafted = self.drafts.iter().filter(|(view, _)| view != name).filter_map(|(view, draft)| match draft {
            Draft::View { sql, .. } => Some((i64::MAX, view.clone(), sql.clone())),
            _ => None,
        });
        views.extend(drafted);
        for (_, view, sql) in views {
            self.hide(&view, &doing).await?;
            self.view(&view, &sql, &doing).await?;
        }
        Ok(())
    }

    /// Lets the bare name mean its rows of some days, until [`Work::unlimit`]. Views that read the table still read all of
    /// it. Tables without the column stay whole.
    pub async fn limit(&mut self, name: &str, column: &str, days: &[Day]) -> Result<bool> {
        let has = self.table(name).is_some_and(|table| table.column(column).is_some());
        let Some(rows) = self.rows(name).filter(|_| has) else { return Ok(false) };
        let doing = format!("limit {name} to some days");
        let aside = quoted(&format!("_whole_{name}"));
        self.session.run(&doing, &format!("alter view if exists pg_temp.{} rename to {aside}", quoted(name))).await?;
        self.view(name, &format!("select * from ({rows}\n) as l where {}", on_days(column, days)), &doing).await?;
        Ok(true)
    }

    pub async fn unlimit(&mut self, name: &str) -> Result<()> {
        let aside = quoted(&format!("_whole_{name}"));
        let name = quoted(name);
        let sql = format!("drop view pg_temp.{name}; alter view if exists pg_temp.{aside} rename to {name}");
        self.session.run("see all days again", &sql).await
    }

    pub async fn view(&self, name: &str, rows: &str, doing: &str) -> Result<()> {
        self.session.run(doing, &format!("create temp view {} as {rows}", quoted(name))).await
    }

    async fn hide(&mut self, name: &str, doing: &str) -> Result<()> {
        let kind = if self.landed.remove(name) { "table" } else { "view" };
        self.session.run(doing, &format!("drop {kind} if exists pg_temp.{} cascade", quoted(name))).await
    }

    /// Makes `_next_NAME` of a query, each column in the type it is kept in; the table and its rows.
    pub async fn make(
        &self,
        name: &str,
        layer: &str,
        sql: &str,
        only: Option<&str>,
        doing: &str,
    ) -> Result<(Table, u64)> {
        let columns = Column::kept_of(&self.session.prepare(doing, sql).await?, name)?;
        let casts: Vec<String> = columns.iter().map(|column| column.cast(&format!("q.{}", column.quoted()))).collect();
        let only = only.map(|only| format!(" where {only}")).unwrap_or_default();
        let query = format!("select {} from ({sql}\n) as q{only}", casts.join(", "));
        let rows = self.keep(name, &query, doing).await?;
        Ok((Table { layer: layer.to_owned(), columns }, rows))
    }

    /// Makes `_next_NAME` of a query as it is.
    pub async fn keep(&self, name: &str, query: &str, doing: &str) -> Result<u64> {
        let next = self.session.place.table(&next(name));
        self.make_table(&next, query, doing).await
    }

    /// From now on rows of `_next_NAME` stand in the place of the live ones whose `by` a query gives.
    pub async fn set_some(&mut self, name: &str, table: Table, by: &str, query: &str, doing: &str) -> Result<()> {
        self.make_table(&self.session.place.table(&set(name)), query, doing).await?;
        draft::exchange(&self.session, name, &table, by, doing).await?;
        self.set(name, Draft::Some { table, by: by.to_owned() }).await
    }

    async fn make_table(&self, table: &str, query: &str, doing: &str) -> Result<u64> {
        // A close look at all that a run makes would take a tenth of it.
        let sql = format!(
            "drop table if exists {table} cascade; create table {table} as {query}\n; \
             set local default_statistics_target = 10; analyze {table}; set local default_statistics_target = default"
        );
        self.session.writes(doing, &sql).await
    }

    /// Puts `_next_NAME`, which has all rows, in place of the table's, where it says anything else; `None`: it does not.
    pub async fn replace(&mut self, name: &str, table: Table, key: Option<&str>) -> Result<Option<Changed>> {
        let doing = format!("compare {name} with what is there");
        if !self.replaceable(&table, name) {
            self.set(name, Draft::Whole(table)).await?;
            return Ok(Some(Changed { all: true }));
        }
        let place = self.session.place.clone();
        let (all, live, next) = (names(&table.columns), place.table(name), place.table(&next(name)));
        let differ = |from: &str, other: &str| format!("select {all} from {from} except all select {all} from {other}");
        let sql = format!(
            "drop table if exists pg_temp._gone, pg_temp._came, pg_temp._seen; \
             create temp table _gone as {}; create temp table _came as {}",
            differ(&live, &next),
            differ(&next, &live)
        );
        self.session.run(&doing, &sql).await?;
        let differing = "select (select count(*) from _gone) + (select count(*) from _came)";
        if self.session.number(&doing, differing).await? == 0 {
            self.forget(name).await?;
            // A landed table of the same name would stand before the one that stays.
            self.show(name).await?;
            return Ok(None);
        }
        // What readers see: where a row came from is not part of it.
        let seen: Vec<Column> = table.columns.iter().filter(|column| !column.name.starts_with('_')).cloned().collect();
        let seen = names(&seen);
        let sql = format!(
            "create temp table _seen as \
             (select {seen} from _gone except all select {seen} from _came) \
             union all (select {seen} from _came except all select {seen} from _gone)"
        );
        self.session.run(&doing, &sql).await?;
        let mut by = None;
        for column in [table.day(), key].into_iter().flatten() {
            let sql = format!(
                "select (select count(*) from _gone where {0} is null) + (select count(*) from _came where {0} is null)",
                quoted(column)
            );
            if self.session.number(&doing, &sql).await? == 0 {
                by = Some(column);
                break;
            }
        }
        match by {
            Some(column) => {
                let (by, column) = (column.to_owned(), quoted(column));
                let sql = format!("select {column} from _gone union select {column} from _came");
                self.set_some(name, table, &by, &sql, &doing).await?;
            }
            None => self.set(name, Draft::Whole(table)).await?,
        }
        Ok(Some(Changed { all: false }))
    }

    /// Days of a query's first column.
    pub async fn days(&self, sql: &str, doing: &str) -> Result<Vec<Day>> {
        let rows = self
            .session
            .rows(
                doing,
                &format!("select distinct d - date '1970-01-01' from ({sql}) as q(d) where d is not null order by 1"),
                &[],
            )
            .await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Keeps what follows apart, so that a failure takes back no more than that; for [`Work::end_step`], what was before.
    pub async fn begin_step(&self) -> Result<Vec<(String, Draft)>> {
        self.session.run("begin a step", "savepoint step").await?;
        Ok(self.drafts.clone())
    }

    pub async fn end_step<T>(&mut self, result: Result<T>, before: Vec<(String, Draft)>) -> Result<T> {
        match result {
            Ok(done) => {
                self.session.run("end a step", "release savepoint step").await?;
                Ok(done)
            }
            Err(error) => {
                // Where the connection is lost the cause tells more than that nothing can be taken back.
                let back = "rollback to savepoint step; release savepoint step";
                let _ = self.session.run("take a step back", back).await;
                self.drafts = before;
                Err(error)
            }
        }
    }

    pub async fn publish(&mut self, state: &Saved) -> Result<()> {
        let drafts = std::mem::take(&mut self.drafts);
        for (name, _) in &drafts {
            self.hide(name, "publish").await?;
        }
        draft::apply(&self.session, &self.live, &drafts).await?;
        ledger::save(&self.session, state).await?;
        port::fault::reach("manifest");
        self.session.run("publish", "commit").await?;
        port::fault::reach("published");
        Ok(())
    }
}

/// How a replaced table differs from the published one.
pub struct Changed {
    /// There was none to compare with. Else the rows that differ for readers are in `_seen`.
    pub all: bool,
}

impl Table {
    pub fn day(&self) -> Option<&str> {
        self.columns.iter().find(|column| column.name == "day" && column.kind == Kind::Date).map(|_| "day")
    }

    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}
