//! Regression trees as they are stored and applied.

use serde::{Deserialize, Serialize};

use super::matrix::Matrix;

/// Rows scored at once: their part of a column stays in the cache while a tree asks for it.
const ROWS_AT_ONCE: usize = 1_024;

/// Trees whose leaves add up to log-odds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Forest {
    /// Log-odds before the first tree.
    pub(super) base: f64,
    pub(super) trees: Vec<Tree>,
}

/// Nodes, the root first and children after their parent.
pub(super) type Tree = Vec<Node>;

/// A node of a tree; `cover` is the weight of the training rows that came by.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Node {
    Leaf { value: f64, cover: f64 },
    Split { feature: usize, below: f64, missing_left: bool, left: usize, right: usize, cover: f64 },
}

impl Node {
    pub(super) fn cover(&self) -> f64 {
        match *self {
            Self::Leaf { cover, .. } | Self::Split { cover, .. } => cover,
        }
    }
}

/// Tells whether a value goes to the left child.
pub(super) fn goes_left(value: f64, below: f64, missing_left: bool) -> bool {
    value < below || (missing_left && value.is_nan())
}

impl Forest {
    /// Adds up the leaves that each row of `x` falls into.
    pub(super) fn log_odds(&self, x: &Matrix) -> Vec<f64> {
        let mut scores = vec![self.base; x.rows()];
        for (part, scores) in scores.chunks_mut(ROWS_AT_ONCE).enumerate() {
            let first = part * ROWS_AT_ONCE;
            for tree in &self.trees {
                for (row, score) in scores.iter_mut().enumerate() {
                    *score += leaf(tree, x, first + row);
                }
            }
        }
        scores
    }

    /// Says what is wrong with the trees for a matrix of `width` columns, as those of a damaged file
    /// may be; `None` if they can be walked without fault.
    pub(super) fn fault(&self, width: usize) -> Option<String> {
        self.trees.iter().enumerate().find_map(|(t, tree)| {
            let bad = tree.iter().enumerate().position(|(i, node)| match *node {
                Node::Leaf { .. } => false,
                Node::Split { feature, left, right, .. } => {
                    feature >= width || left <= i || right <= i || left.max(right) >= tree.len()
                }
            });
            match bad {
                Some(node) => Some(format!("node {node} of tree {t} leads nowhere")),
                None => tree.is_empty().then(|| format!("tree {t} is empty")),
            }
        })
    }
}

fn leaf(tree: &[Node], x: &Matrix, row: usize) -> f64 {
    let mut at = 0;
    loop {
        match tree[at] {
            Node::Leaf { value, .. } => return value,
            Node::Split { feature, below, missing_left, left, right, .. } => {
                let value = x.data()[feature * x.rows() + row];
                at = if goes_left(value, below, missing_left) { left } else { right };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stump(missing_left: bool) -> Tree {
        vec![
            Node::Split { feature: 1, below: 2.0, missing_left, left: 1, right: 2, cover: 3.0 },
            Node::Leaf { value: -1.0, cover: 1.0 },
            Node::Leaf { value: 4.0, cover: 2.0 },
        ]
    }

    #[test]
    fn rows_fall_into_leaves() {
        let names = vec!["a".to_owned(), "b".to_owned()];
        let x = Matrix::new(3, names, vec![0.0, 0.0, 0.0, 1.9, 2.0, f64::NAN]).unwrap();
        let forest = Forest { base: 0.5, trees: vec![stump(true), stump(false)] };
        assert_eq!(forest.log_odds(&x), [-1.5, 8.5, 3.5]);
        assert_eq!(forest.fault(2), None);
    }

    #[test]
    fn a_damaged_forest_is_noticed() {
        let forest = Forest { base: 0.0, trees: vec![stump(true), vec![]] };
        assert_eq!(forest.fault(2).unwrap(), "tree 1 is empty");
        assert_eq!(forest.fault(1).unwrap(), "node 0 of tree 0 leads nowhere");
        let mut loops = stump(true);
        loops[0] = Node::Split { feature: 0, below: 0.0, missing_left: true, left: 0, right: 2, cover: 1.0 };
        assert!(Forest { base: 0.0, trees: vec![loops] }.fault(2).is_some());
    }
}
