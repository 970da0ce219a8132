//! One bucket: new rows put beside those of the lake, sorted, duplicates left out, written as one Parquet object.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, filter_record_batch, take_record_batch};
use foretell_engine::{Days, Result};
use foretell_storage::{Staged, Warehouse};

use crate::duplicates::{Bucket, Duplicates};
use crate::hints::hints;
use crate::older::Older;
use crate::order::Sorted;
use crate::shape::{Shape, wrong};
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
    judged: RecordBatch,
    older: &[Older],
) -> Result<Written> {
    let merged = older.iter().filter(|run| run.merged).map(|run| run.all(shape));
    let mut parts = merged.collect::<Result<Vec<_>>>()?;
    let old: usize = parts.iter().map(RecordBatch::num_rows).sum();
    parts.push(judged);
    let rows = match <[RecordBatch; 1]>::try_from(parts) {
        Ok([only]) => only,
        Err(parts) => concat_batches(&shape.rows, &parts).map_err(wrong)?,
    };
    let keys = shape.keys(&rows)?;
    let rows = shape.store(rows, keys.as_ref())?;
    let Sorted { order, customer, customers } = Sorted::new(&rows)?;
    let new = new_customers(&customer, customers, old);
    let bucket = Bucket { rows: &rows, customer: &customer, keys: keys.as_ref(), new: &new };
    let duplicates = Duplicates::find(shape, &bucket, order, older)?;
    drop(keys);

    let kept = duplicates.kept.chunks(SLICE);
    let kept = kept.map(|part| take_record_batch(&rows, &UInt32Array::from(part.to_vec())).map_err(wrong));
    let (staged, days) = stage(warehouse, shape, kept)?;
    let mut rewritten = Vec::new();
    for (index, lost) in duplicates.losses.iter().enumerate().filter(|(_, lost)| !lost.is_empty()) {
        rewritten.push(rewrite(warehouse, shape, index, &older[index], lost)?);
    }
    Ok(Written {
        staged,
        displaced: stage_displaced(warehouse, shape, &duplicates.displaced)?,
        rewritten,
        exact_duplicates: duplicates.exact,
        unique_key_duplicates: duplicates.same_key,
        customers: (new.len() - duplicates.customers.len()) as u64,
        days,
    })
}

/// Of each customer none of whose rows is among the first `old`, which the lake has, one row; `customer` are ranks.
///
/// That all rows of such a customer may be left out as duplicates changes nothing: then an older run has them.
fn new_customers(customer: &[u32], customers: usize, old: usize) -> Vec<u32> {
    let mut known = vec![false; customers];
    customer[..old].iter().for_each(|rank| known[*rank as usize] = true);
    let new = (0..).zip(customer).skip(old);
    new.filter(|(_, rank)| !std::mem::replace(&mut known[**rank as usize], true))
        .map(|(row, _)| row)
        .collect()
}

/// Writes rows in their order, and sums them up.
fn stage(
    warehouse: &Warehouse,
    shape: &Shape,
    batches: impl Iterator<Item = Result<RecordBatch>>,
) -> Result<(Staged, Days)> {
    let mut sums = Sums::default();
    let mut staging = None;
    for batch in batches {
        let batch = batch?;
        sums.add(&batch)?;
        let staging = match &mut staging {
            Some(staging) => staging,
            none => none.insert(warehouse.stage_with(Arc::clone(&shape.stored), &hints(&batch))?),
        };
        staging.write(&batch)?;
    }
    let staging = staging.map_or_else(|| warehouse.stage(Arc::clone(&shape.stored)), Ok)?;
    Ok((staging.finish()?, sums.days()?))
}

/// Writes an older bucket anew, without the rows of these numbers.
fn rewrite(
    warehouse: &Warehouse,
    shape: &Shape,
    index: usize,
    older: &Older,
    lost: &[usize],
) -> Result<Rewritten> {
    let all = older.all(shape)?;
    let keys = shape.keys(&all)?;
    let all = shape.store(all, keys.as_ref())?;
    let lost: HashSet<usize> = lost.iter().copied().collect();
    let part = |keep: bool| {
        let mask: BooleanArray = (0..all.num_rows()).map(|row| Some(lost.contains(&row) != keep)).collect();
        filter_record_batch(&all, &mask).map_err(wrong)
    };
    let mut sums = Sums::default();
    sums.add(&part(false)?)?;
    let kept = part(true)?;
    let slices = (0..kept.num_rows()).step_by(SLICE);
    let slices = slices.map(|from| Ok(kept.slice(from, SLICE.min(kept.num_rows() - from))));
    let (staged, _) = stage(warehouse, shape, slices)?;
    Ok(Rewritten { older: index, staged, lost: sums.days()? })
}

/// Writes what is remembered of the rows that gave way to others, in the lake's order.
fn stage_displaced(warehouse: &Warehouse, shape: &Shape, rows: &[RecordBatch]) -> Result<Option<Staged>> {
    let rows = concat_batches(&shape.displaced, rows).map_err(wrong)?;
    if rows.num_rows() == 0 {
        return Ok(None);
    }
    let order = Sorted::new(&rows)?.order;
    let mut staging = warehouse.stage_with(Arc::clone(&shape.displaced), &hints(&rows))?;
    staging.write(&take_record_batch(&rows, &UInt32Array::from(order)).map_err(wrong)?)?;
    Ok(Some(staging.finish()?))
}
