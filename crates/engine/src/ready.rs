//! What the features stage leaves for the score stage, beside the tables.

use std::collections::BTreeMap;

use foretell_spec::{Loaded, Target, digest_of};
use foretell_storage::{Warehouse, layout};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What is ready to be learned from, as of one logical date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// Says that all cutoffs of the spec are there, not only what a kept model needs.
    #[serde(default = "yes")]
    pub complete: bool,
    /// Digest of the spec's part that says which features there are.
    pub definition: String,
    /// Each cutoff, ascending, and the digest of what made its features.
    pub features: Vec<(String, String)>,
    /// Each target's labels.
    pub targets: BTreeMap<String, ReadyTarget>,
}

/// The labels of one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadyTarget {
    /// Digest of the target as it stood in the spec.
    pub definition: String,
    /// Each matured cutoff, ascending, and the digest of what made its labels.
    pub matured: Vec<(String, String)>,
    /// The same of earlier logical dates that are no cutoffs any more, so that what was said then can be judged.
    #[serde(default)]
    pub earlier: Vec<(String, String)>,
}

fn yes() -> bool {
    true
}

impl Ready {
    /// Digest of the spec's part that says which features there are.
    pub fn definition(loaded: &Loaded) -> String {
        let spec = &loaded.spec;
        let sources: Vec<String> = spec
            .sources
            .declared()
            .iter()
            .map(|(name, source)| crate::lake::definition(loaded, name, source))
            .collect();
        digest_of(&(sources, &spec.features, &spec.cutoffs))
    }

    /// Digest of a target.
    pub fn of_target(target: &Target) -> String {
        digest_of(&target.without_wish())
    }

    /// Leaves it for the stages after.
    ///
    /// # Errors
    /// The warehouse cannot be written.
    pub async fn write(&self, warehouse: &Warehouse, date: &str) -> Result<()> {
        Ok(warehouse.write_json(&layout::ready(date), self).await?)
    }

    /// Reads what the features stage left for `date`, if it was made from this spec.
    ///
    /// # Errors
    /// The stage did not run for that date (66), or ran with another spec (66).
    pub async fn read(warehouse: &Warehouse, loaded: &Loaded, date: &str) -> Result<Self> {
        let advice = "run `features` first, or `foretell run`, which does all stages";
        let ready: Self = warehouse.read_json(&layout::ready(date)).await?.ok_or_else(|| {
            Error::missing(format!("{}: there are no features as of {date}", warehouse.display()))
                .hint(advice)
        })?;
        let targets = &loaded.spec.targets;
        let stale = targets.iter().find(|(name, target)| {
            ready.targets.get(*name).is_none_or(|ready| ready.definition != Self::of_target(target))
        });
        if let Some((name, _)) = stale {
            return Err(Error::missing(format!(
                "the labels of `{name}` as of {date} were made from another spec"
            ))
            .hint(advice));
        }
        if ready.definition != Self::definition(loaded) {
            return Err(
                Error::missing(format!("the features as of {date} were made from another spec")).hint(advice)
            );
        }
        Ok(ready)
    }
}
