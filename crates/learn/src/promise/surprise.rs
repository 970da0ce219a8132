//! How far the two rates fell from what was expected of past cutoffs, once their base rate is known.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::super::calibrate::Calibrator;
use super::super::metrics::{logit, sigmoid};
use super::Validation;
use super::shift::shift;

/// Depths at which surprises are looked at: shares of the expected positives that are named.
const DEPTHS: [f64; 12] = [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];

/// What is believed before any cutoff is seen: the standard deviation of surprises between cutoffs, how many
/// cutoffs that belief is worth, and the standard deviation of what they have in common.
const BETWEEN: f64 = 0.2;
const WORTH: f64 = 2.0;
const COMMON: f64 = 0.1;

/// Share of the believed variance that surprises have at least, after a year and before: a season never seen may
/// surprise more than those that were.
const FLOORS: (f64, f64) = (0.1, 0.7);

/// Days of past cutoffs that show nearly all seasons.
const YEAR: i64 = 300;

/// What future cutoffs' surprises are like at one depth, in log-odds of a rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Surprise {
    /// What they have in common.
    pub(super) mean: f64,
    /// Variance of a new one, chance among its customers left out.
    pub(super) variance: f64,
}

/// Surprises of both rates by depth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Surprises {
    depths: Vec<(f64, Surprise, Surprise)>,
}

/// A cutoff's rates at a depth against what was expected.
#[derive(Debug, Clone, Copy)]
struct Seen {
    value: f64,
    /// Variance from chance alone.
    variance: f64,
}

/// A row of a validation cutoff with the probability it should have had.
struct Row {
    customer: usize,
    probability: f64,
    label: f64,
}

impl Surprises {
    /// Looks at every cutoff at every depth, each cutoff with its own base rate.
    ///
    /// Validation cutoffs tell what surprises have in common; of the `past` cutoffs, which the model may have
    /// learned from and therefore knows too well, only how they differ among each other is taken.
    pub(super) fn learn(
        calibrator: &Calibrator,
        validations: &[Validation<'_>],
        past: &[Validation<'_>],
    ) -> Self {
        let mut customers: HashMap<&str, usize> = HashMap::new();
        let cutoffs: Vec<Vec<Row>> =
            validations.iter().map(|v| rows(calibrator, v, &mut customers)).collect();
        let known: Vec<Vec<Row>> = past
            .iter()
            .filter(|p| validations.iter().all(|v| v.day != p.day))
            .map(|p| rows(calibrator, p, &mut HashMap::new()))
            .collect();
        let days = || validations.iter().chain(past).map(|v| v.day);
        let span = days().max().unwrap_or(0) - days().min().unwrap_or(0);
        let floor = BETWEEN * BETWEEN * if span >= YEAR { FLOORS.0 } else { FLOORS.1 };
        let mut depths = Vec::new();
        for depth in DEPTHS {
            let mut shared = vec![[0.0; 2]; customers.len()];
            let mut alone = [0.0; 2];
            let mut seen: [Vec<Seen>; 2] = [Vec::new(), Vec::new()];
            for rows in &cutoffs {
                if let Some(found) = at(rows, depth, &mut shared, &mut alone) {
                    seen[0].push(found.0);
                    seen[1].push(found.1);
                }
            }
            let mut before: [Vec<Seen>; 2] = [Vec::new(), Vec::new()];
            for rows in &known {
                if let Some(found) = at(rows, depth, &mut [], &mut [0.0; 2]) {
                    before[0].push(found.0);
                    before[1].push(found.1);
                }
            }
            let [error, miss] = [0, 1].map(|which| {
                // Customers seen at several cutoffs are chance only once.
                let together: f64 = shared.iter().map(|s| s[which] * s[which]).sum();
                let repeated = if alone[which] > 0.0 { together / alone[which] } else { 1.0 };
                pooled(
                    &seen[which],
                    &before[which],
                    repeated.clamp(1.0, validations.len().max(1) as f64),
                    floor,
                )
            });
            depths.push((depth, error, miss));
        }
        Self { depths }
    }

    /// Returns the surprises of error rate and miss rate at a depth.
    pub(super) fn at(&self, depth: f64) -> (Surprise, Surprise) {
        let nothing = Surprise { mean: 0.0, variance: BETWEEN * BETWEEN + COMMON * COMMON };
        let right = self.depths.partition_point(|d| d.0 < depth);
        let (left, right) = (self.depths.get(right.saturating_sub(1)), self.depths.get(right));
        match (left, right) {
            (Some(a), Some(b)) if a.0 < depth => {
                let share = (depth - a.0) / (b.0 - a.0);
                (between(a.1, b.1, share), between(a.2, b.2, share))
            }
            (Some(end), None) | (_, Some(end)) => (end.1, end.2),
            (None, None) => (nothing, nothing),
        }
    }
}

fn between(a: Surprise, b: Surprise, share: f64) -> Surprise {
    let mix = |x: f64, y: f64| x + share * (y - x);
    Surprise { mean: mix(a.mean, b.mean), variance: mix(a.variance, b.variance) }
}

/// The rows of a cutoff, likeliest first, their probabilities moved to its own base rate.
fn rows<'a>(
    calibrator: &Calibrator,
    validation: &Validation<'a>,
    customers: &mut HashMap<&'a str, usize>,
) -> Vec<Row> {
    let log_odds: Vec<f64> = validation.log_odds.iter().map(|s| calibrator.calibrated(*s)).collect();
    let own = shift(0.0, &log_odds, validation.labels.iter().sum());
    let mut rows: Vec<Row> = log_odds
        .iter()
        .zip(validation.labels)
        .enumerate()
        .map(|(i, (s, label))| {
            let next = customers.len();
            let customer = match validation.customers.get(i) {
                Some(id) => *customers.entry(id.as_str()).or_insert(next),
                None => next,
            };
            Row { customer, probability: sigmoid(s + own.value), label: *label }
        })
        .collect();
    rows.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    rows
}

/// Error and miss rate of a cutoff at a depth against what was expected; `None` without anything expected.
///
/// Adds to `shared` what each customer moves, and to `alone` its square.
fn at(rows: &[Row], depth: f64, shared: &mut [[f64; 2]], alone: &mut [f64; 2]) -> Option<(Seen, Seen)> {
    let expected: f64 = rows.iter().map(|r| r.probability).sum();
    if rows.is_empty() || expected <= 0.0 {
        return None;
    }
    let mut hits = 0.0;
    let mut named = 0;
    // Rows of one probability are named together.
    while named < rows.len() && hits < depth * expected {
        let tied = rows[named].probability;
        while named < rows.len() && rows[named].probability == tied {
            hits += tied;
            named += 1;
        }
    }
    let spread = |rows: &[Row]| rows.iter().map(|r| r.probability * (1.0 - r.probability)).sum::<f64>();
    let (first, rest) = (spread(&rows[..named]), spread(&rows[named..]));
    // The cutoff's total is that which happened, so that only its parting among named and others is chance.
    let chance = if first + rest > 0.0 { first * rest / (first + rest) } else { 0.0 };
    let happened: f64 = rows[..named].iter().map(|r| r.label).sum();
    let (named_as_float, missed) = (named as f64, (expected - hits).max(0.0));
    let right = (hits / named_as_float).clamp(0.0, 1.0);
    let (error, miss) = (1.0 - right, missed / expected);
    for (i, row) in rows.iter().enumerate() {
        let surprise = row.label - row.probability;
        let weight = if i < named { rest } else { -first };
        let moved = weight * surprise / (first + rest).max(f64::MIN_POSITIVE);
        for (which, scale) in [(0, named_as_float * error * right), (1, expected * miss * (1.0 - miss))] {
            let moved = moved / scale.max(1e-9);
            alone[which] += moved * moved;
            if let Some(customer) = shared.get_mut(row.customer) {
                customer[which] += moved;
            }
        }
    }
    let seen = |rate: f64, of: f64, found: f64| {
        // One row more, of the rate expected, keeps the logarithm finite.
        let found = (found + rate) / (of + 1.0);
        let inner = (rate * (1.0 - rate)).max(1e-6);
        let bounded = |r: f64| logit(r.clamp(1e-6, 1.0 - 1e-6));
        Seen {
            value: bounded(found) - bounded(rate),
            variance: chance / (of * inner).powi(2) + 0.5 / (of * inner).powi(2),
        }
    };
    let all: f64 = rows.iter().map(|r| r.label).sum();
    Some((seen(error, named_as_float, named_as_float - happened), seen(miss, all.max(1.0), all - happened)))
}

/// What a new cutoff's surprise is like after those seen.
///
/// Surprises are normal around a common mean near 0; their variance is that seen beyond chance, believed as
/// far as there are cutoffs.
fn pooled(seen: &[Seen], before: &[Seen], repeated: f64, floor: f64) -> Surprise {
    let beyond: f64 = seen.iter().map(|s| s.value * s.value - s.variance).sum();
    let mean = before.iter().map(|s| s.value).sum::<f64>() / before.len().max(1) as f64;
    let differ: f64 = before.iter().map(|s| (s.value - mean) * (s.value - mean) - s.variance).sum();
    let cutoffs = seen.len() as f64 + (before.len() as f64 - 1.0).max(0.0);
    let prior = BETWEEN * BETWEEN;
    let between = ((WORTH * prior + beyond + differ) / (WORTH + cutoffs)).max(floor);
    let precision: f64 = seen.iter().map(|s| 1.0 / (between + repeated * s.variance)).sum();
    let weighted: f64 = seen.iter().map(|s| s.value / (between + repeated * s.variance)).sum();
    let total = precision + 1.0 / (COMMON * COMMON);
    Surprise { mean: weighted / total, variance: between + 1.0 / total }
}
