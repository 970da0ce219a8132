//! A shop for tests, whose true probabilities are known.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::matrix::Matrix;
use super::metrics::sigmoid;
use super::model::TrainInput;

/// Three sets of rows from one truth.
pub(super) struct Shop {
    pub(super) train: (Matrix, Vec<f64>),
    pub(super) validation: (Matrix, Vec<f64>),
    pub(super) test: (Matrix, Vec<f64>),
    /// True log-odds of the test rows.
    pub(super) truth: Vec<f64>,
}

impl Shop {
    pub(super) fn input(&self) -> TrainInput<'_> {
        TrainInput {
            x: &self.train.0,
            y: &self.train.1,
            recency: &[0],
            validation: (&self.validation.0, &self.validation.1),
            seed: 42,
            threads: None,
        }
    }
}

/// Draws `n` rows a set of `width` features; the outcome happens to a share `rate`.
pub(super) fn shop(n: usize, width: usize, rate: f64) -> Shop {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let shift = shift(rate);
    let mut set = || drawn(&mut rng, n, width, shift);
    let (train, validation, test) = (set(), set(), set());
    Shop {
        train: (train.0, train.1),
        validation: (validation.0, validation.1),
        test: (test.0, test.1),
        truth: test.2,
    }
}

/// What moves the outcome of a customer: silence, orders, spend and two more.
fn truth(l: &[f64; 6]) -> f64 {
    1.3 * l[0] - 0.9 * l[1] - 0.4 * l[2] + 0.5 * l[0] * l[1] + if l[3] > 0.5 { 0.8 } else { 0.0 }
        - 0.3 * l[4] * l[4]
}

/// Finds the intercept that gives the base rate.
fn shift(rate: f64) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let sample: Vec<f64> = (0..20_000).map(|_| truth(&latents(&mut rng))).collect();
    let mean = |b: f64| sample.iter().map(|t| sigmoid(t + b)).sum::<f64>() / 20_000.0;
    let (mut low, mut high) = (-20.0, 20.0);
    for _ in 0..60 {
        let middle: f64 = f64::midpoint(low, high);
        if mean(middle) < rate { low = middle } else { high = middle }
    }
    low
}

/// Nearly normal numbers: the sum of twelve uniform ones less six.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}

fn latents(rng: &mut ChaCha8Rng) -> [f64; 6] {
    std::array::from_fn(|_| normal(rng))
}

fn drawn(rng: &mut ChaCha8Rng, n: usize, width: usize, shift: f64) -> (Matrix, Vec<f64>, Vec<f64>) {
    let mut data = vec![0.0; n * width];
    let (mut y, mut log_odds) = (Vec::with_capacity(n), Vec::with_capacity(n));
    for row in 0..n {
        let l = latents(rng);
        let s = truth(&l) + shift;
        log_odds.push(s);
        y.push(f64::from(rng.random::<f64>() < sigmoid(s)));
        for i in 0..width {
            // The first six show the latents, the others ever fainter echoes of them and gaps.
            let echo = if i < 6 { l[i] } else { l[i % 6] + normal(rng) * (0.5 + i as f64 / 20.0) };
            data[i * n + row] = match i % 4 {
                0 => (echo * 0.6 + 3.5).exp().floor(),
                1 => (echo + 1.5).exp().floor(),
                2 if i > 6 && rng.random_bool(0.3) => f64::NAN,
                _ => echo,
            };
        }
    }
    let names = (0..width).map(|i| format!("f{i}")).collect();
    (Matrix::new(n, names, data).unwrap(), y, log_odds)
}
