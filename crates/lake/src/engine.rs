//! The query engine as wharf sets it up.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray, Date32Array};
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList, MemorySchemaProvider,
};
use datafusion::common::{DataFusionError, exec_err};
use datafusion::dataframe::DataFrame;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::execution::{FunctionRegistry, SendableRecordBatchStream};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::StreamExt;
use port::{Error, Kind, Result};
use retail::day::Zone;

/// What every session of a lake shares: memory, spill folder, threads, functions.
#[derive(Clone)]
pub struct Engine {
    /// Copied for each session, since to set one up with all its functions takes longer than a small query.
    state: SessionState,
}

/// A join's smaller side of up to so many rows is held once, for all threads. Beyond, rows of both sides are dealt to the threads
/// by key, which copies every row of the larger one, and mixes its months.
const GATHERED_ROWS: usize = 1 << 20;

/// Bytes of what stored files say of themselves that a process keeps: of a thousand files or so. A server of a shop with a file every
/// few seconds meets more for ever.
const KEPT_FOOTERS: usize = 8 << 20;

const CATALOG: &str = "wharf";
const SCHEMA: &str = "public";

impl Engine {
    pub fn new(root: &Path, zone: &str, threads: usize, memory: usize) -> Result<Engine> {
        let zone = Zone::new(zone).ok_or_else(|| Error::config(format!("{zone:?} is not a time zone")))?;
        let temporary = root.join("tmp");
        // A lake that is not there yet, or may only be read, spills to the system's folder.
        let probe = temporary.join(format!(".probe-{}", std::process::id()));
        let writes = |probe: &Path| std::fs::write(probe, b"").and_then(|()| std::fs::remove_file(probe));
        let ours = root.is_dir() && std::fs::create_dir_all(&temporary).and_then(|()| writes(&probe)).is_ok();
        let mode = if ours { DiskManagerMode::Directories(vec![temporary]) } else { DiskManagerMode::OsTmpDirectory };
        let spill = DiskManagerBuilder::default().with_mode(mode);
        let most = std::num::NonZeroUsize::MIN.saturating_add(4);
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(TrackConsumersPool::new(FairSpillPool::new(memory), most)))
            .with_disk_manager_builder(spill)
            .with_metadata_cache_limit(KEPT_FOOTERS)
            .build_arc()
            .map_err(|error| failed("start the engine", error))?;
        let config = SessionConfig::new()
            .with_target_partitions(threads)
            .with_information_schema(false)
            .with_create_default_catalog_and_schema(false)
            .with_default_catalog_and_schema(CATALOG, SCHEMA)
            .with_collect_statistics(false)
            .set_usize("datafusion.optimizer.hash_join_single_partition_threshold_rows", GATHERED_ROWS)
            // Our files have no bloom filters; to look for them each file is opened twice.
            .set_bool("datafusion.execution.parquet.bloom_filter_on_read", false)
            // A list of values is simplified anew for each file, which takes longer than to look rows up in the join's own table.
            .set_usize("datafusion.optimizer.hash_join_inlist_pushdown_max_size", 0)
            .set_bool("datafusion.sql_parser.collect_spans", true);
        let mut state =
            SessionStateBuilder::new().with_config(config).with_runtime_env(runtime).with_default_features().build();
        state
            .register_udf(Arc::new(ScalarUDF::from(ShopDay::new(zone))))
            .map_err(|error| failed("start the engine", error))?;
        Ok(Engine { state })
    }

    /// Threads to compute with.
    pub fn threads(&self) -> usize {
        self.state.config().target_partitions()
    }

    /// A fresh session without tables.
    pub fn session(&self) -> SessionContext {
        self.session_beside(1)
    }

    /// The same for a query that has `others` at work with it, itself counted: each takes its share of the threads. One
    /// that has a single thread need not group its rows twice, for itself and for all.
    pub fn session_beside(&self, others: usize) -> SessionContext {
        let catalog = MemoryCatalogProvider::new();
        let catalogs = MemoryCatalogProviderList::new();
        // Memory catalogs take any schema, and nothing stood under these names.
        let _ = catalog.register_schema(SCHEMA, Arc::new(MemorySchemaProvider::new()));
        let _ = catalogs.register_catalog(CATALOG.to_owned(), Arc::new(catalog));
        let mut state = self.state.clone();
        state.register_catalog_list(Arc::new(catalogs));
        let options = state.config_mut().options_mut();
        options.execution.target_partitions = (options.execution.target_partitions / others.max(1)).max(1);
        SessionContext::new_with_state(state)
    }
}

/// A query understood on a task of its own: steps side by side are planned so too.
pub async fn planned(session: &SessionContext, sql: &str) -> Result<DataFrame, DataFusionError> {
    let (session, sql) = (session.clone(), sql.to_owned());
    let planning = tokio::spawn(async move { session.sql(&sql).await });
    planning.await.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))?
}

/// Rows of a query that runs on a task of its own, a few batches ahead: those who take them do other work meanwhile.
pub fn ahead(frame: DataFrame) -> SendableRecordBatchStream {
    const BATCHES: usize = 2;
    let mut builder = RecordBatchReceiverStream::builder(Arc::new(frame.schema().as_arrow().clone()), BATCHES);
    let sender = builder.tx();
    builder.spawn(async move {
        let mut rows = frame.execute_stream().await?;
        while let Some(batch) = rows.next().await {
            if sender.send(batch).await.is_err() {
                break;
            }
        }
        Ok(())
    });
    builder.build()
}

/// `shop_day(instant)`: the shop's local day.
#[derive(Debug)]
struct ShopDay {
    zone: Zone,
    signature: Signature,
}

impl ShopDay {
    fn new(zone: Zone) -> ShopDay {
        let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        ShopDay { zone, signature: Signature::exact(vec![instant], Volatility::Immutable) }
    }
}

impl PartialEq for ShopDay {
    fn eq(&self, other: &ShopDay) -> bool {
        self.zone.name() == other.zone.name()
    }
}

impl Eq for ShopDay {}

impl std::hash::Hash for ShopDay {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.zone.name().hash(state);
    }
}

impl ScalarUDFImpl for ShopDay {
    fn name(&self) -> &str {
        "shop_day"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> datafusion::common::Result<DataType> {
        Ok(DataType::Date32)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> datafusion::common::Result<ColumnarValue> {
        let [argument] = args.args.as_slice() else { return exec_err!("shop_day takes one instant") };
        let array = argument.to_array(args.number_rows)?;
        let instants = array.as_primitive::<TimestampMicrosecondType>();
        let mut zone = self.zone.clone();
        let days: Date32Array = instants.iter().map(|instant| instant.map(|micros| zone.day(micros))).collect();
        Ok(ColumnarValue::Array(Arc::new(days) as Arc<dyn Array>))
    }
}

/// An engine error in words a user can act on.
pub fn failed(doing: &str, error: DataFusionError) -> Error {
    let root = error.find_root();
    if let DataFusionError::External(cause) = root
        && let Some(ours) = cause.downcast_ref::<Error>()
    {
        let told = Error::new(ours.kind, ours.message.clone());
        return Error { advice: ours.advice.clone(), ..told };
    }
    let kind = match root {
        DataFusionError::ResourcesExhausted(_) => Kind::Io,
        DataFusionError::SQL(..)
        | DataFusionError::NotImplemented(_)
        | DataFusionError::Plan(_)
        | DataFusionError::SchemaError(..) => Kind::Config,
        DataFusionError::IoError(_) | DataFusionError::ObjectStore(_) | DataFusionError::ParquetError(_) => Kind::Io,
        _ => Kind::Internal,
    };
    let mut wharf = Error::new(kind, format!("cannot {doing}: {}", root.strip_backtrace()));
    if let Some(span) = error.diagnostic().and_then(|diagnostic| diagnostic.span) {
        wharf = wharf.at("", span.start.line as usize, span.start.column as usize);
    }
    if let DataFusionError::ResourcesExhausted(_) = root {
        wharf = wharf.advise("raise `memory` in wharf.toml, or ask for less at once");
    }
    wharf
}
