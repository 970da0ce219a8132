//! The command `datagen`: writes a simulated shop and says in one JSON line what it wrote.

mod args;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use foretell_datagen::{Error, generate};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when stderr is closed.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(if matches!(error, Error::Io { .. }) { 70 } else { 2 })
        }
    }
}

fn run() -> Result<(), Error> {
    let summary = generate(&args::Args::parse().into())?;
    let told = serde_json::to_string(&summary)
        .map_err(io::Error::from)
        .and_then(|line| writeln!(io::stdout(), "{line}"));
    told.map_err(|source| Error::Io { action: "write to", path: "standard output".into(), source })
}
