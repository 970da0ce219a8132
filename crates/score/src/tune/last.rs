//! The last step: both lists on the test cutoff, once.

use chrono::NaiveDate;
use foretell_engine::Result;
use foretell_learn::Paired;
use foretell_spec::Target;

use super::report::{TestReport, TestedModel};
use super::trial::losses;
use crate::dataset::Reader;
use crate::split::Split;
use crate::statement::Statement;
use crate::target::{AsOf, Job};

/// Learns both lists by the recipe as of the test cutoff and holds them against what happened.
pub(super) async fn test(
    job: &Job<'_>,
    (name, target): (&str, &Target),
    cutoff: NaiveDate,
    split: Split,
    full: &AsOf,
    features: &[String],
) -> Result<TestReport> {
    let few: Vec<(String, String)> =
        job.catalogue.iter().filter(|(feature, _)| features.contains(feature)).cloned().collect();
    let columns: Vec<String> = job.catalogue.iter().map(|(feature, _)| feature.clone()).collect();
    let reader = Reader { engine: job.engine, warehouse: job.warehouse, target: name, columns: &columns };
    let small = Reader { columns: features, ..reader };
    let tuned =
        Job { catalogue: &few, ..*job }.learn(&small, (name, target), cutoff, split, (false, &[])).await?;
    let rows = reader.to_judge_by(cutoff).await?;
    let mut models = Vec::new();
    let mut best: Vec<Vec<f64>> = Vec::new();
    for (list, learned) in [("full", full), ("tuned", &tuned)] {
        let champion = learned.fit.champion().map(|fitted| fitted.kind);
        for fitted in &learned.fit.models {
            let said = Statement::new(fitted, job.loaded.spec.wish(target), cutoff, &rows)?;
            let verdict = said.judged(&rows)?;
            let chosen = Some(fitted.kind) == champion;
            if chosen {
                best.push(losses(&rows.y, &said.probabilities));
            }
            models.push(TestedModel {
                list: list.to_owned(),
                features: fitted.model.columns().len(),
                model: fitted.kind.name().to_owned(),
                chosen,
                error_rate: verdict.confusion.error_rate(),
                error_rate_interval: verdict.intervals.error_rate,
                miss_rate: verdict.confusion.miss_rate(),
                miss_rate_interval: verdict.intervals.miss_rate,
                roc_auc: verdict.evaluation.roc_auc(),
                log_loss: verdict.evaluation.log_loss(),
            });
        }
    }
    // Each customer is in a cutoff once.
    let customers: Vec<usize> = (0..rows.y.len()).collect();
    let change = match best.as_slice() {
        [full, tuned] => Paired::new(full, tuned, &customers, &vec![0; customers.len()]).ok(),
        _ => None,
    };
    Ok(TestReport {
        cutoff: cutoff.to_string(),
        n: rows.y.len(),
        positives: rows.y.iter().filter(|y| **y == 1.0).count(),
        models,
        change: change.map(|paired| {
            let (low, high) = paired.interval(1);
            (paired.change, low, high)
        }),
    })
}
