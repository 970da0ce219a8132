//! The tables of this stage as Arrow: their columns, types and order in one place.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema};
use chrono::NaiveDate;
use foretell_engine::{Error, Result};

use crate::learn::{CalibrationBin, Confusion, CurvePoint, Evaluation, Influence, Reason};
use crate::screen::Screened;

/// Points kept of a quality curve.
const CURVE_POINTS: usize = 200;

/// A column of a table.
enum Column {
    Text(Vec<Option<String>>),
    Int(Vec<i64>),
    Float(Vec<Option<f64>>),
    Bool(Vec<bool>),
    Day(Vec<NaiveDate>),
}

/// A model's row in `quality`, and what the other tables say of it.
pub(crate) struct Judged<'a> {
    pub(crate) model: &'static str,
    pub(crate) chosen: bool,
    pub(crate) threshold: f64,
    pub(crate) evaluation: &'a Evaluation,
}

/// What is said of the customers of one cutoff.
pub(crate) struct Said<'a> {
    pub(crate) customers: &'a [String],
    pub(crate) probabilities: &'a [f64],
    pub(crate) reasons: &'a [Vec<Reason>],
    /// Names of the features that reasons point to.
    pub(crate) features: &'a [String],
    pub(crate) threshold: f64,
    pub(crate) model: &'static str,
    pub(crate) model_id: &'a str,
    pub(crate) run_id: &'a str,
}

/// `scores`: one row a customer.
pub(crate) fn scores(said: &Said<'_>) -> Result<RecordBatch> {
    let n = said.customers.len();
    let mut columns = vec![
        ("customer_id", text(said.customers.iter().map(Some))),
        ("probability", Column::Float(said.probabilities.iter().copied().map(Some).collect())),
        ("percentile", Column::Int(percentiles(said.probabilities))),
        ("band", text(said.probabilities.iter().map(|p| Some(band(*p))))),
        ("predicted", Column::Bool(said.probabilities.iter().map(|p| *p >= said.threshold).collect())),
        ("threshold", Column::Float(vec![Some(said.threshold); n])),
    ];
    let names = [("reason_1", "effect_1"), ("reason_2", "effect_2"), ("reason_3", "effect_3")];
    for (place, (reason, effect)) in names.into_iter().enumerate() {
        let at = |row: &Vec<Reason>| row.get(place).copied().filter(|r| r.effect != 0.0);
        let feature = |r: Reason| said.features.get(r.feature);
        columns.push((reason, text(said.reasons.iter().map(|row| at(row).and_then(feature)))));
        columns.push((
            effect,
            Column::Float(said.reasons.iter().map(|row| at(row).map(|r| r.effect)).collect()),
        ));
    }
    columns.push(("model", text((0..n).map(|_| Some(said.model)))));
    columns.push(("model_id", text((0..n).map(|_| Some(said.model_id)))));
    columns.push(("run_id", text((0..n).map(|_| Some(said.run_id)))));
    batch(columns)
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
    let points: Vec<(&'static str, CurvePoint)> = judged
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

/// `calibration`: ten bins a model, fewer where there are few rows.
pub(crate) fn calibration(
    cutoff: NaiveDate,
    bins: &[(&'static str, CalibrationBin)],
    run_id: &str,
) -> Result<RecordBatch> {
    batch(vec![
        ("cutoff", Column::Day(vec![cutoff; bins.len()])),
        ("model", text(bins.iter().map(|(model, _)| Some(model)))),
        ("bin", Column::Int(bins.iter().map(|(_, b)| b.bin as i64).collect())),
        ("n", Column::Int(bins.iter().map(|(_, b)| b.n as i64).collect())),
        ("mean_probability", Column::Float(bins.iter().map(|(_, b)| Some(b.mean_probability)).collect())),
        ("observed_rate", Column::Float(bins.iter().map(|(_, b)| Some(b.observed_rate)).collect())),
        ("run_id", text(bins.iter().map(|_| Some(run_id)))),
    ])
}

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

/// `feature_screen`: one row a feature.
pub(crate) fn feature_screen(screened: &[Screened], family: impl Fn(&str) -> String) -> Result<RecordBatch> {
    batch(vec![
        ("feature", text(screened.iter().map(|s| Some(&s.feature)))),
        ("family", text(screened.iter().map(|s| Some(family(&s.feature))))),
        ("kept", Column::Bool(screened.iter().map(|s| s.kept).collect())),
        ("reason", text(screened.iter().map(|s| s.reason))),
        ("evidence", text(screened.iter().map(|s| s.evidence.as_ref()))),
    ])
}

/// For each probability the share of customers, in whole percent from 1 to 100, who are not likelier.
fn percentiles(probabilities: &[f64]) -> Vec<i64> {
    let mut sorted = probabilities.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len().max(1);
    let at_most = |p: f64| sorted.partition_point(|other| *other <= p);
    probabilities.iter().map(|p| (100 * at_most(*p)).div_ceil(n) as i64).collect()
}

/// The fifth of the probability scale that a probability lies in.
fn band(probability: f64) -> &'static str {
    match probability {
        p if p < 0.2 => "very_low",
        p if p < 0.4 => "low",
        p if p < 0.6 => "medium",
        p if p < 0.8 => "high",
        _ => "very_high",
    }
}

fn text<T: ToString>(values: impl Iterator<Item = Option<T>>) -> Column {
    Column::Text(values.map(|value| value.map(|v| v.to_string())).collect())
}

fn batch(columns: Vec<(&str, Column)>) -> Result<RecordBatch> {
    let epoch = NaiveDate::default();
    let mut fields = Vec::with_capacity(columns.len());
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(columns.len());
    for (name, column) in columns {
        let array: ArrayRef = match column {
            Column::Text(values) => Arc::new(StringArray::from(values)),
            Column::Int(values) => Arc::new(Int64Array::from(values)),
            Column::Float(values) => Arc::new(Float64Array::from(values)),
            Column::Bool(values) => Arc::new(BooleanArray::from(values)),
            Column::Day(values) => Arc::new(Date32Array::from_iter(
                values.iter().map(|day| i32::try_from((*day - epoch).num_days()).ok()),
            )),
        };
        fields.push(Field::new(name, array.data_type().clone(), true));
        arrays.push(array);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .map_err(|e| Error::internal("a table does not fit its schema").because(e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_are_in_percentile_100_and_ties_share_theirs() {
        assert_eq!(percentiles(&[0.1, 0.9, 0.5, 0.5]), [25, 100, 75, 75]);
        let many: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0).collect();
        let found = percentiles(&many);
        assert_eq!((found[0], found[999], found[499]), (1, 100, 50));
        assert_eq!(percentiles(&[]), Vec::<i64>::new());
    }
}
