//! What may be expected of customers whose outcome nobody knows yet.

use super::super::metrics::sigmoid;

/// Sums over the customers named down to one of the distinct scores.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Sums {
    /// How many are named.
    pub(super) named: usize,
    /// How many of them it is expected to happen to.
    pub(super) hits: f64,
    /// Variance of that number from chance.
    pub(super) spread: f64,
}

impl Sums {
    /// Expected error rate; 1 where nobody is named, which no wish prefers.
    pub(super) fn error_rate(&self) -> f64 {
        if self.named == 0 { 1.0 } else { (1.0 - self.hits / self.named as f64).clamp(0.0, 1.0) }
    }

    /// Expected miss rate, `all` being the sums over everybody; 0 where nothing is expected to happen.
    pub(super) fn miss_rate(&self, all: &Sums) -> f64 {
        if all.hits > 0.0 { (1.0 - self.hits / all.hits).clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// Customers by calibrated log-odds, the likeliest first.
#[derive(Debug, Clone)]
pub(super) struct Population {
    log_odds: Vec<f64>,
}

impl Population {
    /// Sorts customers.
    pub(super) fn new(mut log_odds: Vec<f64>) -> Self {
        log_odds.sort_unstable_by(|a, b| b.total_cmp(a));
        Self { log_odds }
    }

    /// Returns the number of customers.
    pub(super) fn len(&self) -> usize {
        self.log_odds.len()
    }

    /// Returns each distinct probability and the sums down to it.
    pub(super) fn curve(&self) -> Vec<(f64, Sums)> {
        let mut points: Vec<(f64, Sums)> = Vec::new();
        let mut sums = Sums::default();
        for &s in &self.log_odds {
            let p = sigmoid(s);
            sums = Sums { named: sums.named + 1, hits: sums.hits + p, spread: sums.spread + p * (1.0 - p) };
            match points.last_mut() {
                Some(point) if point.0 == p => point.1 = sums,
                _ => points.push((p, sums)),
            }
        }
        points
    }

    /// Returns the sums over the first `named` and over everybody, all log-odds moved by `shift`.
    pub(super) fn sums(&self, named: usize, shift: f64) -> (Sums, Sums) {
        let mut sums = Sums::default();
        let mut first = Sums::default();
        for &s in &self.log_odds {
            let p = sigmoid(s + shift);
            sums = Sums { named: sums.named + 1, hits: sums.hits + p, spread: sums.spread + p * (1.0 - p) };
            if sums.named == named {
                first = sums;
            }
        }
        (first, sums)
    }
}
