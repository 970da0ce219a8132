//! Columns of results, as the types their readers expect.

use arrow::array::{Array, AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};

use crate::error::{Error, Result};

fn column(batch: &RecordBatch, index: usize, data_type: &DataType) -> Result<arrow::array::ArrayRef> {
    let values = batch
        .columns()
        .get(index)
        .ok_or_else(|| Error::internal(format!("a result has no column {index}")))?;
    cast(values, data_type).map_err(|e| {
        Error::internal(format!("column {index} of a result is {}, not {data_type}", values.data_type()))
            .because(e)
    })
}

/// A column of a result as text.
///
/// # Errors
/// There is no such column, or it cannot be text.
pub fn text_column(batch: &RecordBatch, index: usize) -> Result<StringArray> {
    Ok(column(batch, index, &DataType::Utf8)?.as_string::<i32>().clone())
}

/// A column of a result as whole numbers.
///
/// # Errors
/// There is no such column, or it is no number.
pub fn int_column(batch: &RecordBatch, index: usize) -> Result<Int64Array> {
    Ok(column(batch, index, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

/// A column of a result as floating-point numbers.
///
/// # Errors
/// There is no such column, or it is no number.
pub fn float_column(batch: &RecordBatch, index: usize) -> Result<Float64Array> {
    Ok(column(batch, index, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
}
