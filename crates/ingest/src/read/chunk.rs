//! A batch in the making: the places of its cells in the text, then its columns.

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use foretell_engine::{Error, Result};

use super::cast::Fault;
use super::plan::Plan;
use super::{RawBatch, RawRows, Rejected};

/// The place of a cell in the text of its batch.
///
/// Cells that must be rewritten (doubled quotes, JSON escapes) lie in a second text, marked by the highest bit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    start: u32,
    len: u32,
}

const REWRITTEN: u32 = 1 << 31;

impl Span {
    /// A cell that is not there: NULL.
    pub(super) const ABSENT: Self = Self { start: u32::MAX, len: 0 };

    /// A cell at these places of the text; they fit, since a batch ends long before 2 GiB.
    pub(super) fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, len: (end - start) as u32 }
    }

    fn of<'a>(self, text: &'a str, rewritten: &'a str) -> Option<&'a str> {
        if self.len == 0 {
            return None;
        }
        let (text, start) = match self.start & REWRITTEN {
            0 => (text, self.start as usize),
            _ => (rewritten, (self.start ^ REWRITTEN) as usize),
        };
        text.get(start..start + self.len as usize)
    }
}

/// Rows of text gathered for one batch.
pub(super) struct Chunk {
    width: usize,
    /// Row by row, one span a column.
    spans: Vec<Span>,
    rewritten: String,
    records: Vec<(u32, u32)>,
    line: Vec<u64>,
    row_hash: Vec<i64>,
    rejected: Vec<Rejected>,
}

impl Chunk {
    /// Begins a batch of `width` columns.
    pub(super) fn new(width: usize, rows: usize) -> Self {
        Self {
            width,
            spans: Vec::with_capacity(width * rows),
            rewritten: String::new(),
            records: Vec::with_capacity(rows),
            line: Vec::with_capacity(rows),
            row_hash: Vec::with_capacity(rows),
            rejected: Vec::new(),
        }
    }

    /// Rows gathered and rejected so far.
    pub(super) fn rows_read(&self) -> usize {
        self.records.len() + self.rejected.len()
    }

    /// Adds one cell of the row that [`Chunk::end_row`] will end.
    pub(super) fn push(&mut self, span: Span) {
        self.spans.push(span);
    }

    /// Adds one cell of the row that [`Chunk::end_row`] will end, in a form that is not that of the file.
    pub(super) fn push_rewritten(&mut self, cell: impl Iterator<Item = char>) {
        let start = self.rewritten.len();
        self.rewritten.extend(cell);
        let mut span = Span::new(start, self.rewritten.len());
        span.start |= REWRITTEN;
        self.spans.push(span);
    }

    /// Ends a row whose record stands at `start..end` of the text.
    pub(super) fn end_row(&mut self, start: usize, end: usize, line: u64, hash: i64) {
        self.records.push((start as u32, end as u32));
        self.line.push(line);
        self.row_hash.push(hash);
    }

    /// Takes back the cells of a row that was not ended.
    pub(super) fn drop_row(&mut self) {
        self.spans.truncate(self.records.len() * self.width);
    }

    /// Adds a row that cannot be read.
    pub(super) fn reject(&mut self, rejected: Rejected) {
        self.rejected.push(rejected);
    }

    /// Casts the gathered cells, which lie in `text`, and moves rows with a cell that cannot be cast to the rejected.
    ///
    /// # Errors
    /// Internal, when Arrow does not take the columns.
    pub(super) fn finish(mut self, plan: &mut Plan, text: String) -> Result<RawBatch> {
        let count = self.records.len();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.width);
        let mut faults = Faults::default();
        for (column, rule) in plan.rules.iter_mut().enumerate() {
            let rows = self.spans.chunks_exact(self.width);
            let cells = rows.map(|row| row[column].of(&text, &self.rewritten));
            arrays.push(rule.cast(cells, count, faults.of_column(column))?);
            faults.end_column();
        }
        let columns = RecordBatch::try_new(plan.schema.clone(), arrays)
            .map_err(|e| Error::internal("the cast columns make no record batch").because(e))?;
        let rows_read = self.rows_read() as u64;
        let raw = |row: usize| {
            let (start, end) = self.records[row];
            text.get(start as usize..end as usize).unwrap_or_default().to_owned()
        };
        let (keep, cast) = faults.settle(count, &self.line, plan, raw);
        self.rejected.extend(cast);
        self.rejected.sort_by_key(|rejected| rejected.line);
        let (columns, line, row_hash, records) = match keep {
            None => (columns, self.line, self.row_hash, self.records),
            Some(keep) => (
                kept_rows(&columns, &keep)?,
                kept(self.line, &keep),
                kept(self.row_hash, &keep),
                kept(self.records, &keep),
            ),
        };
        Ok(RawBatch {
            columns,
            line,
            row_hash,
            rejected: self.rejected,
            rows_read,
            raw: RawRows::Text { text, records },
        })
    }
}

/// Cells of a batch that could not be cast, column after column.
#[derive(Default)]
pub(super) struct Faults {
    found: Vec<Fault>,
    column: usize,
    settled: usize,
    columns: Vec<usize>,
}

impl Faults {
    /// Where the faults of `column` are to be put, until [`Faults::end_column`].
    pub(super) fn of_column(&mut self, column: usize) -> &mut Vec<Fault> {
        self.column = column;
        &mut self.found
    }

    /// Ends the column begun last.
    pub(super) fn end_column(&mut self) {
        self.columns.resize(self.found.len(), self.column);
        self.settled = self.found.len();
    }

    /// Says which rows stay, `None` for all, and makes a [`Rejected`] of each other one, by its first faulty column.
    pub(super) fn settle(
        self,
        rows: usize,
        line: &[u64],
        plan: &Plan,
        raw: impl Fn(usize) -> String,
    ) -> (Option<Vec<bool>>, Vec<Rejected>) {
        if self.found.is_empty() {
            return (None, Vec::new());
        }
        let mut keep = vec![true; rows];
        let mut rejected = Vec::new();
        for (fault, column) in self.found.into_iter().zip(self.columns) {
            if std::mem::replace(&mut keep[fault.row], false) {
                rejected.push(Rejected {
                    line: line[fault.row],
                    column: Some(plan.names[column].clone()),
                    rule: "cast".to_owned(),
                    reason: fault.reason.into_owned(),
                    raw: raw(fault.row),
                });
            }
        }
        (Some(keep), rejected)
    }
}

/// Keeps the marked rows of a batch.
pub(super) fn kept_rows(columns: &RecordBatch, keep: &[bool]) -> Result<RecordBatch> {
    filter_record_batch(columns, &BooleanArray::from(keep.to_vec()))
        .map_err(|e| Error::internal("rejected rows could not be taken out of a batch").because(e))
}

/// Keeps the marked values.
pub(super) fn kept<T>(values: Vec<T>, keep: &[bool]) -> Vec<T> {
    values.into_iter().zip(keep).filter(|(_, keep)| **keep).map(|(value, _)| value).collect()
}
