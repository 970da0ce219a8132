//! `score`: the score stage alone, from features to scores and how often they are wrong.

use std::process::ExitCode;

use clap::Parser;

/// Runs the score stage alone: features to scores and how often they are wrong.
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    scoring: foretell::Scoring,
}

fn main() -> ExitCode {
    foretell::score(&Args::parse().scoring)
}
