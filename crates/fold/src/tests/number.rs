//! Columns made numbers, against the casts and picks of Arrow itself.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Decimal128Array, Float64Array, Int64Array, StringArray};
use arrow::compute::{cast, interleave};
use arrow::datatypes::DataType;
use proptest::prelude::*;

use crate::{NO_ROW, as_float, beside, zero_for_null};

/// Whole numbers of any size, and NULL.
fn numbers() -> impl Strategy<Value = Vec<Option<i128>>> {
    let one = prop_oneof![
        4 => (-1000_i128..1000).prop_map(Some),
        2 => (i128::from(i64::MIN) - 9..i128::from(i64::MIN) + 9).prop_map(Some),
        2 => (i128::from(i64::MAX) - 9..i128::from(i64::MAX) + 9).prop_map(Some),
        2 => any::<i64>().prop_map(|value| Some(i128::from(value) * 1_000_003)),
        2 => Just(None),
    ];
    prop::collection::vec(one, 0..40)
}

fn of_type(numbers: &[Option<i128>], data_type: &DataType) -> ArrayRef {
    match data_type {
        DataType::Int64 => Arc::new(numbers.iter().map(|v| v.map(|v| v as i64)).collect::<Int64Array>()),
        DataType::Float64 => Arc::new(numbers.iter().map(|v| v.map(|v| v as f64)).collect::<Float64Array>()),
        other => {
            let decimals = numbers.iter().copied().collect::<Decimal128Array>();
            Arc::new(decimals.with_data_type(other.clone()))
        }
    }
}

proptest! {
    #[test]
    fn a_float_is_what_a_cast_makes_to_the_last_bit(numbers in numbers(), scale in 0_i8..6) {
        for from in [DataType::Int64, DataType::Float64, DataType::Decimal128(38, scale)] {
            let column = of_type(&numbers, &from);
            prop_assert_eq!(&as_float(&column).unwrap(), &cast(&column, &DataType::Float64).unwrap());
        }
    }

    #[test]
    fn null_becomes_0_whatever_lies_below_it(numbers in numbers(), below in any::<bool>()) {
        for data_type in [DataType::Int64, DataType::Float64] {
            let mut column = of_type(&numbers, &data_type);
            if below && !numbers.is_empty() {
                // What a kernel leaves below a NULL is anything: here, the value of the row before.
                let ones = of_type(&vec![Some(1); numbers.len()], &data_type);
                let mask = arrow::compute::is_null(&column).unwrap();
                column = arrow::compute::nullif(&ones, &mask).unwrap();
            }
            let zero = of_type(&[Some(0)], &data_type);
            let picks: Vec<_> =
                (0..column.len()).map(|row| if column.is_null(row) { (0, 0) } else { (1, row) }).collect();
            let expected = interleave(&[zero.as_ref(), column.as_ref()], &picks);
            let expected = if picks.is_empty() { Ok(Arc::clone(&column)) } else { expected };
            prop_assert_eq!(&zero_for_null(&column).unwrap(), &expected.unwrap());
        }
    }

    #[test]
    fn rows_are_put_beside_customers_as_interleaving_does(
        numbers in numbers(),
        picks in prop::collection::vec(prop::option::of(0_usize..40), 0..40),
        empty in prop_oneof![Just(None), Just(Some(0)), Just(Some(7))],
    ) {
        let row = |pick: &Option<usize>| pick.filter(|row| *row < numbers.len());
        let rows: Vec<u32> = picks.iter().map(|pick| row(pick).map_or(NO_ROW, |row| row as u32)).collect();
        let pairs: Vec<_> = picks.iter().map(|pick| row(pick).map_or((0, 0), |row| (1, row))).collect();
        for data_type in [DataType::Int64, DataType::Float64] {
            let (column, empty) = (of_type(&numbers, &data_type), of_type(&[empty], &data_type));
            let expected = interleave(&[empty.as_ref(), column.as_ref()], &pairs).unwrap();
            prop_assert_eq!(&beside(&column, &rows, &empty).unwrap(), &expected);
        }
    }
}

#[test]
fn other_types_are_left_to_others() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None]));
    assert!(as_float(&texts).is_none());
    assert!(zero_for_null(&texts).is_none());
    assert!(beside(&texts, &[0], &texts).is_none());
}
