//! All rows against a tenth of them, with a tenth of the customers.

use super::trial::Trial;
use crate::error::Result;
use crate::sheet::Sheet;
use crate::shop::Shop;

/// Runs the case.
///
/// # Errors
/// A program fails.
pub fn run(shop: &Shop<'_>, sheet: &mut Sheet) -> Result<()> {
    let tenth = Shop::open(shop.tools, sheet.size / 10)?;
    for shop in [shop, &tenth] {
        Trial { case: "fixed", spec: "full.yaml", cutoffs: 1, peers: &[], compute: false }
            .run(shop, sheet)?;
    }
    tenth.close()
}
