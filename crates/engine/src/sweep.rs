//! One bucket from its first customer to its last: all fused files at all cutoffs, and the others beside them.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StringArray};
use arrow::compute::{cast, interleave};
use arrow::datatypes::{DataType, Date32Type, SchemaRef};
use arrow::error::ArrowError;
use datafusion::common::DataFusionError;
use foretell_fold::people::{self, People};

use crate::align::{Cursor, beside, failed};
use crate::chunk::{Chunk, Chunks};
use crate::error::{Error, Result};
use crate::fused::{Evaluation, Frame, Leaf, Program};
use crate::query::OutputColumn;

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
    /// Where the program makes them, see [`Program::located`]; `None` where a cursor does.
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

/// What is made of some customers at one cutoff.
pub(crate) struct Made {
    ids: StringArray,
    /// The columns of each file that is fused.
    files: Vec<Option<Vec<ArrayRef>>>,
}

/// A bucket on its way.
pub(crate) struct Sweep {
    plan: Arc<Plan>,
    sources: Vec<Chunks>,
    /// For each cutoff, a cursor for each file that the program does not make.
    cursors: Vec<BTreeMap<usize, Cursor>>,
}

impl Sweep {
    pub(crate) fn new(plan: Arc<Plan>, sources: Vec<Chunks>, cursors: Vec<BTreeMap<usize, Cursor>>) -> Self {
        Self { plan, sources, cursors }
    }

    /// Reads the rows of the next customers, of each source; `None` when there are no more.
    pub(crate) async fn read(&mut self) -> Result<Option<Vec<Option<Chunk>>>> {
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
        Ok(Some(chunks))
    }

    /// Puts the columns of the files that are not fused beside those that are: the rows of each cutoff.
    ///
    /// Customers must come in the order in which they were read.
    pub(crate) async fn complete(&mut self, made: Vec<Made>) -> Result<Vec<RecordBatch>> {
        let mut batches = Vec::with_capacity(made.len());
        for (Made { ids, files }, cursors) in made.into_iter().zip(&mut self.cursors) {
            let mut all: Vec<ArrayRef> = vec![Arc::new(ids.clone())];
            for (file, columns) in files.into_iter().enumerate() {
                match (columns, cursors.get_mut(&file)) {
                    (Some(columns), _) => all.extend(columns),
                    (None, Some(cursor)) => all.extend(beside(cursor, &ids).await?),
                    (None, None) => return Err(Error::internal("a file without a cursor")),
                }
            }
            let options = RecordBatchOptions::new().with_row_count(Some(ids.len()));
            batches.push(
                RecordBatch::try_new_with_options(Arc::clone(&self.plan.schema), all, &options)
                    .map_err(|e| Error::internal("features do not fit their schema").because(e))?,
            );
        }
        Ok(batches)
    }
}

fn unreadable(error: DataFusionError) -> Error {
    failed("the lake", error)
}

impl Plan {
    /// Makes the columns of the fused files for some whole customers, at each cutoff.
    pub(crate) fn evaluate(&self, chunks: &[Option<Chunk>]) -> Result<Vec<Made>> {
        let mut frames = Vec::with_capacity(chunks.len());
        let mut seen = Vec::with_capacity(chunks.len());
        for (chunk, read) in chunks.iter().zip(&self.reads) {
            let (frame, since) = self.frame(chunk.as_ref(), read).map_err(unreadable)?;
            frames.push(frame);
            seen.push(since);
        }
        let listed: Vec<_> =
            chunks.iter().zip(&seen).map(|(chunk, since)| chunk.as_ref().map(|c| c.listed(since))).collect();
        let people = People::of(&listed, self.cutoffs.len() as u16);
        let mut evaluation = Evaluation::new(&self.program, frames);
        let mut made = Vec::with_capacity(self.cutoffs.len());
        for (cutoff, feeds) in self.feeds.iter().enumerate() {
            evaluation.go_to(cutoff as u16);
            let (ids, places) = people.present(cutoff as u16);
            let mut files = Vec::with_capacity(feeds.len());
            for feed in feeds {
                files.push(match &feed.leaf {
                    Some(leaf) => Some(self.fused(&mut evaluation, leaf, feed, &people, &ids, &places)?),
                    None => None,
                });
            }
            made.push(Made { ids, files });
        }
        Ok(made)
    }

    /// A source's rows that the last cutoff sees, and the first cutoff that sees each customer.
    fn frame(&self, chunk: Option<&Chunk>, read: &Read) -> Result<(Frame, Vec<u16>), DataFusionError> {
        let Some(chunk) = chunk else {
            let batch = RecordBatch::new_empty(Arc::clone(&read.schema));
            return Ok((Frame::rows(batch, Arc::from([]), Arc::from([]), None), Vec::new()));
        };
        let count = self.cutoffs.len() as u16;
        let days = chunk.batch.column(1).as_primitive::<Date32Type>();
        let known = read.known.map(|index| chunk.batch.column(index).as_primitive::<Date32Type>());
        let since = people::since(days, known, &self.cutoffs);
        let customers = chunk.of_row();
        let first = people::first_seen(&customers, &since, chunk.customers(), count);
        let last = self.cutoffs.last().copied().unwrap_or_default();
        let ago = people::days_before(days, last);
        let columns = read.columns.iter().map(|at| match at {
            Some(at) => Arc::clone(chunk.batch.column(*at)),
            None => Arc::new(ago.clone()) as ArrayRef,
        });
        let options = RecordBatchOptions::new().with_row_count(Some(customers.len()));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&read.schema), columns.collect(), &options)?;
        let seen = people::seen_before(&since, count);
        let frame = Frame::rows(
            batch,
            Arc::from(customers),
            Arc::from(ago.values().as_ref()),
            (count > 1).then(|| Arc::from(since)),
        );
        Ok((if let Some(seen) = seen { frame.filtered(&seen)? } else { frame }, first))
    }

    /// A fused file's columns for the customers `ids`, whose places are given by their number.
    fn fused(
        &self,
        evaluation: &mut Evaluation<'_>,
        leaf: &Leaf,
        feed: &Feed,
        people: &People,
        ids: &StringArray,
        places: &[u32],
    ) -> Result<Vec<ArrayRef>> {
        let frame = evaluation.at(leaf.step).map_err(|(step, e)| {
            let origin = self.program.origin(step);
            failed(if step == leaf.step { &feed.origin } else { origin }, e)
        })?;
        let wrong = |e: arrow::error::ArrowError| Error::internal("cannot align features").because(e);
        let picks = (frame.len() != ids.len())
            .then(|| people.picks(self.program.source(leaf.step), frame.customers(), places, ids.len()));
        let mut columns = Vec::with_capacity(feed.columns.len());
        for (column, index) in feed.columns.iter().zip(&leaf.at) {
            let values = on_disk(frame.column(*index), &column.data_type).map_err(wrong)?;
            let Some(picks) = &picks else {
                columns.push(values);
                continue;
            };
            let empty = column.unmatched.to_array();
            let empty = empty.map_err(|e| Error::internal("cannot align features").because(e))?;
            columns.push(match foretell_fold::beside(&values, picks, &empty) {
                Some(column) => column,
                None => {
                    let picks: Vec<_> = picks.iter().map(|&row| pair(row)).collect();
                    interleave(&[empty.as_ref() as &dyn Array, values.as_ref()], &picks).map_err(wrong)?
                }
            });
        }
        Ok(columns)
    }
}

/// A column in the type that it has on disk.
fn on_disk(column: &ArrayRef, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    if column.data_type() == data_type {
        return Ok(Arc::clone(column));
    }
    match data_type {
        DataType::Float64 => foretell_fold::as_float(column).map_or_else(|| cast(column, data_type), Ok),
        _ => cast(column, data_type),
    }
}

/// Which array a row is of, and where: there is none in the first.
fn pair(row: u32) -> (usize, usize) {
    if row == foretell_fold::NO_ROW { (0, 0) } else { (1, row as usize) }
}
