//! `influence`: each behaviour's share.

use arrow::array::RecordBatch;
use chrono::NaiveDate;
use foretell_engine::Result;
use foretell_learn::Influence;

use super::{Column, batch, text};

/// A feature's influence within a model, with its name and family.
pub(crate) struct Shared {
    pub(crate) model: &'static str,
    pub(crate) feature: String,
    pub(crate) family: String,
    pub(crate) influence: Influence,
}

/// `influence`: one row a model and feature.
pub(crate) fn influence(cutoff: NaiveDate, shared: &[Shared], run_id: &str) -> Result<RecordBatch> {
    let share = |value: fn(&Influence) -> f64| {
        Column::Float(shared.iter().map(|s| Some(value(&s.influence))).collect())
    };
    batch(vec![
        ("cutoff", Column::Day(vec![cutoff; shared.len()])),
        ("model", text(shared.iter().map(|s| Some(s.model)))),
        ("feature", text(shared.iter().map(|s| Some(&s.feature)))),
        ("family", text(shared.iter().map(|s| Some(&s.family)))),
        ("share", share(|i| i.share)),
        ("share_low", share(|i| i.share_low)),
        ("share_high", share(|i| i.share_high)),
        ("direction", text(shared.iter().map(|s| Some(s.influence.direction.as_str())))),
        ("rank", Column::Int(shared.iter().map(|s| s.influence.rank as i64).collect())),
        ("run_id", text(shared.iter().map(|_| Some(run_id)))),
    ])
}
