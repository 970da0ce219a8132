//! Order against a stable sort of one customer after the other.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, Int64Array};
use arrow::compute::SortOptions;
use proptest::prelude::*;

use crate::{Order, OrderBy};

fn compare(a: Option<i64>, b: Option<i64>, options: SortOptions) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) if options.nulls_first => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => compare(b, a, options).reverse(),
        (Some(a), Some(b)) if options.descending => b.cmp(&a),
        (Some(a), Some(b)) => a.cmp(&b),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn neighbours_and_numbers_are_those_of_a_stable_sort_within_each_customer(
        rows in prop::collection::vec(
            (0_u32..4, prop_oneof![4 => (0_i64..5).prop_map(Some), 1 => Just(None)], prop::option::of(0_i64..3)),
            0..40,
        ),
        options in prop::collection::vec((any::<bool>(), any::<bool>()), 0..3),
        by in -4_i64..5,
    ) {
        let mut rows = rows;
        rows.sort_by_key(|row| row.0);
        let customers: Vec<u32> = rows.iter().map(|row| row.0).collect();
        let columns = [
            rows.iter().map(|row| row.1).collect::<Int64Array>(),
            rows.iter().map(|row| row.2).collect::<Int64Array>(),
        ];
        let options: Vec<SortOptions> = options
            .into_iter()
            .map(|(descending, nulls_first)| SortOptions { descending, nulls_first })
            .collect();
        let ordered = options.iter().zip(&columns);
        let by_columns: Vec<OrderBy> =
            ordered.map(|(options, values)| OrderBy { values: Arc::new(values.clone()), options: *options }).collect();
        let order = Order::new(&customers, &by_columns).unwrap();
        let (neighbours, numbers) = (order.neighbours(by), order.numbers());

        for customer in 0..4 {
            let mut own: Vec<usize> = (0..rows.len()).filter(|&row| rows[row].0 == customer).collect();
            own.sort_by(|&a, &b| {
                let cells = [(rows[a].1, rows[b].1), (rows[a].2, rows[b].2)];
                let orderings = cells.iter().zip(&options).map(|((a, b), options)| compare(*a, *b, *options));
                orderings.fold(Ordering::Equal, Ordering::then)
            });
            for (place, &row) in own.iter().enumerate() {
                prop_assert_eq!(numbers.value(row), place as u64 + 1);
                let other = usize::try_from(place as i64 - by).ok().and_then(|place| own.get(place));
                let found = neighbours.is_valid(row).then(|| neighbours.value(row) as usize);
                prop_assert_eq!(found, other.copied());
            }
        }
    }
}
