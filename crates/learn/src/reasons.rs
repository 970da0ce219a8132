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

/// Why one customer got the probability they got.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reasons {
    /// The features with the largest effects either way, largest first.
    pub strongest: Vec<Reason>,
    /// Those that make the outcome likelier, largest first.
    pub raises: Vec<Reason>,
    /// Those that make it less likely, largest first.
    pub lowers: Vec<Reason>,
}

/// Returns for each row of `x` up to `most` reasons of each kind.
///
/// Equals come in the order of columns; a feature without effect is no reason, so a row may have
/// fewer. `groups` holds the group of near copies that each column is of: of a group only the feature with the
/// largest effect is named, as the others say the same. Columns beyond its end are in no group.
///
/// # Errors
/// [`LearnError::Columns`] unless the columns are those of training.
pub fn reasons(
    model: &dyn Model,
    x: &Matrix,
    groups: &[usize],
    most: usize,
) -> Result<Vec<Reasons>, LearnError> {
    x.expect_columns(model.columns())?;
    let mut all = Vec::with_capacity(x.rows());
    let rows: Vec<usize> = (0..x.rows()).collect();
    for part in rows.chunks(ROWS_AT_ONCE) {
        let contributions = model.contributions(&x.take_rows(part)?)?;
        all.extend((0..part.len()).map(|row| of_row(contributions.row(row), groups, most)));
    }
    Ok(all)
}

fn of_row(effects: &[f64], groups: &[usize], most: usize) -> Reasons {
    let largest = |counts: fn(f64) -> f64| largest(effects, groups, most, counts);
    Reasons { strongest: largest(f64::abs), raises: largest(|e| e), lowers: largest(|e| -e) }
}

/// The features with the largest size above 0, of each group one.
fn largest(effects: &[f64], groups: &[usize], most: usize, size: fn(f64) -> f64) -> Vec<Reason> {
    let group = |feature: usize| groups.get(feature).copied().unwrap_or(feature);
    let mut top: Vec<Reason> = Vec::with_capacity(most + 1);
    for (feature, &effect) in effects.iter().enumerate() {
        let smaller = |r: &Reason| size(r.effect) < size(effect);
        if size(effect) <= 0.0 || (top.len() >= most && !top.last().is_some_and(smaller)) {
            continue;
        }
        match top.iter().position(|r| group(r.feature) == group(feature)) {
            Some(alike) if smaller(&top[alike]) => {
                top.remove(alike);
            }
            Some(_) => continue,
            None => {}
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

    fn pick(effects: &[f64], groups: &[usize], most: usize, size: fn(f64) -> f64) -> Vec<usize> {
        largest(effects, groups, most, size).iter().map(|r| r.feature).collect()
    }

    #[test]
    fn the_largest_come_first_and_ties_in_order() {
        let strongest = |e: &[f64], n| pick(e, &[], n, f64::abs);
        assert_eq!(strongest(&[0.1, -0.5, 0.0, 0.5, 0.2], 3), [1, 3, 4]);
        assert_eq!(strongest(&[0.0, 0.0, 0.3], 3), [2]);
        assert_eq!(strongest(&[0.1, 0.2, 0.3, 0.4], 1), [3]);
        assert!(strongest(&[0.1, 0.2], 0).is_empty());
        assert_eq!(largest(&[-2.0], &[], 3, f64::abs), [Reason { feature: 0, effect: -2.0 }]);
    }

    #[test]
    fn up_and_down_are_told_apart() {
        let found = of_row(&[0.1, -0.5, 0.0, 0.4, -0.2], &[], 2);
        let features = |reasons: &[Reason]| reasons.iter().map(|r| r.feature).collect::<Vec<_>>();
        assert_eq!(features(&found.raises), [3, 0]);
        assert_eq!(features(&found.lowers), [1, 4]);
        assert_eq!(of_row(&[0.1, 0.0], &[], 3).lowers, []);
    }

    #[test]
    fn of_near_copies_only_the_strongest_is_a_reason() {
        assert_eq!(pick(&[0.5, 0.4, 0.3, 0.2], &[0, 0, 2, 3], 3, f64::abs), [0, 2, 3]);
        assert_eq!(pick(&[0.3, 0.4, 0.5, 0.2], &[0, 1, 0, 3], 3, f64::abs), [2, 1, 3]);
        assert_eq!(pick(&[0.3, -0.4, 0.5], &[0, 0, 0], 3, f64::abs), [2]);
    }
}
