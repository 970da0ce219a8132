//! One target: the backtest, what happened, and the statements for the logical date.

use chrono::NaiveDate;
use foretell_engine::{Engine, Error, Ready, Result, Watcher};
use foretell_spec::{Loaded, ModelKind, Target, Wish, digest_of};
use foretell_storage::{Warehouse, layout};

use crate::about::About;
use crate::champion::{chosen, competing};
use crate::dataset::{Customers, Dataset, Reader, learn_error};
use crate::drift::{Profile, spread};
use crate::enough::assess;
use crate::explain::{Explained, families};
use crate::fit::{Fit, Fitted, Fitting};
use crate::kept::Kept;
use crate::publish::Publisher;
use crate::report::{ModelReport, TargetReport};
use crate::screen::{Screened, Suspect, refused, suspects};
use crate::split::{Split, as_of};
use crate::stage::published;
use crate::statement::{Statement, Verdict};
use crate::tables::{self, Judged};
use foretell_learn::{Promise, Reference, Refits, calibration_table};

/// Times that a judged model is learned again from other customers.
const REFITS: usize = 5;

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
    pub(crate) about: &'a About,
    pub(crate) run_id: &'a str,
    pub(crate) watcher: &'a dyn Watcher,
}

/// A fit and the features it was given.
struct AsOf {
    day: NaiveDate,
    split: Split,
    fit: Fit,
    screened: Vec<Screened>,
    /// For each feature that was kept, the one whose group of near copies it is in.
    groups: Vec<usize>,
    /// The models learned from other customers; of those that are judged.
    refits: Vec<(ModelKind, Refits)>,
    validation: Dataset,
    /// How the features were spread on the training rows; of the logical date's models only.
    spread: Option<Vec<(String, Reference)>>,
    /// What people should know of the rows it was learned from.
    notes: Vec<String>,
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
            let needed = u64::from(target.gap.0) + u64::from(target.horizon.0);
            return Err(Error::contract(format!(
                "target {name}: no outcome is known yet as of {}: no cutoff lies {needed} days before the end of \
                 the rows",
                self.date
            ))
            .hint("raise `cutoffs.count`, wait for more data, or ask for a shorter horizon"));
        };
        let mut report = TargetReport::empty(name);
        // The newest cutoff whose outcome is known is the test: the recipe is run as of that day.
        let test = now.validation;
        let earlier = as_of(target, self.matured, test);
        let judged = earlier.is_none();
        let today = self.learn(&reader, (name, target), self.date, now, (judged, &[])).await?;
        report.suspects = suspects(&today.screened);
        let screened = tables::feature_screen(&today.screened, |feature| self.family(feature))?;
        let screen_path = layout::partition("feature_screen", &[("target", name)]);
        let wanted = &self.loaded.spec.score.screen;
        if let Some(error) = refused(name, wanted.on_suspect, &report.suspects, &wanted.keep) {
            publisher.whole(&screen_path, &screened).await?;
            return Ok(report.refused(&error));
        }
        let backtest = match earlier {
            Some(split) => {
                Some(self.learn(&reader, (name, target), test, split, (true, &report.suspects)).await?)
            }
            None => None,
        };
        self.watcher.step("score", &format!("{name}: models trained"), 1, 3);
        let judge = match &backtest {
            Some(backtest) => {
                let rows = reader.to_judge_by(test).await?;
                self.judge((name, target), "test", test, backtest, &rows, publisher, &mut report).await?;
                // What a run for that day really published stays: it is what people acted upon.
                if !published(self.warehouse, name, &test.to_string()).await?
                    && let Some(champion) = backtest.fit.champion()
                {
                    let said = Statement::new(champion, self.loaded.spec.wish(target), test, &rows)?;
                    let kept = self.keep((name, target), backtest, champion, &said.promise).await?;
                    let voice = kept.voice(champion);
                    let beside = self.beside(backtest, champion);
                    self.say((name, target), test, &voice, &said, &beside, &rows, publisher).await?;
                }
                backtest
            }
            None => {
                report.notes.push(format!(
                    "history is too short for a test: no outcome was known by {test}; the figures are of \
                     validation, on which thresholds were chosen, and flatter"
                ));
                let rows = &today.validation;
                self.judge((name, target), "validation", test, &today, rows, publisher, &mut report).await?;
                &today
            }
        };
        if judge.split.by_customer {
            report.notes.push(
                "history is too short to train on earlier cutoffs: a third of the customers was kept back instead"
                    .to_owned(),
            );
        }
        report.notes.extend(today.notes.iter().cloned());
        publisher.whole(&screen_path, &screened).await?;
        self.watcher.step("score", &format!("{name}: judged"), 2, 3);

        let (champion, notes) = chosen(&judge.fit, &today.fit);
        report.notes.extend(notes);
        let eligible = target.eligible.as_deref().unwrap_or("true");
        let rows = reader.eligible(self.date, eligible).await?;
        report.scored = rows.customers.len() as u64;
        report.wish = Some(self.loaded.spec.wish(target).to_string());
        if let Some(champion) = champion {
            let said = Statement::new(champion, self.loaded.spec.wish(target), self.date, &rows)?;
            let kept = self.keep((name, target), &today, champion, &said.promise).await?;
            let voice = kept.voice(champion);
            let beside = self.beside(&today, champion);
            report.named =
                self.say((name, target), self.date, &voice, &said, &beside, &rows, publisher).await?;
            self.drift(name, &kept, &said, &rows, publisher).await?;
            kept.point(self.warehouse).await?;
            report.promise = Some(said.promise);
            report.champion = Some(champion.kind.name().to_owned());
            report.champion_says = Some(champion.model.describe());
            report.model_id = Some(kept.model_id);
            report.model_as_of = Some(self.date.to_string());
        }
        self.watcher.step("score", &format!("{name}: scored"), 3, 3);
        Ok(report)
    }

    /// Runs the recipe as of a day.
    async fn learn(
        &self,
        reader: &Reader<'_>,
        (name, target): (&str, &Target),
        day: NaiveDate,
        split: Split,
        (judged, suspects): (bool, &[Suspect]),
    ) -> Result<AsOf> {
        let (train_on, validate_on) = if split.by_customer {
            (Customers::FirstTwoThirds, Customers::LastThird)
        } else {
            (Customers::All, Customers::All)
        };
        let train = reader.to_learn_from(&split.train, train_on).await?;
        let validation = reader.to_learn_from(&[split.validation], validate_on).await?;
        let screen = self.screen(reader, target, day, &split, &train).await?.without(suspects);
        let (kept, groups) = screen.kept();
        let train = Dataset { x: train.x.take_columns(&kept).map_err(learn_error)?, ..train };
        let recency: Vec<String> = self
            .catalogue
            .iter()
            .filter(|(_, family)| family == "recency")
            .map(|(feature, _)| feature.clone())
            .collect();
        let threads = self.engine.threads();
        let spread = (day == self.date).then(|| spread(&train.x));
        let explained = |error: Error| {
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
        };
        let score = &self.loaded.spec.score;
        let enough = assess(&competing(&score.models), target, &split, &train, &validation);
        let mut fitting = Fitting::train(&enough.models, score.seed, &train, &validation, &recency, threads)
            .map_err(&explained)?;
        let refits = if judged { fitting.refits(&train, REFITS)? } else { Vec::new() };
        drop(train);
        for origin in &split.earlier {
            let rows = reader.to_look_back_by(&origin.train).await?;
            fitting.look_back(&rows, &reader.to_learn_from(&[origin.validation], Customers::All).await?)?;
        }
        let fit = fitting.finish(target.gap.0 + target.horizon.0).map_err(&explained)?;
        let notes = enough.notes;
        Ok(AsOf { day, split, fit, screened: screen.features, groups, refits, validation, spread, notes })
    }

    /// Holds what was said against what happened.
    #[expect(clippy::too_many_arguments, reason = "one call site each for test and validation")]
    async fn judge(
        &self,
        (name, target): (&str, &Target),
        split: &str,
        cutoff: NaiveDate,
        learned: &AsOf,
        rows: &Dataset,
        publisher: &mut Publisher<'_>,
        report: &mut TargetReport,
    ) -> Result<()> {
        let wish = self.loaded.spec.wish(target);
        let best = learned.fit.champion().map(|c| c.kind);
        let mut statements = Vec::new();
        let mut bins = Vec::new();
        let mut shared = Vec::new();
        let mut grouped = Vec::new();
        for fitted in &learned.fit.models {
            let statement = Statement::new(fitted, wish, cutoff, rows)?;
            let table = calibration_table(&rows.y, &statement.probabilities).map_err(learn_error)?;
            bins.extend(table.into_iter().map(|bin| (fitted.kind.name(), bin)));
            let verdict: Verdict = statement.judged(rows)?;
            statements.push((statement, verdict));
            let none = Refits::none();
            let refits = learned.refits.iter().find(|(kind, _)| *kind == fitted.kind);
            let refits = refits.map_or(&none, |(_, refits)| refits);
            let Explained { features, groups } = self.explain(fitted, rows, &learned.groups, refits)?;
            shared.extend(features);
            grouped.extend(groups);
        }
        // The champion's behaviours first: they are what people ask for.
        shared.sort_by_key(|s| Some(s.model) != best.map(|kind| kind.name()));
        grouped.sort_by_key(|s| Some(s.model) != best.map(|kind| kind.name()));
        let judged: Vec<Judged<'_>> = learned
            .fit
            .models
            .iter()
            .zip(&statements)
            .map(|(fitted, (statement, verdict))| Judged {
                model: fitted.kind.name(),
                chosen: Some(fitted.kind) == best,
                threshold: statement.promise.threshold,
                error_rate: statement.promise.error_rate,
                miss_rate: statement.promise.miss_rate,
                verdict,
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
        let groups = tables::influence_groups(cutoff, &grouped, run_id)?;
        publisher.cutoff(&path("influence_groups"), cutoff, groups).await?;

        report.judged_at = Some(cutoff.to_string());
        report.split = Some(split.to_owned());
        report.n = rows.y.len() as u64;
        report.positives = rows.y.iter().filter(|y| **y == 1.0).count() as u64;
        let models = learned.fit.models.iter().zip(&judged).zip(&statements);
        report.models = models.map(|((f, j), (said, _))| model_report(wish, f, j, &said.promise)).collect();
        report.families = families(&grouped, best.map_or("", |kind| kind.name()));
        for (kind, why) in &learned.fit.failed {
            report.notes.push(format!("{} could not be trained: {why}", kind.name()));
        }
        Ok(())
    }

    /// Keeps a model, with what it needs to speak again on later days.
    async fn keep(
        &self,
        (name, target): (&str, &Target),
        learned: &AsOf,
        fitted: &Fitted,
        promise: &Promise,
    ) -> Result<Kept> {
        let learned_json = fitted.model.to_json().map_err(learn_error)?;
        let profile = match &learned.spread {
            Some(spread) => Some(Profile::of(fitted.model.as_ref(), spread, &learned.validation.x)?),
            None => None,
        };
        let kept = Kept {
            target: name.to_owned(),
            definition: Ready::of_target(target),
            model_id: self.model_id(learned, fitted),
            as_of: learned.day.to_string(),
            trained_on: learned.split.train.iter().map(ToString::to_string).collect(),
            validated_on: learned.split.validation.to_string(),
            model: fitted.kind,
            columns: fitted.model.columns().to_vec(),
            groups: learned.groups.clone(),
            promise: promise.clone(),
            outlook: fitted.outlook.clone(),
            log_loss: fitted.log_loss,
            profile,
            learned: serde_json::from_str(&learned_json)
                .map_err(|e| Error::internal("a model is no JSON").because(e))?,
        };
        kept.write(self.warehouse).await?;
        Ok(kept)
    }

    /// The models that promise beside the one that is used, each with the name it would be kept by.
    fn beside<'a>(&self, learned: &'a AsOf, used: &Fitted) -> Vec<(&'a Fitted, String)> {
        let others = learned.fit.models.iter().filter(|fitted| fitted.kind != used.kind);
        others.map(|fitted| (fitted, self.model_id(learned, fitted))).collect()
    }

    fn model_id(&self, learned: &AsOf, fitted: &Fitted) -> String {
        digest_of(&(&self.run_id, learned.day.to_string(), fitted.kind))[..16].to_owned()
    }

    pub(crate) fn family(&self, feature: &str) -> String {
        let found = self.catalogue.iter().find(|(name, _)| name == feature);
        found.map(|(_, family)| family.clone()).unwrap_or_default()
    }
}

fn model_report(wish: Wish, fitted: &Fitted, judged: &Judged<'_>, promise: &Promise) -> ModelReport {
    let verdict = judged.verdict;
    ModelReport {
        model: judged.model.to_owned(),
        chosen: judged.chosen,
        rule: fitted.model.describe_at(&promise.calibrator, promise.threshold),
        error_rate: verdict.confusion.error_rate(),
        error_rate_interval: verdict.intervals.error_rate,
        promised_error_rate: promise.error_rate,
        miss_rate: verdict.confusion.miss_rate(),
        miss_rate_interval: verdict.intervals.miss_rate,
        promised_miss_rate: promise.miss_rate,
        promise_kept: judged.promise_kept(),
        roc_auc: verdict.evaluation.roc_auc(),
        validation_log_loss: fitted.log_loss,
        wish_kept: match wish {
            Wish::MissAtMost(limit) => verdict.confusion.miss_rate().map(|rate| rate <= limit),
            Wish::ErrorAtMost(limit) => verdict.confusion.error_rate().map(|rate| rate <= limit),
            Wish::Contact(_) | Wish::Cost { .. } => None,
        },
        wish_met: promise.wish_met,
    }
}
