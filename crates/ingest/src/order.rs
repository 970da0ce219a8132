//! The order of a bucket's rows: by customer, day and instant, and at one instant by what the row says.
//!
//! Neither the file a row stood in nor the moment it was read has a say, so that rows which arrive night by night
//! come to lie where a reading of all files at once would put them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use foretell_engine::{Error, HASH, Result};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::shape::column;

/// The rows of a bucket in order.
pub(crate) struct Sorted {
    /// Row numbers, in order.
    pub(crate) order: Vec<u32>,
    /// For each row (not in order) the rank of its customer.
    pub(crate) customer: Vec<u32>,
    /// Number of customers.
    pub(crate) customers: usize,
}

impl Sorted {
    /// Sorts rows whose first columns are `customer_id`, the local day and the instant.
    ///
    /// Customers are compared once each rather than once a row: each gets its rank, rows are counted out by rank, and
    /// only the few rows of one customer are compared with each other. Days need not be: they rise with the instants.
    ///
    /// # Errors
    /// Bad spec, when the rows are too many for one bucket.
    pub(crate) fn new(rows: &RecordBatch) -> Result<Self> {
        let count = u32::try_from(rows.num_rows()).map_err(|_| {
            Error::bad_spec("a bucket of the lake has over 4 billion rows").hint("set `lake.buckets` higher")
        })?;
        let (customer, customers) = ranks(rows);
        let mut ends = vec![0_usize; customers + 1];
        customer.iter().for_each(|rank| ends[*rank as usize + 1] += 1);
        for rank in 0..customers {
            ends[rank + 1] += ends[rank];
        }
        let starts = ends.clone();
        let mut order = vec![0; count as usize];
        for (row, rank) in (0..count).zip(&customer) {
            let place = &mut ends[*rank as usize];
            order[*place] = row;
            *place += 1;
        }
        let moments = Moments::of(rows)?;
        for of_one in starts.windows(2) {
            order[of_one[0]..of_one[1]].sort_unstable_by(|a, b| {
                let instant = moments.instants[*a as usize].cmp(&moments.instants[*b as usize]);
                instant.then_with(|| moments.hashes[*a as usize].cmp(&moments.hashes[*b as usize]))
            });
        }
        Ok(Self { order, customer, customers })
    }
}

/// For each row the rank of its customer among the bucket's customers, and the number of these.
fn ranks(rows: &RecordBatch) -> (Vec<u32>, usize) {
    let ids = rows.column(0).as_string_view();
    let mut known: HashMap<&str, u32, BuildHasherDefault<OneShot>> = HashMap::default();
    let mut customers: Vec<&str> = Vec::new();
    let mut numbers: Vec<u32> = Vec::with_capacity(rows.num_rows());
    for id in ids.iter().flatten() {
        // The lines of an order come together.
        let last = numbers.last().copied().filter(|last| customers[*last as usize] == id);
        numbers.push(last.unwrap_or_else(|| match known.entry(id) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                customers.push(id);
                *entry.insert(customers.len() as u32 - 1)
            }
        }));
    }
    let mut by_name: Vec<u32> = (0..customers.len() as u32).collect();
    by_name.sort_unstable_by_key(|number| customers[*number as usize]);
    let mut rank = vec![0; customers.len()];
    for (place, number) in (0..).zip(&by_name) {
        rank[*number as usize] = place;
    }
    numbers.iter_mut().for_each(|number| *number = rank[*number as usize]);
    (numbers, customers.len())
}

/// What sorts the rows of one customer, and tells apart all but equal ones: the instant, and the raw row's hash.
pub(crate) type Moment = (i64, i64);

/// The moments of rows.
pub(crate) struct Moments<'a> {
    instants: &'a [i64],
    hashes: &'a [i64],
}

impl<'a> Moments<'a> {
    /// Finds them among columns that begin as those of a bucket do.
    ///
    /// # Errors
    /// Internal, when they are not there.
    pub(crate) fn of(rows: &'a RecordBatch) -> Result<Self> {
        let hashes = column(rows, HASH)?.as_primitive::<Int64Type>().values();
        Ok(Self { instants: rows.column(2).as_primitive::<TimestampMicrosecondType>().values(), hashes })
    }

    /// The moment of a row.
    pub(crate) fn get(&self, row: usize) -> Moment {
        (self.instants[row], self.hashes[row])
    }
}

/// Hashes a text in one go.
///
/// Customers of one bucket are told apart here, and not more: whoever can choose ids that collide can only make his
/// own ingest slow.
#[derive(Default)]
struct OneShot(u64);

impl Hasher for OneShot {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64_with_seed(bytes, self.0);
    }

    fn write_u8(&mut self, _: u8) {
        // Ends each text; there is but one.
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Date32Array, Int64Array, StringViewArray, TimestampMicrosecondArray};
    use proptest::prelude::*;

    /// Customer, instant and hash.
    type Row = (String, i64, i64);

    fn bucket(rows: &[Row]) -> RecordBatch {
        let instants = rows.iter().map(|row| row.1).collect::<Vec<_>>();
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("customer_id", Arc::new(StringViewArray::from_iter_values(rows.iter().map(|row| &row.0)))),
            ("occurred_on", Arc::new(Date32Array::from(vec![0; rows.len()]))),
            ("occurred_at", Arc::new(TimestampMicrosecondArray::from(instants).with_timezone("UTC"))),
            (HASH, Arc::new(Int64Array::from(rows.iter().map(|row| row.2).collect::<Vec<_>>()))),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn rows_lie_by_customer_instant_and_content_however_they_came(
            rows in prop::collection::vec(
                ("[a-cß]{0,2}|customer-[0-9]{7}", -3_i64..3, -3_i64..3), 0..80
            ).prop_shuffle(),
        ) {
            let sorted = Sorted::new(&bucket(&rows)).unwrap();
            let found: Vec<&Row> = sorted.order.iter().map(|row| &rows[*row as usize]).collect();
            let mut expected: Vec<&Row> = rows.iter().collect();
            expected.sort();
            prop_assert_eq!(found, expected);
            let mut customers: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
            customers.sort_unstable();
            customers.dedup();
            prop_assert_eq!(sorted.customers, customers.len());
            for (row, rank) in rows.iter().zip(&sorted.customer) {
                prop_assert_eq!(customers[*rank as usize], &row.0);
            }
        }
    }
}
