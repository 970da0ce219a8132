//! `ledger`: what each round of a search tried, and what it did to the two rates.

use arrow::array::RecordBatch;
use foretell_engine::Result;

use super::{Column, batch, text};

/// One list of features that was tried.
pub(crate) struct Entry {
    pub(crate) round: u32,
    pub(crate) step: &'static str,
    pub(crate) kind: Option<&'static str>,
    pub(crate) name: String,
    pub(crate) features: usize,
    pub(crate) log_loss: Option<f64>,
    /// Change, low, high.
    pub(crate) change: Option<(f64, f64, f64)>,
    pub(crate) kept: bool,
    pub(crate) error_rate: Option<f64>,
    pub(crate) error_rate_interval: Option<(f64, f64)>,
    pub(crate) miss_rate: Option<f64>,
    pub(crate) miss_rate_interval: Option<(f64, f64)>,
    pub(crate) roc_auc: Option<f64>,
    pub(crate) model: String,
}

/// `ledger`: one row a list of features that was tried.
pub(crate) fn ledger(entries: &[Entry], run_id: &str) -> Result<RecordBatch> {
    let number = |value: &dyn Fn(&Entry) -> Option<f64>| Column::Float(entries.iter().map(value).collect());
    batch(vec![
        ("round", Column::Int(entries.iter().map(|e| i64::from(e.round)).collect())),
        ("step", text(entries.iter().map(|e| Some(e.step)))),
        ("kind", text(entries.iter().map(|e| e.kind))),
        ("name", text(entries.iter().map(|e| Some(&e.name)))),
        ("features", Column::Int(entries.iter().map(|e| e.features as i64).collect())),
        ("log_loss", number(&|e| e.log_loss)),
        ("change", number(&|e| Some(e.change?.0))),
        ("change_low", number(&|e| Some(e.change?.1))),
        ("change_high", number(&|e| Some(e.change?.2))),
        ("kept", Column::Bool(entries.iter().map(|e| Some(e.kept)).collect())),
        ("error_rate", number(&|e| e.error_rate)),
        ("error_rate_low", number(&|e| Some(e.error_rate_interval?.0))),
        ("error_rate_high", number(&|e| Some(e.error_rate_interval?.1))),
        ("miss_rate", number(&|e| e.miss_rate)),
        ("miss_rate_low", number(&|e| Some(e.miss_rate_interval?.0))),
        ("miss_rate_high", number(&|e| Some(e.miss_rate_interval?.1))),
        ("roc_auc", number(&|e| e.roc_auc)),
        ("model", text(entries.iter().map(|e| Some(&e.model)))),
        ("run_id", text(entries.iter().map(|_| Some(run_id)))),
    ])
}
