//! `influence` and `influence_groups`: each behaviour's share, alone and with others.

use arrow::array::RecordBatch;
use chrono::NaiveDate;
use foretell_engine::Result;
use foretell_learn::{Influence, Share};

use super::{Column, batch, text};

/// A feature's influence within a model, with its name and family.
pub(crate) struct Shared {
    pub(crate) model: &'static str,
    pub(crate) feature: String,
    pub(crate) family: String,
    /// The strongest feature of its group of near copies.
    pub(crate) group: String,
    pub(crate) influence: Influence,
}

/// The influence of some features together.
pub(crate) struct SharedBy {
    pub(crate) model: &'static str,
    /// `family`, `source` or `group`.
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    /// How many features it has.
    pub(crate) features: usize,
    pub(crate) share: Share,
    /// Place within model and kind, from 1 for the largest share.
    pub(crate) rank: usize,
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
        ("group", text(shared.iter().map(|s| Some(&s.group)))),
        ("share", share(|i| i.share)),
        ("share_low", share(|i| i.share_low)),
        ("share_high", share(|i| i.share_high)),
        ("direction", text(shared.iter().map(|s| Some(s.influence.direction.as_str())))),
        ("rank", Column::Int(shared.iter().map(|s| s.influence.rank as i64).collect())),
        ("run_id", text(shared.iter().map(|_| Some(run_id)))),
    ])
}

/// `influence_groups`: one row a model and family, source or group of near copies.
pub(crate) fn influence_groups(cutoff: NaiveDate, shared: &[SharedBy], run_id: &str) -> Result<RecordBatch> {
    let share =
        |value: fn(&Share) -> f64| Column::Float(shared.iter().map(|s| Some(value(&s.share))).collect());
    batch(vec![
        ("cutoff", Column::Day(vec![cutoff; shared.len()])),
        ("model", text(shared.iter().map(|s| Some(s.model)))),
        ("kind", text(shared.iter().map(|s| Some(s.kind)))),
        ("name", text(shared.iter().map(|s| Some(&s.name)))),
        ("features", Column::Int(shared.iter().map(|s| s.features as i64).collect())),
        ("share", share(|s| s.share)),
        ("share_low", share(|s| s.low)),
        ("share_high", share(|s| s.high)),
        ("direction", text(shared.iter().map(|s| Some(s.share.direction.as_str())))),
        ("rank", Column::Int(shared.iter().map(|s| s.rank as i64).collect())),
        ("run_id", text(shared.iter().map(|_| Some(run_id)))),
    ])
}
