//! By how much a cutoff's outcomes lie above or below what was said of them.

use super::super::metrics::sigmoid;

/// Standard deviation of a shift before anything is known, in log-odds: keeps a cutoff without a
/// positive finite, and moves one with a hundred of them by less than a hundredth.
const WIDEST: f64 = 1.5;

/// A cutoff's shift: what must be added to every log-odds to foretell as many positives as there were.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shift {
    /// Day of the cutoff, counted from any day.
    pub(super) day: f64,
    /// The shift, in log-odds.
    pub(super) value: f64,
    /// Its variance from chance alone.
    pub(super) variance: f64,
}

/// Finds the shift of `log_odds` to which it happened `positives` times.
pub(super) fn shift(day: f64, log_odds: &[f64], positives: f64) -> Shift {
    let weight = 1.0 / (WIDEST * WIDEST);
    let mut value = 0.0;
    let mut curvature = weight;
    // The penalised likelihood is concave: Newton's steps, cut short, reach its only maximum.
    for _ in 0..100 {
        let (mut foretold, mut spread) = (0.0, 0.0);
        for &s in log_odds {
            let p = sigmoid(s + value);
            foretold += p;
            spread += p * (1.0 - p);
        }
        curvature = spread + weight;
        let step = (positives - foretold - weight * value) / curvature;
        value += step.clamp(-1.0, 1.0);
        if step.abs() < 1e-10 {
            break;
        }
    }
    Shift { day, value, variance: 1.0 / curvature }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brings_what_was_foretold_to_what_happened() {
        let s: Vec<f64> = (0..4_000).map(|i| f64::from(i % 40) / 10.0 - 3.0).collect();
        let found = shift(0.0, &s, 2_500.0);
        let foretold: f64 = s.iter().map(|s| sigmoid(s + found.value)).sum();
        assert!((foretold - 2_500.0).abs() < 1.0, "{foretold}");
        assert!(found.variance > 0.0 && found.variance < 0.01);
    }

    #[test]
    fn stays_finite_where_all_or_none_are_positive() {
        let (none, all) = (shift(0.0, &[0.0; 50], 0.0), shift(0.0, &[0.0; 50], 50.0));
        assert!(none.value < -1.0 && none.value.is_finite());
        assert!((none.value + all.value).abs() < 1e-9);
        assert_eq!(shift(0.0, &[], 0.0).value, 0.0);
    }
}
