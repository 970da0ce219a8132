//! Exit codes, and the one place where an error is printed.

use std::process::ExitCode;

use foretell_engine::{Error, Kind};

use crate::args::{Common, Form};
use crate::say::{say, to_stderr};

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
pub(crate) fn report(error: &Error, common: &Common) -> ExitCode {
    let exit = said(error, common);
    if common.output == Form::Json {
        say!("{}", result(error));
    }
    exit
}

/// Prints an error on stderr alone, where stdout holds a result already.
pub(crate) fn said(error: &Error, common: &Common) -> ExitCode {
    match common.log {
        Form::Text => to_stderr(format_args!("{}", text(error))),
        Form::Json => {
            let line = serde_json::json!({"level": "ERROR", "fields": result(error)});
            to_stderr(format_args!("{line}\n"));
        }
    }
    ExitCode::from(code(error.kind()))
}

fn result(error: &Error) -> serde_json::Value {
    serde_json::json!({
        "status": "failed",
        "exit_code": code(error.kind()),
        "error": error.to_string(),
        "hints": error.hints(),
    })
}

fn text(error: &Error) -> String {
    let mut lines = vec![format!("error: {error}")];
    // For faults of ours the chain of causes is all there is to go by.
    if error.kind() == Kind::Internal {
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            lines.push(format!("cause: {inner}"));
            cause = inner.source();
        }
    }
    lines.extend(error.hints().iter().map(|hint| format!("hint: {hint}")));
    lines.join("\n") + "\n"
}
