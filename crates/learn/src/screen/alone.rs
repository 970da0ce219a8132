//! Features that tell the classes apart almost alone.

use super::super::interval::wilson_share;
use super::super::metrics::logit;
use super::copies::RankCorrelations;
use super::rows::Rows;
use super::{ScreenInput, ScreenReason, Screened};

/// Rows of a class looked at, at most.
const MOST: usize = 6_000;

/// Bins of equal size that a feature is told apart by; a common value has one of its own.
const BINS: usize = 32;

/// Lower bound of the AUC from which a feature is compared with the next best.
const STRONG: f64 = 0.85;

/// Distance to the next best from which it stands alone, in log-odds of the AUC.
const APART: f64 = 1.0;

/// Lower bound from which it needs no comparison.
const PERFECT: f64 = 0.99;

/// The same where there is nothing to compare it with.
const NOTHING_BESIDE: f64 = 0.95;

/// Rank correlation from which two features are not held against each other: a leak may come twice.
const SAME_TALE: f64 = 0.9;

/// A sample of both classes, by which each feature is judged alone.
pub(super) struct Alone<'a> {
    input: &'a ScreenInput<'a>,
    /// Row, whether positive, and which half its customer is in.
    sample: Vec<(usize, bool, bool)>,
    /// Customers of the smaller class.
    customers: f64,
    enough: bool,
}

/// Negatives and positives of a bin, by half.
type Bin = [[f64; 2]; 2];

impl<'a> Alone<'a> {
    pub(super) fn new(input: &'a ScreenInput<'a>, rows: &Rows) -> Self {
        let mut sample = Vec::new();
        let mut customers = f64::INFINITY;
        for class in [false, true] {
            let all: Vec<usize> =
                (0..rows.positive.len()).filter(|&row| rows.positive[row] == class).collect();
            customers = customers.min(all.len() as f64 * rows.factor[usize::from(class)]);
            let taken = super::copies::evenly(all.len(), MOST).map(|i| all[i]);
            sample.extend(taken.map(|row| (row, class, rows.customer[row] % 2 == 1)));
        }
        Self { input, sample, customers, enough: customers >= 2.0 }
    }

    /// The area under the ROC curve of one feature, whatever its shape.
    ///
    /// What a bin says is learned on one half of the customers and judged on the other, so that many bins are
    /// no merit. `None` where a half lacks a class.
    pub(super) fn roc_auc(&self, values: &[f64]) -> Option<f64> {
        if !self.enough {
            return None;
        }
        let bins = self.bins(values);
        let [a, b] = [0, 1].map(|half| judged(&bins, half));
        Some(f64::midpoint(a?, b?))
    }

    fn bins(&self, values: &[f64]) -> Vec<Bin> {
        let mut missing: Bin = Bin::default();
        let mut there: Vec<(f64, usize, usize)> = Vec::with_capacity(self.sample.len());
        for &(row, positive, half) in &self.sample {
            let (class, half) = (usize::from(positive), usize::from(half));
            if values[row].is_nan() {
                missing[half][class] += 1.0;
            } else {
                there.push((values[row], half, class));
            }
        }
        there.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let size = there.len().div_ceil(BINS).max(1);
        let mut bins = vec![missing];
        let (mut bin, mut filled) = (Bin::default(), 0);
        for equals in there.chunk_by(|a, b| a.0 == b.0) {
            if filled > 0 && filled + equals.len() > size {
                bins.push(bin);
                (bin, filled) = (Bin::default(), 0);
            }
            for &(_, half, class) in equals {
                bin[half][class] += 1.0;
            }
            filled += equals.len();
        }
        bins.push(bin);
        bins
    }

    /// Finds that a feature stands far above all others.
    pub(super) fn suspect(
        &self,
        column: usize,
        found: &[Screened],
        correlations: &RankCorrelations,
    ) -> Option<(ScreenReason, String)> {
        let auc = found[column].roc_auc?;
        // No estimate of an AUC varies more than a proportion among the customers of the smaller class does
        // (Birnbaum and Klose, "Bounds for the variance of the Mann-Whitney statistic", 1957).
        let low = wilson_share(auc, self.customers).0;
        if low < STRONG {
            return None;
        }
        let families = self.input.families;
        let best = |elsewhere: bool| {
            (0..found.len())
                .filter(|&other| other != column && found[other].reason.is_none())
                .filter(|&other| !elsewhere || families[other] != families[column])
                .filter_map(|other| Some((other, found[other].roc_auc?)))
                .filter(|(other, _)| correlations.of(column, *other).abs() < SAME_TALE)
                .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
        };
        let next = best(true).or_else(|| best(false));
        let says = format!("an AUC of {auc:.3} by itself (95 %: at least {low:.3})");
        let evidence = match next {
            Some((other, next)) if low >= PERFECT || logit(low) - logit(next) >= APART => {
                let name = self.input.x.columns().get(other).cloned().unwrap_or_default();
                format!("{says}; the next best of another kind, {name}, reaches {next:.3}")
            }
            None if low >= NOTHING_BESIDE => says,
            _ => return None,
        };
        Some((ScreenReason::SeparatesAlone, evidence))
    }
}

/// The AUC on one half of what the bins say on the other; `None` where one lacks a class.
fn judged(bins: &[Bin], half: usize) -> Option<f64> {
    let total = |half: usize, class: usize| bins.iter().map(|bin| bin[half][class]).sum::<f64>();
    let (negatives, positives) = (total(half, 0), total(half, 1));
    let (other_negatives, other_positives) = (total(1 - half, 0), total(1 - half, 1));
    if [negatives, positives, other_negatives, other_positives].contains(&0.0) {
        return None;
    }
    let base = other_positives / (other_positives + other_negatives);
    let mut said: Vec<(f64, f64, f64)> = bins
        .iter()
        .map(|bin| {
            let [n, p] = bin[1 - half];
            // Shrunk by one row to the rate of all, so that empty bins say nothing.
            ((p + base) / (n + p + 1.0), bin[half][0], bin[half][1])
        })
        .collect();
    said.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut won) = (0.0, 0.0);
    for equals in said.chunk_by(|a, b| a.0 == b.0) {
        let (n, p) = equals.iter().fold((0.0, 0.0), |(n, p), bin| (n + bin.1, p + bin.2));
        won += p * (below + n / 2.0);
        below += n;
    }
    Some(won / (positives * negatives))
}
