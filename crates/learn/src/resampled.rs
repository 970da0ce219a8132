//! Intervals that resample customers: those of one customer stay together.
//!
//! Each row moves a rate by so much; a customer moves it by the sum over their rows, and the squares of these
//! sums are the rate's variance (the infinitesimal jackknife: Efron, "The jackknife, the bootstrap and other
//! resampling plans", 1982, to which a bootstrap of customers converges; for the area under the ROC curve it
//! is that of DeLong, DeLong and Clarke-Pearson, 1988, for clusters that of Obuchowski, 1997). Nothing is
//! drawn, so that the same rows give the same bytes.

use std::collections::HashMap;

use super::error::LearnError;
use super::evaluation::Evaluation;
use super::interval::{of_variance, wilson_share};
use super::metrics::Confusion;

/// 95 % intervals of what is said of rows; `None` where the figure itself is undefined.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Intervals {
    /// Of [`Confusion::error_rate`].
    pub error_rate: Option<(f64, f64)>,
    /// Of [`Confusion::miss_rate`].
    pub miss_rate: Option<(f64, f64)>,
    /// Of [`Evaluation::roc_auc`].
    pub roc_auc: Option<(f64, f64)>,
    /// Of [`Evaluation::average_precision`].
    pub average_precision: Option<(f64, f64)>,
}

/// Returns the intervals of rows with these labels and probabilities, of which some are `named`.
///
/// # Errors
/// [`LearnError::LengthMismatch`] unless there is one of each a row, and those of [`Evaluation::new`].
pub fn intervals(
    labels: &[f64],
    probabilities: &[f64],
    named: &[bool],
    customers: &[String],
) -> Result<Intervals, LearnError> {
    let rows = labels.len();
    for (what, found) in [("customers", customers.len()), ("decisions", named.len())] {
        if found != rows {
            return Err(LearnError::LengthMismatch { what, expected: rows, found });
        }
    }
    let evaluation = Evaluation::new(labels, probabilities)?;
    let groups = Groups::of(customers);
    let confusion = Confusion::of(labels, named);
    let share = |of: &dyn Fn(usize) -> bool, hit: &dyn Fn(usize) -> bool, rate: Option<f64>| {
        let rate = rate?;
        let inside = (0..rows).filter(|&row| of(row));
        let moved: Vec<(usize, f64)> =
            inside.map(|row| (row, if hit(row) { 1.0 - rate } else { -rate })).collect();
        let apart = groups.customers(moved.iter().map(|m| m.0));
        let repeated = groups.repeated(&moved).unwrap_or(moved.len() as f64 / apart as f64);
        Some(wilson_share(rate, moved.len() as f64 / repeated))
    };
    let positive = |row: usize| labels[row] == 1.0;
    let negatives = rows - evaluation.positives();
    let ranked = |rate: Option<f64>, moved: Vec<f64>, most: usize| {
        Some(of_variance(rate?, groups.variance(&moved), most as f64))
    };
    Ok(Intervals {
        error_rate: share(&|row| named[row], &|row| !positive(row), confusion.error_rate()),
        miss_rate: share(&positive, &|row| !named[row], confusion.miss_rate()),
        roc_auc: ranked(
            evaluation.roc_auc(),
            evaluation.moves_roc_auc(labels, probabilities),
            evaluation.positives().min(negatives),
        ),
        average_precision: ranked(
            evaluation.average_precision(),
            evaluation.moves_average_precision(labels, probabilities),
            evaluation.positives(),
        ),
    })
}

/// Which rows are one customer's.
struct Groups {
    of: Vec<usize>,
    count: usize,
}

impl Groups {
    fn of(customers: &[String]) -> Self {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let of = customers
            .iter()
            .map(|id| {
                let next = seen.len();
                *seen.entry(id.as_str()).or_insert(next)
            })
            .collect();
        Self { of, count: seen.len() }
    }

    /// Number of customers among some rows.
    fn customers(&self, rows: impl Iterator<Item = usize>) -> usize {
        let mut seen = vec![false; self.count];
        rows.for_each(|row| seen[self.of[row]] = true);
        seen.iter().filter(|seen| **seen).count()
    }

    /// Variance of what the rows move, customers together.
    fn variance(&self, moved: &[f64]) -> f64 {
        let mut sums = vec![0.0; self.count];
        for (group, moved) in self.of.iter().zip(moved) {
            sums[*group] += moved;
        }
        sums.iter().map(|sum| sum * sum).sum()
    }

    /// How many times the variance of independent rows theirs is, at least once; `None` where no row moves anything.
    fn repeated(&self, moved: &[(usize, f64)]) -> Option<f64> {
        let alone: f64 = moved.iter().map(|(_, m)| m * m).sum();
        if alone == 0.0 {
            return None;
        }
        let mut sums = vec![0.0; self.count];
        for (row, m) in moved {
            sums[self.of[*row]] += m;
        }
        let together: f64 = sums.iter().map(|sum| sum * sum).sum();
        // Rows of one customer that cancel out do not make more of them.
        Some((together / alone).max(1.0))
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::super::metrics::sigmoid;
    use super::*;

    fn ids(n: usize, each: usize) -> Vec<String> {
        (0..n).map(|i| format!("c{}", i / each)).collect()
    }

    fn close(a: (f64, f64), b: (f64, f64)) {
        assert!((a.0 - b.0).abs() < 1e-12 && (a.1 - b.1).abs() < 1e-12, "{a:?} {b:?}");
    }

    fn drawn(n: usize, seed: u64) -> (Vec<f64>, Vec<f64>) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..n)
            .map(|_| {
                let s: f64 = rng.random_range(-3.0..1.5);
                (f64::from(rng.random::<f64>() < sigmoid(s)), sigmoid(s))
            })
            .unzip()
    }

    #[test]
    fn customers_seen_once_have_wilsons_interval() {
        let (y, p) = drawn(800, 1);
        let named: Vec<bool> = p.iter().map(|p| *p > 0.4).collect();
        let c = Confusion::of(&y, &named);
        let i = intervals(&y, &p, &named, &ids(800, 1)).unwrap();
        close(i.error_rate.unwrap(), super::super::interval::wilson(c.fp, c.tp + c.fp).unwrap());
        close(i.miss_rate.unwrap(), super::super::interval::wilson(c.fn_, c.tp + c.fn_).unwrap());
    }

    #[test]
    fn the_same_customers_twice_say_no_more_than_once() {
        let (y, p) = drawn(400, 2);
        let named: Vec<bool> = p.iter().map(|p| *p > 0.4).collect();
        let once = intervals(&y, &p, &named, &ids(400, 1)).unwrap();
        let twice = |v: &[f64]| v.iter().flat_map(|x| [*x, *x]).collect::<Vec<f64>>();
        let named: Vec<bool> = named.iter().flat_map(|x| [*x, *x]).collect();
        let both = intervals(&twice(&y), &twice(&p), &named, &ids(800, 2)).unwrap();
        close(both.error_rate.unwrap(), once.error_rate.unwrap());
        close(both.miss_rate.unwrap(), once.miss_rate.unwrap());
        let width = |i: Option<(f64, f64)>| i.unwrap().1 - i.unwrap().0;
        for (b, o) in [(both.roc_auc, once.roc_auc), (both.average_precision, once.average_precision)] {
            assert!((width(b) / width(o) - 1.0).abs() < 0.02, "{b:?} {o:?}");
        }
    }

    /// Shops whose customers stand at three cutoffs each with a leaning of their own; returns how often the intervals
    /// of error rate, miss rate and AUC hold the truth of a shop without end.
    fn coverage(shops: u64, customers: usize) -> [f64; 3] {
        let draw = |rng: &mut ChaCha8Rng, customers: usize| {
            let (mut y, mut p, mut ids) = (Vec::new(), Vec::new(), Vec::new());
            for customer in 0..customers {
                let normal = |rng: &mut ChaCha8Rng| (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
                let (leaning, own) = (normal(rng), 1.2 * normal(rng));
                for _ in 0..3 {
                    let score = leaning + 0.4 * normal(rng) - 0.8;
                    y.push(f64::from(rng.random::<f64>() < sigmoid(score + own)));
                    p.push(sigmoid(score));
                    ids.push(format!("c{customer}"));
                }
            }
            let named: Vec<bool> = p.iter().map(|p| *p > 0.35).collect();
            (y, p, named, ids)
        };
        let (y, p, named, _) = draw(&mut ChaCha8Rng::seed_from_u64(1), 400_000);
        let c = Confusion::of(&y, &named);
        let area = Evaluation::new(&y, &p).unwrap().roc_auc().unwrap();
        let truth = [c.error_rate().unwrap(), c.miss_rate().unwrap(), area];
        let mut held = [0.0; 3];
        for seed in 0..shops {
            let (y, p, named, ids) = draw(&mut ChaCha8Rng::seed_from_u64(100 + seed), customers);
            let i = intervals(&y, &p, &named, &ids).unwrap();
            for (held, (truth, found)) in
                held.iter_mut().zip(truth.iter().zip([i.error_rate, i.miss_rate, i.roc_auc]))
            {
                let (low, high) = found.unwrap();
                *held += f64::from((low..=high).contains(truth)) / shops as f64;
            }
        }
        held
    }

    #[test]
    fn intervals_hold_the_truth_as_often_as_they_say() {
        // Ten times the 200 shops that would do: with 200, chance alone leaves 93 to 97 % one time in five.
        for customers in [60, 300] {
            let held = coverage(2_000, customers);
            println!(
                "{customers} customers at three cutoffs: {held:?}, of 200 shops {:?}",
                coverage(200, customers)
            );
            assert!(held.iter().all(|share| (0.93..=0.97).contains(share)), "{customers}: {held:?}");
        }
    }

    #[test]
    fn nothing_wrong_in_seven_is_no_certainty() {
        let y = [1.0; 7];
        let i = intervals(&y, &[0.9; 7], &[true; 7], &ids(7, 1)).unwrap();
        close(i.error_rate.unwrap(), super::super::interval::wilson(0, 7).unwrap());
        assert!(i.miss_rate.unwrap().1 > 0.3 && i.roc_auc.is_none());
        // Seven rows of one customer are one.
        let i = intervals(&y, &[0.9; 7], &[true; 7], &ids(7, 7)).unwrap();
        close(i.error_rate.unwrap(), super::super::interval::wilson(0, 1).unwrap());
        let apart = intervals(&[0.0, 0.0, 1.0, 1.0], &[0.1, 0.2, 0.8, 0.9], &[false; 4], &ids(4, 1)).unwrap();
        assert!(apart.roc_auc.unwrap().0 < 0.4 && apart.error_rate.is_none());
    }

    #[test]
    fn moves_agree_with_leaving_customers_out() {
        let (y, p) = drawn(300, 3);
        let groups: Vec<usize> = (0..300).map(|i| i / 3).collect();
        let named = vec![false; 300];
        let i = intervals(&y, &p, &named, &ids(300, 3)).unwrap();
        for (which, found) in [(0, i.roc_auc.unwrap()), (1, i.average_precision.unwrap())] {
            let figure = |skip: usize| {
                let keep = |v: &[f64]| -> Vec<f64> {
                    v.iter().zip(&groups).filter(|(_, g)| **g != skip).map(|(x, _)| *x).collect()
                };
                let e = Evaluation::new(&keep(&y), &keep(&p)).unwrap();
                if which == 0 { e.roc_auc().unwrap() } else { e.average_precision().unwrap() }
            };
            let left: Vec<f64> = (0..100).map(figure).collect();
            let mean = left.iter().sum::<f64>() / 100.0;
            let variance = 0.99 * left.iter().map(|l| (l - mean) * (l - mean)).sum::<f64>();
            let by_hand = of_variance(figure(1_000), variance, 1.0);
            let ratio = (found.1 - found.0) / (by_hand.1 - by_hand.0);
            assert!((ratio - 1.0).abs() < 0.06, "{which}: {found:?} {by_hand:?}");
        }
    }
}
