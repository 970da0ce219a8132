//! The threshold from the wish.

use foretell_spec::{Decide, Rate};

use super::error::LearnError;
use super::evaluation::{CurvePoint, Evaluation};
use super::metrics::Confusion;

/// The threshold that serves a wish best on the rows it was decided on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// Whoever's probability is at least this is named.
    pub threshold: f64,
    /// False if no threshold keeps the wish's limits; this one then comes closest.
    pub kept: bool,
    /// What becomes of the rows it was decided on.
    pub confusion: Confusion,
}

/// Chooses among the distinct probabilities the one that keeps the limits of `wish` with the lowest
/// rate to be minimised; of equals the highest.
///
/// If none keeps the limits, the one that exceeds them least is taken. The threshold is laid midway to
/// the next lower probability, so that a customer moved by rounding stays on the same side.
///
/// # Errors
/// [`LearnError::NoRows`], or [`LearnError::OneClass`] where it happened to nobody, for then no rate
/// of misses exists.
pub fn decide(wish: &Decide, evaluation: &Evaluation) -> Result<Decision, LearnError> {
    if evaluation.n() == 0 {
        return Err(LearnError::NoRows { set: "validation" });
    }
    if evaluation.positives() == 0 {
        return Err(LearnError::OneClass { set: "validation", n: evaluation.n(), class: 0 });
    }
    let curve = evaluation.precision_recall_curve();
    let mut best: Option<(usize, f64, f64)> = None;
    for (i, point) in curve.iter().enumerate() {
        let (excess, rate) = (excess(wish, point), rate(wish.minimise, point));
        // Thresholds fall along the curve: only what is better outright replaces a higher one.
        if best.is_none_or(|(_, e, r)| excess < e || (excess == e && rate < r)) {
            best = Some((i, excess, rate));
        }
    }
    let Some((i, excess, _)) = best else {
        return Err(LearnError::NoRows { set: "validation" });
    };
    let lower = curve.get(i + 1).map_or(0.0, |p| p.threshold);
    let midway = lower + (curve[i].threshold - lower) / 2.0;
    // Between neighbours of the last digit there is no number midway.
    let threshold = if midway > lower { midway } else { curve[i].threshold };
    Ok(Decision { threshold, kept: excess == 0.0, confusion: curve[i].confusion })
}

/// By how much the limits are exceeded in all; 0 if they are kept.
fn excess(wish: &Decide, point: &CurvePoint) -> f64 {
    let over = |limit: Option<f64>, which| limit.map_or(0.0, |most| (rate(which, point) - most).max(0.0));
    over(wish.max_miss_rate, Rate::MissRate) + over(wish.max_error_rate, Rate::ErrorRate)
}

/// The rate at a point of the curve, where somebody is always named and it happened to somebody.
fn rate(which: Rate, point: &CurvePoint) -> f64 {
    match which {
        Rate::ErrorRate => point.confusion.error_rate(),
        Rate::MissRate => point.confusion.miss_rate(),
    }
    .unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn misses(most: f64) -> Decide {
        Decide { max_miss_rate: Some(most), max_error_rate: None, minimise: Rate::ErrorRate }
    }

    fn errors(most: f64) -> Decide {
        Decide { max_miss_rate: None, max_error_rate: Some(most), minimise: Rate::MissRate }
    }

    const Y: [f64; 8] = [1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0];
    const P: [f64; 8] = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2];

    #[test]
    fn keeps_misses_low_with_the_fewest_errors() {
        let e = Evaluation::new(&Y, &P).unwrap();
        let d = decide(&misses(0.3), &e).unwrap();
        // Three of four named at 0.6 with one wrong; midway to 0.5.
        assert!((d.threshold - 0.55).abs() < 1e-12 && d.kept);
        assert_eq!(d.confusion, Confusion { tp: 3, fp: 1, fn_: 1, tn: 3 });
        let d = decide(&misses(0.0), &e).unwrap();
        assert!((d.threshold - 0.25).abs() < 1e-12 && d.kept);
    }

    #[test]
    fn keeps_errors_low_with_the_fewest_misses() {
        let e = Evaluation::new(&Y, &P).unwrap();
        assert!((decide(&errors(0.0), &e).unwrap().threshold - 0.75).abs() < 1e-12);
        assert!((decide(&errors(0.5), &e).unwrap().threshold - 0.25).abs() < 1e-12);
    }

    #[test]
    fn says_when_a_wish_cannot_be_kept() {
        let e = Evaluation::new(&[0.0, 1.0, 0.0], &[0.9, 0.5, 0.1]).unwrap();
        let d = decide(&errors(0.1), &e).unwrap();
        assert!(!d.kept && (d.threshold - 0.3).abs() < 1e-12, "{d:?}");
        let none = Evaluation::new(&[0.0], &[0.9]).unwrap();
        assert!(matches!(decide(&errors(0.1), &none), Err(LearnError::OneClass { class: 0, .. })));
    }

    #[test]
    fn both_limits_may_be_asked_for() {
        let e = Evaluation::new(&Y, &P).unwrap();
        let wish = Decide { max_miss_rate: Some(0.3), max_error_rate: Some(0.3), minimise: Rate::MissRate };
        assert!(decide(&wish, &e).unwrap().kept);
        assert!(!decide(&Decide { max_miss_rate: Some(0.1), ..wish }, &e).unwrap().kept);
    }

    #[test]
    fn neighbours_without_a_midpoint_are_told_apart() {
        let (low, high) = (0.5, 0.5 + f64::EPSILON / 2.0);
        let e = Evaluation::new(&[0.0, 1.0], &[low, high]).unwrap();
        let d = decide(&errors(0.0), &e).unwrap();
        assert_eq!(e.confusion(d.threshold), d.confusion);
    }

    proptest! {
        #[test]
        fn nothing_allowed_is_better(rows in prop::collection::vec((0u8..2, 0u8..30), 1..80), most in 0.0f64..1.0) {
            let mut y: Vec<f64> = rows.iter().map(|r| f64::from(r.0)).collect();
            y[0] = 1.0;
            let p: Vec<f64> = rows.iter().map(|r| f64::from(r.1) / 30.0).collect();
            let e = Evaluation::new(&y, &p).unwrap();
            let d = decide(&misses(most), &e).unwrap();
            prop_assert!(d.kept);
            prop_assert_eq!(e.confusion(d.threshold), d.confusion);
            for c in e.precision_recall_curve() {
                if c.confusion.miss_rate().unwrap() <= most {
                    prop_assert!(c.confusion.error_rate() >= d.confusion.error_rate());
                }
            }
        }
    }
}
