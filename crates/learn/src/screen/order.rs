//! Numbers that name customers or count rows: they tell every customer apart and mean nothing.

use super::super::rank::{correlation, ranks};
use super::copies::evenly;
use super::counts::number;
use super::rows::{Rows, starts};
use super::{ScreenInput, ScreenReason};

/// Customers of a cutoff at least, for their order to be looked at.
const ENOUGH: usize = 50;

/// Customers of a cutoff looked at, at most.
const MOST: usize = 1_000;

/// Rank correlation from which a feature follows an order.
const FOLLOWS: f64 = 0.98;

/// Share of distinct values from which every customer has a number of their own.
const DISTINCT: f64 = 0.995;

/// Customers looked at for distinct values, at most.
const MOST_DISTINCT: usize = 20_000;

/// Distinct whole numbers from which a range this many times as long is filled too densely for chance.
const DENSE: (usize, f64) = (100, 5.0);

/// Distinct values from which an even spread is told from a measured one, and the largest distance between
/// the two distribution functions, times the root of their number (Kolmogorov and Smirnov, at 0.1 %).
const EVEN: (usize, f64) = (500, 1.95);

/// Rows of one customer at two cutoffs, at least, to see what changes.
const PAIRS: usize = 30;

/// Customers at least, for a number equal to that in their id to be no chance.
const SAME_DIGITS: usize = 30;

/// The orders in which customers can stand, at the last training cutoff and halfway.
pub(super) struct Orders {
    looks: Vec<Look>,
    /// The rows of the last cutoff that is large enough.
    latest: Vec<usize>,
    /// The number in each row's customer id, of `latest`.
    digits: Vec<f64>,
}

/// Some customers of one cutoff.
struct Look {
    rows: Vec<usize>,
    /// Places by row, by id, and by id where a longer id is a larger one.
    places: [(&'static str, Vec<f64>); 3],
}

impl Orders {
    pub(super) fn new(input: &ScreenInput<'_>, rows: &Rows) -> Self {
        let starts = starts(input.starts, rows.positive.len());
        let enough: Vec<_> =
            starts.windows(2).filter(|w| w[1] - w[0] >= ENOUGH).map(|w| w[0]..w[1]).collect();
        let latest = enough.last().cloned().unwrap_or(0..0);
        let latest: Vec<usize> =
            evenly(latest.len(), MOST_DISTINCT).map(|offset| latest.start + offset).collect();
        let halfway = enough.len().checked_sub(2).and_then(|_| enough.get((enough.len() - 1) / 2));
        let looks = halfway.into_iter().chain(enough.last()).map(|range| {
            let taken: Vec<usize> = evenly(range.len(), MOST).map(|offset| range.start + offset).collect();
            Look::new(taken, input.customers)
        });
        let digits = latest.iter().map(|&row| in_id(&input.customers[row])).collect();
        Self { looks: looks.collect(), latest, digits }
    }

    /// Finds that the values name customers or count rows.
    pub(super) fn suspect(&self, values: &[f64], rows: &Rows) -> Option<(ScreenReason, String)> {
        let named = self.named(values);
        let follows = self.follows(values);
        if named.is_none() && follows.is_none() {
            return None;
        }
        let change = Change::new(values, rows);
        // Time since something happened grows alike for all: that customers were numbered as they came
        // does not make it a number of a row.
        if change.is_age {
            return None;
        }
        let named = named.filter(|named| named.whole || change.is_fixed);
        match (named, follows) {
            (Some(named), _) if change.is_fixed || named.in_id => Some(named.found()),
            (_, Some(follows)) => Some((ScreenReason::RowOrder, follows)),
            (named, None) => named.map(Named::found),
        }
    }

    /// The order that the values follow at every cutoff looked at.
    fn follows(&self, values: &[f64]) -> Option<String> {
        let mut least = [f64::INFINITY; 3];
        for look in &self.looks {
            let there: Vec<usize> =
                (0..look.rows.len()).filter(|&i| !values[look.rows[i]].is_nan()).collect();
            if there.len() < ENOUGH {
                return None;
            }
            let ranked = ranks(&there.iter().map(|&i| values[look.rows[i]]).collect::<Vec<_>>());
            for (least, (_, places)) in least.iter_mut().zip(&look.places) {
                let places: Vec<f64> = there.iter().map(|&i| places[i]).collect();
                *least = least.min(correlation(&ranked, &ranks(&places)).abs());
            }
        }
        let names = self.looks.first()?.places.iter().map(|(name, _)| *name);
        let best = names.zip(least).max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.len().cmp(&a.0.len())))?;
        let (name, least) = best;
        (least >= FOLLOWS).then(|| format!("follows the order of {name} (rank correlation {least:.3})"))
    }

    /// Whether customers have practically all a number of their own, as only ids and hashes are.
    fn named(&self, values: &[f64]) -> Option<Named> {
        let mut there: Vec<f64> =
            self.latest.iter().map(|&row| values[row]).filter(|value| !value.is_nan()).collect();
        if there.len() < SAME_DIGITS {
            return None;
        }
        there.sort_unstable_by(f64::total_cmp);
        let distinct = there.chunk_by(|a, b| a == b).count();
        if (distinct as f64) < DISTINCT * there.len() as f64 {
            return None;
        }
        let whole = there.iter().all(|v| v.fract() == 0.0);
        let same = self.latest.iter().zip(&self.digits).filter(|(row, digits)| values[**row] == **digits);
        let in_id = same.count() as f64 >= DISTINCT * there.len() as f64;
        let (low, high) = (there[0], there[there.len() - 1]);
        let dense = whole && there.len() >= DENSE.0 && high - low < DENSE.1 * there.len() as f64;
        let even = there.len() >= EVEN.0 && unevenness(&there, low, high) < EVEN.1;
        (in_id || dense || even).then_some(Named { whole, in_id, distinct, n: there.len() })
    }
}

impl Look {
    fn new(rows: Vec<usize>, customers: &[String]) -> Self {
        let sorted = |by: &dyn Fn(&usize, &usize) -> std::cmp::Ordering| {
            let mut order: Vec<usize> = (0..rows.len()).collect();
            order.sort_by(by);
            let mut places = vec![0.0; rows.len()];
            order.iter().enumerate().for_each(|(place, &i)| places[i] = place as f64);
            places
        };
        let id = |i: &usize| customers[rows[*i]].as_str();
        let by_row = (0..rows.len()).map(|i| i as f64).collect();
        let by_id = sorted(&|a, b| id(a).cmp(id(b)));
        let by_length = sorted(&|a, b| (id(a).len(), id(a)).cmp(&(id(b).len(), id(b))));
        Self { places: [("rows", by_row), ("customer ids", by_id), ("customer ids", by_length)], rows }
    }
}

/// Every customer has a number of their own.
struct Named {
    whole: bool,
    /// It is the number in the id.
    in_id: bool,
    distinct: usize,
    n: usize,
}

impl Named {
    fn found(self) -> (ScreenReason, String) {
        let what = if self.whole { "whole numbers" } else { "evenly spread numbers" };
        let more = if self.in_id { ", those in their ids" } else { "" };
        let (distinct, n) = (number(self.distinct), number(self.n));
        (
            ScreenReason::Identifier,
            format!("{distinct} distinct {what} for {n} customers of one cutoff{more}"),
        )
    }
}

/// How the values of one customer change from cutoff to cutoff.
struct Change {
    /// Not at all.
    is_fixed: bool,
    /// By the same amount for everybody, as time does.
    is_age: bool,
}

impl Change {
    fn new(values: &[f64], rows: &Rows) -> Self {
        let pairs: Vec<(f64, f64)> = rows
            .pairs()
            .map(|(before, after)| (values[before], values[after]))
            .filter(|(before, after)| !before.is_nan() && !after.is_nan())
            .collect();
        if pairs.len() < PAIRS {
            return Self { is_fixed: false, is_age: false };
        }
        let same = pairs.iter().filter(|(before, after)| before == after).count();
        let is_fixed = same as f64 >= 0.99 * pairs.len() as f64;
        Self { is_fixed, is_age: !is_fixed && grows_alike(values, rows) }
    }
}

/// Whether between any two cutoffs all values move by nearly the same amount.
fn grows_alike(values: &[f64], rows: &Rows) -> bool {
    let mut changes: Vec<(usize, f64)> = rows
        .pairs()
        .filter(|&(before, after)| !values[before].is_nan() && !values[after].is_nan())
        .map(|(before, after)| {
            (rows.cutoff[before] * rows.cutoffs + rows.cutoff[after], values[after] - values[before])
        })
        .collect();
    changes.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut alike = 0;
    for between in changes.chunk_by(|a, b| a.0 == b.0) {
        let middle = between[between.len() / 2].1;
        // Whole months, or years, come to one more for some.
        let step = if middle.abs() >= 10.0 { 0.5 } else { 1.0 };
        alike += between.iter().filter(|(_, change)| (change - middle).abs() <= step).count();
    }
    let moved = changes.iter().filter(|(_, change)| *change > 0.0).count();
    let back = changes.iter().filter(|(_, change)| *change < 0.0).count();
    alike as f64 >= 0.99 * changes.len() as f64 && moved > 0 && back * 200 <= changes.len()
}

/// Kolmogorov and Smirnov's distance from an even spread, times the root of the number of values.
fn unevenness(sorted: &[f64], low: f64, high: f64) -> f64 {
    let n = sorted.len() as f64;
    let distance = |(i, value): (usize, &f64)| {
        let even = (value - low) / (high - low);
        (even - i as f64 / n).abs().max((even - (i + 1) as f64 / n).abs())
    };
    sorted.iter().enumerate().map(distance).fold(0.0, f64::max) * n.sqrt()
}

/// The number in an id; NaN without one.
fn in_id(id: &str) -> f64 {
    let digits: String = id.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(f64::NAN)
}
