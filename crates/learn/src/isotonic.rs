//! Isotonic regression of a yes or no on one number.

use super::metrics::logit;

/// Rows that share one value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Atom {
    /// The value.
    pub(super) x: f64,
    /// How many rows have it.
    pub(super) n: usize,
    /// How many of them are positive.
    pub(super) positives: usize,
}

/// Neighbouring atoms pooled into one rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Block {
    /// Smallest value.
    pub(super) first: f64,
    /// Largest value.
    pub(super) last: f64,
    /// Mean value over the rows.
    pub(super) centre: f64,
    n: usize,
    positives: usize,
}

impl Block {
    /// Returns the log-odds of the block's rate after adding one row of the rate `prior`.
    ///
    /// The row keeps pure blocks off 0 and 1 and pulls a small block to the prior more than a large one.
    pub(super) fn log_odds(&self, prior: f64) -> f64 {
        shrunk_log_odds(self.positives, self.n, prior)
    }

    fn rate(&self) -> f64 {
        self.positives as f64 / self.n as f64
    }

    fn merge(self, right: Self) -> Self {
        let (n, m) = (self.n as f64, right.n as f64);
        Self {
            first: self.first,
            last: right.last,
            centre: (self.centre * n + right.centre * m) / (n + m),
            n: self.n + right.n,
            positives: self.positives + right.positives,
        }
    }
}

/// Returns the log-odds of `positives` in `n` after adding one row of the rate `prior`.
pub(super) fn shrunk_log_odds(positives: usize, n: usize, prior: f64) -> f64 {
    logit((positives as f64 + prior) / (n as f64 + 1.0))
}

/// Gathers equal values, smallest first; NaN is left out.
pub(super) fn atoms(values: &[f64], labels: &[f64]) -> Vec<Atom> {
    let mut rows: Vec<(f64, f64)> =
        values.iter().copied().zip(labels.iter().copied()).filter(|r| !r.0.is_nan()).collect();
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut atoms: Vec<Atom> = Vec::new();
    for (x, y) in rows {
        let positive = usize::from(y == 1.0);
        match atoms.last_mut() {
            Some(atom) if atom.x == x => {
                atom.n += 1;
                atom.positives += positive;
            }
            _ => atoms.push(Atom { x, n: 1, positives: positive }),
        }
    }
    atoms
}

/// Pools neighbours until the rates rise strictly, before and after shrinking to `prior`.
///
/// The first pass is the pool-adjacent-violators algorithm (Ayer et al., 1955); the second is needed
/// because shrinking moves small blocks further than large ones and may turn two of them round.
pub(super) fn pool(atoms: &[Atom], prior: f64) -> Vec<Block> {
    let single = |a: &Atom| Block { first: a.x, last: a.x, centre: a.x, n: a.n, positives: a.positives };
    let raw = pool_by(atoms.iter().map(single), Block::rate);
    pool_by(raw, |b| b.log_odds(prior))
}

fn pool_by(blocks: impl IntoIterator<Item = Block>, level: impl Fn(&Block) -> f64) -> Vec<Block> {
    let mut pooled: Vec<Block> = Vec::new();
    for mut block in blocks {
        while let Some(left) = pooled.pop_if(|left| level(left) >= level(&block)) {
            block = left.merge(block);
        }
        pooled.push(block);
    }
    pooled
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pools_violators() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, 5.0, f64::NAN];
        let labels = [0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0];
        let atoms = atoms(&values, &labels);
        assert_eq!(atoms.len(), 5);
        assert_eq!(atoms[4], Atom { x: 5.0, n: 2, positives: 2 });
        let blocks = pool(&atoms, 0.5);
        let rates: Vec<f64> = blocks.iter().map(Block::rate).collect();
        assert_eq!(rates, [0.0, 0.5, 1.0]);
        assert_eq!((blocks[1].first, blocks[1].centre, blocks[1].last), (2.0, 2.5, 3.0));
        assert!((blocks[2].centre - 14.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_in_nothing_out() {
        assert!(pool(&atoms(&[], &[]), 0.5).is_empty());
    }

    proptest! {
        #[test]
        fn levels_rise_and_rows_stay(rows in prop::collection::vec((0u8..30, 0u8..2), 1..200), prior in 0.01f64..0.99) {
            let values: Vec<f64> = rows.iter().map(|r| f64::from(r.0)).collect();
            let labels: Vec<f64> = rows.iter().map(|r| f64::from(r.1)).collect();
            let blocks = pool(&atoms(&values, &labels), prior);
            prop_assert!(blocks.windows(2).all(|w| w[0].log_odds(prior) < w[1].log_odds(prior)));
            prop_assert!(blocks.windows(2).all(|w| w[0].last < w[1].first));
            prop_assert_eq!(blocks.iter().map(|b| b.n).sum::<usize>(), rows.len());
            prop_assert!(blocks.iter().all(|b| b.first <= b.centre && b.centre <= b.last));
        }
    }
}
