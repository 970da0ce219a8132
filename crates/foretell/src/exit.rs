//! Exit codes, and the one place where an error is printed.

use std::process::ExitCode;

use foretell_engine::{Error, Kind};

use crate::args::Form;

/// The exit code for a kind of failure, as in `sysexits.h`.
fn code(kind: Kind) -> u8 {
    match kind {
        Kind::Contract => 65,
        Kind::InputMissing => 66,
        Kind::Internal => 70,
        Kind::TryLater => 75,
        Kind::BadSpec => 78,
    }
}

/// Prints an error: the message, its causes where they say more, and what to do.
pub(crate) fn report(error: &Error, output: Form) -> ExitCode {
    let code = code(error.kind());
    let mut text = format!("error: {error}\n");
    // For faults of ours the chain of causes is all there is to go by.
    if error.kind() == Kind::Internal {
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            text.push_str(&format!("cause: {inner}\n"));
            cause = inner.source();
        }
    }
    for hint in error.hints() {
        text.push_str(&format!("hint: {hint}\n"));
    }
    eprint!("{text}");
    if output == Form::Json {
        let result = serde_json::json!({
            "status": "failed",
            "exit_code": code,
            "error": error.to_string(),
            "hints": error.hints(),
        });
        println!("{result}");
    }
    ExitCode::from(code)
}
