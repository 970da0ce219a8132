//! One bucket: its rows sorted, duplicates left out, written as one Parquet object.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use arrow::compute::{max, min, take_record_batch};
use arrow::datatypes::{Date32Type, SchemaRef};
use arrow::error::ArrowError;
use arrow::row::{RowConverter, SortField};
use foretell_engine::{Error, Result};
use foretell_spec::{Duplicates, Source};
use foretell_storage::{Staged, Warehouse};

use crate::hints::hints;
use crate::order::{Hashes, Sorted};

/// A bucket written to staging, and what its rows were.
pub(crate) struct Written {
    pub(crate) staged: Staged,
    pub(crate) exact_duplicates: u64,
    pub(crate) unique_key_duplicates: u64,
    pub(crate) customers: u64,
    /// First and last local day, in days since 1970-01-01.
    pub(crate) days: Option<(i32, i32)>,
}

/// Rows handed to the writer at once.
const SLICE: usize = 65_536;

/// Sorts, deduplicates and writes.
pub(crate) fn write(
    warehouse: &Warehouse,
    source: &Source,
    lake: &SchemaRef,
    rows: &RecordBatch,
) -> Result<Written> {
    let sorted = Sorted::new(rows)?;
    let mut order = sorted.order;
    let read = order.len();
    if source.exact_duplicates == Duplicates::Drop {
        let hash = Hashes::of(rows)?;
        // Equal rows have one customer and one instant, so that they lie side by side.
        order.dedup_by_key(|row| hash.get(*row));
    }
    let exact_duplicates = (read - order.len()) as u64;
    if !source.unique_key.is_empty() {
        without_same_key(rows, &mut order, &sorted.customer, &source.unique_key)?;
    }
    let unique_key_duplicates = (read - order.len()) as u64 - exact_duplicates;

    let columns = lake.fields().iter().map(|field| rows.schema().index_of(field.name()));
    let columns = columns.collect::<Result<Vec<_>, _>>().map_err(wrong)?;
    let kept = rows.project(&columns).map_err(wrong)?;
    let mut staging = None;
    let mut days: Option<(i32, i32)> = None;
    for part in order.chunks(SLICE) {
        let batch = take_record_batch(&kept, &UInt32Array::from(part.to_vec())).map_err(wrong)?;
        let day = batch.column(1).as_primitive::<Date32Type>();
        if let (Some(first), Some(last)) = (min(day), max(day)) {
            days = Some(days.map_or((first, last), |(f, l)| (f.min(first), l.max(last))));
        }
        if staging.is_none() {
            staging = Some(warehouse.stage_with(Arc::clone(lake), &hints(&batch))?);
        }
        if let Some(staging) = &mut staging {
            staging.write(&batch)?;
        }
    }
    let staging = staging.map_or_else(|| warehouse.stage(Arc::clone(lake)), Ok)?;
    Ok(Written {
        staged: staging.finish()?,
        exact_duplicates,
        unique_key_duplicates,
        customers: sorted.customers,
        days,
    })
}

/// Leaves out rows of a customer that share the key with an earlier one.
///
/// The earliest stays, and not the newest: a row that comes later must not undo what was known before.
fn without_same_key(
    rows: &RecordBatch,
    order: &mut Vec<u32>,
    customer: &[u32],
    key: &[String],
) -> Result<()> {
    let columns = key.iter().map(|name| Ok(Arc::clone(column(rows, name)?))).collect::<Result<Vec<_>>>()?;
    let fields = columns.iter().map(|c| SortField::new(c.data_type().clone())).collect();
    let keys = RowConverter::new(fields).and_then(|c| c.convert_columns(&columns)).map_err(wrong)?;
    // A customer's rows lie together, so it is enough to remember the keys of one.
    let mut at = None;
    let mut seen: HashSet<&[u8]> = HashSet::new();
    order.retain(|row| {
        let row = *row as usize;
        if at.replace(customer[row]) != Some(customer[row]) {
            seen.clear();
        }
        seen.insert(keys.row(row).data())
    });
    Ok(())
}

/// The column of that name.
pub(crate) fn column<'a>(rows: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef> {
    rows.column_by_name(name).ok_or_else(|| Error::internal(format!("no column {name} in a bucket")))
}

fn wrong(error: ArrowError) -> Error {
    Error::internal("cannot sort a bucket").because(error)
}
