//! How often features are there among customers whose labels are not looked at.

use arrow::array::{Array, RecordBatch};
use chrono::NaiveDate;
use foretell_engine::{Result, float_column};
use foretell_learn::Tally;

use crate::dataset::Reader;

impl Reader<'_> {
    /// Counts values over the customers of some cutoffs who meet a condition.
    pub(crate) async fn tally(&self, cutoffs: &[NaiveDate], condition: &str) -> Result<Tally> {
        let mut tally = Tally::new(self.columns.len());
        tally.cutoffs = cutoffs.len() as u64;
        for cutoff in cutoffs {
            self.each(*cutoff, condition, |batch| count(&mut tally, &batch)).await?;
        }
        Ok(tally)
    }
}

fn count(tally: &mut Tally, batch: &RecordBatch) -> Result<()> {
    tally.rows += batch.num_rows() as u64;
    for feature in 0..tally.width() {
        let values = float_column(batch, feature + 1)?;
        let there = (0..values.len()).filter(|row| !values.is_null(*row)).map(|row| values.value(row));
        // What is infinite counts as missing for models too.
        tally.add(feature, there.filter(|value| value.is_finite()));
    }
    Ok(())
}
