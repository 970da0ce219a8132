//! What a run does about what people should know: scores that have drifted, promises that were broken.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When customers have moved away from those that a model learned from.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Drift {
    /// Population stability index up to which scores have not drifted; features beyond it are only named.
    pub max_psi: f64,
    /// What to do where the scores of the logical date have drifted.
    pub on_drift: Reaction,
}

/// What is done about promised rates once time has told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Promises {
    /// What to do where the newest rates that came true lie outside their promised intervals.
    pub on_broken: Reaction,
}

/// What a run does about something that people should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reaction {
    /// Says so in the summary and in the log.
    #[default]
    Warn,
    /// Publishes everything, says so and ends with exit code 65.
    Fail,
}

impl Default for Drift {
    fn default() -> Self {
        Self { max_psi: 0.25, on_drift: Reaction::Warn }
    }
}
