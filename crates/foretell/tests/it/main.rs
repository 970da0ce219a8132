//! The one integration-test binary: everything here goes through the built binaries.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking and says by printing what it skipped"
)]

mod support;

mod after;
mod bad_files;
mod bad_specs;
mod checks;
mod fused;
mod influence;
mod leaks;
mod nightly;
mod oracle;
mod promised;
mod promises;
mod quickstart;
mod tidy;
mod truth;
