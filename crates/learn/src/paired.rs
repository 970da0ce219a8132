//! Whether one model's losses are lower than another's on the same rows, beyond noise.

use std::collections::BTreeMap;

use statrs::distribution::{ContinuousCDF, Normal};

use super::error::LearnError;

/// How much the mean loss changes from one model to another on the same rows, and how surely.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paired {
    /// Mean of the new losses less the mean of the old ones: below 0 the new model is better.
    pub change: f64,
    /// Standard error of `change`.
    pub error: f64,
}

impl Paired {
    /// Compares losses row by row; `customers` and `cutoffs` number whom and when a row speaks of.
    ///
    /// Rows of one customer are not independent, nor are rows of one cutoff. The variance is that of
    /// two-way clustering (Cameron, Gelbach and Miller, "Robust inference with multiway clustering", 2011),
    /// each part with its factor g / (g - 1), and never less than that of clustering by customer
    /// alone: with few cutoffs the other part is poorly known.
    ///
    /// # Errors
    /// [`LearnError::LengthMismatch`] or [`LearnError::NoRows`].
    pub fn new(old: &[f64], new: &[f64], customers: &[usize], cutoffs: &[usize]) -> Result<Self, LearnError> {
        let expected = old.len();
        for (what, found) in
            [("losses", new.len()), ("customers", customers.len()), ("cutoffs", cutoffs.len())]
        {
            if found != expected {
                return Err(LearnError::LengthMismatch { what, expected, found });
            }
        }
        if expected == 0 {
            return Err(LearnError::NoRows { set: "validation" });
        }
        let n = expected as f64;
        let change = new.iter().zip(old).map(|(new, old)| new - old).sum::<f64>() / n;
        let beyond: Vec<f64> = new.iter().zip(old).map(|(new, old)| new - old - change).collect();
        let by_customer = clustered(&beyond, |row| customers[row]);
        let by_cutoff = clustered(&beyond, |row| cutoffs[row]);
        let by_row = clustered(&beyond, |row| row);
        let both = by_customer + by_cutoff - by_row;
        Ok(Self { change, error: both.max(by_customer).sqrt() / n })
    }

    /// Returns the 95 % interval of the change, one of `comparisons` made at once (Bonferroni): the
    /// chance that any of them misses its true change is at most 5 %.
    pub fn interval(&self, comparisons: usize) -> (f64, f64) {
        let z = Normal::standard().inverse_cdf(1.0 - 0.025 / comparisons.max(1) as f64);
        (self.change - z * self.error, self.change + z * self.error)
    }
}

/// Variance of the sum of `values` where those of one cluster move together; 0 with one cluster only.
fn clustered(values: &[f64], cluster: impl Fn(usize) -> usize) -> f64 {
    let mut sums: BTreeMap<usize, f64> = BTreeMap::new();
    for (row, value) in values.iter().enumerate() {
        *sums.entry(cluster(row)).or_default() += value;
    }
    let count = sums.len() as f64;
    if count < 2.0 { 0.0 } else { count / (count - 1.0) * sums.values().map(|sum| sum * sum).sum::<f64>() }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn rows_of_their_own_give_the_error_of_a_mean() {
        let (old, new) = ([1.0, 2.0, 3.0, 4.0], [1.5, 2.0, 2.0, 4.5]);
        let p = Paired::new(&old, &new, &[0, 1, 2, 3], &[0; 4]).unwrap();
        // Differences .5, 0, -1, .5: mean 0, sample variance .5.
        assert!(p.change.abs() < 1e-15 && (p.error - (0.5_f64 / 4.0).sqrt()).abs() < 1e-15);
        let (low, high) = p.interval(1);
        assert!((high - 1.959_963_984_540_054 * p.error).abs() < 1e-9 && (low + high).abs() < 1e-15);
        // z of 1 - .025 / 10, by scipy.stats.norm.ppf.
        assert!((p.interval(10).1 / p.error - 2.807_033_768_343_811).abs() < 1e-9);
    }

    #[test]
    fn a_customer_seen_twice_is_one_witness() {
        let (old, new) = ([0.0; 4], [1.0, -1.0, 2.0, 0.0]);
        let alone = Paired::new(&old, &new, &[0, 1, 2, 3], &[0; 4]).unwrap();
        let twice: Vec<f64> = new.iter().chain(&new).copied().collect();
        let again =
            Paired::new(&[0.0; 8], &twice, &[0, 1, 2, 3, 0, 1, 2, 3], &[0, 0, 0, 0, 1, 1, 1, 1]).unwrap();
        assert!((alone.error - again.error).abs() < 1e-15);
    }

    #[test]
    fn what_differs_between_cutoffs_is_noise_too() {
        // Every row of the first cutoff gains, every row of the second loses as much.
        let new: Vec<f64> = (0..200).map(|row| if row < 100 { -1.0 } else { 1.0 }).collect();
        let cutoffs: Vec<usize> = (0..200).map(|row| row / 100).collect();
        let customers: Vec<usize> = (0..200).collect();
        let p = Paired::new(&[0.0; 200], &new, &customers, &cutoffs).unwrap();
        assert!(p.error > 0.9, "{}", p.error);
    }

    #[test]
    fn nothing_beats_its_interval_more_often_than_it_says() {
        // Fifteen changes that are none, compared at once, 400 times: at most 5 % find one, give or take.
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let (customers, cutoffs): (Vec<usize>, Vec<usize>) = (0..600).map(|i| (i % 300, i / 300)).unzip();
        let found = (0..400)
            .filter(|_| {
                (0..15).any(|_| {
                    let whim: Vec<f64> = (0..300).map(|_| rng.random_range(-1.0..1.0)).collect();
                    let new: Vec<f64> =
                        (0..600).map(|i| whim[i % 300] + rng.random_range(-1.0..1.0)).collect();
                    let p = Paired::new(&[0.0; 600], &new, &customers, &cutoffs).unwrap();
                    p.interval(15).1 < 0.0
                })
            })
            .count();
        assert!(found <= 20, "{found} of 400");
    }

    #[test]
    fn lengths_must_fit() {
        assert!(Paired::new(&[], &[], &[], &[]).is_err());
        assert!(Paired::new(&[1.0], &[1.0], &[0], &[0, 1]).is_err());
    }
}
