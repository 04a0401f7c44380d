//! Which rows stand, and how they get to the server: read on a thread, copied as they come.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use connect::postgres::column::quoted;
use lake::Judge;
use lake::landing::{
    self, Keys, Outcome, PlacedLoad, Reading, RejectLog, Unit, Units, direct, loads_of, outcomes, placed, stopped,
    units_of,
};
use port::{Error, Land, Load, Result, Staging};
use retail::source::LandedTable;
use tokio::sync::mpsc;

use super::{Placement, stage, units};
use crate::postgres::columns::{Column, names};
use crate::postgres::work::Work;

/// Chunks of rows on their way to the server.
const WAITING: usize = 4;

/// Adds new loads to what stands; `None`: all must be placed anew.
pub async fn add(work: &mut Work, judge: &Arc<Judge>, request: &Land) -> Result<Option<Placement>> {
    let mut placement = Placement::default();
    for table in &request.source.tables {
        let loads = loads_of(request, &table.name);
        let unmade = direct(request, table).any(|staging| !work.live.contains_key(&staging.name));
        if !loads.iter().any(|load| load.is_new) && !unmade {
            continue;
        }
        let fed = feed(work, judge, request, table, &loads, false).await?;
        let replaces = !fed.outcomes.is_empty();
        for staging in direct(request, table) {
            let staged = stage::make(work, staging, request).await?;
            if replaces && stage::keys_of(work, staging).await? < fed.standing.len() as i64 {
                return Ok(None);
            }
            let others = request.source.tables.len() > 1;
            let touched = stage::upsert(work, staging, staged, replaces, others).await?;
            placement.landed.touched.extend(touched.map(|touched| (staging.name.clone(), touched)));
        }
        fed.into(&table.name, &mut placement)?;
    }
    derive(work, request, &mut placement, false).await?;
    Ok(Some(placement))
}

/// Places all loads anew.
pub async fn rebuild(work: &mut Work, judge: &Arc<Judge>, request: &Land) -> Result<Placement> {
    let mut placement = Placement::default();
    for load in &request.loads {
        landing::landed_table(request, &load.table)?;
    }
    if landing::can_stream(request) {
        for table in &request.source.tables {
            let fed = feed(work, judge, request, table, &loads_of(request, &table.name), true).await?;
            for staging in direct(request, table) {
                replace(work, request, staging, &mut placement).await?;
            }
            fed.into(&table.name, &mut placement)?;
        }
        derive(work, request, &mut placement, true).await?;
        return Ok(placement);
    }
    let (asked, judge) = (request.clone(), judge.clone());
    let placing = tokio::task::spawn_blocking(move || {
        let mut rejects = RejectLog::new();
        let placed = landing::place(&asked, &|table| judge.rules(&asked, table), &mut rejects)?;
        Ok::<_, Error>((placed, rejects))
    });
    let (placed, rejects) = placing.await.map_err(stopped)??;
    placement.rejects = rejects;
    for standing in placed {
        let columns = landed_table(work, &standing.table).await?;
        let doing = format!("copy {} to the server", standing.table.name);
        work.session.copy(&doing, &temporary(&standing.table), &names(&columns), &standing.rows).await?;
        work.session.run(&doing, &format!("analyze {}", temporary(&standing.table))).await?;
        placement.loads.extend(standing.loads);
    }
    for staging in &request.staging {
        replace(work, request, staging, &mut placement).await?;
    }
    Ok(placement)
}

async fn replace(work: &mut Work, request: &Land, staging: &Staging, placement: &mut Placement) -> Result<()> {
    let staged = stage::make(work, staging, request).await?;
    let touched = stage::replace(work, staging, staged).await?;
    placement.landed.touched.extend(touched.map(|touched| (staging.name.clone(), touched)));
    Ok(())
}

/// Makes staging tables that no landed one feeds anew from those they read, where these changed.
async fn derive(work: &mut Work, request: &Land, placement: &mut Placement, all: bool) -> Result<()> {
    for staging in landing::derived(request) {
        let is_new = !work.live.contains_key(&staging.name);
        let changed = staging.inputs.iter().any(|input| placement.landed.touched.contains_key(input));
        if all || is_new || changed {
            replace(work, request, staging, placement).await?;
        }
    }
    Ok(())
}

/// What feeding one table gave.
struct Fed {
    loads: Vec<PlacedLoad>,
    /// Units of loads that were not read.
    outcomes: Vec<(i64, Outcome)>,
    rejects: RejectLog,
    /// Units of the loads that were read, as far as they stand.
    standing: Vec<Unit>,
}

impl Fed {
    fn into(mut self, table: &str, placement: &mut Placement) -> Result<()> {
        placement.units.extend(units::of_all_tables(table, self.standing.into_iter()));
        placement.loads.append(&mut self.loads);
        placement.outcomes.append(&mut self.outcomes);
        placement.rejects.append(&mut self.rejects)
    }
}

async fn feed(
    work: &mut Work,
    judge: &Arc<Judge>,
    request: &Land,
    table: &LandedTable,
    loads: &[&Load],
    all: bool,
) -> Result<Fed> {
    let fresh: Vec<Load> = loads.iter().filter(|load| all || load.is_new).map(|load| (*load).clone()).collect();
    let reading = Arc::new(Reading::new(request, table, judge.rules(request, table)?, fresh));
    landed_table(work, table).await?;
    if loads.len() <= 1 {
        let producer = reading.clone();
        let found = pump(work, table, move |sink| producer.read_once(sink)).await?;
        let standing = found.iter().flat_map(|(id, found)| units_of(*id, &found.keys)).collect();
        let loads = placed(found, &HashMap::new());
        return Ok(Fed { loads, outcomes: Vec::new(), rejects: reading.take_rejects(), standing });
    }
    let first = reading.clone();
    let (found, kept) = tokio::task::spawn_blocking(move || first.read_first()).await.map_err(stopped)??;
    let fresh: HashMap<i64, Keys> = found.iter().map(|(id, found)| (*id, found.keys.clone())).collect();
    let mut known = match all {
        true => Units::new(),
        false => units::standing(work, &table.name, fresh.values().flat_map(|keys| keys.key.iter().copied())).await?,
    };
    let ways = Arc::new(outcomes(loads, &fresh, &mut known));
    let (producer, placing) = (reading.clone(), ways.clone());
    pump(work, table, move |sink| producer.read_again(kept, &placing, sink)).await?;
    let standing = known.into_values().filter(|unit| fresh.contains_key(&unit.load)).collect();
    let earlier = ways.iter().filter(|(id, way)| !fresh.contains_key(id) && !way.is_empty());
    let outcomes = earlier.map(|(id, way)| (*id, way.clone())).collect();
    Ok(Fed { loads: placed(found, &ways), outcomes, rejects: reading.take_rejects(), standing })
}

/// Copies rows to the server as a producer gives them.
async fn pump<T: Send + 'static>(
    work: &Work,
    table: &LandedTable,
    produce: impl FnOnce(&mut dyn FnMut(RecordBatch) -> Result<()>) -> Result<T> + Send + 'static,
) -> Result<T> {
    let doing = format!("copy {} to the server", table.name);
    let columns = Column::of_schema(&landing::schema(table))?;
    let (sender, mut receiver) = mpsc::channel::<RecordBatch>(WAITING);
    let producer = tokio::task::spawn_blocking(move || {
        produce(&mut |batch| sender.blocking_send(batch).map_err(|_| Error::internal("the copy to the server stopped")))
    });
    let copied = async {
        let mut writer = work.session.copy_into(&doing, &temporary(table), &names(&columns)).await?;
        while let Some(batch) = receiver.recv().await {
            writer.write(&batch).await.map_err(|failed| work.session.copy_failed(&doing, failed))?;
        }
        writer.finish().await.map_err(|failed| work.session.copy_failed(&doing, failed))
    };
    let copied = copied.await;
    drop(receiver);
    let produced = producer.await.map_err(stopped)?;
    // A copy that fails stops the producer too: its own error is the cause.
    let copied = copied?;
    let produced = produced?;
    tracing::debug!(table = table.name, rows = copied, "copied to the server");
    work.session.run(&doing, &format!("analyze {}", temporary(table))).await?;
    Ok(produced)
}

/// An empty temporary table for the landed rows that stand, in the shape that staging SQL sees.
async fn landed_table(work: &mut Work, table: &LandedTable) -> Result<Vec<Column>> {
    let columns = Column::of_schema(&landing::schema(table))?;
    let definitions: Vec<String> = columns.iter().map(Column::definition).collect();
    let name = quoted(&table.name);
    let kind = if work.landed.contains(&table.name) { "table" } else { "view" };
    let sql = format!(
        "drop {kind} if exists pg_temp.{name} cascade; create temp table {name} ({}) on commit drop",
        definitions.join(", ")
    );
    work.session.run(&format!("land {}", table.name), &sql).await?;
    work.landed.insert(table.name.clone());
    Ok(columns)
}

fn temporary(table: &LandedTable) -> String {
    format!("pg_temp.{}", quoted(&table.name))
}
