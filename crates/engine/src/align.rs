//! Puts the result of a query beside customers, without a join.
//!
//! Every query yields one bucket sorted by customer, so a merge is enough: memory is one batch a
//! query, whatever the number of customers, and no plan grows with the number of files.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use datafusion::common::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;

use crate::error::{Error, Kind, Result};
use crate::query::OutputColumn;
use crate::runs::{Runs, same};

/// One query's result within a bucket, read in order.
pub(crate) struct Cursor {
    origin: String,
    stream: SendableRecordBatchStream,
    columns: Vec<OutputColumn>,
    batch: Option<(RecordBatch, StringArray)>,
    /// Counts the batches read.
    serial: u64,
    row: usize,
    /// The last customer of the batch before.
    last: Option<String>,
    /// Says that each customer of the batch has one row.
    checked: bool,
    done: bool,
}

impl Cursor {
    pub(crate) fn new(origin: &str, stream: SendableRecordBatchStream, columns: Vec<OutputColumn>) -> Self {
        let origin = origin.to_owned();
        Self {
            origin,
            stream,
            columns,
            batch: None,
            serial: 0,
            row: 0,
            last: None,
            checked: false,
            done: false,
        }
    }

    /// Makes sure that there is a row under the cursor, unless it is at the end: then there is no batch.
    async fn load(&mut self) -> Result<()> {
        while !self.done && self.batch.as_ref().is_none_or(|(b, _)| self.row >= b.num_rows()) {
            if let Some((_, ids)) = self.batch.take()
                && !ids.is_empty()
            {
                self.last = Some(ids.value(ids.len() - 1).to_owned());
            }
            match self.stream.next().await {
                Some(batch) => {
                    let batch = batch.map_err(|e| failed(&self.origin, e))?;
                    let ids = batch.column(0).as_string_opt::<i32>().cloned().ok_or_else(|| {
                        Error::internal(format!("{}: `customer_id` is no text", self.origin))
                    })?;
                    self.row = 0;
                    self.serial += 1;
                    self.checked = false;
                    self.batch = Some((batch, ids));
                }
                None => self.done = true,
            }
        }
        Ok(())
    }

    /// Checks a batch that does not simply have the customers it is put beside.
    fn check_grain(&self, ids: &StringArray) -> Result<()> {
        let mut previous = self.last.as_deref();
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
    let mut runs = Runs::default();
    let mut taken = None;
    let mut at = 0;
    while at < ids.len() {
        query.load().await?;
        let Some((batch, theirs)) = &query.batch else {
            runs.miss(ids.len() - at);
            break;
        };
        // The cursor stays on a batch for many rows: it is taken once.
        if taken != Some(query.serial) {
            batches.push(batch.clone());
            taken = Some(query.serial);
        }
        let number = batches.len() - 1;
        let rows = (theirs.len() - query.row).min(ids.len() - at);
        let alike = same(theirs, query.row, ids, at, rows);
        // A batch that ends where the customers do, and has the same, has each of them once.
        query.checked |= alike && query.row + rows == theirs.len();
        if !query.checked {
            query.check_grain(theirs)?;
            query.checked = true;
        }
        if alike {
            runs.take(number, query.row, rows);
            query.row += rows;
            at += rows;
            continue;
        }
        while query.row < theirs.len() && at < ids.len() {
            let (their, id) = (theirs.value(query.row), ids.value(at));
            if their < id {
                return Err(Error::bad_spec(format!("{}: a customer that no source knows", query.origin))
                    .hint("`customer_id` must be passed on as it stands in the source"));
            }
            if their == id {
                runs.take(number, query.row, 1);
                query.row += 1;
            } else {
                runs.miss(1);
            }
            at += 1;
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
        columns.push(runs.column(&parts, empty.as_ref()).map_err(wrong)?);
    }
    Ok(columns)
}
