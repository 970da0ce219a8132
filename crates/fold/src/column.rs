//! Measures as Arrow columns: what slots keep, and what a window makes of it.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Float64Array, Int64Array, PrimitiveArray,
};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use arrow::error::ArrowError;

use crate::argument::{Argument, Numbers};
use crate::number::{as_float, zero_for_null};
use crate::target::{Moments, Overflow, Target};

/// What is made of the values of a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum How {
    /// How many are not NULL; without an argument, how many rows.
    Count,
    /// Their sum; NULL where there are none.
    Sum,
    /// Their sum, where further rows count as 0: NULL only where there are none of these either.
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

    /// Says that it adds values up, or counts them.
    fn is_added(self) -> bool {
        matches!(self, Self::Count | Self::Sum | Self::SumOrZero)
    }

    /// Says that the number of values must be known to make the column.
    pub fn counts_valid(self, finish: Finish) -> bool {
        match self {
            Self::Count | Self::Variance { .. } => false,
            // Sums over no rows are 0 already.
            Self::Sum | Self::SumOrZero => !finish.or_zero,
            Self::Mean | Self::Least | Self::Greatest => true,
        }
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

/// What is done to a column last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Finish {
    /// Turns numbers into floats.
    pub float: bool,
    /// Puts 0 for NULL.
    pub or_zero: bool,
}

impl Finish {
    /// Does it to a column of whole numbers, decimals or floats.
    ///
    /// # Errors
    /// The column is of another type.
    pub fn done(self, mut column: ArrayRef) -> Result<ArrayRef, ArrowError> {
        let wrong = || ArrowError::ComputeError("a column that is no number cannot be finished".to_owned());
        if self.float {
            column = as_float(&column).ok_or_else(wrong)?;
        }
        if self.or_zero {
            column = zero_for_null(&column).ok_or_else(wrong)?;
        }
        Ok(column)
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
    /// Counts, whole numbers, and decimals without their point that are small enough.
    Whole(Vec<i64>),
    /// Sums of the same over all places before each, and in the end over all.
    Running(Vec<i64>),
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
    pub fn new(target: &Target<'_>, keep: Keep, argument: Option<&Argument>) -> Result<Self, Overflow> {
        let sums = |sums: Vec<i64>| {
            let fits = |sums: &[i64]| {
                sums.iter().fold(0_u64, |all, v| all.saturating_add(v.unsigned_abs())) <= i64::MAX as u64
            };
            if target.is_steady() && fits(&sums) { Self::Running(running(sums)) } else { Self::Whole(sums) }
        };
        let Some(argument) = argument else { return Ok(sums(target.count())) };
        let nulls = argument.nulls();
        if keep == Keep::Count {
            return Ok(sums(target.count_valid(nulls)));
        }
        Ok(match argument.numbers() {
            Numbers::Other => sums(target.count_valid(nulls)),
            Numbers::Float(values) => match keep {
                Keep::Sum => Self::Float(target.sum_f64(values, nulls)),
                Keep::Least => Self::Float(target.least(values, nulls, f64::NAN)),
                Keep::Greatest => Self::Float(target.greatest(values, nulls, f64::NAN)),
                Keep::Moments | Keep::Count => Self::Moments(target.moments(values, nulls)),
            },
            Numbers::Decimal(values) => Self::Decimal(match keep {
                Keep::Least => target.least(values, nulls, i128::MAX),
                Keep::Greatest => target.greatest(values, nulls, i128::MIN),
                _ => target.sum(values, nulls)?,
            }),
            Numbers::Whole(values) => match keep {
                Keep::Least => Self::Whole(target.least(values, nulls, i64::MAX)),
                Keep::Greatest => Self::Whole(target.greatest(values, nulls, i64::MIN)),
                _ => sums(target.sum(values, nulls)?),
            },
        })
    }
}

/// The sum of all values before each, and in the end of all.
fn running(mut values: Vec<i64>) -> Vec<i64> {
    let mut sum = 0;
    for value in &mut values {
        sum += std::mem::replace(value, sum);
    }
    values.push(sum);
    values
}

/// One measure over one window: a value a group.
#[derive(Debug, Clone)]
pub enum Reduced {
    /// Counts and whole numbers.
    Whole(ScalarBuffer<i64>),
    /// Decimals without their point.
    Decimal(ScalarBuffer<i128>),
    /// Numbers.
    Float(ScalarBuffer<f64>),
    /// Number, mean and sum of squared deviations.
    Moments(Arc<[(f64, f64, f64)]>),
}

impl Reduced {
    /// Counts; none where this is no count.
    pub fn counts(&self) -> &[i64] {
        match self {
            Self::Whole(counts) => counts,
            Self::Decimal(_) | Self::Float(_) | Self::Moments(_) => &[],
        }
    }

    /// Counts of rows less those `taken`, of which only those `valid` count.
    #[must_use]
    pub fn counts_beside(&self, taken: &Self, valid: &Self) -> Vec<i64> {
        let rows = self.counts().iter().zip(taken.counts()).zip(valid.counts());
        rows.map(|((around, taken), valid)| around - taken + valid).collect()
    }

    /// The column that `how` makes, of the aggregate's own type until it is finished.
    ///
    /// `valid` counts the values of each group that are not NULL (none need be given where [`How::counts_valid`] says so),
    /// `around` the rows that decide whether there is a value where that is not the same; `shift` is taken off each
    /// value.
    ///
    /// # Errors
    /// A value does not fit its type.
    pub fn column(
        self,
        how: How,
        valid: &[i64],
        around: Option<&[i64]>,
        shift: i64,
        data_type: &DataType,
        finish: Finish,
    ) -> Result<ArrayRef, ArrowError> {
        let some = around.unwrap_or(valid);
        let nulls = (how.counts_valid(finish) && some.contains(&0))
            .then(|| NullBuffer::new(BooleanBuffer::collect_bool(some.len(), |i| some[i] > 0)));
        if let (Self::Whole(values), true, true) = (&self, finish.float, how.is_added()) {
            let by = match data_type {
                DataType::Decimal128(_, scale) if how != How::Count => 10_f64.powi(i32::from(*scale)),
                _ => 1.0,
            };
            // Dividing takes longer than all else here.
            let values = if by == 1.0 {
                values.iter().map(|value| *value as f64).collect()
            } else {
                values.iter().map(|value| *value as f64 / by).collect()
            };
            return Ok(Arc::new(Float64Array::new(values, nulls)));
        }
        finish.done(self.plain(how, valid, nulls, shift, data_type)?)
    }

    /// The column, of the aggregate's own type.
    fn plain(
        self,
        how: How,
        valid: &[i64],
        nulls: Option<NullBuffer>,
        shift: i64,
        data_type: &DataType,
    ) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Whole(values) if how == How::Count => Arc::new(Int64Array::new(values, None)),
            Self::Whole(values) if matches!(data_type, DataType::Decimal128(..)) => {
                let wide = values.iter().map(|value| i128::from(*value)).collect();
                let array: Decimal128Array = PrimitiveArray::new(wide, nulls);
                Arc::new(array.with_data_type(data_type.clone()))
            }
            Self::Whole(mut values) => {
                if shift != 0 {
                    values = values.iter().map(|value| value.wrapping_sub(shift)).collect();
                }
                narrowed(Int64Array::new(values, nulls), data_type)?
            }
            Self::Decimal(values) => {
                let array: Decimal128Array = PrimitiveArray::new(values, nulls);
                Arc::new(array.with_data_type(data_type.clone()))
            }
            Self::Float(mut values) => {
                if how.is_extreme() {
                    // Of 0 and -0 neither is less: which comes first must not be seen.
                    values = values.iter().map(|v| v + 0.0).collect();
                } else if how == How::Mean {
                    values = values.iter().zip(valid).map(|(v, n)| v / *n as f64).collect();
                }
                Arc::new(Float64Array::new(values, nulls))
            }
            Self::Moments(values) => {
                let (sample, root) = match how {
                    How::Variance { sample, root } => (sample, root),
                    _ => (true, false),
                };
                let variance = values.iter().map(|&(count, _, squares)| {
                    let by = if sample { count - 1.0 } else { count };
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

/// A column in which no float is -0: as a key it is no other than 0.
pub fn zero_without_sign(column: ArrayRef) -> ArrayRef {
    match column.data_type() {
        DataType::Float64 => {
            Arc::new(column.as_primitive::<Float64Type>().unary::<_, Float64Type>(|v| v + 0.0))
        }
        DataType::Float32 => {
            Arc::new(column.as_primitive::<Float32Type>().unary::<_, Float32Type>(|v| v + 0.0))
        }
        _ => column,
    }
}
