//! Rows to Parquet files: one open file a month, so that a month's rows lie together however they arrive.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arrow::array::{Array, AsArray, BooleanArray, PrimitiveArray, RecordBatch};
use arrow::compute;
use arrow::datatypes::{DataType, Date32Type, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use port::{Error, Kind, Result};
use retail::day::month_of;
use tokio::task::JoinHandle;

use crate::manifest::DataFile;

/// Rows held back over all months before the fullest month is encoded.
const BUFFERED_ROWS: usize = 96 * 1024;
/// A month that no row came for during so many hand-overs is complete, most likely: its file is closed, and its buffers
/// serve the next month's. Should rows come after all, they go to a second file.
const IDLE_TURNS: u64 = 3;
/// Months with an open file at most.
const OPEN_MONTHS: usize = 48;
/// Months being encoded at once.
const IN_FLIGHT: usize = 2;

/// A file of a table as of now: in storage, and for as long as this run has room for it, in memory too.
#[derive(Debug, Clone)]
pub struct Part {
    pub file: DataFile,
    pub batches: Option<Arc<Vec<RecordBatch>>>,
}

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
    buffered: usize,
    encoding: Vec<(i32, JoinHandle<Result<Open>>)>,
    closing: Vec<JoinHandle<Result<Part>>>,
    /// Counts hand-overs, to tell which month waits longest.
    turn: u64,
    memory: Arc<Memory>,
}

/// Bytes of written tables that a run may keep in memory, so that the next step need not decode them.
#[derive(Debug)]
pub struct Memory(AtomicI64);

impl Memory {
    pub fn new(bytes: i64) -> Arc<Memory> {
        Arc::new(Memory(AtomicI64::new(bytes)))
    }

    fn take(&self, bytes: usize) -> bool {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.0.fetch_sub(bytes, Ordering::Relaxed) >= bytes
    }
}

#[derive(Default)]
struct Month {
    pending: Vec<RecordBatch>,
    rows: usize,
    open: Option<Open>,
    turn: u64,
}

/// A file that is being written.
struct Open {
    writer: ArrowWriter<File>,
    path: PathBuf,
    rows: u64,
    days: Option<(i32, i32)>,
    keys: Option<(String, String)>,
    kept: Option<Vec<RecordBatch>>,
}

impl TableWriter {
    pub fn new(layout: Layout, memory: Arc<Memory>) -> Result<TableWriter> {
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
            encoding: Vec::new(),
            closing: Vec::new(),
            turn: 0,
            memory,
        })
    }

    pub async fn write(&mut self, batch: RecordBatch) -> Result<()> {
        for (month, part) in self.split(batch)? {
            self.buffered += part.num_rows();
            let entry = self.months.entry(month).or_default();
            entry.rows += part.num_rows();
            entry.pending.push(part);
        }
        while self.buffered > BUFFERED_ROWS {
            let fullest = self.months.iter().max_by_key(|(_, month)| month.rows).map(|(month, _)| *month);
            let Some(month) = fullest else { break };
            self.encode(month).await?;
        }
        Ok(())
    }

    /// Closes all files.
    pub async fn finish(mut self) -> Result<Vec<Part>> {
        let months: Vec<i32> = self.months.keys().copied().collect();
        for month in months {
            self.encode(month).await?;
        }
        while !self.encoding.is_empty() {
            self.settle().await?;
        }
        for (_, month) in std::mem::take(&mut self.months) {
            if let Some(open) = month.open {
                self.closing.push(tokio::task::spawn_blocking(move || open.close()));
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
        let mut distinct = months.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let part = |month: i32| -> Result<(i32, RecordBatch)> {
            let mask: BooleanArray = months.iter().map(|of| Some(*of == month)).collect();
            let rows = compute::filter_record_batch(&batch, &mask).map_err(|e| Error::internal(e.to_string()))?;
            Ok((month, rows))
        };
        distinct.into_iter().map(part).collect()
    }

    /// Hands a month's pending rows to an encoding task.
    async fn encode(&mut self, month: i32) -> Result<()> {
        while self.encoding.len() >= IN_FLIGHT || self.encoding.iter().any(|(of, _)| *of == month) {
            self.settle().await?;
        }
        let Some(entry) = self.months.get_mut(&month) else { return Ok(()) };
        let pending = std::mem::take(&mut entry.pending);
        self.buffered -= std::mem::take(&mut entry.rows);
        let open = entry.open.take();
        let (layout, memory) = (self.layout.clone(), self.memory.clone());
        let (day, key) = (self.day, self.key);
        let task = tokio::task::spawn_blocking(move || {
            let mut open = match open {
                Some(open) => open,
                None => Open::create(&layout.folder, &layout.schema)?,
            };
            for batch in pending {
                open.append(batch, day, key, &memory)?;
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
        self.turn += 1;
        let entry = self.months.entry(month).or_default();
        (entry.open, entry.turn) = (Some(open), self.turn);
        let open = self.months.values().filter(|month| month.open.is_some()).count();
        let longest = self.months.values_mut().filter(|month| month.open.is_some()).min_by_key(|month| month.turn);
        if let Some(longest) = longest {
            let idle = longest.rows == 0 && longest.turn + IDLE_TURNS <= self.turn;
            if let Some(open) = longest.open.take_if(|_| idle || open > OPEN_MONTHS) {
                self.closing.push(tokio::task::spawn_blocking(move || open.close()));
            }
        }
        Ok(())
    }
}

impl Open {
    fn create(folder: &Path, schema: &SchemaRef) -> Result<Open> {
        let path = folder.join(format!("part-{}.parquet", uuid::Uuid::new_v4()));
        let file = File::create(&path).map_err(|error| Error::io("write", &path, error))?;
        let options = ArrowWriterOptions::new().with_properties(properties()).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(file, schema.clone(), options).map_err(|e| failed(&path, e))?;
        Ok(Open { writer, path, rows: 0, days: None, keys: None, kept: Some(Vec::new()) })
    }

    fn append(&mut self, batch: RecordBatch, day: Option<usize>, key: Option<usize>, memory: &Memory) -> Result<()> {
        if let Some(days) = day.map(|index| batch.column(index).as_primitive::<Date32Type>()) {
            widen_days(&mut self.days, days);
        }
        if let Some(keys) = key.map(|index| batch.column(index).as_string_view()) {
            widen(&mut self.keys, compute::min_string_view(keys), compute::max_string_view(keys));
        }
        self.rows += batch.num_rows() as u64;
        // Views keep their whole buffers alive, so their true cost is that of the buffers; this is near enough.
        if self.kept.is_some() && !memory.take(batch.num_rows() * 24 * batch.num_columns()) {
            self.kept = None;
        }
        self.writer.write(&batch).map_err(|error| failed(&self.path, error))?;
        if let Some(kept) = &mut self.kept {
            kept.push(batch);
        }
        Ok(())
    }

    fn close(self) -> Result<Part> {
        let Open { mut writer, path, rows, days, keys, kept } = self;
        writer.finish().map_err(|error| failed(&path, error))?;
        let bytes = writer.bytes_written() as u64;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let file = DataFile { path: name, bytes, rows, days, keys };
        Ok(Part { file, batches: kept.map(Arc::new) })
    }
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

fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_created_by(concat!("wharf ", env!("CARGO_PKG_VERSION")).to_owned())
        .build()
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
