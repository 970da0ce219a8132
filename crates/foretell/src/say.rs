//! Printing that does not mind when nobody listens any more, as behind `| head`.

use std::fmt::Arguments;
use std::io::Write;

/// Prints a line on stdout.
macro_rules! say {
    ($($argument:tt)*) => { $crate::say::to_stdout(format_args!("{}\n", format_args!($($argument)*))) };
}
pub(crate) use say;

/// Prints on stdout; a closed pipe is no failure.
pub(crate) fn to_stdout(text: Arguments<'_>) {
    let _ = std::io::stdout().lock().write_fmt(text);
}

/// Prints on stderr; a closed pipe is no failure.
pub(crate) fn to_stderr(text: Arguments<'_>) {
    let _ = std::io::stderr().lock().write_fmt(text);
}
