//! One bucket from its first customer to its last: all fused files at all cutoffs, and the others beside them.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions, StringArray,
};
use arrow::compute::{cast, filter_record_batch, interleave};
use arrow::datatypes::{Date32Type, SchemaRef};
use datafusion::common::DataFusionError;

use crate::align::{Cursor, beside, failed};
use crate::chunk::{Chunk, Chunks};
use crate::error::{Error, Result};
use crate::fused::{Evaluation, Frame, Leaf, Program};
use crate::query::OutputColumn;

/// No place.
const NONE: u32 = u32::MAX;

/// What all buckets of a sweep have in common.
pub(crate) struct Plan {
    pub(crate) program: Program,
    /// Each cutoff, as days since 1970-01-01, ascending.
    pub(crate) cutoffs: Vec<i32>,
    /// How each source is read.
    pub(crate) reads: Vec<Read>,
    /// For each cutoff, each file in order.
    pub(crate) feeds: Vec<Vec<Feed>>,
    pub(crate) schema: SchemaRef,
}

/// A file's columns at one cutoff.
pub(crate) struct Feed {
    pub(crate) origin: String,
    pub(crate) columns: Vec<OutputColumn>,
    /// Where the program makes them; `None` where a cursor does.
    pub(crate) leaf: Option<Leaf>,
}

/// How a source's columns are found in what is read of it: the customer, its clock, then the others.
#[derive(Debug, Clone)]
pub(crate) struct Read {
    /// Where the day is on which a row came to be known, if the source has one.
    pub(crate) known: Option<usize>,
    /// The columns that the program needs: where they were read, or `None` for `days_ago`.
    pub(crate) columns: Vec<Option<usize>>,
    /// Schema of these columns.
    pub(crate) schema: SchemaRef,
}

/// A bucket on its way.
pub(crate) struct Sweep {
    plan: Arc<Plan>,
    sources: Vec<Chunks>,
    /// For each cutoff, a cursor for each file that the program does not make.
    cursors: Vec<BTreeMap<usize, Cursor>>,
}

/// The customers of a step forward.
struct People {
    ids: Vec<String>,
    /// The first cutoff that sees each.
    since: Vec<u16>,
    /// For each source, the number of each of its customers among all.
    numbers: Vec<Vec<u32>>,
}

impl Sweep {
    pub(crate) fn new(plan: Arc<Plan>, sources: Vec<Chunks>, cursors: Vec<BTreeMap<usize, Cursor>>) -> Self {
        Self { plan, sources, cursors }
    }

    /// The next customers at each cutoff; `None` when there are no more.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<RecordBatch>>> {
        let mut until: Option<String> = None;
        for source in &mut self.sources {
            if let Some(last) = source.last().await.map_err(unreadable)?
                && until.as_deref().is_none_or(|until| last < until)
            {
                until = Some(last.to_owned());
            }
        }
        let Some(until) = until else { return Ok(None) };
        let mut chunks = Vec::with_capacity(self.sources.len());
        for source in &mut self.sources {
            chunks.push(source.take(&until).map_err(unreadable)?);
        }
        let plan = Arc::clone(&self.plan);
        let mut frames = Vec::with_capacity(chunks.len());
        let mut seen = Vec::with_capacity(chunks.len());
        for (chunk, read) in chunks.iter().zip(&plan.reads) {
            let (frame, since) = plan.frame(chunk.as_ref(), read).map_err(unreadable)?;
            frames.push(frame);
            seen.push(since);
        }
        let people = People::of(&chunks, &seen, plan.cutoffs.len());
        let mut batches = Vec::with_capacity(plan.cutoffs.len());
        let mut evaluation = Evaluation::new(&plan.program, frames);
        let mut made: Vec<Vec<Option<Vec<ArrayRef>>>> = Vec::with_capacity(plan.cutoffs.len());
        let mut present = Vec::with_capacity(plan.cutoffs.len());
        for (cutoff, feeds) in plan.feeds.iter().enumerate() {
            evaluation.go_to(cutoff as u16);
            let (ids, places) = people.present(cutoff as u16);
            let mut columns = Vec::with_capacity(feeds.len());
            for feed in feeds {
                columns.push(match &feed.leaf {
                    Some(leaf) => Some(plan.fused(&mut evaluation, leaf, feed, &people, &ids, &places)?),
                    None => None,
                });
            }
            made.push(columns);
            present.push(ids);
        }
        drop(evaluation);
        for ((columns, ids), cursors) in made.into_iter().zip(present).zip(&mut self.cursors) {
            let mut all: Vec<ArrayRef> = vec![Arc::new(StringArray::from_iter_values(&ids))];
            for (file, columns) in columns.into_iter().enumerate() {
                match (columns, cursors.get_mut(&file)) {
                    (Some(columns), _) => all.extend(columns),
                    (None, Some(cursor)) => all.extend(beside(cursor, &ids).await?),
                    (None, None) => return Err(Error::internal("a file without a cursor")),
                }
            }
            let options = RecordBatchOptions::new().with_row_count(Some(ids.len()));
            batches.push(
                RecordBatch::try_new_with_options(Arc::clone(&plan.schema), all, &options)
                    .map_err(|e| Error::internal("features do not fit their schema").because(e))?,
            );
        }
        Ok(Some(batches))
    }
}

fn unreadable(error: DataFusionError) -> Error {
    failed("the lake", error)
}

impl Plan {
    /// A source's rows that the last cutoff sees, and the first cutoff that sees each customer.
    fn frame(&self, chunk: Option<&Chunk>, read: &Read) -> Result<(Frame, Vec<u16>), DataFusionError> {
        let Some(chunk) = chunk else {
            let batch = RecordBatch::new_empty(Arc::clone(&read.schema));
            return Ok((Frame::rows(batch, Arc::from([]), None), Vec::new()));
        };
        let count = self.cutoffs.len() as u16;
        let days = chunk.batch.column(1).as_primitive::<Date32Type>();
        let known = read.known.map(|index| chunk.batch.column(index).as_primitive::<Date32Type>());
        let first_after = |day: i32| self.cutoffs.partition_point(|cutoff| *cutoff <= day) as u16;
        let mut since: Vec<u16> = days.values().iter().map(|day| first_after(*day)).collect();
        if let Some(known) = known {
            for (row, since) in since.iter_mut().enumerate().filter(|(row, _)| known.is_valid(*row)) {
                // A row that does not say when it was known was known when it happened.
                *since = (*since).max(first_after(known.value(row)));
            }
        }
        let customers = chunk.of_row();
        let mut first = vec![count; chunk.customers()];
        for (customer, since) in customers.iter().zip(&since) {
            let first = &mut first[*customer as usize];
            *first = (*first).min(*since);
        }
        let last = self.cutoffs.last().copied().unwrap_or_default();
        let columns = read.columns.iter().map(|at| match at {
            Some(at) => Arc::clone(chunk.batch.column(*at)),
            None => Arc::new(Int64Array::from_iter_values(
                days.values().iter().map(|day| i64::from(last) - i64::from(*day)),
            )) as ArrayRef,
        });
        let options = RecordBatchOptions::new().with_row_count(Some(customers.len()));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&read.schema), columns.collect(), &options)?;
        let (batch, customers, since) = if since.iter().any(|since| *since >= count) {
            let keep: BooleanArray = since.iter().map(|since| Some(*since < count)).collect();
            let batch = filter_record_batch(&batch, &keep)?;
            let kept = |row: &usize| keep.value(*row);
            let rows = || (0..keep.len()).filter(kept);
            let customers = rows().map(|row| customers[row]).collect::<Vec<_>>();
            (batch, customers, rows().map(|row| since[row]).collect())
        } else {
            (batch, customers, since)
        };
        let since = (count > 1).then(|| Arc::from(since));
        Ok((Frame::rows(batch, Arc::from(customers), since), first))
    }

    /// A fused file's columns for the customers `ids`, whose places are given by their number.
    fn fused(
        &self,
        evaluation: &mut Evaluation<'_>,
        leaf: &Leaf,
        feed: &Feed,
        people: &People,
        ids: &[String],
        places: &[u32],
    ) -> Result<Vec<ArrayRef>> {
        let frame = evaluation.at(leaf.step).map_err(|(step, e)| {
            let origin = self.program.origin(step);
            failed(if step == leaf.step { &feed.origin } else { origin }, e)
        })?;
        let numbers = &people.numbers[self.program.source(leaf.step)];
        let wrong = |e: arrow::error::ArrowError| Error::internal("cannot align features").because(e);
        let mut picks: Option<Vec<(usize, usize)>> = None;
        if frame.len() != ids.len() {
            let mut rows = vec![(0, 0); ids.len()];
            for (row, customer) in frame.customers().iter().enumerate() {
                rows[places[numbers[*customer as usize] as usize] as usize] = (1, row);
            }
            picks = Some(rows);
        }
        let mut columns = Vec::with_capacity(feed.columns.len());
        for (column, at) in feed.columns.iter().zip(&leaf.at) {
            let index = self.program.index(leaf.step, *at);
            let values = index.map(|index| frame.column(index));
            let values = values.ok_or_else(|| Error::internal("a feature was not made"))?;
            let values = cast(values, &column.data_type).map_err(wrong)?;
            columns.push(match &picks {
                None => values,
                Some(picks) => {
                    let empty = column.unmatched.to_array();
                    let empty = empty.map_err(|e| Error::internal("cannot align features").because(e))?;
                    interleave(&[empty.as_ref() as &dyn Array, values.as_ref()], picks).map_err(wrong)?
                }
            });
        }
        Ok(columns)
    }
}

impl People {
    /// The customers of all sources in order, each once.
    fn of(chunks: &[Option<Chunk>], seen: &[Vec<u16>], cutoffs: usize) -> Self {
        let mut people = Self {
            ids: Vec::new(),
            since: Vec::new(),
            numbers: chunks
                .iter()
                .map(|c| Vec::with_capacity(c.as_ref().map_or(0, Chunk::customers)))
                .collect(),
        };
        loop {
            let mut least: Option<&str> = None;
            for (chunk, numbers) in chunks.iter().zip(&people.numbers) {
                if let Some(chunk) = chunk
                    && numbers.len() < chunk.customers()
                {
                    let id = chunk.id(numbers.len());
                    if least.is_none_or(|least| id < least) {
                        least = Some(id);
                    }
                }
            }
            let Some(id) = least else { return people };
            let mut since = cutoffs as u16;
            for (source, (chunk, numbers)) in chunks.iter().zip(&mut people.numbers).enumerate() {
                if let Some(chunk) = chunk
                    && numbers.len() < chunk.customers()
                    && chunk.id(numbers.len()) == id
                {
                    since = since.min(seen[source][numbers.len()]);
                    numbers.push(people.ids.len() as u32);
                }
            }
            people.ids.push(id.to_owned());
            people.since.push(since);
        }
    }

    /// The customers that a cutoff sees, and the place of each customer among them.
    fn present(&self, cutoff: u16) -> (Vec<String>, Vec<u32>) {
        let mut ids = Vec::with_capacity(self.ids.len());
        let mut places = Vec::with_capacity(self.ids.len());
        for (id, since) in self.ids.iter().zip(&self.since) {
            if *since <= cutoff {
                places.push(ids.len() as u32);
                ids.push(id.clone());
            } else {
                places.push(NONE);
            }
        }
        (ids, places)
    }
}
