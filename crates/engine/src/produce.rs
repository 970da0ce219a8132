//! Buckets at work: as many at once as there are threads, their rows handed on in the order of buckets.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::BatchCoalescer;
use arrow::datatypes::SchemaRef;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use crate::error::{Error, Result};
use crate::sweep::Sweep;

/// Rows handed on at once: a multiple of the 1,024 by which the Parquet writer works, so that the bytes it
/// writes depend on the rows alone and not on how they came.
const ROWS: usize = 1024;

/// Starts buckets in order, as many at once as there are threads.
///
/// Each waits here for its permit, not in its own task: a bucket that overtook the one being written would hold its
/// permit while its channel is full, and nobody would ever empty it.
pub(crate) async fn start<F>(buckets: Vec<F>, threads: usize) -> Vec<JoinHandle<()>>
where
    F: Future<Output = ()> + Send + 'static,
{
    let permits = Arc::new(Semaphore::new(threads));
    let mut tasks = Vec::with_capacity(buckets.len());
    for bucket in buckets {
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return tasks };
        tasks.push(tokio::spawn(async move {
            bucket.await;
            drop(permit);
        }));
    }
    tasks
}

/// Runs one bucket, for each of `cutoffs` many.
pub(crate) async fn produce(
    sweep: Sweep,
    schema: SchemaRef,
    cutoffs: usize,
    sender: mpsc::Sender<Result<(usize, RecordBatch)>>,
) {
    if let Err(error) = hand_on(sweep, &schema, cutoffs, &sender).await {
        // A closed channel means that the writer gave up: nobody waits for more.
        let _ = sender.send(Err(error)).await;
    }
}

async fn hand_on(
    mut sweep: Sweep,
    schema: &SchemaRef,
    cutoffs: usize,
    sender: &mpsc::Sender<Result<(usize, RecordBatch)>>,
) -> Result<()> {
    let mut waiting: Vec<BatchCoalescer> =
        (0..cutoffs).map(|_| BatchCoalescer::new(Arc::clone(schema), ROWS)).collect();
    let wrong = |e| Error::internal("cannot put features together").because(e);
    loop {
        let batches = sweep.next().await?;
        let last = batches.is_none();
        for (waiting, batch) in waiting.iter_mut().zip(batches.into_iter().flatten()) {
            waiting.push_batch(batch).map_err(wrong)?;
        }
        for (cutoff, waiting) in waiting.iter_mut().enumerate() {
            if last {
                waiting.finish_buffered_batch().map_err(wrong)?;
            }
            while let Some(batch) = waiting.next_completed_batch() {
                if sender.send(Ok((cutoff, batch))).await.is_err() {
                    return Ok(());
                }
            }
        }
        if last {
            return Ok(());
        }
    }
}
