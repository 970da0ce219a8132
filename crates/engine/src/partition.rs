//! Which bucket a customer's rows belong to.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use datafusion::physical_expr::expressions::col;
use datafusion::physical_plan::metrics::Time;
use datafusion::physical_plan::repartition::BatchPartitioner;

use crate::error::{Error, Result};

/// Splits batches by customer with the hash that the engine's own shuffles use.
///
/// The plan is told that bucket files are hashed by customer, so a shuffle inside a plan and the
/// lake must agree on every customer; that is why the hash is the engine's and not one of ours.
pub struct Partitioner {
    inner: BatchPartitioner,
}

impl Partitioner {
    /// Makes a partitioner over `buckets` buckets for batches of `schema`, which has `customer_id`.
    ///
    /// # Errors
    /// There is no such column.
    pub fn new(schema: &Arc<Schema>, buckets: usize) -> Result<Self> {
        let inner = col("customer_id", schema)
            .and_then(|customer| {
                BatchPartitioner::new_hash_partitioner(vec![customer], buckets, Time::default())
            })
            .map_err(|e| Error::internal("cannot hash customers").because(e))?;
        Ok(Self { inner })
    }

    /// Splits a batch into the buckets it touches; rows keep their order within each.
    ///
    /// # Errors
    /// The batch is not of the schema.
    pub fn split(&mut self, batch: RecordBatch) -> Result<Vec<(usize, RecordBatch)>> {
        self.inner
            .partition_iter(batch)
            .and_then(Iterator::collect)
            .map_err(|e| Error::internal("cannot hash customers").because(e))
    }
}
