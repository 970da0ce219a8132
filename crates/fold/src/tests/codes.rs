//! Codes against the texts they stand for.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, DictionaryArray, Int32Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use proptest::prelude::*;

use crate::{Coder, coded_type};

/// A column as a row group may have it: its dictionary may hold a value twice, and values nobody has.
fn column(dictionary: &[String], keys: &[Option<u8>]) -> ArrayRef {
    let keys: Int32Array = keys
        .iter()
        .map(|key| key.filter(|_| !dictionary.is_empty()).map(|key| i32::from(key) % dictionary.len() as i32))
        .collect();
    Arc::new(DictionaryArray::new(keys, Arc::new(StringArray::from_iter_values(dictionary))))
}

proptest! {
    #[test]
    fn equal_texts_have_one_code_over_all_batches(
        batches in prop::collection::vec(
            (
                prop::collection::vec("[ab]{0,2}", 0..6),
                prop::collection::vec(prop::option::of(any::<u8>()), 0..20),
                prop::collection::vec(prop::option::of(any::<u8>()), 0..20),
            ),
            0..6,
        ),
    ) {
        let mut coder = Coder::default();
        let mut known: HashMap<String, i32> = HashMap::new();
        for (dictionary, first, second) in batches {
            let first = column(&dictionary, &first);
            // The second shares the dictionary of the first.
            let second = column(&dictionary, &second);
            for batch in [first, second] {
                let codes = coder.codes(&batch).unwrap();
                let texts = cast(&batch, &DataType::Utf8).unwrap();
                let back = cast(&coder.column(&codes).unwrap(), &DataType::Utf8).unwrap();
                prop_assert_eq!(&texts, &back);
                let texts = texts.as_any().downcast_ref::<StringArray>().unwrap();
                for (text, code) in texts.iter().zip(&codes) {
                    prop_assert_eq!(text.is_some(), code.is_some());
                    if let (Some(text), Some(code)) = (text, code) {
                        prop_assert_eq!(*known.entry(text.to_owned()).or_insert(code), code);
                    }
                }
            }
            prop_assert_eq!(coder.count(), known.len());
        }
    }
}

proptest! {
    #[test]
    fn texts_that_lie_together_have_codes_in_order(
        runs in prop::collection::vec(1_usize..4, 0..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let rows: Vec<String> = runs
            .iter()
            .enumerate()
            .flat_map(|(run, rows)| std::iter::repeat_n(format!("K{run}"), *rows))
            .collect();
        let cut = cut.index(rows.len() + 1);
        let mut coder = Coder::sorted();
        let mut found = Vec::new();
        for part in [&rows[..cut], &rows[cut..]] {
            let part: ArrayRef = Arc::new(StringArray::from_iter_values(part));
            let codes = coder.codes(&cast(&part, &coded_type()).unwrap()).unwrap();
            let back = cast(&coder.column(&codes).unwrap(), &DataType::Utf8).unwrap();
            prop_assert_eq!(&part, &back);
            found.extend(codes.values().iter().copied());
        }
        let numbers = runs.iter().enumerate();
        let expected: Vec<i32> =
            numbers.flat_map(|(run, rows)| std::iter::repeat_n(run as i32, *rows)).collect();
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn a_column_of_another_type_is_refused() {
    let plain: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
    assert!(Coder::default().codes(&plain).is_err());
    let numbers: ArrayRef =
        Arc::new(DictionaryArray::new(Int32Array::from(vec![0]), Arc::new(Int32Array::from(vec![7]))));
    assert!(Coder::default().codes(&numbers).is_err());
}
