//! Whether values are still spread as they were when a model learned from them.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// Bins of the values that are there; those that are missing have one of their own.
const BINS: usize = 10;

/// Added to each bin's count, so that an empty one has a share above 0 that shrinks as rows grow.
const FLOOR: f64 = 0.5;

/// How sure the bound on what chance alone brings is.
const SURE: f64 = 0.95;

/// Values as they were spread when a model learned from them: bins at their deciles, and how many lay in each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// Upper ends of all bins but the last, each in its bin; rising.
    edges: Vec<f64>,
    counts: Vec<u64>,
    missing: u64,
}

/// How far values have moved away from a [`Reference`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stability {
    /// Population stability index; `None` where either side has no value and no missing one.
    pub psi: Option<f64>,
    /// What the index stays below in 95 of 100 cases where nothing but chance moves the values.
    pub psi_by_chance: Option<f64>,
    /// Values of the reference, missing ones too.
    pub n_reference: u64,
    /// Values held against it, missing ones too.
    pub n: u64,
    /// Missing values of the reference.
    pub missing_reference: u64,
    /// Missing values among those held against it.
    pub missing: u64,
}

impl Reference {
    /// Takes the deciles of `values`; NaN is a missing value.
    ///
    /// A bin holds its upper end. Equal deciles are one, so that a value that many share has a bin of its own.
    pub fn of(values: &[f64]) -> Self {
        let mut present: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        present.sort_unstable_by(f64::total_cmp);
        let decile = |tenth: usize| present.get((present.len() * tenth).div_ceil(BINS).saturating_sub(1));
        let mut edges: Vec<f64> = (1..BINS).filter_map(decile).copied().collect();
        edges.dedup();
        // Where a tenth or more share the least value, smaller ones must not hide behind it.
        if let Some(least) = present.first().filter(|least| edges.first() == Some(least)) {
            edges.insert(0, least.next_down());
        }
        let mut reference = Self { counts: vec![0; edges.len() + 1], edges, missing: 0 };
        let (counts, missing) = reference.count(values);
        (reference.counts, reference.missing) = (counts, missing);
        reference
    }

    /// Holds `values` against the reference: their population stability index, the sum of (p - q) ln(p / q)
    /// over bins, where p and q are the shares of both sides.
    ///
    /// Siddiqi, "Credit Risk Scorecards", 2006: below 0.1 little has moved, from 0.25 much has. It is the
    /// symmetric divergence of Jeffreys, 1946. Half a value is added to every bin that either side fills, so
    /// that an empty bin is no infinity. By chance alone it is about (1/n + 1/m) times a chi-squared variable
    /// with one degree of freedom fewer than bins (Yurdakul and Naranjo, "Statistical properties of the
    /// population stability index", 2020), which is what `psi_by_chance` says the 95 % point of.
    pub fn hold(&self, values: &[f64]) -> Stability {
        let (counts, missing) = self.count(values);
        let sides = |a: &[u64], b: u64| -> Vec<u64> { a.iter().copied().chain([b]).collect() };
        let (before, now) = (sides(&self.counts, self.missing), sides(&counts, missing));
        let filled: Vec<(f64, f64)> = before
            .iter()
            .zip(&now)
            .filter(|(before, now)| **before + **now > 0)
            .map(|(before, now)| (*before as f64, *now as f64))
            .collect();
        let n_reference: u64 = before.iter().sum();
        let n: u64 = now.iter().sum();
        let known = n_reference > 0 && n > 0;
        Stability {
            psi: known.then(|| index(&filled)),
            psi_by_chance: known.then(|| by_chance(filled.len(), n_reference, n)),
            n_reference,
            n,
            missing_reference: self.missing,
            missing,
        }
    }

    fn count(&self, values: &[f64]) -> (Vec<u64>, u64) {
        let mut counts = vec![0; self.edges.len() + 1];
        let mut missing = 0;
        for value in values {
            if value.is_nan() {
                missing += 1;
            } else {
                let bin = self.edges.partition_point(|edge| edge < value);
                if let Some(count) = counts.get_mut(bin) {
                    *count += 1;
                }
            }
        }
        (counts, missing)
    }
}

fn index(filled: &[(f64, f64)]) -> f64 {
    let floors = FLOOR * filled.len() as f64;
    let sums = filled.iter().fold((floors, floors), |sums, (a, b)| (sums.0 + a, sums.1 + b));
    filled
        .iter()
        .map(|(before, now)| {
            let (p, q) = ((before + FLOOR) / sums.0, (now + FLOOR) / sums.1);
            (q - p) * (q / p).ln()
        })
        .sum()
}

fn by_chance(bins: usize, n_reference: u64, n: u64) -> f64 {
    let freedom = bins.saturating_sub(1) as f64;
    let quantile = ChiSquared::new(freedom).map_or(0.0, |chi| chi.inverse_cdf(SURE));
    quantile * (1.0 / n_reference as f64 + 1.0 / n as f64)
}

#[cfg(test)]
mod tests {
    use rand::Rng;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    const NAN: f64 = f64::NAN;

    fn drawn(seed: u64, n: usize, shift: f64) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        // The sum of twelve uniform numbers is close to normal.
        (0..n).map(|_| (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0 + shift).collect()
    }

    #[test]
    fn is_what_the_formula_says() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        let reference = Reference::of(&values);
        assert_eq!(reference.edges, [10., 20., 30., 40., 50., 60., 70., 80., 90.]);
        assert_eq!(reference.counts, [10; 10]);
        // All of fifty customers in the first bin: p = 10.5 / 105, q = 50.5 / 55 there, 0.5 / 55 elsewhere.
        let held = reference.hold(&[1.0; 50]);
        let (p, first, other): (f64, f64, f64) = (10.5 / 105.0, 50.5 / 55.0, 0.5 / 55.0);
        let expected = (first - p) * (first / p).ln() + 9.0 * (other - p) * (other / p).ln();
        assert!((held.psi.unwrap() - expected).abs() < 1e-12);
        // scipy.stats.chi2.ppf(0.95, 9) = 16.918977604620448
        assert!((held.psi_by_chance.unwrap() - 16.918977604620448 * 0.03).abs() < 1e-6);
        assert_eq!((held.n_reference, held.n, held.missing), (100, 50, 0));
    }

    #[test]
    fn the_same_values_have_not_moved_and_order_does_not_matter() {
        let values = drawn(1, 1000, 0.0);
        let mut turned = values.clone();
        turned.reverse();
        let reference = Reference::of(&values);
        assert_eq!(reference, Reference::of(&turned));
        assert_eq!(reference.hold(&turned).psi, Some(0.0));
    }

    #[test]
    fn missing_values_and_shared_ones_have_bins_of_their_own() {
        let mut values = vec![0.0; 850];
        values.extend((1..=150).map(f64::from));
        values.extend([NAN; 100]);
        let reference = Reference::of(&values);
        assert_eq!(reference.edges, [0.0_f64.next_down(), 0.0, 50.0]);
        assert_eq!((reference.counts.as_slice(), reference.missing), ([0, 850, 50, 100].as_slice(), 100));
        let gone = reference.hold(&[NAN; 500]);
        assert_eq!((gone.missing, gone.missing_reference), (500, 100));
        assert!(gone.psi.unwrap() > 2.0);
    }

    #[test]
    fn one_value_only_is_still_that_value_or_another() {
        let reference = Reference::of(&[3.0; 200]);
        assert_eq!(reference.hold(&[3.0; 100]).psi, Some(0.0));
        assert!(reference.hold(&[4.0; 100]).psi.unwrap() > 1.0);
        assert!(reference.hold(&[2.0; 100]).psi.unwrap() > 1.0);
    }

    #[test]
    fn nothing_on_one_side_says_nothing() {
        let held = Reference::of(&[]).hold(&[1.0]);
        assert_eq!((held.psi, held.psi_by_chance, held.n), (None, None, 1));
        let held = Reference::of(&[1.0]).hold(&[]);
        assert_eq!((held.psi, held.psi_by_chance), (None, None));
        let all_missing = Reference::of(&[NAN; 9]).hold(&[NAN; 5]);
        assert_eq!(all_missing.psi, Some(0.0));
    }

    #[test]
    fn chance_alone_stays_below_its_bound_in_95_of_100_cases() {
        let mut below = 0;
        for seed in 0..1000 {
            let reference = Reference::of(&drawn(2 * seed, 800, 0.0));
            let held = reference.hold(&drawn(2 * seed + 1, 300, 0.0));
            below += usize::from(held.psi < held.psi_by_chance);
        }
        assert!((930..=970).contains(&below), "{below} of 1000");
        // A shift by a whole standard deviation is much.
        let moved = Reference::of(&drawn(1, 800, 0.0)).hold(&drawn(2, 300, 1.0));
        assert!(moved.psi.unwrap() > 0.25 && moved.psi > moved.psi_by_chance, "{moved:?}");
    }

    #[test]
    fn survives_being_kept() {
        let reference = Reference::of(&drawn(5, 333, 0.1));
        let text = serde_json::to_string(&reference).unwrap();
        assert_eq!(serde_json::from_str::<Reference>(&text).unwrap(), reference);
    }
}
