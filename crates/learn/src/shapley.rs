//! Exact Shapley values of trees.
//!
//! The value of a set of features is what a tree says when the others are averaged away along its own
//! covers (path-dependent TreeSHAP: Lundberg et al., "From local explanations to global understanding
//! with explainable AI for trees", 2020). What a leaf contributes depends only on which features of
//! its path a row agrees with, so all cases are worked out once a leaf and looked up for each row
//! (as in Yang, "Fast TreeSHAP", 2021). In double precision, the values of a row add up to its score.

use super::matrix::Matrix;
use super::trees::{Forest, Node, Tree, goes_left};

/// Distinct features on the path to a leaf at most; a leaf takes 2^features x features numbers.
pub(super) const LONGEST_PATH: usize = 10;

/// Rows explained at once: the tables of a tree stay in the cache while they are looked up.
const ROWS_AT_ONCE: usize = 64;

/// A forest with its Shapley values worked out.
#[derive(Debug, Clone)]
pub(super) struct Explainer {
    trees: Vec<Vec<LeafTable>>,
    /// Mean score along the covers: what is common to all rows.
    base: f64,
}

/// What one leaf contributes to the features on its path.
#[derive(Debug, Clone)]
struct LeafTable {
    /// Steps to the leaf: node, side taken, place of its feature in `features`.
    path: Vec<Step>,
    /// Distinct features of the path.
    features: Vec<usize>,
    /// Contributions by the set of features agreed with, one a feature.
    effects: Vec<f64>,
}

#[derive(Debug, Clone, Copy)]
struct Step {
    node: usize,
    left: bool,
    slot: usize,
}

impl Explainer {
    /// Works out all leaves of `forest`.
    ///
    /// # Errors
    /// Says so if a path is longer than [`LONGEST_PATH`].
    pub(super) fn new(forest: &Forest) -> Result<Self, String> {
        let mut base = forest.base;
        let mut trees = Vec::with_capacity(forest.trees.len());
        for tree in &forest.trees {
            let mut leaves = Vec::new();
            let mut grower = Grower { tree, leaves: &mut leaves, base: &mut base };
            grower.walk(0, &mut Vec::new())?;
            trees.push(leaves);
        }
        Ok(Self { trees, base })
    }

    /// Returns what is common to all rows.
    pub(super) fn base(&self) -> f64 {
        self.base
    }

    /// Returns rows x features contributions, row by row, of the `forest` this was made of.
    pub(super) fn contributions(&self, forest: &Forest, x: &Matrix) -> Vec<f64> {
        let (rows, width) = (x.rows(), x.width());
        let mut values = vec![0.0; rows * width];
        let mut went_left = Vec::new();
        for (part, out) in values.chunks_mut((width * ROWS_AT_ONCE).max(1)).enumerate() {
            for (tree, leaves) in forest.trees.iter().zip(&self.trees) {
                for (row, out) in out.chunks_exact_mut(width).enumerate() {
                    let row = part * ROWS_AT_ONCE + row;
                    went_left.clear();
                    went_left.extend(tree.iter().map(|node| match *node {
                        Node::Leaf { .. } => false,
                        Node::Split { feature, below, missing_left, .. } => {
                            goes_left(x.data()[feature * rows + row], below, missing_left)
                        }
                    }));
                    for leaf in leaves {
                        leaf.add(&went_left, out);
                    }
                }
            }
        }
        values
    }
}

impl LeafTable {
    fn add(&self, went_left: &[bool], out: &mut [f64]) {
        let d = self.features.len();
        let mut agreed = (1_usize << d) - 1;
        for step in &self.path {
            if went_left[step.node] != step.left {
                agreed &= !(1 << step.slot);
            }
        }
        for (feature, effect) in self.features.iter().zip(&self.effects[agreed * d..]) {
            out[*feature] += effect;
        }
    }

    /// Works out a leaf of `value`, whose path lets the share `shares[j]` of rows pass where feature j
    /// is averaged away.
    fn new(path: Vec<Step>, features: Vec<usize>, shares: &[f64], value: f64) -> Self {
        let d = features.len();
        let mut effects = Vec::with_capacity(d << d);
        for agreed in 0..1_usize << d {
            effects.extend((0..d).map(|i| {
                let own = if agreed >> i & 1 == 1 { 1.0 } else { 0.0 };
                value * (own - shares[i]) * weight_of_others(agreed, i, shares)
            }));
        }
        Self { path, features, effects }
    }
}

/// Sums over all sets S of features other than `i` the Shapley weight |S|! (d - |S| - 1)! / d! times
/// the chance that a row passes with S known and the rest averaged away.
fn weight_of_others(agreed: usize, i: usize, shares: &[f64]) -> f64 {
    let d = shares.len();
    // Coefficient k of the product of (share + agreed t): the sum over sets of k features.
    let mut by_size = [0.0; LONGEST_PATH + 1];
    by_size[0] = 1.0;
    let mut degree = 0;
    for (j, share) in shares.iter().enumerate().filter(|(j, _)| *j != i) {
        let known = if agreed >> j & 1 == 1 { 1.0 } else { 0.0 };
        degree += 1;
        for k in (0..=degree).rev() {
            let below = if k > 0 { by_size[k - 1] } else { 0.0 };
            by_size[k] = by_size[k] * share + below * known;
        }
    }
    let mut weight = 1.0 / d as f64;
    let mut total = 0.0;
    for (k, sets) in by_size.iter().enumerate().take(d) {
        total += weight * sets;
        // From k! (d - k - 1)! / d! to the next.
        weight *= (k + 1) as f64 / (d.saturating_sub(k + 1)).max(1) as f64;
    }
    total
}

/// Walks a tree and works out its leaves.
struct Grower<'a> {
    tree: &'a Tree,
    leaves: &'a mut Vec<LeafTable>,
    base: &'a mut f64,
}

impl Grower<'_> {
    fn walk(&mut self, at: usize, path: &mut Vec<(usize, bool)>) -> Result<(), String> {
        match self.tree[at] {
            Node::Leaf { value, .. } => self.leaf(path, value),
            Node::Split { left, right, .. } => {
                for (child, is_left) in [(left, true), (right, false)] {
                    path.push((at, is_left));
                    self.walk(child, path)?;
                    path.pop();
                }
                Ok(())
            }
        }
    }

    fn leaf(&mut self, path: &[(usize, bool)], value: f64) -> Result<(), String> {
        let (mut features, mut shares, mut steps) = (Vec::new(), Vec::new(), Vec::new());
        for &(node, is_left) in path {
            let Node::Split { feature, left, right, .. } = self.tree[node] else { continue };
            let slot = features.iter().position(|f| *f == feature).unwrap_or_else(|| {
                features.push(feature);
                shares.push(1.0);
                features.len() - 1
            });
            let (l, r) = (self.tree[left].cover(), self.tree[right].cover());
            // Of the children's sum rather than the parent's cover, so that shares add up exactly.
            let taken = if is_left { l } else { r };
            shares[slot] *= if l + r > 0.0 { taken / (l + r) } else { 0.5 };
            steps.push(Step { node, left: is_left, slot });
        }
        if features.len() > LONGEST_PATH {
            return Err(format!("a path of {} features is too long to explain", features.len()));
        }
        *self.base += value * shares.iter().product::<f64>();
        if !features.is_empty() {
            self.leaves.push(LeafTable::new(steps, features, &shares, value));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// A random tree of depth 4 over `width` features.
    fn grown(rng: &mut ChaCha8Rng, width: usize) -> Tree {
        let mut tree: Tree = vec![Node::Leaf { value: 0.0, cover: 100.0 }];
        let mut at = 0;
        while at < tree.len() {
            let cover = tree[at].cover();
            if cover > 8.0 && rng.random_bool(0.9) {
                let (left, right) = (tree.len(), tree.len() + 1);
                let share = rng.random_range(0.2..0.8);
                for part in [share, 1.0 - share] {
                    tree.push(Node::Leaf { value: rng.random_range(-2.0..2.0), cover: cover * part });
                }
                let feature = rng.random_range(0..width);
                let missing_left = rng.random_bool(0.5);
                tree[at] = Node::Split { feature, below: rng.random(), missing_left, left, right, cover };
            }
            at += 1;
        }
        tree
    }

    /// What the tree says when only the features in `known` are known.
    fn expected(tree: &Tree, at: usize, row: &[f64], known: usize) -> f64 {
        match tree[at] {
            Node::Leaf { value, .. } => value,
            Node::Split { feature, below, missing_left, left, right, .. } => {
                if known >> feature & 1 == 1 {
                    let next = if goes_left(row[feature], below, missing_left) { left } else { right };
                    return expected(tree, next, row, known);
                }
                let (l, r) = (tree[left].cover(), tree[right].cover());
                (expected(tree, left, row, known) * l + expected(tree, right, row, known) * r) / (l + r)
            }
        }
    }

    fn factorial(n: usize) -> f64 {
        (1..=n).map(|k| k as f64).product()
    }

    #[test]
    fn are_the_shapley_values_by_definition() {
        let (width, rows) = (4, 20);
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for _ in 0..20 {
            let tree = grown(&mut rng, width);
            let data: Vec<f64> = (0..width * rows)
                .map(|_| if rng.random_bool(0.1) { f64::NAN } else { rng.random() })
                .collect();
            let x = Matrix::new(rows, (0..width).map(|i| i.to_string()).collect(), data).unwrap();
            let forest = Forest { base: 0.25, trees: vec![tree.clone()] };
            let explainer = Explainer::new(&forest).unwrap();
            let ours = explainer.contributions(&forest, &x);
            assert!((explainer.base() - 0.25 - expected(&tree, 0, &[], 0)).abs() < 1e-12);
            for row in 0..rows {
                let values: Vec<f64> = (0..width).map(|i| x.column(i)[row]).collect();
                for i in 0..width {
                    let by_definition: f64 = (0..1_usize << width)
                        .filter(|s| s >> i & 1 == 0)
                        .map(|s| {
                            let k = s.count_ones() as usize;
                            let weight = factorial(k) * factorial(width - k - 1) / factorial(width);
                            weight
                                * (expected(&tree, 0, &values, s | 1 << i) - expected(&tree, 0, &values, s))
                        })
                        .sum();
                    assert!((ours[row * width + i] - by_definition).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn a_tree_of_one_leaf_moves_only_the_base() {
        let forest = Forest { base: 1.0, trees: vec![vec![Node::Leaf { value: 0.5, cover: 9.0 }]] };
        let explainer = Explainer::new(&forest).unwrap();
        assert_eq!(explainer.base(), 1.5);
        let x = Matrix::new(2, vec!["a".to_owned()], vec![1.0, 2.0]).unwrap();
        assert_eq!(explainer.contributions(&forest, &x), [0.0, 0.0]);
    }
}
