//! All features at one cutoff.

use super::trial::{Peer, Trial};
use crate::error::Result;
use crate::sheet::Sheet;
use crate::shop::Shop;

/// DuckDB from its own table, in the better of its forms; slower from Parquet, and with FILTER.
pub(super) const DUCKDB: Peer = Peer {
    engine: "DuckDB",
    script: "duckdb_features.py",
    forms: &["case", "steps"],
    lines: "lines.duckdb",
    some: false,
};

/// Polars' streaming engine; its other one is slower at every size.
pub(super) const POLARS: Peer = Peer {
    engine: "Polars",
    script: "polars_features.py",
    forms: &["masks", "steps"],
    lines: "lines.parquet",
    some: false,
};

/// Runs the case.
///
/// # Errors
/// A program fails.
pub fn run(shop: &Shop<'_>, sheet: &mut Sheet) -> Result<()> {
    let peers = &[DUCKDB, POLARS];
    Trial { case: "features", spec: "full.yaml", cutoffs: 1, peers, compute: true }.run(shop, sheet)
}
