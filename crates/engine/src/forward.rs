//! A published table of one row a customer, read once from its first row to its last, put beside customers.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray, new_null_array};
use arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;

use crate::arrays::text_column;
use crate::error::{Error, Result};
use crate::runs::{Runs, same};

/// Rows of a published table in the order they have on disk, which is that of the lake's buckets.
pub struct Forward {
    stream: SendableRecordBatchStream,
    schema: SchemaRef,
    batch: Option<(Arc<RecordBatch>, StringArray)>,
    /// Counts the batches read.
    serial: u64,
    row: usize,
}

impl Forward {
    pub(crate) fn new(stream: SendableRecordBatchStream) -> Self {
        Self { schema: stream.schema(), stream, batch: None, serial: 0, row: 0 }
    }

    /// The next batch, whole; for a table that is read alone.
    ///
    /// # Errors
    /// The table cannot be read.
    pub async fn next(&mut self) -> Result<Option<RecordBatch>> {
        let next = self.stream.next().await.transpose();
        next.map_err(|e| Error::internal("cannot read a published table").because(e))
    }

    /// All columns but the first, `customer_id`, for the next customers; NULL for those the table has no row of.
    ///
    /// # Errors
    /// The table cannot be read.
    pub async fn beside(&mut self, ids: &StringArray) -> Result<Vec<ArrayRef>> {
        let mut batches: Vec<Arc<RecordBatch>> = Vec::new();
        let mut runs = Runs::default();
        let mut taken = None;
        let mut at = 0;
        while at < ids.len() {
            self.peek().await?;
            let Some((batch, theirs)) = &self.batch else {
                runs.miss(ids.len() - at);
                break;
            };
            if taken != Some(self.serial) {
                batches.push(Arc::clone(batch));
                taken = Some(self.serial);
            }
            let number = batches.len() - 1;
            let rows = (theirs.len() - self.row).min(ids.len() - at);
            if same(theirs, self.row, ids, at, rows) {
                runs.take(number, self.row, rows);
                self.row += rows;
                at += rows;
                continue;
            }
            while self.row < theirs.len() && at < ids.len() {
                if theirs.value(self.row) == ids.value(at) {
                    runs.take(number, self.row, 1);
                    self.row += 1;
                } else {
                    runs.miss(1);
                }
                at += 1;
            }
        }
        let column = |index: usize| {
            let missing = new_null_array(self.schema.field(index).data_type(), 1);
            let parts: Vec<ArrayRef> = batches.iter().map(|batch| Arc::clone(batch.column(index))).collect();
            runs.column(&parts, missing.as_ref())
                .map_err(|e| Error::internal("cannot put a table beside customers").because(e))
        };
        (1..self.schema.fields().len()).map(column).collect()
    }

    /// Says that every row was put beside a customer.
    ///
    /// # Errors
    /// The table cannot be read.
    pub async fn is_over(&mut self) -> Result<bool> {
        Ok(self.peek().await?.is_none())
    }

    async fn peek(&mut self) -> Result<Option<&str>> {
        while self.batch.as_ref().is_none_or(|(batch, _)| self.row >= batch.num_rows()) {
            let Some(batch) = self.next().await? else {
                self.batch = None;
                return Ok(None);
            };
            let ids = text_column(&batch, 0)?;
            self.row = 0;
            self.serial += 1;
            self.batch = Some((Arc::new(batch), ids));
        }
        Ok(self.batch.as_ref().map(|(_, ids)| ids.value(self.row)))
    }
}
