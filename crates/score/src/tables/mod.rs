//! The tables of this stage as Arrow: columns, types and order, a file a table.

mod calibration;
mod drift;
mod influence;
mod promises;
mod quality;
mod scores;
mod screen;

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema};
use chrono::NaiveDate;
use foretell_engine::{Error, Result};

pub(crate) use calibration::calibration;
pub(crate) use drift::drift;
pub(crate) use influence::{Shared, SharedBy, influence, influence_groups};
pub(crate) use promises::{Promised, promises};
pub(crate) use quality::{Judged, quality, quality_curve};
pub(crate) use scores::{Said, scores};
pub(crate) use screen::feature_screen;

/// A column of a table.
enum Column {
    Text(Vec<Option<String>>),
    Int(Vec<i64>),
    Float(Vec<Option<f64>>),
    Bool(Vec<Option<bool>>),
    Day(Vec<NaiveDate>),
}

fn text<T: ToString>(values: impl Iterator<Item = Option<T>>) -> Column {
    Column::Text(values.map(|value| value.map(|v| v.to_string())).collect())
}

fn batch(columns: Vec<(&str, Column)>) -> Result<RecordBatch> {
    let epoch = NaiveDate::default();
    let mut fields = Vec::with_capacity(columns.len());
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(columns.len());
    for (name, column) in columns {
        let array: ArrayRef = match column {
            Column::Text(values) => Arc::new(StringArray::from(values)),
            Column::Int(values) => Arc::new(Int64Array::from(values)),
            Column::Float(values) => Arc::new(Float64Array::from(values)),
            Column::Bool(values) => Arc::new(BooleanArray::from(values)),
            Column::Day(values) => Arc::new(Date32Array::from_iter(
                values.iter().map(|day| i32::try_from((*day - epoch).num_days()).ok()),
            )),
        };
        fields.push(Field::new(name, array.data_type().clone(), true));
        arrays.push(array);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .map_err(|e| Error::internal("a table does not fit its schema").because(e))
}
