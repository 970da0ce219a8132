//! Why a customer got the probability it got.

use super::error::LearnError;
use super::matrix::Matrix;
use super::model::Model;

/// Rows explained at once, so that memory does not grow with their number.
const ROWS_AT_ONCE: usize = 4_096;

/// A feature that moved a row's log-odds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reason {
    /// Column of the feature.
    pub feature: usize,
    /// By how much, in log-odds: above 0 it makes the outcome likelier.
    pub effect: f64,
}

/// Returns for each row of `x` the `most` features with the largest effects either way, largest first.
///
/// Equals come in the order of columns; a feature without effect is no reason, so a row may have
/// fewer.
///
/// # Errors
/// [`LearnError::Columns`] unless the columns are those of training.
pub fn reasons(model: &dyn Model, x: &Matrix, most: usize) -> Result<Vec<Vec<Reason>>, LearnError> {
    x.expect_columns(model.columns())?;
    let mut all = Vec::with_capacity(x.rows());
    let rows: Vec<usize> = (0..x.rows()).collect();
    for part in rows.chunks(ROWS_AT_ONCE) {
        let contributions = model.contributions(&x.take_rows(part)?)?;
        all.extend((0..part.len()).map(|row| largest(contributions.row(row), most)));
    }
    Ok(all)
}

fn largest(effects: &[f64], most: usize) -> Vec<Reason> {
    let mut top: Vec<Reason> = Vec::with_capacity(most + 1);
    for (feature, &effect) in effects.iter().enumerate() {
        let smaller = |r: &Reason| r.effect.abs() < effect.abs();
        if effect == 0.0 || (top.len() >= most && !top.last().is_some_and(smaller)) {
            continue;
        }
        let at = top.iter().position(smaller).unwrap_or(top.len());
        top.insert(at, Reason { feature, effect });
        top.truncate(most);
    }
    top
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_come_first_and_ties_in_order() {
        let pick = |e: &[f64], n| largest(e, n).iter().map(|r| r.feature).collect::<Vec<_>>();
        assert_eq!(pick(&[0.1, -0.5, 0.0, 0.5, 0.2], 3), [1, 3, 4]);
        assert_eq!(pick(&[0.0, 0.0, 0.3], 3), [2]);
        assert_eq!(pick(&[0.1, 0.2, 0.3, 0.4], 1), [3]);
        assert!(pick(&[0.1, 0.2], 0).is_empty());
        assert_eq!(largest(&[-2.0], 3), [Reason { feature: 0, effect: -2.0 }]);
    }
}
