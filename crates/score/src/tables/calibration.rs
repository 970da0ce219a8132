//! `calibration`: what was said against what happened, bin by bin.

use arrow::array::RecordBatch;
use chrono::NaiveDate;
use foretell_engine::Result;
use foretell_learn::CalibrationBin;

use super::{Column, batch, text};

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
        (
            "observed_rate_low",
            Column::Float(bins.iter().map(|(_, b)| Some(b.observed_rate_interval.0)).collect()),
        ),
        (
            "observed_rate_high",
            Column::Float(bins.iter().map(|(_, b)| Some(b.observed_rate_interval.1)).collect()),
        ),
        ("run_id", text(bins.iter().map(|_| Some(run_id)))),
    ])
}
