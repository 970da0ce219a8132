//! `promises`: what was said, before the fact, about how often the statements of a cutoff are wrong.

use arrow::array::RecordBatch;
use foretell_engine::Result;
use foretell_learn::{Estimate, Promise};

use super::{Column, batch, text};

/// A model's promise for the customers of a cutoff.
pub(crate) struct Promised<'a> {
    pub(crate) model: &'static str,
    pub(crate) chosen: bool,
    pub(crate) model_id: &'a str,
    pub(crate) promise: &'a Promise,
}

/// `promises`: one row a model.
pub(crate) fn promises(wish: &str, promised: &[Promised<'_>], run_id: &str) -> Result<RecordBatch> {
    let rate = |rate: fn(&Promise) -> Option<Estimate>, end: fn(Estimate) -> f64| {
        Column::Float(promised.iter().map(|p| rate(p.promise).map(end)).collect())
    };
    let count = |value: fn(&Promise) -> usize| {
        Column::Int(promised.iter().map(|p| value(p.promise) as i64).collect())
    };
    batch(vec![
        ("model", text(promised.iter().map(|p| Some(p.model)))),
        ("chosen", Column::Bool(promised.iter().map(|p| Some(p.chosen)).collect())),
        ("wish", text(promised.iter().map(|_| Some(wish)))),
        ("wish_met", Column::Bool(promised.iter().map(|p| Some(p.promise.wish_met)).collect())),
        ("threshold", Column::Float(promised.iter().map(|p| Some(p.promise.threshold)).collect())),
        ("n", count(|p| p.n)),
        ("named", count(|p| p.named)),
        ("base_rate", rate(|p| p.base_rate, |e| e.value)),
        ("base_rate_low", rate(|p| p.base_rate, |e| e.low)),
        ("base_rate_high", rate(|p| p.base_rate, |e| e.high)),
        ("error_rate", rate(|p| p.error_rate, |e| e.value)),
        ("error_rate_low", rate(|p| p.error_rate, |e| e.low)),
        ("error_rate_high", rate(|p| p.error_rate, |e| e.high)),
        ("miss_rate", rate(|p| p.miss_rate, |e| e.value)),
        ("miss_rate_low", rate(|p| p.miss_rate, |e| e.low)),
        ("miss_rate_high", rate(|p| p.miss_rate, |e| e.high)),
        ("validation_cutoffs", count(|p| p.validation_cutoffs)),
        ("model_id", text(promised.iter().map(|p| Some(p.model_id)))),
        ("run_id", text(promised.iter().map(|_| Some(run_id)))),
    ])
}
