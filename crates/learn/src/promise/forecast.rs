//! Where the shifts of past cutoffs are going.

use std::f64::consts::PI;

use super::shift::Shift;

/// Days of a year, after which a season comes again.
const YEAR: f64 = 365.25;

/// Cutoffs looked at, at most: the newest.
const MOST: usize = 48;

/// What is possible before anything is seen: standard deviations in log-odds and their weights.
///
/// A slow drift, a season, chance of a single cutoff's own (weather, a campaign), a steady trend a year.
const DRIFTS: [(f64, f64); 4] = [(0.03, 1.0), (0.1, 1.0), (0.25, 1.0), (0.6, 0.5)];
const SEASONS: [(f64, f64); 4] = [(0.03, 1.0), (0.15, 1.0), (0.35, 1.0), (0.8, 1.0)];
const CHANCES: [(f64, f64); 3] = [(0.03, 1.0), (0.1, 1.0), (0.25, 0.5)];
const TRENDS: [(f64, f64); 2] = [(0.03, 1.0), (0.3, 1.0)];

/// Standard deviation of the level common to all cutoffs.
const LEVEL: f64 = 1.0;

/// Days after which a drift has forgotten two thirds of where it was.
const MEMORY: f64 = 540.0;

/// Years after which a season has.
const SEASON_MEMORY: f64 = 4.0 * YEAR;

/// How far a season's influence reaches, as a share of what a year's circle allows.
const SEASON_REACH: f64 = 0.7;

/// One setting of what is possible.
#[derive(Debug, Clone, Copy)]
struct Setting {
    drift: f64,
    season: f64,
    chance: f64,
    trend: f64,
    /// Days of the horizon, over which outcomes of neighbouring cutoffs are partly the same.
    horizon: f64,
    /// The day foretold.
    day: f64,
}

impl Setting {
    /// Covariance of the shifts of two days.
    fn covariance(&self, a: f64, b: f64) -> f64 {
        let apart = (a - b).abs();
        let turn = (PI * apart / YEAR).sin() / SEASON_REACH;
        let season = (-2.0 * turn * turn - apart / SEASON_MEMORY).exp();
        let trend = (a - self.day) / YEAR * ((b - self.day) / YEAR);
        let shared = (1.0 - apart / self.horizon.max(1.0)).max(0.0);
        LEVEL * LEVEL
            + self.drift * self.drift * (-apart / MEMORY).exp()
            + self.season * self.season * season
            + self.trend * self.trend * trend
            + self.chance * self.chance * shared
    }

    /// Log evidence of the shifts, and mean and variance of that of the day foretold.
    fn foretell(&self, seen: &[Shift]) -> Option<(f64, f64, f64)> {
        let rows: Vec<Vec<f64>> = seen
            .iter()
            .enumerate()
            .map(|(i, a)| {
                let row = seen[..=i].iter().map(|b| self.covariance(a.day, b.day));
                let mut row: Vec<f64> = row.collect();
                row[i] += a.variance;
                row
            })
            .collect();
        let lower = cholesky(rows)?;
        let values = forward(&lower, seen.iter().map(|s| s.value));
        let reach = forward(&lower, seen.iter().map(|s| self.covariance(s.day, self.day)));
        let spread: f64 = lower.iter().enumerate().map(|(i, row)| row[i].ln()).sum();
        let evidence = -0.5 * values.iter().map(|v| v * v).sum::<f64>() - spread;
        let mean = reach.iter().zip(&values).map(|(a, b)| a * b).sum();
        let variance = self.covariance(self.day, self.day) - reach.iter().map(|a| a * a).sum::<f64>();
        Some((evidence, mean, variance.max(0.0)))
    }
}

/// Returns mean and variance of the shift of `day`, from those of earlier cutoffs.
///
/// A Gaussian process (Rasmussen and Williams, "Gaussian processes for machine learning", 2006) of level,
/// drift, trend, season and chance. How strong each is, few cutoffs cannot tell, so that all settings of
/// a grid are averaged by their evidence: a season never seen widens the answer, one seen a year before
/// moves it. Without cutoffs the shift is 0, as uncertain as the grid allows.
pub(super) fn forecast(seen: &[Shift], day: f64, horizon: f64) -> (f64, f64) {
    let seen = &seen[seen.len().saturating_sub(MOST)..];
    let mut found = Vec::new();
    for (drift, a) in DRIFTS {
        for (season, b) in SEASONS {
            for (chance, c) in CHANCES {
                for (trend, d) in TRENDS {
                    let setting = Setting { drift, season, chance, trend, horizon, day };
                    let prior: f64 = a * b * c * d;
                    found.extend(setting.foretell(seen).map(|(e, mean, var)| (e + prior.ln(), mean, var)));
                }
            }
        }
    }
    let best = found.iter().map(|f| f.0).fold(f64::NEG_INFINITY, f64::max);
    let (mut weights, mut first, mut second) = (0.0, 0.0, 0.0);
    for (evidence, mean, variance) in found {
        let weight = (evidence - best).exp();
        weights += weight;
        first += weight * mean;
        second += weight * (variance + mean * mean);
    }
    if weights == 0.0 {
        return (0.0, LEVEL * LEVEL);
    }
    let mean = first / weights;
    (mean, (second / weights - mean * mean).max(0.0))
}

/// The lower triangle whose product with itself turned round is the matrix; `None` unless that is positive.
fn cholesky(mut rows: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    for i in 0..rows.len() {
        for j in 0..=i {
            let product: f64 = (0..j).map(|k| rows[i][k] * rows[j][k]).sum();
            let rest = rows[i][j] - product;
            if i == j {
                if rest <= 0.0 {
                    return None;
                }
                rows[i][i] = rest.sqrt();
            } else {
                rows[i][j] = rest / rows[j][j];
            }
        }
    }
    Some(rows)
}

/// Solves the triangle for a right side.
fn forward(lower: &[Vec<f64>], right: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut solved: Vec<f64> = Vec::with_capacity(lower.len());
    for (row, value) in lower.iter().zip(right) {
        let known: f64 = row.iter().zip(&solved).map(|(a, b)| a * b).sum();
        solved.push((value - known) / row[solved.len()]);
    }
    solved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(n: u32, value: impl Fn(f64) -> f64) -> Vec<Shift> {
        (0..n)
            .map(|i| f64::from(i) * YEAR / 12.0)
            .map(|day| Shift { day, value: value(day), variance: 0.003 })
            .collect()
    }

    fn in_month(seen: &[Shift], month: u32) -> (f64, f64) {
        forecast(seen, f64::from(month) * YEAR / 12.0, 30.0)
    }

    #[test]
    fn a_quiet_past_promises_a_quiet_future() {
        let (mean, variance) = in_month(&months(18, |_| 0.2), 18);
        assert!((mean - 0.2).abs() < 0.03 && variance.sqrt() < 0.12, "{mean} {}", variance.sqrt());
    }

    #[test]
    fn a_season_seen_a_year_before_comes_again() {
        let season = |day: f64| 0.6 * (2.0 * PI * day / YEAR).cos();
        let (mean, variance) = in_month(&months(22, season), 24);
        assert!((mean - 0.6).abs() < 0.15 && variance.sqrt() < 0.3, "{mean} {}", variance.sqrt());
        // A few months cannot know of it, and say so.
        let (_, unseen) = in_month(&months(4, season), 6);
        assert!(unseen > 1.5 * variance, "{unseen} {variance}");
    }

    #[test]
    fn a_trend_goes_on() {
        let (mean, _) = in_month(&months(18, |day| 0.5 * day / YEAR), 19);
        assert!((mean - 0.79).abs() < 0.1, "{mean}");
    }

    #[test]
    fn one_cutoff_is_better_than_none() {
        let (mean, variance) = in_month(&months(1, |_| 0.4), 3);
        let (nothing, widest) = in_month(&[], 3);
        assert!(
            mean > 0.2 && mean < 0.4 && nothing == 0.0 && variance < widest,
            "{mean} {variance} {widest}"
        );
    }
}
