//! Tables as files. How a format is written is the caller's business; here its bytes become a response while they are made.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use port::{Answer, Error, Kind, Result};
use serde::Deserialize;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use utoipa::ToSchema;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Json,
    Csv,
    Xlsx,
    Parquet,
}

/// Gives a writer for each format.
pub trait Sheets: Send + Sync {
    /// Rows that a file of this format holds, where it does not hold any number.
    fn room(&self, format: Format) -> Option<u64>;

    fn begin(&self, format: Format, schema: &SchemaRef, out: Box<dyn Write + Send>) -> Result<Box<dyn SheetWriter>>;
}

pub trait SheetWriter {
    fn write(&mut self, rows: &RecordBatch) -> Result<()>;
    /// Ends the output, so that it is whole.
    fn finish(self: Box<Self>) -> Result<()>;
}

impl Format {
    fn extension(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
            Format::Parquet => "parquet",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Format::Json => "application/json",
            Format::Csv => "text/csv; charset=utf-8",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Format::Parquet => "application/vnd.apache.parquet",
        }
    }
}

/// Chunks that may wait for a slow reader.
const WAITING: usize = 4;
/// A reader that takes nothing for so long is given up: it keeps others from files.
const STALLED: Duration = Duration::from_secs(30);

/// All rows as a file. A failure in the middle cuts the response off, so that no reader takes half a file for a whole one.
pub fn download(threads: &Handle, sheets: Arc<dyn Sheets>, format: Format, name: &str, answer: Answer) -> Response {
    let (sender, receiver) = mpsc::channel::<Bytes>(WAITING);
    let (on, cut) = (threads.clone(), Arc::new(AtomicBool::new(false)));
    let is_cut = cut.clone();
    threads.spawn_blocking(move || {
        // The stream does not end before it is known why.
        let open = sender.clone();
        if let Err(error) = write(&on, &*sheets, format, answer, &open, Chunks::to(on.clone(), sender)) {
            tracing::warn!(%error, "a download was cut off");
            cut.store(true, Ordering::Release);
        }
    });
    let chunks = stream::unfold((receiver, is_cut), async |(mut receiver, is_cut)| {
        let chunk = match receiver.recv().await {
            Some(chunk) => Ok(chunk),
            None if is_cut.swap(false, Ordering::Acquire) => Err(io::Error::other("the download was cut off")),
            None => return None,
        };
        Some((chunk, (receiver, is_cut)))
    });
    // Whoever compresses asks once more after the end.
    let chunks = chunks.fuse();
    let file = format!("attachment; filename=\"{}.{}\"", plain(name), format.extension());
    let headers = [(header::CONTENT_TYPE, format.media_type().to_owned()), (header::CONTENT_DISPOSITION, file)];
    (headers, Body::from_stream(chunks)).into_response()
}

/// Waits for rows, and then for the reader, on a thread of its own. A reader that is gone ends it, also while there are no
/// rows yet.
fn write(
    threads: &Handle,
    sheets: &dyn Sheets,
    format: Format,
    answer: Answer,
    open: &mpsc::Sender<Bytes>,
    out: Chunks,
) -> Result<()> {
    let mut writer = sheets.begin(format, &answer.schema, Box::new(out))?;
    let mut rows = answer.rows;
    let mut next = || {
        threads.block_on(async {
            tokio::select! {
                next = rows.next() => next,
                () = open.closed() => Some(Err(Error::new(Kind::Cancelled, "the reader is gone"))),
            }
        })
    };
    while let Some(batch) = next() {
        writer.write(&batch?)?;
    }
    writer.finish()
}

/// A file's name out of anything.
fn plain(name: &str) -> String {
    let kept: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).take(60).collect();
    if kept.is_empty() { "rows".to_owned() } else { kept }
}

/// Collects what is written into chunks, and sends them.
struct Chunks {
    threads: Handle,
    /// `None` once the reader is gone or given up.
    sender: Option<mpsc::Sender<Bytes>>,
    chunk: Vec<u8>,
}

const CHUNK: usize = 1 << 16;

impl Chunks {
    fn to(threads: Handle, sender: mpsc::Sender<Bytes>) -> Chunks {
        Chunks { threads, sender: Some(sender), chunk: Vec::with_capacity(CHUNK) }
    }

    fn send(&mut self) -> io::Result<()> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK));
        let Some(sender) = &self.sender else { return Err(gone("the reader is gone")) };
        // Made within the runtime, which its timer needs.
        let sent = self.threads.block_on(async { tokio::time::timeout(STALLED, sender.send(chunk.into())).await });
        let failed = match sent {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(_)) => "the reader is gone",
            Err(_) => "the reader took nothing for too long",
        };
        self.sender = None;
        Err(gone(failed))
    }
}

fn gone(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, what)
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.chunk.extend_from_slice(bytes);
        if self.chunk.len() >= CHUNK {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()
    }
}

impl Drop for Chunks {
    fn drop(&mut self) {
        let _ = self.send();
    }
}
