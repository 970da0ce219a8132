//! Regularised logistic regression.

use std::cmp::Ordering;

use foretell_spec::ModelKind;
use linfa::Dataset;
use linfa::traits::Fit;
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2, ShapeBuilder};
use serde::{Deserialize, Serialize};

use super::error::LearnError;
use super::labels::check_labels;
use super::matrix::Matrix;
use super::metrics::{log_loss, logit};
use super::model::{Contributions, Model, TrainInput, stored_json};
use super::prepare::Input;

/// Strengths tried, strongest first: the weight of half the squared coefficients per training row.
///
/// Each fit starts where the stronger one ended.
const STRENGTHS: [f64; 7] = [1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001];

/// Steps of the solver at most, a fit.
const STEPS: u64 = 60;

/// Length of the gradient, per training row, at which the solver is content.
const TOLERANCE: f64 = 3e-4;

/// A linear model of the log-odds on standardised logarithms of the features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Logistic {
    columns: Vec<String>,
    inputs: Vec<Input>,
    /// One an input.
    coefficients: Vec<f64>,
    intercept: f64,
    /// The strength chosen on validation.
    strength: f64,
}

impl Logistic {
    /// Fits one model a strength and keeps the one with the lowest log loss on validation.
    pub(super) fn train(input: &TrainInput<'_>) -> Result<Self, LearnError> {
        let inputs = Input::learn(input.x);
        if inputs.is_empty() {
            return Err(LearnError::NoVariance);
        }
        let path = Path::new(&inputs, input);
        let (x, y) = input.validation;
        let mut best: Option<(f64, Self)> = None;
        let mut weights = path.start();
        let mut worse = 0;
        for strength in STRENGTHS {
            weights = match path.fit(strength, &weights) {
                Ok(weights) => weights,
                // A weaker model that cannot be fitted costs nothing if a stronger one could.
                Err(_) if best.is_some() => break,
                Err(fault) => return Err(fault),
            };
            let (coefficients, intercept) = weights.split_at(inputs.len());
            let model = Self {
                columns: input.x.columns().to_vec(),
                inputs: inputs.clone(),
                coefficients: coefficients.to_vec(),
                intercept: intercept.first().copied().unwrap_or_default(),
                strength,
            };
            let loss = log_loss(y, &model.log_odds(x)?);
            if best.as_ref().is_none_or(|b| loss < b.0) {
                best = Some((loss, model));
                worse = 0;
            } else {
                worse += 1;
            }
            // The loss falls and then rises along the path: past its bottom, weaker fits only cost time.
            if worse == 2 {
                break;
            }
        }
        best.map(|b| b.1).ok_or(LearnError::NoVariance)
    }

    /// Returns the model if its parts fit together, as those of a stored one may not.
    pub(super) fn checked(self) -> Result<Self, LearnError> {
        let fits = self.inputs.len() == self.coefficients.len()
            && self.inputs.iter().all(|i| i.feature < self.columns.len());
        let reason = || "inputs, coefficients and columns do not fit together".to_owned();
        if fits { Ok(self) } else { Err(LearnError::Damaged { reason: reason() }) }
    }

    /// Returns inputs with their coefficients.
    fn terms(&self) -> impl Iterator<Item = (&Input, f64)> {
        self.inputs.iter().zip(self.coefficients.iter().copied())
    }
}

/// The training rows in the solver's form.
struct Path {
    data: Dataset<f64, bool, ndarray::Ix1>,
    /// Share of positives.
    rate: f64,
}

impl Path {
    fn new(inputs: &[Input], input: &TrainInput<'_>) -> Self {
        let rows = input.x.rows();
        let values: Vec<f64> = inputs.iter().flat_map(|i| i.column(input.x)).collect();
        // Column-major: the gradient then reads memory in order, which is what takes the time.
        let x = Array2::from_shape_vec((rows, inputs.len()).f(), values).unwrap_or_default();
        let y: Array1<bool> = input.y.iter().map(|&y| y == 1.0).collect();
        Self { data: Dataset::new(x, y), rate: input.y.iter().sum::<f64>() / rows as f64 }
    }

    /// Returns weights that say the base rate of everybody: coefficients, then the intercept.
    fn start(&self) -> Vec<f64> {
        let mut weights = vec![0.0; self.data.records.ncols()];
        weights.push(logit(self.rate));
        weights
    }

    /// Returns the weights for `strength`, starting at those of another one.
    fn fit(&self, strength: f64, start: &[f64]) -> Result<Vec<f64>, LearnError> {
        let rows = self.data.records.nrows() as f64;
        // The solver takes the larger class for the positive one, whichever it is.
        let sign = self.positive_sign();
        let fitted = LogisticRegression::default()
            .alpha(strength * rows)
            .max_iterations(STEPS)
            .gradient_tolerance(TOLERANCE * rows)
            .initial_params(start.iter().map(|w| w * sign).collect())
            .fit(&self.data)
            .map_err(|e| LearnError::Fit { model: "logistic", reason: e.to_string() })?;
        let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
        let weights: Vec<f64> =
            fitted.params().iter().chain([&fitted.intercept()]).map(|w| w * sign).collect();
        if weights.iter().all(|w| w.is_finite()) {
            Ok(weights)
        } else {
            Err(LearnError::Fit { model: "logistic", reason: "a coefficient is not finite".to_owned() })
        }
    }

    fn positive_sign(&self) -> f64 {
        match self.rate.partial_cmp(&0.5) {
            Some(Ordering::Greater) => 1.0,
            Some(Ordering::Less) => -1.0,
            // Of two classes of one size it takes the one it meets first.
            _ => self.data.targets.first().map_or(1.0, |&first| if first { 1.0 } else { -1.0 }),
        }
    }
}

impl Model for Logistic {
    fn kind(&self) -> ModelKind {
        ModelKind::Logistic
    }

    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn refit(&self, input: &TrainInput<'_>) -> Result<Box<dyn Model>, LearnError> {
        check_labels(input.y, input.x.rows(), "training")?;
        let inputs = Input::learn(input.x);
        if inputs.is_empty() {
            return Err(LearnError::NoVariance);
        }
        let path = Path::new(&inputs, input);
        let weights = path.fit(self.strength, &path.start())?;
        let (coefficients, intercept) = weights.split_at(inputs.len());
        Ok(Box::new(Self {
            columns: input.x.columns().to_vec(),
            coefficients: coefficients.to_vec(),
            intercept: intercept.first().copied().unwrap_or_default(),
            strength: self.strength,
            inputs,
        }))
    }

    fn log_odds(&self, x: &Matrix) -> Result<Vec<f64>, LearnError> {
        x.expect_columns(&self.columns)?;
        let mut scores = vec![self.intercept; x.rows()];
        for (input, coefficient) in self.terms() {
            for (score, z) in scores.iter_mut().zip(input.column(x)) {
                *score += coefficient * z;
            }
        }
        Ok(scores)
    }

    fn contributions(&self, x: &Matrix) -> Result<Contributions, LearnError> {
        x.expect_columns(&self.columns)?;
        let width = x.width();
        let mut values = vec![0.0; x.rows() * width];
        for (input, coefficient) in self.terms() {
            // Inputs have mean 0, so the intercept is what is common to all.
            for (row, z) in input.column(x).enumerate() {
                values[row * width + input.feature] += coefficient * z;
            }
        }
        Ok(Contributions { width, values, base: self.intercept })
    }

    fn to_json(&self) -> Result<String, LearnError> {
        stored_json("logistic", self)
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn describe(&self) -> String {
        format!(
            "{} inputs of {} features, L2 strength {}",
            self.inputs.len(),
            self.columns.len(),
            self.strength
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::evaluation::Evaluation;
    use super::super::metrics::sigmoid;
    use super::super::model::{from_json, train};
    use super::super::simulated::{Shop, shop};
    use super::*;

    fn fit(shop: &Shop) -> Box<dyn Model> {
        train(ModelKind::Logistic, &shop.input()).unwrap()
    }

    fn auc(y: &[f64], s: &[f64]) -> f64 {
        let p: Vec<f64> = s.iter().map(|&s| sigmoid(s)).collect();
        Evaluation::new(y, &p).unwrap().roc_auc().unwrap()
    }

    #[test]
    fn ranks_nearly_as_well_as_the_truth_at_any_base_rate() {
        for rate in [0.08, 0.5, 0.8] {
            let s = shop(6_000, 30, rate);
            let m = fit(&s);
            let (ours, truth) = (auc(&s.test.1, &m.log_odds(&s.test.0).unwrap()), auc(&s.test.1, &s.truth));
            assert!(ours > truth - 0.04, "at {rate}: {ours} against {truth}");
        }
    }

    #[test]
    fn contributions_add_up() {
        let s = shop(1_000, 12, 0.3);
        let m = fit(&s);
        let (c, scores) = (m.contributions(&s.test.0).unwrap(), m.log_odds(&s.test.0).unwrap());
        for (row, score) in scores.iter().enumerate() {
            assert!((c.base + c.row(row).iter().sum::<f64>() - score).abs() < 1e-9);
        }
    }

    #[test]
    fn the_same_data_give_the_same_bytes() {
        let s = shop(800, 8, 0.3);
        let (a, b) = (fit(&s).to_json().unwrap(), fit(&s).to_json().unwrap());
        assert_eq!(a, b);
        let back = from_json(&a).unwrap();
        assert_eq!(back.to_json().unwrap(), a);
        assert_eq!(back.log_odds(&s.test.0).unwrap(), fit(&s).log_odds(&s.test.0).unwrap());
    }

    #[test]
    fn the_intercept_alone_says_the_base_rate() {
        let s = shop(4_000, 5, 0.08);
        let m = fit(&s);
        let mean = m.log_odds(&s.train.0).unwrap().iter().map(|&s| sigmoid(s)).sum::<f64>() / 4_000.0;
        let base = s.train.1.iter().sum::<f64>() / 4_000.0;
        assert!((mean - base).abs() < 0.005, "{mean} {base}");
    }

    #[test]
    fn a_damaged_model_is_refused() {
        let json = fit(&shop(300, 4, 0.4)).to_json().unwrap();
        assert!(from_json(&json.replace("\"coefficients\":[", "\"coefficients\":[1.0,")).is_err());
        assert!(from_json("{}").is_err());
        assert!(from_json("{\"logistic\":{}}").is_err());
    }

    #[test]
    fn nothing_varies_nothing_is_learned() {
        let x = Matrix::new(2, vec!["a".to_owned()], vec![1.0, 1.0]).unwrap();
        let y = [0.0, 1.0];
        let input = TrainInput { x: &x, y: &y, recency: &[], validation: (&x, &y), seed: 1, threads: None };
        assert_eq!(train(ModelKind::Logistic, &input).unwrap_err(), LearnError::NoVariance);
    }
}
