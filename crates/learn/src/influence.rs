//! Which features move a model's answers, how surely, and which way.

use std::collections::BTreeSet;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::error::LearnError;
use super::matrix::Matrix;
use super::model::Model;
use super::rank::{correlation, ranks};

/// Resamples behind an interval.
const RESAMPLES: usize = 200;

/// Rows looked at, at most: the shares of so many are known well enough.
const MOST_ROWS: usize = 10_000;

/// Rows behind a direction, at most.
const DIRECTION_ROWS: usize = 2_000;

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
    /// Lower end of the share's 95 % bootstrap interval.
    pub share_low: f64,
    /// Upper end.
    pub share_high: f64,
    /// Sign of the rank correlation between value and contribution.
    pub direction: Direction,
    /// Place among the features, from 1 for the largest share.
    pub rank: usize,
}

/// Measures the influence of every feature of `model` on the rows of `x`, largest share first.
///
/// `groups` names the customer of each row; the bootstrap draws customers, as rows of one are not
/// independent. Of more than 10,000 rows that many customers' worth are drawn. Shares sum to 1. The
/// answer is empty if the model says the same of everybody, for then no feature has a share.
///
/// # Errors
/// [`LearnError::NoRows`], [`LearnError::LengthMismatch`] or [`LearnError::Columns`].
pub fn influence(
    model: &dyn Model,
    x: &Matrix,
    groups: &[usize],
    seed: u64,
) -> Result<Vec<Influence>, LearnError> {
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

    let mut sums = vec![0.0; x.width()];
    for row in contributions.rows() {
        sums.iter_mut().zip(row).for_each(|(sum, c)| *sum += c.abs());
    }
    let total: f64 = sums.iter().sum();
    if total == 0.0 {
        return Ok(Vec::new());
    }
    let mut order: Vec<usize> = (0..x.width()).collect();
    order.sort_by(|&a, &b| sums[b].total_cmp(&sums[a]));
    let active: Vec<usize> = order.iter().copied().filter(|&f| sums[f] > 0.0).collect();
    let resampled = resampled_shares(&contributions.values, x.width(), &active, &groups, &mut rng);
    let all = order.iter().enumerate().map(|(place, &feature)| {
        let (share_low, share_high) = resampled.get(place).map_or((0.0, 0.0), |shares| interval(shares));
        let effects = (0..x.rows()).map(|row| contributions.values[row * x.width() + feature]);
        Influence {
            feature,
            share: sums[feature] / total,
            share_low,
            share_high,
            direction: if sums[feature] > 0.0 {
                direction(x.column(feature), effects)
            } else {
                Direction::Mixed
            },
            rank: place + 1,
        }
    });
    Ok(all.collect())
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

/// Returns for each active feature its shares over resamples of the groups, sorted.
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
    let mut shares = vec![Vec::with_capacity(RESAMPLES); active.len()];
    for sums in sums.chunks_exact(active.len()) {
        let total: f64 = sums.iter().sum();
        for (shares, sum) in shares.iter_mut().zip(sums) {
            shares.push(if total > 0.0 { sum / total } else { 0.0 });
        }
    }
    for shares in &mut shares {
        shares.sort_unstable_by(f64::total_cmp);
    }
    shares
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
    use super::super::simulated::shop;
    use super::*;

    #[test]
    fn shares_sum_to_one_and_the_strongest_come_first() {
        let s = shop(3_000, 14, 0.4);
        for kind in [ModelKind::RecencyRule, ModelKind::Logistic, ModelKind::Boosted] {
            let m = train(kind, &s.input()).unwrap();
            let groups: Vec<usize> = (0..3_000).map(|i| i / 2 * 7).collect();
            let all = influence(m.as_ref(), &s.test.0, &groups, 1).unwrap();
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
            assert_eq!(all, influence(m.as_ref(), &s.test.0, &groups, 1).unwrap());
        }
    }

    #[test]
    fn a_model_that_says_the_same_of_everybody_has_no_shares() {
        let s = shop(500, 3, 0.4);
        let x = Matrix::new(500, vec!["constant".to_owned()], vec![1.0; 500]).unwrap();
        let input = TrainInput { x: &x, validation: (&x, &s.validation.1), ..s.input() };
        let m = train(ModelKind::Boosted, &input).unwrap();
        let groups: Vec<usize> = (0..500).collect();
        assert!(influence(m.as_ref(), &x, &groups, 1).unwrap().is_empty());
    }

    #[test]
    fn rows_and_groups_must_fit() {
        let s = shop(300, 3, 0.4);
        let m = train(ModelKind::RecencyRule, &s.input()).unwrap();
        assert!(matches!(
            influence(m.as_ref(), &s.test.0, &[1, 2], 1),
            Err(LearnError::LengthMismatch { .. })
        ));
        let none = s.test.0.take_rows(&[]).unwrap();
        assert!(matches!(influence(m.as_ref(), &none, &[], 1), Err(LearnError::NoRows { .. })));
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
