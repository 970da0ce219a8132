//! Raw CSV to sorted Parquet, with checks, quarantine and duplicates left out.

use std::fs;

use super::trial::held;
use crate::error::{Result, io_error};
use crate::sheet::{Does, Measurement, Sheet};
use crate::shop::{Shop, counts};
use crate::tools::clear;

/// Runs the case.
///
/// # Errors
/// A program fails.
pub fn run(shop: &Shop<'_>, sheet: &mut Sheet) -> Result<()> {
    let warehouse = shop.folder.join("ingest");
    let ran = shop.tools.measure(
        "ingest foretell",
        || clear(&warehouse),
        || shop.stage("ingest", "full.yaml", &warehouse),
    )?;
    let (read, _) = counts(&ran)?;
    let line = |engine, form: &str, cost, agreement| Measurement {
        case: "ingest",
        engine,
        form: form.to_owned(),
        does: Does::Write,
        rows: read,
        customers: 0,
        features: 0,
        cutoffs: 0,
        cost,
        agreement,
    };
    sheet.add(line("foretell", "", ran.cost, None));

    let out = shop.folder.join("ingest-duckdb");
    let files = shop.data().join("transactions/*.csv");
    let again = || {
        clear(&out)?;
        fs::create_dir_all(&out).map_err(io_error("make", &out))
    };
    let ran = shop.tools.measure("ingest DuckDB", again, || {
        let mut command = shop.tools.peer("duckdb_ingest.py", &shop.folder);
        command.arg(&files).arg(&out).arg(shop.tools.threads.to_string());
        command
    })?;
    let mut compare = shop.tools.peer("compare_rows.py", &shop.folder);
    compare.arg(warehouse.join("lake/transactions/*/*.parquet")).arg(out.join("lines.parquet"));
    sheet.add(line("DuckDB", "store_rejects", ran.cost, Some(held(shop, &mut compare)?)));
    shop.tools.discard(&warehouse)?;
    shop.tools.discard(&out)
}
