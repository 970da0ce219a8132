//! The command line: arguments, progress, summaries, errors and exit codes.
//!
//! Only this room talks to people and reads the environment; all others are libraries.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "only this room talks to people")]

mod args;
mod exit;
mod logging;
mod progress;
mod session;
mod summary;
mod verbs;

pub use args::{Foretell, Stage};
pub use verbs::{foretell, stage};
