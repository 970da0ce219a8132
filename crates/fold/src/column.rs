//! Measures as Arrow columns: what slots keep, and what a window makes of it.

use std::cell::Cell;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Float64Array, Int64Array, PrimitiveArray,
};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float32Type, Float64Type, Int64Type};
use arrow::error::ArrowError;

use crate::target::{Moments, Overflow, Target, greater, lesser};
use crate::windows::{Placed, Windows};

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
                    Keep::Least => Self::Float(target.least(values, nulls, f64::NAN)),
                    Keep::Greatest => Self::Float(target.greatest(values, nulls, f64::NAN)),
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

    /// The values of some windows of each group, in the order asked for; `offset` is the first slot of the slice.
    ///
    /// # Errors
    /// A sum does not fit its type.
    pub fn reduce(
        &self,
        keep: Keep,
        offset: usize,
        placed: &Placed,
        windows: &Windows,
        asked: &[usize],
    ) -> Result<Vec<Reduced>, Overflow> {
        Ok(match (self, keep) {
            (Self::Whole(field), Keep::Least) => {
                let least = |a: i64, b: i64| if b < a { b } else { a };
                each(
                    placed,
                    windows,
                    asked,
                    i64::MAX,
                    least,
                    |slot| field[offset + slot],
                    |v| Reduced::Whole(v.into()),
                )
            }
            (Self::Whole(field), Keep::Greatest) => {
                let greatest = |a: i64, b: i64| if b > a { b } else { a };
                each(
                    placed,
                    windows,
                    asked,
                    i64::MIN,
                    greatest,
                    |slot| field[offset + slot],
                    |v| Reduced::Whole(v.into()),
                )
            }
            (Self::Whole(field), _) => {
                let over = Cell::new(false);
                let add = |a: i64, b: i64| {
                    let (sum, overflow) = a.overflowing_add(b);
                    over.set(over.get() | overflow);
                    sum
                };
                let sums = each(
                    placed,
                    windows,
                    asked,
                    0,
                    add,
                    |slot| field[offset + slot],
                    |v| Reduced::Whole(v.into()),
                );
                if over.get() {
                    return Err(Overflow);
                }
                sums
            }
            (Self::Decimal(field), Keep::Least) => {
                let least = |a: i128, b: i128| if b < a { b } else { a };
                each(
                    placed,
                    windows,
                    asked,
                    i128::MAX,
                    least,
                    |slot| field[offset + slot],
                    |v| Reduced::Decimal(v.into()),
                )
            }
            (Self::Decimal(field), Keep::Greatest) => {
                let greatest = |a: i128, b: i128| if b > a { b } else { a };
                each(
                    placed,
                    windows,
                    asked,
                    i128::MIN,
                    greatest,
                    |slot| field[offset + slot],
                    |v| Reduced::Decimal(v.into()),
                )
            }
            (Self::Decimal(field), _) => {
                let over = Cell::new(false);
                let add = |a: i128, b: i128| {
                    let (sum, overflow) = a.overflowing_add(b);
                    over.set(over.get() | overflow);
                    sum
                };
                let sums = each(
                    placed,
                    windows,
                    asked,
                    0,
                    add,
                    |slot| field[offset + slot],
                    |v| Reduced::Decimal(v.into()),
                );
                if over.get() {
                    return Err(Overflow);
                }
                sums
            }
            (Self::Float(field), Keep::Least) => {
                let least = lesser::<f64>;
                each(
                    placed,
                    windows,
                    asked,
                    f64::NAN,
                    least,
                    |slot| field[offset + slot],
                    |v| Reduced::Float(v.into()),
                )
            }
            (Self::Float(field), Keep::Greatest) => {
                let greatest = greater::<f64>;
                let empty = f64::NAN;
                each(
                    placed,
                    windows,
                    asked,
                    empty,
                    greatest,
                    |slot| field[offset + slot],
                    |v| Reduced::Float(v.into()),
                )
            }
            (Self::Float(field), _) => each(
                placed,
                windows,
                asked,
                0.0,
                |a, b| a + b,
                |slot| field[offset + slot],
                |v| Reduced::Float(v.into()),
            ),
            (Self::Moments(field), _) => {
                let of = |slot: usize| {
                    let slot = offset + slot;
                    (field.count[slot], field.mean[slot], field.squares[slot])
                };
                each(placed, windows, asked, (0.0, 0.0, 0.0), together, of, |v| Reduced::Moments(v.into()))
            }
        })
    }
}

/// Moments of two sets of values put together, by Chan, Golub and LeVeque (1979).
fn together(a: (f64, f64, f64), b: (f64, f64, f64)) -> (f64, f64, f64) {
    if b.0 == 0.0 {
        return a;
    }
    if a.0 == 0.0 {
        return b;
    }
    let count = a.0 + b.0;
    let away = b.1 - a.1;
    (count, a.1 + away * b.0 / count, a.2 + b.2 + away * away * a.0 * b.0 / count)
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

/// Puts slots together to intervals, and intervals to windows, in order.
#[inline]
fn each<T: Copy>(
    placed: &Placed,
    windows: &Windows,
    asked: &[usize],
    empty: T,
    join: impl Fn(T, T) -> T,
    of_slot: impl Fn(usize) -> T,
    wrap: fn(Vec<T>) -> Reduced,
) -> Vec<Reduced> {
    let groups = placed.groups;
    let mut cells = vec![empty; groups * placed.intervals];
    for &(slot, cell) in &placed.cells {
        let cell = &mut cells[cell as usize];
        *cell = join(*cell, of_slot(slot as usize));
    }
    // Windows that begin together are nested: each goes on where the one before it ended.
    let mut order: Vec<(usize, std::ops::Range<usize>)> =
        asked.iter().enumerate().map(|(at, &range)| (at, windows.covered(range))).collect();
    order.sort_by_key(|(_, covered)| (covered.start, covered.end));
    let mut made: Vec<Option<Reduced>> = vec![None; asked.len()];
    let mut so_far = vec![empty; groups];
    let mut reached = 0..0;
    for (at, covered) in order {
        if covered.start != reached.start || reached.end < reached.start {
            so_far.fill(empty);
            reached = covered.start..covered.start;
        }
        for interval in reached.end..covered.end {
            let cells = &cells[interval * groups..(interval + 1) * groups];
            so_far.iter_mut().zip(cells).for_each(|(so_far, cell)| *so_far = join(*so_far, *cell));
        }
        reached.end = reached.end.max(covered.end);
        made[at] = Some(wrap(so_far.clone()));
    }
    made.into_iter().flatten().collect()
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

impl Reduced {
    /// Counts; none where this is no count.
    pub fn counts(&self) -> &[i64] {
        match self {
            Self::Whole(counts) => counts,
            Self::Decimal(_) | Self::Float(_) | Self::Moments(_) => &[],
        }
    }

    /// The column that `how` makes, of the aggregate's own type.
    ///
    /// `valid` counts the values of each group that are not NULL, `around` the rows that decide whether there is a
    /// value where that is not the same; `shift` is taken off each value.
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
    ) -> Result<ArrayRef, ArrowError> {
        let some = around.unwrap_or(valid);
        let nulls = some
            .contains(&0)
            .then(|| NullBuffer::new(BooleanBuffer::collect_bool(some.len(), |i| some[i] > 0)));
        Ok(match self {
            Self::Whole(values) if how == How::Count => Arc::new(Int64Array::new(values, None)),
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
