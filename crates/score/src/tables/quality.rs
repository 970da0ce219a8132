//! `quality` and `quality_curve`: how often a model was wrong.

use arrow::array::RecordBatch;
use chrono::NaiveDate;
use foretell_engine::Result;
use foretell_learn::{Confusion, CurvePoint, Estimate, Evaluation, Intervals};

use super::{Column, batch, text};
use crate::statement::Verdict;

/// Points kept of a quality curve.
const CURVE_POINTS: usize = 200;

/// A model's row in `quality`, and what the other tables say of it.
pub(crate) struct Judged<'a> {
    pub(crate) model: &'a str,
    pub(crate) chosen: bool,
    pub(crate) threshold: f64,
    /// What was promised of the error rate.
    pub(crate) error_rate: Option<Estimate>,
    /// What was promised of the miss rate.
    pub(crate) miss_rate: Option<Estimate>,
    pub(crate) verdict: &'a Verdict,
}

impl Judged<'_> {
    /// Whether both rates lie within what was promised of them; `None` where one of them is undefined.
    pub(crate) fn promise_kept(&self) -> Option<bool> {
        let confusion = &self.verdict.confusion;
        let error = self.error_rate?.holds(confusion.error_rate()?);
        let miss = self.miss_rate?.holds(confusion.miss_rate()?);
        Some(error && miss)
    }
}

/// `quality`: one row a model.
pub(crate) fn quality(
    cutoff: NaiveDate,
    split: &str,
    judged: &[Judged<'_>],
    run_id: &str,
) -> Result<RecordBatch> {
    let floats =
        |value: &dyn Fn(&Judged<'_>) -> Option<f64>| Column::Float(judged.iter().map(value).collect());
    let rate = |value: fn(&Confusion) -> Option<f64>| floats(&|j| value(&j.verdict.confusion));
    let interval = |value: fn(&Intervals) -> Option<(f64, f64)>| {
        (floats(&|j| Some(value(&j.verdict.intervals)?.0)), floats(&|j| Some(value(&j.verdict.intervals)?.1)))
    };
    let metric = |value: fn(&Evaluation) -> Option<f64>| floats(&|j| value(&j.verdict.evaluation));
    let promised =
        |value: fn(&Judged<'_>) -> Option<Estimate>, end: fn(Estimate) -> f64| floats(&|j| value(j).map(end));
    let count =
        |value: fn(&Verdict) -> usize| Column::Int(judged.iter().map(|j| value(j.verdict) as i64).collect());
    let (error_low, error_high) = interval(|i| i.error_rate);
    let (miss_low, miss_high) = interval(|i| i.miss_rate);
    let (auc_low, auc_high) = interval(|i| i.roc_auc);
    let (average_low, average_high) = interval(|i| i.average_precision);
    batch(vec![
        ("cutoff", Column::Day(vec![cutoff; judged.len()])),
        ("model", text(judged.iter().map(|j| Some(j.model)))),
        ("chosen", Column::Bool(judged.iter().map(|j| Some(j.chosen)).collect())),
        ("split", text(judged.iter().map(|_| Some(split)))),
        ("threshold", floats(&|j| Some(j.threshold))),
        ("n", count(|v| v.evaluation.n())),
        ("positives", count(|v| v.evaluation.positives())),
        ("tp", count(|v| v.confusion.tp)),
        ("fp", count(|v| v.confusion.fp)),
        ("fn", count(|v| v.confusion.fn_)),
        ("tn", count(|v| v.confusion.tn)),
        ("error_rate", rate(Confusion::error_rate)),
        ("error_rate_low", error_low),
        ("error_rate_high", error_high),
        ("miss_rate", rate(Confusion::miss_rate)),
        ("miss_rate_low", miss_low),
        ("miss_rate_high", miss_high),
        ("promised_error_rate", promised(|p| p.error_rate, |e| e.value)),
        ("promised_error_rate_low", promised(|p| p.error_rate, |e| e.low)),
        ("promised_error_rate_high", promised(|p| p.error_rate, |e| e.high)),
        ("promised_miss_rate", promised(|p| p.miss_rate, |e| e.value)),
        ("promised_miss_rate_low", promised(|p| p.miss_rate, |e| e.low)),
        ("promised_miss_rate_high", promised(|p| p.miss_rate, |e| e.high)),
        ("promise_kept", Column::Bool(judged.iter().map(Judged::promise_kept).collect())),
        ("precision", rate(Confusion::precision)),
        ("recall", rate(Confusion::recall)),
        ("roc_auc", metric(Evaluation::roc_auc)),
        ("roc_auc_low", auc_low),
        ("roc_auc_high", auc_high),
        ("average_precision", metric(Evaluation::average_precision)),
        ("average_precision_low", average_low),
        ("average_precision_high", average_high),
        ("brier", metric(Evaluation::brier)),
        ("log_loss", metric(Evaluation::log_loss)),
        ("ece", floats(&|j| j.verdict.ece)),
        ("lift_top_decile", metric(Evaluation::lift_top_decile)),
        ("run_id", text(judged.iter().map(|_| Some(run_id)))),
    ])
}

/// `quality_curve`: up to 200 thresholds a model.
pub(crate) fn quality_curve(cutoff: NaiveDate, judged: &[Judged<'_>], run_id: &str) -> Result<RecordBatch> {
    let points: Vec<(&str, CurvePoint)> = judged
        .iter()
        .flat_map(|j| {
            j.verdict.evaluation.quality_curve(CURVE_POINTS).into_iter().map(|point| (j.model, point))
        })
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
