//! Rows of sorted tables put beside customers, run by run: where both have the same customers nothing is compared
//! row by row and nothing is picked value by value.

use arrow::array::{Array, ArrayRef, StringArray};
use arrow::compute::{concat, interleave};
use arrow::error::ArrowError;

/// Some rows one after another of a batch.
struct Run {
    /// Which batch; `None` for customers without a row.
    batch: Option<usize>,
    first: usize,
    rows: usize,
}

/// Where each customer's row is.
#[derive(Default)]
pub(crate) struct Runs(Vec<Run>);

impl Runs {
    /// The next customers have these rows of a batch.
    pub(crate) fn take(&mut self, batch: usize, first: usize, rows: usize) {
        match self.0.last_mut() {
            Some(run) if run.batch == Some(batch) && run.first + run.rows == first => run.rows += rows,
            _ => self.0.push(Run { batch: Some(batch), first, rows }),
        }
    }

    /// The next customers have no row.
    pub(crate) fn miss(&mut self, rows: usize) {
        match self.0.last_mut() {
            Some(run) if run.batch.is_none() => run.rows += rows,
            _ => self.0.push(Run { batch: None, first: 0, rows }),
        }
    }

    /// A column of all batches, put beside the customers; `missing`, one row, where there is none.
    pub(crate) fn column(&self, batches: &[ArrayRef], missing: &dyn Array) -> Result<ArrayRef, ArrowError> {
        let whole = self.0.iter().map(|run| run.batch.map(|batch| batches[batch].slice(run.first, run.rows)));
        if let Some(parts) = whole.collect::<Option<Vec<_>>>() {
            if let [one] = parts.as_slice() {
                return Ok(one.clone());
            }
            if !parts.is_empty() {
                return concat(&parts.iter().map(AsRef::as_ref).collect::<Vec<_>>());
            }
        }
        let mut values = vec![missing];
        values.extend(batches.iter().map(AsRef::as_ref));
        let picks: Vec<_> = self.0.iter().flat_map(Run::picks).collect();
        interleave(&values, &picks)
    }
}

impl Run {
    fn picks(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.rows).map(|row| self.batch.map_or((0, 0), |batch| (batch + 1, self.first + row)))
    }
}

/// Says that so many texts of one column, none of them NULL, are those of another from these rows on.
pub(crate) fn same(a: &StringArray, first_a: usize, b: &StringArray, first_b: usize, rows: usize) -> bool {
    if a.null_count() + b.null_count() > 0 {
        return false;
    }
    let (ends_a, ends_b) =
        (&a.value_offsets()[first_a..=first_a + rows], &b.value_offsets()[first_b..=first_b + rows]);
    // A plan that passes `customer_id` on yields the very texts that it was given.
    if std::ptr::eq(ends_a, ends_b) && std::ptr::eq(a.value_data(), b.value_data()) {
        return true;
    }
    let (start_a, start_b) = (ends_a[0], ends_b[0]);
    let text = |ends: &[i32]| ends[0] as usize..ends[rows] as usize;
    a.value_data()[text(ends_a)] == b.value_data()[text(ends_b)]
        && ends_a.iter().zip(ends_b).all(|(x, y)| x - start_a == y - start_b)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{AsArray, Int64Array};
    use arrow::datatypes::Int64Type;

    use super::*;

    fn column(runs: &Runs) -> Vec<Option<i64>> {
        let batches: Vec<ArrayRef> =
            vec![Arc::new(Int64Array::from(vec![10, 11, 12])), Arc::new(Int64Array::from(vec![20, 21]))];
        let found = runs.column(&batches, &Int64Array::from(vec![None])).unwrap();
        found.as_primitive::<Int64Type>().iter().collect()
    }

    #[test]
    fn runs_are_put_together_with_and_without_gaps() {
        let mut runs = Runs::default();
        runs.take(0, 1, 1);
        runs.take(0, 2, 1);
        assert_eq!(runs.0.len(), 1, "neighbours are one run");
        assert_eq!(column(&runs), [Some(11), Some(12)]);
        runs.take(1, 0, 2);
        assert_eq!(column(&runs), [Some(11), Some(12), Some(20), Some(21)]);
        runs.miss(1);
        runs.miss(1);
        assert_eq!(column(&runs), [Some(11), Some(12), Some(20), Some(21), None, None]);
        assert_eq!(column(&Runs::default()), []);
    }

    #[test]
    fn texts_are_the_same_only_where_each_is() {
        let a = StringArray::from(vec!["a", "bc", "d", "e"]);
        let b = StringArray::from(vec!["x", "bc", "d"]);
        let split = StringArray::from(vec!["x", "b", "cd"]);
        assert!(same(&a, 1, &b, 1, 2));
        assert!(!same(&a, 0, &b, 0, 2));
        assert!(!same(&a, 1, &split, 1, 2), "the same letters, cut elsewhere");
        assert!(
            !same(&a, 0, &StringArray::from(vec![Some("a"), None]), 0, 1),
            "a column with NULL is looked at"
        );
        assert!(same(&a, 4, &b, 3, 0));
        assert!(same(&a, 1, &a.slice(1, 2), 0, 2), "a part of itself");
        assert!(!same(&a, 1, &a.slice(1, 2), 1, 1));
    }
}
