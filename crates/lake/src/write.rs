//! Rows to Parquet files: one open file a month, so that a month's rows lie together however they arrive.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, AsArray, PrimitiveArray, RecordBatch, UInt32Array};
use arrow::compute;
use arrow::datatypes::{DataType, Date32Type, SchemaRef};
use pages::Writer;
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use port::{Error, Kind, Result};
use retail::day::month_of;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::flush::Behind;
use crate::manifest::DataFile;

/// Rows held back over all months before one is encoded.
const BUFFERED_ROWS: u64 = 96 * 1024;
/// A month that no row came for while so many rows of others came is complete, most likely: it is encoded before others.
const QUIET_ROWS: u64 = 32 * 1024;
/// After so many its file is closed, and its buffers serve the next month's. Should rows come after all, they go to a second
/// file.
const GONE_ROWS: u64 = 128 * 1024;
/// Months with an open file at most.
const OPEN_MONTHS: usize = 96;
/// A batch whose month changes more often than this is put in order first.
const FEW_RUNS: usize = 8;
/// Months being encoded at once.
const IN_FLIGHT: usize = 2;

/// How a table is laid out.
#[derive(Debug, Clone)]
pub struct Layout {
    pub folder: PathBuf,
    pub schema: SchemaRef,
    /// The column whose month picks the file.
    pub day: Option<String>,
    /// The text column whose bounds are kept a file.
    pub key: Option<String>,
}

/// Writes one table's new files. Nothing is part of the table until its files are committed.
pub struct TableWriter {
    layout: Layout,
    day: Option<usize>,
    key: Option<usize>,
    months: BTreeMap<i32, Month>,
    buffered: u64,
    /// Rows that came so far, to tell how long ago a month's last one did.
    taken: u64,
    encoding: Vec<(i32, JoinHandle<Result<Open>>)>,
    closing: Vec<JoinHandle<Result<DataFile>>>,
    allowance: Arc<Allowance>,
}

/// What the writers of a run may use together.
#[derive(Debug)]
pub struct Allowance {
    /// Months being encoded at once: each thread keeps pages of its own, and more than there are processors gain nothing.
    encoders: Arc<Semaphore>,
    /// Gets to the disk what they write.
    pub disk: Behind,
}

impl Allowance {
    pub fn new(threads: usize, disk: Behind) -> Arc<Allowance> {
        let encoders = Arc::new(Semaphore::new(threads.max(1)));
        Arc::new(Allowance { encoders, disk })
    }

    /// Starts work on a thread for it, as soon as one is allowed.
    fn start<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> JoinHandle<Result<T>> {
        let encoders = self.encoders.clone();
        tokio::spawn(async move {
            let _one = encoders.acquire_owned().await.map_err(|error| Error::internal(error.to_string()))?;
            tokio::task::spawn_blocking(work).await.map_err(stopped)?
        })
    }
}

#[derive(Default)]
struct Month {
    pending: Vec<RecordBatch>,
    /// Rows pending.
    rows: u64,
    /// `TableWriter::taken` when the last row came.
    last: u64,
    open: Option<Open>,
}

/// A file that is being written.
struct Open {
    writer: Writer<File>,
    path: PathBuf,
    rows: u64,
    days: Option<(i32, i32)>,
    keys: Option<(String, String)>,
}

impl TableWriter {
    pub fn new(layout: Layout, allowance: Arc<Allowance>) -> Result<TableWriter> {
        fs::create_dir_all(&layout.folder).map_err(|error| Error::io("create", &layout.folder, error))?;
        let of_type = |name: &Option<String>, wanted: DataType| {
            let (index, field) = layout.schema.column_with_name(name.as_deref()?)?;
            (*field.data_type() == wanted).then_some(index)
        };
        Ok(TableWriter {
            day: of_type(&layout.day, DataType::Date32),
            key: of_type(&layout.key, DataType::Utf8View),
            layout,
            months: BTreeMap::new(),
            buffered: 0,
            taken: 0,
            encoding: Vec::new(),
            closing: Vec::new(),
            allowance,
        })
    }

    pub async fn write(&mut self, batch: RecordBatch) -> Result<()> {
        for (month, part) in self.split(batch)? {
            let rows = part.num_rows() as u64;
            self.buffered += rows;
            self.taken += rows;
            let entry = self.months.entry(month).or_default();
            entry.rows += rows;
            entry.last = self.taken;
            entry.pending.push(part);
        }
        while self.buffered > BUFFERED_ROWS {
            let Some(month) = self.next() else { break };
            self.encode(month).await?;
        }
        Ok(())
    }

    /// The month to encode: the fullest of those that are complete, else the fullest.
    fn next(&self) -> Option<i32> {
        let complete = |month: &Month| month.last + QUIET_ROWS <= self.taken;
        let pending = self.months.iter().filter(|(_, month)| month.rows > 0);
        pending.max_by_key(|(_, month)| (complete(month), month.rows)).map(|(month, _)| *month)
    }

    /// Closes all files.
    pub async fn finish(mut self) -> Result<Vec<DataFile>> {
        let months: Vec<i32> = self.months.keys().copied().collect();
        for month in months {
            self.encode(month).await?;
        }
        while !self.encoding.is_empty() {
            self.settle().await?;
        }
        for (_, month) in std::mem::take(&mut self.months) {
            if let Some(open) = month.open {
                self.close(open);
            }
        }
        let mut parts = Vec::with_capacity(self.closing.len());
        for task in self.closing {
            parts.push(task.await.map_err(stopped)??);
        }
        Ok(parts)
    }

    /// Parts of a batch by the month they belong to; rows without a day go to month 0.
    fn split(&self, batch: RecordBatch) -> Result<Vec<(i32, RecordBatch)>> {
        let Some(index) = self.day else { return Ok(vec![(0, batch)]) };
        if batch.num_rows() == 0 {
            return Ok(Vec::new());
        }
        let days = batch.column(index).as_primitive::<Date32Type>();
        if let (Some(low), Some(high), 0) = (compute::min(days), compute::max(days), days.null_count())
            && month_of(low) == month_of(high)
        {
            return Ok(vec![(month_of(low), batch)]);
        }
        let mut cache = (i32::MIN, i32::MIN);
        let months: Vec<i32> = (0..days.len())
            .map(|row| {
                let day = if days.is_null(row) { 0 } else { days.value(row) };
                if cache.0 != day {
                    cache = (day, month_of(day));
                }
                cache.1
            })
            .collect();
        // Rows mostly come by day, so that each month is a slice; else they are gathered by month, once for all.
        let runs = months.chunk_by(|a, b| a == b).count();
        if runs <= FEW_RUNS {
            return Ok(slices(&batch, months.iter()));
        }
        let mut order: Vec<u32> = (0..months.len() as u32).collect();
        order.sort_by_key(|row| months[*row as usize]);
        let gathered = compute::take_record_batch(&batch, &UInt32Array::from(order.clone()))
            .map_err(|error| Error::internal(error.to_string()))?;
        Ok(slices(&gathered, order.iter().map(|row| &months[*row as usize])))
    }

    /// Hands a month's pending rows to an encoding task.
    async fn encode(&mut self, month: i32) -> Result<()> {
        while self.encoding.len() >= IN_FLIGHT || self.encoding.iter().any(|(of, _)| *of == month) {
            self.settle().await?;
        }
        // A month whose file was closed has nothing to add: without this it would get a file with no rows.
        let Some(entry) = self.months.get_mut(&month).filter(|entry| !entry.pending.is_empty()) else { return Ok(()) };
        let pending = std::mem::take(&mut entry.pending);
        self.buffered -= std::mem::take(&mut entry.rows);
        let open = entry.open.take();
        let (layout, day, key) = (self.layout.clone(), self.day, self.key);
        let task = self.allowance.start(move || {
            let mut open = match open {
                Some(open) => open,
                None => Open::create(&layout.folder, &layout.schema, key)?,
            };
            for batch in pending {
                open.append(&batch, day, key)?;
            }
            Ok(open)
        });
        self.encoding.push((month, task));
        Ok(())
    }

    /// Waits for the oldest encoding task.
    async fn settle(&mut self) -> Result<()> {
        if self.encoding.is_empty() {
            return Ok(());
        }
        let (month, task) = self.encoding.remove(0);
        let open = task.await.map_err(stopped)??;
        self.months.entry(month).or_default().open = Some(open);
        let open = self.months.values().filter(|month| month.open.is_some()).count();
        let quietest = self.months.values_mut().filter(|month| month.open.is_some()).min_by_key(|month| month.last);
        if let Some(quietest) = quietest {
            let complete = quietest.rows == 0 && quietest.last + GONE_ROWS <= self.taken;
            if let Some(open) = quietest.open.take_if(|_| complete || open > OPEN_MONTHS) {
                self.close(open);
            }
        }
        Ok(())
    }

    fn close(&mut self, open: Open) {
        let allowance = self.allowance.clone();
        self.closing.push(self.allowance.start(move || {
            let file = open.close()?;
            allowance.disk.wrote(file.bytes);
            Ok(file)
        }));
    }
}

impl Open {
    fn create(folder: &Path, schema: &SchemaRef, key: Option<usize>) -> Result<Open> {
        let path = folder.join(format!("part-{}.parquet", uuid::Uuid::new_v4()));
        let file = File::create(&path).map_err(|error| Error::io("write", &path, error))?;
        let writer = Writer::new(file, schema.clone(), properties(schema, key)).map_err(|e| failed(&path, e))?;
        Ok(Open { writer, path, rows: 0, days: None, keys: None })
    }

    fn append(&mut self, batch: &RecordBatch, day: Option<usize>, key: Option<usize>) -> Result<()> {
        if let Some(days) = day.map(|index| batch.column(index).as_primitive::<Date32Type>()) {
            widen_days(&mut self.days, days);
        }
        if let Some(keys) = key.map(|index| batch.column(index).as_string_view()) {
            widen(&mut self.keys, compute::min_string_view(keys), compute::max_string_view(keys));
        }
        self.rows += batch.num_rows() as u64;
        self.writer.write(batch).map_err(|error| failed(&self.path, error))
    }

    fn close(self) -> Result<DataFile> {
        let Open { mut writer, path, rows, days, keys } = self;
        writer.finish().map_err(|error| failed(&path, error))?;
        let bytes = writer.bytes_written() as u64;
        let path = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(DataFile { path, bytes, rows, days, keys })
    }
}

/// A batch cut where the month changes.
fn slices<'a>(batch: &RecordBatch, months: impl Iterator<Item = &'a i32>) -> Vec<(i32, RecordBatch)> {
    let mut parts: Vec<(i32, usize, usize)> = Vec::new();
    for (row, month) in months.enumerate() {
        match parts.last_mut() {
            Some((last, _, rows)) if last == month => *rows += 1,
            _ => parts.push((*month, row, 1)),
        }
    }
    parts.into_iter().map(|(month, start, rows)| (month, batch.slice(start, rows))).collect()
}

fn widen_days(bounds: &mut Option<(i32, i32)>, days: &PrimitiveArray<Date32Type>) {
    if let (Some(low), Some(high)) = (compute::min(days), compute::max(days)) {
        *bounds = Some(bounds.map_or((low, high), |(a, b)| (a.min(low), b.max(high))));
    }
}

fn widen(bounds: &mut Option<(String, String)>, low: Option<&str>, high: Option<&str>) {
    let (Some(low), Some(high)) = (low, high) else { return };
    match bounds {
        None => *bounds = Some((low.to_owned(), high.to_owned())),
        Some((a, b)) => {
            if low < a.as_str() {
                *a = low.to_owned();
            }
            if high > b.as_str() {
                *b = high.to_owned();
            }
        }
    }
}

/// Bounds are kept of numbers and of the table's key: nobody looks for files by a product's name.
fn properties(schema: &SchemaRef, key: Option<usize>) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_created_by(concat!("wharf ", env!("CARGO_PKG_VERSION")).to_owned());
    for (index, field) in schema.fields().iter().enumerate() {
        if *field.data_type() == DataType::Utf8View && key != Some(index) {
            let column = ColumnPath::from(field.name().as_str());
            properties = properties.set_column_statistics_enabled(column, EnabledStatistics::None);
        }
    }
    properties.build()
}

fn failed(path: &Path, error: parquet::errors::ParquetError) -> Error {
    use std::error::Error as _;
    let io = error.source().and_then(|cause| cause.downcast_ref::<std::io::Error>());
    match io {
        Some(cause) => Error::io("write", path, std::io::Error::new(cause.kind(), cause.to_string())),
        None => Error::new(Kind::Io, format!("cannot write {}: {error}", path.display())),
    }
}

fn stopped(error: tokio::task::JoinError) -> Error {
    Error::internal(format!("an encoding task stopped: {error}"))
}
