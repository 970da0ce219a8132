//! `drift`: how far scores and features have moved away from those that the model learned from.

use arrow::array::RecordBatch;
use foretell_engine::Result;
use foretell_learn::Stability;

use super::{Column, batch, text};
use crate::drift::Moved;

/// `drift`: one row for the score and one a feature of the model.
pub(crate) fn drift(moved: &[Moved], run_id: &str) -> Result<RecordBatch> {
    let count = |value: fn(&Stability) -> u64| {
        Column::Int(moved.iter().map(|m| value(&m.stability) as i64).collect())
    };
    batch(vec![
        ("kind", text(moved.iter().map(|m| Some(m.kind)))),
        ("name", text(moved.iter().map(|m| Some(&m.name)))),
        ("family", text(moved.iter().map(|m| m.family.as_ref()))),
        ("psi", Column::Float(moved.iter().map(|m| m.stability.psi).collect())),
        ("psi_by_chance", Column::Float(moved.iter().map(|m| m.stability.psi_by_chance).collect())),
        ("n_reference", count(|s| s.n_reference)),
        ("n", count(|s| s.n)),
        ("missing_reference", count(|s| s.missing_reference)),
        ("missing", count(|s| s.missing)),
        ("run_id", text(moved.iter().map(|_| Some(run_id)))),
    ])
}
