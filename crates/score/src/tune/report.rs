//! What a search found, for summaries and programs.

use serde::{Deserialize, Serialize};

/// What `tune` did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tuned {
    /// Logical date.
    pub date: String,
    /// Each target.
    pub targets: Vec<TunedTarget>,
    /// Targets that could not be tuned, and why.
    pub not_tuned: Vec<(String, String)>,
    /// The `features` of a spec that has what any of the targets was found to need, as YAML.
    pub fragment: String,
    /// Says that something had to be computed.
    pub fresh: bool,
}

/// What was found about one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TunedTarget {
    /// The target.
    pub target: String,
    /// Digest of all that decides the result.
    pub run_id: String,
    /// Features of the spec as it stands that a model could see.
    pub all_features: usize,
    /// Features of the smaller list.
    pub features: usize,
    /// Families of the smaller list.
    pub families: Vec<String>,
    /// Windows of the smaller list.
    pub windows: Vec<String>,
    /// Columns by which the smaller list slices.
    pub slices: Vec<String>,
    /// The validation cutoffs.
    pub validation: Vec<String>,
    /// Says that customers judged each other, because history is too short for two validation cutoffs.
    pub by_customer: bool,
    /// Rows judged on validation.
    pub rows: usize,
    /// Lists of features that were tried.
    pub tried: usize,
    /// Mean log loss of the smaller list on validation.
    pub log_loss: f64,
    /// Mean log loss of all features on validation.
    pub all_log_loss: f64,
    /// What all features would change of the log loss, with its 95 % interval; below 0 they are better.
    pub all_change: Option<(f64, f64, f64)>,
    /// What the test cutoff said, which was looked at once, at the end.
    pub test: Option<TestReport>,
    /// What people should know.
    pub notes: Vec<String>,
}

/// Both lists on the test cutoff.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestReport {
    /// The cutoff.
    pub cutoff: String,
    /// Customers judged.
    pub n: usize,
    /// Those of them to whom it happened.
    pub positives: usize,
    /// Each list and model: all features first, then the smaller list.
    pub models: Vec<TestedModel>,
    /// What the smaller list changed of the champion's log loss, with its 95 % interval.
    pub change: Option<(f64, f64, f64)>,
}

/// One model learned from one list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestedModel {
    /// `full` or `tuned`.
    pub list: String,
    /// Features of the list that the model saw.
    pub features: usize,
    /// The model.
    pub model: String,
    /// Says that it is the champion of its list, by log loss on validation.
    pub chosen: bool,
    /// Share of the named who were named wrongly.
    pub error_rate: Option<f64>,
    /// Its 95 % interval.
    pub error_rate_interval: Option<(f64, f64)>,
    /// Share of those it happened to who were not named.
    pub miss_rate: Option<f64>,
    /// Its 95 % interval.
    pub miss_rate_interval: Option<(f64, f64)>,
    /// Area under the ROC curve.
    pub roc_auc: Option<f64>,
    /// Mean log loss.
    pub log_loss: Option<f64>,
}
