//! Customers who are no longer like those that a model learned from.

use std::fmt::Write;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, Int64Type};

use super::whole;
use crate::bad_specs::shop::{HEADER, Shop};

/// The shop to which, on the last day, come 200 customers whom it never saw.
fn rush() -> Shop {
    let mut rows = HEADER.to_owned();
    for customer in 1..=200 {
        writeln!(rows, "n{customer:03},r{customer},2024-10-30 12:00:00,p1,1,2.50,south").unwrap();
    }
    Shop::new().file("data/rush.csv", rows)
}

#[test]
fn a_rush_is_drift_and_a_quiet_month_is_none() {
    let shop = Shop::new();
    let quiet = shop.foretell("run", &["--date", "2024-10-01"]).ok().stdout;
    assert!(quiet.contains("\n  drift: scores 0.") && !quiet.contains("warning"), "{quiet}");

    let shop = rush();
    let said = shop.foretell("run", &["--date", "2024-10-31"]).ok();
    let line =
        "warning: churn: scores have drifted from those the model was validated on: population stability";
    assert_eq!(said.stdout.matches("warning:").count(), 1, "{}", said.stdout);
    assert!(said.stdout.contains(line), "{}", said.stdout);
    assert!(said.stderr.contains("scores have drifted"), "{}", said.stderr);

    let batch = whole(&shop.project, "warehouse", "drift/target=churn/cutoff=2024-10-31/part-0.parquet");
    let kinds = batch["kind"].as_string::<i32>();
    let count = |name: &str, row: usize| batch[name].as_primitive::<Int64Type>().value(row);
    let psi = batch["psi"].as_primitive::<Float64Type>();
    assert_eq!(kinds.value(0), "score");
    assert!(psi.value(0) > 1.0 && count("n", 0) > 240);
    assert!((1..batch.num_rows()).all(|row| kinds.value(row) == "feature" && psi.is_valid(row)));

    // The spec may call it a failure: all is published, and a rerun does not make it good.
    let fail = ["--date", "2024-10-31", "--set", "score.drift.on_drift=fail", "--output", "json"];
    let tables = shop.project.bytes("warehouse/tables");
    for _ in 0..2 {
        let failed = shop.foretell("run", &fail);
        assert_eq!(failed.code, 65, "{}", failed.stderr);
        assert!(failed.stderr.contains("error: churn: scores have drifted"), "{}", failed.stderr);
        let said: serde_json::Value = serde_json::from_str(&failed.stdout).unwrap();
        assert_eq!(said["status"], "failed");
        assert_eq!(said["stages"]["score"]["failures"].as_array().unwrap().len(), 1);
        assert!(tables == shop.project.bytes("warehouse/tables"));
    }
    // What is warned of decides no score.
    let limit = ["--date", "2024-10-31", "--set", "score.drift.max_psi=90"];
    let said = shop.foretell("run", &limit).ok().stdout;
    assert!(said.contains("nothing to do") && !said.contains("warning"), "{said}");
}
