//! `features`: the features stage alone, from the lake to features and labels.

use std::process::ExitCode;

use clap::Parser;

/// Runs the features stage alone: the lake to features and labels.
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    stage: foretell::Stage,
    /// Compute the features and let them go: shows what computing costs apart from writing
    #[arg(long)]
    compute_only: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if args.compute_only { foretell::compute(&args.stage) } else { foretell::stage("features", &args.stage) }
}
