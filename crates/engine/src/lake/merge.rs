//! Sorted runs put into one order.
//!
//! Nearly all rows come from one old run and a few from young ones, so rows are not compared one by one: the
//! place where the next row of another run belongs is searched for, and all rows before it are taken at once.

use std::cmp::Ordering;

use arrow::array::{AsArray, Date32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::compute::{concat_batches, interleave_record_batch};
use arrow::datatypes::{Date32Type, Int64Type, SchemaRef, TimestampMicrosecondType};
use datafusion::common::{Result, internal_datafusion_err};

/// Rows handed on at once, unless a run's own batch is longer.
const CHUNK: usize = 8192;

/// Rows of a stretch below which it is cheaper to pick rows than to put stretches together.
const STRETCH: usize = 32;

/// Merges runs that are each sorted by customer, day, instant and hash; rows alike come by run.
pub(super) struct Merge {
    schema: SchemaRef,
    keys: Vec<usize>,
    runs: Vec<Run>,
}

/// What [`Merge::next`] asks for or gives.
pub(super) enum Step {
    /// The next batch of that run, or word that it has ended.
    Wants(usize),
    /// The next rows.
    Rows(RecordBatch),
    /// There are no more.
    Done,
}

/// Where a run is.
enum Run {
    Waiting,
    At(Box<Head>),
    Ended,
}

/// A run's batch and the first row of it that was not taken yet.
struct Head {
    rows: RecordBatch,
    keys: Keys,
    next: usize,
}

/// Consecutive rows of a run's batch.
struct Stretch {
    run: usize,
    from: usize,
    rows: usize,
}

/// The columns by which rows are sorted.
struct Keys {
    customers: StringArray,
    days: Date32Array,
    instants: TimestampMicrosecondArray,
    hashes: Int64Array,
}

impl Merge {
    /// Of each batch, `schema` has the leading columns, which are given back; `keys` says where it has customer,
    /// day, instant and hash.
    pub(super) fn new(schema: SchemaRef, keys: Vec<usize>, runs: usize) -> Self {
        Self { schema, keys, runs: (0..runs).map(|_| Run::Waiting).collect() }
    }

    /// Gives a run's next batch.
    pub(super) fn feed(&mut self, run: usize, batch: RecordBatch) -> Result<()> {
        if batch.num_rows() > 0 {
            let keys = Keys::of(&batch, &self.keys)?;
            let rows = batch.project(&(0..self.schema.fields().len()).collect::<Vec<_>>())?;
            self.runs[run] = Run::At(Box::new(Head { rows, keys, next: 0 }));
        }
        Ok(())
    }

    /// Says that a run has no more batches.
    pub(super) fn end(&mut self, run: usize) {
        self.runs[run] = Run::Ended;
    }

    /// The next thing to do.
    pub(super) fn next(&mut self) -> Result<Step> {
        if let Some(run) = self.runs.iter().position(|run| matches!(run, Run::Waiting)) {
            return Ok(Step::Wants(run));
        }
        let stretches = self.take();
        if stretches.is_empty() {
            return Ok(Step::Done);
        }
        let rows = self.put_together(&stretches)?;
        for run in &mut self.runs {
            if matches!(run, Run::At(head) if head.next == head.rows.num_rows()) {
                *run = Run::Waiting;
            }
        }
        Ok(Step::Rows(rows))
    }

    /// Takes rows in order, until they are many or a run's batch is used up.
    fn take(&mut self) -> Vec<Stretch> {
        let mut stretches = Vec::new();
        let mut rows = 0;
        while rows < CHUNK {
            let mut heads = self.runs.iter_mut().enumerate().filter_map(|(run, state)| match state {
                Run::At(head) => Some((run, head.as_mut())),
                Run::Waiting | Run::Ended => None,
            });
            let Some(mut least) = heads.next() else { break };
            let mut second: Option<(usize, &mut Head)> = None;
            for other in heads {
                // Of rows alike, that of the earlier run is first.
                if other.1.compare(least.1) == Ordering::Less {
                    second = Some(std::mem::replace(&mut least, other));
                } else if second.as_ref().is_none_or(|(_, second)| other.1.compare(second) == Ordering::Less)
                {
                    second = Some(other);
                }
            }
            let (run, head) = least;
            let until = second.map_or(head.rows.num_rows(), |(next, other)| head.until(other, run < next));
            stretches.push(Stretch { run, from: head.next, rows: until - head.next });
            rows += until - head.next;
            head.next = until;
            if until == head.rows.num_rows() {
                break;
            }
        }
        stretches
    }

    fn put_together(&self, stretches: &[Stretch]) -> Result<RecordBatch> {
        let batch = |run: usize| match &self.runs[run] {
            Run::At(head) => Ok(&head.rows),
            Run::Waiting | Run::Ended => Err(internal_datafusion_err!("a run of the lake was left early")),
        };
        if let [one] = stretches {
            return Ok(batch(one.run)?.slice(one.from, one.rows));
        }
        let rows: usize = stretches.iter().map(|stretch| stretch.rows).sum();
        if rows >= STRETCH * stretches.len() {
            let slices = stretches.iter().map(|s| Ok(batch(s.run)?.slice(s.from, s.rows)));
            let slices = slices.collect::<Result<Vec<_>>>()?;
            return Ok(concat_batches(&self.schema, &slices)?);
        }
        let mut places = vec![usize::MAX; self.runs.len()];
        let mut batches = Vec::with_capacity(self.runs.len());
        let mut picks = Vec::with_capacity(rows);
        for stretch in stretches {
            if places[stretch.run] == usize::MAX {
                places[stretch.run] = batches.len();
                batches.push(batch(stretch.run)?);
            }
            let place = places[stretch.run];
            picks.extend((stretch.from..stretch.from + stretch.rows).map(|row| (place, row)));
        }
        Ok(interleave_record_batch(&batches, &picks)?)
    }
}

impl Head {
    fn compare(&self, other: &Self) -> Ordering {
        self.keys.compare(self.next, &other.keys, other.next)
    }

    /// One past the last row that belongs before the other's next row, and also before rows alike if `first`.
    ///
    /// Looks ahead in growing steps, then halves: the place is often near.
    fn until(&self, other: &Self, first: bool) -> usize {
        let before = |row: usize| match self.keys.compare(row, &other.keys, other.next) {
            Ordering::Less => true,
            Ordering::Equal => first,
            Ordering::Greater => false,
        };
        let end = self.rows.num_rows();
        // The next row is known to belong before.
        let (mut low, mut step) = (self.next, 1);
        while low + step < end && before(low + step) {
            low += step;
            step *= 2;
        }
        let mut high = (low + step).min(end);
        while low + 1 < high {
            let middle = low.midpoint(high);
            if before(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }
}

impl Keys {
    fn of(batch: &RecordBatch, keys: &[usize]) -> Result<Self> {
        let wrong = || internal_datafusion_err!("a run of the lake is not sorted by what it should be");
        let [customer, day, instant, hash] = keys else { return Err(wrong()) };
        Ok(Self {
            customers: batch.column(*customer).as_string_opt().ok_or_else(wrong)?.clone(),
            days: batch.column(*day).as_primitive_opt::<Date32Type>().ok_or_else(wrong)?.clone(),
            instants: batch
                .column(*instant)
                .as_primitive_opt::<TimestampMicrosecondType>()
                .ok_or_else(wrong)?
                .clone(),
            hashes: batch.column(*hash).as_primitive_opt::<Int64Type>().ok_or_else(wrong)?.clone(),
        })
    }

    fn compare(&self, row: usize, other: &Self, other_row: usize) -> Ordering {
        self.customers
            .value(row)
            .cmp(other.customers.value(other_row))
            .then_with(|| self.days.value(row).cmp(&other.days.value(other_row)))
            .then_with(|| self.instants.value(row).cmp(&other.instants.value(other_row)))
            .then_with(|| self.hashes.value(row).cmp(&other.hashes.value(other_row)))
    }
}
