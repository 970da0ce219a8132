//! What measures are of: a column made ready to be added up, once for all measures of it.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type};
use arrow::error::ArrowError;

/// A column that measures are of.
#[derive(Debug)]
pub struct Argument {
    numbers: Kept,
    nulls: Option<NullBuffer>,
}

#[derive(Debug)]
enum Kept {
    Whole(ScalarBuffer<i64>),
    Decimal(ScalarBuffer<i128>),
    Float(ScalarBuffer<f64>),
    Other,
}

/// Its values, as they are added up.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Numbers<'a> {
    /// Whole numbers, days, truth values, and decimals of which any number here can be added up in 64 bits.
    Whole(&'a [i64]),
    /// Decimals without their point.
    Decimal(&'a [i128]),
    /// Numbers.
    Float(&'a [f64]),
    /// Anything else can only be counted.
    Other,
}

impl Argument {
    /// Makes a column ready.
    ///
    /// # Errors
    /// Whole numbers do not fit into 64 bits.
    pub fn new(column: &ArrayRef) -> Result<Self, ArrowError> {
        // A column of type Null has no mask of its own.
        let nulls = column.logical_nulls().filter(|nulls| nulls.null_count() > 0);
        let whole = |column: &ArrayRef| -> Result<Kept, ArrowError> {
            Ok(Kept::Whole(cast(column, &DataType::Int64)?.as_primitive::<Int64Type>().values().clone()))
        };
        let numbers = match column.data_type() {
            DataType::Float64 => Kept::Float(column.as_primitive::<Float64Type>().values().clone()),
            DataType::Decimal128(..) => {
                let values = column.as_primitive::<Decimal128Type>().values();
                match narrow(values) {
                    Some(narrow) => Kept::Whole(narrow.into()),
                    None => Kept::Decimal(values.clone()),
                }
            }
            DataType::Int64 => Kept::Whole(column.as_primitive::<Int64Type>().values().clone()),
            DataType::Date32 => whole(&cast(column, &DataType::Int32)?)?,
            other if other.is_integer() || *other == DataType::Boolean => whole(&Arc::clone(column))?,
            _ => Kept::Other,
        };
        Ok(Self { numbers, nulls })
    }

    /// Says that no value is NULL.
    pub fn is_full(&self) -> bool {
        self.nulls.is_none()
    }

    /// Says that its sums do not depend on the order in which values are added.
    pub fn is_exact(&self) -> bool {
        !matches!(self.numbers, Kept::Float(_))
    }

    pub(crate) fn nulls(&self) -> Option<&NullBuffer> {
        self.nulls.as_ref()
    }

    pub(crate) fn numbers(&self) -> Numbers<'_> {
        match &self.numbers {
            Kept::Whole(values) => Numbers::Whole(values),
            Kept::Decimal(values) => Numbers::Decimal(values),
            Kept::Float(values) => Numbers::Float(values),
            Kept::Other => Numbers::Other,
        }
    }
}

/// Decimals as 64-bit numbers, where all of them, whatever their signs, add up to one.
fn narrow(values: &[i128]) -> Option<Vec<i64>> {
    let mut all: u64 = 0;
    let mut fits = true;
    let narrow = values.iter().map(|&value| {
        let narrow = value as i64;
        fits &= i128::from(narrow) == value;
        all = all.saturating_add(narrow.unsigned_abs());
        narrow
    });
    let narrow: Vec<i64> = narrow.collect();
    (fits && all <= i64::MAX as u64).then_some(narrow)
}
