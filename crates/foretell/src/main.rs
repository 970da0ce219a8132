//! `foretell`: runs all stages and carries the other verbs.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    foretell::foretell(&foretell::Foretell::parse())
}
