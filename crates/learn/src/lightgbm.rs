//! Gradient-boosted trees by LightGBM, with the cargo feature `lightgbm`.

use foretell_spec::ModelKind;
use lightgbm3::{Booster, Dataset};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::boosted::{DEPTH, LEAF_WEIGHT, LEARNING_RATE, LEAVES, PATIENCE, ROWS, TREES, share_of_features};
use super::error::LearnError;
use super::labels::check_labels;
use super::matrix::Matrix;
use super::model::{Contributions, Model, TrainInput, stored_json};

/// Values a feature is told apart by.
const BINS: u16 = 127;

/// The file beside the stored model that LightGBM reads, in Python as here.
const FILE: &str = "model.txt";

/// Boosted trees in LightGBM's own text form.
///
/// The text is the model: what is scored here is what any LightGBM scores that loads the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LightGbm {
    columns: Vec<String>,
    text: String,
}

impl LightGbm {
    /// Grows trees until validation gets no better, and keeps those up to its best.
    ///
    /// The caller has checked labels and columns, which LightGBM would take as they come.
    pub(super) fn train(input: &TrainInput<'_>) -> Result<Self, LearnError> {
        Self::grow(input, None)
    }

    /// Grows exactly `trees` trees, or until validation gets no better.
    fn grow(input: &TrainInput<'_>, trees: Option<usize>) -> Result<Self, LearnError> {
        let width = width(input.x)?;
        let mut train = Dataset::from_slice(input.x.data(), &labels(input.y), width, false).map_err(fault)?;
        train.set_feature_names(input.x.columns()).map_err(fault)?;
        let (x, y) = input.validation;
        let reference =
            || Dataset::from_slice_with_reference(x.data(), &labels(y), width, false, Some(&train));
        let validation = if trees.is_none() { Some(reference().map_err(fault)?) } else { None };
        let parameters = json!({
            "objective": "binary",
            "metric": "binary_logloss",
            "num_iterations": trees.unwrap_or(TREES).max(1),
            "early_stopping_rounds": PATIENCE,
            "learning_rate": LEARNING_RATE,
            "num_leaves": LEAVES,
            "max_depth": DEPTH,
            "min_sum_hessian_in_leaf": LEAF_WEIGHT,
            "min_data_in_leaf": 1,
            "bagging_fraction": ROWS,
            "bagging_freq": 1,
            "feature_fraction": share_of_features(input.x.width()),
            "feature_pre_filter": false,
            "max_bin": BINS,
            "seed": input.seed % (1 << 31),
            "deterministic": true,
            "force_col_wise": true,
            "num_threads": input.threads.unwrap_or(0),
            "verbosity": -1,
        });
        let booster = Booster::train_with_valid(train, validation, &parameters).map_err(fault)?;
        let text = booster.save_string().map_err(fault)?;
        Ok(Self { columns: input.x.columns().to_vec(), text: without_threads(&text) })
    }

    /// Returns the model if LightGBM can read it and it has the columns that it names.
    pub(super) fn checked(self) -> Result<Self, LearnError> {
        let read = Booster::from_string(&self.text);
        let booster = read.map_err(|e| LearnError::Damaged { reason: e.to_string() })?;
        match usize::try_from(booster.num_features()) {
            Ok(found) if found == self.columns.len() => Ok(self),
            _ => Err(LearnError::Damaged { reason: "trees and columns do not fit together".to_owned() }),
        }
    }

    fn trees(&self) -> usize {
        self.text.lines().filter(|line| line.starts_with("Tree=")).count()
    }

    fn booster(&self) -> Result<Booster, LearnError> {
        Booster::from_string(&self.text).map_err(fault)
    }
}

fn fault(error: lightgbm3::Error) -> LearnError {
    LearnError::Fit { model: "lightgbm", reason: error.to_string() }
}

fn width(x: &Matrix) -> Result<i32, LearnError> {
    let too_wide = |_| LearnError::Fit { model: "lightgbm", reason: format!("{} features", x.width()) };
    i32::try_from(x.width()).map_err(too_wide)
}

fn labels(y: &[f64]) -> Vec<f32> {
    y.iter().map(|&y| if y == 1.0 { 1.0 } else { 0.0 }).collect()
}

/// The number of threads changes no tree, so it must not change the file that holds them.
fn without_threads(text: &str) -> String {
    let line = |line: &str| {
        let named = line.starts_with("[num_threads: ");
        if named { "[num_threads: 0]\n".to_owned() } else { format!("{line}\n") }
    };
    text.lines().map(line).collect()
}

impl Model for LightGbm {
    fn kind(&self) -> ModelKind {
        ModelKind::Lightgbm
    }

    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn log_odds(&self, x: &Matrix) -> Result<Vec<f64>, LearnError> {
        x.expect_columns(&self.columns)?;
        if x.rows() == 0 {
            return Ok(Vec::new());
        }
        self.booster()?.raw_scores(x.data(), width(x)?, false).map_err(fault)
    }

    /// Returns LightGBM's own Shapley values (`predict_contrib`).
    fn contributions(&self, x: &Matrix) -> Result<Contributions, LearnError> {
        x.expect_columns(&self.columns)?;
        let width = x.width();
        let mut values = Vec::with_capacity(x.rows() * width);
        let mut base = 0.0;
        if x.rows() > 0 {
            let all = self.booster()?.predict_contrib(x.data(), self::width(x)?, false).map_err(fault)?;
            // The last column is what is common to all rows.
            for row in all.chunks_exact(width + 1) {
                values.extend_from_slice(&row[..width]);
                base = row[width];
            }
        }
        Ok(Contributions { width, values, base })
    }

    fn refit(&self, input: &TrainInput<'_>) -> Result<Box<dyn Model>, LearnError> {
        check_labels(input.y, input.x.rows(), "training")?;
        Ok(Box::new(Self::grow(input, Some(self.trees()))?))
    }

    fn to_json(&self) -> Result<String, LearnError> {
        stored_json("lightgbm", self)
    }

    fn file(&self) -> Option<(&'static str, &str)> {
        Some((FILE, &self.text))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn describe(&self) -> String {
        format!("{} trees of up to {LEAVES} leaves, depth {DEPTH}, by LightGBM", self.trees())
    }
}

#[cfg(test)]
mod tests {
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
            let m = train(ModelKind::Lightgbm, &s.input()).unwrap();
            let (ours, truth) = (auc(&s.test.1, &m.log_odds(&s.test.0).unwrap()), auc(&s.test.1, &s.truth));
            assert!(ours > truth - 0.03, "at {rate}: {ours} against {truth}");
        }
    }

    #[test]
    fn the_number_of_threads_changes_no_byte_and_the_seed_does() {
        let s = shop(3_000, 25, 0.3);
        let bytes = |threads, seed| {
            let input = TrainInput { threads, seed, ..s.input() };
            train(ModelKind::Lightgbm, &input).unwrap().to_json().unwrap()
        };
        let one = bytes(Some(1), 7);
        assert_eq!(one, bytes(Some(2), 7));
        assert_eq!(one, bytes(None, 7));
        assert_ne!(one, bytes(Some(1), 8));
        let back = from_json(&one).unwrap();
        assert_eq!(back.to_json().unwrap(), one);
    }

    #[test]
    fn contributions_add_up() {
        let s = shop(2_000, 15, 0.2);
        let m = train(ModelKind::Lightgbm, &s.input()).unwrap();
        let (c, scores) = (m.contributions(&s.test.0).unwrap(), m.log_odds(&s.test.0).unwrap());
        for (row, score) in scores.iter().enumerate() {
            assert!((c.base + c.row(row).iter().sum::<f64>() - score).abs() < 1e-9);
        }
        let one = s.test.0.take_rows(&[3]).unwrap();
        assert_eq!(m.log_odds(&one).unwrap(), [scores[3]]);
        assert_eq!(m.contributions(&one).unwrap().row(0), c.row(3));
        let none = s.test.0.take_rows(&[]).unwrap();
        assert!(m.log_odds(&none).unwrap().is_empty() && m.contributions(&none).unwrap().values.is_empty());
    }

    #[test]
    fn odd_columns_do_no_harm_and_nothing_to_learn_from_is_an_error() {
        let s = shop(400, 3, 0.5);
        let n = s.train.0.rows();
        let odd = |x: &Matrix| {
            let names = ["a", "b", "c", "constant", "empty"].map(str::to_owned).to_vec();
            Matrix::new(n, names, [x.data(), &vec![1.0; n], &vec![f64::NAN; n]].concat()).unwrap()
        };
        let (x, v) = (odd(&s.train.0), odd(&s.validation.0));
        let input = TrainInput { x: &x, validation: (&v, &s.validation.1), ..s.input() };
        let m = train(ModelKind::Lightgbm, &input).unwrap();
        assert!(m.log_odds(&v).unwrap().iter().all(|s| s.is_finite()));
        let one_class = vec![1.0; n];
        let input = TrainInput { x: &x, y: &one_class, validation: (&v, &s.validation.1), ..s.input() };
        assert!(matches!(train(ModelKind::Lightgbm, &input), Err(LearnError::OneClass { .. })));
        let strange = vec![2.0; n];
        let input = TrainInput { y: &strange, ..input };
        assert!(matches!(train(ModelKind::Lightgbm, &input), Err(LearnError::NotBinary { .. })));
        let constant = Matrix::new(n, vec!["a".to_owned()], vec![2.0; n]).unwrap();
        let input = TrainInput { x: &constant, validation: (&constant, &s.validation.1), ..s.input() };
        match train(ModelKind::Lightgbm, &input) {
            Ok(m) => assert!(m.log_odds(&constant).unwrap().iter().all(|s| s.is_finite())),
            Err(error) => assert!(matches!(error, LearnError::Fit { .. }), "{error}"),
        }
    }

    #[test]
    fn a_damaged_model_is_refused() {
        let s = shop(600, 5, 0.5);
        let json = train(ModelKind::Lightgbm, &s.input()).unwrap().to_json().unwrap();
        assert!(from_json(&json.replacen("\"f0\",", "", 1)).is_err());
    }
}
