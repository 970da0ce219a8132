//! `ingest`: the ingest stage alone, from raw files to the lake.

use std::process::ExitCode;

use clap::Parser;

/// Runs the ingest stage alone: raw files to the lake.
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    stage: foretell::Stage,
}

fn main() -> ExitCode {
    foretell::stage("ingest", &Args::parse().stage)
}
