//! What a model says of the customers of a cutoff.

use chrono::NaiveDate;
use foretell_engine::Result;
use foretell_learn::{Calibrator, Model, reasons};
use foretell_spec::ModelKind;
use foretell_storage::layout;

use crate::dataset::{Dataset, learn_error};
use crate::publish::Publisher;
use crate::tables::{self, Said};
use crate::target::Job;

/// Reasons given for each customer.
const REASONS: usize = 3;

/// Customers whose reasons are worked out at once: their contributions are rows x features numbers.
const AT_ONCE: usize = 16_384;

/// A model that speaks: just learned, or kept from an earlier day.
pub(crate) struct Speaker<'a> {
    pub(crate) kind: ModelKind,
    pub(crate) model: &'a dyn Model,
    pub(crate) calibrator: &'a Calibrator,
    pub(crate) threshold: f64,
    pub(crate) model_id: &'a str,
}

impl Job<'_> {
    /// Publishes what a model says of the customers of a cutoff; returns how many it names.
    pub(crate) async fn say(
        &self,
        name: &str,
        cutoff: NaiveDate,
        speaker: &Speaker<'_>,
        rows: &Dataset,
        publisher: &mut Publisher<'_>,
    ) -> Result<u64> {
        let Speaker { model, threshold, .. } = *speaker;
        let x = rows.x.take_columns(model.columns()).map_err(learn_error)?;
        let mut why = Vec::with_capacity(x.rows());
        let order: Vec<usize> = (0..x.rows()).collect();
        for part in order.chunks(AT_ONCE) {
            let part = x.take_rows(part).map_err(learn_error)?;
            why.extend(reasons(model, &part, REASONS).map_err(learn_error)?);
        }
        let log_odds = model.log_odds(&x).map_err(learn_error)?;
        let probabilities = speaker.calibrator.probabilities(&log_odds);
        let batch = tables::scores(&Said {
            customers: &rows.customers,
            probabilities: &probabilities,
            reasons: &why,
            features: model.columns(),
            threshold,
            model: speaker.kind.name(),
            model_id: speaker.model_id,
            run_id: self.run_id,
        })?;
        let day = cutoff.to_string();
        publisher.whole(&layout::partition("scores", &[("target", name), ("cutoff", &day)]), &batch).await?;
        Ok(probabilities.iter().filter(|p| **p >= threshold).count() as u64)
    }
}
