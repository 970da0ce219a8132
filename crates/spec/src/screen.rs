//! What to do about features that may know the outcome.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happens to features that the screen suspects of knowing the outcome, a leak.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Screen {
    /// What happens to a suspect.
    pub on_suspect: OnSuspect,
    /// Features that models see whatever the screen finds.
    pub keep: Vec<String>,
}

/// What happens to a feature that may know the outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnSuspect {
    /// Models do not see it.
    #[default]
    Drop,
    /// Models see it, and the summary says so.
    Warn,
    /// The target is not learned, and the run ends with exit code 65.
    Fail,
}
