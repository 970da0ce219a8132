//! The command line: arguments, progress, summaries, errors and exit codes.
//!
//! Only this room talks to people and reads the environment; all others are libraries.

mod after;
mod args;
mod exit;
mod logging;
mod progress;
mod say;
mod session;
mod summary;
mod tuned;
mod verbs;

pub use args::{Foretell, Scoring, Stage};
pub use verbs::{compute, foretell, score, stage};
