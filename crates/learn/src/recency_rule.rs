//! The rule every shop has already: "silent for N days".

use foretell_spec::ModelKind;
use serde::{Deserialize, Serialize};

use super::calibrate::Calibrator;
use super::error::LearnError;
use super::matrix::Matrix;
use super::model::{Contributions, Model, TrainInput, stored_json};
use super::piecewise::Piecewise;
use super::silence::{Silence, Split};

/// One threshold on one feature of the recency family.
///
/// Training finds the column and the side that tell most with a single split; the score then follows
/// that column alone, monotone, so that every N has its place on the curve of errors and misses. A
/// missing value means silent for ever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecencyRule {
    columns: Vec<String>,
    /// The column looked at.
    column: usize,
    split: Split,
    /// True if the column holds whole numbers only.
    whole_days: bool,
    /// Log-odds by days of silence, rising or falling throughout.
    curve: Piecewise,
    /// Log-odds of those never seen.
    missing: f64,
    /// Mean log-odds over the training rows.
    base: f64,
}

impl RecencyRule {
    /// Finds the best rule among the columns `input.recency`.
    pub(super) fn train(input: &TrainInput<'_>) -> Result<Self, LearnError> {
        if input.recency.is_empty() {
            return Err(LearnError::NoRecency);
        }
        let mut best: Option<(f64, usize, Split, Silence)> = None;
        for &column in input.recency {
            if column >= input.x.width() {
                return Err(LearnError::OutOfRange { what: "column", index: column, len: input.x.width() });
            }
            let silence = Silence::of(input.x.column(column), input.y);
            if let Some((loss, split)) = silence.best_split()
                && best.as_ref().is_none_or(|b| loss < b.0)
            {
                best = Some((loss, column, split, silence));
            }
        }
        let (_, column, split, silence) = best.ok_or(LearnError::NoSplit)?;
        let values = input.x.column(column);
        let prior = input.y.iter().sum::<f64>() / input.y.len() as f64;
        let curve = silence.curve(prior, split.silent_likelier);
        let mut rule = Self {
            columns: input.x.columns().to_vec(),
            column,
            split,
            whole_days: values.iter().all(|v| v.is_nan() || v.fract() == 0.0),
            missing: silence.missing(prior, split.silent_likelier, &curve),
            curve,
            base: 0.0,
        };
        rule.base = values.iter().map(|&v| rule.score(v)).sum::<f64>() / values.len() as f64;
        Ok(rule)
    }

    /// Returns the model if its column exists, as that of a stored one may not.
    pub(super) fn checked(self) -> Result<Self, LearnError> {
        if self.column < self.columns.len() {
            return Ok(self);
        }
        Err(LearnError::Damaged { reason: format!("column {} of {}", self.column, self.columns.len()) })
    }

    /// Says which customers are named at a `threshold` of the calibrated probability, in days of silence.
    pub fn rule_at(&self, calibrator: &Calibrator, threshold: f64) -> String {
        let named = |days: f64| calibrator.probability(self.score(days)) >= threshold;
        let wanted = calibrator.log_odds_at(threshold);
        let rising = self.split.silent_likelier;
        let edge = if rising { self.curve.reach(wanted) } else { self.curve.mirrored().reach(wanted) };
        match (edge.is_finite(), edge < 0.0, named(f64::NAN)) {
            (false, true, true) => "everybody".to_owned(),
            (false, true, false) => self.seen(true),
            (false, false, true) => self.seen(false),
            (false, false, false) => "nobody".to_owned(),
            // The inverse is exact but for rounding, so the whole day next to it is tried.
            (true, ..) if rising => {
                let days = if self.whole_days { (edge - 1e-6).ceil() } else { edge };
                self.silent_from(if self.whole_days && !named(days) { days + 1.0 } else { days })
            }
            (true, ..) => {
                let last = if self.whole_days { (-edge + 1e-6).floor() } else { -edge };
                self.silent_below(if self.whole_days && named(last) { last + 1.0 } else { last })
            }
        }
    }

    fn score(&self, days: f64) -> f64 {
        if days.is_nan() { self.missing } else { self.curve.value(days) }
    }

    fn name(&self) -> &str {
        self.columns.get(self.column).map_or("", String::as_str)
    }

    fn silent_from(&self, days: f64) -> String {
        format!("silent for {} days or more ({})", self.days(days), self.name())
    }

    fn silent_below(&self, days: f64) -> String {
        format!("silent for fewer than {} days ({})", self.days(days), self.name())
    }

    fn seen(&self, seen: bool) -> String {
        let (when, value) = if seen { ("seen before", "is there") } else { ("never seen", "is missing") };
        format!("{when} ({} {value})", self.name())
    }

    fn days(&self, days: f64) -> String {
        if self.whole_days { format!("{days:.0}") } else { format!("{days:.2}") }
    }
}

impl Model for RecencyRule {
    fn kind(&self) -> ModelKind {
        ModelKind::RecencyRule
    }

    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn log_odds(&self, x: &Matrix) -> Result<Vec<f64>, LearnError> {
        x.expect_columns(&self.columns)?;
        Ok(x.column(self.column).iter().map(|&v| self.score(v)).collect())
    }

    fn contributions(&self, x: &Matrix) -> Result<Contributions, LearnError> {
        let width = x.width();
        let mut values = vec![0.0; x.rows() * width];
        for (row, score) in self.log_odds(x)?.into_iter().enumerate() {
            values[row * width + self.column] = score - self.base;
        }
        Ok(Contributions { width, values, base: self.base })
    }

    fn to_json(&self) -> Result<String, LearnError> {
        stored_json("recency_rule", self)
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn describe(&self) -> String {
        match (self.split.from, self.split.silent_likelier) {
            (Some(days), true) => self.silent_from(days),
            (Some(days), false) => self.silent_below(days),
            (None, silent) => self.seen(!silent),
        }
    }

    fn describe_at(&self, calibrator: &Calibrator, threshold: f64) -> String {
        self.rule_at(calibrator, threshold)
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::super::metrics::sigmoid;
    use super::super::model::from_json;
    use super::*;

    /// Days of silence and labels whose chance is `chance(days)`; a tenth has never been seen.
    fn shop(n: usize, chance: impl Fn(Option<f64>) -> f64) -> (Matrix, Vec<f64>) {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let (mut noise, mut days, mut y) = (vec![], vec![], vec![]);
        for _ in 0..n {
            noise.push(f64::from(rng.random_range(0..50)));
            let silent = (!rng.random_bool(0.1)).then(|| f64::from(rng.random_range(0..200)));
            days.push(silent.unwrap_or(f64::NAN));
            y.push(f64::from(rng.random_bool(chance(silent))));
        }
        let names = vec!["noise".to_owned(), "days_since_last_order".to_owned()];
        (Matrix::new(n, names, [noise, days].concat()).unwrap(), y)
    }

    fn trained(x: &Matrix, y: &[f64]) -> RecencyRule {
        let input = TrainInput { x, y, recency: &[0, 1], validation: (x, y), seed: 1, threads: None };
        RecencyRule::train(&input).unwrap()
    }

    #[test]
    fn finds_the_days_after_which_customers_are_gone() {
        let (x, y) = shop(20_000, |d| if d.is_none_or(|d| d >= 87.0) { 0.7 } else { 0.1 });
        let rule = trained(&x, &y);
        assert_eq!(rule.describe(), "silent for 87 days or more (days_since_last_order)");
        let same = Calibrator::identity();
        assert_eq!(rule.rule_at(&same, 0.4), "silent for 87 days or more (days_since_last_order)");
        assert_eq!(rule.rule_at(&same, 0.0), "everybody");
        assert_eq!(rule.rule_at(&same, 0.999), "nobody");
        let p = rule.log_odds(&x).unwrap();
        let at = |d: f64| sigmoid(rule.score(d));
        assert!((at(40.0) - 0.1).abs() < 0.03 && (at(150.0) - 0.7).abs() < 0.03);
        assert!(rule.score(f64::NAN) >= rule.score(199.0));
        assert_eq!(p.len(), 20_000);
    }

    #[test]
    fn finds_that_the_freshly_seen_are_likelier() {
        let (x, y) = shop(20_000, |d| if d.is_none_or(|d| d >= 30.0) { 0.05 } else { 0.4 });
        let rule = trained(&x, &y);
        assert_eq!(rule.describe(), "silent for fewer than 30 days (days_since_last_order)");
        let text = rule.rule_at(&Calibrator::identity(), 0.2);
        assert_eq!(text, "silent for fewer than 30 days (days_since_last_order)");
        assert!(rule.score(f64::NAN) <= rule.score(199.0));
    }

    #[test]
    fn the_named_at_a_threshold_are_those_the_rule_says() {
        for rising in [true, false] {
            let chance = |d: Option<f64>| {
                let share = d.unwrap_or(200.0) / 250.0;
                if rising { share } else { 1.0 - share }
            };
            let (x, y) = shop(5_000, chance);
            let rule = trained(&x, &y);
            let curve = Calibrator::fit_isotonic(&rule.log_odds(&x).unwrap(), &y).unwrap();
            for threshold in [0.25, 0.4, 0.5, 0.61, 0.7] {
                let text = rule.rule_at(&curve, threshold);
                let days: f64 = text.split(' ').find_map(|w| w.parse().ok()).unwrap();
                for d in 0..200 {
                    let named = curve.probability(rule.score(f64::from(d))) >= threshold;
                    assert_eq!(named, (f64::from(d) >= days) == rising, "{text}: day {d} at {threshold}");
                }
            }
        }
    }

    #[test]
    fn the_score_is_strictly_monotone_in_the_days() {
        let (x, y) = shop(3_000, |d| 0.1 + d.unwrap_or(200.0) / 300.0);
        let rule = trained(&x, &y);
        assert!((0..199).all(|d| rule.score(f64::from(d)) < rule.score(f64::from(d + 1))));
    }

    #[test]
    fn contributions_add_up_and_storage_keeps_all() {
        let (x, y) = shop(500, |d| 0.1 + d.unwrap_or(200.0) / 300.0);
        let rule = trained(&x, &y);
        let (c, s) = (rule.contributions(&x).unwrap(), rule.log_odds(&x).unwrap());
        for (row, s) in s.iter().enumerate() {
            assert!((c.base + c.row(row).iter().sum::<f64>() - s).abs() < 1e-12);
        }
        let mean: f64 = c.values.iter().sum::<f64>() / 500.0;
        assert!(mean.abs() < 1e-9);
        let json = rule.to_json().unwrap();
        let back = from_json(&json).unwrap();
        assert_eq!(back.log_odds(&x).unwrap(), s);
        assert_eq!(back.to_json().unwrap(), json);
    }

    #[test]
    fn being_seen_at_all_can_be_the_rule() {
        let (x, y) = shop(2_000, |d| if d.is_none() { 0.9 } else { 0.1 });
        let rule = trained(&x, &y);
        assert_eq!(rule.describe(), "never seen (days_since_last_order is missing)");
        let same = Calibrator::identity();
        assert_eq!(rule.rule_at(&same, 0.6), "never seen (days_since_last_order is missing)");
        let (x, y) = shop(2_000, |d| if d.is_none() { 0.1 } else { 0.9 });
        let rule = trained(&x, &y);
        assert_eq!(rule.describe(), "seen before (days_since_last_order is there)");
        assert_eq!(rule.rule_at(&same, 0.4), "seen before (days_since_last_order is there)");
    }

    #[test]
    fn says_when_there_is_no_rule_to_find() {
        let x =
            Matrix::new(2, vec!["a".to_owned(), "b".to_owned()], vec![3.0, 3.0, f64::NAN, f64::NAN]).unwrap();
        let y = [0.0, 1.0];
        let with = |recency| {
            let input = TrainInput { x: &x, y: &y, recency, validation: (&x, &y), seed: 1, threads: None };
            RecencyRule::train(&input).unwrap_err()
        };
        assert_eq!(with(&[]), LearnError::NoRecency);
        assert_eq!(with(&[0, 1]), LearnError::NoSplit);
        assert_eq!(with(&[2]).to_string(), "column 2 of 2");
    }
}
