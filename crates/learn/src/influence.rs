//! Which features move a model's answers, how surely, and which way.

use std::collections::BTreeSet;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::error::LearnError;
use super::matrix::Matrix;
use super::model::{Contributions, Model};
use super::rank::{correlation, ranks};
use super::refits::Refits;

/// Resamples behind an interval.
const RESAMPLES: usize = 200;

/// Rows looked at, at most: the shares of so many are known well enough.
const MOST_ROWS: usize = 10_000;

/// Rows behind a direction, at most.
const DIRECTION_ROWS: usize = 2_000;

/// Rows on which a refit is explained, at most.
const REFIT_ROWS: usize = 1_000;

/// Part of a share that must point one way, more than the other, for the whole to do so.
const AGREED: f64 = 0.5;

/// Rank correlation from which an effect has a direction.
const CLEAR: f64 = 0.2;

/// Where a feature's growth moves the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// More of it, likelier.
    Raises,
    /// More of it, less likely.
    Lowers,
    /// Now this way, now that.
    Mixed,
}

impl Direction {
    /// Returns the word that tables use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Raises => "raises",
            Self::Lowers => "lowers",
            Self::Mixed => "mixed",
        }
    }
}

/// A feature's part in all that a model says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Influence {
    /// Column of the feature.
    pub feature: usize,
    /// Its mean absolute contribution over the sum of all features'.
    pub share: f64,
    /// Lower end of the share's 95 % interval, over customers and refits.
    pub share_low: f64,
    /// Upper end.
    pub share_high: f64,
    /// Sign of the rank correlation between value and contribution.
    pub direction: Direction,
    /// Place among the features, from 1 for the largest share.
    pub rank: usize,
}

/// A share of all influence and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// The share, in `[0, 1]`.
    pub share: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Which way its features move the outcome, weighed by their shares.
    pub direction: Direction,
}

/// All features' parts in what a model says.
#[derive(Debug, Clone, PartialEq)]
pub struct Influences {
    /// Every feature, largest share first; empty if the model says the same of everybody.
    pub features: Vec<Influence>,
    /// Shares by column.
    shares: Vec<f64>,
    directions: Vec<Direction>,
    /// Shares by resample of the customers and column.
    resampled: Vec<Vec<f64>>,
    /// Shares by refit and column.
    refitted: Vec<Vec<f64>>,
    /// By how much a refit's distance is to be lengthened.
    stretch: f64,
}

impl Influences {
    /// Adds up the shares of some columns. The interval is that of the sum, not a sum of intervals.
    ///
    /// It holds what other customers would have changed in the test (percentiles of the resamples) and what other
    /// customers would have changed in the training (the spread of the refits, with Student's t for as many); the two
    /// are independent, so their squares add up.
    pub fn of(&self, columns: &[usize]) -> Share {
        let sum = |shares: &[f64]| columns.iter().filter_map(|&c| shares.get(c)).sum::<f64>();
        let share = sum(&self.shares);
        let mut resampled: Vec<f64> = self.resampled.iter().map(|shares| sum(shares)).collect();
        resampled.sort_unstable_by(f64::total_cmp);
        let (low, high) = if resampled.is_empty() { (share, share) } else { interval(&resampled) };
        let refits: Vec<f64> = self.refitted.iter().map(|shares| sum(shares)).collect();
        let refits = match refits.len() {
            0 | 1 => 0.0,
            n => {
                let mean = refits.iter().sum::<f64>() / n as f64;
                let squares: f64 = refits.iter().map(|share| (share - mean).powi(2)).sum();
                student(n - 1) * self.stretch * (squares / (n - 1) as f64).sqrt()
            }
        };
        let down = (share - low).max(0.0).hypot(refits);
        let up = (high - share).max(0.0).hypot(refits);
        let towards = |c: &usize| match self.directions.get(*c) {
            Some(Direction::Raises) => 1.0,
            Some(Direction::Lowers) => -1.0,
            _ => 0.0,
        };
        let turned: f64 =
            columns.iter().map(|c| towards(c) * self.shares.get(*c).copied().unwrap_or_default()).sum();
        let direction = match turned / share {
            turned if turned > AGREED => Direction::Raises,
            turned if turned < -AGREED => Direction::Lowers,
            _ => Direction::Mixed,
        };
        Share { share, low: (share - down).max(0.0), high: (share + up).min(1.0), direction }
    }
}

/// Measures the influence of every feature of `model` on the rows of `x`.
///
/// `groups` names the customer of each row; the bootstrap draws customers, as rows of one are not
/// independent. Of more than 10,000 rows that many customers' worth are drawn. Shares sum to 1. There are none
/// if the model says the same of everybody. `refits` are models of the same columns trained on other customers.
///
/// # Errors
/// [`LearnError::NoRows`], [`LearnError::LengthMismatch`] or [`LearnError::Columns`].
pub fn influence(
    model: &dyn Model,
    x: &Matrix,
    groups: &[usize],
    seed: u64,
    refits: &Refits,
) -> Result<Influences, LearnError> {
    if groups.len() != x.rows() {
        return Err(LearnError::LengthMismatch { what: "groups", expected: x.rows(), found: groups.len() });
    }
    if x.rows() == 0 {
        return Err(LearnError::NoRows { set: "test" });
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let rows = sampled_rows(groups, &mut rng);
    let x = x.take_rows(&rows)?;
    let groups = numbered(&rows.iter().map(|&r| groups[r]).collect::<Vec<_>>());
    let contributions = model.contributions(&x)?;
    let Some(shares) = shares(&contributions) else {
        return Ok(Influences {
            features: Vec::new(),
            shares: Vec::new(),
            directions: Vec::new(),
            resampled: Vec::new(),
            refitted: Vec::new(),
            stretch: 1.0,
        });
    };
    let some: Vec<usize> = (0..x.rows()).step_by(x.rows().div_ceil(REFIT_ROWS)).collect();
    let few = x.take_rows(&some)?;
    let mut refitted = Vec::with_capacity(refits.models.len());
    for refit in &refits.models {
        refitted.extend(self::shares(&refit.contributions(&few)?));
    }
    let mut order: Vec<usize> = (0..x.width()).collect();
    order.sort_by(|&a, &b| shares[b].total_cmp(&shares[a]));
    let active: Vec<usize> = order.iter().copied().filter(|&f| shares[f] > 0.0).collect();
    let resampled = resampled_shares(&contributions.values, x.width(), &active, &groups, &mut rng);
    let directions = (0..x.width()).map(|feature| {
        let effects = (0..x.rows()).map(|row| contributions.values[row * x.width() + feature]);
        if shares[feature] > 0.0 { direction(x.column(feature), effects) } else { Direction::Mixed }
    });
    let mut all = Influences {
        features: Vec::new(),
        directions: directions.collect(),
        shares,
        resampled,
        refitted,
        stretch: refits.stretch,
    };
    all.features = order
        .into_iter()
        .enumerate()
        .map(|(place, feature)| {
            let Share { share, low, high, direction } = all.of(&[feature]);
            Influence { feature, share, share_low: low, share_high: high, direction, rank: place + 1 }
        })
        .collect();
    Ok(all)
}

/// Each feature's mean absolute contribution over the sum of all; `None` where there is nothing to share.
fn shares(contributions: &Contributions) -> Option<Vec<f64>> {
    let mut sums = vec![0.0; contributions.width];
    for row in contributions.rows() {
        sums.iter_mut().zip(row).for_each(|(sum, c)| *sum += c.abs());
    }
    let total: f64 = sums.iter().sum();
    (total > 0.0).then(|| sums.iter().map(|sum| sum / total).collect())
}

/// The 97.5 % point of Student's t distribution with so many degrees of freedom, to 1 %.
///
/// Of the expansion in Abramowitz and Stegun, "Handbook of mathematical functions", 26.7.5.
fn student(degrees: usize) -> f64 {
    let (z, n) = (1.959_963_984_540_054_f64, degrees as f64);
    let (z3, z5, z7) = (z.powi(3), z.powi(5), z.powi(7));
    z + (z3 + z) / (4.0 * n)
        + (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * n * n)
        + (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * z) / (384.0 * n * n * n)
}

/// Takes all rows of customers drawn without replacement until there are enough, in order of rows.
fn sampled_rows(groups: &[usize], rng: &mut ChaCha8Rng) -> Vec<usize> {
    if groups.len() <= MOST_ROWS {
        return (0..groups.len()).collect();
    }
    let mut customers: Vec<usize> = groups.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let wanted = (customers.len() * MOST_ROWS / groups.len()).max(1);
    for i in 0..wanted {
        let j = rng.random_range(i..customers.len());
        customers.swap(i, j);
    }
    customers.truncate(wanted);
    customers.sort_unstable();
    (0..groups.len()).filter(|&r| customers.binary_search(&groups[r]).is_ok()).collect()
}

/// Renames groups to 0, 1, 2 … in their order.
fn numbered(groups: &[usize]) -> Vec<usize> {
    let known: Vec<usize> = groups.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    groups.iter().map(|g| known.binary_search(g).unwrap_or_default()).collect()
}

/// Returns the shares of all features in each of the resamples of the groups.
fn resampled_shares(
    values: &[f64],
    width: usize,
    active: &[usize],
    groups: &[usize],
    rng: &mut ChaCha8Rng,
) -> Vec<Vec<f64>> {
    let count = groups.iter().max().map_or(0, |g| g + 1);
    // How often each group was drawn, by group and resample.
    let mut drawn = vec![0_u16; count * RESAMPLES];
    for resample in 0..RESAMPLES {
        for _ in 0..count {
            drawn[rng.random_range(0..count) * RESAMPLES + resample] += 1;
        }
    }
    let mut sums = vec![0.0; RESAMPLES * active.len()];
    let mut sizes = vec![0.0; active.len()];
    for (row, &group) in values.chunks_exact(width).zip(groups) {
        sizes.iter_mut().zip(active).for_each(|(size, &f)| *size = row[f].abs());
        let times = &drawn[group * RESAMPLES..(group + 1) * RESAMPLES];
        for (&times, sums) in times.iter().zip(sums.chunks_exact_mut(active.len())) {
            if times > 0 {
                let times = f64::from(times);
                sums.iter_mut().zip(&sizes).for_each(|(sum, size)| *sum += times * size);
            }
        }
    }
    sums.chunks_exact(active.len())
        .map(|sums| {
            let total: f64 = sums.iter().sum();
            let mut shares = vec![0.0; width];
            for (&feature, sum) in active.iter().zip(sums) {
                shares[feature] = if total > 0.0 { sum / total } else { 0.0 };
            }
            shares
        })
        .collect()
}

/// Cuts 2.5 % off each end of sorted values.
fn interval(sorted: &[f64]) -> (f64, f64) {
    let cut = sorted.len() / 40;
    let at = |i: usize| sorted.get(i).copied().unwrap_or_default();
    (at(cut), at(sorted.len().saturating_sub(cut + 1)))
}

/// Tells the direction from evenly spaced rows where the feature is there.
fn direction(values: &[f64], effects: impl Iterator<Item = f64>) -> Direction {
    let step = values.len().div_ceil(DIRECTION_ROWS);
    let (v, e): (Vec<f64>, Vec<f64>) =
        values.iter().copied().zip(effects).step_by(step).filter(|(v, _)| !v.is_nan()).unzip();
    let correlation = correlation(&ranks(&v), &ranks(&e));
    if correlation >= CLEAR {
        Direction::Raises
    } else if correlation <= -CLEAR {
        Direction::Lowers
    } else {
        Direction::Mixed
    }
}

#[cfg(test)]
mod tests {
    use foretell_spec::ModelKind;

    use super::super::model::{TrainInput, train};
    use super::super::refits::refits;
    use super::super::simulated::shop;
    use super::*;

    #[test]
    fn shares_sum_to_one_and_the_strongest_come_first() {
        let (s, none) = (shop(3_000, 14, 0.4), Refits::none());
        for kind in [ModelKind::RecencyRule, ModelKind::Logistic, ModelKind::Boosted] {
            let m = train(kind, &s.input()).unwrap();
            let groups: Vec<usize> = (0..3_000).map(|i| i / 2 * 7).collect();
            let all = influence(m.as_ref(), &s.test.0, &groups, 1, &none).unwrap().features;
            assert_eq!(all.len(), 14);
            assert!((all.iter().map(|i| i.share).sum::<f64>() - 1.0).abs() < 1e-12);
            assert!(all.iter().enumerate().all(|(i, f)| f.rank == i + 1));
            assert!(all.windows(2).all(|w| w[0].share >= w[1].share));
            assert!(all.iter().all(|i| i.share_low <= i.share + 1e-12 && i.share <= i.share_high + 1e-12));
            // f0 raises the truth most, f1 lowers it.
            assert_eq!((all[0].feature, all[0].direction), (0, Direction::Raises), "{kind:?}");
            if kind != ModelKind::RecencyRule {
                let of_f1 = all.iter().find(|i| i.feature == 1).unwrap();
                assert_eq!(of_f1.direction, Direction::Lowers, "{kind:?}");
                assert!(all[0].share_low > 0.1 && all[0].share_high < 0.9);
            }
            assert_eq!(all, influence(m.as_ref(), &s.test.0, &groups, 1, &none).unwrap().features);
        }
    }

    #[test]
    fn a_model_that_says_the_same_of_everybody_has_no_shares() {
        let s = shop(500, 3, 0.4);
        let x = Matrix::new(500, vec!["constant".to_owned()], vec![1.0; 500]).unwrap();
        let input = TrainInput { x: &x, validation: (&x, &s.validation.1), ..s.input() };
        let m = train(ModelKind::Boosted, &input).unwrap();
        let groups: Vec<usize> = (0..500).collect();
        assert!(influence(m.as_ref(), &x, &groups, 1, &Refits::none()).unwrap().features.is_empty());
    }

    #[test]
    fn rows_and_groups_must_fit() {
        let s = shop(300, 3, 0.4);
        let m = train(ModelKind::RecencyRule, &s.input()).unwrap();
        assert!(matches!(
            influence(m.as_ref(), &s.test.0, &[1, 2], 1, &Refits::none()),
            Err(LearnError::LengthMismatch { .. })
        ));
        let none = s.test.0.take_rows(&[]).unwrap();
        assert!(matches!(
            influence(m.as_ref(), &none, &[], 1, &Refits::none()),
            Err(LearnError::NoRows { .. })
        ));
    }

    #[test]
    fn refits_widen_what_customers_alone_leave_narrow() {
        let s = shop(3_000, 14, 0.4);
        let customers: Vec<usize> = (0..3_000).map(|i| i / 2).collect();
        for kind in [ModelKind::Logistic, ModelKind::Boosted] {
            let m = train(kind, &s.input()).unwrap();
            let refits = refits(m.as_ref(), &s.input(), &customers, 6).unwrap();
            let alone = influence(m.as_ref(), &s.test.0, &customers, 1, &Refits::none()).unwrap();
            let both = influence(m.as_ref(), &s.test.0, &customers, 1, &refits).unwrap();
            for (alone, both) in alone.features.iter().zip(&both.features) {
                assert_eq!((alone.feature, alone.share), (both.feature, both.share));
                assert!(both.share_low <= alone.share_low && alone.share_high <= both.share_high);
                assert!((0.0..=both.share).contains(&both.share_low) && both.share_high <= 1.0);
            }
            let wider = |i: &Influences| i.features[0].share_high - i.features[0].share_low;
            assert!(wider(&both) > 1.2 * wider(&alone), "{kind:?}");
        }
    }

    #[test]
    fn families_add_up_and_their_intervals_are_their_own() {
        let s = shop(2_000, 14, 0.4);
        let m = train(ModelKind::Boosted, &s.input()).unwrap();
        let customers: Vec<usize> = (0..2_000).collect();
        let refits = refits(m.as_ref(), &s.input(), &customers, 5).unwrap();
        let found = influence(m.as_ref(), &s.test.0, &customers, 1, &refits).unwrap();
        let everything: Vec<usize> = (0..14).collect();
        let all = found.of(&everything);
        assert!((all.share - 1.0).abs() < 1e-12 && all.low > 1.0 - 1e-9 && all.high <= 1.0);
        let halves: Vec<f64> = everything.chunks(7).map(|half| found.of(half).share).collect();
        assert!((halves.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        // What one of a family loses another gains: the family is surer than its features.
        let (a, b, both) = (found.of(&[0]), found.of(&[6]), found.of(&[0, 6]));
        assert!(both.high - both.low < (a.high - a.low) + (b.high - b.low));
        assert_eq!(found.of(&[0]).direction, Direction::Raises);
        assert_eq!(found.of(&[1]).direction, Direction::Lowers);
        assert_eq!(found.of(&[]).share, 0.0);
    }

    #[test]
    fn true_drivers_take_the_top_places() {
        // Six behaviours drive the shop; the others are ever fainter echoes of them.
        let s = shop(6_000, 30, 0.3);
        for kind in [ModelKind::Logistic, ModelKind::Boosted] {
            let m = train(kind, &s.input()).unwrap();
            let customers: Vec<usize> = (0..6_000).collect();
            let all = influence(m.as_ref(), &s.test.0, &customers, 1, &Refits::none()).unwrap();
            let top: BTreeSet<usize> = all.features.iter().take(2).map(|f| f.feature).collect();
            assert_eq!(top, BTreeSet::from([0, 1]), "{kind:?}");
            let drivers = all.of(&[0, 1, 2, 3, 4]);
            assert!(drivers.share > 0.5, "{kind:?}: {drivers:?}");
        }
    }

    #[test]
    fn student_s_points() {
        // scipy.stats.t.ppf(0.975, n)
        for (n, exact) in [(4, 2.776_445), (6, 2.446_912), (8, 2.306_004), (10, 2.228_139), (30, 2.042_272)] {
            assert!((student(n) - exact).abs() < 0.01 * exact, "{n}: {}", student(n));
        }
    }

    #[test]
    fn whole_customers_are_sampled() {
        let groups: Vec<usize> = (0..40_000).map(|i| i % 8_000).collect();
        let rows = sampled_rows(&groups, &mut ChaCha8Rng::seed_from_u64(1));
        assert_eq!(rows.len(), 10_000);
        let taken: BTreeSet<usize> = rows.iter().map(|&r| groups[r]).collect();
        assert_eq!(taken.len(), 2_000);
    }
}
