//! Answers the questions: some thousand customers after the others, as many such parts at once as there are threads.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::common::spawn_buffered;
use tokio::task::JoinHandle;

use super::table::AtHand;
use super::{Answer, Questions, Reads, with_columns};
use crate::align::{Cursor, beside, failed};
use crate::error::{Error, Result};
use crate::session::Engine;

/// Batches that a question over other tables may have ready before they are put beside customers.
const AHEAD: usize = 1;

/// Columns of answers by the number of their file.
type Given = BTreeMap<usize, Vec<ArrayRef>>;

/// The customers that come next, in the order of the lake, and the questions that are read beside them.
struct Coming<'a, N> {
    questions: &'a Questions,
    next: N,
    /// Questions that read the lake beside their customers want all those of a bucket.
    whole: bool,
    /// The first part of the bucket that follows.
    ahead: Option<(usize, RecordBatch)>,
    /// The bucket that is read, and the questions over other tables.
    bucket: Option<usize>,
    open: BTreeMap<usize, Cursor>,
}

impl Questions {
    /// Answers all questions about the customers that `next` yields, as many parts at once as there are threads.
    ///
    /// `next` yields them bucket by bucket, some at a time, sorted by `customer_id`, their first column, within each;
    /// `take` gets the answers in the same order.
    ///
    /// # Errors
    /// A question fails on the data, or `next` or `take` does.
    pub async fn answer_each(
        self: &Arc<Self>,
        engine: &Engine,
        next: impl AsyncFnMut() -> Result<Option<(usize, RecordBatch)>>,
        mut take: impl FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let mut coming = Coming {
            questions: self,
            next,
            whole: self.answers.iter().any(|answer| answer.reads == Reads::Both),
            ahead: None,
            bucket: None,
            open: BTreeMap::new(),
        };
        let mut asked: VecDeque<JoinHandle<Result<RecordBatch>>> = VecDeque::new();
        let mut over = false;
        loop {
            while !over && asked.len() < engine.threads() {
                let Some((bucket, customers)) = coming.part().await? else {
                    over = true;
                    break;
                };
                let given = coming.beside(bucket, &customers).await?;
                let questions = Arc::clone(self);
                asked
                    .push_back(tokio::spawn(async move { questions.answer(bucket, customers, given).await }));
            }
            let Some(task) = asked.pop_front() else { return Ok(()) };
            take(task.await.map_err(|e| Error::internal("the task of some customers died").because(e))??)?;
        }
    }

    /// Answers the questions about some customers; `given` are the answers that were read beside them.
    async fn answer(&self, bucket: usize, customers: RecordBatch, mut given: Given) -> Result<RecordBatch> {
        let ids = customers.column(0).as_string::<i32>().clone();
        let at_hand = Arc::new(AtHand::default());
        let context = self.view.context.task_ctx();
        let config = context.session_config().clone().with_extension(Arc::clone(&at_hand));
        let state = self.view.context.state();
        let task = Arc::new(TaskContext::from(&state).with_session_config(config));
        let mut known = customers;
        for answer in &self.answers {
            let columns = match given.get(&answer.file) {
                Some(columns) => columns,
                None => {
                    at_hand.put(known.clone());
                    let columns = beside(&mut answer.cursor(bucket, &task)?, &ids).await?;
                    given.entry(answer.file).or_insert(columns)
                }
            };
            known = with_columns(&known, answer, columns).map_err(wrong)?;
        }
        let mut columns: Vec<ArrayRef> = vec![Arc::new(ids)];
        columns.extend(given.into_values().flatten());
        RecordBatch::try_new(self.schema(), columns).map_err(wrong)
    }
}

impl<N: AsyncFnMut() -> Result<Option<(usize, RecordBatch)>>> Coming<'_, N> {
    /// The customers that are asked together next, and their bucket.
    async fn part(&mut self) -> Result<Option<(usize, RecordBatch)>> {
        let first = match self.ahead.take() {
            Some(part) => Some(part),
            None => (self.next)().await?,
        };
        let Some((bucket, first)) = first else { return Ok(None) };
        if !self.whole {
            return Ok(Some((bucket, first)));
        }
        let mut parts = vec![first];
        while let Some((other, part)) = (self.next)().await? {
            if other != bucket {
                self.ahead = Some((other, part));
                break;
            }
            parts.push(part);
        }
        Ok(Some((bucket, concat_batches(&parts[0].schema(), &parts).map_err(wrong)?)))
    }

    /// What the questions over other tables answer about these customers, who follow those before.
    async fn beside(&mut self, bucket: usize, customers: &RecordBatch) -> Result<Given> {
        let others = || self.questions.answers.iter().filter(|answer| answer.reads == Reads::Others);
        if self.bucket != Some(bucket) {
            let task = self.questions.view.context.task_ctx();
            self.open = others()
                .map(|answer| Ok((answer.file, answer.cursor(bucket, &task)?)))
                .collect::<Result<_>>()?;
            self.bucket = Some(bucket);
        }
        let ids: &StringArray = customers.column(0).as_string();
        let mut given = Given::new();
        for (file, cursor) in &mut self.open {
            given.insert(*file, beside(cursor, ids).await?);
        }
        Ok(given)
    }
}

impl Answer {
    /// Asks the question about a bucket; over other tables by a task of its own.
    fn cursor(&self, bucket: usize, task: &Arc<TaskContext>) -> Result<Cursor> {
        let stream = self.plan.execute(bucket, Arc::clone(task)).map_err(|e| failed(&self.origin, e))?;
        let stream = if self.reads == Reads::Others { spawn_buffered(stream, AHEAD) } else { stream };
        Ok(Cursor::new(&self.origin, stream, self.columns.clone()))
    }
}

fn wrong(error: arrow::error::ArrowError) -> Error {
    Error::internal("cannot put answers together").because(error)
}
