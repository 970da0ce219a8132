//! Which bucket a customer's rows belong to.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type};
use arrow::error::ArrowError;
use datafusion::common::DataFusionError;
use datafusion::physical_expr::expressions::col;
use datafusion::physical_plan::metrics::Time;
use datafusion::physical_plan::repartition::BatchPartitioner;

use crate::error::{Error, Result};

/// Splits rows by customer with the hash that the engine's own shuffles use.
///
/// The plan is told that bucket files are hashed by customer, so a shuffle inside a plan and the
/// lake must agree on every customer; that is why the hash is the engine's and not one of ours.
pub struct Partitioner {
    schema: SchemaRef,
    inner: BatchPartitioner,
}

impl Partitioner {
    /// Makes a partitioner over `buckets` buckets.
    ///
    /// # Errors
    /// Internal, when the engine refuses to hash texts.
    pub fn new(buckets: usize) -> Result<Self> {
        let schema = Arc::new(Schema::new(vec![
            Field::new("customer_id", DataType::Utf8, true),
            Field::new("row", DataType::UInt32, false),
        ]));
        let inner = col("customer_id", &schema)
            .and_then(|customer| {
                BatchPartitioner::new_hash_partitioner(vec![customer], buckets, Time::default())
            })
            .map_err(wrong)?;
        Ok(Self { schema, inner })
    }

    /// The rows of each bucket that `customers`, a column of texts, touches; in their order within each.
    ///
    /// # Errors
    /// Internal, when the column is not one of texts.
    pub fn split(&mut self, customers: &ArrayRef) -> Result<Vec<(usize, Vec<u32>)>> {
        let numbers: UInt32Array = (0..customers.len() as u32).collect::<Vec<_>>().into();
        let columns = vec![Arc::clone(customers), Arc::new(numbers)];
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns)
            .map_err(|e: ArrowError| wrong(DataFusionError::from(e)))?;
        let parts = self.inner.partition_iter(batch).map_err(wrong)?;
        let parts = parts.map(|part| {
            let (bucket, rows) = part?;
            Ok((bucket, rows.column(1).as_primitive::<UInt32Type>().values().to_vec()))
        });
        parts.collect::<Result<_, DataFusionError>>().map_err(wrong)
    }
}

fn wrong(error: DataFusionError) -> Error {
    Error::internal("cannot hash customers").because(error)
}
