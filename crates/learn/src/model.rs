//! What all models have in common.

use std::any::Any;
use std::fmt::Debug;

use foretell_spec::ModelKind;
use serde::{Deserialize, Serialize};

use super::blend::Blend;
use super::boosted::Boosted;
use super::calibrate::Calibrator;
use super::error::LearnError;
use super::labels::{check_labels, count_labels};
#[cfg(feature = "lightgbm")]
use super::lightgbm::LightGbm;
use super::logistic::Logistic;
use super::matrix::Matrix;
use super::recency_rule::RecencyRule;

/// A trained model: rows in, log-odds out.
pub trait Model: Debug + Send + Sync {
    /// Returns which of the models on offer it is.
    fn kind(&self) -> ModelKind;

    /// Returns the names of the features it was trained on, in order.
    fn columns(&self) -> &[String];

    /// Returns the log-odds of each row of `x`, before calibration.
    ///
    /// # Errors
    /// [`LearnError::Columns`] unless the columns are those of training.
    fn log_odds(&self, x: &Matrix) -> Result<Vec<f64>, LearnError>;

    /// Returns how each feature moves the log-odds of each row of `x`.
    ///
    /// The answer holds rows x features numbers: ask for large sets in parts.
    ///
    /// # Errors
    /// [`LearnError::Columns`] unless the columns are those of training.
    fn contributions(&self, x: &Matrix) -> Result<Contributions, LearnError>;

    /// Trains the same kind of model on other rows, with the strength or size that was chosen for this one: what
    /// the recipe would have learned from them, without choosing again.
    ///
    /// # Errors
    /// As [`train`].
    fn refit(&self, input: &TrainInput<'_>) -> Result<Box<dyn Model>, LearnError> {
        train(self.kind(), input)
    }

    /// Returns the model as JSON, the same bytes for the same model; [`from_json`] reads it.
    ///
    /// # Errors
    /// [`LearnError::Damaged`] if a number in it cannot be written.
    fn to_json(&self) -> Result<String, LearnError>;

    /// Returns the model as what it is, for a blend to find its members.
    fn as_any(&self) -> &dyn Any;

    /// Returns name and text of the file in which other programs read the model, where there is one.
    fn file(&self) -> Option<(&'static str, &str)> {
        None
    }

    /// Says in a few words what it has learned.
    fn describe(&self) -> String;

    /// Says in a few words who is named at a `threshold` of the calibrated probability.
    fn describe_at(&self, _calibrator: &Calibrator, threshold: f64) -> String {
        format!("probability of {threshold:.3} or more: {}", self.describe())
    }
}

/// How each feature moves each row's log-odds away from what is common to all.
#[derive(Debug, Clone, PartialEq)]
pub struct Contributions {
    /// Number of features.
    pub width: usize,
    /// Rows x features, row by row.
    pub values: Vec<f64>,
    /// What is common to all rows; a row's contributions and this add up to its log-odds.
    pub base: f64,
}

impl Contributions {
    /// Returns the contributions of one row, or an empty slice where there is none.
    pub fn row(&self, row: usize) -> &[f64] {
        let start = row.saturating_mul(self.width);
        self.values.get(start..start.saturating_add(self.width)).unwrap_or_default()
    }

    /// Returns the rows in order.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks(self.width.max(1))
    }
}

/// What a model is trained on.
#[derive(Debug, Clone, Copy)]
pub struct TrainInput<'a> {
    /// The training rows.
    pub x: &'a Matrix,
    /// Their labels, 0 or 1.
    pub y: &'a [f64],
    /// Columns of the recency family, by index; only the recency rule looks at them.
    pub recency: &'a [usize],
    /// Rows and labels of the validation cutoff, on which strength and stopping are chosen.
    pub validation: (&'a Matrix, &'a [f64]),
    /// Seed of everything random.
    pub seed: u64,
    /// Threads to train with; all processors if left out. They change no result.
    pub threads: Option<usize>,
}

/// Trains a model of `kind`.
///
/// # Errors
/// [`LearnError`] of [`check_labels`] for the training rows, [`LearnError::NoRows`] or a label fault of
/// the validation rows (these may be all of one class), [`LearnError::Columns`] if the two matrices
/// differ, [`LearnError::NoVariance`] if no feature varies, [`LearnError::Fit`] if the solver fails; of
/// the recency rule also [`LearnError::NoRecency`], [`LearnError::NoSplit`] and
/// [`LearnError::OutOfRange`]; [`LearnError::NotBuilt`] for a kind that this build leaves out.
pub fn train(kind: ModelKind, input: &TrainInput<'_>) -> Result<Box<dyn Model>, LearnError> {
    train_beside(kind, input, &[])
}

/// Trains a model of `kind` as [`train`] does; a blend takes members that were trained on `input` already
/// from `trained`, and says the same.
///
/// # Errors
/// As [`train`].
pub fn train_beside(
    kind: ModelKind,
    input: &TrainInput<'_>,
    trained: &[&dyn Model],
) -> Result<Box<dyn Model>, LearnError> {
    check_labels(input.y, input.x.rows(), "training")?;
    let (x, y) = input.validation;
    if count_labels(y, x.rows())?.n() == 0 {
        return Err(LearnError::NoRows { set: "validation" });
    }
    x.expect_columns(input.x.columns())?;
    Ok(match kind {
        ModelKind::RecencyRule => Box::new(RecencyRule::train(input)?),
        ModelKind::Logistic => Box::new(Logistic::train(input)?),
        ModelKind::Boosted => Box::new(Boosted::train(input)?),
        ModelKind::Blend => Box::new(Blend::train(input, trained)?),
        #[cfg(feature = "lightgbm")]
        ModelKind::Lightgbm => Box::new(LightGbm::train(input)?),
        #[cfg(not(feature = "lightgbm"))]
        ModelKind::Lightgbm => return Err(LearnError::NotBuilt { model: kind.name() }),
    })
}

/// Says whether this build knows how to train a model of `kind`.
pub fn is_built(kind: ModelKind) -> bool {
    kind != ModelKind::Lightgbm || cfg!(feature = "lightgbm")
}

/// A model as it is stored, under the name of its kind.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stored {
    RecencyRule(RecencyRule),
    Logistic(Logistic),
    Boosted(Boosted),
    Blend(Blend),
    #[cfg(feature = "lightgbm")]
    Lightgbm(LightGbm),
}

/// Reads what [`Model::to_json`] wrote.
///
/// # Errors
/// [`LearnError::Damaged`] if it is no such thing.
pub fn from_json(text: &str) -> Result<Box<dyn Model>, LearnError> {
    let damaged = |e: serde_json::Error| LearnError::Damaged { reason: e.to_string() };
    Ok(match serde_json::from_str(text).map_err(damaged)? {
        Stored::RecencyRule(model) => Box::new(model.checked()?),
        Stored::Logistic(model) => Box::new(model.checked()?),
        Stored::Boosted(model) => Box::new(model.checked()?),
        Stored::Blend(model) => Box::new(model.checked()?),
        #[cfg(feature = "lightgbm")]
        Stored::Lightgbm(model) => Box::new(model.checked()?),
    })
}

/// Writes `model` under the name of its kind.
pub(super) fn stored_json(kind: &'static str, model: &impl Serialize) -> Result<String, LearnError> {
    let map = std::collections::BTreeMap::from([(kind, model)]);
    serde_json::to_string(&map).map_err(|e| LearnError::Damaged { reason: e.to_string() })
}
