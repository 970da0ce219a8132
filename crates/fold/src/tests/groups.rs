//! Groups against a map.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array,
    Int32Array, Int64Array, StringArray,
};
use arrow::datatypes::Float64Type;
use proptest::prelude::*;

use crate::{Groups, zero_without_sign};

/// A key column of one of the types, made of small numbers so that many are equal.
fn key(kind: u8, values: &[Option<i8>]) -> ArrayRef {
    let number = || values.iter().map(|v| v.map(i64::from));
    match kind {
        0 => Arc::new(values.iter().map(|v| v.map(|v| format!("é{v}"))).collect::<StringArray>()),
        1 => Arc::new(number().collect::<Int64Array>()),
        2 => Arc::new(values.iter().map(|v| v.map(i32::from)).collect::<Date32Array>()),
        3 => Arc::new(values.iter().map(|v| v.map(|v| v % 2 == 0)).collect::<BooleanArray>()),
        4 => Arc::new(values.iter().map(|v| v.map(i32::from)).collect::<Int32Array>()),
        5 => Arc::new(values.iter().map(|v| v.map(i128::from)).collect::<Decimal128Array>()),
        7 => {
            let keys: Int32Array = values.iter().map(|v| v.map(i32::from)).collect();
            let texts = StringArray::from_iter_values((0..6).map(|v| format!("é{v}")));
            Arc::new(DictionaryArray::new(keys, Arc::new(texts)))
        }
        // NaN is one key; zeros are made one beforehand.
        _ => Arc::new(
            values
                .iter()
                .map(|v| v.map(|v| [0.0, -2.25, 1.5, f64::NAN][v as usize % 4]))
                .collect::<Float64Array>(),
        ),
    }
}

/// What a map tells keys apart by.
fn name(kind: u8, value: Option<i8>) -> Option<i8> {
    match kind {
        3 => value.map(|v| v % 2),
        6 => value.map(|v| v % 4),
        _ => value,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn rows_of_a_customer_and_key_are_one_group_and_groups_are_numbered_as_they_appear(
        sizes in prop::collection::vec(1_usize..30, 0..6),
        kinds in prop::collection::vec(0_u8..8, 1..3),
        seed in prop::collection::vec(prop_oneof![5 => (0_i8..6).prop_map(Some), 1 => Just(None)], 400),
    ) {
        let customers: Vec<u32> =
            sizes.iter().enumerate().flat_map(|(number, size)| std::iter::repeat_n(number as u32 * 3, *size)).collect();
        let rows = customers.len();
        let values: Vec<&[Option<i8>]> = (0..kinds.len()).map(|k| &seed[k * 150..k * 150 + rows]).collect();
        let keys: Vec<ArrayRef> = kinds.iter().zip(&values).map(|(kind, values)| key(*kind, values)).collect();
        let groups = Groups::new(&customers, &keys).unwrap();

        let mut known = HashMap::new();
        let mut first_row = Vec::new();
        for row in 0..rows {
            let key: Vec<_> = kinds.iter().zip(&values).map(|(kind, values)| name(*kind, values[row])).collect();
            let group = *known.entry((customers[row], key)).or_insert_with(|| {
                first_row.push(row as u32);
                first_row.len() as u32 - 1
            });
            prop_assert_eq!(groups.of_row[row], group, "row {}", row);
        }
        prop_assert_eq!(groups.first_row, first_row);
    }
}

#[test]
fn what_lies_below_a_null_tells_no_keys_apart() {
    let nulls = arrow::buffer::NullBuffer::from(vec![false, false, true]);
    let key: ArrayRef = Arc::new(Int64Array::new(vec![1, 2, 0].into(), Some(nulls)));
    let groups = Groups::new(&[0, 0, 0], &[key]).unwrap();
    assert_eq!(groups.of_row, [0, 0, 1]);
}

#[test]
fn many_keys_of_one_customer_leave_nothing_to_the_next() {
    let customers: Vec<u32> = (0..6_000).map(|row| row / 3_000).collect();
    let key: ArrayRef = Arc::new((0..6_000_i64).map(|row| Some(row % 2_000)).collect::<Int64Array>());
    assert_eq!(key.len(), 6_000);
    let groups = Groups::new(&customers, &[key]).unwrap();
    let expected: Vec<u32> = (0..6_000).map(|row| row / 3_000 * 2_000 + row % 3_000 % 2_000).collect();
    // The second customer begins at key 1,000, so its groups are numbered from there.
    let second = |row: u32| if row < 3_000 { expected[row as usize] } else { 2_000 + (row - 3_000) % 2_000 };
    assert_eq!(groups.of_row, (0..6_000).map(second).collect::<Vec<_>>());
}

#[test]
fn zeros_of_either_sign_are_one_key() {
    let key: ArrayRef = Arc::new(Float64Array::from(vec![Some(-0.0), Some(0.0), None, Some(-1.5)]));
    let key = zero_without_sign(key);
    assert_eq!(Groups::new(&[0; 4], &[Arc::clone(&key)]).unwrap().of_row, [0, 0, 1, 2]);
    assert!(key.as_primitive::<Float64Type>().value(0).is_sign_positive() && key.is_null(2));
}
