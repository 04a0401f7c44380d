//! The query engine as wharf sets it up.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray, Date32Array};
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{DataFusionError, exec_err};
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use datafusion::prelude::{SessionConfig, SessionContext};
use port::{Error, Kind, Result};
use retail::day::Zone;

/// What every session of a lake shares: memory, spill folder, threads.
#[derive(Clone)]
pub struct Engine {
    runtime: Arc<RuntimeEnv>,
    zone: Zone,
    threads: usize,
}

impl Engine {
    pub fn new(root: &Path, zone: &str, threads: usize, memory: usize) -> Result<Engine> {
        let zone = Zone::new(zone).ok_or_else(|| Error::config(format!("{zone:?} is not a time zone")))?;
        let spill = DiskManagerBuilder::default().with_mode(DiskManagerMode::Directories(vec![root.join("tmp")]));
        let most = std::num::NonZeroUsize::MIN.saturating_add(4);
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(TrackConsumersPool::new(FairSpillPool::new(memory), most)))
            .with_disk_manager_builder(spill)
            .build_arc()
            .map_err(|error| failed("start the engine", error))?;
        Ok(Engine { runtime, zone, threads })
    }

    /// A fresh session without tables.
    pub fn session(&self) -> SessionContext {
        let config = SessionConfig::new()
            .with_target_partitions(self.threads)
            .with_information_schema(false)
            .with_create_default_catalog_and_schema(true)
            .with_collect_statistics(false)
            .set_bool("datafusion.sql_parser.collect_spans", true);
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(self.runtime.clone())
            .with_default_features()
            .build();
        let session = SessionContext::new_with_state(state);
        session.register_udf(ScalarUDF::from(ShopDay::new(self.zone.clone())));
        session
    }
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
    let kind = match root {
        DataFusionError::ResourcesExhausted(_) => Kind::Io,
        DataFusionError::SQL(..) | DataFusionError::Plan(_) | DataFusionError::SchemaError(..) => Kind::Config,
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
