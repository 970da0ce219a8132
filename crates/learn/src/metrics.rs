//! Counts at a threshold, and the loss that models are chosen by.

/// What became of the named and the unnamed: named is whoever's probability is at least the threshold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Confusion {
    /// Named, and it happened.
    pub tp: usize,
    /// Named, and it did not happen.
    pub fp: usize,
    /// Not named, and it happened.
    pub fn_: usize,
    /// Not named, and it did not happen.
    pub tn: usize,
}

impl Confusion {
    /// Counts rows by their labels, 0 or 1, and whether they are named.
    pub fn of(labels: &[f64], named: &[bool]) -> Self {
        let mut counts = Self::default();
        for (label, named) in labels.iter().zip(named) {
            match (*label == 1.0, named) {
                (true, true) => counts.tp += 1,
                (false, true) => counts.fp += 1,
                (true, false) => counts.fn_ += 1,
                (false, false) => counts.tn += 1,
            }
        }
        counts
    }

    /// Returns FP / (TP + FP), the share of the named we were wrong about; `None` if nobody was named.
    pub fn error_rate(&self) -> Option<f64> {
        share(self.fp, self.tp + self.fp)
    }

    /// Returns FN / (TP + FN), the share we did not name of those it happened to; `None` if it happened to nobody.
    pub fn miss_rate(&self) -> Option<f64> {
        share(self.fn_, self.tp + self.fn_)
    }

    /// Returns TP / (TP + FP); `None` if nobody was named.
    pub fn precision(&self) -> Option<f64> {
        share(self.tp, self.tp + self.fp)
    }

    /// Returns TP / (TP + FN); `None` if it happened to nobody.
    pub fn recall(&self) -> Option<f64> {
        share(self.tp, self.tp + self.fn_)
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Returns the logistic function of `log_odds`, without overflow on either side.
pub fn sigmoid(log_odds: f64) -> f64 {
    if log_odds >= 0.0 {
        1.0 / (1.0 + (-log_odds).exp())
    } else {
        let e = log_odds.exp();
        e / (1.0 + e)
    }
}

/// Returns the log-odds of a probability in (0, 1).
pub(super) fn logit(probability: f64) -> f64 {
    probability.ln() - (-probability).ln_1p()
}

/// Returns the mean log loss of log-odds against labels, computed without forming a probability.
///
/// NaN for no rows. The loss of a row is `ln(1 + exp(s))` less `s` for a positive.
pub fn log_loss(labels: &[f64], log_odds: &[f64]) -> f64 {
    let total: f64 =
        labels.iter().zip(log_odds).map(|(&y, &s)| s.max(0.0) + (-s.abs()).exp().ln_1p() - y * s).sum();
    total / labels.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_undefined_rather_than_zero() {
        let nobody = Confusion { tp: 0, fp: 0, fn_: 3, tn: 4 };
        assert_eq!((nobody.error_rate(), nobody.precision()), (None, None));
        assert_eq!((nobody.miss_rate(), nobody.recall()), (Some(1.0), Some(0.0)));
        let harmless = Confusion { tp: 0, fp: 2, fn_: 0, tn: 4 };
        assert_eq!((harmless.miss_rate(), harmless.error_rate()), (None, Some(1.0)));
        let some = Confusion { tp: 3, fp: 1, fn_: 2, tn: 4 };
        assert_eq!((some.error_rate(), some.miss_rate()), (Some(0.25), Some(0.4)));
    }

    #[test]
    fn loss_of_log_odds_is_that_of_probabilities() {
        let (y, s) = ([1.0, 0.0, 1.0], [0.3, -2.0, -1.5]);
        let by_hand: f64 = y
            .iter()
            .zip(s)
            .map(|(&y, s)| if y == 1.0 { -sigmoid(s).ln() } else { -(1.0 - sigmoid(s)).ln() })
            .sum();
        assert!((log_loss(&y, &s) - by_hand / 3.0).abs() < 1e-14);
        assert!(log_loss(&[1.0], &[-800.0]).is_finite());
        assert!((logit(sigmoid(1.7)) - 1.7).abs() < 1e-12);
    }
}
