//! The one integration-test binary: everything here goes through the built binaries.

mod support;

mod bad_files;
mod bad_specs;
mod oracle;
mod promises;
mod quickstart;
mod tidy;
mod truth;
