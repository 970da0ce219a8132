//! The checksums of the rows of a bucket, by day.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Int64Type};
use foretell_engine::{Days, Error, HASH, Result};

use crate::clock::date;
use crate::numbers::ByNumber;

/// Gathers [`Days`] row by row.
#[derive(Default)]
pub(crate) struct Sums(ByNumber<(u64, [u64; 2])>);

/// Stands for a row that does not say when it was known, which is on its own day at the latest.
const UNKNOWN: i32 = i32::MIN;

impl Sums {
    /// Adds the rows of a batch that has the columns of the lake.
    pub(crate) fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let wrong = || Error::internal("a bucket lacks a column of the lake");
        let days = batch.column(1).as_primitive_opt::<Date32Type>().ok_or_else(wrong)?;
        let hashes = batch.column_by_name(HASH).ok_or_else(wrong)?.as_primitive::<Int64Type>();
        let clock = batch.schema_ref().field(1).name() != "known_on";
        let known =
            batch.column_by_name("known_on").filter(|_| clock).map(|c| c.as_primitive::<Date32Type>());
        for row in 0..batch.num_rows() {
            let known = known.filter(|known| known.is_valid(row)).map_or(UNKNOWN, |known| known.value(row));
            let (day, hash) = (days.value(row), hashes.value(row).cast_unsigned());
            let (rows, sums) = self.0.entry(both(day, known.max(day))).or_default();
            *rows += 1;
            sums[0] = sums[0].wrapping_add(hash);
            sums[1] = sums[1].wrapping_add(mixed(hash));
        }
        Ok(())
    }

    /// All that was added.
    pub(crate) fn days(self) -> Result<Days> {
        let mut days = Days::default();
        for (key, (rows, sums)) in self.0 {
            let day = |half: u32| {
                date(half.cast_signed()).ok_or_else(|| Error::internal("a day outside the calendar"))
            };
            days.insert(day((key >> 32) as u32)?, Some(day(key as u32)?), rows, sums);
        }
        Ok(days)
    }
}

fn both(day: i32, seen: i32) -> u64 {
    u64::from(day.cast_unsigned()) << 32 | u64::from(seen.cast_unsigned())
}

/// Spreads a hash over all bits (the finalizer of MurmurHash3), so that rows cannot change places in both sums.
fn mixed(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}
