//! The training rows: whose they are, when they are of, and in which orders they can stand.

use std::collections::HashMap;

use super::ScreenInput;

/// No row.
const NONE: usize = usize::MAX;

/// Positives with a later cutoff that must be there to say that none of them comes back.
const ENOUGH_LEFT: usize = 20;

/// Share of the positives who may be eligible again although the outcome ends it for good.
const COME_BACK: f64 = 0.005;

/// Whose the training rows are and what follows from it.
pub(super) struct Rows {
    pub(super) positive: Vec<bool>,
    /// The customer of each row, numbered by first appearance.
    pub(super) customer: Vec<usize>,
    /// The cutoff of each row, numbered from the earliest.
    pub(super) cutoff: Vec<usize>,
    pub(super) cutoffs: usize,
    /// The same customer's row at an earlier cutoff.
    previous: Vec<usize>,
    /// Customers by row, of the negatives and of the positives.
    pub(super) factor: [f64; 2],
    /// Whether the outcome ends eligibility for good, as a first purchase does.
    pub(super) ends_eligibility: bool,
}

impl Rows {
    pub(super) fn new(input: &ScreenInput<'_>) -> Self {
        let n = input.x.rows();
        let positive: Vec<bool> = input.y.iter().map(|&y| y == 1.0).collect();
        let mut cutoff = vec![0; n];
        for (number, pair) in starts(input.starts, n).windows(2).enumerate() {
            cutoff[pair[0]..pair[1]].fill(number);
        }
        let cutoffs = cutoff.last().map_or(0, |last| last + 1);
        let mut numbers: HashMap<&str, usize> = HashMap::with_capacity(n);
        let mut last: Vec<usize> = Vec::new();
        let mut customer = Vec::with_capacity(n);
        let mut previous = Vec::with_capacity(n);
        let mut came_back = vec![false; n];
        let mut classes: Vec<[bool; 2]> = Vec::new();
        for (row, id) in input.customers.iter().enumerate() {
            let fresh = last.len();
            let who = *numbers.entry(id).or_insert(fresh);
            if who == fresh {
                last.push(NONE);
                classes.push([false; 2]);
            }
            customer.push(who);
            previous.push(last[who]);
            if let Some(before) = came_back.get_mut(last[who]) {
                *before = true;
            }
            last[who] = row;
            classes[who][usize::from(positive[row])] = true;
        }
        let factor = [0, 1].map(|class| {
            let rows = positive.iter().filter(|p| usize::from(**p) == class).count();
            let customers = classes.iter().filter(|seen| seen[class]).count();
            if rows > 0 { customers as f64 / rows as f64 } else { 1.0 }
        });
        let left: Vec<usize> = (0..n).filter(|&row| positive[row] && cutoff[row] + 1 < cutoffs).collect();
        let back = left.iter().filter(|&&row| came_back[row]).count();
        let ends_eligibility = left.len() >= ENOUGH_LEFT && back as f64 <= COME_BACK * left.len() as f64;
        Self { positive, customer, cutoff, cutoffs, previous, factor, ends_eligibility }
    }

    /// Pairs of rows of one customer at two cutoffs, earlier and later.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        self.previous
            .iter()
            .enumerate()
            .filter(|(_, before)| **before != NONE)
            .map(|(row, before)| (*before, row))
    }
}

/// The rows at which cutoffs begin, and the end.
pub(super) fn starts(starts: &[usize], rows: usize) -> Vec<usize> {
    let mut all: Vec<usize> = starts.iter().copied().filter(|start| *start < rows).collect();
    if all.first() != Some(&0) {
        all.insert(0, 0);
    }
    all.push(rows);
    all.dedup();
    all
}
