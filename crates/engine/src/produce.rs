//! Customers at work: as many parts of the lake at once as there are threads, handed on in the order of the lake.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::RecordBatch;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::error::{Error, Result};
use crate::sweep::{Made, Plan, Sweep};

/// Where rows go, with the number of their cutoff.
pub(crate) type Sender = mpsc::Sender<Result<(usize, RecordBatch)>>;

/// Customers that are being worked on, and the number of their bucket.
struct AtWork {
    bucket: usize,
    task: JoinHandle<Result<Vec<Made>>>,
}

/// Runs all buckets one after the other.
pub(crate) async fn produce(plan: Arc<Plan>, sweeps: VecDeque<Sweep>, threads: usize, sender: Sender) {
    if let Err(error) = hand_on(&plan, sweeps, threads, &sender).await {
        // A closed channel means that the writer gave up: nobody waits for more.
        let _ = sender.send(Err(error)).await;
    }
}

/// Rows are read in order and put beside the files that run alone in order; between, customers are worked on side by
/// side. Reading goes on into the next bucket while the last customers of this one are at work.
async fn hand_on(
    plan: &Arc<Plan>,
    mut sweeps: VecDeque<Sweep>,
    threads: usize,
    sender: &Sender,
) -> Result<()> {
    let mut at_work: VecDeque<AtWork> = VecDeque::with_capacity(threads);
    // The bucket that is read, and the first that is not let go.
    let (mut reading, mut first) = (0, 0);
    loop {
        while at_work.len() < threads
            && let Some(sweep) = sweeps.get_mut(reading - first)
        {
            let Some(chunks) = sweep.read().await? else {
                reading += 1;
                continue;
            };
            let plan = Arc::clone(plan);
            let task = tokio::spawn(async move { plan.evaluate(&chunks) });
            at_work.push_back(AtWork { bucket: reading, task });
        }
        let Some(AtWork { bucket, task }) = at_work.pop_front() else { return Ok(()) };
        let made = task.await.map_err(|e| Error::internal("a task died").because(e))??;
        sweeps.drain(..bucket - first);
        first = bucket;
        let Some(sweep) = sweeps.front_mut() else { return Ok(()) };
        let batches = sweep.complete(made).await?;
        for (cutoff, batch) in batches.into_iter().enumerate().filter(|(_, batch)| batch.num_rows() > 0) {
            if sender.send(Ok((cutoff, batch))).await.is_err() {
                return Ok(());
            }
        }
    }
}
