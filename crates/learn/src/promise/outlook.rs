//! Past cutoffs in, a promise for a day out.

use foretell_spec::Wish;
use serde::{Deserialize, Serialize};

use super::super::calibrate::Calibrator;
use super::super::decide::{Choice, Prospect};
use super::super::error::LearnError;
use super::super::evaluation::Evaluation;
use super::super::interval::of_variance;
use super::super::metrics::{logit, sigmoid};
use super::Validation;
use super::expected::{Population, Sums};
use super::forecast::forecast;
use super::shift::{Shift, shift};
use super::surprise::{Surprise, Surprises};

/// What a model's past lets expect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outlook {
    /// From the model's log-odds to probabilities, over all validation cutoffs.
    calibrator: Calibrator,
    /// Day, shift and its variance of each past cutoff.
    shifts: Vec<(f64, f64, f64)>,
    /// Days from a cutoff to the end of its horizon.
    horizon: f64,
    surprises: Surprises,
    validation_cutoffs: usize,
}

/// A rate that is promised.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// What is expected.
    pub value: f64,
    /// Lower end of the 95 % prediction interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// What is said, before the fact, of the customers of one cutoff.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Promise {
    /// From the model's log-odds to probabilities on that day.
    pub calibrator: Calibrator,
    /// Whoever's probability is above this is named.
    pub threshold: f64,
    /// How many are named; of those at the threshold itself only as many as this leaves.
    pub named: usize,
    /// How many customers it is about.
    pub n: usize,
    /// Whether the wish is kept by what is expected.
    pub wish_met: bool,
    /// Share of all to whom it will happen.
    pub base_rate: Option<Estimate>,
    /// Share of the named to whom it will not; `None` where nobody is named.
    pub error_rate: Option<Estimate>,
    /// Share unnamed of those to whom it will happen; `None` without customers.
    pub miss_rate: Option<Estimate>,
    /// Cutoffs it rests on.
    pub validation_cutoffs: usize,
}

impl Estimate {
    /// Says whether a rate lies within the interval, ends included.
    pub fn holds(&self, rate: f64) -> bool {
        (self.low..=self.high).contains(&rate)
    }
}

impl Outlook {
    /// Learns from validation cutoffs, each scored by a model that knew nothing of it, and from all past
    /// cutoffs as the model in use scores them.
    ///
    /// `horizon` is the number of days from a cutoff to the end of its horizon.
    ///
    /// # Errors
    /// Those of [`Calibrator::fit`] for the validation rows together.
    pub fn learn(
        horizon: u32,
        validations: &[Validation<'_>],
        past: &[Validation<'_>],
    ) -> Result<Self, LearnError> {
        let calibrator = calibrated(validations)?;
        let mut shifts: Vec<Shift> = past.iter().map(|v| shift_of(&calibrator, v)).collect();
        shifts.sort_by(|a, b| a.day.total_cmp(&b.day));
        Ok(Self {
            surprises: Surprises::learn(&calibrator, validations, past),
            calibrator,
            shifts: shifts.into_iter().map(|s| (s.day, s.value, s.variance)).collect(),
            horizon: f64::from(horizon),
            validation_cutoffs: validations.len(),
        })
    }

    /// Makes the promise for the customers of `day`, whose log-odds before calibration are given.
    pub fn promise(&self, wish: Wish, day: i64, log_odds: &[f64]) -> Promise {
        let seen: Vec<Shift> =
            self.shifts.iter().map(|&(day, value, variance)| Shift { day, value, variance }).collect();
        let (moved, unsure) = forecast(&seen, day as f64, self.horizon);
        let calibrator = self.calibrator.shifted(moved);
        let population = Population::new(log_odds.iter().map(|s| calibrator.calibrated(*s)).collect());
        let view = View { population: &population, unsure: unsure.sqrt() };
        let curve = population.curve();
        let all = curve.last().map(|c| c.1).unwrap_or_default();
        let prospects: Vec<Prospect> = curve
            .iter()
            .map(|&(probability, sums)| {
                let (error, miss) = self.surprises.at(1.0 - sums.miss_rate(&all));
                let miss_rate = surprised(sums.miss_rate(&all), miss);
                Prospect {
                    probability,
                    named: sums.named,
                    error_rate: surprised(sums.error_rate(), error),
                    miss_rate,
                    missed: miss_rate * all.hits,
                }
            })
            .collect();
        let choice = Choice::of(wish, &prospects);
        let last = choice.last.map_or(0, |i| prospects[i].named);
        let named = match wish {
            Wish::Contact(most) => last.min(usize::try_from(most).unwrap_or(usize::MAX)),
            _ => last,
        };
        // Where the wish cuts through customers of one probability, that is the threshold.
        let threshold = match choice.last {
            Some(i) if named < last => prospects[i].probability,
            _ => choice.threshold(&prospects),
        };
        Promise {
            calibrator,
            threshold,
            named,
            n: log_odds.len(),
            wish_met: choice.kept,
            base_rate: view.base_rate(),
            error_rate: view.error_rate(named, &self.surprises),
            miss_rate: view.miss_rate(named, &self.surprises),
            validation_cutoffs: self.validation_cutoffs,
        }
    }
}

/// Customers of a day, and how far the shift foretold for it may be off: a standard deviation.
struct View<'a> {
    population: &'a Population,
    unsure: f64,
}

impl View<'_> {
    fn base_rate(&self) -> Option<Estimate> {
        let n = self.population.len();
        let rate = |sums: &(Sums, Sums)| sums.1.hits / n as f64;
        let at = self.population.sums(n, 0.0);
        let chance = at.1.spread / (n as f64 * n as f64);
        (n > 0).then(|| self.estimate(n, rate(&at), rate, None, chance))
    }

    fn error_rate(&self, named: usize, surprises: &Surprises) -> Option<Estimate> {
        let at = self.population.sums(named, 0.0);
        let rate = |sums: &(Sums, Sums)| sums.0.error_rate();
        let chance = at.0.spread / (named as f64 * named as f64);
        let surprise = surprises.at(1.0 - at.0.miss_rate(&at.1)).0;
        (named > 0).then(|| self.estimate(named, rate(&at), rate, Some(surprise), chance))
    }

    fn miss_rate(&self, named: usize, surprises: &Surprises) -> Option<Estimate> {
        let n = self.population.len();
        let at = self.population.sums(named, 0.0);
        let rate = |sums: &(Sums, Sums)| sums.0.miss_rate(&sums.1);
        let miss = rate(&at);
        if n == 0 || at.1.hits <= 0.0 {
            return None;
        }
        if named == n || named == 0 {
            // With everybody named nothing can be missed, with nobody all is.
            let value = if named == n { 0.0 } else { 1.0 };
            return Some(Estimate { value, low: value, high: value });
        }
        let rest = at.1.spread - at.0.spread;
        let chance =
            (miss * miss * at.0.spread + (1.0 - miss) * (1.0 - miss) * rest) / (at.1.hits * at.1.hits);
        let surprise = surprises.at(1.0 - miss).1;
        Some(self.estimate(named, miss, rate, Some(surprise), chance))
    }

    /// A rate with its interval: the shift not known, the cutoff's surprise and chance among its customers.
    fn estimate(
        &self,
        named: usize,
        expected: f64,
        rate: impl Fn(&(Sums, Sums)) -> f64,
        surprise: Option<Surprise>,
        chance: f64,
    ) -> Estimate {
        let value = surprise.map_or(expected, |s| surprised(expected, s));
        let inner = (value * (1.0 - value)).max(1e-9);
        let aside = |by: f64| bounded(rate(&self.population.sums(named, by)));
        let by_shift = (aside(self.unsure) - aside(-self.unsure)) / 2.0;
        let by_cutoff = surprise.map_or(0.0, |s| s.variance);
        let variance = (by_shift * by_shift + by_cutoff) * inner * inner + chance;
        let (low, high) = of_variance(value, variance, f64::INFINITY);
        Estimate { value, low, high }
    }
}

/// A rate moved by what is common to surprises.
fn surprised(rate: f64, surprise: Surprise) -> f64 {
    // What is certain stays so.
    if rate <= 0.0 || rate >= 1.0 { rate } else { sigmoid(logit(rate) + surprise.mean) }
}

fn bounded(rate: f64) -> f64 {
    logit(rate.clamp(1e-6, 1.0 - 1e-6))
}

/// Rounds of fitting and aligning: the third moves probabilities by less than a thousandth.
const ROUNDS: usize = 3;

/// Learns one map for all cutoffs, whose base rates differ.
///
/// Pooled as they are, cutoffs of different base rates would make the map too flat. So each one's scores are
/// moved until its base rate is that of all, and the map is learned anew.
fn calibrated(validations: &[Validation<'_>]) -> Result<Calibrator, LearnError> {
    let labels: Vec<f64> = validations.iter().flat_map(|v| v.labels.iter().copied()).collect();
    let mut moved = vec![0.0; validations.len()];
    let fit = |moved: &[f64]| {
        let aligned =
            validations.iter().zip(moved).flat_map(|(v, by)| v.log_odds.iter().map(move |s| s + by));
        Calibrator::fit(&aligned.collect::<Vec<f64>>(), &labels)
    };
    let mut calibrator = fit(&moved)?;
    if validations.len() < 2 {
        return Ok(calibrator);
    }
    for _ in 1..ROUNDS {
        let shifts: Vec<f64> = validations.iter().map(|v| shift_of(&calibrator, v).value).collect();
        let mean = shifts.iter().sum::<f64>() / shifts.len() as f64;
        moved =
            shifts.iter().map(|s| (s - mean) / calibrator.slope()).map(|by| by.clamp(-5.0, 5.0)).collect();
        calibrator = fit(&moved)?;
    }
    Ok(calibrator)
}

fn shift_of(calibrator: &Calibrator, cutoff: &Validation<'_>) -> Shift {
    let log_odds: Vec<f64> = cutoff.log_odds.iter().map(|s| calibrator.calibrated(*s)).collect();
    shift(cutoff.day as f64, &log_odds, cutoff.labels.iter().sum())
}

impl Outlook {
    /// Returns the mean log loss of cutoffs by the calibration learned from them; `None` without rows.
    pub fn log_loss(&self, validations: &[Validation<'_>]) -> Option<f64> {
        let mut judged = Judged::default();
        validations.iter().try_for_each(|v| judged.by(&self.calibrator, v.log_odds, v.labels))?;
        judged.mean()
    }
}

/// A log loss being added up.
#[derive(Default)]
struct Judged {
    sum: f64,
    rows: usize,
}

impl Judged {
    fn by(&mut self, calibrator: &Calibrator, log_odds: &[f64], labels: &[f64]) -> Option<()> {
        let evaluation = Evaluation::new(labels, &calibrator.probabilities(log_odds)).ok()?;
        self.sum += evaluation.log_loss()? * labels.len() as f64;
        self.rows += labels.len();
        Some(())
    }

    fn mean(&self) -> Option<f64> {
        (self.rows > 0).then(|| self.sum / self.rows as f64)
    }
}

/// Returns the mean log loss of the validation cutoffs, each calibrated by the others; with a single one, each
/// half by the other. `None` where what calibrates holds one class only.
///
/// A calibrator judged on the rows it was fitted to would favour the model that bends the most.
pub fn crossed_log_loss(validations: &[Validation<'_>]) -> Option<f64> {
    let mut judged = Judged::default();
    if let [only] = validations {
        let half = |values: &[f64], odd: usize| -> Vec<f64> {
            values.iter().enumerate().filter(|(row, _)| row % 2 == odd).map(|(_, value)| *value).collect()
        };
        for odd in [0, 1] {
            let calibrator =
                Calibrator::fit(&half(only.log_odds, 1 - odd), &half(only.labels, 1 - odd)).ok()?;
            judged.by(&calibrator, &half(only.log_odds, odd), &half(only.labels, odd))?;
        }
    } else {
        for (i, left_out) in validations.iter().enumerate() {
            let others: Vec<Validation<'_>> =
                validations.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, v)| *v).collect();
            judged.by(&calibrated(&others).ok()?, left_out.log_odds, left_out.labels)?;
        }
    }
    judged.mean()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cutoff of `n` customers, the first few likelier, to `positives` of whom it happened.
    fn cutoff(n: usize, positives: usize) -> (Vec<f64>, Vec<f64>, Vec<String>) {
        let log_odds = (0..n).map(|i| 2.0 - 4.0 * i as f64 / n as f64).collect();
        let labels = (0..n).map(|i| f64::from(i % 3 == 0 && i / 3 < positives)).collect();
        (log_odds, labels, (0..n).map(|i| format!("c{i}")).collect())
    }

    fn outlook(n: usize, positives: usize) -> Result<Outlook, LearnError> {
        let (log_odds, labels, customers) = cutoff(n, positives);
        let seen = [Validation { day: 0, log_odds: &log_odds, labels: &labels, customers: &customers }];
        Outlook::learn(30, &seen, &seen)
    }

    fn sound(rate: Option<Estimate>) -> f64 {
        let rate = rate.unwrap();
        assert!(
            0.0 <= rate.low && rate.low <= rate.value && rate.value <= rate.high && rate.high <= 1.0,
            "{rate:?}"
        );
        rate.high - rate.low
    }

    #[test]
    fn three_positives_make_wide_promises_and_many_narrow_ones() {
        let width = |n: usize, positives: usize| {
            let made = outlook(n, positives).unwrap();
            let (log_odds, ..) = cutoff(n, 0);
            let promise = made.promise(Wish::MissAtMost(0.3), 30, &log_odds);
            assert!(promise.wish_met && promise.named > 0 && promise.validation_cutoffs == 1);
            [sound(promise.base_rate), sound(promise.error_rate), sound(promise.miss_rate)]
        };
        let (few, many) = (width(30, 3), width(3_000, 600));
        assert!(
            few[2] > 0.4 && few.iter().zip(many).all(|(few, many)| *few > 1.2 * many),
            "{few:?} {many:?}"
        );
    }

    #[test]
    fn one_class_and_no_rows_are_said_to_be_so() {
        assert!(matches!(outlook(20, 0), Err(LearnError::OneClass { class: 0, .. })));
        assert!(matches!(outlook(0, 0), Err(LearnError::NoRows { .. })));
    }

    #[test]
    fn nobody_to_speak_of_gets_no_made_up_rate() {
        let made = outlook(300, 60).unwrap();
        for wish in [Wish::MissAtMost(0.3), Wish::Contact(5), Wish::Cost { contact: 1.0, lost: 9.0 }] {
            let promise = made.promise(wish, 30, &[]);
            assert_eq!((promise.n, promise.named), (0, 0));
            assert_eq!((promise.base_rate, promise.error_rate, promise.miss_rate), (None, None, None));
            assert!(promise.threshold > 0.0 && promise.threshold < 1.0);
            let one = made.promise(wish, 30, &[0.4]);
            sound(one.base_rate);
            assert!(one.threshold > 0.0 && one.threshold < 1.0);
        }
    }

    #[test]
    fn more_contacts_than_customers_name_all_and_miss_nobody() {
        let promise = outlook(300, 60).unwrap().promise(Wish::Contact(5_000), 30, &cutoff(300, 0).0);
        assert_eq!((promise.named, promise.wish_met), (300, false));
        assert_eq!(promise.miss_rate, Some(Estimate { value: 0.0, low: 0.0, high: 0.0 }));
    }

    #[test]
    fn a_cost_names_whoever_is_worth_the_contact() {
        let log_odds = cutoff(300, 0).0;
        let promise =
            outlook(300, 60).unwrap().promise(Wish::Cost { contact: 1.0, lost: 5.0 }, 30, &log_odds);
        let p = promise.calibrator.probabilities(&log_odds);
        // Contacting pays where probability x lost exceeds the contact, but for the surprise's correction.
        let worth = p.iter().filter(|p| **p > 0.2).count();
        assert!(promise.named.abs_diff(worth) < 30, "{} {worth}", promise.named);
    }

    #[test]
    fn what_is_stored_promises_the_same() {
        let made = outlook(300, 60).unwrap();
        let json = serde_json::to_string(&made).unwrap();
        let back: Outlook = serde_json::from_str(&json).unwrap();
        let log_odds = cutoff(300, 0).0;
        let wish = Wish::MissAtMost(0.3);
        assert_eq!(back.promise(wish, 30, &log_odds), made.promise(wish, 30, &log_odds));
    }
}
