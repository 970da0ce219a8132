//! Features that say what another one says already.

use std::collections::HashMap;

use super::super::matrix::Matrix;
use super::super::rank::{correlation, ranks};
use super::{ScreenInput, ScreenReason};

/// Rows behind a first look at all pairs.
const LOOK_ROWS: usize = 2_000;

/// Rows behind the second look at those that seem alike.
const SURE_ROWS: usize = 10_000;

/// Rank correlation from which a second look is worth it.
const ALIKE: f64 = 0.998;

/// Rank correlation from which two features say the same.
const SAME: f64 = 0.9995;

/// The same over the rows that are not both at their commonest value: zeros agree easily.
const SAME_OFF_MODE: f64 = 0.995;

/// Such rows at least.
const OFF_MODE: usize = 30;

/// Rank correlation from which features are shown as one: what one of them explains, the other would.
const GROUPED: f64 = 0.95;

/// Numbers added up at once.
const LANES: usize = 16;

/// Rank correlations of all pairs of columns, over some evenly spaced rows; a missing value stands in the middle.
#[derive(Debug, Clone)]
pub struct RankCorrelations {
    rows: usize,
    /// Ranks less their mean, of length 1, column by column; all zero where a column never varies.
    ranks: Vec<f32>,
}

impl RankCorrelations {
    /// Ranks the columns of `x`.
    pub fn new(x: &Matrix) -> Self {
        let taken: Vec<usize> = evenly(x.rows(), LOOK_ROWS).collect();
        let rows = taken.len().next_multiple_of(LANES);
        let mut all = vec![0.0_f32; rows * x.width()];
        for (column, out) in all.chunks_exact_mut(rows.max(1)).enumerate() {
            let values: Vec<f64> = taken.iter().map(|&row| x.column(column)[row]).collect();
            let centred = centred_ranks(&values);
            let length = centred.iter().map(|r| r * r).sum::<f64>().sqrt();
            if length > 0.0 {
                out.iter_mut().zip(&centred).for_each(|(out, rank)| *out = (rank / length) as f32);
            }
        }
        Self { rows, ranks: all }
    }

    /// Returns the rank correlation of two columns; 0 where one of them never varies.
    pub fn of(&self, a: usize, b: usize) -> f64 {
        let column = |i: usize| self.ranks.get(i * self.rows..(i + 1) * self.rows).unwrap_or_default();
        let mut sums = [0.0_f32; LANES];
        for (a, b) in column(a).chunks_exact(LANES).zip(column(b).chunks_exact(LANES)) {
            for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
                *sum += a * b;
            }
        }
        f64::from(sums.iter().sum::<f32>())
    }

    /// Returns the correlations of some of the columns, in their new order.
    pub fn take(&self, columns: &[usize]) -> Self {
        let column = |i: &usize| self.ranks.get(i * self.rows..(i + 1) * self.rows).unwrap_or_default();
        Self { rows: self.rows, ranks: columns.iter().flat_map(column).copied().collect() }
    }

    /// Groups near copies: a column joins the first one before it that leads a group and that it is correlated
    /// with by 0.95 or more, either way. Returns each column's leader.
    pub fn groups(&self) -> Vec<usize> {
        let width = self.ranks.len().checked_div(self.rows).unwrap_or_default();
        let mut leaders: Vec<usize> = Vec::new();
        (0..width)
            .map(|column| {
                let leader = leaders.iter().copied().find(|leader| self.of(column, *leader).abs() >= GROUPED);
                leader.unwrap_or_else(|| {
                    leaders.push(column);
                    column
                })
            })
            .collect()
    }
}

/// Up to `most` of the numbers below `n`, evenly spaced.
pub(super) fn evenly(n: usize, most: usize) -> impl Iterator<Item = usize> {
    (0..n).step_by(n.div_ceil(most.max(1)).max(1))
}

/// Ranks of the values that are there less their mean; 0 for missing ones.
fn centred_ranks(values: &[f64]) -> Vec<f64> {
    let there: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    let mean = there.len().saturating_sub(1) as f64 / 2.0;
    let mut ranked = ranks(&there).into_iter();
    values.iter().map(|v| if v.is_nan() { 0.0 } else { ranked.next().unwrap_or(mean) - mean }).collect()
}

/// The features found good so far, against which the next one is held.
pub(super) struct Copies<'a> {
    input: &'a ScreenInput<'a>,
    correlations: &'a RankCorrelations,
    exact: HashMap<Vec<u64>, usize>,
    kept: Vec<usize>,
    sure: Vec<usize>,
}

impl<'a> Copies<'a> {
    pub(super) fn new(input: &'a ScreenInput<'a>, correlations: &'a RankCorrelations) -> Self {
        let sure = evenly(input.x.rows(), SURE_ROWS).collect();
        Self { input, correlations, exact: HashMap::new(), kept: Vec::new(), sure }
    }

    /// Says which good feature the column repeats; without one it is good itself.
    pub(super) fn of(&mut self, column: usize) -> Option<(ScreenReason, String)> {
        let x = self.input.x;
        let values = x.column(column);
        let bits: Vec<u64> = values.iter().map(|v| if v.is_nan() { u64::MAX } else { v.to_bits() }).collect();
        let name = |twin: usize| x.columns().get(twin).cloned().unwrap_or_default();
        if let Some(twin) = self.exact.get(&bits) {
            let evidence = format!("equals {} on all training rows", name(*twin));
            return Some((ScreenReason::Copy, evidence));
        }
        let alike = self.kept.iter().copied().find_map(|twin| {
            if self.correlations.of(column, twin).abs() < ALIKE {
                return None;
            }
            Some((twin, self.same(values, x.column(twin))?))
        });
        if let Some((twin, correlation)) = alike {
            let evidence =
                format!("ranks customers as {} does (rank correlation {correlation:.4})", name(twin));
            return Some((ScreenReason::NearCopy, evidence));
        }
        self.exact.insert(bits, column);
        self.kept.push(column);
        None
    }

    /// The rank correlation of two columns that say the same; `None` if they do not.
    fn same(&self, a: &[f64], b: &[f64]) -> Option<f64> {
        let take = |values: &[f64]| -> Vec<f64> { self.sure.iter().map(|&row| values[row]).collect() };
        let (a, b) = (take(a), take(b));
        let apart = a.iter().zip(&b).filter(|(a, b)| a.is_nan() != b.is_nan()).count();
        if apart * 1_000 > a.len() {
            return None;
        }
        let (ranks_a, ranks_b) = (centred_ranks(&a), centred_ranks(&b));
        let all = correlation(&ranks_a, &ranks_b);
        let (mode_a, mode_b) = (mode(&ranks_a), mode(&ranks_b));
        let (off_a, off_b): (Vec<f64>, Vec<f64>) =
            ranks_a.iter().zip(&ranks_b).filter(|(a, b)| **a != mode_a || **b != mode_b).unzip();
        let off_mode = correlation(&ranks(&off_a), &ranks(&off_b));
        let same = all.abs() >= SAME && off_a.len() >= OFF_MODE && off_mode.abs() >= SAME_OFF_MODE;
        same.then_some(all)
    }
}

/// The commonest value, of equals the smallest.
fn mode(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut best = (0, f64::NAN);
    for equals in sorted.chunk_by(|a, b| a == b) {
        if equals.len() > best.0 {
            best = (equals.len(), equals[0]);
        }
    }
    best.1
}
