//! The models that compete.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Models on offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// The best "silent for N days" rule: one threshold on one feature of the recency family.
    RecencyRule,
    /// Regularised logistic regression.
    Logistic,
    /// Gradient-boosted trees.
    Boosted,
    /// The mean of `logistic` and `boosted`, in log-odds.
    Blend,
    /// Gradient-boosted trees by LightGBM; only in builds with the cargo feature `lightgbm`.
    Lightgbm,
}

impl ModelKind {
    /// Says whether trees are grown for it, which need more rows than the others.
    pub fn grows_trees(self) -> bool {
        matches!(self, Self::Boosted | Self::Blend | Self::Lightgbm)
    }

    /// The name by which specs and tables know the model.
    pub fn name(self) -> &'static str {
        match self {
            Self::RecencyRule => "recency_rule",
            Self::Logistic => "logistic",
            Self::Boosted => "boosted",
            Self::Blend => "blend",
            Self::Lightgbm => "lightgbm",
        }
    }
}
