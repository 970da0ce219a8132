//! `run`, `backfill` and the single stages.

use std::process::ExitCode;

use chrono::NaiveDate;
use foretell_engine::{Call, Error, Result};
use foretell_spec::cutoffs;
use serde::Serialize;

use crate::args::{Backfill, Common, Form, Stage};
use crate::progress::Bar;
use crate::say::{self, say};
use crate::session::{self, Access, Session};
use crate::{exit, summary};

/// The stages in their order.
pub(crate) const ALL: [&str; 3] = ["ingest", "features", "score"];

/// What the stages of a run did; those that did not run are left out.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Reports {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ingest: Option<foretell_ingest::Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) features: Option<foretell_features::Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) score: Option<foretell_score::Report>,
}

impl Reports {
    /// Says that some stage had something to do.
    pub(crate) fn fresh(&self) -> bool {
        self.ingest.as_ref().is_some_and(|r| r.fresh)
            || self.features.as_ref().is_some_and(|r| r.fresh)
            || self.score.as_ref().is_some_and(|r| r.fresh)
    }

    /// The error of a run that published everything and found what the spec calls a failure.
    fn failure(&self) -> Option<Error> {
        let mut failures = self.score.as_ref()?.failures.iter();
        let error = Error::contract(failures.next()?.clone());
        let error = failures.fold(error, |error, next| error.and(Error::contract(next.clone())));
        Some(error.hint(
            "everything was published; `on_broken` and `on_drift` under `score` decide that this fails",
        ))
    }
}

/// Runs some stages for one logical date.
pub(crate) fn run(arguments: &Stage, stages: &[&str], latest: bool) -> ExitCode {
    session::with(&arguments.common, Access::Write, |session| async move {
        let _lock = session.warehouse.lock()?;
        let Stage { date, force, .. } = *arguments;
        let reports = stages_of(&session, stages, Wanted { date, force, latest }).await?;
        print(&session, &arguments.common, &reports);
        if let Some(error) = reports.failure() {
            return Ok(exit::said(&error, &arguments.common));
        }
        Ok(if reports.fresh() { ExitCode::SUCCESS } else { ExitCode::from(arguments.skip_code) })
    })
}

/// Computes the features of one logical date and lets them go.
pub(crate) fn compute(arguments: &Stage) -> ExitCode {
    session::with(&arguments.common, Access::Write, |session| async move {
        let _lock = session.warehouse.lock()?;
        let bar = Bar::new();
        let wanted = Wanted { date: arguments.date, force: true, latest: false };
        let call = wanted.call(&session, &bar);
        let computed = foretell_features::compute(&call).await?;
        match arguments.common.output {
            Form::Text => say!(
                "{} features of {} customers at {} cutoffs computed, none written",
                computed.features,
                computed.customers,
                computed.cutoffs
            ),
            Form::Json => say!("{}", serde_json::json!({"status": "done", "computed": computed})),
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Runs all stages for each date of a range, the spec's step apart.
pub(crate) fn backfill(arguments: &Backfill) -> ExitCode {
    session::with(&arguments.common, Access::Write, |session| async move {
        let _lock = session.warehouse.lock()?;
        let (from, to) = (arguments.stage.from, arguments.stage.to);
        if from > to {
            say::to_stderr(format_args!("error: --from {from} is after --to {to}\n"));
            return Ok(ExitCode::from(2));
        }
        let mut results = Vec::new();
        let mut fresh = false;
        let mut failure = None;
        for date in dates(&session, from, to) {
            let wanted = Wanted { date: Some(date), force: arguments.force, latest: false };
            let reports = stages_of(&session, &ALL, wanted).await?;
            failure = reports.failure();
            fresh |= reports.fresh();
            match arguments.common.output {
                Form::Text => say::to_stdout(format_args!("{}", summary::of(&session, &reports))),
                Form::Json => results.push(result(&session, &reports)),
            }
        }
        if arguments.common.output == Form::Json {
            let status = status(fresh, failure.is_some());
            say!("{}", serde_json::json!({"status": status, "runs": results}));
        }
        // What the last date says is what is true now.
        if let Some(error) = failure {
            return Ok(exit::said(&error, &arguments.common));
        }
        Ok(if fresh { ExitCode::SUCCESS } else { ExitCode::from(arguments.skip_code) })
    })
}

/// The dates from `from` to `to`, the spec's step apart, counted back from `to`.
fn dates(session: &Session, from: NaiveDate, to: NaiveDate) -> Vec<NaiveDate> {
    let days = u32::try_from((to - from).num_days()).unwrap_or(0);
    let mut steps = session.loaded.spec.cutoffs.clone();
    steps.count = days + 1;
    cutoffs(&steps, to).into_iter().filter(|date| *date >= from).collect()
}

/// What a run is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) date: Option<NaiveDate>,
    pub(crate) force: bool,
    pub(crate) latest: bool,
}

impl Wanted {
    /// A call of a stage for it.
    pub(crate) fn call<'a>(self, session: &'a Session, watcher: &'a Bar) -> Call<'a> {
        let Session { loaded, engine, warehouse } = session;
        let Self { date, force, latest } = self;
        Call { engine, warehouse, loaded, date, force, latest, watcher }
    }
}

pub(crate) async fn stages_of(session: &Session, stages: &[&str], wanted: Wanted) -> Result<Reports> {
    let bar = Bar::new();
    let call = wanted.call(session, &bar);
    let mut reports = Reports::default();
    if stages.contains(&"ingest") {
        let report = foretell_ingest::run(&call).await?;
        for source in &report.sources {
            let counts = &source.counts;
            tracing::info!(
                source = source.source,
                read = counts.read,
                kept = counts.kept,
                quarantined = counts.all_quarantined(),
                dropped = counts.all_dropped(),
                files_new = source.files_new,
                files_taken = source.files_taken,
                rows_read = source.rows_read,
                lake_runs = source.lake_runs,
                "ingested"
            );
            if source.files_gone > 0 {
                tracing::warn!(
                    "{}: {} files are no longer there; their rows stay in the lake",
                    source.source,
                    source.files_gone
                );
            }
        }
        reports.ingest = Some(report);
    }
    if stages.contains(&"features") {
        let report = foretell_features::run(&call).await?;
        tracing::info!(
            date = report.date,
            features = report.features,
            cutoffs = report.cutoffs.len(),
            unchanged = report.unchanged.len(),
            lake_runs_skipped = report.lake_runs_skipped,
            "features made"
        );
        reports.features = Some(report);
    }
    if stages.contains(&"score") {
        let report = foretell_score::run(&call).await?;
        for target in &report.targets {
            let champion = target.champion.as_deref().unwrap_or("none");
            tracing::info!(
                target_name = target.target,
                champion,
                scored = target.scored,
                named = target.named,
                "scored"
            );
        }
        reports.score = Some(report);
    }
    Ok(reports)
}

fn print(session: &Session, common: &Common, reports: &Reports) {
    match common.output {
        Form::Text => say::to_stdout(format_args!("{}", summary::of(session, reports))),
        Form::Json => say!("{}", result(session, reports)),
    }
}

/// The result of a run, for programs.
fn result(session: &Session, reports: &Reports) -> serde_json::Value {
    serde_json::json!({
        "status": status(reports.fresh(), reports.failure().is_some()),
        "pipeline": session.loaded.spec.pipeline,
        "warehouse": session.warehouse.display(),
        "stages": reports,
    })
}

fn status(fresh: bool, failed: bool) -> &'static str {
    match (failed, fresh) {
        (true, _) => "failed",
        (false, true) => "done",
        (false, false) => "nothing_to_do",
    }
}
