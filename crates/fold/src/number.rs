//! Columns as features have them: numbers, with 0 for NULL where asked, put beside customers.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, PrimitiveArray};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Decimal128Type, Float64Type, Int64Type};

/// No row.
pub const NO_ROW: u32 = u32::MAX;

/// A column of whole numbers or floats with 0 in place of NULL; `None` for any other type.
pub fn zero_for_null(column: &ArrayRef) -> Option<ArrayRef> {
    if column.null_count() == 0 {
        return Some(Arc::clone(column));
    }
    Some(match column.data_type() {
        DataType::Int64 => {
            Arc::new(Int64Array::new(filled(column.as_primitive::<Int64Type>(), |v| v == 0), None))
        }
        DataType::Float64 => Arc::new(Float64Array::new(
            filled(column.as_primitive::<Float64Type>(), |v| v.to_bits() == 0),
            None,
        )),
        _ => return None,
    })
}

/// The values, with 0 for NULL; sums over no rows have it below the NULL already.
fn filled<T: ArrowPrimitiveType>(
    column: &PrimitiveArray<T>,
    is_zero: impl Fn(T::Native) -> bool,
) -> ScalarBuffer<T::Native> {
    let values = column.values();
    let Some(nulls) = column.nulls() else { return values.clone() };
    let gaps = || (!nulls.inner()).set_indices().collect::<Vec<_>>();
    let gaps = gaps();
    if gaps.iter().all(|&row| is_zero(values[row])) {
        return values.clone();
    }
    let mut values = values.to_vec();
    gaps.into_iter().for_each(|row| values[row] = T::Native::default());
    values.into()
}

/// A decimal or whole number as a float, as a cast of it is; `None` for any other type.
pub fn as_float(column: &ArrayRef) -> Option<ArrayRef> {
    let (values, nulls): (Vec<f64>, _) = match column.data_type() {
        DataType::Decimal128(_, scale) => {
            let by = 10_f64.powi(i32::from(*scale));
            let float = |value: &i128| {
                let narrow = *value as i64;
                if i128::from(narrow) == *value { narrow as f64 / by } else { wide(*value) / by }
            };
            let column = column.as_primitive::<Decimal128Type>();
            (column.values().iter().map(float).collect(), column.nulls())
        }
        DataType::Int64 => {
            let column = column.as_primitive::<Int64Type>();
            (column.values().iter().map(|value| *value as f64).collect(), column.nulls())
        }
        DataType::Float64 => return Some(Arc::clone(column)),
        _ => return None,
    };
    Some(Arc::new(Float64Array::new(values.into(), nulls.cloned())))
}

/// A call, so that numbers of 64 bits do not pay for the others.
#[cold]
#[inline(never)]
fn wide(value: i128) -> f64 {
    value as f64
}

/// The values at `rows`; `empty`, of one row, where there is none ([`NO_ROW`]). `None` for types it is not made for.
pub fn beside(column: &ArrayRef, rows: &[u32], empty: &ArrayRef) -> Option<ArrayRef> {
    fn of<T: ArrowPrimitiveType>(column: &ArrayRef, rows: &[u32], empty: &ArrayRef) -> Option<ArrayRef> {
        let (column, empty) = (column.as_primitive_opt::<T>()?, empty.as_primitive_opt::<T>()?);
        let values = column.values();
        let default = empty.value(0);
        let placed = rows.iter().map(|&row| values.get(row as usize).copied().unwrap_or(default)).collect();
        let some = |row: u32| if row == NO_ROW { empty.is_valid(0) } else { column.is_valid(row as usize) };
        let nulls = (column.null_count() + empty.null_count() > 0)
            .then(|| NullBuffer::new(BooleanBuffer::collect_bool(rows.len(), |place| some(rows[place]))))
            .filter(|nulls| nulls.null_count() > 0);
        Some(Arc::new(PrimitiveArray::<T>::new(placed, nulls)))
    }
    match column.data_type() {
        DataType::Int64 => of::<Int64Type>(column, rows, empty),
        DataType::Float64 => of::<Float64Type>(column, rows, empty),
        _ => None,
    }
}
