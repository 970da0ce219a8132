//! pandas with featuretools, which knows most of the features, on few rows.

use super::trial::{Peer, Trial};
use crate::error::Result;
use crate::sheet::Sheet;
use crate::shop::Shop;

/// Lines above which it is left out: it holds everything in memory, many times over.
pub const MOST: u64 = 1_000_000;

const FEATURETOOLS: Peer = Peer {
    engine: "featuretools",
    script: "featuretools_features.py",
    forms: &["dfs"],
    lines: "lines.parquet",
    some: true,
};

/// Runs the case.
///
/// # Errors
/// A program fails.
pub fn run(shop: &Shop<'_>, sheet: &mut Sheet) -> Result<()> {
    let peers = &[FEATURETOOLS];
    Trial { case: "featuretools", spec: "full.yaml", cutoffs: 1, peers, compute: false }.run(shop, sheet)
}
