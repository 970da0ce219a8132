//! Runs a program over the rows of some whole customers.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::compute::{filter_record_batch, take};
use arrow::datatypes::SchemaRef;
use datafusion::common::DataFusionError;
use foretell_fold::people;

use super::fold::Folding;
use super::physical::predicate;
use super::program::{Doing, Program};

/// Rows of whole customers, in the order of customers.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// The kept columns of a step.
    pub(super) batch: RecordBatch,
    /// The customer of each row, by number.
    pub(super) customers: Arc<[u32]>,
    /// The first cutoff that sees each row; `None` where all are seen.
    pub(super) since: Option<Arc<[u16]>>,
    /// How many days before the cutoff each row was; rows of a source and what is made of each have it.
    pub(super) days: Option<Arc<[i64]>>,
    /// Which of the rows before a cutoff took its pick these are; all of them if `None`.
    pub(super) rows: Option<Vec<u32>>,
}

impl Frame {
    /// Rows that are all seen.
    pub(super) fn new(
        schema: &SchemaRef,
        columns: Vec<ArrayRef>,
        customers: Arc<[u32]>,
    ) -> Result<Self, DataFusionError> {
        let options = RecordBatchOptions::new().with_row_count(Some(customers.len()));
        // An expression may say less of NULL than its plan did: types are what matters.
        let batch = RecordBatch::try_new_with_options(loose(schema, &columns), columns, &options)?;
        Ok(Self { batch, customers, since: None, days: None, rows: None })
    }

    /// Rows of a source: the days from each to the last cutoff, and the first cutoff that sees it.
    pub(crate) fn rows(
        batch: RecordBatch,
        customers: Arc<[u32]>,
        days: Arc<[i64]>,
        since: Option<Arc<[u16]>>,
    ) -> Self {
        Self { batch, customers, since, days: Some(days), rows: None }
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.customers.len()
    }

    /// The customer of each row, by number.
    pub(crate) fn customers(&self) -> &[u32] {
        &self.customers
    }

    /// A kept column.
    pub(crate) fn column(&self, index: usize) -> &ArrayRef {
        self.batch.column(index)
    }

    /// The rows for which `keep` is true.
    pub(crate) fn filtered(&self, keep: &BooleanArray) -> Result<Self, DataFusionError> {
        let rows = people::rows_of(keep);
        if rows.len() == keep.len() {
            return Ok(self.clone());
        }
        Ok(Self {
            batch: filter_record_batch(&self.batch, keep)?,
            customers: people::pick(&self.customers, &rows).into(),
            since: self.since.as_ref().map(|since| people::pick(since, &rows).into()),
            days: self.days.as_ref().map(|days| people::pick(days, &rows).into()),
            rows: None,
        })
    }
}

/// The schema with what the columns really are.
fn loose(schema: &SchemaRef, columns: &[ArrayRef]) -> SchemaRef {
    let same = schema
        .fields()
        .iter()
        .zip(columns)
        .all(|(f, c)| f.data_type() == c.data_type() && (f.is_nullable() || c.null_count() == 0));
    if same {
        return Arc::clone(schema);
    }
    let fields = schema
        .fields()
        .iter()
        .zip(columns)
        .map(|(f, c)| f.as_ref().clone().with_data_type(c.data_type().clone()).with_nullable(true));
    Arc::new(arrow::datatypes::Schema::new(fields.collect::<Vec<_>>()))
}

/// One run of a program.
pub(crate) struct Evaluation<'a> {
    program: &'a Program,
    /// Rows of each source.
    sources: Vec<Frame>,
    /// What steps yield that is the same for all cutoffs.
    shared: Vec<Option<Arc<Frame>>>,
    /// Folds over shared rows; within, `None` where they cannot be shared.
    foldings: Vec<Option<Option<Arc<Folding>>>>,
    /// What steps yield at the present cutoff.
    at: Vec<Option<Arc<Frame>>>,
    cutoff: u16,
}

impl<'a> Evaluation<'a> {
    /// Prepares to run over the rows of each source.
    pub(crate) fn new(program: &'a Program, sources: Vec<Frame>) -> Self {
        let empty = program.steps.len();
        Self {
            program,
            sources,
            shared: vec![None; empty],
            foldings: (0..empty).map(|_| None).collect(),
            at: vec![None; empty],
            cutoff: 0,
        }
    }

    /// Goes on to a cutoff, by number.
    pub(crate) fn go_to(&mut self, cutoff: u16) {
        self.cutoff = cutoff;
        self.at.iter_mut().for_each(|frame| *frame = None);
    }

    /// What a step yields at the present cutoff.
    pub(crate) fn at(&mut self, id: usize) -> Result<Arc<Frame>, (usize, DataFusionError)> {
        if let Some(frame) = &self.at[id] {
            return Ok(Arc::clone(frame));
        }
        let program = self.program;
        let step = &program.steps[id];
        let frame = if step.shared {
            let frame = self.shared(id)?;
            self.seen(&frame, &step.days_ago).map_err(|e| (id, e))?
        } else {
            match &step.doing {
                Doing::Fold { input, fold } => self.folded(id, *input, fold)?,
                Doing::Rows(_) => return Err((id, internal("rows of a source that are not shared"))),
                Doing::Filter { input, .. } | Doing::Project { input, .. } | Doing::Window { input, .. } => {
                    let frame = self.at(*input)?;
                    let mut made = step.doing.over(&frame, &step.schema).map_err(|e| (id, e))?;
                    // A fold over rows of one cutoff alone may go by any clock.
                    made.days = None;
                    Arc::new(made)
                }
            }
        };
        self.at[id] = Some(Arc::clone(&frame));
        Ok(frame)
    }

    fn folded(
        &mut self,
        id: usize,
        input: usize,
        fold: &super::fold::Fold,
    ) -> Result<Arc<Frame>, (usize, DataFusionError)> {
        let program = self.program;
        let failed = |e| (id, e);
        if program.steps[input].shared && !fold.groups_differ {
            let folding = match &self.foldings[id] {
                Some(folding) => folding.clone(),
                None => {
                    let folding = fold.over(&self.shared(input)?).map_err(failed)?.map(Arc::new);
                    self.foldings[id] = Some(folding.clone());
                    folding
                }
            };
            // Where a day's rows became known bit by bit, each cutoff is folded for itself.
            if let Some(folding) = folding {
                let shift = program.shifts[usize::from(self.cutoff)];
                let cutoff = self.cutoff;
                let seen = || self.at(input).map_err(|(_, e)| e);
                return Ok(Arc::new(fold.at(&folding, cutoff, shift, seen).map_err(failed)?));
            }
        }
        let rows = self.at(input)?;
        let folding = fold.over(&rows).map_err(failed)?;
        let folding =
            folding.ok_or_else(|| failed(internal("rows that one cutoff sees and does not see")))?;
        let whole = Frame { rows: None, ..rows.as_ref().clone() };
        let frame = fold.at(&folding, 0, 0, || Ok(Arc::new(whole))).map_err(failed)?;
        Ok(Arc::new(frame))
    }

    /// What a step yields for all cutoffs together.
    fn shared(&mut self, id: usize) -> Result<Arc<Frame>, (usize, DataFusionError)> {
        if let Some(frame) = &self.shared[id] {
            return Ok(Arc::clone(frame));
        }
        let step = &self.program.steps[id];
        let frame = match &step.doing {
            Doing::Rows(source) => {
                self.sources.get(*source).cloned().ok_or_else(|| (id, internal("a source has no rows")))?
            }
            Doing::Filter { input, .. } | Doing::Project { input, .. } | Doing::Window { input, .. } => {
                let frame = self.shared(*input)?;
                step.doing.over(&frame, &step.schema).map_err(|e| (id, e))?
            }
            Doing::Fold { .. } => return Err((id, internal("a fold is never shared"))),
        };
        let frame = Arc::new(frame);
        self.shared[id] = Some(Arc::clone(&frame));
        Ok(frame)
    }

    /// The rows that the present cutoff sees, with `days_ago` as it sees them.
    fn seen(&self, frame: &Arc<Frame>, days_ago: &[usize]) -> Result<Arc<Frame>, DataFusionError> {
        let shift = self.program.shifts[usize::from(self.cutoff)];
        let Some(since) = &frame.since else { return Ok(Arc::clone(frame)) };
        let seen = people::seen_before(since, self.cutoff + 1);
        if seen.is_none() && shift == 0 {
            return Ok(Arc::new(Frame { since: None, ..frame.as_ref().clone() }));
        }
        let all = seen.is_none();
        let rows = seen.map_or_else(|| (0..since.len() as u32).collect(), |seen| people::rows_of(&seen));
        let picked = UInt32Array::from(rows);
        let mut columns = Vec::with_capacity(frame.batch.num_columns());
        for (index, column) in frame.batch.columns().iter().enumerate() {
            let column = if all { Arc::clone(column) } else { take(column, &picked, None)? };
            columns.push(if shift != 0 && days_ago.contains(&index) {
                Arc::new(people::less(&column, shift)) as ArrayRef
            } else {
                column
            });
        }
        let rows = picked.values().to_vec();
        let customers = people::pick(&frame.customers, &rows).into();
        let days = frame.days.as_ref().map(|days| people::pick(days, &rows));
        let mut seen = Frame::new(&frame.batch.schema(), columns, customers)?;
        seen.days = days.map(|days| people::earlier(days, shift).into());
        seen.rows = Some(rows);
        Ok(Arc::new(seen))
    }
}

impl Doing {
    /// Does it to the rows of a frame.
    fn over(&self, input: &Frame, schema: &SchemaRef) -> Result<Frame, DataFusionError> {
        match self {
            Self::Filter { condition, kept, .. } => {
                let keep = predicate(condition, &input.batch)?;
                let narrow = Frame { batch: input.batch.project(kept)?, rows: None, ..input.clone() };
                narrow.filtered(&keep)
            }
            Self::Project { columns, .. } => {
                let columns =
                    columns.iter().map(|column| column.over(&input.batch)).collect::<Result<Vec<_>, _>>()?;
                let mut frame = Frame::new(schema, columns, Arc::clone(&input.customers))?;
                frame.since.clone_from(&input.since);
                frame.days.clone_from(&input.days);
                Ok(frame)
            }
            Self::Window { kept, functions, .. } => {
                let mut columns = Vec::with_capacity(functions.len() + kept.len());
                for function in functions {
                    columns.push(function.over(&input.batch, &input.customers)?);
                }
                columns.extend(kept.iter().map(|&index| Arc::clone(input.batch.column(index))));
                Frame::new(schema, columns, Arc::clone(&input.customers))
            }
            Self::Rows(_) | Self::Fold { .. } => Err(internal("no step over rows")),
        }
    }
}

fn internal(message: &str) -> DataFusionError {
    DataFusionError::Internal(message.to_owned())
}
