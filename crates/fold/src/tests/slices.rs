//! Slices against a search through the list.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::compute::cast;
use proptest::prelude::*;

use crate::{Slices, coded_type};

proptest! {
    #[test]
    fn a_row_has_the_slice_of_its_value_or_none(
        values in prop::collection::btree_set("[ab]{0,3}", 0..8),
        rows in prop::collection::vec(prop::option::of("[ab]{0,3}"), 0..60),
    ) {
        let values: Vec<String> = values.into_iter().collect();
        let slices = Slices::new(values.clone());
        prop_assert_eq!(usize::from(slices.count()), values.len());
        let texts: ArrayRef = Arc::new(rows.iter().cloned().collect::<StringArray>());
        let coded = cast(&texts, &coded_type()).unwrap();
        for column in [texts, coded] {
            for (row, code) in rows.iter().zip(slices.codes(&column)) {
                let expected = row.as_ref().and_then(|row| values.iter().position(|value| value == row));
                prop_assert_eq!((code < slices.count()).then_some(usize::from(code)), expected);
            }
        }
    }
}
