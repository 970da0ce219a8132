//! How good probabilities are, over all thresholds at once.

use super::error::LearnError;
use super::labels::{Classes, count_labels};
use super::metrics::Confusion;

/// Smallest distance of a probability from 0 and 1 in the log loss, as in scikit-learn.
const CLIP: f64 = f64::EPSILON;

/// Counts at one of the distinct probabilities.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// Whoever's probability is at least this is named.
    pub threshold: f64,
    /// What becomes of them.
    pub confusion: Confusion,
}

/// Probabilities held against labels.
///
/// Made once a model and set of rows; all metrics read the same sorted steps. They agree with
/// scikit-learn where it defines them, and are `None` where they mean nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// One a distinct probability, from the highest down.
    steps: Vec<Step>,
    classes: Classes,
    brier: Option<f64>,
    log_loss: Option<f64>,
}

/// Rows whose probability is at least `probability`, and how many of them are positive.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Step {
    probability: f64,
    named: usize,
    positives: usize,
}

impl Evaluation {
    /// Holds `probabilities` against `labels`, row by row; both may be empty.
    ///
    /// # Errors
    /// [`LearnError::LengthMismatch`], [`LearnError::NotBinary`] or [`LearnError::NotProbability`].
    pub fn new(labels: &[f64], probabilities: &[f64]) -> Result<Self, LearnError> {
        let classes = count_labels(labels, probabilities.len())?;
        if let Some(row) = probabilities.iter().position(|p| !(0.0..=1.0).contains(p)) {
            return Err(LearnError::NotProbability { row, value: probabilities[row] });
        }
        let mut rows: Vec<(f64, f64)> = probabilities.iter().copied().zip(labels.iter().copied()).collect();
        rows.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let mut steps: Vec<Step> = Vec::new();
        let mut positives = 0;
        for (i, &(probability, label)) in rows.iter().enumerate() {
            positives += usize::from(label == 1.0);
            match steps.last_mut() {
                Some(step) if step.probability == probability => {
                    (step.named, step.positives) = (i + 1, positives);
                }
                _ => steps.push(Step { probability, named: i + 1, positives }),
            }
        }
        Ok(Self {
            steps,
            classes,
            brier: brier(labels, probabilities),
            log_loss: loss(labels, probabilities),
        })
    }

    /// Returns the number of rows.
    pub fn n(&self) -> usize {
        self.classes.n()
    }

    /// Returns the number of rows it happened to.
    pub fn positives(&self) -> usize {
        self.classes.positives
    }

    /// Returns the mean squared distance of probability and label; `None` without rows.
    pub fn brier(&self) -> Option<f64> {
        self.brier
    }

    /// Returns the mean log loss in nats, probabilities clipped to machine precision; `None` without rows.
    pub fn log_loss(&self) -> Option<f64> {
        self.log_loss
    }

    /// Returns the area under the ROC curve: the chance that a positive ranks above a negative, ties
    /// counting half. `None` unless both classes are there.
    pub fn roc_auc(&self) -> Option<f64> {
        let pairs = self.classes.positives as f64 * self.classes.negatives as f64;
        if pairs == 0.0 {
            return None;
        }
        // Twice the area in whole pairs, so that nothing is rounded before the division.
        let mut twice: u128 = 0;
        let (mut named, mut positives) = (0, 0);
        for step in &self.steps {
            let negatives = (step.named - step.positives) - (named - positives);
            twice += negatives as u128 * (positives + step.positives) as u128;
            (named, positives) = (step.named, step.positives);
        }
        Some(twice as f64 / 2.0 / pairs)
    }

    /// Returns the average precision: precision at each distinct probability, weighted by the recall it
    /// adds. `None` without positives.
    pub fn average_precision(&self) -> Option<f64> {
        if self.classes.positives == 0 {
            return None;
        }
        let mut before = 0;
        let mut total = 0.0;
        for step in &self.steps {
            total += (step.positives - before) as f64 * (step.positives as f64 / step.named as f64);
            before = step.positives;
        }
        Some(total / self.classes.positives as f64)
    }

    /// Returns by how much each row moves the area under the ROC curve, rows in the order given; as many zeros
    /// unless both classes are there.
    pub(super) fn moves_roc_auc(&self, labels: &[f64], probabilities: &[f64]) -> Vec<f64> {
        let Some(area) = self.roc_auc() else { return vec![0.0; labels.len()] };
        let (positives, negatives) = (self.classes.positives as f64, self.classes.negatives as f64);
        // DeLong divides by one less than there are: a row is compared with a mean it is part of.
        let [of_positives, of_negatives] =
            [positives, negatives].map(|n| (n / (n - 1.0).max(1.0)).sqrt() / n);
        let moves = labels.iter().zip(probabilities).map(|(&y, &p)| {
            let (step, before) = self.around(p);
            let above = f64::midpoint(before.positives as f64, step.positives as f64);
            let (named, named_before) = (step.named - step.positives, before.named - before.positives);
            let negatives_above = f64::midpoint(named_before as f64, named as f64);
            if y == 1.0 {
                of_positives * (1.0 - negatives_above / negatives - area)
            } else {
                of_negatives * (above / positives - area)
            }
        });
        moves.collect()
    }

    /// Returns by how much each row moves the average precision, rows in the order given; as many zeros without
    /// positives.
    pub(super) fn moves_average_precision(&self, labels: &[f64], probabilities: &[f64]) -> Vec<f64> {
        let Some(average) = self.average_precision() else { return vec![0.0; labels.len()] };
        let positives = self.classes.positives as f64;
        // A row more adds to the named of every step at or below its own.
        let mut below = vec![(0.0, 0.0); self.steps.len() + 1];
        for i in (0..self.steps.len()).rev() {
            let before = if i == 0 { 0 } else { self.steps[i - 1].positives };
            let share = (self.steps[i].positives - before) as f64 / self.steps[i].named as f64;
            let precision = self.steps[i].positives as f64 / self.steps[i].named as f64;
            below[i] = (below[i + 1].0 + share, below[i + 1].1 + share * precision);
        }
        let moves = labels.iter().zip(probabilities).map(|(&y, &p)| {
            let at = self.steps.partition_point(|s| s.probability > p).min(self.steps.len() - 1);
            let precision = self.steps[at].positives as f64 / self.steps[at].named as f64;
            (y * (precision - average + below[at].0) - below[at].1) / positives
        });
        moves.collect()
    }

    /// The step of a probability and the one above it.
    fn around(&self, probability: f64) -> (Step, Step) {
        let nothing = Step { probability: 1.0, named: 0, positives: 0 };
        let at = self.steps.partition_point(|s| s.probability > probability);
        let before = at.checked_sub(1).and_then(|i| self.steps.get(i)).copied();
        (self.steps.get(at).copied().unwrap_or(nothing), before.unwrap_or(nothing))
    }

    /// Returns how many times the base rate is the rate among the likeliest tenth; `None` without positives.
    ///
    /// The tenth is `n / 10` rows, rounded up. Where it cuts through rows of equal probability, these
    /// count with their mean, so that the order of rows does not matter.
    pub fn lift_top_decile(&self) -> Option<f64> {
        if self.classes.positives == 0 {
            return None;
        }
        let wanted = self.n().div_ceil(10);
        let (mut named, mut positives) = (0, 0);
        for step in &self.steps {
            if step.named >= wanted {
                let share = (wanted - named) as f64 / (step.named - named) as f64;
                let hits = positives as f64 + share * (step.positives - positives) as f64;
                return Some(hits / wanted as f64 / self.classes.base_rate());
            }
            (named, positives) = (step.named, step.positives);
        }
        None
    }

    /// Counts who is named at `threshold`.
    pub fn confusion(&self, threshold: f64) -> Confusion {
        let above = self.steps.partition_point(|s| s.probability >= threshold);
        match above.checked_sub(1).and_then(|i| self.steps.get(i)) {
            Some(step) => self.point(step).confusion,
            None => Confusion { tp: 0, fp: 0, fn_: self.classes.positives, tn: self.classes.negatives },
        }
    }

    /// Returns one point a distinct probability, thresholds falling: precision and recall at each.
    pub fn precision_recall_curve(&self) -> Vec<CurvePoint> {
        self.steps.iter().map(|s| self.point(s)).collect()
    }

    /// Returns at most `most` points of the curve, evenly spread over the distinct probabilities with
    /// the first and the last among them; thresholds rising.
    pub fn quality_curve(&self, most: usize) -> Vec<CurvePoint> {
        let (n, most) = (self.steps.len(), most.max(2));
        let picked: Vec<&Step> = if n <= most {
            self.steps.iter().rev().collect()
        } else {
            (0..most).rev().map(|i| &self.steps[(i * (n - 1) + (most - 1) / 2) / (most - 1)]).collect()
        };
        picked.into_iter().map(|s| self.point(s)).collect()
    }

    fn point(&self, step: &Step) -> CurvePoint {
        let (tp, fp) = (step.positives, step.named - step.positives);
        let (fn_, tn) = (self.classes.positives - tp, self.classes.negatives - fp);
        CurvePoint { threshold: step.probability, confusion: Confusion { tp, fp, fn_, tn } }
    }
}

fn brier(labels: &[f64], probabilities: &[f64]) -> Option<f64> {
    let total: f64 = labels.iter().zip(probabilities).map(|(y, p)| (p - y) * (p - y)).sum();
    (!labels.is_empty()).then(|| total / labels.len() as f64)
}

fn loss(labels: &[f64], probabilities: &[f64]) -> Option<f64> {
    let row = |(&y, &p): (&f64, &f64)| -> f64 {
        let of_label = if y == 1.0 { p } else { 1.0 - p };
        -of_label.clamp(CLIP, 1.0 - CLIP).ln()
    };
    let total: f64 = labels.iter().zip(probabilities).map(row).sum();
    (!labels.is_empty()).then(|| total / labels.len() as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    /// Threshold, the four counts, precision and recall.
    type Point = (f64, usize, usize, usize, usize, Option<f64>, Option<f64>);

    /// One case of `testdata/metrics.json`, written by `testdata/metrics.py` with scikit-learn.
    #[derive(Deserialize)]
    struct Case {
        name: String,
        labels: Vec<f64>,
        probabilities: Vec<f64>,
        roc_auc: Option<f64>,
        average_precision: Option<f64>,
        brier: Option<f64>,
        log_loss: Option<f64>,
        lift_top_decile: Option<f64>,
        /// threshold, tn, fp, fn, tp, precision, recall
        at: Vec<Point>,
        /// precision, recall, threshold
        curve: Vec<(f64, f64, f64)>,
    }

    fn same(what: &str, ours: Option<f64>, theirs: Option<f64>) {
        match (ours, theirs) {
            (Some(a), Some(b)) => assert!((a - b).abs() < 1e-12, "{what}: {a} is not {b}"),
            (a, b) => assert_eq!(a, b, "{what}"),
        }
    }

    #[test]
    fn agrees_with_scikit_learn() {
        let cases: Vec<Case> = serde_json::from_str(include_str!("testdata/metrics.json")).unwrap();
        assert!(cases.len() >= 10);
        for case in cases {
            let e = Evaluation::new(&case.labels, &case.probabilities).unwrap();
            same(&case.name, e.roc_auc(), case.roc_auc);
            same(&case.name, e.average_precision(), case.average_precision);
            same(&case.name, e.brier(), case.brier);
            same(&case.name, e.log_loss(), case.log_loss);
            same(&case.name, e.lift_top_decile(), case.lift_top_decile);
            for (threshold, tn, fp, fn_, tp, precision, recall) in case.at {
                let c = e.confusion(threshold);
                assert_eq!(c, Confusion { tp, fp, fn_, tn }, "{} at {threshold}", case.name);
                same(&case.name, c.precision(), precision);
                same(&case.name, c.recall(), recall);
                same(&case.name, c.error_rate(), precision.map(|p| 1.0 - p));
                same(&case.name, c.miss_rate(), recall.map(|r| 1.0 - r));
            }
            if e.positives() == 0 {
                continue; // scikit-learn calls an undefined recall 1
            }
            let curve = e.precision_recall_curve();
            assert_eq!(curve.len(), case.curve.len(), "{}", case.name);
            for (point, (precision, recall, threshold)) in curve.iter().rev().zip(case.curve) {
                assert_eq!(point.threshold, threshold, "{}", case.name);
                same(&case.name, point.confusion.precision(), Some(precision));
                same(&case.name, point.confusion.recall(), Some(recall));
            }
        }
    }

    #[test]
    fn refuses_what_is_no_probability() {
        for p in [f64::NAN, -0.1, 1.1] {
            let e = Evaluation::new(&[0.0, 1.0], &[0.5, p]).unwrap_err();
            assert!(matches!(e, LearnError::NotProbability { row: 1, .. }), "{e}");
        }
        assert!(Evaluation::new(&[0.5], &[0.5]).is_err());
    }

    #[test]
    fn an_empty_set_has_no_metrics() {
        let e = Evaluation::new(&[], &[]).unwrap();
        assert_eq!((e.roc_auc(), e.brier(), e.log_loss(), e.lift_top_decile()), (None, None, None, None));
        assert!(e.quality_curve(200).is_empty());
        assert_eq!(e.confusion(0.5), Confusion::default());
    }

    #[test]
    fn the_curve_is_thinned_but_keeps_its_ends() {
        let p: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0).collect();
        let y: Vec<f64> = (0..1000).map(|i| f64::from(i % 3 == 0)).collect();
        let e = Evaluation::new(&y, &p).unwrap();
        let curve = e.quality_curve(200);
        assert_eq!(curve.len(), 200);
        assert_eq!((curve[0].threshold, curve[199].threshold), (0.0, 0.999));
        assert!(curve.windows(2).all(|w| w[0].threshold < w[1].threshold));
        assert!(curve.iter().all(|c| e.confusion(c.threshold) == c.confusion));
        assert_eq!(e.quality_curve(1000).len(), 1000);
    }

    proptest! {
        #[test]
        fn order_of_rows_does_not_matter(rows in prop::collection::vec((0u8..2, 0u8..20), 1..60)) {
            let y: Vec<f64> = rows.iter().map(|r| f64::from(r.0)).collect();
            let p: Vec<f64> = rows.iter().map(|r| f64::from(r.1) / 19.0).collect();
            let e = Evaluation::new(&y, &p).unwrap();
            let back: (Vec<f64>, Vec<f64>) = y.iter().copied().zip(p.iter().copied()).rev().unzip();
            let r = Evaluation::new(&back.0, &back.1).unwrap();
            prop_assert_eq!(&e.steps, &r.steps);
            if let Some(auc) = e.roc_auc() {
                // By definition: pairs in the right order, ties half.
                let mut won = 0.0;
                let mut pairs = 0.0;
                for (i, a) in y.iter().enumerate() {
                    for (j, b) in y.iter().enumerate() {
                        if *a == 1.0 && *b == 0.0 {
                            pairs += 1.0;
                            won += if p[i] > p[j] { 1.0 } else if p[i] == p[j] { 0.5 } else { 0.0 };
                        }
                    }
                }
                prop_assert!((auc - won / pairs).abs() < 1e-12);
            }
            for point in e.precision_recall_curve() {
                let c = point.confusion;
                prop_assert_eq!(c.tp + c.fp + c.fn_ + c.tn, y.len());
            }
        }
    }
}
