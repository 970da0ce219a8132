//! Models, calibration, decisions and metrics on in-memory data.
//!
//! Nothing here knows of files, tables or SQL: a [`Matrix`] and its labels come in, numbers come
//! out. Every result is a function of its arguments alone: seeds are passed, no clock is read and
//! nothing depends on the number of threads.

mod boosted;
mod calibrate;
mod calibration_table;
mod decide;
mod error;
mod evaluation;
mod influence;
mod interval;
mod isotonic;
mod labels;
mod logistic;
mod matrix;
mod metrics;
mod model;
mod piecewise;
mod prepare;
mod promise;
mod rank;
mod reasons;
mod recency_rule;
mod refits;
mod resampled;
mod screen;
mod shapley;
mod silence;
mod stability;
mod trees;

#[cfg(test)]
mod simulated;

pub use boosted::Boosted;
pub use calibrate::Calibrator;
pub use calibration_table::{CalibrationBin, calibration_table, expected_calibration_error};
pub use decide::{Decision, decide};
pub use error::LearnError;
pub use evaluation::{CurvePoint, Evaluation};
pub use influence::{Direction, Influence, Influences, Share, influence};
pub use interval::wilson;
pub use labels::{Classes, check_labels};
pub use logistic::Logistic;
pub use matrix::Matrix;
pub use metrics::{Confusion, log_loss, sigmoid};
pub use model::{Contributions, Model, TrainInput, from_json, train};
pub use promise::{Estimate, Outlook, Promise, Validation, crossed_log_loss};
pub use reasons::{Reason, Reasons, reasons};
pub use recency_rule::RecencyRule;
pub use refits::{Refits, refits};
pub use resampled::{Intervals, intervals};
pub use screen::{RankCorrelations, ScreenInput, ScreenReason, Screened, Screening, Tally, screen};
pub use stability::{Reference, Stability};
