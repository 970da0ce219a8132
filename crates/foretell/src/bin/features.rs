//! `features`: the features stage alone, from the lake to features and labels.

use std::process::ExitCode;

use clap::Parser;

/// Runs the features stage alone: the lake to features and labels.
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    stage: foretell::Stage,
}

fn main() -> ExitCode {
    foretell::stage("features", &Args::parse().stage)
}
