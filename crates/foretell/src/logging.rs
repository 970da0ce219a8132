//! Logs on stderr.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::args::Form;

/// Starts logging: for people warnings and worse, for programs also what each stage did; more of either
/// as `RUST_LOG` asks for.
pub(crate) fn start(form: Form) {
    let usual = match form {
        Form::Text => "warn",
        Form::Json => "warn,foretell=info",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // A second start in one process (tests) leaves the first as it is.
    let _ = match form {
        Form::Text => builder.without_time().with_target(false).try_init(),
        Form::Json => builder.json().try_init(),
    };
}
