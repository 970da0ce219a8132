//! Labels, checked before a model or a metric sees them.

use super::error::LearnError;

/// How many labels there are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Classes {
    /// Labels that are 1.
    pub positives: usize,
    /// Labels that are 0.
    pub negatives: usize,
}

impl Classes {
    /// Returns the number of labels.
    pub fn n(&self) -> usize {
        self.positives + self.negatives
    }

    /// Returns the share of positives; NaN without labels.
    pub fn base_rate(&self) -> f64 {
        self.positives as f64 / self.n() as f64
    }
}

/// Counts `labels`, which must be 0 or 1 and one for each of `rows` rows.
///
/// # Errors
/// [`LearnError::LengthMismatch`] or [`LearnError::NotBinary`] (NaN included).
pub(super) fn count_labels(labels: &[f64], rows: usize) -> Result<Classes, LearnError> {
    if labels.len() != rows {
        return Err(LearnError::LengthMismatch { what: "labels", expected: rows, found: labels.len() });
    }
    let mut positives = 0;
    for (row, &value) in labels.iter().enumerate() {
        if value == 1.0 {
            positives += 1;
        } else if value != 0.0 {
            return Err(LearnError::NotBinary { row, value });
        }
    }
    Ok(Classes { positives, negatives: rows - positives })
}

/// Counts `labels` as something can be learned from them: 0 or 1, one a row, both there.
///
/// `set` names the rows in an error: `training`, `validation` ….
///
/// # Errors
/// [`LearnError::LengthMismatch`], [`LearnError::NotBinary`], [`LearnError::NoRows`] or
/// [`LearnError::OneClass`].
pub fn check_labels(labels: &[f64], rows: usize, set: &'static str) -> Result<Classes, LearnError> {
    let classes = count_labels(labels, rows)?;
    match classes {
        Classes { positives: 0, negatives: 0 } => Err(LearnError::NoRows { set }),
        Classes { positives: 0, negatives: n } => Err(LearnError::OneClass { set, n, class: 0 }),
        Classes { positives: n, negatives: 0 } => Err(LearnError::OneClass { set, n, class: 1 }),
        _ => Ok(classes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_cannot_be_learned_from() {
        let check = |labels: &[f64], rows| check_labels(labels, rows, "training").map_err(|e| e.to_string());
        assert_eq!(check(&[0., 1., 1.], 3), Ok(Classes { positives: 2, negatives: 1 }));
        assert_eq!(check(&[0.], 2).unwrap_err(), "1 labels for 2 rows");
        assert_eq!(check(&[], 0).unwrap_err(), "the training set has no row");
        assert_eq!(check(&[0., 2.], 2).unwrap_err(), "label 2 in row 1 is neither 0 nor 1");
        assert_eq!(check(&[f64::NAN], 1).unwrap_err(), "label NaN in row 0 is neither 0 nor 1");
        assert_eq!(
            check(&[1., 1.], 2).unwrap_err(),
            "all 2 labels of the training set are 1: there is nothing to tell apart"
        );
    }
}
