//! One target: the backtest, what happened, and the statements for the logical date.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use foretell_engine::{Engine, Error, Result, Watcher};
use foretell_spec::{Loaded, Target, digest_of};
use foretell_storage::{Warehouse, layout};
use serde::Serialize;

use crate::dataset::{Customers, Dataset, Reader, learn_error};
use crate::fit::{Fit, Fitted, fit};
use crate::publish::Publisher;
use crate::report::{FamilyShare, ModelReport, TargetReport};
use crate::screen::{Screened, screen};
use crate::split::{Split, as_of};
use crate::stage::published;
use crate::tables::{self, Judged, Said, Shared};
use foretell_learn::{Calibrator, Evaluation, calibration_table, influence, reasons};

/// Reasons given for each customer.
const REASONS: usize = 3;

/// Customers whose reasons are worked out at once: their contributions are rows x features numbers.
const AT_ONCE: usize = 16_384;

/// What all targets share.
pub(crate) struct Job<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) warehouse: &'a Warehouse,
    pub(crate) loaded: &'a Loaded,
    pub(crate) date: NaiveDate,
    /// Cutoffs whose outcome is known, ascending.
    pub(crate) matured: &'a [NaiveDate],
    /// Feature and family, in the order of the columns.
    pub(crate) catalogue: &'a [(String, String)],
    pub(crate) run_id: &'a str,
    pub(crate) watcher: &'a dyn Watcher,
}

/// The model as it is kept in `models/`.
#[derive(Serialize)]
struct Kept<'a> {
    target: &'a str,
    model_id: &'a str,
    as_of: String,
    trained_on: Vec<String>,
    validated_on: String,
    model: &'a str,
    calibrator: &'a Calibrator,
    threshold: f64,
    learned: serde_json::Value,
}

/// A fit and the features it was given.
pub(crate) struct AsOf {
    day: NaiveDate,
    split: Split,
    pub(crate) fit: Fit,
    pub(crate) screened: Vec<Screened>,
    validation: Dataset,
}

/// The error of a target of which no outcome is known as of a day.
pub(crate) fn nothing_known(name: &str, target: &Target, day: NaiveDate) -> Error {
    let needed = u64::from(target.gap.0) + u64::from(target.horizon.0);
    Error::contract(format!(
        "target {name}: no outcome is known yet as of {day}: no cutoff lies {needed} days before the end of the rows"
    ))
    .hint("raise `cutoffs.count`, wait for more data, or ask for a shorter horizon")
}

impl Job<'_> {
    /// Learns, judges and publishes one target.
    pub(crate) async fn target(
        &self,
        name: &str,
        target: &Target,
        publisher: &mut Publisher<'_>,
    ) -> Result<TargetReport> {
        let columns: Vec<String> = self.catalogue.iter().map(|(feature, _)| feature.clone()).collect();
        let reader =
            Reader { engine: self.engine, warehouse: self.warehouse, target: name, columns: &columns };
        let Some(now) = as_of(target, self.matured, self.date) else {
            return Err(nothing_known(name, target, self.date));
        };
        let mut report = TargetReport::empty(name);
        // The newest cutoff whose outcome is known is the test: the recipe is run as of that day.
        let test = now.validation;
        let backtest = match as_of(target, self.matured, test) {
            Some(split) => Some(self.learn(&reader, name, test, split).await?),
            None => None,
        };
        let today = self.learn(&reader, name, self.date, now).await?;
        self.watcher.step("score", &format!("{name}: models trained"), 1, 3);
        let judge = match &backtest {
            Some(backtest) => {
                let rows = reader.to_judge_by(test).await?;
                self.judge(name, "test", test, backtest, &rows, publisher, &mut report).await?;
                // What a run for that day really published stays: it is what people acted upon.
                if !published(self.warehouse, name, &test.to_string()).await? {
                    self.say(name, test, backtest, backtest.fit.champion(), &rows, publisher).await?;
                }
                backtest
            }
            None => {
                report.notes.push(format!(
                    "history is too short for a test: no outcome was known by {test}; the figures are of \
                     validation, on which thresholds were chosen, and flatter"
                ));
                self.judge(name, "validation", test, &today, &today.validation, publisher, &mut report)
                    .await?;
                &today
            }
        };
        if judge.split.by_customer {
            report.notes.push(
                "history is too short to train on earlier cutoffs: a third of the customers was kept back instead"
                    .to_owned(),
            );
        }
        let screened = tables::feature_screen(&today.screened, |feature| self.family(feature))?;
        publisher.whole(&layout::partition("feature_screen", &[("target", name)]), &screened).await?;
        self.watcher.step("score", &format!("{name}: judged"), 2, 3);

        // The champion was chosen in the backtest; it is learned anew from all that is known today.
        let champion = judge.fit.champion().and_then(|best| today.fit.of(best.kind)).or(today.fit.champion());
        let eligible = target.eligible.as_deref().unwrap_or("true");
        let rows = reader.eligible(self.date, eligible).await?;
        report.scored = rows.customers.len() as u64;
        report.named = self.say(name, self.date, &today, champion, &rows, publisher).await?;
        report.champion = champion.map(|c| c.kind.name().to_owned());
        report.champion_says = champion.map(|c| c.model.describe());
        self.watcher.step("score", &format!("{name}: scored"), 3, 3);
        Ok(report)
    }

    /// Runs the recipe as of a day.
    pub(crate) async fn learn(
        &self,
        reader: &Reader<'_>,
        name: &str,
        day: NaiveDate,
        split: Split,
    ) -> Result<AsOf> {
        let (train_on, validate_on) = if split.by_customer {
            (Customers::FirstTwoThirds, Customers::LastThird)
        } else {
            (Customers::All, Customers::All)
        };
        let train = reader.to_learn_from(&split.train, train_on).await?;
        let validation = reader.to_learn_from(&[split.validation], validate_on).await?;
        let screened = screen(&train.x);
        let kept: Vec<String> = screened.iter().filter(|s| s.kept).map(|s| s.feature.clone()).collect();
        let train = Dataset { x: train.x.take_columns(&kept).map_err(learn_error)?, ..train };
        let recency: Vec<String> = self
            .catalogue
            .iter()
            .filter(|(_, family)| family == "recency")
            .map(|(feature, _)| feature.clone())
            .collect();
        let threads = self.engine.threads();
        let fit = fit(&self.loaded.spec.score, &train, &validation, &recency, threads).map_err(|error| {
            let days: Vec<String> = split.train.iter().map(ToString::to_string).collect();
            let made = Error::new(
                error.kind(),
                format!(
                    "target {name}: {error} (trained on {}, validated on {})",
                    days.join(", "),
                    split.validation
                ),
            );
            error.hints().iter().cloned().fold(made, Error::hint)
        })?;
        Ok(AsOf { day, split, fit, screened, validation })
    }

    /// Holds what was said against what happened.
    #[expect(clippy::too_many_arguments, reason = "one call site each for test and validation")]
    async fn judge(
        &self,
        name: &str,
        split: &str,
        cutoff: NaiveDate,
        learned: &AsOf,
        rows: &Dataset,
        publisher: &mut Publisher<'_>,
        report: &mut TargetReport,
    ) -> Result<()> {
        let best = learned.fit.champion().map(|c| c.kind);
        let mut evaluations = Vec::new();
        let mut bins = Vec::new();
        let mut shared = Vec::new();
        for fitted in &learned.fit.models {
            let probabilities = fitted.probabilities(rows)?;
            let table = calibration_table(&rows.y, &probabilities).map_err(learn_error)?;
            bins.extend(table.into_iter().map(|bin| (fitted.kind.name(), bin)));
            evaluations.push(Evaluation::new(&rows.y, &probabilities).map_err(learn_error)?);
            shared.extend(self.shares(fitted, rows)?);
        }
        // The champion's behaviours first: they are what people ask for.
        shared.sort_by_key(|s| Some(s.model) != best.map(|kind| kind.name()));
        let judged: Vec<Judged<'_>> = learned
            .fit
            .models
            .iter()
            .zip(&evaluations)
            .map(|(fitted, evaluation)| Judged {
                model: fitted.kind.name(),
                chosen: Some(fitted.kind) == best,
                threshold: fitted.decision.threshold,
                evaluation,
            })
            .collect();
        let path = |table: &str| layout::partition(table, &[("target", name)]);
        let run_id = self.run_id;
        publisher.cutoff(&path("quality"), cutoff, tables::quality(cutoff, split, &judged, run_id)?).await?;
        publisher
            .cutoff(&path("quality_curve"), cutoff, tables::quality_curve(cutoff, &judged, run_id)?)
            .await?;
        publisher.cutoff(&path("calibration"), cutoff, tables::calibration(cutoff, &bins, run_id)?).await?;
        publisher.cutoff(&path("influence"), cutoff, tables::influence(cutoff, &shared, run_id)?).await?;

        report.judged_at = Some(cutoff.to_string());
        report.split = Some(split.to_owned());
        report.n = rows.y.len() as u64;
        report.positives = rows.y.iter().filter(|y| **y == 1.0).count() as u64;
        report.models = learned.fit.models.iter().zip(&judged).map(|(f, j)| model_report(f, j)).collect();
        report.families = families(&shared, best.map_or("", |kind| kind.name()));
        for (kind, why) in &learned.fit.failed {
            report.notes.push(format!("{} could not be trained: {why}", kind.name()));
        }
        Ok(())
    }

    fn shares(&self, fitted: &Fitted, rows: &Dataset) -> Result<Vec<Shared>> {
        let x = rows.x.take_columns(fitted.model.columns()).map_err(learn_error)?;
        // Each customer is in a cutoff once, so each is a group of its own.
        let groups: Vec<usize> = (0..x.rows()).collect();
        let found = influence(fitted.model.as_ref(), &x, &groups, self.loaded.spec.score.seed)
            .map_err(learn_error)?;
        let named = found.into_iter().filter_map(|influence| {
            let feature = fitted.model.columns().get(influence.feature)?.clone();
            Some(Shared { model: fitted.kind.name(), family: self.family(&feature), feature, influence })
        });
        Ok(named.collect())
    }

    /// Publishes what a model says of the customers of a cutoff; returns how many it names.
    async fn say(
        &self,
        name: &str,
        cutoff: NaiveDate,
        learned: &AsOf,
        champion: Option<&Fitted>,
        rows: &Dataset,
        publisher: &mut Publisher<'_>,
    ) -> Result<u64> {
        let Some(champion) = champion else { return Ok(0) };
        let id = digest_of(&(&self.run_id, learned.day.to_string(), champion.kind));
        let model_id = &id[..16];
        let x = rows.x.take_columns(champion.model.columns()).map_err(learn_error)?;
        let mut why = Vec::with_capacity(x.rows());
        let order: Vec<usize> = (0..x.rows()).collect();
        for part in order.chunks(AT_ONCE) {
            let part = x.take_rows(part).map_err(learn_error)?;
            why.extend(reasons(champion.model.as_ref(), &part, REASONS).map_err(learn_error)?);
        }
        let probabilities = champion.probabilities(rows)?;
        let threshold = champion.decision.threshold;
        let batch = tables::scores(&Said {
            customers: &rows.customers,
            probabilities: &probabilities,
            reasons: &why,
            features: champion.model.columns(),
            threshold,
            model: champion.kind.name(),
            model_id,
            run_id: self.run_id,
        })?;
        let learned_json = champion.model.to_json().map_err(learn_error)?;
        let kept = Kept {
            target: name,
            model_id,
            as_of: learned.day.to_string(),
            trained_on: learned.split.train.iter().map(ToString::to_string).collect(),
            validated_on: learned.split.validation.to_string(),
            model: champion.kind.name(),
            calibrator: &champion.calibrator,
            threshold,
            learned: serde_json::from_str(&learned_json)
                .map_err(|e| Error::internal("a model is no JSON").because(e))?,
        };
        self.warehouse.write_json(&layout::model(name, model_id, "model.json"), &kept).await?;
        if let Some((file, text)) = champion.model.file() {
            self.warehouse.write(&layout::model(name, model_id, file), text.as_bytes().to_vec()).await?;
        }
        let day = cutoff.to_string();
        publisher.whole(&layout::partition("scores", &[("target", name), ("cutoff", &day)]), &batch).await?;
        Ok(probabilities.iter().filter(|p| **p >= threshold).count() as u64)
    }

    fn family(&self, feature: &str) -> String {
        let found = self.catalogue.iter().find(|(name, _)| name == feature);
        found.map(|(_, family)| family.clone()).unwrap_or_default()
    }
}

fn model_report(fitted: &Fitted, judged: &Judged<'_>) -> ModelReport {
    let confusion = judged.evaluation.confusion(judged.threshold);
    ModelReport {
        model: judged.model.to_owned(),
        chosen: judged.chosen,
        rule: fitted.model.describe_at(&fitted.calibrator, judged.threshold),
        error_rate: confusion.error_rate(),
        error_rate_interval: confusion.error_rate_interval(),
        miss_rate: confusion.miss_rate(),
        miss_rate_interval: confusion.miss_rate_interval(),
        roc_auc: judged.evaluation.roc_auc(),
        validation_log_loss: fitted.log_loss,
        wish_met: fitted.decision.kept,
    }
}

/// A model's influence added up by family, largest first.
fn families(shared: &[Shared], model: &str) -> Vec<FamilyShare> {
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for s in shared.iter().filter(|s| s.model == model) {
        *sums.entry(&s.family).or_default() += s.influence.share;
    }
    let mut families: Vec<FamilyShare> =
        sums.into_iter().map(|(family, share)| FamilyShare { family: family.to_owned(), share }).collect();
    families.sort_by(|a, b| b.share.total_cmp(&a.share));
    families
}
