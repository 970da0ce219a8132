//! One bucket: its rows sorted, duplicates left out, written as one Parquet object.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{Date32Type, SchemaRef, UInt64Type};
use arrow::row::{RowConverter, Rows, SortField};
use foretell_engine::{Error, Result};
use foretell_spec::{Duplicates, Source};
use foretell_storage::{Staged, Warehouse};

use crate::judge::HELPERS;

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
    sorted_by: &[String],
    rows: &RecordBatch,
) -> Result<Written> {
    let order = sorted(rows, sorted_by)?;
    let (order, exact_duplicates) = match source.exact_duplicates {
        Duplicates::Drop => without_exact(rows, order)?,
        Duplicates::Keep => (order, 0),
    };
    let (order, unique_key_duplicates) = if source.unique_key.is_empty() {
        (order, 0)
    } else {
        without_same_key(rows, order, &source.unique_key)?
    };

    let mut staging = warehouse.stage(Arc::clone(lake))?;
    let mut customers = 0;
    let mut previous: Option<String> = None;
    let mut days: Option<(i32, i32)> = None;
    for part in order.chunks(SLICE) {
        let indices = UInt32Array::from(part.to_vec());
        let columns = lake
            .fields()
            .iter()
            .map(|field| take(column(rows, field.name())?, &indices, None).map_err(wrong))
            .collect::<Result<Vec<_>>>()?;
        let batch = RecordBatch::try_new(Arc::clone(lake), columns).map_err(wrong)?;
        for id in batch.column(0).as_string::<i32>().iter().flatten() {
            if previous.as_deref() != Some(id) {
                customers += 1;
                previous = Some(id.to_owned());
            }
        }
        for day in batch.column(1).as_primitive::<Date32Type>().iter().flatten() {
            days = Some(days.map_or((day, day), |(first, last)| (first.min(day), last.max(day))));
        }
        staging.write(&batch)?;
    }
    Ok(Written { staged: staging.finish()?, exact_duplicates, unique_key_duplicates, customers, days })
}

/// Row numbers by the lake's order, and within it by file and line.
fn sorted(rows: &RecordBatch, sorted_by: &[String]) -> Result<Vec<u32>> {
    let names: Vec<&str> = sorted_by.iter().map(String::as_str).chain(HELPERS[..2].iter().copied()).collect();
    let keys = keys(rows, &names)?;
    let count = u32::try_from(rows.num_rows()).map_err(|_| {
        Error::bad_spec("a bucket of the lake has over 4 billion rows").hint("set `lake.buckets` higher")
    })?;
    let mut order: Vec<u32> = (0..count).collect();
    order.sort_unstable_by(|a, b| keys.row(*a as usize).cmp(&keys.row(*b as usize)));
    Ok(order)
}

/// Leaves out rows that equal an earlier one in every raw field; the first by file and line stays.
fn without_exact(rows: &RecordBatch, order: Vec<u32>) -> Result<(Vec<u32>, u64)> {
    let high = column(rows, HELPERS[2])?.as_primitive::<UInt64Type>();
    let low = column(rows, HELPERS[3])?.as_primitive::<UInt64Type>();
    let before = order.len();
    // Equal rows have one customer and one instant, so the first in order is the first read.
    let mut seen = HashSet::with_capacity(before);
    let kept: Vec<u32> = order
        .into_iter()
        .filter(|row| seen.insert((high.value(*row as usize), low.value(*row as usize))))
        .collect();
    let dropped = (before - kept.len()) as u64;
    Ok((kept, dropped))
}

/// Leaves out rows of a customer that share the key with an earlier one.
///
/// The earliest stays, and not the newest: a row that comes later must not undo what was known before.
fn without_same_key(rows: &RecordBatch, order: Vec<u32>, key: &[String]) -> Result<(Vec<u32>, u64)> {
    let mut names = vec!["customer_id"];
    names.extend(key.iter().map(String::as_str));
    let keys = keys(rows, &names)?;
    let before = order.len();
    let mut seen: HashSet<&[u8]> = HashSet::with_capacity(before);
    let kept: Vec<u32> =
        order.into_iter().filter(|row| seen.insert(keys.row(*row as usize).data())).collect();
    let dropped = (before - kept.len()) as u64;
    Ok((kept, dropped))
}

/// The values of some columns as bytes that compare as the values do.
fn keys(rows: &RecordBatch, names: &[&str]) -> Result<Rows> {
    let columns = names.iter().map(|name| Ok(Arc::clone(column(rows, name)?))).collect::<Result<Vec<_>>>()?;
    let fields = columns.iter().map(|c| SortField::new(c.data_type().clone())).collect();
    let converter = RowConverter::new(fields).map_err(wrong)?;
    converter.convert_columns(&columns).map_err(wrong)
}

fn column<'a>(rows: &'a RecordBatch, name: &str) -> Result<&'a arrow::array::ArrayRef> {
    rows.column_by_name(name).ok_or_else(|| Error::internal(format!("no column {name} in a bucket")))
}

fn wrong(error: arrow::error::ArrowError) -> Error {
    Error::internal("cannot sort a bucket").because(error)
}
