//! Two years of monthly cutoffs against one.

use super::features::{DUCKDB, POLARS};
use super::trial::{Peer, Trial};
use crate::error::Result;
use crate::sheet::Sheet;
use crate::shop::Shop;

/// All that the simulated shop's two years have.
const MONTHS: u64 = 24;

/// Runs the case; with `peers`, they compute one cutoff after the other in one process, in their faster form.
///
/// # Errors
/// A program fails.
pub fn run(shop: &Shop<'_>, sheet: &mut Sheet, peers: bool) -> Result<()> {
    let all: &[Peer] = &[Peer { forms: &["steps"], ..DUCKDB }, Peer { forms: &["steps"], ..POLARS }];
    let peers = if peers { all } else { &[] };
    for cutoffs in [1, MONTHS] {
        Trial { case: "cutoffs", spec: "full.yaml", cutoffs, peers, compute: false }.run(shop, sheet)?;
    }
    Ok(())
}
