//! Puts the result of a query beside customers, without a join.
//!
//! Every query yields one bucket sorted by customer, so a merge is enough: memory is one batch a
//! query, whatever the number of customers, and no plan grows with the number of files.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::{cast, interleave};
use datafusion::common::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;

use crate::error::{Error, Kind, Result};
use crate::query::OutputColumn;

/// One query's result within a bucket, read in order.
pub(crate) struct Cursor {
    origin: String,
    stream: SendableRecordBatchStream,
    columns: Vec<OutputColumn>,
    batch: Option<(RecordBatch, StringArray)>,
    /// Counts the batches read.
    serial: u64,
    row: usize,
    done: bool,
}

impl Cursor {
    pub(crate) fn new(origin: &str, stream: SendableRecordBatchStream, columns: Vec<OutputColumn>) -> Self {
        Self { origin: origin.to_owned(), stream, columns, batch: None, serial: 0, row: 0, done: false }
    }

    /// The customer under the cursor; `None` at the end.
    async fn peek(&mut self) -> Result<Option<&str>> {
        while !self.done && self.batch.as_ref().is_none_or(|(b, _)| self.row >= b.num_rows()) {
            let last = self
                .batch
                .take()
                .and_then(|(_, ids)| (!ids.is_empty()).then(|| ids.value(ids.len() - 1).to_owned()));
            match self.stream.next().await {
                Some(batch) => {
                    let batch = batch.map_err(|e| failed(&self.origin, e))?;
                    let ids = batch.column(0).as_string_opt::<i32>().cloned().ok_or_else(|| {
                        Error::internal(format!("{}: `customer_id` is no text", self.origin))
                    })?;
                    self.check_grain(&ids, last.as_deref())?;
                    self.row = 0;
                    self.serial += 1;
                    self.batch = Some((batch, ids));
                }
                None => self.done = true,
            }
        }
        Ok(self.batch.as_ref().filter(|_| !self.done).map(|(_, ids)| ids.value(self.row)))
    }

    fn check_grain(&self, ids: &StringArray, before: Option<&str>) -> Result<()> {
        let mut previous = before;
        for id in ids.iter() {
            if previous.is_some() && previous >= id {
                return Err(Error::bad_spec(format!("{}: two rows for one customer", self.origin))
                    .hint("the file's grain is one row a customer: GROUP BY customer_id"));
            }
            previous = id;
        }
        Ok(())
    }
}

/// An error for a query that failed while it ran: whose fault it is decides what to do.
pub(crate) fn failed(origin: &str, error: DataFusionError) -> Error {
    let text = format!("{origin}: {}", error.strip_backtrace());
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => Error::new(Kind::TryLater, text)
            .hint("give the run more with --memory-limit, or spread customers over more `lake.buckets`"),
        DataFusionError::IoError(_) | DataFusionError::ParquetError(_) | DataFusionError::ObjectStore(_) => {
            Error::internal(text)
                .hint("the lake is damaged or was changed while it was read: run with --force")
        }
        _ => Error::bad_spec(text),
    }
    .because(error)
}

/// One query's columns for `ids`; where it has no row, the values over no rows.
pub(crate) async fn beside(query: &mut Cursor, ids: &StringArray) -> Result<Vec<ArrayRef>> {
    let mut batches: Vec<RecordBatch> = Vec::new();
    let mut picks: Vec<(usize, usize)> = Vec::with_capacity(ids.len());
    let mut taken = None;
    for id in ids.iter().flatten() {
        if query.peek().await?.is_some_and(|at| at < id) {
            return Err(Error::bad_spec(format!("{}: a customer that no source knows", query.origin))
                .hint("`customer_id` must be passed on as it stands in the source"));
        }
        if query.peek().await? == Some(id) {
            // The cursor stays on a batch for many rows: it is taken once.
            if taken != Some(query.serial) {
                batches.extend(query.batch.as_ref().map(|(batch, _)| batch.clone()));
                taken = Some(query.serial);
            }
            picks.push((batches.len(), query.row));
            query.row += 1;
        } else {
            picks.push((0, 0));
        }
    }
    let wrong = |e: arrow::error::ArrowError| Error::internal("cannot align features").because(e);
    let mut columns = Vec::with_capacity(query.columns.len());
    for (index, column) in query.columns.iter().enumerate() {
        let empty =
            column.unmatched.to_array().map_err(|e| Error::internal("cannot align features").because(e))?;
        let parts = batches
            .iter()
            .map(|batch| cast(batch.column(index + 1), &column.data_type))
            .collect::<Result<Vec<_>, _>>()
            .map_err(wrong)?;
        let mut values: Vec<&dyn Array> = vec![empty.as_ref()];
        values.extend(parts.iter().map(AsRef::as_ref));
        columns.push(interleave(&values, &picks).map_err(wrong)?);
    }
    Ok(columns)
}
