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

mod bad_files;
mod bad_specs;
mod checks;
mod fused;
mod nightly;
mod oracle;
mod promises;
mod quickstart;
mod tidy;
mod truth;
mod tune;
