//! Stored files as the engine reads them: where they lie, and what each says of itself once a process, since none ever changes.
//! The engine's own reader asks a store of objects, which hands every read to another thread: of hundreds of months of a small
//! table that is most of what a scan does.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use datafusion::common::Result;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::datasource::physical_plan::parquet::CachedParquetMetaData;
use datafusion::execution::cache::cache_manager::{CachedFileMetadataEntry, FileMetadataCache};
use datafusion::object_store::ObjectMeta;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::BoxFuture;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::{ParquetError, Result as Decoded};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

/// So much of a file's end is read at first: what it says of itself, and of a small file all.
const END: u64 = 64 << 10;
/// Reads of more go to another thread, since they may wait for the disk.
const AT_ONCE: u64 = 1 << 20;

/// The files of a table.
#[derive(Debug)]
pub struct Files {
    pub folder: PathBuf,
    pub known: Arc<FileMetadataCache>,
}

impl ParquetFileReaderFactory for Files {
    fn create_reader(
        &self,
        _partition: usize,
        file: PartitionedFile,
        _hint: Option<usize>,
        _metrics: &ExecutionPlanMetricsSet,
    ) -> Result<Box<dyn AsyncFileReader + Send>> {
        let meta = file.object_meta;
        let path = self.folder.join(meta.location.filename().unwrap_or_default());
        Ok(Box::new(Stored { path, meta, known: self.known.clone(), open: None, whole: None }))
    }
}

struct Stored {
    path: PathBuf,
    meta: ObjectMeta,
    known: Arc<FileMetadataCache>,
    open: Option<Arc<File>>,
    /// All of a small file.
    whole: Option<Bytes>,
}

impl Stored {
    fn open(&mut self) -> Decoded<Arc<File>> {
        if let Some(file) = &self.open {
            return Ok(file.clone());
        }
        let file = File::open(&self.path).map_err(|error| unread(&self.path, error))?;
        Ok(self.open.insert(Arc::new(file)).clone())
    }

    fn read(&mut self, range: Range<u64>) -> Decoded<Bytes> {
        let size = self.meta.size;
        if self.whole.is_none() && size <= END {
            let file = self.open()?;
            self.whole = Some(bytes(&file, &(0..size)).map_err(|error| unread(&self.path, error))?);
        }
        match &self.whole {
            Some(whole) if range.end <= size && range.start <= range.end => {
                Ok(whole.slice(range.start as usize..range.end as usize))
            }
            _ => {
                let file = self.open()?;
                bytes(&file, &range).map_err(|error| unread(&self.path, error))
            }
        }
    }

    fn metadata(&mut self) -> Decoded<Arc<ParquetMetaData>> {
        if let Some(known) = self.known.get(&self.meta.location)
            && known.is_valid_for(&self.meta)
            && let Some(known) = known.file_metadata.as_any().downcast_ref::<CachedParquetMetaData>()
        {
            return Ok(known.parquet_metadata().clone());
        }
        let size = self.meta.size;
        let mut reader = ParquetMetaDataReader::new();
        let mut end = END.min(size);
        loop {
            match reader.try_parse_sized(&self.read(size - end..size)?, size) {
                Ok(()) => break,
                Err(ParquetError::NeedMoreData(needed)) => end = needed as u64,
                Err(error) => return Err(ParquetError::General(format!("{}: {error}", self.path.display()))),
            }
        }
        let metadata = Arc::new(reader.finish()?);
        let kept = Arc::new(CachedParquetMetaData::new(metadata.clone()));
        self.known.put(&self.meta.location, CachedFileMetadataEntry::new(self.meta.clone(), kept));
        Ok(metadata)
    }
}

impl AsyncFileReader for Stored {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Decoded<Bytes>> {
        let ranges = self.get_byte_ranges(vec![range]);
        ranges.map(|read| Ok(read?.pop().unwrap_or_default())).boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Decoded<Vec<Bytes>>> {
        if ranges.iter().map(|range| range.end.saturating_sub(range.start)).sum::<u64>() <= AT_ONCE {
            let read = ranges.into_iter().map(|range| self.read(range)).collect();
            return futures::future::ready(read).boxed();
        }
        async move {
            let (file, path) = (self.open()?, self.path.clone());
            let read = move || ranges.iter().map(|range| bytes(&file, range)).collect::<io::Result<Vec<Bytes>>>();
            let read =
                tokio::task::spawn_blocking(read).await.map_err(|error| unread(&path, io::Error::other(error)))?;
            read.map_err(|error| unread(&path, error))
        }
        .boxed()
    }

    /// Without an index of pages: the engine uses one only where a file has bounds of its pages, and ours have none.
    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Decoded<Arc<ParquetMetaData>>> {
        futures::future::ready(self.metadata()).boxed()
    }
}

fn bytes(mut file: &File, range: &Range<u64>) -> io::Result<Bytes> {
    let length = range.end.saturating_sub(range.start);
    let mut read = Vec::with_capacity(length as usize);
    file.seek(SeekFrom::Start(range.start))?;
    file.take(length).read_to_end(&mut read)?;
    if read.len() as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(read.into())
}

fn unread(path: &Path, error: io::Error) -> ParquetError {
    ParquetError::External(format!("cannot read {}: {error}", path.display()).into())
}
