//! A table as the query engine sees it: the files that a manifest, or a run before its manifest, names.

use std::future::ready;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Date32Array, UInt64Array};
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::catalog::memory::DataSourceExec;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::stats::Precision;
use datafusion::common::{Column, DFSchema, Result, ScalarValue, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, TableProviderFilterPushDown, TableType};
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;

use crate::manifest::DataFile;
use crate::read::Files;

#[derive(Debug, Clone)]
pub struct LakeTable {
    pub schema: SchemaRef,
    pub folder: PathBuf,
    pub parts: Vec<DataFile>,
}

impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    /// What `async_trait` would write, without a future that holds expressions: see [`port::Query`].
    fn scan<'table, 'session, 'columns, 'filters, 'all>(
        &'table self,
        state: &'session dyn Session,
        projection: Option<&'columns Vec<usize>>,
        filters: &'filters [Expr],
        limit: Option<usize>,
    ) -> Pin<Box<dyn Future<Output = Result<Arc<dyn ExecutionPlan>>> + Send + 'all>>
    where
        'table: 'all,
        'session: 'all,
        'columns: 'all,
        'filters: 'all,
        Self: 'all,
    {
        Box::pin(ready(self.plan(state, projection, filters, limit)))
    }
}

impl LakeTable {
    /// How its rows are read.
    fn plan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let kept = self.prune(state, filters)?;
        let parallel = state.config().target_partitions().max(1);
        if kept.is_empty() {
            let schema = match projection {
                Some(columns) => Arc::new(self.schema.project(columns)?),
                None => self.schema.clone(),
            };
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let known = state.runtime_env().cache_manager.get_file_metadata_cache();
        let files = Arc::new(Files { folder: self.folder.clone(), known });
        // The engine gives it the filters. Where they are looked at while files are read, all other columns are read for the rows
        // that stay alone; where most stay, that takes longer.
        let source = ParquetSource::new(self.schema.clone())
            .with_parquet_file_reader_factory(files)
            .with_pushdown_filters(filters.iter().any(finds_few));
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::new(source))
            .with_file_groups(self.groups(&kept, parallel))
            .with_statistics(self.size(&kept))
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }

    /// The parts whose day bounds leave them a chance to hold matching rows.
    fn prune(&self, state: &dyn Session, filters: &[Expr]) -> Result<Vec<&DataFile>> {
        let all = || self.parts.iter().collect();
        let Some(predicate) = conjunction(filters.to_vec()) else { return Ok(all()) };
        let schema = DFSchema::try_from(self.schema.clone())?;
        let expression = state.create_physical_expr(predicate, &schema)?;
        let builder = PruningPredicateBuilder::new().with_file_schema(self.schema.clone());
        let Ok(pruning) = builder.try_build(expression) else { return Ok(all()) };
        let Ok(keep) = pruning.prune(&Bounds(&self.parts)) else { return Ok(all()) };
        Ok(self.parts.iter().zip(keep).filter_map(|(part, keep)| keep.then_some(part)).collect())
    }

    /// Row counts, by which joins choose the side to hold in memory.
    fn size(&self, parts: &[&DataFile]) -> Statistics {
        let rows: u64 = parts.iter().map(|part| part.rows).sum();
        let mut statistics = Statistics::new_unknown(&self.schema);
        statistics.num_rows = Precision::Exact(usize::try_from(rows).unwrap_or(usize::MAX));
        statistics
    }

    /// Files in as many groups as there are threads, alike in bytes, neighbours together.
    fn groups(&self, parts: &[&DataFile], parallel: usize) -> Vec<FileGroup> {
        let total: u64 = parts.iter().map(|part| part.bytes).sum();
        let mut groups = vec![Vec::new(); parallel];
        let mut seen = 0;
        for part in parts {
            let at = (seen * parallel as u64 / total.max(1)).min(parallel as u64 - 1) as usize;
            let path = self.folder.join(&part.path);
            groups[at].push(PartitionedFile::new(path.to_string_lossy(), part.bytes));
            seen += part.bytes;
        }
        groups.into_iter().filter(|group| !group.is_empty()).map(FileGroup::new).collect()
    }
}

/// Rows of one order, customer or product.
fn finds_few(filter: &Expr) -> bool {
    let is_id = |side: &Expr| matches!(side, Expr::Column(column) if column.name.ends_with("_id"));
    let is_said = |side: &Expr| matches!(side, Expr::Literal(..));
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            (is_id(left) && is_said(right)) || (is_said(left) && is_id(right))
        }
        Expr::InList(InList { expr, list, negated: false }) => is_id(expr) && list.iter().all(is_said),
        _ => false,
    }
}

/// Day bounds of parts, for pruning.
struct Bounds<'a>(&'a [DataFile]);

impl Bounds<'_> {
    fn days(&self, column: &Column, pick: impl Fn((i32, i32)) -> i32) -> Option<ArrayRef> {
        (column.name == "day").then(|| {
            let days: Date32Array = self.0.iter().map(|part| part.days.map(&pick)).collect();
            Arc::new(days) as ArrayRef
        })
    }
}

impl PruningStatistics for Bounds<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.days(column, |(low, _)| low)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.days(column, |(_, high)| high)
    }

    fn num_containers(&self) -> usize {
        self.0.len()
    }

    fn null_counts(&self, _column: &Column) -> Option<ArrayRef> {
        None
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        let rows: UInt64Array = self.0.iter().map(|part| Some(part.rows)).collect();
        Some(Arc::new(rows))
    }

    fn contained(&self, _column: &Column, _values: &std::collections::HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

/// Types as the lake keeps them, from what an expression happens to give.
pub fn kept_type(kind: &DataType) -> Option<DataType> {
    use arrow::datatypes::TimeUnit::Microsecond;
    Some(match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8View,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => DataType::Int64,
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => DataType::Int64,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => DataType::Float64,
        DataType::Boolean => DataType::Boolean,
        DataType::Date32 | DataType::Date64 => DataType::Date32,
        DataType::Timestamp(_, _) => DataType::Timestamp(Microsecond, Some("UTC".into())),
        DataType::Decimal32(p, s) | DataType::Decimal64(p, s) | DataType::Decimal128(p, s) => {
            DataType::Decimal128(*p, *s)
        }
        DataType::Dictionary(_, value) => return kept_type(value),
        _ => return None,
    })
}
