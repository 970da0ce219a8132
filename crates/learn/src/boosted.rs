//! Gradient-boosted trees.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use foretell_spec::ModelKind;
use forust_ml::gradientbooster::GrowPolicy;
use forust_ml::metric::Metric;
use forust_ml::objective::ObjectiveType;
use forust_ml::sampler::SampleMethod;
use forust_ml::{GradientBooster, Matrix as BoosterMatrix};
use serde::{Deserialize, Serialize};

use super::error::LearnError;
use super::labels::check_labels;
use super::matrix::Matrix;
use super::model::{Contributions, Model, TrainInput, stored_json};
use super::shapley::Explainer;
use super::trees::{Forest, Node, Tree};

// Tables of customers are small and noisy: many shallow trees beat fewer deep ones there. Against 16
// leaves of depth 5 this took 0.003 to 0.005 less log loss on simulated shops of 12,000 x 300 and
// 0.002 less on the Online Shoppers data, and a row is explained in half the time.

/// Step from tree to tree.
pub(super) const LEARNING_RATE: f32 = 0.04;

/// Trees at most; stopping on validation usually ends it sooner.
pub(super) const TREES: usize = 800;

/// Trees without a better log loss on validation after which growing stops.
pub(super) const PATIENCE: usize = 40;

/// Splits from root to leaf at most.
pub(super) const DEPTH: usize = 4;

/// Leaves of a tree at most.
pub(super) const LEAVES: usize = 8;

/// Least sum of p (1 - p) in a leaf: 20 rows at even odds, 70 at a rate of 8 %.
pub(super) const LEAF_WEIGHT: f32 = 5.0;

/// Share of the rows that a tree sees.
pub(super) const ROWS: f32 = 0.7;

/// Share of the features that a tree sees.
const FEATURES: f64 = 0.5;

/// Features that a tree sees at least, where there are so many.
const FEWEST_FEATURES: f64 = 10.0;

/// Values a feature is told apart by.
const BINS: u16 = 128;

/// Boosted trees grown by `forust`, kept and explained here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Boosted {
    columns: Vec<String>,
    forest: Forest,
    /// Worked out when first asked for.
    #[serde(skip)]
    explainer: OnceLock<Result<Explainer, String>>,
}

impl Boosted {
    /// Grows trees until validation gets no better, and keeps those up to its best.
    pub(super) fn train(input: &TrainInput<'_>) -> Result<Self, LearnError> {
        guarded(input, grow)
    }

    /// Returns the model if its trees can be walked, as those of a stored one may not.
    pub(super) fn checked(self) -> Result<Self, LearnError> {
        match self.forest.fault(self.columns.len()) {
            Some(reason) => Err(LearnError::Damaged { reason }),
            None => Ok(self),
        }
    }
}

/// Inputs are checked before this, yet forust asserts and unwraps inside: a panic there must fail this model,
/// not the whole run. Nothing outside sees the booster it leaves half grown.
fn guarded(
    input: &TrainInput<'_>,
    grow: impl FnOnce(&TrainInput<'_>) -> Result<Forest, String>,
) -> Result<Boosted, LearnError> {
    let forest = catch_unwind(AssertUnwindSafe(|| grow(input)))
        .unwrap_or_else(|_| Err("the booster panicked".to_owned()))
        .map_err(|reason| LearnError::Fit { model: "boosted", reason })?;
    Ok(Boosted { columns: input.x.columns().to_vec(), forest, explainer: OnceLock::new() })
}

/// Grows exactly so many trees, whatever validation says.
fn grow_so_many(input: &TrainInput<'_>, trees: usize) -> Result<Forest, String> {
    let mut booster = booster(input.x.width(), input.seed, input.threads)
        .set_iterations(trees.max(1))
        .set_early_stopping_rounds(None);
    booster.fit_unweighted(&view(input.x), input.y, None).map_err(|e| e.to_string())?;
    Ok(Forest { base: booster.base_score, trees: booster.trees.iter().map(tree).collect() })
}

fn grow(input: &TrainInput<'_>) -> Result<Forest, String> {
    let (x, y) = input.validation;
    let mut booster = booster(input.x.width(), input.seed, input.threads);
    let weights = vec![1.0; y.len()];
    booster
        .fit_unweighted(&view(input.x), input.y, Some(vec![(view(x), y, weights.as_slice())]))
        .map_err(|e| e.to_string())?;
    let best = booster.prediction_iteration.unwrap_or(booster.trees.len());
    let trees = booster.trees.iter().take(best).map(tree).collect();
    Ok(Forest { base: booster.base_score, trees })
}

/// Lends a matrix to the booster; both lie column by column.
fn view(x: &Matrix) -> BoosterMatrix<'_, f64> {
    BoosterMatrix::new(x.data(), x.rows(), x.width())
}

fn booster(width: usize, seed: u64, threads: Option<usize>) -> GradientBooster {
    let mut booster = GradientBooster::default()
        .set_objective_type(ObjectiveType::LogLoss)
        .set_initialize_base_score(true)
        .set_iterations(TREES)
        .set_early_stopping_rounds(Some(PATIENCE))
        .set_evaluation_metric(Some(Metric::LogLoss))
        .set_learning_rate(LEARNING_RATE)
        .set_max_depth(DEPTH)
        .set_max_leaves(LEAVES)
        .set_min_leaf_weight(LEAF_WEIGHT)
        .set_sample_method(SampleMethod::Random)
        .set_subsample(ROWS)
        .set_colsample_bytree(share_of_features(width))
        .set_nbins(BINS)
        .set_seed(seed);
    booster.grow_policy = GrowPolicy::LossGuide;
    booster.parallel = threads != Some(1);
    booster.num_threads = threads;
    booster
}

/// Shares out the features so that a tree never goes without, which the booster would accept.
pub(super) fn share_of_features(width: usize) -> f64 {
    FEATURES.max(FEWEST_FEATURES / width as f64).min(1.0)
}

fn tree(grown: &forust_ml::tree::Tree) -> Tree {
    let mut tree = Tree::with_capacity(grown.nodes.len());
    for node in &grown.nodes {
        let cover = f64::from(node.hessian_sum);
        tree.push(if node.is_leaf {
            Node::Leaf { value: f64::from(node.weight_value), cover }
        } else {
            Node::Split {
                feature: node.split_feature,
                below: node.split_value,
                missing_left: node.missing_node == node.left_child,
                left: node.left_child,
                right: node.right_child,
                cover,
            }
        });
    }
    tree
}

impl Model for Boosted {
    fn kind(&self) -> ModelKind {
        ModelKind::Boosted
    }

    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn refit(&self, input: &TrainInput<'_>) -> Result<Box<dyn Model>, LearnError> {
        check_labels(input.y, input.x.rows(), "training")?;
        Ok(Box::new(guarded(input, |input| grow_so_many(input, self.forest.trees.len()))?))
    }

    fn log_odds(&self, x: &Matrix) -> Result<Vec<f64>, LearnError> {
        x.expect_columns(&self.columns)?;
        Ok(self.forest.log_odds(x))
    }

    fn contributions(&self, x: &Matrix) -> Result<Contributions, LearnError> {
        x.expect_columns(&self.columns)?;
        match self.explainer.get_or_init(|| Explainer::new(&self.forest)) {
            Ok(explainer) => Ok(Contributions {
                width: x.width(),
                values: explainer.contributions(&self.forest, x),
                base: explainer.base(),
            }),
            Err(reason) => Err(LearnError::Damaged { reason: reason.clone() }),
        }
    }

    fn to_json(&self) -> Result<String, LearnError> {
        stored_json("boosted", self)
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn describe(&self) -> String {
        format!("{} trees of up to {LEAVES} leaves, depth {DEPTH}", self.forest.trees.len())
    }
}

#[cfg(test)]
mod tests {
    use forust_ml::gradientbooster::ContributionsMethod;

    use super::super::evaluation::Evaluation;
    use super::super::metrics::sigmoid;
    use super::super::model::{from_json, train};
    use super::super::simulated::shop;
    use super::*;

    fn auc(y: &[f64], s: &[f64]) -> f64 {
        let p: Vec<f64> = s.iter().map(|&s| sigmoid(s)).collect();
        Evaluation::new(y, &p).unwrap().roc_auc().unwrap()
    }

    #[test]
    fn ranks_nearly_as_well_as_the_truth() {
        for rate in [0.08, 0.6] {
            let s = shop(6_000, 30, rate);
            let m = train(ModelKind::Boosted, &s.input()).unwrap();
            let (ours, truth) = (auc(&s.test.1, &m.log_odds(&s.test.0).unwrap()), auc(&s.test.1, &s.truth));
            assert!(ours > truth - 0.03, "at {rate}: {ours} against {truth}");
        }
    }

    #[test]
    fn the_number_of_threads_changes_no_byte() {
        let s = shop(3_000, 25, 0.3);
        let bytes = |threads| {
            let input = TrainInput { threads, ..s.input() };
            train(ModelKind::Boosted, &input).unwrap().to_json().unwrap()
        };
        let one = bytes(Some(1));
        assert_eq!(one, bytes(Some(2)));
        assert_eq!(one, bytes(None));
        let back = from_json(&one).unwrap();
        assert_eq!(back.to_json().unwrap(), one);
        let m = train(ModelKind::Boosted, &s.input()).unwrap();
        assert_eq!(back.log_odds(&s.test.0).unwrap(), m.log_odds(&s.test.0).unwrap());
    }

    #[test]
    fn our_trees_say_what_the_booster_says() {
        let s = shop(1_500, 12, 0.4);
        let input = s.input();
        let m = Boosted::train(&input).unwrap();
        let mut theirs = booster(12, input.seed, Some(1));
        let (x, y) = input.validation;
        let ones = vec![1.0; y.len()];
        theirs.fit_unweighted(&view(input.x), input.y, Some(vec![(view(x), y, ones.as_slice())])).unwrap();
        let test = &s.test.0;
        for (a, b) in m.log_odds(test).unwrap().iter().zip(theirs.predict(&view(test), false)) {
            assert!((a - b).abs() < 1e-9, "{a} {b}");
        }
        let few = test.take_rows(&(0..50).collect::<Vec<_>>()).unwrap();
        let shapley = theirs.predict_contributions(&view(&few), ContributionsMethod::Shapley, false);
        let ours = m.contributions(&few).unwrap();
        for (row, theirs) in shapley.chunks(13).enumerate() {
            // The booster's own are in single precision.
            for (a, b) in ours.row(row).iter().zip(theirs) {
                assert!((a - b).abs() < 1e-3, "{a} {b}");
            }
        }
    }

    #[test]
    fn contributions_add_up() {
        let s = shop(2_000, 15, 0.2);
        let m = train(ModelKind::Boosted, &s.input()).unwrap();
        let (c, scores) = (m.contributions(&s.test.0).unwrap(), m.log_odds(&s.test.0).unwrap());
        for (row, score) in scores.iter().enumerate() {
            assert!((c.base + c.row(row).iter().sum::<f64>() - score).abs() < 1e-9);
        }
    }

    #[test]
    fn odd_columns_do_no_harm() {
        let s = shop(400, 3, 0.5);
        let n = s.train.0.rows();
        let odd = |x: &Matrix| {
            let names = ["a", "b", "c", "constant", "empty"].map(str::to_owned).to_vec();
            Matrix::new(n, names, [x.data(), &vec![1.0; n], &vec![f64::NAN; n]].concat()).unwrap()
        };
        let (x, v) = (odd(&s.train.0), odd(&s.validation.0));
        let input = TrainInput { x: &x, validation: (&v, &s.validation.1), ..s.input() };
        let m = train(ModelKind::Boosted, &input).unwrap();
        assert!(m.log_odds(&v).unwrap().iter().all(|s| s.is_finite()));
        let constant = Matrix::new(n, vec!["a".to_owned()], vec![2.0; n]).unwrap();
        let input = TrainInput { x: &constant, validation: (&constant, &s.validation.1), ..s.input() };
        let m = train(ModelKind::Boosted, &input).unwrap();
        let base = s.train.1.iter().sum::<f64>() / n as f64;
        assert!((sigmoid(m.log_odds(&constant).unwrap()[0]) - base).abs() < 0.05);
    }

    #[test]
    fn a_damaged_model_is_refused() {
        let s = shop(600, 5, 0.5);
        let json = train(ModelKind::Boosted, &s.input()).unwrap().to_json().unwrap();
        let damaged = json.replacen("\"left\":1,", "\"left\":0,", 1);
        assert_ne!(damaged, json);
        assert_eq!(
            from_json(&damaged).unwrap_err().to_string(),
            "the stored model is damaged: node 0 of tree 0 leads nowhere"
        );
    }
}
