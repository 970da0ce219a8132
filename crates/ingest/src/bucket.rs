//! One bucket: new rows put beside those of the lake, sorted, duplicates left out, written as one Parquet object.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{AsArray, BooleanArray, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, filter_record_batch, take_record_batch};
use arrow::datatypes::SchemaRef;
use arrow::row::Rows;
use foretell_engine::{Days, Error, Result};
use foretell_storage::{Staged, Warehouse};

use crate::duplicates::Duplicates;
use crate::older::Older;
use crate::shape::{Shape, column, keys, wrong};
use crate::sums::Sums;

/// A bucket written to staging, and what its rows were.
pub(crate) struct Written {
    pub(crate) staged: Staged,
    /// The rows that gave way to an earlier one of the same key, where there are any to remember.
    pub(crate) displaced: Option<Staged>,
    /// Buckets of older runs that lost rows to new ones.
    pub(crate) rewritten: Vec<Rewritten>,
    pub(crate) exact_duplicates: u64,
    pub(crate) unique_key_duplicates: u64,
    /// Customers that the lake did not have.
    pub(crate) customers: u64,
    /// The rows written.
    pub(crate) days: Days,
}

/// A bucket of an older run without the rows that gave way to new ones.
pub(crate) struct Rewritten {
    /// Index among the older ones.
    pub(crate) older: usize,
    pub(crate) staged: Staged,
    /// The rows it lost.
    pub(crate) lost: Days,
}

impl Written {
    /// Digests of what was written as a new run.
    pub(crate) fn digests(&self) -> impl Iterator<Item = &str> {
        [Some(&self.staged), self.displaced.as_ref()]
            .into_iter()
            .flatten()
            .map(|staged| staged.sha256.as_str())
    }
}

/// Rows handed to the writer at once.
const SLICE: usize = 65_536;

/// Sorts, deduplicates and writes; `judged` are the new rows.
pub(crate) fn write(
    warehouse: &Warehouse,
    shape: &Shape,
    judged: &RecordBatch,
    older: &[Older],
) -> Result<Written> {
    let mut parts = Vec::new();
    for run in older.iter().filter(|run| run.merged) {
        parts.push(run.all(&shape.stored)?);
    }
    let old: usize = parts.iter().map(RecordBatch::num_rows).sum();
    parts.push(shape.store(judged)?);
    let rows = match <[RecordBatch; 1]>::try_from(parts) {
        Ok([only]) => only,
        Err(parts) => concat_batches(&shape.stored, &parts).map_err(wrong)?,
    };
    let place = keys(&rows, &shape.sorted_by())?;
    let order = sorted(&place)?;
    let candidates = new_customers(&rows, &order, old)?;
    let duplicates = Duplicates::find(shape, &rows, &place, order, older, &candidates)?;

    let mut sums = Sums::default();
    let mut staging = warehouse.stage(Arc::clone(&shape.stored))?;
    for part in duplicates.kept.chunks(SLICE) {
        let batch = take_record_batch(&rows, &UInt32Array::from(part.to_vec())).map_err(wrong)?;
        sums.add(&batch)?;
        staging.write(&batch)?;
    }
    let mut rewritten = Vec::new();
    for (index, lost) in duplicates.losses.iter().enumerate().filter(|(_, lost)| !lost.is_empty()) {
        rewritten.push(rewrite(warehouse, &shape.stored, index, &older[index], lost)?);
    }
    let customers = candidates.iter().filter(|customer| !duplicates.customers.contains(**customer)).count();
    Ok(Written {
        staged: staging.finish()?,
        displaced: stage_displaced(warehouse, shape, &duplicates.displaced)?,
        rewritten,
        exact_duplicates: duplicates.exact,
        unique_key_duplicates: duplicates.same_key,
        customers: customers as u64,
        days: sums.days()?,
    })
}

/// Row numbers by the lake's order.
fn sorted(place: &Rows) -> Result<Vec<u32>> {
    let count = u32::try_from(place.num_rows()).map_err(|_| {
        Error::bad_spec("a bucket of the lake has over 4 billion rows").hint("set `lake.buckets` higher")
    })?;
    let mut order: Vec<u32> = (0..count).collect();
    order.sort_unstable_by(|a, b| place.row(*a as usize).cmp(&place.row(*b as usize)));
    Ok(order)
}

/// The customers none of whose rows is among the first `old`, which the lake has.
///
/// That all rows of such a customer may be left out as duplicates changes nothing: then an older run has them.
fn new_customers<'a>(rows: &'a RecordBatch, order: &[u32], old: usize) -> Result<HashSet<&'a str>> {
    let ids = column(rows, "customer_id")?.as_string::<i32>();
    let mut found = HashSet::new();
    for group in order.chunk_by(|a, b| ids.value(*a as usize) == ids.value(*b as usize)) {
        if group.iter().all(|row| *row as usize >= old) {
            found.extend(group.first().map(|row| ids.value(*row as usize)));
        }
    }
    Ok(found)
}

/// Writes an older bucket anew, without the rows of these numbers.
fn rewrite(
    warehouse: &Warehouse,
    stored: &SchemaRef,
    index: usize,
    older: &Older,
    lost: &[usize],
) -> Result<Rewritten> {
    let all = older.all(stored)?;
    let lost: HashSet<usize> = lost.iter().copied().collect();
    let part = |keep: bool| {
        let mask: BooleanArray = (0..all.num_rows()).map(|row| Some(lost.contains(&row) != keep)).collect();
        filter_record_batch(&all, &mask).map_err(wrong)
    };
    let mut sums = Sums::default();
    sums.add(&part(false)?)?;
    let mut staging = warehouse.stage(Arc::clone(stored))?;
    staging.write(&part(true)?)?;
    Ok(Rewritten { older: index, staged: staging.finish()?, lost: sums.days()? })
}

/// Writes what is remembered of the rows that gave way to others, in the lake's order.
fn stage_displaced(warehouse: &Warehouse, shape: &Shape, rows: &[RecordBatch]) -> Result<Option<Staged>> {
    let rows = concat_batches(&shape.displaced, rows).map_err(wrong)?;
    if rows.num_rows() == 0 {
        return Ok(None);
    }
    let order = sorted(&keys(&rows, &shape.sorted_by())?)?;
    let mut staging = warehouse.stage(Arc::clone(&shape.displaced))?;
    staging.write(&take_record_batch(&rows, &UInt32Array::from(order)).map_err(wrong)?)?;
    Ok(Some(staging.finish()?))
}
