//! Keys against a search row by row.

use arrow::array::StringArray;
use proptest::prelude::*;

use crate::Keys;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn each_key_finds_its_row_and_no_other(
        table in prop::collection::vec((prop::option::of("[a-c]{0,2}"), prop::option::of("[a-c]{0,1}")), 0..12),
        asked in prop::collection::vec((prop::option::of("[a-d]{0,2}"), prop::option::of("[a-d]{0,1}")), 0..20),
    ) {
        type Rows = [(Option<String>, Option<String>)];
        let columns = |rows: &Rows| {
            [rows.iter().map(|r| r.0.clone()).collect::<StringArray>(), rows.iter().map(|r| r.1.clone()).collect()]
        };
        let whole = |row: &&(Option<String>, Option<String>)| row.0.is_some() && row.1.is_some();
        let mut known: Vec<_> = table.iter().filter(whole).collect();
        known.sort();
        let twice = known.windows(2).any(|pair| pair[0] == pair[1]);
        let [a, b] = columns(&table);
        let keys = Keys::new(&[&a, &b]);
        prop_assert_eq!(keys.is_none(), twice);
        if let Some(keys) = keys {
            let [a, b] = columns(&asked);
            let expected: Vec<Option<u32>> = asked
                .iter()
                .map(|one| table.iter().position(|row| whole(&row) && row == one).map(|row| row as u32))
                .collect();
            prop_assert_eq!(keys.find(&[&a, &b]).iter().collect::<Vec<_>>(), expected);
        }
    }
}
