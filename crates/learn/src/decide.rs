//! The threshold from the wish.

use foretell_spec::Wish;

use super::error::LearnError;
use super::evaluation::Evaluation;
use super::metrics::Confusion;

/// The threshold that serves a wish best on rows whose outcome is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// Whoever's probability is at least this is named.
    pub threshold: f64,
    /// False if no threshold keeps the wish; this one then comes closest.
    pub kept: bool,
    /// What becomes of the rows it was decided on.
    pub confusion: Confusion,
}

/// What naming customers down to one of the distinct probabilities brings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Prospect {
    /// The distinct probability.
    pub(super) probability: f64,
    /// How many are named.
    pub(super) named: usize,
    /// Share of them named wrongly.
    pub(super) error_rate: f64,
    /// Share not named of those it happens to.
    pub(super) miss_rate: f64,
    /// Their number.
    pub(super) missed: f64,
}

/// How far down to name, and whether that keeps the wish.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Choice {
    /// Index of the last prospect named; `None` for nobody.
    pub(super) last: Option<usize>,
    /// False if the wish cannot be kept; this then comes closest.
    pub(super) kept: bool,
}

impl Choice {
    /// Chooses among `prospects`, probabilities falling; of equals the highest.
    ///
    /// If no one keeps a limit, the one that exceeds it least is taken.
    pub(super) fn of(wish: Wish, prospects: &[Prospect]) -> Self {
        let limited = |limit: f64, held: fn(&Prospect) -> f64, small: fn(&Prospect) -> f64| {
            let excess = |p: &Prospect| (held(p) - limit).max(0.0);
            let last = lowest(prospects, |p| (excess(p), small(p)));
            Self { last, kept: last.is_some_and(|i| excess(&prospects[i]) == 0.0) }
        };
        match wish {
            Wish::MissAtMost(limit) => limited(limit, |p| p.miss_rate, |p| p.error_rate),
            Wish::ErrorAtMost(limit) => limited(limit, |p| p.error_rate, |p| p.miss_rate),
            Wish::Contact(most) => {
                let most = usize::try_from(most).unwrap_or(usize::MAX);
                let last = prospects.iter().position(|p| p.named >= most);
                Self { last: last.or(prospects.len().checked_sub(1)), kept: last.is_some() }
            }
            Wish::Cost { contact, lost } => {
                let cost = |p: &Prospect| contact * p.named as f64 + lost * p.missed;
                // Naming nobody misses those whom the first prospect names rightly too.
                let nobody = |p: &Prospect| lost * (p.missed + (1.0 - p.error_rate) * p.named as f64);
                let nobody = prospects.first().map_or(0.0, nobody);
                let last = lowest(prospects, |p| (cost(p), 0.0)).filter(|i| cost(&prospects[*i]) < nobody);
                Self { last, kept: true }
            }
        }
    }

    /// Returns the threshold: midway to the next lower probability, so that a customer moved by rounding
    /// stays on the same side.
    pub(super) fn threshold(self, prospects: &[Prospect]) -> f64 {
        let (above, below) = match self.last {
            Some(i) => (prospects[i].probability, prospects.get(i + 1).map_or(0.0, |p| p.probability)),
            None => (1.0, prospects.first().map_or(0.0, |p| p.probability)),
        };
        let midway = below + (above - below) / 2.0;
        // Between neighbours of the last digit there is no number midway.
        if midway > below { midway } else { above }
    }
}

/// Index of the lowest key; of equals the first.
fn lowest(prospects: &[Prospect], key: impl Fn(&Prospect) -> (f64, f64)) -> Option<usize> {
    let mut best: Option<(usize, (f64, f64))> = None;
    for (i, prospect) in prospects.iter().enumerate() {
        let found = key(prospect);
        if best.is_none_or(|(_, b)| found < b) {
            best = Some((i, found));
        }
    }
    best.map(|(i, _)| i)
}

/// Chooses among the distinct probabilities the one that serves `wish` best on rows whose outcome is known.
///
/// # Errors
/// [`LearnError::NoRows`], or [`LearnError::OneClass`] where it happened to nobody, for then no rate
/// of misses exists.
pub fn decide(wish: Wish, evaluation: &Evaluation) -> Result<Decision, LearnError> {
    if evaluation.n() == 0 {
        return Err(LearnError::NoRows { set: "validation" });
    }
    if evaluation.positives() == 0 {
        return Err(LearnError::OneClass { set: "validation", n: evaluation.n(), class: 0 });
    }
    let prospects: Vec<Prospect> = evaluation
        .precision_recall_curve()
        .iter()
        .map(|point| Prospect {
            probability: point.threshold,
            named: point.confusion.tp + point.confusion.fp,
            error_rate: point.confusion.error_rate().unwrap_or(1.0),
            miss_rate: point.confusion.miss_rate().unwrap_or(1.0),
            missed: point.confusion.fn_ as f64,
        })
        .collect();
    let choice = Choice::of(wish, &prospects);
    let threshold = choice.threshold(&prospects);
    Ok(Decision { threshold, kept: choice.kept, confusion: evaluation.confusion(threshold) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const Y: [f64; 8] = [1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0];
    const P: [f64; 8] = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2];

    fn eight(wish: Wish) -> Decision {
        decide(wish, &Evaluation::new(&Y, &P).unwrap()).unwrap()
    }

    #[test]
    fn keeps_misses_low_with_the_fewest_errors() {
        let d = eight(Wish::MissAtMost(0.3));
        // Three of four named at 0.6 with one wrong; midway to 0.5.
        assert!((d.threshold - 0.55).abs() < 1e-12 && d.kept);
        assert_eq!(d.confusion, Confusion { tp: 3, fp: 1, fn_: 1, tn: 3 });
        let d = eight(Wish::MissAtMost(0.0));
        assert!((d.threshold - 0.25).abs() < 1e-12 && d.kept);
    }

    #[test]
    fn keeps_errors_low_with_the_fewest_misses() {
        assert!((eight(Wish::ErrorAtMost(0.0)).threshold - 0.75).abs() < 1e-12);
        assert!((eight(Wish::ErrorAtMost(0.5)).threshold - 0.25).abs() < 1e-12);
    }

    #[test]
    fn names_as_many_as_asked_for() {
        let d = eight(Wish::Contact(3));
        assert!((d.threshold - 0.65).abs() < 1e-12 && d.kept);
        assert_eq!(d.confusion, Confusion { tp: 2, fp: 1, fn_: 2, tn: 3 });
        let all = eight(Wish::Contact(9));
        assert!(!all.kept && all.confusion.tp + all.confusion.fp == 8);
    }

    #[test]
    fn weighs_contacts_against_losses() {
        // Four costs: 2 named and 2 missed 22, 4 and 1 14, 7 and 0 7, 8 and 0 8.
        let d = eight(Wish::Cost { contact: 1.0, lost: 10.0 });
        assert_eq!(d.confusion, Confusion { tp: 4, fp: 3, fn_: 0, tn: 1 });
        // A contact that costs nearly as much as a loss pays for the surest only.
        let d = eight(Wish::Cost { contact: 9.0, lost: 10.0 });
        assert_eq!(d.confusion, Confusion { tp: 2, fp: 0, fn_: 2, tn: 4 });
        let never = Evaluation::new(&[0.0, 1.0, 0.0], &[0.9, 0.5, 0.1]).unwrap();
        let d = decide(Wish::Cost { contact: 9.0, lost: 10.0 }, &never).unwrap();
        assert_eq!((d.confusion.tp + d.confusion.fp, d.kept), (0, true));
        assert!(d.threshold > 0.9 && d.threshold < 1.0);
    }

    #[test]
    fn says_when_a_wish_cannot_be_kept() {
        let e = Evaluation::new(&[0.0, 1.0, 0.0], &[0.9, 0.5, 0.1]).unwrap();
        let d = decide(Wish::ErrorAtMost(0.1), &e).unwrap();
        assert!(!d.kept && (d.threshold - 0.3).abs() < 1e-12, "{d:?}");
        let none = Evaluation::new(&[0.0], &[0.9]).unwrap();
        assert!(matches!(decide(Wish::ErrorAtMost(0.1), &none), Err(LearnError::OneClass { class: 0, .. })));
    }

    #[test]
    fn neighbours_without_a_midpoint_are_told_apart() {
        let (low, high) = (0.5, 0.5 + f64::EPSILON / 2.0);
        let e = Evaluation::new(&[0.0, 1.0], &[low, high]).unwrap();
        let d = decide(Wish::ErrorAtMost(1e-9), &e).unwrap();
        assert_eq!(e.confusion(d.threshold), d.confusion);
    }

    proptest! {
        #[test]
        fn nothing_allowed_is_better(rows in prop::collection::vec((0u8..2, 0u8..30), 1..80), most in 0.0f64..1.0) {
            let mut y: Vec<f64> = rows.iter().map(|r| f64::from(r.0)).collect();
            y[0] = 1.0;
            let p: Vec<f64> = rows.iter().map(|r| f64::from(r.1) / 30.0).collect();
            let e = Evaluation::new(&y, &p).unwrap();
            let d = decide(Wish::MissAtMost(most), &e).unwrap();
            prop_assert!(d.kept);
            let cheapest = decide(Wish::Cost { contact: most, lost: 2.0 }, &e).unwrap().confusion;
            let cost = |c: Confusion| most * (c.tp + c.fp) as f64 + 2.0 * c.fn_ as f64;
            for c in e.precision_recall_curve() {
                if c.confusion.miss_rate().unwrap() <= most {
                    prop_assert!(c.confusion.error_rate() >= d.confusion.error_rate());
                }
                prop_assert!(cost(c.confusion) >= cost(cheapest) - 1e-9);
            }
        }
    }
}
