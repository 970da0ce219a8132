//! Measures as Arrow columns: what slots keep, and what a window makes of it.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Float64Array, Int64Array, PrimitiveArray,
};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type};
use arrow::error::ArrowError;

use crate::reduce;
use crate::spans::Spans;
use crate::target::{Moments, Overflow, Target};

/// What is made of the values of a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum How {
    /// How many are not NULL; without an argument, how many rows.
    Count,
    /// Their sum; NULL where there are none.
    Sum,
    /// Their sum; 0 where there are rows but none with a value.
    SumOrZero,
    /// Their mean.
    Mean,
    /// The least of them.
    Least,
    /// The greatest of them.
    Greatest,
    /// Their variance.
    Variance {
        /// By `n - 1` instead of `n`.
        sample: bool,
        /// Its square root.
        root: bool,
    },
}

impl How {
    /// Says that it picks one of the values.
    pub fn is_extreme(self) -> bool {
        matches!(self, Self::Least | Self::Greatest)
    }

    /// What slots must keep for it.
    pub fn keep(self) -> Keep {
        match self {
            Self::Count => Keep::Count,
            Self::Sum | Self::SumOrZero | Self::Mean => Keep::Sum,
            Self::Least => Keep::Least,
            Self::Greatest => Keep::Greatest,
            Self::Variance { .. } => Keep::Moments,
        }
    }
}

/// What a slot keeps of a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Keep {
    /// How many values.
    Count,
    /// Their sum.
    Sum,
    /// The least.
    Least,
    /// The greatest.
    Greatest,
    /// Mean and deviations.
    Moments,
}

/// What the slots keep of a measure.
#[derive(Debug)]
pub enum Field {
    /// Counts and whole numbers.
    Whole(Vec<i64>),
    /// Decimals without their point.
    Decimal(Vec<i128>),
    /// Numbers.
    Float(Vec<f64>),
    /// Mean and deviations.
    Moments(Moments),
}

impl From<Overflow> for ArrowError {
    fn from(overflow: Overflow) -> Self {
        Self::ComputeError(overflow.to_string())
    }
}

impl Field {
    /// Adds the rows of a target.
    ///
    /// # Errors
    /// A sum does not fit its type.
    pub fn new(target: &Target<'_>, keep: Keep, argument: Option<&ArrayRef>) -> Result<Self, ArrowError> {
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
                    _ => target.sum_i128(values, nulls)?,
                })
            }
            _ => {
                let values = whole(argument)?;
                Self::Whole(match keep {
                    Keep::Least => target.least(&values, nulls, i64::MAX),
                    Keep::Greatest => target.greatest(&values, nulls, i64::MIN),
                    _ => target.sum_i64(&values, nulls)?,
                })
            }
        })
    }

    /// Counts of each group; the field must keep counts.
    pub fn count(&self, offset: usize, slots: usize, spans: &Spans) -> Vec<i64> {
        match self {
            Self::Whole(counts) => reduce::count(&counts[offset..offset + slots], spans),
            Self::Decimal(_) | Self::Float(_) | Self::Moments(_) => vec![0; spans.len()],
        }
    }
}

/// Whole numbers, days and truth values as 64-bit numbers.
fn whole(array: &ArrayRef) -> Result<ScalarBuffer<i64>, ArrowError> {
    let as_number = match array.data_type() {
        DataType::Int64 => Arc::clone(array),
        DataType::Date32 => cast(&cast(array, &DataType::Int32)?, &DataType::Int64)?,
        _ => cast(array, &DataType::Int64)?,
    };
    Ok(as_number.as_primitive::<Int64Type>().values().clone())
}

/// One measure over one window.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    /// What the slots keep.
    pub field: &'a Field,
    /// First slot of the slice.
    pub offset: usize,
    /// Number of slots of a slice.
    pub slots: usize,
    /// The window.
    pub spans: &'a Spans,
    /// Values of each group that are not NULL.
    pub valid: &'a [i64],
    /// Rows of each group that decide whether there is a value.
    pub around: Option<&'a [i64]>,
}

impl Values<'_> {
    /// The column that `how` makes, of the aggregate's own type; `shift` is taken off each value.
    ///
    /// # Errors
    /// A sum does not fit its type.
    pub fn column(&self, how: How, shift: i64, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
        if how == How::Count {
            return Ok(Arc::new(Int64Array::from(self.valid.to_vec())));
        }
        let some = self.around.unwrap_or(self.valid);
        let nulls = some
            .contains(&0)
            .then(|| NullBuffer::new(BooleanBuffer::collect_bool(some.len(), |i| some[i] > 0)));
        Ok(match self.field {
            Field::Whole(field) => {
                let field = &field[self.offset..self.offset + self.slots];
                let values = match how {
                    How::Least => reduce::least(field, self.spans, i64::MAX),
                    How::Greatest => reduce::greatest(field, self.spans, i64::MIN),
                    _ => reduce::sum_i64(field, self.spans)?,
                };
                let values = values.into_iter().map(|v| v.wrapping_sub(shift)).collect::<Vec<_>>();
                narrowed(Int64Array::new(values.into(), nulls), data_type)?
            }
            Field::Decimal(field) => {
                let field = &field[self.offset..self.offset + self.slots];
                let values = match how {
                    How::Least => reduce::least(field, self.spans, i128::MAX),
                    How::Greatest => reduce::greatest(field, self.spans, i128::MIN),
                    _ => reduce::sum_i128(field, self.spans)?,
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
fn narrowed(values: Int64Array, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
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

/// A column of whole numbers or floats with 0 in place of NULL; `None` for any other type.
pub fn zero_for_null(column: &ArrayRef) -> Option<ArrayRef> {
    let Some(nulls) = column.nulls().filter(|nulls| nulls.null_count() > 0) else {
        return Some(Arc::clone(column));
    };
    match column.data_type() {
        DataType::Int64 => {
            let mut values = column.as_primitive::<Int64Type>().values().to_vec();
            (0..values.len()).filter(|&row| nulls.is_null(row)).for_each(|row| values[row] = 0);
            Some(Arc::new(Int64Array::from(values)))
        }
        DataType::Float64 => {
            let mut values = column.as_primitive::<Float64Type>().values().to_vec();
            (0..values.len()).filter(|&row| nulls.is_null(row)).for_each(|row| values[row] = 0.0);
            Some(Arc::new(Float64Array::from(values)))
        }
        _ => None,
    }
}
