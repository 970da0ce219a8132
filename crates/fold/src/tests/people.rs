//! Customers of several sources, and who is seen when, against maps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Date32Array, Int64Array, StringArray};
use arrow::compute::cast;
use proptest::prelude::*;

use crate::coded_type;
use crate::people::{self, Listed, People};

/// Cutoffs, as days.
const CUTOFFS: [i32; 3] = [10, 20, 25];
const NEVER: u16 = CUTOFFS.len() as u16;

/// The first cutoff after both days.
fn first_after(day: i32, known: Option<i32>) -> u16 {
    let sees = |cutoff: &i32| *cutoff > day && known.is_none_or(|known| *cutoff > known);
    CUTOFFS.iter().position(sees).map_or(NEVER, |number| number as u16)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_row_is_seen_from_the_first_cutoff_after_its_day_and_after_the_day_it_was_known(
        rows in prop::collection::vec((0_i32..32, prop::option::of(0_i32..32)), 0..40),
        dated in any::<bool>(),
    ) {
        let days: Date32Array = rows.iter().map(|row| Some(row.0)).collect();
        let known: Date32Array = rows.iter().map(|row| row.1).collect();
        let since = people::since(&days, dated.then_some(&known), &CUTOFFS);
        let expected: Vec<u16> =
            rows.iter().map(|row| first_after(row.0, row.1.filter(|_| dated))).collect();
        prop_assert_eq!(&since, &expected);
        for end in 0..=NEVER {
            let seen: Vec<bool> = expected.iter().map(|since| *since < end).collect();
            let found = people::seen_before(&since, end);
            prop_assert_eq!(found.is_none(), seen.iter().all(|seen| *seen));
            if let Some(found) = found {
                prop_assert_eq!(found, BooleanArray::from(seen));
            }
        }
        let ago = people::days_before(&days, 25);
        prop_assert_eq!(people::less(&ago, 5), people::days_before(&days, 20));
    }

    #[test]
    fn customers_of_all_sources_are_each_there_once_from_the_first_cutoff_that_sees_a_row_of_theirs(
        sources in prop::collection::vec(
            prop::option::of(prop::collection::vec((0_u8..9, 0_u16..=NEVER), 0..20)),
            1..4,
        ),
    ) {
        let mut first: BTreeMap<String, u16> = BTreeMap::new();
        let mut columns = Vec::new();
        for source in &sources {
            let Some(rows) = source else {
                columns.push(None);
                continue;
            };
            let mut rows: Vec<(String, u16)> = rows.iter().map(|(id, since)| (format!("K{id}"), *since)).collect();
            rows.sort();
            for (id, since) in &rows {
                let known = first.entry(id.clone()).or_insert(NEVER);
                *known = (*known).min(*since);
            }
            let ids: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.0)));
            let starts = people::starts(&ids).unwrap();
            let coded = cast(&ids, &coded_type()).unwrap();
            prop_assert_eq!(&people::starts(&coded).unwrap(), &starts);
            let of_row = people::of_rows(&starts);
            prop_assert_eq!(people::runs(&of_row).0, of_row.clone());
            let since: Vec<u16> = rows.iter().map(|row| row.1).collect();
            let customers = rows.iter().map(|row| &row.0).collect::<BTreeSet<_>>().len();
            prop_assert_eq!(starts.len(), customers + 1);
            let since = people::first_seen(&of_row, &since, customers, NEVER);
            let ids = people::at(&ids, &starts[..customers]).unwrap();
            prop_assert_eq!(&people::at(&coded, &starts[..customers]).unwrap(), &ids);
            columns.push(Some((ids, since)));
        }
        let listed: Vec<Option<Listed<'_>>> = columns
            .iter()
            .map(|column| column.as_ref().map(|(ids, since)| Listed { ids, since }))
            .collect();
        let people = People::of(&listed, NEVER);
        for cutoff in 0..NEVER {
            let (ids, places) = people.present(cutoff);
            let expected: Vec<&String> =
                first.iter().filter(|(_, since)| **since <= cutoff).map(|(id, _)| id).collect();
            prop_assert_eq!(ids.iter().flatten().collect::<Vec<_>>(), expected);
            for (number, column) in columns.iter().enumerate() {
                let Some((own, since)) = column else { continue };
                // A row for each customer of this source that the cutoff sees, as a GROUP BY yields them.
                let customers: Vec<u32> =
                    (0..since.len() as u32).filter(|c| since[*c as usize] <= cutoff).collect();
                let picks = people.picks(number, &customers, &places, ids.len());
                for (place, pick) in picks.iter().enumerate() {
                    let row = customers.iter().position(|c| own.value(*c as usize) == ids.value(place));
                    prop_assert_eq!(*pick, row.map_or(crate::NO_ROW, |row| row as u32));
                }
            }
        }
    }
}

#[test]
fn null_is_not_kept() {
    let keep = BooleanArray::from(vec![Some(true), None, Some(false), Some(true)]);
    assert_eq!(people::rows_of(&keep), [0, 3]);
    assert_eq!(people::pick(&[7_u16, 8, 9], &[2, 0]), [9, 7]);
}

#[test]
fn a_day_before_nulls_stays_null() {
    let days: Int64Array = [Some(3), None].into_iter().collect();
    let less = people::less(&days, 5);
    assert_eq!((less.value(0), less.is_null(1)), (-2, true));
}
