//! A published table of one row a customer, read once from its first row to its last, put beside customers.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray, new_null_array};
use arrow::compute::interleave;
use arrow::datatypes::SchemaRef;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;

use crate::arrays::text_column;
use crate::error::{Error, Result};

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
        let mut picks: Vec<(usize, usize)> = Vec::with_capacity(ids.len());
        let mut taken = None;
        for id in ids {
            if self.peek().await? == id {
                if taken != Some(self.serial) {
                    batches.extend(self.batch.as_ref().map(|(batch, _)| Arc::clone(batch)));
                    taken = Some(self.serial);
                }
                picks.push((batches.len(), self.row));
                self.row += 1;
            } else {
                picks.push((0, 0));
            }
        }
        let column = |index: usize| {
            let missing = new_null_array(self.schema.field(index).data_type(), 1);
            let mut values: Vec<&dyn Array> = vec![missing.as_ref()];
            values.extend(batches.iter().map(|batch| batch.column(index).as_ref()));
            interleave(&values, &picks)
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
