//! What the simulated shop promises: determinism, prefixes, truth, and an account of every bad row.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod dirt;
mod options;
mod prefix;
mod rates;
mod shop;
mod testdata;
mod times;
mod truth;
