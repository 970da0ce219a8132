//! Runs feature queries bucket by bucket and hands the rows on in the order of the buckets.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use foretell_storage::Staging;
use tokio::sync::{Semaphore, mpsc};

use crate::align::{Aligned, Cursor};
use crate::error::{Error, Result};
use crate::period::View;
use crate::query::Compiled;
use crate::session::Engine;

/// Batches that a bucket may be ahead of the writer.
const AHEAD: usize = 4;

impl View {
    /// One query a source: the customers that are known.
    async fn population(&self) -> Result<Vec<Compiled>> {
        let mut queries = Vec::new();
        for source in &self.sources {
            let sql = format!("SELECT customer_id FROM {source} GROUP BY customer_id");
            let query = self
                .compile_sql(source, &sql)
                .await
                .map_err(|fault| Error::internal(format!("{source}: {}", fault.message)))?;
            queries.push(query);
        }
        Ok(queries)
    }
}

/// Columns of the result: `customer_id`, then those of each query in order.
pub(crate) fn schema(queries: &[Compiled]) -> SchemaRef {
    let mut fields = vec![Field::new("customer_id", DataType::Utf8, false)];
    fields.extend(
        queries.iter().flat_map(|q| &q.columns).map(|c| Field::new(&c.name, c.data_type.clone(), true)),
    );
    Arc::new(Schema::new(fields))
}

/// Writes one row for every customer known in the view, with the columns of all queries.
///
/// Rows come bucket by bucket and sorted by customer within each, whatever the number of threads.
///
/// # Errors
/// A query fails on the data, or the disk is full.
pub async fn write_features(
    engine: &Engine,
    view: &View,
    queries: &[Compiled],
    open: impl FnOnce(SchemaRef) -> Result<Staging>,
) -> Result<Staging> {
    let schema = schema(queries);
    let mut staging = open(Arc::clone(&schema))?;
    let population = view.population().await?;
    let permits = Arc::new(Semaphore::new(engine.threads()));
    let mut receivers = Vec::with_capacity(view.buckets);
    for bucket in 0..view.buckets {
        let aligned = Aligned::new(
            cursors(view, &population, bucket)?,
            cursors(view, queries, bucket)?,
            Arc::clone(&schema),
        );
        let (sender, receiver) = mpsc::channel(AHEAD);
        let task = tokio::spawn(produce(aligned, sender, Arc::clone(&permits)));
        receivers.push((receiver, task));
    }
    for (mut receiver, task) in receivers {
        while let Some(batch) = receiver.recv().await {
            staging.write(&batch?)?;
        }
        // A channel that closed because its task died looks like the end of the bucket, but is none.
        task.await.map_err(|e| Error::internal("a bucket's task died").because(e))?;
    }
    Ok(staging)
}

/// Runs one bucket; buckets get their permits in order, so the one being written never waits for one.
async fn produce(mut aligned: Aligned, sender: mpsc::Sender<Result<RecordBatch>>, permits: Arc<Semaphore>) {
    let Ok(_permit) = permits.acquire().await else { return };
    loop {
        let next = aligned.next().await.transpose();
        let Some(batch) = next else { return };
        let failed = batch.is_err();
        // A closed channel means that the writer gave up: nobody waits for more.
        if sender.send(batch).await.is_err() || failed {
            return;
        }
    }
}

fn cursors(view: &View, queries: &[Compiled], bucket: usize) -> Result<Vec<Cursor>> {
    queries
        .iter()
        .map(|query| {
            let stream = query
                .plan
                .execute(bucket, view.context.task_ctx())
                .map_err(|e| Error::internal(format!("{}: cannot start", query.origin)).because(e))?;
            Ok(Cursor::new(&query.origin, stream, query.columns.clone()))
        })
        .collect()
}
