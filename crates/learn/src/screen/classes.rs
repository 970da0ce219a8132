//! Fields that are there for one class only.

use super::ScreenReason;
use super::counts::{Mark, Share};
use super::rows::Rows;

/// Of those with the mark, the share that must be of one class at least.
const PRECISE: f64 = 0.9;

/// How many times as often one class must show the mark as the other, at least.
const TIMES: f64 = 25.0;

/// Distinct values up to which each is looked at by itself, as codes are.
const CODES: usize = 24;

/// How often each class shows each mark.
pub(super) struct ClassCounts {
    /// By mark: of the negatives, of the positives.
    shares: [[Share; 2]; 2],
    /// By mark: rows with it, by cutoff.
    pub(super) by_cutoff: [Vec<Share>; 2],
    /// By mark: whether a customer shows it at every cutoff or at none.
    pub(super) fixed: [bool; 2],
}

impl ClassCounts {
    pub(super) fn new(values: &[f64], rows: &Rows) -> Self {
        let none = |class: usize| Share { hits: 0.0, n: 0.0, factor: rows.factor[class] };
        let mut shares = [[none(0), none(1)]; 2];
        let empty = Share { hits: 0.0, n: 0.0, factor: 1.0 };
        let mut by_cutoff = [vec![empty; rows.cutoffs], vec![empty; rows.cutoffs]];
        for (row, value) in values.iter().enumerate() {
            let class = usize::from(rows.positive[row]);
            for (at, mark) in Mark::ALL.into_iter().enumerate() {
                let shown = f64::from(mark.shows(*value));
                for share in [&mut shares[at][class], &mut by_cutoff[at][rows.cutoff[row]]] {
                    share.n += 1.0;
                    share.hits += shown;
                }
            }
        }
        let fixed = Mark::ALL.map(|mark| is_fixed(values, mark, rows));
        Self { shares, by_cutoff, fixed }
    }

    /// The share of a class that shows a mark.
    pub(super) fn of(&self, mark: Mark, positive: bool) -> Share {
        self.shares[mark as usize][usize::from(positive)]
    }

    /// The share of both classes.
    pub(super) fn both(&self, mark: Mark) -> Share {
        self.of(mark, false).and(self.of(mark, true))
    }

    /// How many times as often one class shows the mark as the other, whichever does.
    pub(super) fn times(&self, mark: Mark) -> f64 {
        let (negative, positive) = (self.of(mark, false), self.of(mark, true));
        positive.times(negative).max(negative.times(positive))
    }
}

/// Whether customers seen at several cutoffs show a mark at all of them or at none.
fn is_fixed(values: &[f64], mark: Mark, rows: &Rows) -> bool {
    let (mut pairs, mut changed) = (0_usize, 0_usize);
    for (before, after) in rows.pairs() {
        pairs += 1;
        changed += usize::from(mark.shows(values[before]) != mark.shows(values[after]));
    }
    pairs >= 30 && changed * 200 <= pairs
}

/// Finds that a mark, its absence or a code belongs practically to one class.
pub(super) fn one_class_only(
    values: &[f64],
    counts: &ClassCounts,
    rows: &Rows,
) -> Option<(ScreenReason, String)> {
    for mark in Mark::ALL {
        let (negative, positive) = (counts.of(mark, false), counts.of(mark, true));
        for has in [true, false] {
            let side = |share: Share| if has { share } else { share.without() };
            if let Some(found) = belongs(mark.words(has), side(negative), side(positive)) {
                return Some(found);
            }
        }
    }
    codes(values, rows)?
        .into_iter()
        .find_map(|(code, negative, positive)| belongs(&format!("equal to {code}"), negative, positive))
}

/// Says so if what is counted belongs practically to one class.
fn belongs(what: &str, negative: Share, positive: Share) -> Option<(ScreenReason, String)> {
    let (rare, often, happened) = if positive.value() > negative.value() {
        (negative, positive, true)
    } else {
        (positive, negative, false)
    };
    let with = Share { hits: often.hits, n: often.hits + rare.hits, factor: often.factor };
    if often.times(rare) < TIMES || with.low() < PRECISE {
        return None;
    }
    let (to, others) = if happened {
        ("to whom it happened", "to whom it did not")
    } else {
        ("to whom it did not happen", "to whom it did")
    };
    let evidence = format!("{what} for {} {to} and {} {others}", often.words(), rare.words());
    Some((ScreenReason::OneClassOnly, evidence))
}

/// Counts each value by class, where there are few enough to be codes.
fn codes(values: &[f64], rows: &Rows) -> Option<Vec<(f64, Share, Share)>> {
    let mut seen: Vec<(f64, [f64; 2])> = Vec::with_capacity(CODES + 1);
    let mut n = [0.0; 2];
    for (value, positive) in values.iter().zip(&rows.positive) {
        let class = usize::from(*positive);
        n[class] += 1.0;
        if value.is_nan() {
            continue;
        }
        let at = match seen.iter().position(|(code, _)| code == value) {
            Some(at) => at,
            None if seen.len() == CODES => return None,
            None => {
                seen.push((*value, [0.0; 2]));
                seen.len() - 1
            }
        };
        seen[at].1[class] += 1.0;
    }
    seen.sort_by(|a, b| a.0.total_cmp(&b.0));
    let share = |class: usize, hits: f64| Share { hits, n: n[class], factor: rows.factor[class] };
    Some(seen.into_iter().map(|(code, hits)| (code, share(0, hits[0]), share(1, hits[1]))).collect())
}
