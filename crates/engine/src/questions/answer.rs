//! Answers the questions: buckets at once, within a bucket some thousand customers after the others.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::{Answer, Questions, Reads, with_columns};
use crate::align::{Cursor, beside, failed};
use crate::error::{Error, Result};
use crate::session::Engine;

/// Customers that are asked at once; memory is that of so many with all their answers.
const CUSTOMERS: usize = 32_768;

/// Answers that a bucket may have ready before those of the buckets before it are taken.
const AHEAD: usize = 2;

/// A bucket that is being answered.
struct Asked {
    answers: mpsc::Receiver<RecordBatch>,
    task: JoinHandle<Result<()>>,
}

impl Questions {
    /// Answers all questions about every bucket that `next` yields, as many at once as there are threads.
    ///
    /// `next` yields each bucket once, with its customers sorted by `customer_id`, their first column; `take` gets
    /// the answers in the same order.
    ///
    /// # Errors
    /// A question fails on the data, or `next` or `take` does.
    pub async fn answer_each(
        self: &Arc<Self>,
        engine: &Engine,
        mut next: impl AsyncFnMut() -> Result<Option<(usize, RecordBatch)>>,
        mut take: impl FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let mut asked = VecDeque::new();
        let mut over = false;
        loop {
            while !over && asked.len() < engine.threads() {
                let Some((bucket, customers)) = next().await? else {
                    over = true;
                    break;
                };
                let (sender, answers) = mpsc::channel(AHEAD);
                let questions = Arc::clone(self);
                let task = tokio::spawn(async move { questions.answer(bucket, &customers, &sender).await });
                asked.push_back(Asked { answers, task });
            }
            let Some(Asked { mut answers, task }) = asked.pop_front() else { return Ok(()) };
            while let Some(rows) = answers.recv().await {
                take(rows)?;
            }
            task.await.map_err(|e| Error::internal("a bucket's task died").because(e))??;
        }
    }

    async fn answer(
        &self,
        bucket: usize,
        customers: &RecordBatch,
        to: &mpsc::Sender<RecordBatch>,
    ) -> Result<()> {
        // A question that reads the lake beside its customers wants all of them, answered as far as they are.
        let whole = self.answers.iter().any(|answer| answer.reads == Reads::Both);
        let most = if whole { customers.num_rows().max(1) } else { CUSTOMERS };
        let mut open = BTreeMap::new();
        for answer in self.answers.iter().filter(|answer| answer.reads == Reads::Others) {
            open.insert(answer.file, self.cursor(answer, bucket)?);
        }
        for first in (0..customers.num_rows()).step_by(most) {
            let rows = customers.slice(first, most.min(customers.num_rows() - first));
            let answered = self.answer_some(bucket, rows, &mut open).await?;
            if to.send(answered).await.is_err() {
                // Nobody waits for more: whoever did has failed.
                break;
            }
        }
        self.at_hand.clear(bucket);
        Ok(())
    }

    /// Answers all questions about the next customers of a bucket.
    async fn answer_some(
        &self,
        bucket: usize,
        customers: RecordBatch,
        open: &mut BTreeMap<usize, Cursor>,
    ) -> Result<RecordBatch> {
        let wrong = |e| Error::internal("cannot put answers together").because(e);
        let ids = customers.column(0).as_string::<i32>().clone();
        let mut known = customers;
        let mut given: BTreeMap<usize, Vec<ArrayRef>> = BTreeMap::new();
        for answer in &self.answers {
            let columns = match open.get_mut(&answer.file) {
                Some(cursor) => beside(cursor, &ids).await?,
                None => {
                    self.at_hand.put(bucket, known.clone());
                    beside(&mut self.cursor(answer, bucket)?, &ids).await?
                }
            };
            known = with_columns(&known, answer, &columns).map_err(wrong)?;
            given.insert(answer.file, columns);
        }
        let mut columns: Vec<ArrayRef> = vec![Arc::new(ids)];
        columns.extend(given.into_values().flatten());
        RecordBatch::try_new(self.schema(), columns).map_err(wrong)
    }

    fn cursor(&self, answer: &Answer, bucket: usize) -> Result<Cursor> {
        let stream = answer.plan.execute(bucket, self.view.context.task_ctx());
        let stream = stream.map_err(|e| failed(&answer.origin, e))?;
        Ok(Cursor::new(&answer.origin, stream, answer.columns.clone()))
    }
}
