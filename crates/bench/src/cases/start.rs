//! About 100 features, from the start of a process to the written result.

use super::features::{DUCKDB, POLARS};
use super::trial::{Peer, Trial};
use crate::error::Result;
use crate::sheet::Sheet;
use crate::shop::Shop;

/// Runs the case; both peers load Parquet.
///
/// # Errors
/// A program fails.
pub fn run(shop: &Shop<'_>, sheet: &mut Sheet) -> Result<()> {
    let peers = &[Peer { lines: "lines.parquet", ..DUCKDB }, POLARS];
    Trial { case: "start", spec: "small.yaml", cutoffs: 1, peers, compute: false }.run(shop, sheet)
}
