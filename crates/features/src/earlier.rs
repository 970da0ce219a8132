//! Logical dates of earlier runs: what was said of them can be judged once they have matured.
//!
//! Cutoffs are counted back from the logical date and move with it, so that a date for which scores were
//! published is seldom one of a later run's cutoffs. Its features are still there, as they were then.

use chrono::NaiveDate;
use foretell_engine::{Kind, Ready, Result};
use foretell_spec::Target;
use foretell_storage::{Warehouse, layout};

use crate::cutoff::{Made, Recipe};
use crate::labels::{self, Labelled};

/// An earlier logical date, and what this stage left for it.
pub(crate) struct Earlier {
    pub(crate) day: NaiveDate,
    ready: Ready,
    features: Made,
}

/// The logical dates before `date` that this stage ran for, ascending, but for those in `cutoffs`.
///
/// A date whose features are no longer there is left out: whom to look at was decided by them.
pub(crate) async fn dates(
    warehouse: &Warehouse,
    date: NaiveDate,
    cutoffs: &[NaiveDate],
) -> Result<Vec<Earlier>> {
    let mut found = Vec::new();
    for entry in warehouse.list(layout::READY).await? {
        let name = entry.path.rsplit('/').next().unwrap_or_default();
        let day = name.strip_suffix(".json").and_then(|day| day.parse::<NaiveDate>().ok());
        let Some(day) = day.filter(|day| *day < date && !cutoffs.contains(day)) else { continue };
        let Some(ready) = warehouse.read_json::<Ready>(&entry.path).await? else { continue };
        let path = Recipe::path(day);
        let Some(record) = warehouse.record(&path).await? else { continue };
        found.push(Earlier { day, ready, features: Made { path, record, fresh: false } });
    }
    found.sort_by_key(|earlier| earlier.day);
    Ok(found)
}

impl Earlier {
    /// Makes a target's labels, unless they are there already.
    ///
    /// `None` where the target was another one then, or where its condition does not fit the features of that
    /// day: of what was said then nothing can be judged now.
    ///
    /// # Errors
    /// The warehouse cannot be written.
    pub(crate) async fn labels(
        &self,
        recipe: &Recipe<'_>,
        name: &str,
        target: &Target,
        date: NaiveDate,
    ) -> Result<Option<Labelled>> {
        let then = self.ready.targets.get(name);
        if then.is_none_or(|then| then.definition != Ready::of_target(target)) {
            return Ok(None);
        }
        match labels::make(recipe, name, target, self.day, date, &self.features, false).await {
            Ok(labelled) => Ok(Some(labelled)),
            Err(error) if error.kind() == Kind::BadSpec => {
                tracing::warn!("{name}: what was said as of {} cannot be judged: {error}", self.day);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
