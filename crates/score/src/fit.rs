//! The recipe: everything that is learned as of a day, from nothing known later.

use std::collections::HashMap;

use chrono::NaiveDate;
use foretell_engine::Result;
use foretell_spec::ModelKind;

use crate::dataset::{Dataset, learn_error};
use foretell_learn::{
    LearnError, Model, Outlook, Refits, TrainInput, Validation, crossed_log_loss, refits, train,
};

/// One model and what its past lets expect.
#[derive(Debug)]
pub(crate) struct Fitted {
    pub(crate) kind: ModelKind,
    pub(crate) model: Box<dyn Model>,
    pub(crate) outlook: Outlook,
    /// Log loss on the validation cutoffs, by which the champion is chosen.
    pub(crate) log_loss: f64,
}

/// All models that could be trained as of a day, and why the others could not.
#[derive(Debug)]
pub(crate) struct Fit {
    pub(crate) models: Vec<Fitted>,
    pub(crate) failed: Vec<(ModelKind, LearnError)>,
}

impl Fitted {
    /// The model's log-odds of the rows of `data`, before calibration.
    pub(crate) fn log_odds(&self, data: &Dataset) -> Result<Vec<f64>> {
        log_odds(self.model.as_ref(), data).map_err(learn_error)
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

/// Models on their way: trained as of the day, and looking back at earlier validation cutoffs one by one.
#[derive(Debug)]
pub(crate) struct Fitting {
    seed: u64,
    recency: Vec<usize>,
    threads: usize,
    models: Vec<Trained>,
    failed: Vec<(ModelKind, LearnError)>,
}

#[derive(Debug)]
struct Trained {
    model: Box<dyn Model>,
    /// Validation cutoffs, each scored by a model that knew nothing of it.
    unknown: Vec<Scored>,
    /// All past cutoffs, scored by the model itself.
    past: Vec<Scored>,
}

/// A cutoff as a model scores it.
#[derive(Debug, Clone)]
struct Scored {
    cutoff: NaiveDate,
    log_odds: Vec<f64>,
    labels: Vec<f64>,
    customers: Vec<String>,
}

impl Scored {
    fn view(&self) -> Validation<'_> {
        Validation {
            day: i64::from(self.cutoff.to_epoch_days()),
            log_odds: &self.log_odds,
            labels: &self.labels,
            customers: &self.customers,
        }
    }
}

impl Fitting {
    /// Trains every one of the models.
    ///
    /// # Errors
    /// No model could be trained; a single model's failure is only noted.
    pub(crate) fn train(
        models: &[ModelKind],
        seed: u64,
        train_rows: &Dataset,
        validation: &Dataset,
        recency: &[String],
        threads: usize,
    ) -> Result<Self> {
        let columns = train_rows.x.columns();
        let recency = recency.iter().filter_map(|name| columns.iter().position(|c| c == name)).collect();
        let mut fitting = Self { seed, recency, threads, models: Vec::new(), failed: Vec::new() };
        for kind in models {
            match fitting.one(*kind, train_rows, validation) {
                Ok(trained) => fitting.models.push(trained),
                Err(error) => fitting.failed.push((*kind, error)),
            }
        }
        match (fitting.models.is_empty(), fitting.failed.first()) {
            (true, Some((_, error))) => Err(learn_error(error.clone())),
            _ => Ok(fitting),
        }
    }

    fn one(&self, kind: ModelKind, rows: &Dataset, validation: &Dataset) -> Result<Trained, LearnError> {
        let validation_x = validation.x.take_columns(rows.x.columns())?;
        let model = train(kind, &self.input(rows, (&validation_x, &validation.y)))?;
        let newest = scored(model.as_ref(), validation)?;
        let mut past = newest.clone();
        let known: Vec<NaiveDate> = newest.iter().map(|s| s.cutoff).collect();
        past.extend(scored(model.as_ref(), rows)?.into_iter().filter(|s| !known.contains(&s.cutoff)));
        Ok(Trained { model, unknown: newest, past })
    }

    /// Trains every model again some times, each time on half of the customers at most.
    pub(crate) fn refits(&self, rows: &Dataset, count: usize) -> Result<Vec<(ModelKind, Refits)>> {
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        let mut customers = Vec::with_capacity(rows.customers.len());
        for id in &rows.customers {
            let fresh = numbers.len();
            customers.push(*numbers.entry(id).or_insert(fresh));
        }
        let input = self.input(rows, (&rows.x, &rows.y));
        let one = |trained: &Trained| {
            let found = refits(trained.model.as_ref(), &input, &customers, count).map_err(learn_error)?;
            Ok((trained.model.kind(), found))
        };
        self.models.iter().map(one).collect()
    }

    /// Has every model score a validation cutoff of the past, as it would have done had it been trained then.
    ///
    /// A model that could not have been trained then is left without that cutoff.
    pub(crate) fn look_back(&mut self, rows: &Dataset, validation: &Dataset) -> Result<()> {
        for index in 0..self.models.len() {
            let Some(trained) = self.models.get(index) else { continue };
            let rows_x = rows.x.take_columns(trained.model.columns()).map_err(learn_error)?;
            let validation_x = validation.x.take_columns(trained.model.columns()).map_err(learn_error)?;
            let input = TrainInput { x: &rows_x, ..self.input(rows, (&validation_x, &validation.y)) };
            let found = trained.model.refit(&input).and_then(|then| scored(then.as_ref(), validation));
            let now = scored(trained.model.as_ref(), validation).map_err(learn_error)?;
            let Some(trained) = self.models.get_mut(index) else { continue };
            trained.unknown.extend(found.unwrap_or_default());
            let known: Vec<NaiveDate> = trained.past.iter().map(|s| s.cutoff).collect();
            trained.past.extend(now.into_iter().filter(|s| !known.contains(&s.cutoff)));
        }
        Ok(())
    }

    /// Draws from all this what the models' past lets expect; `horizon` is that of the target with its gap, in days.
    ///
    /// # Errors
    /// No model's validation is fit to learn from; that of a single one is only noted.
    pub(crate) fn finish(self, horizon: u32) -> Result<Fit> {
        let Self { models, mut failed, .. } = self;
        let mut fitted = Vec::new();
        for trained in models {
            let kind = trained.model.kind();
            let unknown: Vec<Validation<'_>> = trained.unknown.iter().map(Scored::view).collect();
            let past: Vec<Validation<'_>> = trained.past.iter().map(Scored::view).collect();
            match Outlook::learn(horizon, &unknown, &past) {
                Ok(outlook) => {
                    let log_loss =
                        crossed_log_loss(&unknown).or(outlook.log_loss(&unknown)).unwrap_or(f64::MAX);
                    fitted.push(Fitted { kind, model: trained.model, outlook, log_loss });
                }
                Err(error) => failed.push((kind, error)),
            }
        }
        match (fitted.is_empty(), failed.first()) {
            (true, Some((_, error))) => Err(learn_error(error.clone())),
            _ => Ok(Fit { models: fitted, failed }),
        }
    }

    fn input<'b>(
        &'b self,
        rows: &'b Dataset,
        validation: (&'b foretell_learn::Matrix, &'b [f64]),
    ) -> TrainInput<'b> {
        TrainInput {
            x: &rows.x,
            y: &rows.y,
            recency: &self.recency,
            validation,
            seed: self.seed,
            threads: Some(self.threads),
        }
    }
}

fn log_odds(model: &dyn Model, data: &Dataset) -> Result<Vec<f64>, LearnError> {
    model.log_odds(&data.x.take_columns(model.columns())?)
}

/// The cutoffs of `data` as a model scores them.
fn scored(model: &dyn Model, data: &Dataset) -> Result<Vec<Scored>, LearnError> {
    let all = log_odds(model, data)?;
    let mut start = 0;
    let mut parts = Vec::with_capacity(data.parts.len());
    for (cutoff, rows) in &data.parts {
        let end = start + rows;
        parts.push(Scored {
            cutoff: *cutoff,
            log_odds: all.get(start..end).unwrap_or_default().to_vec(),
            labels: data.y.get(start..end).unwrap_or_default().to_vec(),
            customers: data.customers.get(start..end).unwrap_or_default().to_vec(),
        });
        start = end;
    }
    Ok(parts)
}
