//! One column of the recency family, as a rule is learned from it.

use serde::{Deserialize, Serialize};

use super::isotonic::{Atom, atoms, pool, shrunk_log_odds};
use super::labels::Classes;
use super::piecewise::Piecewise;

/// How far a block of the curve leans to its neighbours, as a share of the distance to them.
const LEAN: f64 = 0.1;

/// The best single split of one column.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Split {
    /// Days from which a customer counts as silent; `None` if only those never seen do.
    pub(super) from: Option<f64>,
    /// True if the silent are likelier than the others.
    pub(super) silent_likelier: bool,
}

/// One column of the training rows, smallest value first, those never seen apart.
pub(super) struct Silence {
    atoms: Vec<Atom>,
    never: Classes,
}

impl Silence {
    /// Gathers the training rows of a column.
    pub(super) fn of(values: &[f64], labels: &[f64]) -> Self {
        let mut never = Classes { positives: 0, negatives: 0 };
        for (_, &y) in values.iter().zip(labels).filter(|(v, _)| v.is_nan()) {
            never.positives += usize::from(y == 1.0);
            never.negatives += usize::from(y != 1.0);
        }
        Self { atoms: atoms(values, labels), never }
    }

    /// Finds the split with the lowest log loss, of equals the shortest silence; `None` where there is
    /// nothing to split.
    pub(super) fn best_split(&self) -> Option<(f64, Split)> {
        let seen = self.atoms.iter().fold((0, 0), |(n, p), a| (n + a.n, p + a.positives));
        let (n, positives) = (seen.0 + self.never.n(), seen.1 + self.never.positives);
        let mut below = (0, 0);
        let mut best: Option<(f64, Split)> = None;
        let next = self.atoms.iter().skip(1).map(|a| Some(a.x)).chain([None]);
        for (atom, from) in self.atoms.iter().zip(next) {
            below = (below.0 + atom.n, below.1 + atom.positives);
            let silent = (n - below.0, positives - below.1);
            if silent.0 == 0 {
                break;
            }
            let loss = entropy(below) + entropy(silent);
            if best.is_none_or(|b| loss < b.0) {
                // Rates compared in whole numbers: positives over rows, cross-multiplied.
                let silent_likelier =
                    silent.1 as u128 * below.0 as u128 >= below.1 as u128 * silent.0 as u128;
                best = Some((loss, Split { from, silent_likelier }));
            }
        }
        best
    }

    /// Fits the log-odds to the days, rising or falling.
    pub(super) fn curve(&self, prior: f64, rising: bool) -> Piecewise {
        if rising {
            return rising_curve(&self.atoms, prior);
        }
        let mirrored: Vec<Atom> = self.atoms.iter().rev().map(|a| Atom { x: -a.x, ..*a }).collect();
        rising_curve(&mirrored, prior).mirrored()
    }

    /// Returns the log-odds of those never seen, which lie no nearer than the longest silence.
    pub(super) fn missing(&self, prior: f64, rising: bool, curve: &Piecewise) -> f64 {
        let end = curve.knots().last().map_or(0.0, |k| k.1);
        if self.never.n() == 0 {
            return end;
        }
        let own = shrunk_log_odds(self.never.positives, self.never.n(), prior);
        if rising { own.max(end) } else { own.min(end) }
    }
}

/// Joins the isotonic blocks by a line that rises strictly from the first value to the last.
///
/// A block leans from a little below its level to a little above, so that each N within it has a score
/// of its own, and the line climbs to the next block between their values.
fn rising_curve(atoms: &[Atom], prior: f64) -> Piecewise {
    let blocks = pool(atoms, prior);
    let level: Vec<f64> = blocks.iter().map(|b| b.log_odds(prior)).collect();
    // The distance to the level before and after; the one there is, at the ends.
    let step = |i: usize| Some(level.get(i + 1)? - level.get(i)?);
    let mut knots = Vec::with_capacity(2 * blocks.len());
    for (i, block) in blocks.iter().enumerate() {
        if block.first == block.last {
            knots.push((block.first, level[i]));
            continue;
        }
        let before = i.checked_sub(1).and_then(step).or_else(|| step(i)).unwrap_or(0.0);
        let after = step(i).unwrap_or(before);
        knots.push((block.first, level[i] - LEAN * before));
        knots.push((block.last, level[i] + LEAN * after));
    }
    Piecewise::new(knots, 0.0)
}

/// Log loss, in nats, of telling each of `n` rows the share of positives among them.
fn entropy((n, positives): (usize, usize)) -> f64 {
    let part = |k: usize| if k == 0 { 0.0 } else { -(k as f64) * (k as f64 / n as f64).ln() };
    part(positives) + part(n - positives)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_split_parts_the_labels() {
        let nan = f64::NAN;
        let silence = Silence::of(&[5.0, 1.0, 9.0, 2.0, nan], &[1.0, 0.0, 1.0, 0.0, 1.0]);
        let (loss, split) = silence.best_split().unwrap();
        assert_eq!((loss, split), (0.0, Split { from: Some(5.0), silent_likelier: true }));
        let only_never = Silence::of(&[4.0, 4.0, nan], &[1.0, 1.0, 0.0]);
        assert_eq!(only_never.best_split().unwrap().1, Split { from: None, silent_likelier: false });
        assert_eq!(Silence::of(&[4.0, 4.0], &[1.0, 0.0]).best_split(), None);
        assert_eq!(Silence::of(&[nan, nan], &[1.0, 0.0]).best_split(), None);
    }

    #[test]
    fn a_curve_of_one_block_is_flat() {
        let silence = Silence::of(&[1.0, 2.0], &[1.0, 0.0]);
        let curve = silence.curve(0.5, true);
        assert_eq!(curve.value(1.0), curve.value(2.0));
        assert_eq!(silence.missing(0.5, true, &curve), curve.value(2.0));
    }
}
