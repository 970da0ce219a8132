//! The verbs, one file each.

mod check;
mod influence;
mod plan;
mod run;
mod show;

use std::process::ExitCode;

pub(crate) use run::Reports;

use crate::args::{Foretell, Scoring, Stage, Verb};
use crate::say;

/// Carries out a verb of `foretell`.
pub fn foretell(arguments: &Foretell) -> ExitCode {
    match &arguments.verb {
        Verb::Run(scoring) => run::run(&scoring.stage, &run::ALL, scoring.model.is_some()),
        Verb::Backfill(backfill) => run::backfill(backfill),
        Verb::Check(common) => check::check(common),
        Verb::Plan(plan) => plan::plan(plan),
        Verb::Show(show) => show::show(show),
        Verb::Schema => {
            say::to_stdout(format_args!("{}", foretell_spec::schema()));
            ExitCode::SUCCESS
        }
    }
}

/// Carries out the score stage.
pub fn score(scoring: &Scoring) -> ExitCode {
    run::run(&scoring.stage, &["score"], scoring.model.is_some())
}

/// Carries out one of the stages before: `ingest` or `features`.
pub fn stage(name: &str, stage: &Stage) -> ExitCode {
    let one: Vec<&'static str> = run::ALL.into_iter().filter(|known| *known == name).collect();
    run::run(stage, &one, false)
}

/// Computes all features and writes none.
pub fn compute(stage: &Stage) -> ExitCode {
    run::compute(stage)
}
