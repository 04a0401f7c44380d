//! What people write in SQL computes in a process of its own.
//!
//! A join without end looks for hours at nothing but its rows, and a text of two gigabytes is no query's memory that anyone
//! counts: within the server neither could be stopped. A process can, with all that it holds. It reads the statement from stdin up to
//! a zero byte and writes its rows to stdout as an Arrow stream; what went wrong it tells on stderr, as [`Told`] in JSON. When stdin
//! ends, whoever asked is gone, and so is it.

use std::io::{Read, Write};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow_ipc::reader::StreamReader;
use futures::{StreamExt, stream};
use port::{Answer, Error, Kind, Result};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

/// Gives the command that answers one statement.
pub trait Apart: Send + Sync {
    fn command(&self) -> Command;
}

/// An error on its way between processes.
#[derive(Debug, Serialize, Deserialize)]
pub struct Told {
    /// The user's mistake; else the machine's or a limit's.
    is_mistake: bool,
    message: String,
    advice: Option<String>,
    line: usize,
    column: usize,
}

impl From<&Error> for Told {
    fn from(error: &Error) -> Told {
        let (line, column) = error.location.as_ref().map_or((0, 0), |at| (at.line, at.column));
        let is_mistake = !matches!(error.kind, Kind::Io | Kind::Unavailable | Kind::Locked);
        Told { is_mistake, message: error.message.clone(), advice: error.advice.clone(), line, column }
    }
}

impl From<Told> for Error {
    fn from(told: Told) -> Error {
        let kind = if told.is_mistake { Kind::Config } else { Kind::Io };
        let error = Error::new(kind, told.message);
        let error = if told.line > 0 { error.at("", told.line, told.column) } else { error };
        Error { advice: told.advice, ..error }
    }
}

/// Ends the process with whoever holds this.
struct Held {
    child: Arc<Mutex<Child>>,
    /// Its end would be the process's.
    _stdin: Arc<Mutex<Option<ChildStdin>>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // It may have ended by itself.
        let _ = child.kill();
        let _ = child.wait();
    }
}

const BATCHES_AHEAD: usize = 2;

/// The statement's rows as they come.
pub async fn answer(apart: &dyn Apart, threads: &Handle, sql: String) -> Result<Answer> {
    let failed = |error: std::io::Error| Error::new(Kind::Io, format!("cannot start a query: {error}")).because(error);
    let mut command = apart.command();
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(stdout), Some(stderr)) = (stdout, stderr) else { return Err(Error::internal("a query has no pipes")) };
    let stdin = Arc::new(Mutex::new(stdin));
    let held = Held { child: Arc::new(Mutex::new(child)), _stdin: stdin.clone() };
    let (to_schema, schema) = oneshot::channel();
    let (to_rows, rows) = mpsc::channel(BATCHES_AHEAD);
    let child = held.child.clone();
    threads.spawn_blocking(move || {
        if let Some(stdin) = stdin.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            // One that ended before it read all has told why.
            let _ = stdin.write_all(sql.as_bytes()).and_then(|()| stdin.write_all(b"\0")).and_then(|()| stdin.flush());
        }
        read(stdout, stderr, &child, to_schema, &to_rows);
    });
    let schema = schema.await.map_err(|_| Error::internal("a query's reader ended early"))??;
    let rows =
        stream::unfold((rows, held), async |(mut rows, held)| rows.recv().await.map(|batch| (batch, (rows, held))));
    Ok(Answer { schema, rows: rows.fuse().boxed() })
}

type Rows = mpsc::Sender<Result<RecordBatch>>;

fn read(
    stdout: ChildStdout,
    stderr: ChildStderr,
    child: &Mutex<Child>,
    to_schema: oneshot::Sender<Result<SchemaRef>>,
    to_rows: &Rows,
) {
    let reader = match StreamReader::try_new(std::io::BufReader::new(stdout), None) {
        Ok(reader) => reader,
        Err(_) => return drop(to_schema.send(Err(why(stderr, child)))),
    };
    if to_schema.send(Ok(reader.schema())).is_err() {
        return;
    }
    for batch in reader {
        let Ok(batch) = batch else { return drop(to_rows.blocking_send(Err(why(stderr, child)))) };
        if to_rows.blocking_send(Ok(batch)).is_err() {
            return;
        }
    }
    // A stream that ends well is followed by a process that does.
    let ended = child.lock().unwrap_or_else(PoisonError::into_inner).wait();
    if !ended.is_ok_and(|status| status.success()) {
        let _ = to_rows.blocking_send(Err(why(stderr, child)));
    }
}

/// Why it ended.
fn why(mut stderr: ChildStderr, child: &Mutex<Child>) -> Error {
    let mut text = String::new();
    let _ = stderr.read_to_string(&mut text);
    let _ = child.lock().unwrap_or_else(PoisonError::into_inner).wait();
    let told = text.lines().rev().find_map(|line| serde_json::from_str::<Told>(line).ok());
    match told {
        Some(told) => told.into(),
        None => {
            tracing::warn!(stderr = text, "a query's process was ended");
            Error::new(Kind::Io, "the query was ended: it needed more memory than a query may have")
                .advise("ask for less at once, or raise lake.memory in wharf.toml")
        }
    }
}
