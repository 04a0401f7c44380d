//! Rows that are counted before anything is said of them: a workbook has room for so many, and once its first bytes are on the way
//! a file can only be cut off. They wait in a temporary file, as an Arrow stream.

use std::fs::File;
use std::io::{BufReader, BufWriter, Seek};

use arrow::error::ArrowError;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use futures::{StreamExt, stream};
use port::{Answer, Error, Kind, Result};

/// The same rows; `None` where there are more than `most`.
pub async fn counted(mut answer: Answer, most: u64) -> Result<Option<Answer>> {
    let file = tempfile::tempfile().map_err(|error| Error::new(Kind::Io, format!("cannot hold rows: {error}")))?;
    let mut held = StreamWriter::try_new(BufWriter::new(file), &answer.schema).map_err(failed)?;
    let mut rows = 0;
    while let Some(batch) = answer.rows.next().await {
        let batch = batch?;
        rows += batch.num_rows() as u64;
        if rows > most {
            return Ok(None);
        }
        held.write(&batch).map_err(failed)?;
    }
    held.finish().map_err(failed)?;
    let file = held.into_inner().map_err(failed)?.into_inner().map_err(|error| failed(error.into_error().into()))?;
    Ok(Some(Answer { schema: answer.schema, rows: stream::iter(read(file)?).boxed() }))
}

fn read(mut file: File) -> Result<impl Iterator<Item = Result<arrow::array::RecordBatch>> + Send> {
    file.rewind().map_err(|error| failed(error.into()))?;
    let reader = StreamReader::try_new(BufReader::new(file), None).map_err(failed)?;
    Ok(reader.map(|batch| batch.map_err(failed)))
}

fn failed(error: ArrowError) -> Error {
    Error::new(Kind::Io, format!("cannot hold rows: {error}"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, RecordBatch};
    use futures::TryStreamExt;

    use super::*;

    fn answer(sizes: &[i64]) -> Answer {
        let batch = |rows: i64| {
            let column: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows));
            RecordBatch::try_from_iter([("n", column)]).unwrap()
        };
        let batches: Vec<RecordBatch> = sizes.iter().map(|rows| batch(*rows)).collect();
        Answer { schema: batches[0].schema(), rows: stream::iter(batches.into_iter().map(Ok)).boxed() }
    }

    #[test]
    fn rows_come_as_they_were_or_not_at_all() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let held = |sizes: &[i64], most| {
            let counted = runtime.block_on(counted(answer(sizes), most)).unwrap()?;
            let batches: Vec<RecordBatch> = runtime.block_on(counted.rows.try_collect()).unwrap();
            Some(batches.iter().map(|batch| batch.num_rows() as i64).collect::<Vec<_>>())
        };
        assert_eq!(held(&[3, 0, 2], 5), Some(vec![3, 0, 2]));
        assert_eq!(held(&[3, 0, 2], 4), None);
        assert_eq!(held(&[0], 0), Some(vec![0]));
    }
}
