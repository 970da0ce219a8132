//! `quality` and `quality_curve`: how often a model was wrong.

use arrow::array::RecordBatch;
use chrono::NaiveDate;
use foretell_engine::Result;
use foretell_learn::{Confusion, CurvePoint, Evaluation};

use super::{Column, batch, text};

/// Points kept of a quality curve.
const CURVE_POINTS: usize = 200;

/// A model's row in `quality`, and what the other tables say of it.
pub(crate) struct Judged<'a> {
    pub(crate) model: &'a str,
    pub(crate) chosen: bool,
    pub(crate) threshold: f64,
    pub(crate) evaluation: &'a Evaluation,
}

/// `quality`: one row a model.
pub(crate) fn quality(
    cutoff: NaiveDate,
    split: &str,
    judged: &[Judged<'_>],
    run_id: &str,
) -> Result<RecordBatch> {
    let confusion: Vec<Confusion> = judged.iter().map(|j| j.evaluation.confusion(j.threshold)).collect();
    let rate = |value: fn(&Confusion) -> Option<f64>| Column::Float(confusion.iter().map(value).collect());
    let count =
        |value: fn(&Confusion) -> usize| Column::Int(confusion.iter().map(|c| value(c) as i64).collect());
    let metric = |value: fn(&Evaluation) -> Option<f64>| {
        Column::Float(judged.iter().map(|j| value(j.evaluation)).collect())
    };
    batch(vec![
        ("cutoff", Column::Day(vec![cutoff; judged.len()])),
        ("model", text(judged.iter().map(|j| Some(j.model)))),
        ("chosen", Column::Bool(judged.iter().map(|j| j.chosen).collect())),
        ("split", text(judged.iter().map(|_| Some(split)))),
        ("threshold", Column::Float(judged.iter().map(|j| Some(j.threshold)).collect())),
        ("n", Column::Int(judged.iter().map(|j| j.evaluation.n() as i64).collect())),
        ("positives", Column::Int(judged.iter().map(|j| j.evaluation.positives() as i64).collect())),
        ("tp", count(|c| c.tp)),
        ("fp", count(|c| c.fp)),
        ("fn", count(|c| c.fn_)),
        ("tn", count(|c| c.tn)),
        ("error_rate", rate(Confusion::error_rate)),
        ("error_rate_low", rate(|c| Some(c.error_rate_interval()?.0))),
        ("error_rate_high", rate(|c| Some(c.error_rate_interval()?.1))),
        ("miss_rate", rate(Confusion::miss_rate)),
        ("miss_rate_low", rate(|c| Some(c.miss_rate_interval()?.0))),
        ("miss_rate_high", rate(|c| Some(c.miss_rate_interval()?.1))),
        ("precision", rate(Confusion::precision)),
        ("recall", rate(Confusion::recall)),
        ("roc_auc", metric(Evaluation::roc_auc)),
        ("average_precision", metric(Evaluation::average_precision)),
        ("brier", metric(Evaluation::brier)),
        ("log_loss", metric(Evaluation::log_loss)),
        ("lift_top_decile", metric(Evaluation::lift_top_decile)),
        ("run_id", text(judged.iter().map(|_| Some(run_id)))),
    ])
}

/// `quality_curve`: up to 200 thresholds a model.
pub(crate) fn quality_curve(cutoff: NaiveDate, judged: &[Judged<'_>], run_id: &str) -> Result<RecordBatch> {
    let points: Vec<(&str, CurvePoint)> = judged
        .iter()
        .flat_map(|j| j.evaluation.quality_curve(CURVE_POINTS).into_iter().map(|point| (j.model, point)))
        .collect();
    let count = |value: fn(&Confusion) -> usize| {
        Column::Int(points.iter().map(|(_, p)| value(&p.confusion) as i64).collect())
    };
    let rate = |value: fn(&Confusion) -> Option<f64>| {
        Column::Float(points.iter().map(|(_, p)| value(&p.confusion)).collect())
    };
    batch(vec![
        ("cutoff", Column::Day(vec![cutoff; points.len()])),
        ("model", text(points.iter().map(|(model, _)| Some(model)))),
        ("threshold", Column::Float(points.iter().map(|(_, p)| Some(p.threshold)).collect())),
        ("tp", count(|c| c.tp)),
        ("fp", count(|c| c.fp)),
        ("fn", count(|c| c.fn_)),
        ("tn", count(|c| c.tn)),
        ("error_rate", rate(Confusion::error_rate)),
        ("miss_rate", rate(Confusion::miss_rate)),
        ("run_id", text(points.iter().map(|_| Some(run_id)))),
    ])
}
