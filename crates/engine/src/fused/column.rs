//! Measures as Arrow columns: what slots keep, and what a window makes of it.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Float64Array, Int64Array, PrimitiveArray,
};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type};
use datafusion::common::DataFusionError;
use foretell_fold::{Moments, Overflow, Spans, Target, reduce};

use super::aggregate::How;
use super::part::Keep;

/// What the slots keep of a measure.
#[derive(Debug)]
pub(super) enum Field {
    /// Counts and whole numbers.
    Whole(Vec<i64>),
    /// Decimals without their point.
    Decimal(Vec<i128>),
    /// Numbers.
    Float(Vec<f64>),
    /// Mean and deviations.
    Moments(Moments),
}

fn overflow(_: Overflow) -> DataFusionError {
    DataFusionError::Execution(Overflow.to_string())
}

impl Field {
    /// Adds the rows of a target.
    pub(super) fn new(
        target: &Target<'_>,
        keep: Keep,
        argument: Option<&ArrayRef>,
    ) -> Result<Self, DataFusionError> {
        let Some(argument) = argument else { return Ok(Self::Whole(target.count())) };
        // A column of type Null has no mask of its own.
        let nulls = argument.logical_nulls();
        let nulls = nulls.as_ref().filter(|n| n.null_count() > 0);
        if keep == Keep::Count {
            return Ok(Self::Whole(target.count_valid(nulls)));
        }
        Ok(match argument.data_type() {
            DataType::Float64 => {
                let values = argument.as_primitive::<Float64Type>().values();
                match keep {
                    Keep::Sum => Self::Float(target.sum_f64(values, nulls)),
                    Keep::Least => Self::Float(target.least(values, nulls, f64::INFINITY)),
                    Keep::Greatest => Self::Float(target.greatest(values, nulls, f64::NEG_INFINITY)),
                    Keep::Moments | Keep::Count => Self::Moments(target.moments(values, nulls)),
                }
            }
            DataType::Decimal128(..) => {
                let values = argument.as_primitive::<Decimal128Type>().values();
                Self::Decimal(match keep {
                    Keep::Least => target.least(values, nulls, i128::MAX),
                    Keep::Greatest => target.greatest(values, nulls, i128::MIN),
                    _ => target.sum_i128(values, nulls).map_err(overflow)?,
                })
            }
            _ => {
                let values = whole(argument)?;
                Self::Whole(match keep {
                    Keep::Least => target.least(&values, nulls, i64::MAX),
                    Keep::Greatest => target.greatest(&values, nulls, i64::MIN),
                    _ => target.sum_i64(&values, nulls).map_err(overflow)?,
                })
            }
        })
    }

    /// Counts of each group; the field must keep counts.
    pub(super) fn count(&self, offset: usize, slots: usize, spans: &Spans) -> Vec<i64> {
        match self {
            Self::Whole(counts) => reduce::count(&counts[offset..offset + slots], spans),
            Self::Decimal(_) | Self::Float(_) | Self::Moments(_) => vec![0; spans.len()],
        }
    }
}

/// Whole numbers, days and truth values as 64-bit numbers.
fn whole(array: &ArrayRef) -> Result<ScalarBuffer<i64>, DataFusionError> {
    let as_number = match array.data_type() {
        DataType::Int64 => Arc::clone(array),
        DataType::Date32 => cast(&cast(array, &DataType::Int32)?, &DataType::Int64)?,
        _ => cast(array, &DataType::Int64)?,
    };
    Ok(as_number.as_primitive::<Int64Type>().values().clone())
}

/// One measure over one window.
pub(super) struct Values<'a> {
    pub(super) field: &'a Field,
    /// First slot of the slice.
    pub(super) offset: usize,
    pub(super) slots: usize,
    pub(super) spans: &'a Spans,
    /// Values of each group that are not NULL.
    pub(super) valid: &'a [i64],
    /// Rows of each group that decide whether there is a value.
    pub(super) around: Option<&'a [i64]>,
}

impl Values<'_> {
    /// The column that `how` makes, of the aggregate's own type; `shift` is taken off each value.
    pub(super) fn column(
        &self,
        how: How,
        shift: i64,
        data_type: &DataType,
    ) -> Result<ArrayRef, DataFusionError> {
        if how == How::Count {
            return Ok(Arc::new(Int64Array::from(self.valid.to_vec())));
        }
        let some = self.around.unwrap_or(self.valid);
        let nulls = NullBuffer::new(BooleanBuffer::collect_bool(some.len(), |i| some[i] > 0));
        let nulls = Some(nulls).filter(|n| n.null_count() > 0);
        Ok(match self.field {
            Field::Whole(field) => {
                let field = &field[self.offset..self.offset + self.slots];
                let values = match how {
                    How::Least => reduce::least(field, self.spans, i64::MAX),
                    How::Greatest => reduce::greatest(field, self.spans, i64::MIN),
                    _ => reduce::sum_i64(field, self.spans).map_err(overflow)?,
                };
                let values = values.into_iter().map(|v| v.wrapping_sub(shift)).collect::<Vec<_>>();
                narrowed(Int64Array::new(values.into(), nulls), data_type)?
            }
            Field::Decimal(field) => {
                let field = &field[self.offset..self.offset + self.slots];
                let values = match how {
                    How::Least => reduce::least(field, self.spans, i128::MAX),
                    How::Greatest => reduce::greatest(field, self.spans, i128::MIN),
                    _ => reduce::sum_i128(field, self.spans).map_err(overflow)?,
                };
                let array: Decimal128Array = PrimitiveArray::new(values.into(), nulls);
                Arc::new(array.with_data_type(data_type.clone()))
            }
            Field::Float(field) => {
                let field = &field[self.offset..self.offset + self.slots];
                let mut values = match how {
                    How::Least => reduce::least(field, self.spans, f64::INFINITY),
                    How::Greatest => reduce::greatest(field, self.spans, f64::NEG_INFINITY),
                    _ => reduce::sum_f64(field, self.spans),
                };
                if how == How::Mean {
                    values.iter_mut().zip(self.valid).for_each(|(v, n)| *v /= *n as f64);
                }
                Arc::new(Float64Array::new(values.into(), nulls))
            }
            Field::Moments(field) => {
                let (sample, root) = match how {
                    How::Variance { sample, root } => (sample, root),
                    _ => (true, false),
                };
                let variance =
                    reduce::deviations(field, self.offset, self.spans).into_iter().map(|(n, squares)| {
                        let by = if sample { n - 1.0 } else { n };
                        let variance = squares / by;
                        (by > 0.0).then_some(if root { variance.sqrt() } else { variance })
                    });
                Arc::new(variance.collect::<Float64Array>())
            }
        })
    }
}

/// Whole numbers in the type they came from.
fn narrowed(values: Int64Array, data_type: &DataType) -> Result<ArrayRef, DataFusionError> {
    Ok(match data_type {
        DataType::Int64 => Arc::new(values),
        DataType::Date32 => cast(&cast(&values, &DataType::Int32)?, &DataType::Date32)?,
        DataType::Boolean => {
            let truths = BooleanBuffer::collect_bool(values.len(), |i| values.value(i) > 0);
            Arc::new(BooleanArray::new(truths, values.nulls().cloned()))
        }
        // Where there is no value, the number below the NULL need not fit.
        _ => cast(&values, data_type)?,
    })
}
