//! Foretold against observed, bin by bin.

use super::error::LearnError;
use super::interval::wilson_share;
use super::labels::count_labels;

/// Most bins of a table.
const MOST_BINS: usize = 10;

/// Rows below which another bin would say little.
const ROWS_A_BIN: usize = 20;

/// Rows of similar probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalibrationBin {
    /// Number of the bin, from 1 for the least likely.
    pub bin: usize,
    /// How many rows it holds.
    pub n: usize,
    /// Mean of their probabilities.
    pub mean_probability: f64,
    /// Share of them it happened to.
    pub observed_rate: f64,
    /// Its 95 % Wilson interval.
    pub observed_rate_interval: (f64, f64),
}

/// Cuts the rows into ten bins of about equal count, fewer if there are fewer than 20 rows a bin.
///
/// Rows of one probability stay together, so bins may be unequal or fewer still.
///
/// # Errors
/// [`LearnError::LengthMismatch`], [`LearnError::NotBinary`] or [`LearnError::NotProbability`].
pub fn calibration_table(labels: &[f64], probabilities: &[f64]) -> Result<Vec<CalibrationBin>, LearnError> {
    count_labels(labels, probabilities.len())?;
    if let Some(row) = probabilities.iter().position(|p| !(0.0..=1.0).contains(p)) {
        return Err(LearnError::NotProbability { row, value: probabilities[row] });
    }
    let mut rows: Vec<(f64, f64)> = probabilities.iter().copied().zip(labels.iter().copied()).collect();
    // By label too, so that sums do not depend on the order of rows.
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let n = rows.len();
    let bins = (n / ROWS_A_BIN).clamp(1, MOST_BINS);
    let mut table = Vec::new();
    let mut start = 0;
    for k in 1..=bins {
        let mut end = (n * k).div_ceil(bins).max(start);
        while end > start && end < n && rows[end].0 == rows[end - 1].0 {
            end += 1;
        }
        let part = &rows[start..end];
        if part.is_empty() {
            continue;
        }
        let count = part.len() as f64;
        table.push(CalibrationBin {
            bin: table.len() + 1,
            n: part.len(),
            mean_probability: part.iter().map(|r| r.0).sum::<f64>() / count,
            observed_rate: part.iter().map(|r| r.1).sum::<f64>() / count,
            observed_rate_interval: wilson_share(part.iter().map(|r| r.1).sum::<f64>() / count, count),
        });
        start = end;
    }
    Ok(table)
}

/// Returns the expected calibration error: the mean distance of mean probability and observed rate over ten
/// bins of equal width, each weighted by its rows; `None` without rows.
///
/// Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", 2015. Bins
/// are those of scikit-learn's `calibration_curve(strategy="uniform", n_bins=10)`: a probability on an edge
/// belongs to the bin below. It is never 0 by chance alone: 500 rows of true probabilities have some 0.03.
pub fn expected_calibration_error(labels: &[f64], probabilities: &[f64]) -> Option<f64> {
    let mut bins = [(0.0, 0.0); MOST_BINS];
    for (label, probability) in labels.iter().zip(probabilities) {
        let edges = (1..MOST_BINS).filter(|edge| *edge as f64 / (MOST_BINS as f64) < *probability);
        let (said, happened) = &mut bins[edges.count()];
        *said += probability;
        *happened += label;
    }
    // The rows of a bin cancel out of its weight and its means.
    let apart: f64 = bins.iter().map(|(said, happened)| (said - happened).abs()).sum();
    (!labels.is_empty()).then(|| apart / labels.len() as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_error_of_calibration_is_that_of_scikit_learn_s_bins() {
        // numpy: edges = linspace(0, 1, 11); bin = searchsorted(edges[1:-1], p); then as defined above.
        let y = [0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0];
        let p = [0.05, 0.1, 0.35, 0.4, 0.55, 0.95, 0.99];
        let found = expected_calibration_error(&y, &p).unwrap();
        assert!((found - 0.355_714_285_714_285_76).abs() < 1e-12, "{found}");
        assert_eq!(expected_calibration_error(&[], &[]), None);
    }

    #[test]
    fn ten_equal_bins() {
        let p: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0).collect();
        let y: Vec<f64> = (0..1000).map(|i| f64::from(i % 2)).collect();
        let t = calibration_table(&y, &p).unwrap();
        assert_eq!(t.len(), 10);
        assert!(t.iter().enumerate().all(|(i, b)| b.bin == i + 1 && b.n == 100 && b.observed_rate == 0.5));
        assert!((t[0].mean_probability - 0.0495).abs() < 1e-12);
    }

    #[test]
    fn few_rows_make_few_bins() {
        assert!(calibration_table(&[], &[]).unwrap().is_empty());
        assert_eq!(calibration_table(&[1.0], &[0.3]).unwrap().len(), 1);
        let p: Vec<f64> = (0..60).map(|i| f64::from(i) / 60.0).collect();
        assert_eq!(calibration_table(&vec![0.0; 60], &p).unwrap().len(), 3);
        assert!(calibration_table(&[1.0], &[f64::NAN]).is_err());
    }

    proptest! {
        #[test]
        fn ties_are_never_split(rows in prop::collection::vec((0u8..6, 0u8..2), 0..400)) {
            let p: Vec<f64> = rows.iter().map(|r| f64::from(r.0) / 6.0).collect();
            let y: Vec<f64> = rows.iter().map(|r| f64::from(r.1)).collect();
            let t = calibration_table(&y, &p).unwrap();
            prop_assert_eq!(t.iter().map(|b| b.n).sum::<usize>(), rows.len());
            let positives: f64 = t.iter().map(|b| b.observed_rate * b.n as f64).sum();
            prop_assert!((positives - y.iter().sum::<f64>()).abs() < 1e-9);
            prop_assert!(t.windows(2).all(|w| w[0].mean_probability < w[1].mean_probability));
            prop_assert!(t.len() <= 6);
        }
    }
}
