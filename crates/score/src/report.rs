//! What the stage found, for summaries and programs.

use foretell_engine::Error;
use foretell_learn::{Estimate, Promise};
use serde::{Deserialize, Serialize};

use crate::screen::Suspect;

/// What the stage did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Digest of all that decides the result.
    pub run_id: String,
    /// Logical date.
    pub date: String,
    /// Each target.
    pub targets: Vec<TargetReport>,
    /// Says that something had to be computed.
    pub fresh: bool,
    /// Warnings that the spec says are failures: everything is published, and the run ends with 65.
    pub failures: Vec<String>,
}

/// What was found about one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetReport {
    /// The target.
    pub target: String,
    /// The champion's name; `None` where nothing could be learned.
    pub champion: Option<String>,
    /// What the champion learned, in a few words.
    pub champion_says: Option<String>,
    /// Folder of the model that spoke, below `models/<target>/`.
    pub model_id: Option<String>,
    /// The day as of which it was trained: the logical date, or an earlier one with `--model latest`.
    pub model_as_of: Option<String>,
    /// Customers scored at the logical date.
    pub scored: u64,
    /// Those of them named.
    pub named: u64,
    /// What `decide` asks for, in words.
    pub wish: Option<String>,
    /// What the champion promises of the customers scored.
    pub promise: Option<Promise>,
    /// Cutoff that the models were judged on.
    pub judged_at: Option<String>,
    /// `test`, or `validation` where history is too short for a test.
    pub split: Option<String>,
    /// Customers judged.
    pub n: u64,
    /// Those of them to whom it happened.
    pub positives: u64,
    /// Each model.
    pub models: Vec<ModelReport>,
    /// Share of the champion's influence by family, largest first.
    pub families: Vec<FamilyShare>,
    /// Features that may know the outcome.
    pub suspects: Vec<Suspect>,
    /// What people should know: why there is no test, which model failed.
    pub notes: Vec<String>,
    /// What became of scores that earlier runs published; `None` where none has matured.
    #[serde(default)]
    pub realised: Option<RealisedReport>,
    /// How far customers have moved away from those that the model learned from.
    #[serde(default)]
    pub drift: Option<DriftReport>,
    /// What somebody should look at: a promise that was broken, scores that have drifted.
    #[serde(default)]
    pub warnings: Vec<String>,
}

impl TargetReport {
    /// A report in which nothing is said yet.
    pub(crate) fn empty(target: &str) -> Self {
        Self {
            target: target.to_owned(),
            champion: None,
            champion_says: None,
            model_id: None,
            model_as_of: None,
            scored: 0,
            named: 0,
            wish: None,
            promise: None,
            judged_at: None,
            split: None,
            n: 0,
            positives: 0,
            models: Vec::new(),
            families: Vec::new(),
            suspects: Vec::new(),
            notes: Vec::new(),
            realised: None,
            drift: None,
            warnings: Vec::new(),
        }
    }

    /// The same report of a target that the spec wants not to be learned as it is.
    pub(crate) fn refused(self, error: &Error) -> Self {
        let notes = std::iter::once(error.to_string()).chain(error.hints().iter().cloned()).collect();
        Self { notes, ..self }
    }

    /// The report of a target that cannot be learned: why, and what to do.
    pub(crate) fn unlearned(target: &str, error: &Error) -> Self {
        let notes = std::iter::once(error.to_string()).chain(error.hints().iter().cloned()).collect();
        Self { notes, ..Self::empty(target) }
    }
}

/// How often one model was wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelReport {
    /// `recency_rule`, `logistic` or `boosted`.
    pub model: String,
    /// Whether it is the champion.
    pub chosen: bool,
    /// What it names, in a few words.
    pub rule: String,
    /// Share of the named who were named wrongly, and its 95 % interval.
    pub error_rate: Option<f64>,
    /// Interval of `error_rate`.
    pub error_rate_interval: Option<(f64, f64)>,
    /// What was promised of it before the fact.
    pub promised_error_rate: Option<Estimate>,
    /// Share of those it happened to who were not named.
    pub miss_rate: Option<f64>,
    /// Interval of `miss_rate`.
    pub miss_rate_interval: Option<(f64, f64)>,
    /// What was promised of it before the fact.
    pub promised_miss_rate: Option<Estimate>,
    /// Whether both rates lie within the promised intervals; `None` where one is undefined.
    pub promise_kept: Option<bool>,
    /// Area under the ROC curve.
    pub roc_auc: Option<f64>,
    /// Log loss on the validation cutoffs, by which the champion is chosen.
    pub validation_log_loss: f64,
    /// Whether the limit of the wish held on the cutoff judged; `None` where it has none or a rate is undefined.
    pub wish_kept: Option<bool>,
    /// Whether the wish of `decide` is met by what validation lets expect.
    pub wish_met: bool,
}

/// A family's share of the influence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FamilyShare {
    /// The family.
    pub family: String,
    /// Share of all influence, in `[0, 1]`.
    pub share: f64,
}

/// What became of published scores whose horizons have passed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RealisedReport {
    /// The newest cutoff that has matured.
    pub cutoff: String,
    /// The model that spoke then.
    pub model: String,
    /// Customers scored then whose outcome is known.
    pub n: u64,
    /// Those of them to whom it happened.
    pub positives: u64,
    /// Share of the named who were named wrongly.
    pub error_rate: Option<f64>,
    /// The interval that was promised for it.
    pub promised_error_rate: Option<(f64, f64)>,
    /// Share of those it happened to who were not named.
    pub miss_rate: Option<f64>,
    /// The interval that was promised for it.
    pub promised_miss_rate: Option<(f64, f64)>,
    /// Whether both rates lie in their intervals; `None` where nothing was promised or a rate is undefined.
    pub kept: Option<bool>,
    /// All cutoffs whose published scores have matured.
    pub cutoffs: u64,
    /// Those of them with a promise that can be judged.
    pub promised: u64,
    /// Those of them whose promise was kept.
    pub promises_kept: u64,
    /// Cutoffs that this run judged, for the first time or because their rows have changed.
    pub judged: Vec<String>,
}

/// How far the customers of a logical date have moved away from those that the model learned from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DriftReport {
    /// Population stability index of the scores against those of validation.
    pub score_psi: Option<f64>,
    /// The spec's limit.
    pub max_psi: f64,
    /// Whether the scores lie beyond the limit, and beyond what chance brings.
    pub score_drifted: bool,
    /// Features of the model.
    pub features: u64,
    /// Those of them that lie beyond the limit, and beyond what chance brings.
    pub features_drifted: u64,
    /// Those that have moved most.
    pub most: Vec<Drifted>,
}

/// A feature that has drifted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drifted {
    /// The feature.
    pub feature: String,
    /// Its population stability index.
    pub psi: f64,
}
