//! The command line: arguments, progress, summaries, errors and exit codes.
//!
//! Only this room talks to people and reads the environment; all others are libraries.

mod args;
mod exit;
mod logging;
mod progress;
mod say;
mod session;
mod summary;
mod verbs;

/// Batches are many vectors of some hundred kilobytes, made and dropped all the time; see crates/README.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub use args::{Foretell, Stage};
pub use verbs::{foretell, stage};
