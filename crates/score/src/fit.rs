//! The recipe: everything that is learned as of a day, from nothing known later.

use foretell_engine::Result;
use foretell_spec::{ModelKind, Score};

use crate::dataset::{Dataset, learn_error};
use foretell_learn::{Calibrator, Decision, Evaluation, LearnError, Model, TrainInput, decide, train_beside};

/// One model, calibrated, with the threshold that meets the wish on validation.
#[derive(Debug)]
pub(crate) struct Fitted {
    pub(crate) kind: ModelKind,
    pub(crate) model: Box<dyn Model>,
    pub(crate) calibrator: Calibrator,
    pub(crate) decision: Decision,
    /// Log loss on validation, by which the champion is chosen.
    pub(crate) log_loss: f64,
}

/// All models that could be trained as of a day, and why the others could not.
#[derive(Debug)]
pub(crate) struct Fit {
    pub(crate) models: Vec<Fitted>,
    pub(crate) failed: Vec<(ModelKind, LearnError)>,
}

impl Fitted {
    /// Calibrated probabilities of the rows of `data`.
    pub(crate) fn probabilities(&self, data: &Dataset) -> Result<Vec<f64>> {
        let x = data.x.take_columns(self.model.columns()).map_err(learn_error)?;
        Ok(self.calibrator.probabilities(&self.model.log_odds(&x).map_err(learn_error)?))
    }
}

impl Fit {
    /// The model with the lowest log loss on validation; of equals the first in the spec.
    pub(crate) fn champion(&self) -> Option<&Fitted> {
        self.models.iter().min_by(|a, b| a.log_loss.total_cmp(&b.log_loss))
    }

    /// The model of a kind.
    pub(crate) fn of(&self, kind: ModelKind) -> Option<&Fitted> {
        self.models.iter().find(|fitted| fitted.kind == kind)
    }
}

/// Trains, calibrates and decides for every model of the spec.
///
/// # Errors
/// The labels are not fit to learn from; a single model's failure is only noted.
pub(crate) fn fit(
    score: &Score,
    train_rows: &Dataset,
    validation: &Dataset,
    recency: &[String],
    threads: usize,
) -> Result<Fit> {
    let columns = train_rows.x.columns();
    let recency: Vec<usize> =
        recency.iter().filter_map(|name| columns.iter().position(|c| c == name)).collect();
    let validation_x = validation.x.take_columns(columns).map_err(learn_error)?;
    let input = TrainInput {
        x: &train_rows.x,
        y: &train_rows.y,
        recency: &recency,
        validation: (&validation_x, &validation.y),
        seed: score.seed,
        threads: Some(threads),
    };
    let mut models = Vec::new();
    let mut failed = Vec::new();
    for kind in &score.models {
        let trained: Vec<&dyn Model> = models.iter().map(|fitted: &Fitted| fitted.model.as_ref()).collect();
        match one(*kind, score, &input, &trained) {
            Ok(fitted) => models.push(fitted),
            Err(error) => failed.push((*kind, error)),
        }
    }
    match (models.is_empty(), failed.first()) {
        (true, Some((_, error))) => Err(learn_error(error.clone())),
        _ => Ok(Fit { models, failed }),
    }
}

fn one(
    kind: ModelKind,
    score: &Score,
    input: &TrainInput<'_>,
    trained: &[&dyn Model],
) -> Result<Fitted, LearnError> {
    let model = train_beside(kind, input, trained)?;
    let (x, y) = input.validation;
    let log_odds = model.log_odds(x)?;
    let calibrator = Calibrator::fit(&log_odds, y)?;
    let evaluation = Evaluation::new(y, &calibrator.probabilities(&log_odds))?;
    let decision = decide(&score.decide, &evaluation)?;
    let log_loss = crossed_log_loss(&log_odds, y).or(evaluation.log_loss()).unwrap_or(f64::INFINITY);
    Ok(Fitted { kind, model, calibrator, decision, log_loss })
}

/// The log loss on validation where each half is calibrated by the other.
///
/// A calibrator judged on the rows it was fitted to would favour the model that bends the most.
/// `None` where a half holds one class only.
fn crossed_log_loss(log_odds: &[f64], y: &[f64]) -> Option<f64> {
    let half = |values: &[f64], odd: usize| -> Vec<f64> {
        values.iter().enumerate().filter(|(row, _)| row % 2 == odd).map(|(_, value)| *value).collect()
    };
    let mut sum = 0.0;
    for odd in [0, 1] {
        let calibrator = Calibrator::fit(&half(log_odds, 1 - odd), &half(y, 1 - odd)).ok()?;
        let labels = half(y, odd);
        let evaluation = Evaluation::new(&labels, &calibrator.probabilities(&half(log_odds, odd))).ok()?;
        sum += evaluation.log_loss()? * labels.len() as f64;
    }
    Some(sum / y.len() as f64)
}
