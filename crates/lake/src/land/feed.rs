//! The streamed way: rows flow from the reader through rules and grouping into all staging queries at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use futures::StreamExt;
use port::{Error, Land, Load, Result, Staging};
use retail::source::LandedTable;
use tokio::sync::mpsc;

use super::keys::Keys;
use super::place::{Unit, units_of};
use super::reading::{Reading, Sink};
use super::rejects::RejectLog;
use super::rules::Rules;
use super::stage::{self, Staged};
use super::survey;
use super::{PlacedLoad, Placement, direct, landed_table, loads_of, outcomes, placed, stopped, upsert};
use crate::engine::failed;
use crate::pack;
use crate::run::LakeRun;

/// Rows in a piece, and pieces on their way to a staging query.
const PIECE: usize = 8192;
const WAITING: usize = 8;

/// Adds new loads to what stands, but for tables made from staging ones; `None`: all must be placed anew.
pub async fn add(run: &LakeRun, request: &Land) -> Result<Option<Placement>> {
    let mut placement = Placement::new();
    for table in &request.source.tables {
        let loads = loads_of(request, &table.name);
        let unmade = |staging: &Staging| run.published(&staging.name).is_none();
        let reads = |staging: &Staging| staging.inputs.contains(&table.name);
        if !loads.iter().any(|load| load.is_new) && !request.staging.iter().any(|s| reads(s) && unmade(s)) {
            continue;
        }
        let mut fed = feed(run, request, table, &loads, false).await?;
        let replaces = fed.placed.iter().any(|load| load.keys.is_none());
        if replaces && leaves_out(run, &fed).await? {
            return Ok(None);
        }
        for (staging, staged) in fed.staged {
            let others = request.source.tables.len() > 1;
            let touched = upsert::upsert(run, &staging, staged, replaces, others).await?;
            placement.touched.extend(touched.map(|touched| (staging.name.clone(), touched)));
        }
        placement.rejects.append(&mut fed.rejects)?;
        placement.loads.extend(fed.placed);
        placement.units.add_units(&table.name, fed.standing.into_iter());
    }
    Ok(Some(placement))
}

/// Places all loads anew, but for tables made from staging ones.
pub async fn rebuild(run: &LakeRun, request: &Land) -> Result<Placement> {
    let mut placement = Placement::new();
    for load in &request.loads {
        landed_table(request, &load.table)?;
    }
    for table in &request.source.tables {
        let mut fed = feed(run, request, table, &loads_of(request, &table.name), true).await?;
        for (staging, staged) in fed.staged {
            let touched = upsert::replace(run, &staging, staged).await?;
            placement.touched.extend(touched.map(|touched| (staging.name.clone(), touched)));
        }
        placement.rejects.append(&mut fed.rejects)?;
        placement.loads.extend(fed.placed);
        placement.units.add_units(&table.name, fed.standing.into_iter());
    }
    Ok(placement)
}

/// Whether a query gave no row of some unit that it was fed: that unit's old rows, found by those that take their place,
/// would stay.
async fn leaves_out(run: &LakeRun, fed: &Fed) -> Result<bool> {
    for (staging, staged) in &fed.staged {
        if upsert::keys_of(run, staging, &staged.parts).await?.len() < fed.standing.len() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What feeding one table gave.
struct Fed {
    staged: Vec<(Staging, Staged)>,
    placed: Vec<PlacedLoad>,
    rejects: RejectLog,
    /// Units of the loads that were read, as far as they stand.
    standing: Vec<Unit>,
}

async fn feed(run: &LakeRun, request: &Land, table: &LandedTable, loads: &[&Load], all: bool) -> Result<Fed> {
    let rules = Rules::new(&run.engine.session(), request, table)?;
    let read = loads.iter().filter(|load| all || load.is_new).map(|load| (*load).clone()).collect();
    let reading = Arc::new(Reading::new(request, table, rules, read));
    let direct: Vec<Staging> = direct(request, table).cloned().collect();

    if loads.len() <= 1 {
        let work = reading.clone();
        let (surveyed, staged) = pump(run, request, table, &direct, all, move |sink| work.read_once(sink)).await?;
        let standing = surveyed.iter().flat_map(|(id, found)| units_of(*id, &found.keys)).collect();
        let placed = placed(surveyed, &HashMap::new());
        return Ok(Fed { staged, placed, rejects: reading.take_rejects(), standing });
    }

    let work = reading.clone();
    let (surveyed, kept) = tokio::task::spawn_blocking(move || work.read_first()).await.map_err(stopped)??;
    let fresh: HashMap<i64, Keys> = surveyed.iter().map(|(id, found)| (*id, found.keys.clone())).collect();
    // A rebuild mends what of them is damaged.
    let packs = if all { Vec::new() } else { pack::open(&run.root, &run.packs())? };
    let mut known = pack::units(&packs, &table.name, fresh.values().flat_map(|keys| keys.key.iter().copied()))?;
    let outcomes = Arc::new(outcomes(loads, &fresh, &mut known));
    let standing: Vec<Unit> = known.into_values().filter(|unit| fresh.contains_key(&unit.load)).collect();
    let (work, placing) = (reading.clone(), outcomes.clone());
    let (_, staged) =
        pump(run, request, table, &direct, all, move |sink| work.read_again(kept, &placing, sink)).await?;

    let mut placed = placed(surveyed, &outcomes);
    for (id, way) in outcomes.iter().filter(|(id, _)| !fresh.contains_key(id)) {
        let lost = || Error::internal(format!("load {id} has no fates")).advise("run with --full-refresh");
        let mut fates = pack::fates(&packs, *id)?.ok_or_else(lost)?;
        if fates.give_way_by_group(|group| way.get(&group).copied()) {
            placed.push(PlacedLoad { id: *id, fates, keys: None, notes: Vec::new() });
        }
    }
    Ok(Fed { staged, placed, rejects: reading.take_rejects(), standing })
}

/// Runs a producer of rows and all staging queries that read them side by side, a few chunks apart at most.
async fn pump<T: Send + 'static>(
    run: &LakeRun,
    request: &Land,
    table: &LandedTable,
    direct: &[Staging],
    digest: bool,
    produce: impl FnOnce(Sink<'_>) -> Result<T> + Send + 'static,
) -> Result<(T, Vec<(Staging, Staged)>)> {
    let schema = survey::schema(table);
    let (mut senders, mut queries) = (Vec::new(), Vec::new());
    for staging in direct {
        let (sender, receiver) = mpsc::channel(WAITING);
        senders.push(sender);
        let session = run.engine.session();
        let stream = StreamingTable::try_new(schema.clone(), vec![Arc::new(Channel::new(schema.clone(), receiver))])
            .map_err(|e| failed("feed staging", e))?;
        session.register_table(table.name.as_str(), Arc::new(stream)).map_err(|e| failed("feed staging", e))?;
        let frame = stage::plan(&session, staging, request).await?;
        queries.push(async move { stage::stage(run, frame, staging, digest).await });
    }
    let producer = tokio::task::spawn_blocking(move || {
        let mut sink = |batch: RecordBatch| -> Result<()> {
            // Pieces that fit the processor's cache on their way through a query.
            for start in (0..batch.num_rows()).step_by(PIECE) {
                let piece = batch.slice(start, PIECE.min(batch.num_rows() - start));
                for sender in &senders {
                    sender.blocking_send(piece.clone()).map_err(|_| Error::internal("a staging query stopped"))?;
                }
            }
            Ok(())
        };
        produce(&mut sink)
    });
    let staged = futures::future::join_all(queries).await;
    let produced = producer.await.map_err(stopped)?;
    // A query that fails stops the producer too: its own error is the cause.
    let staged: Vec<Staged> = staged.into_iter().collect::<Result<_>>()?;
    Ok((produced?, direct.iter().cloned().zip(staged).collect()))
}

/// A channel as a table that can be read once.
#[derive(Debug)]
struct Channel {
    schema: SchemaRef,
    receiver: Mutex<Option<mpsc::Receiver<RecordBatch>>>,
}

impl Channel {
    fn new(schema: SchemaRef, receiver: mpsc::Receiver<RecordBatch>) -> Channel {
        Channel { schema, receiver: Mutex::new(Some(receiver)) }
    }
}

impl PartitionStream for Channel {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let receiver = self.receiver.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        let rows = futures::stream::unfold(receiver, |receiver| async move {
            let mut receiver = receiver?;
            receiver.recv().await.map(|batch| (Ok(batch), Some(receiver)))
        });
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), rows.boxed()))
    }
}
