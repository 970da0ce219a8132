//! `scores`: what is said of each customer.

use arrow::array::RecordBatch;
use foretell_engine::Result;
use foretell_learn::{Reason, Reasons};

use super::{Column, batch, text};

/// What is said of the customers of one cutoff.
pub(crate) struct Said<'a> {
    pub(crate) customers: &'a [String],
    pub(crate) probabilities: &'a [f64],
    pub(crate) named: &'a [bool],
    pub(crate) reasons: &'a [Reasons],
    /// A reason of a row in words.
    pub(crate) sentence: &'a dyn Fn(usize, Reason) -> String,
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
        ("predicted", Column::Bool(said.named.iter().copied().map(Some).collect())),
        ("threshold", Column::Float(vec![Some(said.threshold); n])),
    ];
    let names = [("reason_1", "effect_1"), ("reason_2", "effect_2"), ("reason_3", "effect_3")];
    for (place, (reason, effect)) in names.into_iter().enumerate() {
        let at = |row: &Reasons| row.strongest.get(place).copied();
        let feature = |r: Reason| said.features.get(r.feature);
        columns.push((reason, text(said.reasons.iter().map(|row| at(row).and_then(feature)))));
        columns.push((
            effect,
            Column::Float(said.reasons.iter().map(|row| at(row).map(|r| r.effect)).collect()),
        ));
    }
    for (names, of) in [
        (["raises_1", "raises_2", "raises_3"], (|r| &r.raises) as fn(&Reasons) -> &Vec<Reason>),
        (["lowers_1", "lowers_2", "lowers_3"], |r| &r.lowers),
    ] {
        for (place, name) in names.into_iter().enumerate() {
            let sentence = |(row, reasons)| {
                let reason: Reason = *of(reasons).get(place)?;
                Some((said.sentence)(row, reason))
            };
            columns.push((name, text(said.reasons.iter().enumerate().map(sentence))));
        }
    }
    columns.push(("model", text((0..n).map(|_| Some(said.model)))));
    columns.push(("model_id", text((0..n).map(|_| Some(said.model_id)))));
    columns.push(("run_id", text((0..n).map(|_| Some(said.run_id)))));
    batch(columns)
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
