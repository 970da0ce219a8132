//! What can be wrong with data, labels or a stored model.

use thiserror::Error;

/// A failure to learn or to apply what was learned.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum LearnError {
    /// A set of rows is empty.
    #[error("the {set} set has no row")]
    NoRows {
        /// `training`, `validation` …
        set: &'static str,
    },
    /// Two things that belong row to row have different lengths.
    #[error("{found} {what} for {expected} rows")]
    LengthMismatch {
        /// What is too short or too long.
        what: &'static str,
        /// Number of rows.
        expected: usize,
        /// Length found.
        found: usize,
    },
    /// A label is neither 0 nor 1.
    #[error("label {value} in row {row} is neither 0 nor 1")]
    NotBinary {
        /// Row, counted from 0.
        row: usize,
        /// The label.
        value: f64,
    },
    /// All labels are alike.
    #[error("all {n} labels of the {set} set are {class}: there is nothing to tell apart")]
    OneClass {
        /// `training`, `validation` …
        set: &'static str,
        /// Number of labels.
        n: usize,
        /// The only label.
        class: u8,
    },
    /// A probability is not a number in `[0, 1]`.
    #[error("{value} in row {row} is no probability")]
    NotProbability {
        /// Row, counted from 0.
        row: usize,
        /// What was found.
        value: f64,
    },
    /// A score that is to be calibrated is not finite.
    #[error("score {value} in row {row} is not finite")]
    NotFinite {
        /// Row, counted from 0.
        row: usize,
        /// What was found.
        value: f64,
    },
    /// A feature is infinite.
    #[error("feature {column} is infinite in row {row}")]
    Infinite {
        /// Name of the feature.
        column: String,
        /// Row, counted from 0.
        row: usize,
    },
    /// A row or column index lies outside the matrix.
    #[error("{what} {index} of {len}")]
    OutOfRange {
        /// `row` or `column`.
        what: &'static str,
        /// Index, counted from 0.
        index: usize,
        /// How many there are.
        len: usize,
    },
    /// The matrix does not have the columns that a model was trained on.
    #[error("the model wants feature {expected} as column {index}, found {found}")]
    Columns {
        /// Position, counted from 0.
        index: usize,
        /// Name in the model.
        expected: String,
        /// Name in the matrix, or `nothing`.
        found: String,
    },
    /// The recency rule has no column to look at.
    #[error("no feature of the recency family is there to build a rule on")]
    NoRecency,
    /// No recency column tells two customers apart.
    #[error("no feature of the recency family takes two values in the training set")]
    NoSplit,
    /// No feature takes two values.
    #[error("no feature takes two values in the training set")]
    NoVariance,
    /// The solver or the booster failed.
    #[error("the {model} model could not be fitted: {reason}")]
    Fit {
        /// Name of the model.
        model: &'static str,
        /// What the library said.
        reason: String,
    },
    /// The model needs a cargo feature that this build was made without.
    #[error("the model {model} is not in this build")]
    NotBuilt {
        /// Name of the model.
        model: &'static str,
    },
    /// A stored model cannot be read or written.
    #[error("the stored model is damaged: {reason}")]
    Damaged {
        /// What is wrong with it.
        reason: String,
    },
}

impl LearnError {
    /// Says what to do about it, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoRows { .. } => Some("check the target's `eligible` condition and the cutoffs"),
            Self::OneClass { .. } => {
                Some("check the target's `outcome`, or take a longer horizon or more cutoffs")
            }
            Self::Infinite { .. } => Some("guard the division in the feature's SQL with `nullif(…, 0)`"),
            Self::Columns { .. } => {
                Some("the features have changed since the model was trained: train it again")
            }
            Self::NoRecency => Some("add `recency` to `features.families`, or leave `recency_rule` out"),
            Self::NoSplit => Some("leave `recency_rule` out of `score.models` for this target"),
            Self::NotBuilt { .. } => Some("build foretell with `--features foretell/lightgbm`"),
            Self::Damaged { .. } => Some("train the model again with `--force`"),
            _ => None,
        }
    }
}
