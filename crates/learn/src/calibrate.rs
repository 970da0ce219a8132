//! From a model's log-odds to probabilities that come true.

use serde::{Deserialize, Serialize};

use super::error::LearnError;
use super::isotonic::{atoms, pool};
use super::labels::{Classes, check_labels};
use super::metrics::{logit, sigmoid};
use super::piecewise::Piecewise;

/// Rows of each class from which an isotonic curve is trusted.
const ENOUGH: usize = 1_000;

/// Bound on calibrated log-odds, within which the probability is strictly between 0 and 1.
const BOUND: f64 = 30.0;

/// Smallest slope of a calibrator, so that it never ties or turns round what the model tells apart.
const MIN_SLOPE: f64 = 1e-3;

/// A strictly rising map from log-odds to probability, learned on validation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibrator(Curve);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Curve {
    /// Log-odds times slope plus intercept.
    Sigmoid { slope: f64, intercept: f64 },
    /// Isotonic regression, joined linearly in log-odds from block mean to block mean.
    Isotonic(Piecewise),
}

impl Calibrator {
    /// Learns the map from `log_odds` to the rate of `labels`.
    ///
    /// With at least 1,000 rows of each class it is isotonic, otherwise a sigmoid of two parameters.
    ///
    /// # Errors
    /// [`LearnError`] of [`check_labels`], or [`LearnError::NotFinite`].
    pub fn fit(log_odds: &[f64], labels: &[f64]) -> Result<Self, LearnError> {
        let classes = check_labels(labels, log_odds.len(), "validation")?;
        if classes.positives.min(classes.negatives) >= ENOUGH {
            Self::fit_isotonic(log_odds, labels)
        } else {
            Self::fit_sigmoid(log_odds, labels)
        }
    }

    /// Returns the map that takes log-odds at their word, for when there is nothing to learn from.
    pub fn identity() -> Self {
        Self(Curve::Sigmoid { slope: 1.0, intercept: 0.0 })
    }

    /// Learns a sigmoid whatever the number of rows (Platt, "Probabilistic outputs for support vector
    /// machines", 1999, by the Newton method of Lin, Lin and Weng, 2007).
    ///
    /// # Errors
    /// As [`Calibrator::fit`].
    pub fn fit_sigmoid(log_odds: &[f64], labels: &[f64]) -> Result<Self, LearnError> {
        let classes = check(log_odds, labels)?;
        let (slope, intercept) = platt(log_odds, labels, classes);
        Ok(Self(Curve::Sigmoid { slope, intercept }))
    }

    /// Learns an isotonic curve whatever the number of rows.
    ///
    /// Beyond the outermost block means it goes on at the sigmoid's slope, so that the likeliest and
    /// the least likely are not all tied.
    ///
    /// # Errors
    /// As [`Calibrator::fit`].
    pub fn fit_isotonic(log_odds: &[f64], labels: &[f64]) -> Result<Self, LearnError> {
        let classes = check(log_odds, labels)?;
        let (slope, _) = platt(log_odds, labels, classes);
        let prior = classes.base_rate();
        let blocks = pool(&atoms(log_odds, labels), prior);
        let knots = blocks.iter().map(|b| (b.centre, b.log_odds(prior)));
        Ok(Self(Curve::Isotonic(Piecewise::new(knots, slope))))
    }

    /// Returns the same map with its log-odds moved by `shift`: for a day whose base rate is another.
    pub fn shifted(&self, shift: f64) -> Self {
        Self(match &self.0 {
            Curve::Sigmoid { slope, intercept } => {
                Curve::Sigmoid { slope: *slope, intercept: intercept + shift }
            }
            Curve::Isotonic(line) => Curve::Isotonic(line.raised(shift)),
        })
    }

    /// Returns by how much calibrated log-odds rise, by and large, when the model's rise by one; above 0.
    pub(super) fn slope(&self) -> f64 {
        let slope = match &self.0 {
            Curve::Sigmoid { slope, .. } => *slope,
            Curve::Isotonic(line) => line.slope(),
        };
        slope.max(MIN_SLOPE)
    }

    /// Returns the log-odds of [`Calibrator::probability`].
    pub fn calibrated(&self, log_odds: f64) -> f64 {
        let calibrated = match &self.0 {
            Curve::Sigmoid { slope, intercept } => slope * log_odds + intercept,
            Curve::Isotonic(line) => line.value(log_odds),
        };
        calibrated.clamp(-BOUND, BOUND)
    }

    /// Returns the probability, strictly between 0 and 1, that belongs to `log_odds`.
    pub fn probability(&self, log_odds: f64) -> f64 {
        sigmoid(self.calibrated(log_odds))
    }

    /// Returns the probabilities of many log-odds.
    pub fn probabilities(&self, log_odds: &[f64]) -> Vec<f64> {
        log_odds.iter().map(|&s| self.probability(s)).collect()
    }

    /// Returns the smallest log-odds whose probability is at least `probability`, up to rounding:
    /// minus infinity for 0 and less, infinity for 1 and more.
    pub fn log_odds_at(&self, probability: f64) -> f64 {
        if probability <= 0.0 {
            return f64::NEG_INFINITY;
        }
        if probability >= 1.0 {
            return f64::INFINITY;
        }
        let wanted = logit(probability);
        match &self.0 {
            Curve::Sigmoid { slope, intercept } => (wanted - intercept) / slope,
            Curve::Isotonic(line) => line.reach(wanted),
        }
    }

    /// Says in a few words what kind of map it is.
    pub fn describe(&self) -> String {
        match &self.0 {
            Curve::Sigmoid { slope, intercept } => {
                format!("sigmoid, slope {slope:.3}, intercept {intercept:.3}")
            }
            Curve::Isotonic(line) => format!("isotonic, {} knots", line.knots().len()),
        }
    }
}

fn check(log_odds: &[f64], labels: &[f64]) -> Result<Classes, LearnError> {
    let classes = check_labels(labels, log_odds.len(), "validation")?;
    match log_odds.iter().position(|s| !s.is_finite()) {
        Some(row) => Err(LearnError::NotFinite { row, value: log_odds[row] }),
        None => Ok(classes),
    }
}

/// Fits slope and intercept to targets a little off 0 and 1, which keeps the fit finite.
fn platt(scores: &[f64], labels: &[f64], classes: Classes) -> (f64, f64) {
    let high = (classes.positives as f64 + 1.0) / (classes.positives as f64 + 2.0);
    let low = 1.0 / (classes.negatives as f64 + 2.0);
    let target = |y: f64| if y == 1.0 { high } else { low };
    let rate = (classes.positives as f64 * high + classes.negatives as f64 * low) / classes.n() as f64;
    // Centred and scaled scores make the Hessian well conditioned, wherever the model's scores lie.
    let n = scores.len() as f64;
    let mean = scores.iter().sum::<f64>() / n;
    let spread = (scores.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>() / n).sqrt();
    let scale = if spread > 0.0 { spread } else { 1.0 };
    let points: Vec<(f64, f64)> =
        scores.iter().zip(labels).map(|(s, &y)| ((s - mean) / scale, target(y))).collect();
    let (a, b) = newton(&points, (0.0, logit(rate)), true);
    let (a, b) = if a / scale >= MIN_SLOPE {
        (a, b)
    } else {
        // The model says nothing, or the opposite of the truth: keep its order, hardly its word.
        newton(&points, (MIN_SLOPE * scale, logit(rate)), false)
    };
    (a / scale, b - a / scale * mean)
}

/// Minimises the cross-entropy of `sigmoid(a x + b)` over both parameters, or over `b` alone.
fn newton(points: &[(f64, f64)], start: (f64, f64), slope_too: bool) -> (f64, f64) {
    let loss = |(a, b): (f64, f64)| -> f64 {
        let row = |&(x, t): &(f64, f64)| {
            let s = a * x + b;
            s.max(0.0) + (-s.abs()).exp().ln_1p() - t * s
        };
        points.iter().map(row).sum()
    };
    let (mut at, mut best) = (start, loss(start));
    for _ in 0..100 {
        let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (0.0, 0.0, 1e-12, 0.0, 1e-12);
        for &(x, t) in points {
            let p = sigmoid(at.0 * x + at.1);
            let (d, w) = (p - t, p * (1.0 - p));
            ga += d * x;
            gb += d;
            haa += w * x * x;
            hab += w * x;
            hbb += w;
        }
        if !slope_too {
            (ga, hab) = (0.0, 0.0);
        }
        if ga.abs().max(gb.abs()) < 1e-10 * points.len() as f64 {
            break;
        }
        let determinant = haa * hbb - hab * hab;
        let step = (-(hbb * ga - hab * gb) / determinant, -(haa * gb - hab * ga) / determinant);
        let downhill = ga * step.0 + gb * step.1;
        let mut length = 1.0;
        let moved = loop {
            let next = (at.0 + length * step.0, at.1 + length * step.1);
            let new = loss(next);
            if new <= best + 1e-4 * length * downhill {
                break Some((next, new));
            }
            length /= 2.0;
            if length < 1e-10 {
                break None;
            }
        };
        match moved {
            Some((next, new)) => (at, best) = (next, new),
            None => break,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Scores whose true log-odds are `truth(score)`.
    fn drawn(n: usize, truth: impl Fn(f64) -> f64) -> (Vec<f64>, Vec<f64>) {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        (0..n)
            .map(|_| {
                let s = rng.random_range(-4.0..4.0);
                (s, f64::from(rng.random::<f64>() < sigmoid(truth(s))))
            })
            .unzip()
    }

    #[test]
    fn a_sigmoid_finds_the_true_line() {
        let (s, y) = drawn(20_000, |s| 0.6 * s - 1.2);
        let Calibrator(Curve::Sigmoid { slope, intercept }) = Calibrator::fit_sigmoid(&s, &y).unwrap() else {
            unreachable!()
        };
        assert!((slope - 0.6).abs() < 0.03 && (intercept + 1.2).abs() < 0.05, "{slope} {intercept}");
    }

    #[test]
    fn an_isotonic_curve_follows_a_bent_truth_where_a_sigmoid_cannot() {
        let truth = |s: f64| if s < 0.0 { 0.2 * s - 2.0 } else { 2.0 * s - 2.0 };
        let (s, y) = drawn(20_000, truth);
        let curve = Calibrator::fit(&s, &y).unwrap();
        assert!(curve.describe().starts_with("isotonic"));
        let line = Calibrator::fit_sigmoid(&s, &y).unwrap();
        let off = |c: &Calibrator| {
            s.iter().map(|&s| (c.probability(s) - sigmoid(truth(s))).abs()).sum::<f64>() / s.len() as f64
        };
        assert!(off(&curve) < 0.015, "{}", off(&curve));
        assert!(off(&line) > 2.0 * off(&curve));
    }

    /// The noise of a calibration is that of the rows it was learned from: a rate's standard error.
    #[test]
    fn calibrated_probabilities_are_within_the_noise_of_the_true_ones() {
        let mut within = 0.0;
        for seed in 0..200 {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let n = 800;
            let (slope, intercept) = (rng.random_range(0.4..1.6), rng.random_range(-2.5..1.0));
            let s: Vec<f64> = (0..n).map(|_| rng.random_range(-2.5..2.5)).collect();
            let truth: Vec<f64> = s.iter().map(|s| sigmoid(slope * s + intercept)).collect();
            let y: Vec<f64> = truth.iter().map(|p| f64::from(rng.random::<f64>() < *p)).collect();
            let found = Calibrator::fit(&s, &y).unwrap().probabilities(&s);
            let off = found.iter().zip(&truth).map(|(a, b)| (a - b).abs()).sum::<f64>() / n as f64;
            // Two parameters learned from n rows: the mean standard error of a probability.
            let noise = truth.iter().map(|p| p * (1.0 - p)).sum::<f64>() / n as f64;
            within += f64::from(off < 2.0 * (2.0 * noise / n as f64).sqrt()) / 200.0;
        }
        assert!(within > 0.93, "{within}");
    }

    #[test]
    fn few_rows_get_a_sigmoid() {
        let (s, y) = drawn(500, |s| s);
        assert!(Calibrator::fit(&s, &y).unwrap().describe().starts_with("sigmoid"));
    }

    #[test]
    fn perfect_separation_stays_inside() {
        let (s, y) = ([-3.0, -2.0, 2.0, 3.0], [0.0, 0.0, 1.0, 1.0]);
        for c in [Calibrator::fit_sigmoid(&s, &y).unwrap(), Calibrator::fit_isotonic(&s, &y).unwrap()] {
            for x in [-1e9, -3.0, 0.0, 3.0, 1e9] {
                let p = c.probability(x);
                assert!(p > 0.0 && p < 1.0, "{c:?} {x} {p}");
            }
        }
    }

    #[test]
    fn a_model_that_errs_keeps_its_order_and_gets_the_base_rate() {
        let (s, y) = drawn(2_000, |s| -s);
        let c = Calibrator::fit_sigmoid(&s, &y).unwrap();
        assert!(c.probability(4.0) > c.probability(-4.0));
        let base = y.iter().sum::<f64>() / 2_000.0;
        assert!((c.probability(0.0) - base).abs() < 0.01);
        let tied = Calibrator::fit_sigmoid(&[1.0; 4], &[0.0, 0.0, 0.0, 1.0]).unwrap();
        assert!((tied.probability(1.0) - 0.3).abs() < 0.05, "{}", tied.probability(1.0));
    }

    #[test]
    fn says_what_it_cannot_learn_from() {
        assert!(matches!(Calibrator::fit(&[1.0, 2.0], &[1.0, 1.0]), Err(LearnError::OneClass { .. })));
        assert!(matches!(
            Calibrator::fit(&[1.0, f64::NAN], &[0.0, 1.0]),
            Err(LearnError::NotFinite { row: 1, .. })
        ));
    }

    #[test]
    fn survives_storage() {
        let (s, y) = drawn(4_000, |s| s);
        for c in [Calibrator::fit_sigmoid(&s, &y).unwrap(), Calibrator::fit_isotonic(&s, &y).unwrap()] {
            let json = serde_json::to_string(&c).unwrap();
            assert_eq!(serde_json::from_str::<Calibrator>(&json).unwrap(), c);
        }
    }

    proptest! {
        #[test]
        fn order_is_kept_and_undone(rows in prop::collection::vec((-5.0f64..5.0, prop::bool::ANY), 4..80)) {
            let s: Vec<f64> = rows.iter().map(|r| r.0).collect();
            let mut y: Vec<f64> = rows.iter().map(|r| f64::from(r.1)).collect();
            (y[0], y[1]) = (0.0, 1.0);
            for c in [Calibrator::fit_sigmoid(&s, &y).unwrap(), Calibrator::fit_isotonic(&s, &y).unwrap()] {
                let mut sorted = s.clone();
                sorted.sort_unstable_by(f64::total_cmp);
                let p = c.probabilities(&sorted);
                prop_assert!(p.windows(2).all(|w| w[0] <= w[1]));
                for (x, p) in sorted.iter().zip(&p) {
                    let back = c.probability(c.log_odds_at(*p));
                    prop_assert!((back - p).abs() < 1e-9, "{} {} {}", x, p, back);
                }
            }
        }
    }
}
