//! What a model says of the customers of a cutoff: probabilities, who is named, and the promise.

use chrono::NaiveDate;
use foretell_engine::Result;
use foretell_learn::{Confusion, Evaluation, Intervals, Promise, expected_calibration_error, intervals};
use foretell_spec::Wish;

use crate::dataset::{Dataset, learn_error};
use crate::fit::Fitted;

/// What a model says of the customers of a cutoff.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) promise: Promise,
    /// One a row, before calibration.
    pub(crate) log_odds: Vec<f64>,
    /// One a row.
    pub(crate) probabilities: Vec<f64>,
    /// One a row.
    pub(crate) named: Vec<bool>,
}

/// A statement held against what happened.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) evaluation: Evaluation,
    pub(crate) confusion: Confusion,
    pub(crate) intervals: Intervals,
    pub(crate) ece: Option<f64>,
}

impl Statement {
    /// What `fitted` says of the rows of a cutoff.
    pub(crate) fn new(fitted: &Fitted, wish: Wish, cutoff: NaiveDate, rows: &Dataset) -> Result<Self> {
        let log_odds = fitted.log_odds(rows)?;
        let promise = fitted.outlook.promise(wish, i64::from(cutoff.to_epoch_days()), &log_odds);
        let probabilities = promise.calibrator.probabilities(&log_odds);
        let named = named(&promise, &probabilities, &rows.customers);
        Ok(Self { promise, log_odds, probabilities, named })
    }

    /// Holds it against the labels of its rows.
    pub(crate) fn judged(&self, rows: &Dataset) -> Result<Verdict> {
        Verdict::new(&rows.y, &self.probabilities, &self.named, &rows.customers)
    }
}

impl Verdict {
    /// Holds probabilities, and who was named, against labels; all of them row by row.
    pub(crate) fn new(
        y: &[f64],
        probabilities: &[f64],
        named: &[bool],
        customers: &[String],
    ) -> Result<Self> {
        Ok(Self {
            evaluation: Evaluation::new(y, probabilities).map_err(learn_error)?,
            confusion: Confusion::of(y, named),
            intervals: intervals(y, probabilities, named, customers).map_err(learn_error)?,
            ece: expected_calibration_error(y, probabilities),
        })
    }
}

/// Whoever is above the threshold; of those at it, in the order of their ids, as many as the promise leaves.
fn named(promise: &Promise, probabilities: &[f64], customers: &[String]) -> Vec<bool> {
    let mut named: Vec<bool> = probabilities.iter().map(|p| *p > promise.threshold).collect();
    let left = promise.named.saturating_sub(named.iter().filter(|named| **named).count());
    let mut tied: Vec<usize> =
        (0..named.len()).filter(|row| probabilities[*row] == promise.threshold).collect();
    tied.sort_by_key(|row| customers.get(*row));
    for row in tied.into_iter().take(left) {
        named[row] = true;
    }
    named
}

#[cfg(test)]
mod tests {
    use foretell_learn::{Outlook, Validation};

    use super::*;

    #[test]
    fn of_equal_probabilities_the_first_by_id_are_named() {
        let ids = |n: usize| (0..n).map(|i| format!("c{i:03}")).collect::<Vec<String>>();
        let log_odds: Vec<f64> = (0..200).map(|i| f64::from(i % 4)).collect();
        let labels: Vec<f64> = (0..200).map(|i| f64::from(i % 7 < i % 4)).collect();
        let customers = ids(200);
        let seen = [Validation { day: 0, log_odds: &log_odds, labels: &labels, customers: &customers }];
        let outlook = Outlook::learn(30, &seen, &seen).unwrap();
        // Fifty are likeliest, and ten of the next fifty are wished for.
        let promise = outlook.promise(Wish::Contact(60), 30, &log_odds);
        assert!(promise.wish_met && promise.named == 60);
        let probabilities = promise.calibrator.probabilities(&log_odds);
        let found = named(&promise, &probabilities, &customers);
        let at = |level: usize| (0..200).filter(|i| i % 4 == level && found[*i]).collect::<Vec<usize>>();
        assert_eq!(at(3).len(), 50);
        assert_eq!(at(2), (0..10).map(|i| 4 * i + 2).collect::<Vec<usize>>());
        assert_eq!(at(1).len() + at(0).len(), 0);
        // Where nothing is tied the threshold alone says who is named.
        let promise = outlook.promise(Wish::Contact(100), 30, &log_odds);
        let above = probabilities_above(&promise, &log_odds);
        assert_eq!(above, 100);
    }

    fn probabilities_above(promise: &Promise, log_odds: &[f64]) -> usize {
        let p = promise.calibrator.probabilities(log_odds);
        p.iter().filter(|p| **p >= promise.threshold).count()
    }
}
