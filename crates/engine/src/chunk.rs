//! A bucket's rows, some whole customers at a time.

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use datafusion::common::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::EmptyRecordBatchStream;
use foretell_fold::people;
use futures::StreamExt;

use crate::coded::Coded;

/// Rows read before customers are handed on; enough that the cost of a call disappears, few enough for the cache.
const ROWS: usize = 49_152;

/// Customers handed on at once: each has hundreds of features at every cutoff of a pass.
const CUSTOMERS: usize = 2_048;

/// Rows of whole customers, in order.
#[derive(Debug)]
pub(crate) struct Chunk {
    /// The rows; `customer_id` is the first column.
    pub(crate) batch: RecordBatch,
    /// The id of each customer.
    ids: StringArray,
    /// The first row of each customer, and the end of the last.
    starts: Vec<usize>,
}

/// Reads a bucket of one source.
pub(crate) struct Chunks {
    stream: SendableRecordBatchStream,
    coded: Coded,
    /// Rows that were read and not handed on, their codes bare.
    pending: Vec<RecordBatch>,
    chunk: Option<Chunk>,
    done: bool,
}

impl Chunk {
    fn new(batch: RecordBatch) -> Result<Self, DataFusionError> {
        let starts = people::starts(ids(&batch)?)?;
        let ids = people::at(ids(&batch)?, &starts[..starts.len() - 1])?;
        Ok(Self { batch, ids, starts })
    }

    /// Number of customers.
    pub(crate) fn customers(&self) -> usize {
        self.starts.len() - 1
    }

    /// The id of a customer, by number.
    pub(crate) fn id(&self, customer: usize) -> &str {
        self.ids.value(customer)
    }

    /// Its customers, with the first cutoff that sees each.
    pub(crate) fn listed<'a>(&'a self, since: &'a [u16]) -> people::Listed<'a> {
        people::Listed { ids: &self.ids, since }
    }

    /// The number of the customer of each row.
    pub(crate) fn of_row(&self) -> Vec<u32> {
        people::of_rows(&self.starts)
    }

    /// Splits off the customers up to and including `last`.
    fn split(&mut self, last: &str) -> Self {
        let count = people::up_to(&self.ids, last);
        let row = self.starts[count];
        let head = Self {
            batch: self.batch.slice(0, row),
            ids: self.ids.slice(0, count),
            starts: self.starts[..=count].to_vec(),
        };
        let rest = self.customers() - count;
        let starts = self.starts[count..].iter().map(|start| start - row).collect();
        let batch = self.batch.slice(row, self.batch.num_rows() - row);
        *self = Self { batch, ids: self.ids.slice(count, rest), starts };
        head
    }
}

impl Chunks {
    /// Reads rows whose first column is `customer_id`, sorted by it.
    pub(crate) fn new(stream: SendableRecordBatchStream) -> Self {
        let coded = Coded::new(&stream.schema());
        Self { stream, coded, pending: Vec::new(), chunk: None, done: false }
    }

    /// Reads nothing.
    pub(crate) fn empty(schema: SchemaRef) -> Self {
        Self::new(Box::pin(EmptyRecordBatchStream::new(schema)))
    }

    /// The last customer that can be had at once without reading on; `None` at the end.
    pub(crate) async fn last(&mut self) -> Result<Option<&str>, DataFusionError> {
        if self.chunk.as_ref().is_none_or(|chunk| chunk.customers() == 0) {
            self.chunk = self.read().await?;
        }
        Ok(self.chunk.as_ref().map(|chunk| chunk.id(chunk.customers().min(CUSTOMERS) - 1)))
    }

    /// The customers up to and including `last`, of those that were read.
    pub(crate) fn take(&mut self, last: &str) -> Result<Option<Chunk>, DataFusionError> {
        let Some(chunk) = &mut self.chunk else { return Ok(None) };
        let head = chunk.split(last);
        Ok(Some(head).filter(|head| head.customers() > 0))
    }

    async fn read(&mut self) -> Result<Option<Chunk>, DataFusionError> {
        let mut wanted = ROWS;
        loop {
            self.fill(wanted).await?;
            let all = match self.pending.as_slice() {
                [] => return Ok(None),
                [one] => one.clone(),
                [first, ..] => concat_batches(&first.schema(), &self.pending)?,
            };
            self.pending.clear();
            if self.done {
                return Chunk::new(self.coded.told(&all)?).map(Some);
            }
            // The last customer may go on in the next batch.
            let whole = people::last_start(ids(&all)?)?;
            let rest = all.slice(whole, all.num_rows() - whole);
            if whole > 0 {
                let chunk = Chunk::new(self.coded.told(&all.slice(0, whole))?)?;
                self.pending.push(self.coded.forget(rest)?);
                return Ok(Some(chunk));
            }
            self.pending.push(rest);
            // One customer fills it all: read on, in ever greater steps.
            wanted = 2 * all.num_rows();
        }
    }

    /// Reads on until so many rows are pending, or there are no more.
    async fn fill(&mut self, wanted: usize) -> Result<(), DataFusionError> {
        let mut rows: usize = self.pending.iter().map(RecordBatch::num_rows).sum();
        while !self.done && rows < wanted {
            match self.stream.next().await.transpose()? {
                Some(batch) if batch.num_rows() == 0 => {}
                Some(batch) => {
                    rows += batch.num_rows();
                    self.pending.push(self.coded.bare(&batch)?);
                }
                None => self.done = true,
            }
        }
        Ok(())
    }
}

fn ids(batch: &RecordBatch) -> Result<&ArrayRef, DataFusionError> {
    batch.columns().first().ok_or_else(|| DataFusionError::Internal("no `customer_id`".to_owned()))
}
