//! Buckets at work: as many at once as there are threads, their rows handed on in the order of buckets.

use std::sync::Arc;

use arrow::array::RecordBatch;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use crate::error::Result;
use crate::sweep::Sweep;

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

/// Runs one bucket; batches come with the number of their cutoff.
pub(crate) async fn produce(sweep: Sweep, sender: mpsc::Sender<Result<(usize, RecordBatch)>>) {
    if let Err(error) = hand_on(sweep, &sender).await {
        // A closed channel means that the writer gave up: nobody waits for more.
        let _ = sender.send(Err(error)).await;
    }
}

async fn hand_on(mut sweep: Sweep, sender: &mpsc::Sender<Result<(usize, RecordBatch)>>) -> Result<()> {
    while let Some(batches) = sweep.next().await? {
        for (cutoff, batch) in batches.into_iter().enumerate().filter(|(_, batch)| batch.num_rows() > 0) {
            if sender.send(Ok((cutoff, batch))).await.is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}
