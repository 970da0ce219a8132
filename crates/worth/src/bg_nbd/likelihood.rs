//! The likelihood of BG/NBD over counted cells: customers whose histories are equal are one cell.

use statrs::function::gamma::{digamma, ln_gamma};

use super::{Dropout, History, chances, recency};
use crate::error::WorthError;
use crate::maximise::Likelihood;

/// Customers with one history.
#[derive(Debug, Clone, Copy)]
struct Cell {
    /// Places among the recencies and the ages, of which there are far fewer than cells.
    recency: u32,
    age: u32,
    count: u32,
}

/// Customers with the same number of repeat purchases.
#[derive(Debug, Clone)]
struct Group {
    frequency: f64,
    /// After how many purchases they could have left.
    chances: f64,
    count: f64,
    cells: Vec<Cell>,
}

/// What decides a likelihood: frequency, recency and age.
fn key(history: &History) -> [f64; 3] {
    [history.frequency, recency(history), history.age]
}

/// Customers' histories and how many customers have each: memory is that of what is added.
#[derive(Debug, Clone, Default)]
pub struct Histories {
    rows: Vec<Row>,
    customers: usize,
}

/// What decides a likelihood, see [`key`], and how many customers share it.
type Row = ([f64; 3], u32);

impl Histories {
    /// Adds so many customers of one history; whoever counts equal ones beforehand needs less memory.
    ///
    /// # Errors
    /// [`WorthError::Impossible`] for a history that cannot be.
    pub fn add(&mut self, history: &History, customers: u32) -> Result<(), WorthError> {
        check(self.customers, history)?;
        self.customers += customers as usize;
        self.rows.push((key(history), customers));
        Ok(())
    }

    /// Says that there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// Histories, counted and scaled.
#[derive(Debug, Clone)]
pub(crate) struct Cells {
    groups: Vec<Group>,
    /// The different recencies and ages, ascending, in mean ages.
    recencies: Vec<f64>,
    ages: Vec<f64>,
    /// The mean age: the unit of time within.
    unit: f64,
    customers: f64,
    /// Repeat purchases of all.
    repeats: f64,
}

impl Cells {
    /// Counts histories, refusing those that cannot be.
    pub fn new(histories: &[History], dropout: Dropout) -> Result<Self, WorthError> {
        let mut all = Histories::default();
        histories.iter().try_for_each(|history| all.add(history, 1))?;
        Self::counted(all, dropout)
    }

    /// Takes histories that were checked before.
    pub fn counted(Histories { mut rows, .. }: Histories, dropout: Dropout) -> Result<Self, WorthError> {
        // Equal rows come to lie together, whatever order they came in.
        rows.sort_unstable_by(|(a, _), (b, _)| {
            a.iter()
                .zip(b)
                .map(|(a, b)| a.total_cmp(b))
                .find(|o| o.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        // Customer by customer, so that counting beforehand rounds no sum otherwise.
        let each = |place: usize| {
            rows.iter().flat_map(move |(row, count)| std::iter::repeat_n(row[place], *count as usize))
        };
        let repeats: f64 = each(0).sum();
        if repeats <= 0.0 {
            return Err(WorthError::NoCustomers { model: "BG/NBD", that: " who bought again" });
        }
        let customers: u64 = rows.iter().map(|(_, count)| u64::from(*count)).sum();
        let customers = customers as f64;
        let unit = each(2).sum::<f64>() / customers;
        let (recencies, ages) = (different(&rows, 1), different(&rows, 2));
        let place = |among: &[f64], value: f64| among.partition_point(|other| *other < value) as u32;
        let mut groups: Vec<Group> = Vec::new();
        for same in rows.chunk_by(|a, b| a.0 == b.0) {
            let [frequency, recency, age] = same[0].0;
            let count = same.iter().map(|(_, count)| *count).sum();
            let cell = Cell { recency: place(&recencies, recency), age: place(&ages, age), count };
            match groups.last_mut() {
                Some(group) if group.frequency == frequency => {
                    group.count += f64::from(count);
                    group.cells.push(cell);
                }
                _ => {
                    let chances = chances(&History { frequency, recency, age }, dropout);
                    groups.push(Group { frequency, chances, count: f64::from(count), cells: vec![cell] });
                }
            }
        }
        let scaled = |values: Vec<f64>| values.into_iter().map(|value| value / unit).collect();
        Ok(Self { groups, recencies: scaled(recencies), ages: scaled(ages), unit, customers, repeats })
    }

    /// Returns the same histories of customers who may leave at other times.
    pub fn with_dropout(mut self, dropout: Dropout) -> Self {
        for group in &mut self.groups {
            // How often they bought decides alone.
            group.chances = chances(&History { frequency: group.frequency, recency: 0.0, age: 0.0 }, dropout);
        }
        self
    }

    /// Returns the unit of time within, in the unit of the histories.
    pub fn unit(&self) -> f64 {
        self.unit
    }

    /// Returns a log-likelihood over scaled times in the unit of the histories.
    ///
    /// A likelihood is a density over the times of repeat purchases, so each brings one unit of time.
    pub fn unscaled(&self, log_likelihood: f64) -> f64 {
        log_likelihood - self.repeats * self.unit.ln()
    }

    /// Returns so many cells at most, spread evenly, with their counts.
    pub fn sample(&self, most: usize) -> Self {
        let all: usize = self.groups.iter().map(|group| group.cells.len()).sum();
        let stride = all.div_ceil(most).max(1);
        let (recencies, ages) = (self.recencies.clone(), self.ages.clone());
        let mut sample = Self { groups: Vec::new(), recencies, ages, ..*self };
        let mut seen = 0;
        for group in &self.groups {
            let from = (stride - seen % stride) % stride;
            let cells: Vec<Cell> = group.cells.iter().skip(from).step_by(stride).copied().collect();
            seen += group.cells.len();
            if !cells.is_empty() {
                let count = cells.iter().map(|cell| f64::from(cell.count)).sum();
                sample.groups.push(Group { cells, count, ..*group });
            }
        }
        sample.customers = sample.groups.iter().map(|group| group.count).sum();
        sample.repeats = sample.groups.iter().map(|group| group.count * group.frequency).sum();
        sample
    }
}

/// The different values at a place of the rows, ascending.
fn different(rows: &[Row], place: usize) -> Vec<f64> {
    let mut values: Vec<f64> = Vec::new();
    for part in rows.chunks(1 << 16) {
        values.extend(part.iter().map(|(row, _)| row[place]));
        values.sort_unstable_by(f64::total_cmp);
        values.dedup();
    }
    values
}

/// A time and what is asked of it for every cell.
struct Time {
    time: f64,
    ln: f64,
}

/// The times, so much later.
fn later(times: &[f64], by: f64) -> Vec<Time> {
    times.iter().map(|time| by + time).map(|time| Time { time, ln: time.ln() }).collect()
}

impl Likelihood for Cells {
    const MODEL: &'static str = "BG/NBD";
    const PARAMETERS: &'static [&'static str] = &["r", "alpha", "a", "b"];

    fn customers(&self) -> f64 {
        self.customers
    }

    /// Equation 6 of the paper, its two cases put together: `ln(1 + odds)` for having left or not.
    fn evaluate(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let &[r, alpha, a, b] = parameters else { return f64::NAN };
        let mut sum = 0.0;
        let mut slopes = [0.0; 4];
        let (start_gamma, start_beta) = (ln_gamma(r), ln_gamma(a + b) - ln_gamma(b));
        let (slope_r, slope_ab, slope_b) = (digamma(r), digamma(a + b), digamma(b));
        let ln_alpha = alpha.ln();
        let (ages, recencies) = (later(&self.ages, alpha), later(&self.recencies, alpha));
        for group in &self.groups {
            let (x, k, n) = (group.frequency, group.chances, group.count);
            let stayed = ln_gamma(b + k) - ln_gamma(a + b + k) + start_beta;
            sum += n * (ln_gamma(r + x) - start_gamma + r * ln_alpha + stayed);
            slopes[0] += n * (digamma(r + x) - slope_r + ln_alpha);
            slopes[1] += n * r / alpha;
            let common = slope_ab - digamma(a + b + k);
            slopes[2] += n * common;
            slopes[3] += n * (common + digamma(b + k) - slope_b);
            let ln_chance = (a / (b + k - 1.0)).ln();
            for cell in &group.cells {
                let &Time { time: known, ln: ln_known } = &ages[cell.age as usize];
                let count = f64::from(cell.count);
                let mut value = -(r + x) * ln_known;
                let (mut by_r, mut by_alpha) = (-ln_known, -(r + x) / known);
                if k > 0.0 {
                    let &Time { time: bought, ln: ln_bought } = &recencies[cell.recency as usize];
                    let silent = ln_known - ln_bought;
                    let log_odds = ln_chance + (r + x) * silent;
                    value += log_odds.max(0.0) + (-log_odds.abs()).exp().ln_1p();
                    let left = 1.0 / (1.0 + (-log_odds).exp());
                    by_r += left * silent;
                    by_alpha += left * (r + x) * (1.0 / known - 1.0 / bought);
                    slopes[2] += count * left / a;
                    slopes[3] -= count * left / (b + k - 1.0);
                }
                sum += count * value;
                slopes[0] += count * by_r;
                slopes[1] += count * by_alpha;
            }
        }
        gradient.iter_mut().zip(slopes).for_each(|(g, s)| *g += s);
        sum
    }
}

/// The same customers, of whom none ever leaves: NBD, by `r` and `alpha`.
pub(super) struct Steady<'a>(pub &'a Cells);

impl Likelihood for Steady<'_> {
    const MODEL: &'static str = "NBD";
    const PARAMETERS: &'static [&'static str] = &["r", "alpha"];

    fn customers(&self) -> f64 {
        self.0.customers
    }

    /// A gamma mixture of Poisson processes: Ehrenberg's NBD, by the times of purchases.
    fn evaluate(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let &[r, alpha] = parameters else { return f64::NAN };
        let (start, slope_r, ln_alpha) = (ln_gamma(r), digamma(r), alpha.ln());
        let (mut sum, mut by_r, mut by_alpha) = (0.0, 0.0, 0.0);
        let ages = later(&self.0.ages, alpha);
        for group in &self.0.groups {
            let (x, n) = (group.frequency, group.count);
            sum += n * (ln_gamma(r + x) - start + r * ln_alpha);
            by_r += n * (digamma(r + x) - slope_r + ln_alpha);
            by_alpha += n * r / alpha;
            for cell in &group.cells {
                let Time { time: known, ln } = &ages[cell.age as usize];
                let count = f64::from(cell.count);
                sum -= count * (r + x) * ln;
                by_r -= count * ln;
                by_alpha -= count * (r + x) / known;
            }
        }
        gradient.iter_mut().zip([by_r, by_alpha]).for_each(|(g, s)| *g += s);
        sum
    }
}

fn check(row: usize, history: &History) -> Result<(), WorthError> {
    let fault = |what, value, rule| Err(WorthError::Impossible { what, value, row, rule });
    let &History { frequency, recency, age } = history;
    if !(frequency.is_finite() && frequency >= 0.0 && frequency.fract() == 0.0) {
        return fault("frequency", frequency, "it must be a whole number of 0 or more");
    }
    if !(age.is_finite() && age >= 0.0) {
        return fault("age", age, "it must be finite and not negative");
    }
    if frequency > 0.0 && !(recency >= 0.0 && recency <= age) {
        return fault("recency", recency, "it must lie between 0 and the age");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maximise::SAMPLE;

    #[test]
    fn slopes_are_those_of_the_likelihood() {
        let rows =
            [(0.0, 0.0, 50.0), (0.0, 0.0, 0.0), (3.0, 20.0, 60.0), (3.0, 20.0, 60.0), (9.0, 70.0, 70.0)];
        let histories = rows.map(|(frequency, recency, age)| History { frequency, recency, age });
        for dropout in [Dropout::AfterRepeat, Dropout::AfterAny] {
            let cells = Cells::new(&histories, dropout).unwrap();
            assert_eq!(cells.groups.iter().map(|group| group.cells.len()).sum::<usize>(), 4);
            crate::tests::slopes_hold(&cells, &[0.7, 0.3, 0.9, 2.4]);
            crate::tests::slopes_hold(&cells, &[3.0, 8.0, 4.0, 0.3]);
            crate::tests::slopes_hold(&Steady(&cells), &[0.7, 0.3]);
        }
    }

    #[test]
    fn counting_beforehand_changes_no_bit() {
        let history = |i: u32| History {
            frequency: f64::from(i % 4),
            recency: f64::from(i % 9) / 7.0,
            age: f64::from(9 + i % 31) / 7.0,
        };
        let all: Vec<History> = (0..5_000).map(history).collect();
        let mut counts: std::collections::BTreeMap<[u64; 3], u32> = Default::default();
        all.iter().rev().for_each(|h| *counts.entry(key(h).map(f64::to_bits)).or_default() += 1);
        assert!(counts.len() < 2_000 && Histories::default().is_empty());
        let mut counted = Histories::default();
        for (row, count) in counts.iter().rev() {
            let [frequency, recency, age] = row.map(f64::from_bits);
            counted.add(&History { frequency, recency, age }, *count).unwrap();
        }
        assert!(counted.add(&History { frequency: 0.5, recency: 0.0, age: 1.0 }, 1).is_err());
        let (one, other) = (
            Cells::new(&all, Dropout::AfterAny).unwrap(),
            Cells::counted(counted, Dropout::AfterAny).unwrap(),
        );
        assert_eq!(format!("{one:?}"), format!("{other:?}"));
    }

    #[test]
    fn a_sample_is_an_even_part() {
        let history = |i: u32| History { frequency: f64::from(i % 3), recency: 1.0, age: f64::from(9 + i) };
        let all: Vec<History> = (0..10_000).map(history).collect();
        let cells = Cells::new(&all, Dropout::AfterRepeat).unwrap();
        let sample = cells.sample(SAMPLE);
        assert_eq!(sample.customers, 3334.0);
        assert!((sample.repeats / 3334.0 - 1.0).abs() < 0.01);
        assert_eq!(sample.unit, cells.unit);
    }
}
