//! What a spec means where it says nothing.

use crate::models::ModelKind;
use crate::reaction::{Drift, Promises};
use crate::screen::Screen;
use crate::types::{Csv, Decide, Format, Lake, Minimise, Quarantine, Score};
use crate::values::{Days, Share};

/// Returns the time zone of a spec that names none.
pub(crate) fn utc() -> String {
    "UTC".to_owned()
}

impl Default for Format {
    fn default() -> Self {
        Self::Csv(Csv::default())
    }
}

impl Default for Csv {
    fn default() -> Self {
        Self { delimiter: ",".to_owned(), encoding: "utf-8".to_owned(), quote: "\"".to_owned(), header: None }
    }
}

impl Default for Quarantine {
    fn default() -> Self {
        Self { max_share: Share(0.05) }
    }
}

impl Default for Lake {
    fn default() -> Self {
        Self { buckets: 16 }
    }
}

impl Default for Score {
    fn default() -> Self {
        Self {
            models: vec![ModelKind::RecencyRule, ModelKind::Logistic, ModelKind::Boosted, ModelKind::Blend],
            decide: Decide::default(),
            screen: Screen::default(),
            seed: 42,
            max_model_age: Days(35),
            drift: Drift::default(),
            promises: Promises::default(),
        }
    }
}

impl Default for Decide {
    fn default() -> Self {
        Self {
            max_miss_rate: Some(0.3),
            max_error_rate: None,
            contact: None,
            cost: None,
            minimise: Some(Minimise::ErrorRate),
        }
    }
}
